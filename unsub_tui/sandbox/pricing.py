"""Refund calculation by the rules of Huawei Cloud, and renewal prices.

Used and ordered time are counted in whole hours, starting with the full hour in which the term began. A term that ends
at 23:59:59 counts up to the next midnight. The fee is limited to the amount that is not consumed, so that
paid = refund + consumed + fee always holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from unsub_tui.sandbox.models import Order, OrderLine, RefundLine, Resource
from unsub_tui.sandbox.sites import FeeTable, Site
from unsub_tui.sandbox.timestamps import DAY, HOUR, add_months, hour_floor

TERM_DISCOUNTS = {0: Decimal(0), 1: Decimal("0.17"), 2: Decimal("0.30"), 3: Decimal("0.45")}
"""Discounts on the list price, by term in years."""

FREE_RETURN_SECONDS = 5 * DAY
"""Time after provisioning during which the Chinese site refunds a new resource in full, in seconds."""


@dataclass(frozen=True, slots=True)
class TermHours:
    """Used and ordered time of a term, in whole hours."""

    used: int
    ordered: int


def term_hours(start: int, end: int, now: int) -> TermHours:
    """Return the used and ordered hours of a term."""
    begin = hour_floor(start)
    ordered = (hour_floor(end + 1) - begin) // HOUR
    used = (hour_floor(now) - begin) // HOUR
    return TermHours(min(max(used, 0), ordered), ordered)


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
        spent = term_hours(line.start, line.end, now)
        consumed = (paid * spent.used / spent.ordered).quantize(_UNIT, ROUND_HALF_UP)
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
    monthly = resource.spec.monthly * (resource.size or 1) * site.price_factor
    official = (monthly * months).quantize(_PRICE_STEP, ROUND_HALF_UP)
    return official - (official * TERM_DISCOUNTS[min(months // 12, 3)]).quantize(_PRICE_STEP, ROUND_HALF_UP)


_UNIT = Decimal("0.00000001")
"""Rounding step of amounts. Huawei Cloud's examples show 2 decimal places but use 8 or more; bills follow the site."""

_PRICE_STEP = Decimal("0.01")
