"""What can be seen of a resource, and when absence proves something (rule S11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto

from unsub_tui.domain.action import Action
from unsub_tui.domain.alternatives import holds
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.engine.session import Session
from unsub_tui.journal.state import UnitState

EVERY_STATUS = tuple(int(status) for status in Status)


class Sight(Enum):
    """What one look at a unit's resource says."""

    PRESENT = auto()
    """It is there as before: nothing was done to it, or not yet."""
    GONE = auto()
    """The resource is closed or absent, or its renewed periods are: what an unsubscription asks for has happened."""
    HOLDS = auto()
    """The change that the unit asked for holds."""
    UNSURE = auto()
    """It was not listed, but the look proves nothing."""


async def look(session: Session, unit: UnitState, *, whole: bool = False) -> Sight:
    """Look at the unit's resources once; a resource known to be in use must be listed where absence is to count.

    Without such a witness only whole listings count, and only with `whole`, because they are many calls.
    """
    document = session.journal.book.runs[unit.run_id].document
    sentinel_id = document.sentinel_id
    ids = [each for each in (*unit.item.asked_ids, sentinel_id) if each]
    answer = session.reader.resources_by_id(ids, statuses=EVERY_STATUS)
    found = {resource.id: resource for resource in await session.read("resource", answer)}
    if document.action is Action.RENEWAL:
        return _renewals(found.get(unit.item.resource_id), unit)
    seen = _seen(unit, found)
    if seen is not None:
        return seen
    sentinel = found.get(sentinel_id)
    if sentinel is not None and sentinel.status == Status.IN_USE:
        return Sight.GONE
    return await _whole_listing(session, unit) if whole else Sight.UNSURE


async def seen_twice(session: Session, unit: UnitState, sight: Sight, *, whole: bool = False) -> bool:
    """Whether a second look after a pause agrees with a first one that saw `sight`."""
    await session.clock.sleep(session.pace.agree_seconds)
    return await look(session, unit, whole=whole) is sight


def _seen(unit: UnitState, listed: Mapping[str, Resource]) -> Sight | None:
    """Return what the listed resources that the request named say; None if one of them is absent, and no other is left.

    A bundle is gone when all of its primary resources are; the absence of one has to be proven like any other.
    """
    named = [listed[each] for each in unit.item.asked_ids if each in listed]
    left = next((each for each in named if each.status != Status.CLOSED), None)
    if left is not None:
        return _listed(left, unit.action)
    return Sight.GONE if len(named) == len(unit.item.asked_ids) else None


def _listed(resource: Resource, action: Action) -> Sight:
    """Return what a resource that is listed says about what was asked for."""
    if resource.status == Status.CLOSED:
        return Sight.GONE
    if not action.is_undoable:
        return Sight.PRESENT
    if resource.expire_policy is None:
        return Sight.UNSURE
    return Sight.HOLDS if holds(action, resource.expire_policy) else Sight.PRESENT


def _renewals(resource: Resource | None, unit: UnitState) -> Sight:
    """Return what a resource that stays says about its renewed periods: only its expiry tells."""
    before = unit.item.fingerprint.get("expire_time")
    if resource is None or resource.expire_time is None or not isinstance(before, str):
        return Sight.UNSURE
    return Sight.GONE if resource.expire_time < datetime.fromisoformat(before) else Sight.PRESENT


async def _whole_listing(session: Session, unit: UnitState) -> Sight:
    """Look through the whole account; the purchase order must still be there, or the account is not what it was."""
    pages = session.reader.resources()
    session.parts.step("read listing begins")
    listed: dict[str, Resource] = {}
    async for page in pages:
        if page.is_afresh:
            listed.clear()
        listed |= {resource.id: resource for resource in page.resources}
    session.parts.step("read listing done")
    seen = _seen(unit, listed)
    if seen is not None:
        return seen
    if not unit.item.base_order_ids:
        return Sight.UNSURE
    order_id = unit.item.base_order_ids[0]
    order = await session.read("purchase order", session.reader.order(order_id))
    return Sight.GONE if order.order_id == order_id else Sight.UNSURE
