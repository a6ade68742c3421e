"""Determines the outcome of a request without a clear answer by reading only; a request is never sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from unsub_tui.domain.durations import vendor_month
from unsub_tui.domain.order import Order, OrderStatus, order_type_of
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import have_common_service
from unsub_tui.domain.unit_state import UNMATCHED_STATES, State
from unsub_tui.engine.run.context import RunContext
from unsub_tui.engine.run.order_checks import read_order_resource_ids, read_refund_rows, rows_match_item, sent_at
from unsub_tui.engine.run.policy import RunPolicy
from unsub_tui.engine.run.presence import Presence, is_presence_confirmed, observe
from unsub_tui.journal import events
from unsub_tui.journal.codec import ItemDocument
from unsub_tui.journal.replay import UnitState


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An order that may belong to the unit."""

    order: Order
    is_certain: bool
    """Whether its refund rows match the unit's resource, or its listing names it."""
    base_order_ids: frozenset[str] = frozenset()
    """Orders that its refund rows refund."""


async def reconcile(context: RunContext, unit: UnitState, *, immediately: bool = False) -> UnitState:
    """Poll until the outcome of an unknown unit is known or the time limit is reached; return the updated unit."""
    return await context.poll_until_changed(
        unit,
        partial(_reconcile_once, context),
        context.policy.reconcile_delays,
        lambda: context.policy.unknown_limit_seconds,
        immediately=immediately,
    )


async def find_lost_order(context: RunContext, unit: UnitState) -> UnitState:
    """Search once more for the order of a resource that is gone. If a read fails, return the unit unchanged."""
    try:
        return await _record_match(context, unit, await _candidates(context, unit), Presence.GONE)
    except UnsubError as error:
        context.handle_read_error(unit, error)
        return unit


async def _reconcile_once(context: RunContext, unit: UnitState) -> UnitState:
    """Do one round of reads, and journal the outcome it proves."""
    began = context.clock.now()
    presence = await observe(context, unit)
    candidates = await _plausible_candidates(context, unit, presence)
    if candidates:
        return await _record_match(context, unit, candidates, presence)
    if presence is Presence.GONE:
        return await _record_no_order(context, unit, Presence.GONE, events.GoneNoOrder())
    if presence is Presence.PRESENT and is_quarantine_over(context, unit, began):
        return await _record_no_order(context, unit, Presence.PRESENT, events.NotExecuted())
    return unit


async def _record_no_order(
    context: RunContext, unit: UnitState, presence: Presence, outcome: events.UnitEntry
) -> UnitState:
    """Journal an outcome without an order, if a second round of reads agrees."""
    if not await is_presence_confirmed(context, unit, presence):
        return unit
    candidates = await _plausible_candidates(context, unit, presence)
    if candidates:
        return await _record_match(context, unit, candidates, presence)
    return context.record(unit, outcome)


async def _record_match(
    context: RunContext, unit: UnitState, candidates: Sequence[_Candidate], presence: Presence
) -> UnitState:
    """Journal the orders if they can only belong to the unit; otherwise journal the candidates."""
    if _fit_together(candidates, unit.item):
        orders = [each.order for each in candidates]
        if all([await _is_only_claimant(context, unit, each, presence) for each in orders]):
            return context.record(unit, events.Accepted(order_ids=tuple(each.order_id for each in orders)))
    listed = tuple(sorted(candidate.order.order_id for candidate in candidates))
    if unit.state is State.UNKNOWN and listed != unit.candidates:
        return context.record(unit, events.CandidatesFound(candidates=listed))
    return unit


def _fit_together(candidates: Sequence[_Candidate], item: ItemDocument) -> bool:
    """Return whether all candidates can belong to one request for the item: one order, or one per primary resource.

    Several orders must refund different purchases, all of them the item's; a second request would refund the same ones.
    """
    if not 1 <= len(candidates) <= len(item.requested_ids) or not all(each.is_certain for each in candidates):
        return False
    if len(candidates) == 1:
        return True
    refunded = [order_id for each in candidates for order_id in each.base_order_ids]
    is_distinct = all(each.base_order_ids for each in candidates) and len(set(refunded)) == len(refunded)
    return is_distinct and set(refunded) <= set(item.base_order_ids)


async def _is_only_claimant(context: RunContext, unit: UnitState, order: Order, presence: Presence) -> bool:
    """Return whether the order fits the resource's presence and every competing unit still has its resource."""
    if order.status == OrderStatus.COMPLETED and presence is Presence.PRESENT:
        return False
    is_explained = order.status == OrderStatus.COMPLETED and presence is not Presence.ALTERED
    if not is_explained and not await _concerns_only(context, order, unit):
        return False
    competitors = _competing_units(context, unit)
    if competitors and (order.status != OrderStatus.COMPLETED or presence is not Presence.GONE):
        return False
    for competitor in competitors.values():
        if await observe(context, competitor) is not Presence.PRESENT:
            return False
    still = set(_competing_units(context, unit)) <= set(competitors)  # a unit sent since then may compete
    return still and order.order_id not in context.journal.state.owned_order_ids()


