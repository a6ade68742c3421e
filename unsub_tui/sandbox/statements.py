"""What a bill month holds: one row for each line of each order paid in it, and for each line given back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from unsub_tui.sandbox.ledger import Ledger
from unsub_tui.sandbox.moments import month_of, months_between
from unsub_tui.sandbox.records import Charge, Kind, Line, Order, Resource

_MONTHS_KEPT = 36
_BILL_TYPES = {Kind.NEW: 1, Kind.RENEWAL: 2, Kind.CHANGE: 3, Kind.UNSUBSCRIPTION: 4, Kind.CONVERSION: 1, Kind.TRIAL: 1}
_AUTOMATIC_RENEWAL = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class BillRow:
    """One row: `amount` is cash + credit + coupon; a refund is negative in every part."""

    order: Order
    line: Line | Charge
    resource: Resource
    bill_type: int
    posted: int
    official: Decimal
    discount: Decimal
    cash: Decimal
    credit: Decimal
    coupon: Decimal

    @property
    def amount(self) -> Decimal:
        """What was due, or came back."""
        return self.cash + self.credit + self.coupon


def month_rows(ledger: Ledger, month: str) -> list[BillRow]:
    """Give the rows of a month; none of a month too long ago."""
    now = ledger.now()
    if months_between(month, month_of(now)) > _MONTHS_KEPT:
        return []
    lag = ledger.behaviour.bill_lag_seconds
    return [
        row
        for order in ledger.books.in_month(month)
        if order.completed is None or order.completed + lag <= now
        for row in order_rows(ledger, order)
    ]


def order_rows(ledger: Ledger, order: Order) -> Iterator[BillRow]:
    """Give the rows of one order."""
    bill_type = _AUTOMATIC_RENEWAL if order.automatic else _BILL_TYPES[order.kind]
    bought = ledger.recall(order.purchase).resources
    for line in order.lines:
        yield BillRow(
            order=order,
            line=line,
            resource=bought[line.place],
            bill_type=bill_type,
            posted=order.created,
            official=line.official,
            discount=line.discount,
            cash=line.paid - line.credit,
            credit=line.credit,
            coupon=line.coupon,
        )
    unit = Decimal(1).scaleb(-ledger.site.decimals)
    for charge in order.charges:
        credit = (charge.refund * charge.credit_share).quantize(unit, ROUND_HALF_UP)
        yield BillRow(
            order=order,
            line=charge,
            resource=ledger.recall(charge.purchase).resources[charge.place],
            bill_type=bill_type,
            posted=order.completed or order.created,
            official=-charge.refund - charge.coupon,
            discount=Decimal(0),
            cash=credit - charge.refund,
            credit=-credit,
            coupon=-charge.coupon,
        )
