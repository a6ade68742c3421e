"""What a bill month holds: one row for each line of each order paid in it, and for each line given back.

Rows are found by the index where it tells enough, and written only for the page that was asked for: a large account has
tens of thousands of rows a month.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from unsub_tui.sandbox.books import Books
from unsub_tui.sandbox.moments import day_of, month_of, months_between
from unsub_tui.sandbox.records import Charge, Entry, Kind, Line, Order, Purchase, Resource
from unsub_tui.sandbox.sites import Site
from unsub_tui.sandbox.tenancy import PROJECTS

_MONTHS_KEPT = 36
_BILL_TYPES = {Kind.NEW: 1, Kind.RENEWAL: 2, Kind.CHANGE: 3, Kind.UNSUBSCRIPTION: 4, Kind.CONVERSION: 1, Kind.TRIAL: 1}
_AUTOMATIC_RENEWAL = 8
_KEPT_ANSWERS = 16
_MOST_ROWS = 1 << 10
"""More than one order can have: a row's key is its order's number times this, plus its place."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BillQuery:
    """What a bill query filters by. None is no filter; an empty text matches nothing."""

    month: str
    bill_type: int | None = None
    purchase: int | None = None
    """Where the named resource lies, if that is known: it spares looking at all others."""
    resource_id: str | None = None
    service: str | None = None
    resource_type: str | None = None
    region: str | None = None
    project: str | None = None
    trade_id: str | None = None
    zero: bool = True
    days: tuple[str, str] | None = None

    @property
    def looks_into_rows(self) -> bool:
        """Tell whether the index is not enough."""
        facts = (
            self.resource_id,
            self.service,
            self.resource_type,
            self.region,
            self.project,
            self.trade_id,
            self.days,
        )
        return not self.zero or any(fact is not None for fact in facts)

    def fits(self, row: BillRow) -> bool:
        """Tell whether a row is wanted."""
        resource = row.resource
        facts = (
            (self.resource_id, resource.resource_id),
            (self.service, resource.offer.service.code),
            (self.resource_type, resource.offer.code),
            (self.region, resource.region),
            (self.project, PROJECTS[resource.project].project_id),
            (self.trade_id, row.order.order_id),
        )
        return (
            all(wanted in (None, fact) for wanted, fact in facts)
            and (self.zero or bool(row.amount))
            and (self.days is None or self.days[0] <= day_of(row.posted) <= self.days[1])
        )


class Statements:
    """The account's bills. Callers hold the ledger's lock."""

    def __init__(self, books: Books, recall: Callable[[int], Purchase], site: Site) -> None:
        self._books = books
        self._recall = recall
        self._site = site
        self._answers: dict[tuple[BillQuery, int], list[int]] = {}

    def page(self, query: BillQuery, now: int, lag: float, offset: int, limit: int) -> tuple[int, list[BillRow]]:
        """Count the rows of a month and write one page; there are none of a month too long ago."""
        if months_between(query.month, month_of(now)) > _MONTHS_KEPT:
            return 0, []
        entries = [entry for entry in self._books.in_month(query.month) if self._posted(entry) + lag <= now]
        found = self._answers.get((query, len(entries)))
        if found is None:
            found = list(self._keys(query, entries))
            if len(self._answers) >= _KEPT_ANSWERS:
                self._answers.pop(next(iter(self._answers)))
            self._answers[query, len(entries)] = found
        return len(found), list(self._written(found[offset : offset + limit]))

    def rows_of(self, order: Order) -> list[BillRow]:
        """Give the rows of one order."""
        return [*self._payments(order), *self._refunds(order)]

    def _posted(self, entry: Entry) -> int:
        """Say when an order came into the books, as far as the lag is concerned: only new refunds lag."""
        return (self._books.at(entry.number).completed or 0) if entry.number < 0 else 0

    def _keys(self, query: BillQuery, entries: Iterable[Entry]) -> Iterator[int]:
        for entry in entries:
            if query.bill_type not in (None, _bill_type(entry)):
                continue
            if query.purchase is not None and self._purchase(entry) not in (None, query.purchase):
                continue
            base = entry.number * _MOST_ROWS
            if entry.rows and not query.looks_into_rows:
                yield from range(base, base + entry.rows)
            else:
                rows = self.rows_of(self._books.at(entry.number))
                yield from (base + place for place, row in enumerate(rows) if query.fits(row))

    def _purchase(self, entry: Entry) -> int | None:
        """Say which purchase an order is about; None where it may be about several."""
        return self._books.purchase_of(entry.number) if entry.number >= 0 else None

    def _written(self, keys: Iterable[int]) -> Iterator[BillRow]:
        for number, group in groupby(keys, key=lambda key: key // _MOST_ROWS):
            rows = self.rows_of(self._books.at(number))
            yield from (rows[key % _MOST_ROWS] for key in group)

    def _payments(self, order: Order) -> Iterator[BillRow]:
        bought = self._recall(order.purchase).resources
        for line in order.lines:
            yield BillRow(
                order=order,
                line=line,
                resource=bought[line.place],
                bill_type=_bill_type(order),
                posted=order.created,
                official=line.official,
                discount=line.discount,
                cash=line.paid - line.credit,
                credit=line.credit,
                coupon=line.coupon,
            )

    def _refunds(self, order: Order) -> Iterator[BillRow]:
        unit = Decimal(1).scaleb(-self._site.decimals)
        for charge in order.charges:
            refund = charge.refund.quantize(unit, ROUND_HALF_UP)
            credit = (refund * charge.credit_share).quantize(unit, ROUND_HALF_UP)
            yield BillRow(
                order=order,
                line=charge,
                resource=self._recall(charge.purchase).resources[charge.place],
                bill_type=_bill_type(order),
                posted=order.completed or order.created,
                official=-refund - charge.coupon,
                discount=Decimal(0),
                cash=credit - refund,
                credit=-credit,
                coupon=-charge.coupon,
            )


def _bill_type(order: Order | Entry) -> int:
    return _AUTOMATIC_RENEWAL if order.automatic else _BILL_TYPES[Kind(order.kind)]