async def _concerns_only(context: RunContext, order: Order, unit: UnitState) -> bool:
    """Return whether the order cannot be about another resource of the same purchase."""
    listed = await read_order_resource_ids(context, order.order_id, context.document(unit).sentinel_id)
    return not listed.isdisjoint(unit.item.requested_ids) or await is_sole_purchase(context, unit.item)


def is_quarantine_over(context: RunContext, unit: UnitState, now: datetime) -> bool:
    """Return whether the unit's last request can no longer be executed, by the local clock and by Huawei Cloud's."""
    quarantine = timedelta(seconds=context.policy.quarantine_seconds)
    if unit.attempt is None:
        return now - unit.changed >= quarantine
    age = now - unit.attempt.sent
    vendor_age = age + context.server_offset() - timedelta(seconds=unit.attempt.server_offset_seconds)
    return min(age, vendor_age) >= quarantine


async def _plausible_candidates(context: RunContext, unit: UnitState, presence: Presence) -> list[_Candidate]:
    """Return the orders that may belong to the unit.

    If the resource is still present, orders in a final status are excluded if they may concern another resource.
    """
    candidates = await _candidates(context, unit)
    if not candidates or presence is not Presence.PRESENT or await is_sole_purchase(context, unit.item):
        return candidates
    return [each for each in candidates if not each.order.is_final]


async def is_sole_purchase(context: RunContext, item: ItemDocument) -> bool:
    """Return whether the item's orders bought no other resource, so that their refund rows concern the item only."""
    for order_id in item.base_order_ids:
        async for page in context.reader.resource_pages(order_id=order_id, only_main_resource=True):
            if any(resource.id not in item.requested_ids for resource in page.rows):
                return False
    return bool(item.base_order_ids)


def _competing_units(context: RunContext, unit: UnitState) -> dict[tuple[str, int], UnitState]:
    """Return other units without a known order that could claim the same order."""
    return {
        (other.run_id, other.index): other
        for other in context.journal.state.units()
        if other.state in UNMATCHED_STATES
        and (other.run_id, other.index) != (unit.run_id, unit.index)
        and other.action.creates_order
        and order_type_of(other.action) is order_type_of(unit.action)
        and _could_share_order(other.item, unit.item)
    }


def _could_share_order(one: ItemDocument, other: ItemDocument) -> bool:
    """Return whether an order for either item could be mistaken for the other's."""
    if not have_common_service(one.services, other.services):
        return False
    known = one.base_order_ids and other.base_order_ids
    return not known or not set(one.base_order_ids).isdisjoint(other.base_order_ids)


async def _candidates(context: RunContext, unit: UnitState) -> list[_Candidate]:
    """Return the unsubscription orders created since the request that may belong to the unit."""
    offset = timedelta(seconds=unit.attempt.server_offset_seconds) if unit.attempt else timedelta()
    orders = await context.reader.orders(
        order_type=order_type_of(unit.action),
        created_from=sent_at(unit) - RunPolicy.CLOCK_SKEW,
        created_to=context.clock.now() + offset + RunPolicy.CLOCK_SKEW,
    )
    owned = context.journal.state.owned_order_ids()
    found: list[_Candidate] = []
    for order in orders:
        if order.order_id not in {*unit.disproved, *owned} and order.concerns(*unit.item.services):
            rows = await read_refund_rows(context, order.order_id)
            is_match = rows_match_item(rows, unit.item) if rows else await _is_listed_for(context, order.order_id, unit)
            if is_match is not False:
                refunded = frozenset(row.base_order_id for row in rows if row.base_order_id)
                found.append(_Candidate(order, is_certain=bool(is_match), base_order_ids=refunded))
    owned = context.journal.state.owned_order_ids()  # again: other units may have been accepted during the reads
    return [each for each in found if each.order.order_id not in owned]


async def _is_listed_for(context: RunContext, order_id: str, unit: UnitState) -> bool | None:
    """Return whether an order without refund rows lists or bills the unit's resource; None if that is unknown.

    Unsubscription orders have refund rows at the latest when they are completed; other orders may have none.
    """
    if unit.action.unsubscribe_type is not None:
        return None
    listed = await read_order_resource_ids(context, order_id, context.document(unit).sentinel_id)
    if not listed:
        months = dict.fromkeys(map(vendor_month, (sent_at(unit), context.clock.now())))
        rows = [row for month in months for row in await context.reader.payments_of_order(month, order_id)]
        listed = frozenset(row.part_id or row.resource_id for row in rows)
    return not listed.isdisjoint(unit.item.all_ids) if listed else None
