"""Follow-up check of settled units for leftovers that keep billing, with few calls, journaled per unit.

Huawei Cloud lists subscriptions only: a resource in a recycle bin is not visible, and charges of the current month
appear late. So the check looks for remaining subscriptions: the resource itself, its attached resources, and other
resources from the same purchase orders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.leftovers import FollowupResult, Leftover, LeftoverReason
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Resource, RowDefect, Status
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.run.context import RunContext
from unsub_tui.engine.run.policy import RunPolicy
from unsub_tui.journal import events
from unsub_tui.journal.replay import UnitState


async def run_followup_check(context: RunContext, units: Sequence[UnitState]) -> None:
    """Check the settled units among these for leftovers, and journal each changed result.

    If a read fails or the run is stopped, the recorded results stay unchanged, and `resume` checks the units again.
    """
    settled = [unit for unit in units if unit.state is State.SETTLED and unit.action.deletes_resource]
    if not settled or context.is_stopped or context.has_failed:
        return
    try:
        seen = await context.unless_stopped(_read_leftovers(context, settled))
    except UnsubError:
        if context.has_failed:
            raise
        return
    if seen is None:
        return
    for unit in settled:
        found = _followup_result(context, unit, *seen)
        if found != unit.followup:
            context.record(unit, events.FollowupChecked(followup=found))


async def _read_leftovers(
    context: RunContext, units: Sequence[UnitState]
) -> tuple[dict[str, Resource], dict[str, list[Resource]], int]:
    """Return the resources that still exist: those of the units and the sentinels by id, others by purchase order.

    The third value is the number of unreadable rows, each of which can be any of them.
    """
    ids = (
        each
        for unit in units
        for each in (
            *unit.item.requested_ids,
            *unit.item.attached_ids,
            *unit.item.unplanned_license_ids,
            *unit.item.replica_ids,
            context.document(unit).sentinel_id,
        )
    )
    wanted = list(dict.fromkeys(filter(None, ids)))
    found = await context.reader.resources_by_id(wanted)
    listed, unreadable = _still_there(found)
    bought: dict[str, list[Resource]] = {}
    orders = list(dict.fromkeys(each for unit in units for each in unit.item.base_order_ids))
    for order_id in orders[: RunPolicy.MAX_FOLLOWUP_ORDERS]:
        found = await context.reader.list_resources(order_id=order_id, only_main_resource=True)
        still, more_unreadable = _still_there(found)
        bought[order_id] = [*still.values()]
        unreadable += more_unreadable
    return listed, bought, unreadable


def _still_there(rows: Sequence[Resource]) -> tuple[dict[str, Resource], int]:
    """Return the resources in these rows that exist, by id, and the number of unreadable rows."""
    readable = [each for each in rows if each.defect is not RowDefect.UNREADABLE]
    return {each.id: each for each in readable if each.status != Status.CLOSED}, len(rows) - len(readable)


def _followup_result(
    context: RunContext,
    unit: UnitState,
    listed: Mapping[str, Resource],
    bought: Mapping[str, list[Resource]],
    unreadable: int,
) -> FollowupResult:
    run = context.journal.state.runs[unit.run_id]
    missing: list[Fact] = []
    # Without the sentinel, the listing may be incomplete, and its silence about a resource proves nothing.
    witness = listed.get(run.document.sentinel_id)
    if run.document.sentinel_id and (witness is None or witness.status != Status.IN_USE):
        missing.append(fact("sentinel_not_listed"))
    if any(order_id not in bought for order_id in unit.item.base_order_ids):
        missing.append(fact("orders_not_listed"))
    if unreadable:
        missing.append(fact("rows_unreadable", count=unreadable))
    reasons = {unit.item.resource_id: LeftoverReason.ITSELF}
    reasons |= dict.fromkeys(unit.item.attached_ids, LeftoverReason.ATTACHED)
    reasons |= dict.fromkeys(unit.item.unplanned_license_ids, LeftoverReason.LICENSE)
    # The other items of the run are no leftovers of this one: each is checked itself.
    planned = {each.item.resource_id for each in run.units}
    reasons |= {each: LeftoverReason.REPLICA for each in unit.item.replica_ids if each not in planned}
    left = [_leftover(listed[each], reason) for each, reason in reasons.items() if each in listed]
    others = {
        each.id: each
        for order_id in unit.item.base_order_ids
        for each in bought.get(order_id, ())
        if each.id not in planned and each.id not in reasons and each.id != unit.item.server_id
    }
    named = list(others.values())[: RunPolicy.MAX_NAMED_LEFTOVERS]
    left += [_leftover(each, LeftoverReason.SAME_ORDER) for each in named]
    unlisted_count = len(others) - len(named)
    return FollowupResult(leftovers=tuple(left), unlisted_count=unlisted_count, missing=tuple(missing))


def _leftover(resource: Resource, reason: LeftoverReason) -> Leftover:
    return Leftover(
        resource_id=resource.id,
        reason=reason,
        status=resource.status,
        resource_name=resource.resource_name,
        service_type_code=resource.service_type_code,
        resource_type_code=resource.resource_type_code,
        region_code=resource.region_code,
    )
