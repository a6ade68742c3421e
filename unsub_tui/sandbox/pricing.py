"""Refund calculation by the rules of Huawei Cloud, and renewal prices.

Used and ordered time are counted in whole hours, starting with the full hour in which the term began. A term that ends
at 23:59:59 counts up to the next midnight. The fee is limited to the amount that is not consumed, so that
paid = refund + consumed + fee always holds.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from unsub_tui.sandbox.models import Order, OrderLine, RefundLine, Resource
from unsub_tui.sandbox.sites import FeeTable, Site
from unsub_tui.sandbox.timestamps import DAY, HOUR, add_months, hour_floor

_UNIT = Decimal("0.00000001")
"""Rounding step of amounts. Huawei Cloud's examples show 2 decimal places but use 8 or more; bills follow the site."""

_TERM_DISCOUNTS = tuple(map(Decimal, ("0", "0.17", "0.30", "0.45")))
"""Discounts on the list price, by term in years; three years have the largest."""

FREE_RETURN_SECONDS = 5 * DAY
"""Time after provisioning during which the Chinese site refunds a new resource in full, in seconds."""


def term_hours(start: int, end: int, now: int) -> tuple[int, int]:
    """Return the used and the ordered hours of a term."""
    begin = hour_floor(start)
    ordered = (hour_floor(end + 1) - begin) // HOUR
    used = (hour_floor(now) - begin) // HOUR
    return min(max(used, 0), ordered), ordered


def fee_share(fees: FeeTable, months: int, start: int, now: int) -> Decimal:
    """Return the handling fee share for the term in years and the current year of use."""
    shares = fees[min(months // 12, max(fees))]
    begin = hour_floor(start)
    for year, share in enumerate(shares, start=1):
        if hour_floor(now) <= add_months(begin, 12 * year):
            return share
    return shares[-1]


def calculate_refund(line: OrderLine, order: Order, site: Site, now: int, *, is_free_return: bool) -> RefundLine:
    """Return the refund of an order line; `is_free_return` means that the five-day rule applies."""
    paid = line.paid
    consumed = fee = Decimal(0)
    in_full = is_free_return or line.start > now
    if not in_full:
        used, ordered = term_hours(line.start, line.end, now)
        consumed = (paid * used / ordered).quantize(_UNIT, ROUND_HALF_UP)
        fee = (paid * fee_share(site.fees, line.months, line.start, now)).quantize(_UNIT, ROUND_HALF_UP)
        fee = min(fee, paid - consumed)
    return RefundLine(
        purchase_number=order.purchase_number,
        position=line.position,
        months=line.months,
        start=line.start,
        end=line.end,
        order_id=order.order_id,
        paid=paid,
        consumed=consumed,
        fee=fee,
        coupon=line.coupon if in_full else Decimal(0),
        credit_share=line.credit / paid if paid else Decimal(0),
    )


def renewal_price(resource: Resource, months: int, site: Site) -> Decimal:
    """Return the renewal price of a resource, without contract discounts and coupons."""
    official = to_cents(monthly_price(resource, site) * months)
    return official - to_cents(official * term_discount(months))


def monthly_price(resource: Resource, site: Site) -> Decimal:
    """Return the list price of a resource per month."""
    return resource.spec.monthly * (resource.size or 1) * site.price_factor


def term_discount(months: int) -> Decimal:
    """Return the discount on the list price for a term."""
    return _TERM_DISCOUNTS[min(months // 12, 3)]


def to_cents(price: Decimal) -> Decimal:
    """Return a price rounded to cents."""
    return price.quantize(Decimal("0.01"), ROUND_HALF_UP)
