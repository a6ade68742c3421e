"""Monthly bills: a row for each line of each order paid in the month, and for each refund line.

Rows are counted with the order index if possible, and built only for the requested page, because a large account has
tens of thousands of rows per month.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import groupby

from unsub_tui.sandbox import Behavior
from unsub_tui.sandbox.account_fixtures import PROJECTS
from unsub_tui.sandbox.models import Order, OrderIndexEntry, OrderLine, OrderType, RefundLine, Resource
from unsub_tui.sandbox.offers import ECS
from unsub_tui.sandbox.order_store import MAX_ORDERS_PER_PURCHASE, OrderStore
from unsub_tui.sandbox.sites import Site
from unsub_tui.sandbox.timestamps import day_of, month_of, months_between

_MONTHS_KEPT = 36
_BILL_TYPES = {
    OrderType.NEW: 1,
    OrderType.RENEWAL: 2,
    OrderType.CHANGE: 3,
    OrderType.UNSUBSCRIPTION: 4,
    OrderType.TO_PAY_PER_USE: 24,
    OrderType.CONVERSION: 1,
    OrderType.TRIAL: 1,
}
_AUTOMATIC_RENEWAL = 8
_TAX = 15
_UNSUBSCRIPTION_TAX = 100
_MOST_ROWS = 1 << 10
"""Upper bound on the rows of an order; the key of a row is order number * this + row index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillRow:
    """A bill row. All amounts of a refund except the discount are negative."""

    order: Order
    line: OrderLine | RefundLine
    resource: Resource
    billed: Resource
    """The resource that the row is listed under: another one for a part of a combined service."""
    names_part: bool = False
    """Whether the row names the part of a combined service that it is for."""
    bill_type: int
    posted: int
    official: Decimal
    discount: Decimal
    cash: Decimal
    credit: Decimal
    coupon: Decimal
    debt: Decimal = Decimal(0)

    @property
    def is_tax(self) -> bool:
        """Whether it is a row of tax."""
        return self.bill_type in (_TAX, _UNSUBSCRIPTION_TAX)

    @property
    def amount(self) -> Decimal:
        """Sum of cash, credit, debt and coupon; negative for a refund."""
        return self.cash + self.credit + self.debt + self.coupon


