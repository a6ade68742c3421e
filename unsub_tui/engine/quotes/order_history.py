"""What the account's orders tell about a plan: what another order holds, what was changed, what was charged before."""

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
"""The longest window that one query of orders may have."""

END_MARGIN = timedelta(hours=1)
"""By which windows end after now: orders are placed while one reads, and the service's clock may be ahead of ours."""

BLOCKING_STATUSES: Mapping[int, BlockedReason] = {
    OrderStatus.PENDING_PAYMENT: BlockedReason.UNPAID_ORDER,
    OrderStatus.PROCESSING: BlockedReason.IN_TRANSACTION,
    OrderStatus.PENDING_APPROVAL: BlockedReason.IN_TRANSACTION,
}
"""Orders in these states hold their resources."""

MAX_ORDERS = 40
"""Orders whose resources are asked for: one call each. Where there are more, the service's own refusal has to tell."""

MAX_PAST_ORDERS = 40
"""Past unsubscriptions that are looked into: one call each."""


@dataclass(slots=True)
class OrderHistory:
    """What the orders told."""

    blocked: dict[str, BlockedReason] = field(default_factory=dict)
    """Resources that another order holds."""
    change_months: dict[str, set[str]] | None = field(default_factory=dict)
    """Billing months of changes of specification, by resource; None where there are too many to tell."""
    change_times: dict[str, set[datetime]] = field(default_factory=dict)
    """When resources were changed, as far as that was read."""
    fee_history: FeeHistory = field(default_factory=FeeHistory)
    quota: QuotaUse | None = None
    """None where it could not be read, or the site has none."""
    notes: list[str] = field(default_factory=list)
    """What could not be read, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderScope:
    """Whose orders are of interest."""

    ids: Collection[str]
    services: Collection[str]
    since: datetime
    """The beginning of the oldest term that may not be over."""
    now: datetime


async def read_order_history(
    client: BssClient, bill_cache: BillCache, scope: OrderScope, rules: SiteRules, *, with_fee_history: bool = True
) -> OrderHistory:
    """Read what the orders tell; what cannot be read is named in the notes, and what it would tell stays unknown.

    Without `learns` the account's past unsubscriptions are not read: where neither a fee nor a quota is asked for.
    """
    history = OrderHistory()
    steps = [_read_blocking_orders(client, scope, history), _read_changes(client, scope, history)]
    if with_fee_history and (rules.fee is None or rules.full_refund is not None):
        steps.append(_read_fee_history(client, bill_cache, scope, rules, history))
    await asyncio.gather(*steps)
    return history


def query_windows(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield windows that one query of orders takes each, newest first."""
    while since < until:
        yield max(since, until - MAX_QUERY_WINDOW), until
        until -= MAX_QUERY_WINDOW


async def _read_blocking_orders(client: BssClient, scope: OrderScope, history: OrderHistory) -> None:
    """Find what an order that is not done yet holds."""
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
    """Find which resources were changed within their terms, and when that was paid."""
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
        history.change_months = None  # then every month is read, and a change cannot be missed


async def _read_fee_history(
    client: BssClient, bill_cache: BillCache, scope: OrderScope, rules: SiteRules, history: OrderHistory
) -> None:
    """Learn from the account's own unsubscriptions."""
    year_begins = scope.now.astimezone(VENDOR_ZONE).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    try:
        found: dict[str, Order] = {}  # by id: the second in which two windows meet is in both
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
    """Return the resources that an order is about."""
    return [
        each.id async for page in client.resource_pages(ResourceQuery(order_id=order_id)) for each in page.resources
    ]


def _error_code(error: UnsubError) -> str:
    return error.problem.code.for_display() or error.problem.kind.value
