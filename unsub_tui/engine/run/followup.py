"""Follow-up check of settled units for leftovers that keep billing, with few calls, journaled per unit.

Huawei Cloud lists subscriptions only: a resource in a recycle bin is not visible, and charges of the current month
appear late. So the check looks for remaining subscriptions: the resource itself, its attached resources, and other
resources from the same purchase orders.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.leftovers import FollowupResult, Leftover, LeftoverReason
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.run.context import RunContext
from unsub_tui.engine.run.policy import RunPolicy
from unsub_tui.engine.run.presence import EVERY_STATUS
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
    listed, bought = seen
    for unit in settled:
        found = _followup_result(context, unit, listed, bought)
        if found != unit.followup:
            context.record(unit, events.FollowupChecked(followup=found))


async def _read_leftovers(
    context: RunContext, units: Sequence[UnitState]
) -> tuple[dict[str, Resource], dict[str, list[Resource]]]:
    return await _listed_by_id(context, units), await _remaining_by_order(context, units)


async def _listed_by_id(context: RunContext, units: Iterable[UnitState]) -> dict[str, Resource]:
    """Return the listed primary resources, attached resources and sentinels of the units, read in one query."""
    wanted: dict[str, None] = {}
    for unit in units:
        sentinel = context.document(unit).sentinel_id
        wanted |= dict.fromkeys(each for each in (unit.item.resource_id, *unit.item.attached_ids, sentinel) if each)
    answer = context.reader.resources_by_id(list(wanted), statuses=EVERY_STATUS)
    return {resource.id: resource for resource in await answer}


async def _remaining_by_order(context: RunContext, units: Sequence[UnitState]) -> dict[str, list[Resource]]:
    """Return the primary resources that still exist by purchase order, for the first `MAX_FOLLOWUP_ORDERS`."""
    orders = list(dict.fromkeys(each for unit in units for each in unit.item.base_order_ids))
    found: dict[str, list[Resource]] = {}
    for order_id in orders[: RunPolicy.MAX_FOLLOWUP_ORDERS]:
        listed = await context.reader.list_resources(order_id=order_id, only_main_resource=True)
        found[order_id] = list(filter(_exists, listed))
    return found


def _followup_result(
    context: RunContext, unit: UnitState, listed: Mapping[str, Resource], bought: Mapping[str, list[Resource]]
) -> FollowupResult:
    run = context.journal.state.runs[unit.run_id]
    missing: list[Fact] = []
    witness = listed.get(run.document.sentinel_id)
    if run.document.sentinel_id and (witness is None or witness.status != Status.IN_USE):
        missing.append(fact("sentinel_not_listed"))
    if any(order_id not in bought for order_id in unit.item.base_order_ids):
        missing.append(fact("orders_not_listed"))
    left = [_leftover(each, LeftoverReason.ITSELF) for each in _existing((unit.item.resource_id,), listed)]
    left += [_leftover(each, LeftoverReason.ATTACHED) for each in _existing(unit.item.attached_ids, listed)]
    planned = {each.item.resource_id for each in run.units}
    others = {
        each.id: each
        for order_id in unit.item.base_order_ids
        for each in bought.get(order_id, ())
        if each.id not in planned and each.id not in unit.item.attached_ids
    }
    left += [
        _leftover(each, LeftoverReason.SAME_ORDER) for each in list(others.values())[: RunPolicy.MAX_NAMED_LEFTOVERS]
    ]
    return FollowupResult(
        leftovers=tuple(left),
        unlisted_count=max(0, len(others) - RunPolicy.MAX_NAMED_LEFTOVERS),
        missing=tuple(missing),
    )


def _existing(ids: Collection[str], listed: Mapping[str, Resource]) -> list[Resource]:
    return [found for each in ids if (found := listed.get(each)) is not None and _exists(found)]


def _exists(resource: Resource) -> bool:
    return resource.status != Status.CLOSED


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
