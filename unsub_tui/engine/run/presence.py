"""Checks whether a unit's resources still exist, and when their absence counts as proof (rule S11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto

from unsub_tui.domain.policy_change import is_in_effect
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.engine.run.context import RunContext
from unsub_tui.journal.replay import UnitState

RETAINED_STATUSES = frozenset({Status.FROZEN, Status.EXPIRED, Status.CLOSING})
"""Statuses in which Huawei Cloud may keep a resource after its unsubscription."""

_CONFIRMED_STATE = ("status", "expire_time", "expire_policy", "together")
"""Parts of a fingerprint that must be equal before a resource counts as unchanged."""


class Presence(Enum):
    """Result of one observation of a unit's resources."""

    PRESENT = auto()
    """The resources are listed as they were confirmed: the request has not been executed, or not yet."""
    ALTERED = auto()
    """A resource is listed with another status, expiry or policy than confirmed, which proves nothing."""
    GONE = auto()
    """The resources are closed or absent, or the renewal periods are gone: the unsubscription has been executed."""
    CHANGE_APPLIED = auto()
    """The change that the unit requested is in effect."""
    UNSURE = auto()
    """The observation proves nothing, for example because a resource and the sentinel are both absent."""


async def observe(context: RunContext, unit: UnitState, *, allow_full_listing: bool = False) -> Presence:
    """Observe the unit's resources once. Absence counts only if the sentinel, a resource known to be in use, is listed.

    Without the sentinel, only a full listing proves absence; it takes many calls and needs `allow_full_listing`.
    """
    document = context.document(unit)
    sentinel_id = document.sentinel_id
    ids = [each for each in (*unit.item.requested_ids, sentinel_id) if each]
    found = {each.id: each for each in await context.reader.resources_by_id(ids)}
    if "" in found:  # an unreadable row without an id can be any of them
        return Presence.UNSURE
    if document.action.shortens_term:  # the resource itself stays
        return _presence_of_renewals(found.get(unit.item.resource_id), unit)
    presence = _presence_of_named(unit, found)
    if presence is not None:
        return presence
    sentinel = found.get(sentinel_id)
    if sentinel is not None and sentinel.status == Status.IN_USE and sentinel.defect is None:
        return Presence.GONE
    return await _observe_full_listing(context, unit) if allow_full_listing else Presence.UNSURE


async def is_presence_confirmed(
    context: RunContext, unit: UnitState, presence: Presence, *, allow_full_listing: bool = False
) -> bool:
    """Return whether a second observation after a pause has the same result as the first one, `presence`."""
    await context.clock.sleep(context.policy.second_observation_delay_seconds)
    return await observe(context, unit, allow_full_listing=allow_full_listing) is presence


def _presence_of_named(unit: UnitState, listed: Mapping[str, Resource]) -> Presence | None:
    """Return the presence according to the listed primary resources; None if one is absent and no other is left.

    A bundle is gone when all its primary resources are. Each absent one must be proven absent by other means.
    """
    named = [listed[each] for each in unit.item.requested_ids if each in listed]
    left = next((each for each in named if each.status != Status.CLOSED), None)
    if any(each.defect is not None for each in named):  # rows that contradict each other prove nothing
        return Presence.UNSURE
    if left is None:
        return Presence.GONE if len(named) == len(unit.item.requested_ids) else None
    if unit.action.creates_order:
        return Presence.PRESENT if _is_unchanged(unit, listed) else Presence.ALTERED
    if left.expire_policy is None:
        return Presence.UNSURE
    return Presence.CHANGE_APPLIED if is_in_effect(unit.action, left.expire_policy) else Presence.PRESENT


def _presence_of_renewals(resource: Resource | None, unit: UnitState) -> Presence:
    """Return the presence of the renewal periods: they are gone if the resource now expires earlier than planned."""
    before = unit.item.fingerprint.get("expire_time")
    if resource is None or resource.defect or resource.expire_time is None or not isinstance(before, str):
        return Presence.UNSURE
    if resource.expire_time < datetime.fromisoformat(before):
        return Presence.GONE
    return Presence.PRESENT if _is_unchanged(unit, {resource.id: resource}) else Presence.ALTERED


def _is_unchanged(unit: UnitState, listed: Mapping[str, Resource]) -> bool:
    """Return whether all primary resources are listed as they were confirmed; attached ones are not compared."""
    before, resource = unit.item.fingerprint, listed.get(unit.item.resource_id)
    if resource is None:
        return False
    now = resource.fingerprint(bundled=[listed[each] for each in unit.item.together_ids if each in listed])
    return all(before.get(name) == now.get(name) for name in _CONFIRMED_STATE)


async def is_in_use(context: RunContext, unit: UnitState) -> bool:
    """Return whether all primary resources of the unit are listed as in use, whatever else may have changed."""
    rows = await context.reader.resources_by_id(unit.item.requested_ids)
    found = {each.id: each.status for each in rows if each.defect is None}
    if not all(each.id for each in rows):  # an unreadable row without an id can be a second one of the same resource
        return False
    return all(found.get(each) == Status.IN_USE for each in unit.item.requested_ids)


async def read_retained_status(context: RunContext, unit: UnitState) -> int | None:
    """Return the status in which resources of the unit are kept; None if one is absent, in use or in another status.

    Huawei Cloud may freeze an unsubscribed resource, or let it expire, before deleting it.
    """
    if not unit.action.deletes_resource:
        return None
    rows = await context.reader.resources_by_id(unit.item.requested_ids)
    if any(each.defect is not None for each in rows):
        return None
    found = {each.id: each.status for each in rows}
    left = {found.get(each) for each in unit.item.requested_ids} - {Status.CLOSED}
    return max(filter(None, left), default=None) if left <= RETAINED_STATUSES else None


async def _observe_full_listing(context: RunContext, unit: UnitState) -> Presence:
    """Search the full listing. Absence then counts only if the purchase order is still readable in this account."""
    listed = {each.id: each for each in await context.reader.list_resources()}
    if "" in listed:
        return Presence.UNSURE
    presence = _presence_of_named(unit, listed)
    if presence is not None:
        return presence
    if not unit.item.base_order_ids:
        return Presence.UNSURE
    order_id = unit.item.base_order_ids[0]
    order = await context.reader.order(order_id)
    return Presence.GONE if order.order_id == order_id else Presence.UNSURE
