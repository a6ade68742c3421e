"""Unsubscription orders not placed by a journaled run: by another user, on another machine, or in the console."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from unsub_tui.api.mutation_results import TRANSACTION_IN_PROGRESS
from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.order import Order, OrderStatus, OrderType
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.domain.unit_state import POSSIBLY_EXECUTED_STATES
from unsub_tui.engine.run.context import RunContext
from unsub_tui.engine.run.order_checks import read_order_resource_ids, rows_match_item
from unsub_tui.engine.run.policy import RunPolicy
from unsub_tui.engine.run.presence import Presence, is_in_use, observe
from unsub_tui.journal.replay import UnitState


async def find_cancellation(context: RunContext, unit: UnitState) -> Fact:
    """Return the fact that names the external order which cancelled an absent resource."""
    try:
        order, is_sure = await _find_external_order(context, unit, RunPolicy.CANCELLING_ORDER_WINDOW)
    except UnsubError:
        return fact("external_orders_unread")
    if order is None:
        return fact("no_external_order")
    code: FactCode = "cancelled_by_order" if is_sure else "maybe_cancelled_by_order"
    return fact(code, order=_external_order(order))


async def _find_doubts(context: RunContext, unit: UnitState) -> tuple[Fact, ...]:
    """Return why a rejected unit may still have been unsubscribed; nothing if the rejection is reliable.

    An external unsubscription order may come from a run with a lost journal.
    """
    try:
        order, _ = await _find_external_order(context, unit, RunPolicy.BLOCKING_ORDER_WINDOW)
        is_reliable = order is None and (
            await observe(context, unit) is Presence.PRESENT or await is_in_use(context, unit)
        )
    except UnsubError:
        return (fact("earlier_request_unread"),)
    if order is not None:
        return (fact("maybe_unsubscribed_by_order", order=_external_order(order)),)
    return () if is_reliable else (fact("not_in_use"),)


async def possible_earlier_request(context: RunContext, unit: UnitState, problem: Problem) -> Problem | None:
    """Return the rejection if it may be due to an earlier unsubscription of the resource.

    Such a request may come from a run with a lost journal. Reversible changes are exempt, because they neither
    create nor leave a transaction.
    """
    if problem.code.raw != TRANSACTION_IN_PROGRESS or not unit.action.creates_order:
        return None
    if _has_possible_earlier_request(context, unit):
        return problem
    doubts = await context.unless_stopped(_find_doubts(context, unit))
    if doubts is None:
        doubts = (fact("earlier_request_not_searched"),)
    return replace(problem, facts=doubts) if doubts else None


def _has_possible_earlier_request(context: RunContext, unit: UnitState) -> bool:
    """Return whether the journal has an earlier request for the resource that may have been executed."""
    # refusals because of another transaction are definite, and so is the current one if this is its only cause
    return unit.attempt_count - unit.busy_count > 1 or any(
        other.state in POSSIBLY_EXECUTED_STATES
        and other.item.resource_id == unit.item.resource_id
        and other.action.creates_order
        for other in context.journal.state.units()
    )


def _external_order(order: Order) -> Fact:
    return fact(
        "external_order",
        order_id=order.order_id,
        created=f"{order.create_time:%Y-%m-%d %H:%M} UTC" if order.create_time else None,
        user=order.user_name.raw or None,
    )


async def _find_external_order(context: RunContext, unit: UnitState, window: timedelta) -> tuple[Order | None, bool]:
    """Return the external order for the unit's resource, or else the newest possible one; and whether it is certain."""
    offset = context.server_offset()
    document = context.document(unit)
    orders = await context.reader.orders(
        order_type=OrderType.UNSUBSCRIPTION,
        created_from=document.started + offset - window,
        created_to=context.clock.now() + offset + RunPolicy.CLOCK_SKEW,
    )
    owned = context.journal.state.owned_order_ids()
    foreign = [each for each in orders if each.order_id not in owned and each.concerns(*unit.item.services)]
    under_way = [each for each in foreign if not each.is_final]
    completed = [each for each in foreign if each.status == OrderStatus.COMPLETED]
    possible = next(iter(under_way[RunPolicy.MAX_OPEN_ORDERS :]), None)
    for order in (*under_way[: RunPolicy.MAX_OPEN_ORDERS], *completed[: RunPolicy.MAX_COMPLETED_ORDERS]):
        is_about = await _concerns_unit(context, order, unit, document.sentinel_id)
        if is_about:
            return await context.reader.order(order.order_id), True  # only the details name the user
        if is_about is None:
            possible = possible or order
    return (await context.reader.order(possible.order_id) if possible is not None else None), False


async def _concerns_unit(context: RunContext, order: Order, unit: UnitState, sentinel_id: str) -> bool | None:
    """Return whether an order concerns the unit's resource; None if that is unknown."""
    listed = await read_order_resource_ids(context, order.order_id, sentinel_id)
    if listed:
        return not listed.isdisjoint(unit.item.all_ids)
    rows = await context.reader.refund_rows(order.order_id)
    if any(row.base_order_id in unit.item.base_order_ids for row in rows):
        return True
    if not rows:
        return False if order.is_final else None
    return False if rows_match_item(rows, unit.item) is False else None
