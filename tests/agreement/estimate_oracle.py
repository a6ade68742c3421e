"""What an unsubscription refunds, computed from Huawei Cloud's pages alone: the oracle for our estimates.

It shares no code with the program. Each figure is a pair of bounds, because the pages leave some things open; where
they decide it, both bounds are equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

PERCENT = {36: (15, 10, 5), 24: (15, 10), 12: (10,), 0: (10,)}
"""Handling fee by the term in months (0: monthly) and the year of its use, on the international sites."""
FIVE_DAYS = timedelta(hours=5 * 24)
NOTHING = Decimal(0)


class Bounds(NamedTuple):
    """The smallest and the largest amount that the pages allow."""

    low: Decimal
    high: Decimal

    @property
    def is_point(self) -> bool:
        """Whether the pages decide the amount."""
        return self.low == self.high

    def plus(self, other: Bounds) -> Bounds:
        """Return the bounds of the sum."""
        return Bounds(self.low + other.low, self.high + other.high)


NONE = Bounds(NOTHING, NOTHING)


@dataclass(frozen=True, kw_only=True)
class Money:
    """How an amount was paid."""

    cash: Decimal = NOTHING
    credit: Decimal = NOTHING
    debt: Decimal = NOTHING
    cards: Decimal = NOTHING
    bonus: Decimal = NOTHING
    coupon: Decimal = NOTHING

    def __add__(self, other: Money) -> Money:
        """Return the sum."""
        return Money(
            cash=self.cash + other.cash,
            credit=self.credit + other.credit,
            debt=self.debt + other.debt,
            cards=self.cards + other.cards,
            bonus=self.bonus + other.bonus,
            coupon=self.coupon + other.coupon,
        )


@dataclass(frozen=True, kw_only=True)
class PaidLine:
    """What one order took for one resource and one period."""

    resource: str
    order: str
    bill_type: int
    """1 purchase, 2 renewal, 3 change of specification, 8 automatic renewal."""
    paid_at: datetime
    start: datetime
    end: datetime
    terms: tuple[int, ...]
    """Purchased term in months; several for a change that concerns several periods."""
    period: tuple[int, int] | None
    """Type and number of the purchased periods, as the bill states them."""
    money: Money
    is_refunded: bool = False
    """Whether the period was unsubscribed from before."""


@dataclass(frozen=True, kw_only=True)
class Owned:
    """A resource as the list shows it."""

    resource: str
    kind: str
    effective: datetime
    expire: datetime


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """A primary resource, what is attached to it, and everything that was paid for both."""

    site: str
    now: datetime
    owned: tuple[Owned, ...]
    """The primary resource first."""
    lines: tuple[PaidLine, ...]
    is_fee_waived: bool = False
    downgrade_end: datetime | None = None
    """End of the period in which a change led to a refund."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The figures of an unsubscription."""

    paid: Bounds = NONE
    consumed: Bounds = NONE
    handling_fee: Bounds = NONE
    refund: Bounds = NONE
    coupon_lost: Bounds = NONE
    coupon_returned: Decimal = NOTHING
    line_fees: tuple[tuple[str, Bounds], ...] = ()
    """The order and the fee of each period in use."""


def expect(purchase: Purchase) -> Expected:
    """Return what the pages say."""
    now, main = purchase.now, purchase.owned[0]
    is_inactive = main.effective > now
    is_five_day = purchase.site == "cn" and not is_inactive and now - main.effective <= FIVE_DAYS
    found = Expected()
    for line in purchase.lines:
        if line.end <= now or line.is_refunded:
            continue
        is_whole = is_inactive or is_five_day or line.start > now
        found = _plus(found, _in_full(line, purchase.site) if is_whole else _in_use(line, purchase))
    if purchase.downgrade_end is not None and purchase.downgrade_end > now:  # no page says how it counts
        open_ = Bounds(NOTHING, found.paid.high + 1)
        found = Expected(paid=open_, consumed=open_, handling_fee=open_, refund=open_, coupon_lost=open_)
    return found


def _plus(one: Expected, other: Expected) -> Expected:
    return Expected(
        paid=one.paid.plus(other.paid),
        consumed=one.consumed.plus(other.consumed),
        handling_fee=one.handling_fee.plus(other.handling_fee),
        refund=one.refund.plus(other.refund),
        coupon_lost=one.coupon_lost.plus(other.coupon_lost),
        coupon_returned=one.coupon_returned + other.coupon_returned,
        line_fees=(*one.line_fees, *other.line_fees),
    )


def _money(line: PaidLine, site: str) -> Bounds:
    """Return the amount paid: coupons are no money; whether bonus money is, and debt in China, is not published."""
    paid = line.money
    certain = paid.cash + paid.credit + paid.cards + (paid.debt if site != "cn" else NOTHING)
    return Bounds(certain, certain + paid.bonus + (paid.debt if site == "cn" else NOTHING))


def _in_full(line: PaidLine, site: str) -> Expected:
    money = _money(line, site)
    return Expected(paid=money, refund=money, coupon_returned=line.money.coupon)


def _in_use(line: PaidLine, purchase: Purchase) -> Expected:
    money = _money(line, purchase.site)
    begin = _hour(line.start)
    whole = _hours(_hour(line.end + timedelta(seconds=1)) - begin)
    used = min(max(_hours(_hour(purchase.now) - begin), 0), whole)
    rates = _rates(line, purchase)
    corners = [_charged(paid, paid * used / whole, rate) for paid in money for rate in rates]
    consumed, fee, refund = (Bounds(min(amounts), max(amounts)) for amounts in zip(*corners, strict=True))
    lost = Bounds(line.money.coupon, line.money.coupon)
    return Expected(
        paid=money, consumed=consumed, handling_fee=fee, refund=refund, coupon_lost=lost, line_fees=((line.order, fee),)
    )


def _charged(paid: Decimal, consumed: Decimal, percent: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Return consumed amount, fee and refund; a refund is never negative."""
    fee = min(paid * percent / 100, paid - consumed)
    return consumed, fee, paid - consumed - fee


def _rates(line: PaidLine, purchase: Purchase) -> Bounds:
    """Return the bounds of the fee in percent."""
    if purchase.is_fee_waived:
        return NONE
    if purchase.site == "cn":
        return Bounds(NOTHING, Decimal(100))  # the page could not be read
    begin, until = _hour(line.start), _hour(purchase.now)
    year = sum(_years_later(begin, years) < until for years in range(1, 9))
    possible = [Decimal(row[min(year, len(row) - 1)]) for term in line.terms for row in _rows(term)]
    return Bounds(min(possible, default=NOTHING), max(possible, default=Decimal(100)))


def _rows(term: int) -> Iterable[tuple[int, ...]]:
    """Return the rows of the table that may hold for a term: its own, or both neighbors."""
    if term < 12:
        return [PERCENT[0]]
    if term in PERCENT:
        return [PERCENT[term]]
    if term > max(PERCENT):
        return [(0,), (100,)]
    return [PERCENT[max(row for row in PERCENT if row < term)], PERCENT[min(row for row in PERCENT if row > term)]]


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _hours(duration: timedelta) -> int:
    return duration // timedelta(hours=1)


def _years_later(moment: datetime, years: int) -> datetime:
    is_leap_day = (moment.month, moment.day) == (2, 29)
    return moment.replace(year=moment.year + years, day=28 if is_leap_day else moment.day)
