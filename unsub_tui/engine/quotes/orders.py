"""Facts from the account's orders: blocking orders, specification changes, past fees, payments that no bill contains.

Order lines name no resource. A line is attributed to a resource only if all lines of its resource type are equal.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from unsub_tui.domain.durations import VENDOR_ZONE, vendor_month
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.fee_history import FeeHistory, QuotaUse, derive_fees, quota_use
from unsub_tui.domain.order import Order, OrderStatus, OrderType
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.quote import BillType, Payment
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.rules import SiteRules
from unsub_tui.engine.quotes.bills import BillCache, ServiceById

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient

MAX_QUERY_WINDOW = timedelta(days=365)
"""Maximum time span of an order query."""

END_MARGIN = timedelta(hours=1)
"""Time after now at which queries end: orders may be placed meanwhile, and Huawei Cloud's clock may be ahead."""

BLOCKING_STATUSES: Mapping[int, BlockedReason] = {
    OrderStatus.PENDING_PAYMENT: BlockedReason.UNPAID_ORDER,
    OrderStatus.PROCESSING: BlockedReason.IN_TRANSACTION,
    OrderStatus.PENDING_APPROVAL: BlockedReason.IN_TRANSACTION,
}
"""Order statuses that block the order's resources from unsubscription, with the reason."""

MAX_LISTED_ORDERS = 40
"""Maximum number of orders whose resources are listed, one call each; an order beyond it may still block an item."""

MAX_PAST_ORDERS = 40
"""Maximum number of free and of charged past unsubscriptions to read; one call each."""


@dataclass(slots=True)
class OrderHistory:
    """Facts read from the account's orders."""

    blocked: dict[str, BlockedReason] = field(default_factory=dict)
    """Resources blocked by another order, with the reason."""
    change_months: dict[str, set[str]] | None = field(default_factory=dict)
    """Billing months of specification changes by resource; None if there are too many or they cannot be read."""
    change_times: dict[str, set[datetime]] = field(default_factory=dict)
    """Times of specification changes by resource, as far as they were read."""
    fee_history: FeeHistory = field(default_factory=FeeHistory)
    quota: QuotaUse | None = None
    """None if it could not be read or was not requested, or the site has no quota."""
    notes: list[Fact] = field(default_factory=list)
    """Data that could not be read."""

    def blocked_reason(self, resources: Iterable[Resource]) -> BlockedReason | None:
        """Return why one of these resources is blocked by another order, or None."""
        return next((self.blocked[each.id] for each in resources if each.id in self.blocked), None)


async def read_order_history(
    bill_cache: BillCache,
    resources: Iterable[Resource],
    rules: SiteRules,
    now: datetime,
    *,
    since: datetime,
    with_fee_history: bool = True,
) -> OrderHistory:
    """Read the history of these resources; unreadable parts are listed in its notes, and their facts stay unknown.

    `since` is the start of the oldest term that may still be running. Without `with_fee_history`, past unsubscriptions
    are not read, so fees and quota stay unknown.
    """
    client, history = bill_cache.client, OrderHistory()
    service_by_id = {each.id: each.service_type_code.raw for each in resources}
    steps = [
        _read_blocking_orders(client, service_by_id, now, history),
        _read_changes(client, service_by_id, min(since, now), now, history),
    ]
    if with_fee_history and (rules.fee is None or rules.full_refund is not None):
        steps.append(_read_fee_history(bill_cache, rules, now, history))
    await asyncio.gather(*steps)
    return history


