"""After items are settled: one look at what is left of them, with few calls, recorded with each.

The service lists subscriptions only. Whether a recycle bin holds a resource cannot be seen there, and what is billed in
the current month shows late, so the look asks what is still subscribed: the item, what should have gone along, and what
was bought with the same orders.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from unsub_tui.api.list_client import ResourceQuery
from unsub_tui.domain.action import Action
from unsub_tui.domain.aftermath import Aftermath, Left, Leftover
from unsub_tui.domain.outcome import State
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.engine.session import Session
from unsub_tui.journal.documents import AftermathDocument
from unsub_tui.journal.entries import UnitEntry
from unsub_tui.journal.state import UnitState

EVERY_STATUS = tuple(int(status) for status in Status)

LOOKED_INTO = 60
"""Orders whose resources are asked for in one run: one call each."""

NAMED = 10
"""Resources of the same orders that are named for one item; of more there is only a number."""

NO_WITNESS = "whether the rest is gone: the account's list did not show a resource that is known to be in use"
NOT_ASKED = "what else was bought with its orders: too many orders in one run"


async def check_after(session: Session, units: Sequence[UnitState]) -> None:
    """Look at what is left of the settled ones among these units, and record it where that is news.

    What cannot be read, or not before a stop, stays as it is: not looked at yet, and `resume` looks again.
    """
    settled = [unit for unit in units if unit.state is State.SETTLED and unit.action is Action.UNSUBSCRIBE]
    if not settled or not session.may_send:
        return
    try:
        seen = await session.unless_stopped(_look(session, settled))
    except UnsubError:
        if session.is_broken:
            raise
        return
    if seen is None:
        return
    listed, bought = seen
    for unit in settled:
        found = AftermathDocument.of(_aftermath(session, unit, listed, bought))
        if found != unit.aftermath:
            session.record(unit, UnitEntry(state=State.SETTLED, aftermath=found))


async def _look(session: Session, units: Sequence[UnitState]) -> tuple[dict[str, Resource], dict[str, list[Resource]]]:
    return await _listed(session, units), await _bought(session, units)


async def _listed(session: Session, units: Iterable[UnitState]) -> dict[str, Resource]:
    """Return what is listed of the units, their attached ones and their witnesses, asked together."""
    wanted: dict[str, None] = {}
    for unit in units:
        sentinel = session.journal.book.runs[unit.run_id].document.sentinel_id
        wanted |= dict.fromkeys(each for each in (unit.item.resource_id, *unit.item.attached_ids, sentinel) if each)
    answer = session.reader.resources_by_id(list(wanted), statuses=EVERY_STATUS)
    return {resource.id: resource for resource in await session.read("what is left", answer)}


async def _bought(session: Session, units: Sequence[UnitState]) -> dict[str, list[Resource]]:
    """Return the main resources still there by purchase order, for as many orders as are asked about."""
    orders = list(dict.fromkeys(each for unit in units for each in unit.item.base_order_ids))
    found: dict[str, list[Resource]] = {}
    for order_id in orders[:LOOKED_INTO]:
        query = ResourceQuery(order_id=order_id, only_main_resource=True)
        session.parts.step("read what is left begins")
        found[order_id] = [
            each async for page in session.reader.resources(query) for each in page.resources if _is_there(each)
        ]
        session.parts.step("read what is left done")
    return found


def _aftermath(
    session: Session, unit: UnitState, listed: Mapping[str, Resource], bought: Mapping[str, list[Resource]]
) -> Aftermath:
    run = session.journal.book.runs[unit.run_id]
    missing: list[str] = []
    witness = listed.get(run.document.sentinel_id)
    if run.document.sentinel_id and (witness is None or witness.status != Status.IN_USE):
        missing.append(NO_WITNESS)
    if any(order_id not in bought for order_id in unit.item.base_order_ids):
        missing.append(NOT_ASKED)
    left = [_leftover(each, Left.ITSELF) for each in _there((unit.item.resource_id,), listed)]
    left += [_leftover(each, Left.ATTACHED) for each in _there(unit.item.attached_ids, listed)]
    planned = {each.item.resource_id for each in run.units}
    others = {
        each.id: each
        for order_id in unit.item.base_order_ids
        for each in bought.get(order_id, ())
        if each.id not in planned and each.id not in unit.item.attached_ids
    }
    left += [_leftover(each, Left.SAME_ORDER) for each in list(others.values())[:NAMED]]
    return Aftermath(leftovers=tuple(left), more=max(0, len(others) - NAMED), missing=tuple(missing))


def _there(ids: Collection[str], listed: Mapping[str, Resource]) -> list[Resource]:
    return [found for each in ids if (found := listed.get(each)) is not None and _is_there(found)]


def _is_there(resource: Resource) -> bool:
    return resource.status != Status.CLOSED


def _leftover(resource: Resource, why: Left) -> Leftover:
    return Leftover(
        resource_id=resource.id,
        why=why,
        status=resource.status,
        resource_name=resource.resource_name,
        service_type_code=resource.service_type_code,
        resource_type_code=resource.resource_type_code,
        region_code=resource.region_code,
    )
