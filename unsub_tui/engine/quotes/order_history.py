"""Facts from the account's orders for a quote: blocking orders, specification changes, past fees."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from unsub_tui.api.list_client import ResourceQuery
from unsub_tui.domain.durations import VENDOR_ZONE, vendor_month
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.fee_history import FeeHistory, QuotaUse, derive_fees, quota_use
from unsub_tui.domain.order import Order, OrderStatus, OrderType
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.rules import SiteRules
from unsub_tui.engine.quotes.bill_cache import BillCache

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

MAX_ORDERS = 40
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
    notes: list[str] = field(default_factory=list)
    """Descriptions of data that could not be read, for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderScope:
    """The resources, services and period for which to read orders."""

    ids: Collection[str]
    services: Collection[str]
    since: datetime
    """Start of the oldest term that may still be running."""
    now: datetime


async def read_order_history(
    client: BssClient, bill_cache: BillCache, scope: OrderScope, rules: SiteRules, *, with_fee_history: bool = True
) -> OrderHistory:
    """Read the order history; unreadable parts are listed in its notes, and the facts from them stay unknown.

    Without `with_fee_history`, past unsubscriptions are not read, so fees and quota stay unknown.
    """
    history = OrderHistory()
    steps = [_read_blocking_orders(client, scope, history), _read_changes(client, scope, history)]
    if with_fee_history and (rules.fee is None or rules.full_refund is not None):
        steps.append(_read_fee_history(client, bill_cache, scope, rules, history))
    await asyncio.gather(*steps)
    return history


def query_windows(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield query windows within the maximum span, newest first."""
    while since < until:
        yield max(since, until - MAX_QUERY_WINDOW), until
        until -= MAX_QUERY_WINDOW


async def _read_blocking_orders(client: BssClient, scope: OrderScope, history: OrderHistory) -> None:
    """Find the resources blocked by unfinished orders."""
    until = scope.now + END_MARGIN
    try:
        listed = await asyncio.gather(
            *(
                client.orders(status=status, created_from=until - MAX_QUERY_WINDOW, created_to=until)
                for status in BLOCKING_STATUSES
            )
        )
        concerned = [
            (order, reason)
            for orders, reason in zip(listed, BLOCKING_STATUSES.values(), strict=True)
            for order in orders
            if order.order_type != OrderType.NEW and order.concerns(*scope.services)
        ]
        found = await asyncio.gather(*(_ids_of(client, order.order_id) for order, _ in concerned[:MAX_ORDERS]))
    except UnsubError as error:
        history.notes.append(f"orders under way could not be read ({_error_code(error)})")
        return
    for (_, reason), ids in zip(concerned, found, strict=False):
        history.blocked |= {each: reason for each in ids if each in scope.ids}
    if len(concerned) > MAX_ORDERS:
        history.notes.append(f"{len(concerned) - MAX_ORDERS} orders under way were not looked into")


async def _read_changes(client: BssClient, scope: OrderScope, history: OrderHistory) -> None:
    """Find the resources with specification changes, and the times of these changes."""
    try:
        orders = [
            order
            for begin, end in query_windows(scope.since, scope.now + END_MARGIN)
            for order in await client.orders(order_type=OrderType.CHANGE, created_from=begin, created_to=end)
            if order.status == OrderStatus.COMPLETED and order.concerns(*scope.services)
        ]
        if len(orders) > MAX_ORDERS:
            history.change_months = None
            return
        found: dict[str, set[str]] = {}
        for order, ids in zip(
            orders, await asyncio.gather(*(_ids_of(client, each.order_id) for each in orders)), strict=True
        ):
            times = {each for each in (order.create_time, order.payment_time) if each is not None}
            for each in ids:
                found.setdefault(each, set()).update(map(vendor_month, times))
                history.change_times.setdefault(each, set()).update(times)
        history.change_months = found
    except UnsubError:
        history.change_months = None  # every month is then read, so no change is missed


async def _read_fee_history(
    client: BssClient, bill_cache: BillCache, scope: OrderScope, rules: SiteRules, history: OrderHistory
) -> None:
    """Derive past fees and the used quota from the account's own unsubscriptions."""
    year_begins = scope.now.astimezone(VENDOR_ZONE).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    try:
        found: dict[str, Order] = {}  # by id, because adjacent windows overlap by a second
        until = scope.now + END_MARGIN
        for begin, end in query_windows(until - 3 * MAX_QUERY_WINDOW, until):
            orders = await client.orders(order_type=OrderType.UNSUBSCRIPTION, created_from=begin, created_to=end)
            found |= {order.order_id: order for order in orders}
        listed = list(found.values())
        this_year = [order for order in listed if order.create_time and order.create_time >= year_begins]
        free = [order for order in this_year if not order.amounts.commission and not order.amounts.consumed]
        charged = [order for order in listed if order.amounts.commission and order.status == OrderStatus.COMPLETED]
        detailed = await _details(client, bill_cache, [*free[:MAX_PAST_ORDERS], *charged[:MAX_PAST_ORDERS]])
    except UnsubError as error:
        history.notes.append(f"past unsubscriptions could not be read ({_error_code(error)})")
        return
    history.fee_history = derive_fees(detailed)
    if rules.full_refund is not None and len(free) <= MAX_PAST_ORDERS:
        history.quota = quota_use(detailed, rules.full_refund, scope.now)


async def _details(client: BssClient, bill_cache: BillCache, orders: Sequence[Order]) -> list[Order]:
    return list(await asyncio.gather(*(bill_cache.order(client, order.order_id) for order in orders)))


async def _ids_of(client: BssClient, order_id: str) -> list[str]:
    """Return the ids of an order's resources."""
    return [
        each.id async for page in client.resource_pages(ResourceQuery(order_id=order_id)) for each in page.resources
    ]


def _error_code(error: UnsubError) -> str:
    return error.problem.code.for_display() or error.problem.kind.value