def query_windows(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield query windows within the maximum span, newest first."""
    while since < until:
        yield max(since, until - MAX_QUERY_WINDOW), until
        until -= MAX_QUERY_WINDOW


async def _read_blocking_orders(
    client: BssClient, service_by_id: ServiceById, now: datetime, history: OrderHistory
) -> None:
    """Find the resources blocked by unfinished orders."""
    until, services = now + END_MARGIN, set(service_by_id.values())
    try:
        listed = await asyncio.gather(
            *(
                client.orders(
                    status=status, created_from=until - MAX_QUERY_WINDOW, created_to=until, with_unreadable=True
                )
                for status in BLOCKING_STATUSES
            )
        )
        unreadable = sum(not order.is_readable for orders in listed for order in orders)
        if unreadable:
            history.notes.append(fact("orders_unreadable", count=unreadable))
        concerned = [
            (order, reason)
            for orders, reason in zip(listed, BLOCKING_STATUSES.values(), strict=True)
            for order in orders
            if order.is_readable and order.order_type != OrderType.NEW and order.concerns(*services)
        ]
        listable = concerned[:MAX_LISTED_ORDERS]
        found = await asyncio.gather(*(client.list_resources(order_id=order.order_id) for order, _ in listable))
    except UnsubError as error:
        history.notes.append(fact("pending_orders_unread", error=error.problem.short_code))
        return
    for (order, reason), resources in zip(listable, found, strict=True):
        history.blocked |= {each.id: reason for each in resources if each.id in service_by_id}
        if not all(each.id for each in resources):
            history.notes.append(fact("order_row_unreadable", order_id=order.order_id))
    if len(concerned) > MAX_LISTED_ORDERS:
        history.notes.append(fact("pending_orders_left_out", count=len(concerned) - MAX_LISTED_ORDERS))


async def _read_changes(
    client: BssClient, service_by_id: ServiceById, since: datetime, now: datetime, history: OrderHistory
) -> None:
    """Find the resources with specification changes, and the times of these changes."""
    services = set(service_by_id.values())
    try:
        orders = [
            order
            for begin, end in query_windows(since, now + END_MARGIN)
            for order in await client.orders(order_type=OrderType.CHANGE, created_from=begin, created_to=end)
            if order.status == OrderStatus.COMPLETED and order.concerns(*services)
        ]
        if len(orders) > MAX_LISTED_ORDERS:
            history.change_months = None
            return
        found: dict[str, set[str]] = {}
        changed = await asyncio.gather(*(client.list_resources(order_id=each.order_id) for each in orders))
        for order, resources in zip(orders, changed, strict=True):
            times = {each for each in (order.create_time, order.payment_time) if each is not None}
            for each in resources:
                found.setdefault(each.id, set()).update(map(vendor_month, times))
                history.change_times.setdefault(each.id, set()).update(times)
        # A row without an id can be of any resource.
        history.change_months = None if "" in found else found
    except UnsubError:
        history.change_months = None  # every month is then read, so no change is missed


async def _read_fee_history(bill_cache: BillCache, rules: SiteRules, now: datetime, history: OrderHistory) -> None:
    """Derive past fees and the used quota from the account's own unsubscriptions."""
    year_begins = now.astimezone(VENDOR_ZONE).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    try:
        found: dict[str, Order] = {}  # by id, because adjacent windows overlap by a second
        until = now + END_MARGIN
        for begin, end in query_windows(until - 3 * MAX_QUERY_WINDOW, until):
            orders = await bill_cache.client.orders(
                order_type=OrderType.UNSUBSCRIPTION, created_from=begin, created_to=end, with_unreadable=True
            )
            found |= {order.order_id: order for order in orders}
        listed = [order for order in found.values() if order.is_readable]
        this_year = [order for order in listed if order.create_time and order.create_time >= year_begins]
        free = [order for order in this_year if not order.amounts.commission and not order.amounts.consumed]
        charged = [order for order in listed if order.amounts.commission and order.status == OrderStatus.COMPLETED]
        past = [*free[:MAX_PAST_ORDERS], *charged[:MAX_PAST_ORDERS]]
        detailed = await asyncio.gather(*(_read_detail(bill_cache, order.order_id) for order in past))
    except UnsubError as error:
        history.notes.append(fact("past_unsubscriptions_unread", error=error.problem.short_code))
        return
    readable = [order for order in detailed if order is not None]
    history.fee_history = derive_fees(readable)
    if left_out := len(found) - len(listed) + len(detailed) - len(readable):
        history.notes.append(fact("past_unsubscriptions_left_out", count=left_out))
    elif rules.full_refund is not None and len(free) <= MAX_PAST_ORDERS:  # each of them may have used the quota
        history.quota = quota_use(readable, rules.full_refund, now)


async def _read_detail(bill_cache: BillCache, order_id: str) -> Order | None:
    """Return an order with its lines, or None if this one cannot be read. Raise ApiError if others cannot either."""
    try:
        return await bill_cache.order(order_id)
    except UnsubError as error:
        if error.problem.kind not in _KINDS_OF_ONE_ORDER:
            raise
        return None


ORDER_DATE_TOLERANCE = timedelta(days=1)
"""Maximum time between the creation of an order and the start of the term that it bought."""

UNBILLED_AGE = timedelta(days=3)
"""Age below which an order may not be in a bill yet."""

MAX_PURCHASE_ORDERS = 30
"""Maximum number of orders to examine; two calls each."""

BILL_TYPE_BY_ORDER_TYPE = {
    OrderType.NEW: BillType.PURCHASE,
    OrderType.CONVERSION: BillType.PURCHASE,
    OrderType.TRIAL: BillType.PURCHASE,
    OrderType.RENEWAL: BillType.RENEWAL,
    OrderType.CHANGE: BillType.CHANGE,
}
"""Order types that buy a period, with the bill type of the corresponding rows."""

_MONTHS = {2: 1, 3: 12}
"""Months per order period type: 2 is a month, 3 is a year."""

_KINDS_OF_ONE_ORDER = frozenset({ProblemKind.BAD_RESPONSE, ProblemKind.INCOMPLETE, ProblemKind.SERVICE})
"""Problems that say nothing about the next order."""

Window = tuple[datetime, datetime]


async def payments_by_order(
    bill_cache: BillCache, resources: Sequence[Resource], now: datetime, problems: list[Fact]
) -> AsyncGenerator[list[Payment], None]:
    """Yield the payments for these resources found in each order; add an order that cannot be read to `problems`.

    Raise ApiError if the orders cannot be listed.
    """
    client, wanted = bill_cache.client, {each.id for each in resources}
    services = frozenset(each.service_type_code.raw for each in resources)
    looked: set[str] = set()
    for begin, end in _windows(resources, now):
        for order in await client.orders(created_from=begin, created_to=end, with_unreadable=True):
            if order.order_id in looked or len(looked) >= MAX_PURCHASE_ORDERS or not _is_purchase(order, services):
                continue
            looked.add(order.order_id)
            try:
                mine = [each for each in await client.list_resources(order_id=order.order_id) if each.id in wanted]
                details = replace(await bill_cache.order(order.order_id), payer_id=order.payer_id) if mine else order
            except UnsubError as error:
                if error.problem.kind not in _KINDS_OF_ONE_ORDER:
                    raise
                problems.append(fact("purchase_order_unread", order_id=order.order_id, error=error.problem.short_code))
                continue
            if mine:
                found = (payment_of(each, details) for each in mine)
                yield [each for each in found if each is not None and (each.is_amount_stated or each.out_of_range)]


def _windows(resources: Sequence[Resource], now: datetime) -> list[Window]:
    """Return the windows in which the orders may have been placed: recently, and around the start of each resource.

    Overlapping windows are merged, and long ones are split to the maximum span of a query.
    """
    until = now + END_MARGIN
    found = [(now - UNBILLED_AGE, until)]
    found += [
        (each.effective_time - ORDER_DATE_TOLERANCE, min(until, each.effective_time + ORDER_DATE_TOLERANCE))
        for each in resources
        if each.effective_time is not None and each.effective_time - ORDER_DATE_TOLERANCE < until
    ]
    joined: list[Window] = []
    for begin, end in sorted(found):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return [window for begin, end in joined for window in query_windows(begin, end)]


def _is_purchase(order: Order, services: frozenset[str]) -> bool:
    """Return whether an order may have bought a period for one of these services."""
    is_completed = order.is_readable and order.status == OrderStatus.COMPLETED
    return is_completed and order.order_type in BILL_TYPE_BY_ORDER_TYPE and order.concerns(*services)


def payment_of(resource: Resource, order: Order) -> Payment | None:
    """Return the payment that an order made for a resource; None if the lines of its type do not agree on the period.

    The lines name no resource, so the amount counts as stated only if they agree on it, too, and it is in range.
    """
    lines = [line for line in order.lines if line.resource_type_code.raw == resource.resource_type_code.raw]
    if len({(line.effective_time, line.expire_time) for line in lines}) != 1 or lines[0].expire_time is None:
        return None
    first = lines[0]
    out_of_range = tuple(dict.fromkeys(name for line in lines for name in line.amounts.out_of_range))
    is_agreed = len({line.amounts for line in lines}) == 1 and not out_of_range
    net, coupon = first.amounts.net if is_agreed else None, first.amounts.coupon or Decimal(0)
    months = _MONTHS.get(first.period_type) if first.period_type is not None else None
    return Payment(
        resource_id=resource.id,
        order_id=order.order_id,
        bill_type=BILL_TYPE_BY_ORDER_TYPE[OrderType(order.order_type)],
        currency=order.currency,
        payable=(net or Decimal(0)) + coupon + first.amounts.cards,
        coupon=coupon,
        cards=first.amounts.cards,
        paid_at=order.payment_time or order.create_time,
        term_start=first.effective_time,
        term_end=first.expire_time,
        period_months=first.period_num * months if months and first.period_num else None,
        is_amount_stated=net is not None,
        is_billed=False,
        payer_id=order.payer_id,
        out_of_range=out_of_range,
    )
