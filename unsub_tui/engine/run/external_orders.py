"""Unsubscription orders that no run on this record has placed: another administrator, another machine, the console."""

from __future__ import annotations

from datetime import timedelta

from unsub_tui.domain.order import Order, OrderStatus, OrderType
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.engine.run.evidence import Presence, observe
from unsub_tui.engine.run.order_checks import listed_resources
from unsub_tui.engine.run.reconcile import CLOCK_SKEW, FINAL_STATUSES, UNMATCHED_STATES, rows_match_item, sent_at
from unsub_tui.engine.run.run_context import RunContext
from unsub_tui.journal.replay import UnitState

CANCELLING_ORDER_WINDOW = timedelta(days=1)
"""How long before a run began an order may have taken what the run's plan still has."""

MAX_ORDER_DELAY = timedelta(days=1)
"""How long after a request its order may have been placed; a signature is good for minutes, clocks aside."""

BLOCKING_ORDER_WINDOW = timedelta(days=7)
"""How long before a run began an order may have been placed that is still under way and refuses another one."""

MAX_COMPLETED_ORDERS = 20
"""Maximum number of completed orders that are looked into for one resource."""

MAX_OPEN_ORDERS = 100
"""Maximum number of orders under way that are looked into: a record that was lost may have left many."""


def could_match(order: Order, unit: UnitState) -> bool:
    """Whether a request of ours, whose order is not known, may have placed an order."""
    if unit.state not in UNMATCHED_STATES or unit.action.is_reversible or not order.concerns(*unit.item.services):
        return False
    if unit.attempt is None or order.create_time is None:
        return True
    sent = sent_at(unit)
    return order.order_id not in unit.disproved and sent - CLOCK_SKEW <= order.create_time <= sent + MAX_ORDER_DELAY


async def describe_cancelling_order(context: RunContext, unit: UnitState) -> str:
    """Return which order of others took a resource that is not there any more, as a fact for a problem's details."""
    try:
        order, is_sure = await _find_external_order(context, unit, CANCELLING_ORDER_WINDOW)
    except UnsubError:
        return "whether others have unsubscribed it could not be found out"
    if order is None:
        return "no unsubscription order of others was found for it"
    verb = "was unsubscribed" if is_sure else "may have been unsubscribed"
    return f"it {verb} with order {_described(order)}, which is not of this record"


async def describe_blocking_order(context: RunContext, unit: UnitState) -> str:
    """Return why the refusal of a unit does not prove that nothing was done, as words; empty if it does.

    An unsubscription that no unit of this record owns may be one of a record that was lost.
    """
    try:
        order, _ = await _find_external_order(context, unit, BLOCKING_ORDER_WINDOW)
        presence = await observe(context, unit) if order is None else Presence.UNSURE
    except UnsubError:
        return "whether an earlier request has unsubscribed from it could not be found out"
    if order is not None:
        return f"order {_described(order)} may have unsubscribed from it and is not of this record; check the order"
    return "" if presence is Presence.PRESENT else "it is not listed as in use any more"


def _described(order: Order) -> str:
    when = f" of {order.create_time:%Y-%m-%d %H:%M} UTC" if order.create_time else ""
    who = f" by {order.user_name.for_display()}" if order.user_name else ""
    return f"{for_display(order.order_id)}{when}{who}"


async def _find_external_order(context: RunContext, unit: UnitState, window: timedelta) -> tuple[Order | None, bool]:
    """Return the order of others that is about the unit's resource, else the newest that may be; and whether it is."""
    offset = context.server_offset()
    document = context.journal.state.runs[unit.run_id].document
    answer = context.reader.orders(
        order_type=OrderType.UNSUBSCRIPTION,
        created_from=document.started + offset - window,
        created_to=context.clock.now() + offset + CLOCK_SKEW,
    )
    owned = context.journal.state.owned_order_ids()
    orders = await context.read("orders of others", answer)
    foreign = [each for each in orders if each.order_id not in owned and each.concerns(*unit.item.services)]
    under_way = [each for each in foreign if each.status not in FINAL_STATUSES]
    completed = [each for each in foreign if each.status == OrderStatus.COMPLETED]
    possible = next(iter(under_way[MAX_OPEN_ORDERS:]), None)
    for order in (*under_way[:MAX_OPEN_ORDERS], *completed[:MAX_COMPLETED_ORDERS]):
        is_about = await _concerns_unit(context, order, unit, document.sentinel_id)
        if is_about:
            return await context.read("order", context.reader.order(order.order_id)), True
        if is_about is None:
            possible = possible or order
    if possible is None:
        return None, False
    return await context.read("order", context.reader.order(possible.order_id)), False


async def _concerns_unit(context: RunContext, order: Order, unit: UnitState, sentinel_id: str) -> bool | None:
    """Return whether an order is about the unit's resource; None if it may be."""
    listed = await listed_resources(context, order.order_id, sentinel_id)
    if listed:
        return not listed.isdisjoint(unit.item.all_ids)
    rows = await context.read("refund rows", context.reader.refund_rows(order.order_id))
    if any(row.base_order_id in unit.item.base_order_ids for row in rows):
        return True
    if not rows:
        return False if order.status in FINAL_STATUSES else None
    return False if rows_match_item(rows, unit.item) is False else None
