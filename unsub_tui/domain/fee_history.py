"""Fee rates missing from the rules and the use of the refund quota, derived from the account's past unsubscriptions.

An unsubscription order states refund, handling fee and consumed amount, so its rate is known to the cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from unsub_tui.domain.durations import HOUR, VENDOR_ZONE, whole_months, years_begun
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.money import AMOUNT_TOLERANCE
from unsub_tui.domain.order import Order, OrderLine, OrderStatus, OrderType
from unsub_tui.domain.rules import FullRefundRule, fee_table_row

RATE_STEPS = (Decimal("0.01"), Decimal("0.005"), Decimal("0.001"))
"""Step sizes of rates, tried in this order: 1, 0.5 and 0.1 percent."""


@dataclass(frozen=True, slots=True)
class ObservedFee:
    """A charged handling fee as a share of the paid amount."""

    order_id: str
    charged_at: datetime
    fee_table_row: str
    years_used: int
    rate: Decimal

    @property
    def label(self) -> Fact:
        """Order and date, shown next to every figure based on this fee."""
        return fact("fee_observed", order_id=self.order_id, date=self.charged_at.date().isoformat())


@dataclass(frozen=True, slots=True)
class FeeHistory:
    """All observed fees, newest first."""

    fees: tuple[ObservedFee, ...] = ()

    def find(self, months: int, years_used: int) -> ObservedFee | None:
        """Return the newest fee for the same term and the same year of use, or None."""
        row = fee_table_row(months)
        return next((each for each in self.fees if (each.fee_table_row, each.years_used) == (row, years_used)), None)


def derive_fees(orders: Iterable[Order]) -> FeeHistory:
    """Return the fees observed in completed unsubscription orders, which must include their lines."""
    kind = (OrderType.UNSUBSCRIPTION, OrderStatus.COMPLETED)
    completed = [order for order in orders if (order.order_type, order.status) == kind]
    lines = [(order, line) for order in completed for line in _whole_terms(order.lines)]
    fees = [fee for order, line in lines if (fee := _observed_fee(order, line)) is not None]
    return FeeHistory(tuple(sorted(fees, key=lambda fee: fee.charged_at, reverse=True)))


def _whole_terms(lines: Sequence[OrderLine]) -> list[OrderLine]:
    """Return the lines for purchased terms. Of lines with the same end, a later one is a change or an added part.

    Its fee is that of the whole term, but its length is that of the rest.
    """
    starts: dict[datetime | None, datetime] = {}
    for line in lines:
        if line.effective_time is not None:
            starts[line.expire_time] = min(line.effective_time, starts.get(line.expire_time, line.effective_time))
    return [
        line
        for line in lines
        if line.effective_time is not None and line.effective_time - starts[line.expire_time] <= HOUR
    ]


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """Number of five-day refunds used in a year; the orders determine it only within bounds.

    One order can contain several resources, and resources unsubscribed from together count as one.
    """

    year: int
    at_least: int
    at_most: int
    limit: int

    @property
    def remaining(self) -> tuple[int, int]:
        """Minimum and maximum number of refunds left."""
        return max(0, self.limit - self.at_most), max(0, self.limit - self.at_least)


def quota_use(orders: Iterable[Order], rule: FullRefundRule, now: datetime) -> QuotaUse:
    """Return this calendar year's quota use (UTC+8) from unsubscription orders, which must include their lines."""
    year = now.astimezone(VENDOR_ZONE).year
    full = [order for order in orders if _is_full_refund(order, rule, year)]
    readable = [order for order in full if not order.amounts.out_of_range]
    return QuotaUse(year, len(readable), sum(len(order.lines) for order in full), rule.quota)


def _observed_fee(order: Order, line: OrderLine) -> ObservedFee | None:
    """Return the fee of a line that was in use, paid for and partly refunded; None for any other line."""
    net, fee, consumed = line.amounts.net, line.amounts.commission, line.amounts.consumed
    if net is None or fee is None or consumed is None or order.create_time is None:
        return None
    if line.effective_time is None or line.expire_time is None or net <= 0 or consumed <= 0 or fee < 0:
        return None  # a fee equal to the whole remainder does not reveal its rate; a negative fee is no fee
    months = whole_months(line.effective_time, line.expire_time)
    if not line.effective_time <= order.create_time <= line.expire_time:
        return None
    paid = net + fee + consumed
    years = years_begun(line.effective_time, order.create_time)
    return ObservedFee(order.order_id, order.create_time, fee_table_row(months), years, _simplest_rate(fee, paid))


def _simplest_rate(fee: Decimal, paid: Decimal) -> Decimal:
    """Return the simplest rate that explains the fee to the cent: Huawei Cloud rounds the fee, not the rate."""
    for step in RATE_STEPS:
        rate = (fee / paid / step).to_integral_value(ROUND_HALF_UP) * step
        if abs(rate * paid - fee) <= AMOUNT_TOLERANCE:
            return rate
    return fee / paid


def _is_full_refund(order: Order, rule: FullRefundRule, year: int) -> bool:
    """Return whether an order of `year` fully refunded a resource in use, as only the five-day rule does."""
    amounts, created = order.amounts, order.create_time
    if order.order_type != OrderType.UNSUBSCRIPTION or order.status == OrderStatus.CANCELLED:
        return False
    if created is None or created.astimezone(VENDOR_ZONE).year != year:
        return False
    if amounts.commission or amounts.consumed or not (amounts.net or amounts.out_of_range):
        return False
    starts = [line.effective_time for line in order.lines if line.effective_time is not None]
    return any(start <= created <= start + rule.window for start in starts)
