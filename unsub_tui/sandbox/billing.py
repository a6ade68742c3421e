"""Monthly bills: a row for each line of each order paid in the month, and for each refund line.

Rows are counted with the order index if possible, and built only for the requested page, because a large account has
tens of thousands of rows per month.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from unsub_tui.sandbox.account_fixtures import PROJECTS
from unsub_tui.sandbox.models import Order, OrderIndexEntry, OrderLine, OrderType, Purchase, RefundLine, Resource
from unsub_tui.sandbox.order_store import OrderStore
from unsub_tui.sandbox.sites import Site
from unsub_tui.sandbox.timestamps import day_of, month_of, months_between

_MONTHS_KEPT = 36
_BILL_TYPES = {
    OrderType.NEW: 1,
    OrderType.RENEWAL: 2,
    OrderType.CHANGE: 3,
    OrderType.UNSUBSCRIPTION: 4,
    OrderType.CONVERSION: 1,
    OrderType.TRIAL: 1,
}
_AUTOMATIC_RENEWAL = 8
_MAX_CACHED_QUERIES = 16
_MOST_ROWS = 1 << 10
"""Upper bound on the rows of an order; the key of a row is order number * this + row index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillRow:
    """A bill row. All amounts of a refund except the discount are negative."""

    order: Order
    line: OrderLine | RefundLine
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
        """Sum of cash, credit and coupon; negative for a refund."""
        return self.cash + self.credit + self.coupon


@dataclass(frozen=True, slots=True, kw_only=True)
class BillQuery:
    """Filter of a bill query. None means no filter; an empty string matches nothing."""

    month: str
    bill_type: int | None = None
    purchase_number: int | None = None
    """Purchase of `resource_id` if known, so that other purchases can be skipped."""
    resource_id: str | None = None
    service: str | None = None
    resource_type: str | None = None
    region: str | None = None
    project: str | None = None
    trade_id: str | None = None
    include_zero: bool = True
    days: tuple[str, str] | None = None

    @property
    def needs_rows(self) -> bool:
        """Whether the query needs complete rows, because the index is not sufficient."""
        facts = (
            self.resource_id,
            self.service,
            self.resource_type,
            self.region,
            self.project,
            self.trade_id,
            self.days,
        )
        return not self.include_zero or any(fact is not None for fact in facts)

    def matches(self, row: BillRow) -> bool:
        """Return whether the row passes the filter; month, bill type and purchase are checked elsewhere."""
        resource = row.resource
        facts = (
            (self.resource_id, resource.resource_id),
            (self.service, resource.offer.service.code),
            (self.resource_type, resource.offer.code),
            (self.region, resource.region),
            (self.project, PROJECTS[resource.project_index].project_id),
            (self.trade_id, row.order.order_id),
        )
        return (
            all(wanted in (None, fact) for wanted, fact in facts)
            and (self.include_zero or bool(row.amount))
            and (self.days is None or self.days[0] <= day_of(row.posted) <= self.days[1])
        )


class Billing:
    """Bills of the account. Callers must hold the account's lock."""

    def __init__(self, orders: OrderStore, get_purchase: Callable[[int], Purchase], site: Site) -> None:
        self._orders = orders
        self._get_purchase = get_purchase
        self._site = site
        self._query_cache: dict[tuple[BillQuery, int], list[int]] = {}

    def page(self, query: BillQuery, now: int, lag: float, offset: int, limit: int) -> tuple[int, list[BillRow]]:
        """Return the row count and a page of rows; months more than 36 months ago are empty."""
        if months_between(query.month, month_of(now)) > _MONTHS_KEPT:
            return 0, []
        entries = [entry for entry in self._orders.billed_in_month(query.month) if self._posted(entry) + lag <= now]
        found = self._query_cache.get((query, len(entries)))
        if found is None:
            found = list(self._keys(query, entries))
            if len(self._query_cache) >= _MAX_CACHED_QUERIES:
                self._query_cache.pop(next(iter(self._query_cache)))
            self._query_cache[query, len(entries)] = found
        return len(found), list(self._written(found[offset : offset + limit]))

    def rows_of(self, order: Order) -> list[BillRow]:
        """Return the bill rows of an order."""
        return [*self._payments(order), *self._refunds(order)]

    def _posted(self, entry: OrderIndexEntry) -> int:
        """Return the posting time for the bill lag, or 0 for generated orders, which have no lag."""
        return (self._orders.by_number(entry.number).completed or 0) if entry.number < 0 else 0

    def _keys(self, query: BillQuery, entries: Iterable[OrderIndexEntry]) -> Iterator[int]:
        for entry in entries:
            if query.bill_type not in (None, _bill_type(entry)):
                continue
            if query.purchase_number is not None and self._purchase(entry) not in (None, query.purchase_number):
                continue
            base = entry.number * _MOST_ROWS
            if entry.rows and not query.needs_rows:
                yield from range(base, base + entry.rows)
            else:
                rows = self.rows_of(self._orders.by_number(entry.number))
                yield from (base + place for place, row in enumerate(rows) if query.matches(row))

    def _purchase(self, entry: OrderIndexEntry) -> int | None:
        """Return the purchase of an order, or None for an order that may cover several."""
        return self._orders.purchase_number(entry.number) if entry.number >= 0 else None

    def _written(self, keys: Iterable[int]) -> Iterator[BillRow]:
        for number, group in groupby(keys, key=lambda key: key // _MOST_ROWS):
            rows = self.rows_of(self._orders.by_number(number))
            yield from (rows[key % _MOST_ROWS] for key in group)

    def _payments(self, order: Order) -> Iterator[BillRow]:
        bought = self._get_purchase(order.purchase_number).resources
        for line in order.lines:
            yield BillRow(
                order=order,
                line=line,
                resource=bought[line.position],
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
        for charge in order.refund_lines:
            refund = charge.refund.quantize(unit, ROUND_HALF_UP)
            credit = (refund * charge.credit_share).quantize(unit, ROUND_HALF_UP)
            yield BillRow(
                order=order,
                line=charge,
                resource=self._get_purchase(charge.purchase_number).resources[charge.position],
                bill_type=_bill_type(order),
                posted=order.completed or order.created,
                official=-refund - charge.coupon,
                discount=Decimal(0),
                cash=credit - refund,
                credit=-credit,
                coupon=-charge.coupon,
            )


def _bill_type(order: Order | OrderIndexEntry) -> int:
    return _AUTOMATIC_RENEWAL if order.automatic else _BILL_TYPES[OrderType(order.order_type)]