@dataclass(frozen=True, slots=True, kw_only=True)
class BillQuery:
    """Filter of a bill query. None means no filter; an empty string matches nothing."""

    month: str
    bill_type: int | None = None
    purchase_number: int | None = None
    """Purchase of `resource_id`, if it exists, so that other purchases can be skipped."""
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
        """Whether a filter is set that needs complete rows, because the index has only month, type and purchase."""
        return replace(self, month="", bill_type=None, purchase_number=None) != BillQuery(month="")

    def matches(self, row: BillRow) -> bool:
        """Return whether the row passes the filter; month, bill type and purchase are checked elsewhere."""
        resource = row.billed
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

    def __init__(self, orders: OrderStore, site: Site, get_behavior: Callable[[], Behavior]) -> None:
        self._orders = orders
        self._get_behavior = get_behavior
        self._unit = Decimal(1).scaleb(-site.decimals)
        self._search = lru_cache(maxsize=16)(self._keys)  # a client pages through the same query

    def page(self, query: BillQuery, now: int, offset: int, limit: int) -> tuple[int, list[BillRow]]:
        """Return the row count and a page of rows; months more than 36 months ago are empty."""
        if months_between(query.month, month_of(now)) > _MONTHS_KEPT:
            return 0, []
        behavior = self._get_behavior()
        is_plain = not behavior.combined_bills and not behavior.tax_rate
        form = f"{behavior.combined_bills} {behavior.tax_rate}"
        found = self._search(query, len(self._orders.billed_in_month(query.month)), "" if is_plain else form)
        return len(found), list(self._written(found[offset : offset + limit]))

    def _keys(self, query: BillQuery, _count: int, form: str) -> list[int]:
        """Return the keys of the matching rows; a month only ever gains entries, so their count says what is cached."""
        keys: list[int] = []
        for entry in self._orders.billed_in_month(query.month):
            if query.bill_type not in (None, _bill_type(entry)):
                continue
            # Only a generated order has a purchase of its own: one placed at run time may cover several.
            purchase = entry.number // MAX_ORDERS_PER_PURCHASE if entry.number >= 0 else query.purchase_number
            if query.purchase_number not in (None, purchase):
                continue
            base = entry.number * _MOST_ROWS
            if entry.rows and not query.needs_rows and not form:
                keys += range(base, base + entry.rows)
            else:
                rows = self._rows_of(self._orders.by_number(entry.number))
                keys += (base + place for place, row in enumerate(rows) if query.matches(row))
        return keys

    def _written(self, keys: Iterable[int]) -> Iterator[BillRow]:
        for number, group in groupby(keys, key=lambda key: key // _MOST_ROWS):
            rows = self._rows_of(self._orders.by_number(number))
            yield from (rows[key % _MOST_ROWS] for key in group)

    def _rows_of(self, order: Order) -> list[BillRow]:
        resources = self._orders.resources_of(order)
        rows = [
            self._payment(order, line, resource) if isinstance(line, OrderLine) else self._refund(order, line, resource)
            for line, resource in zip(order.rows, resources, strict=True)
        ]
        behavior = self._get_behavior()
        match behavior.combined_bills:
            case "parts":
                rows = [_as_part(row) for row in rows]
            case "whole":
                rows = _merge_rows(rows)
        if behavior.is_postpaid:
            rows = [replace(row, cash=Decimal(0), debt=row.cash) for row in rows]
        return rows + [self._tax(row, behavior.tax_rate) for row in rows if behavior.tax_rate and row.amount]

    def _tax(self, row: BillRow, rate: Decimal) -> BillRow:
        tax = ((row.cash + row.credit + row.debt) * rate).quantize(self._unit, ROUND_HALF_UP)
        nothing = Decimal(0)
        return replace(
            row,
            bill_type=_TAX if tax > 0 else _UNSUBSCRIPTION_TAX,
            official=tax,
            discount=nothing,
            cash=tax,
            credit=nothing,
            debt=nothing,
            coupon=nothing,
        )

    def _payment(self, order: Order, line: OrderLine, resource: Resource) -> BillRow:
        return BillRow(
            order=order,
            line=line,
            resource=resource,
            billed=resource,
            bill_type=_bill_type(order),
            posted=order.created,
            official=line.official,
            discount=line.discount,
            cash=line.paid - line.credit,
            credit=line.credit,
            coupon=line.coupon,
        )

    def _refund(self, order: Order, line: RefundLine, resource: Resource) -> BillRow:
        refund = line.refund.quantize(self._unit, ROUND_HALF_UP)
        credit = (refund * line.credit_share).quantize(self._unit, ROUND_HALF_UP)
        return BillRow(
            order=order,
            line=line,
            resource=resource,
            billed=resource,
            bill_type=_bill_type(order),
            posted=order.completed or order.created,
            official=-refund - line.coupon,
            discount=Decimal(0),
            cash=credit - refund,
            credit=-credit,
            coupon=-line.coupon,
        )


def _combined_service(resource: Resource) -> Resource:
    """Return the server that a disk is billed with; any other resource is billed alone."""
    parent = resource.parent
    return parent if parent is not None and parent.offer.service is ECS else resource


def _as_part(row: BillRow) -> BillRow:
    whole = _combined_service(row.resource)
    return replace(row, billed=whole, names_part=whole.offer.service is ECS)


def _merge_rows(rows: list[BillRow]) -> list[BillRow]:
    """Return the rows of an order with one row for each server and period, disks included."""
    merged: dict[tuple[str, str, int, int], BillRow] = {}
    for row in sorted(rows, key=lambda each: each.resource.parent is not None):
        base = row.line.order_id if isinstance(row.line, RefundLine) else ""
        period = (base, row.line.start, row.line.end)
        key, alone = ((each.resource_id, *period) for each in (_combined_service(row.resource), row.resource))
        whole = merged.get(key)
        if whole is None:
            merged[alone] = row
            continue
        names = ("official", "discount", "cash", "credit", "coupon")
        merged[key] = replace(whole, **{name: getattr(whole, name) + getattr(row, name) for name in names})
    return list(merged.values())


def _bill_type(order: Order | OrderIndexEntry) -> int:
    return _AUTOMATIC_RENEWAL if order.automatic else _BILL_TYPES[OrderType(order.order_type)]
