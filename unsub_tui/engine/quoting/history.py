"""What the account's orders tell about a plan: what another order holds, what was changed, what was charged before."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from unsub_tui.api.list_client import ResourceQuery
from unsub_tui.domain.durations import VENDOR_ZONE, vendor_month
from unsub_tui.domain.eligibility import Blocked
from unsub_tui.domain.lessons import Lessons, QuotaUse, learn, quota_use
from unsub_tui.domain.order import Order, OrderStatus, OrderType
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.rules import SiteRules
from unsub_tui.engine.quoting.shelf import BillShelf

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient

WINDOW = timedelta(days=365)
"""The longest window that one query of orders may have."""

AHEAD = timedelta(hours=1)
"""By which windows end after now: orders are placed while one reads, and the service's clock may be ahead of ours."""

HELD: Mapping[int, Blocked] = {
    OrderStatus.PENDING_PAYMENT: Blocked.UNPAID_ORDER,
    OrderStatus.PROCESSING: Blocked.IN_TRANSACTION,
    OrderStatus.PENDING_APPROVAL: Blocked.IN_TRANSACTION,
}
"""Orders in these states hold their resources."""

LOOKED_INTO = 40
"""Orders whose resources are asked for: one call each. Where there are more, the service's own refusal has to tell."""

LESSONS = 40
"""Past unsubscriptions that are looked into: one call each."""


@dataclass(slots=True)
class History:
    """What the orders told."""

    held: dict[str, Blocked] = field(default_factory=dict)
    """Resources that another order holds."""
    changed: dict[str, set[str]] | None = field(default_factory=dict)
    """Billing months of changes of specification, by resource; None where there are too many to tell."""
    changes: dict[str, set[datetime]] = field(default_factory=dict)
    """When resources were changed, as far as that was read."""
    lessons: Lessons = field(default_factory=Lessons)
    quota: QuotaUse | None = None
    """None where it could not be read, or the site has none."""
    notes: list[str] = field(default_factory=list)
    """What could not be read, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose orders are of interest."""

    ids: Collection[str]
    services: Collection[str]
    since: datetime
    """The beginning of the oldest term that may not be over."""
    now: datetime


async def read_history(
    client: BssClient, shelf: BillShelf, asked: Asked, rules: SiteRules, *, learns: bool = True
) -> History:
    """Read what the orders tell; what cannot be read is named in the notes, and what it would tell stays unknown.

    Without `learns` the account's past unsubscriptions are not read: where neither a fee nor a quota is asked for.
    """
    history = History()
    steps = [_read_held(client, asked, history), _read_changes(client, asked, history)]
    if learns and (rules.fee is None or rules.full_refund is not None):
        steps.append(_read_past(client, shelf, asked, rules, history))
    await asyncio.gather(*steps)
    return history


def windows(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield windows that one query of orders takes each, newest first."""
    while since < until:
        yield max(since, until - WINDOW), until
        until -= WINDOW


async def _read_held(client: BssClient, asked: Asked, history: History) -> None:
    """Find what an order that is not done yet holds."""
    until = asked.now + AHEAD
    try:
        listed = await asyncio.gather(
            *(client.orders(status=status, created_from=until - WINDOW, created_to=until) for status in HELD)
        )
        concerned = [
            (order, reason)
            for orders, reason in zip(listed, HELD.values(), strict=True)
            for order in orders
            if order.order_type != OrderType.NEW and order.concerns(*asked.services)
        ]
        found = await asyncio.gather(*(_ids_of(client, order.order_id) for order, _ in concerned[:LOOKED_INTO]))
    except UnsubError as error:
        history.notes.append(f"orders under way could not be read ({_why(error)})")
        return
    for (_, reason), ids in zip(concerned, found, strict=False):
        history.held |= {each: reason for each in ids if each in asked.ids}
    if len(concerned) > LOOKED_INTO:
        history.notes.append(f"{len(concerned) - LOOKED_INTO} orders under way were not looked into")


async def _read_changes(client: BssClient, asked: Asked, history: History) -> None:
    """Find which resources were changed within their terms, and when that was paid."""
    try:
        orders = [
            order
            for begin, end in windows(asked.since, asked.now + AHEAD)
            for order in await client.orders(order_type=OrderType.CHANGE, created_from=begin, created_to=end)
            if order.status == OrderStatus.COMPLETED and order.concerns(*asked.services)
        ]
        if len(orders) > LOOKED_INTO:
            history.changed = None
            return
        found: dict[str, set[str]] = {}
        for order, ids in zip(
            orders, await asyncio.gather(*(_ids_of(client, each.order_id) for each in orders)), strict=True
        ):
            moments = {each for each in (order.create_time, order.payment_time) if each is not None}
            for each in ids:
                found.setdefault(each, set()).update(map(vendor_month, moments))
                history.changes.setdefault(each, set()).update(moments)
        history.changed = found
    except UnsubError:
        history.changed = None  # then every month is read, and a change cannot be missed


async def _read_past(client: BssClient, shelf: BillShelf, asked: Asked, rules: SiteRules, history: History) -> None:
    """Learn from the account's own unsubscriptions."""
    year_begins = asked.now.astimezone(VENDOR_ZONE).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    try:
        found: dict[str, Order] = {}  # by id: the second in which two windows meet is in both
        until = asked.now + AHEAD
        for begin, end in windows(until - 3 * WINDOW, until):
            orders = await client.orders(order_type=OrderType.UNSUBSCRIPTION, created_from=begin, created_to=end)
            found |= {order.order_id: order for order in orders}
        listed = list(found.values())
        this_year = [order for order in listed if order.create_time and order.create_time >= year_begins]
        free = [order for order in this_year if not order.amounts.commission and not order.amounts.consumed]
        charged = [order for order in listed if order.amounts.commission and order.status == OrderStatus.COMPLETED]
        detailed = await _details(client, shelf, [*free[:LESSONS], *charged[:LESSONS]])
    except UnsubError as error:
        history.notes.append(f"past unsubscriptions could not be read ({_why(error)})")
        return
    history.lessons = learn(detailed)
    if rules.full_refund is not None and len(free) <= LESSONS:
        history.quota = quota_use(detailed, rules.full_refund, asked.now)


async def _details(client: BssClient, shelf: BillShelf, orders: Sequence[Order]) -> list[Order]:
    return list(await asyncio.gather(*(shelf.order(client, order.order_id) for order in orders)))


async def _ids_of(client: BssClient, order_id: str) -> list[str]:
    """Return the resources that an order is about."""
    return [each.id async for page in client.resources(ResourceQuery(order_id=order_id)) for each in page.resources]


def _why(error: UnsubError) -> str:
    return error.problem.code.clean() or error.problem.kind.value
