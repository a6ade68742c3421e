"""What a term costs, and what comes back of it: the rules of unsubscription as they are written."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from tests.reference_server.models import Order, Payment, Refund, Resource
from tests.reference_server.timestamps import add_months

YEARLY_DISCOUNT = Decimal("0.17")
FEES_BY_YEARS = {1: (10,), 2: (15, 10), 3: (15, 10, 5)}
"""Percent of what was paid, by the length of the term, then by the year of it that runs; not on the Chinese site."""
FEE_IN_CHINA = Decimal("0.20")


class SitePricing:
    """The arithmetic of one site: cents in China, eight places elsewhere."""

    def __init__(self, site: str) -> None:
        self._is_china = site == "cn"
        self.step = Decimal("0.01") if self._is_china else Decimal("0.00000001")
        self._scale = Decimal("7.1") if self._is_china else Decimal(1)

    def quantize(self, value: Decimal | str | float) -> Decimal:
        """Return an amount with as many places as the site has."""
        return Decimal(value).quantize(self.step, ROUND_HALF_UP)

    def price(self, monthly: Decimal | str, months: int = 1) -> Decimal:
        """Return what so many months cost in the site's currency."""
        return self.quantize(Decimal(monthly) * self._scale * months)

    def payment(
        self,
        resource: Resource,
        order: Order,
        term: tuple[datetime, datetime],
        official: Decimal,
        *,
        months: int = 0,
        years: int = 0,
        coupon: float = 0,
        on_credit: bool = False,
    ) -> Payment:
        """Return what is paid: less the discount on years, less the coupon, in cash or on credit."""
        discount = self.quantize(official * YEARLY_DISCOUNT if years else 0)
        by_coupon = min(self.quantize(coupon), official - discount)
        paid, nothing = official - discount - by_coupon, self.quantize(0)
        return Payment(
            resource=resource,
            order=order,
            begins=term[0],
            ends=term[1],
            list_price=official,
            discount=discount,
            coupon=by_coupon,
            cash=nothing if on_credit else paid,
            credit=paid if on_credit else nothing,
            unit=3 if years else 2,
            count=years or months,
        )

    def refund(self, payment: Payment, moment: datetime, *, is_free: bool) -> Refund:
        """Return what comes back; a term that has not begun, and a free one, come back whole and with the coupon."""
        paid, nothing = payment.paid - payment.refunded, self.quantize(0)
        if payment.begins > moment or is_free:
            return Refund(payment=payment, consumed=nothing, fee=nothing, amount=paid, coupon_back=payment.coupon)
        consumed = self._consumed(payment, paid, moment)
        fee = min(self.quantize(paid * self._fee_share(payment, moment)), paid - consumed)
        return Refund(payment=payment, consumed=consumed, fee=fee, amount=paid - consumed - fee, coupon_back=nothing)

    def _consumed(self, payment: Payment, paid: Decimal, moment: datetime) -> Decimal:
        start, end = _hour(payment.begins), _hour(payment.ends + timedelta(seconds=1))
        used, whole = max(_hours(start, _hour(moment)), 0), _hours(start, end)
        return self.quantize(paid * min(used, whole) / whole)

    def _fee_share(self, payment: Payment, moment: datetime) -> Decimal:
        if self._is_china:
            return FEE_IN_CHINA
        years = payment.count if payment.unit == 3 else payment.count // 12
        rates = FEES_BY_YEARS[min(max(years, 1), 3)]
        start = _hour(payment.begins)
        years_over = sum(_hour(moment) > add_months(start, 12 * year) for year in (1, 2, 3))
        return Decimal(rates[min(years_over, len(rates) - 1)]) / 100


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _hours(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds()) // 3600
