"""Orders that end terms and were not placed by a journaled run, but by another user, machine or in the console."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from unsub_tui.api.mutation_results import TRANSACTION_IN_PROGRESS
from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.order import Order, OrderStatus, OrderType
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.unit_state import POSSIBLY_EXECUTED_STATES
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.run.context import RunContext
from unsub_tui.engine.run.order_checks import read_order_resource_ids, read_refund_rows, rows_match_item
from unsub_tui.engine.run.policy import RunPolicy
from unsub_tui.engine.run.presence import Presence, is_in_use, observe
from unsub_tui.journal.replay import UnitState

_ORDER_TYPES = {"cn": (OrderType.UNSUBSCRIPTION, OrderType.TO_PAY_PER_USE), "": (OrderType.UNSUBSCRIPTION,)}
"""Types of the orders that end a term, by site; "" is any other site."""
_TRANSACTION_CODES = (TRANSACTION_IN_PROGRESS, "CBC.99003623")
"""Codes for another transaction of the resource; the second one belongs to changes to pay-per-use."""


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


async def _find_doubts(context: RunContext, unit: UnitState, window: timedelta) -> tuple[Fact, ...]:
    """Return why a rejected unit may still have been unsubscribed; nothing if the rejection is reliable.

    An external unsubscription order may come from a run with a lost journal.
    """
    order, _ = await _find_external_order(context, unit, window)
    if order is not None:
        return (fact("maybe_unsubscribed_by_order", order=_external_order(order)),)
    presence = await observe(context, unit)
    # Another transaction may have changed expiry or policy. Renewal periods that are gone were unsubscribed, though
    # their resource is in use.
    is_reliable = presence is Presence.PRESENT or (presence is Presence.ALTERED and await is_in_use(context, unit))
    code: FactCode = "renewals_gone" if unit.action.shortens_term else "not_in_use"
    return () if is_reliable else (fact(code),)


async def doubts_about_refusal(context: RunContext, unit: UnitState) -> Problem | None:
    """Return why a unit that was refused because of another transaction must not be submitted again, or None.

    That transaction may have been our own: a copy of the request may have arrived first, and its order may have been
    listed later than the refusal.
    """
    if not unit.busy_count:
        return None
    doubts = await _find_doubts(context, unit, RunPolicy.CLOCK_SKEW)
    code = UntrustedText(TRANSACTION_IN_PROGRESS)
    return Problem(kind=ProblemKind.SERVICE, operation="unsubscribe", code=code, facts=doubts) if doubts else None


async def possible_earlier_request(context: RunContext, unit: UnitState, problem: Problem) -> Problem | None:
    """Return the rejection if it may be due to an earlier unsubscription of the resource.

    Such a request may come from a run with a lost journal. Reversible changes are exempt, because they neither
    create nor leave a transaction.
    """
    if problem.code.raw not in _TRANSACTION_CODES or not unit.action.creates_order:
        return None
    if _has_possible_earlier_request(context, unit):
        return problem
    try:
        doubts = await context.unless_stopped(_find_doubts(context, unit, RunPolicy.BLOCKING_ORDER_WINDOW))
    except UnsubError:
        doubts = (fact("earlier_request_unread"),)
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
    orders = [
        order
        for order_type in _ORDER_TYPES.get(context.config.account.site, _ORDER_TYPES[""])
        for order in await context.reader.orders(
            order_type=order_type,
            created_from=document.started + offset - window,
            created_to=context.clock.now() + offset + RunPolicy.CLOCK_SKEW,
        )
    ]
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
    rows = await read_refund_rows(context, order.order_id)
    if any(row.base_order_id in unit.item.base_order_ids for row in rows):
        return True
    if not rows:
        return False if order.is_final else None
    return False if rows_match_item(rows, unit.item) is False else None
