"""The read before each request: whether the resource is still what was confirmed (rule S3)."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.domain.drift import GONE, state_changes
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.resource import Catalogue, Resource, Status
from unsub_tui.engine.others import who_took
from unsub_tui.engine.session import Session
from unsub_tui.journal.state import UnitState


@dataclass(frozen=True, slots=True)
class Fresh:
    """What the read found, and when it began."""

    began: float
    drift: Problem | None
    """What is no longer as confirmed."""
    resources: tuple[Resource, ...] = ()
    """The resource and all that is attached to it, as they are now."""


async def read_fresh(session: Session, unit: UnitState) -> Fresh:
    """Read the unit's resource with all that is attached to it, and compare."""
    began = session.clock.monotonic()
    asked = unit.item.asked_ids
    found = await _listed(session, unit)
    main = found.get(unit.item.resource_id)
    if main is None or main.status == Status.CLOSED:
        what = GONE if main is None else "it is closed"
        return Fresh(began, _drift(f"{what}; {await who_took(session, unit)}"))
    primary = [each for each in map(found.get, asked) if each is not None]
    together = [each for each in primary if each is not main]
    attached = [each for one in primary for each in found.attached_to(one)]
    changes = state_changes(unit.item.fingerprint, main.fingerprint([*attached, *together], together))
    known = {each.id for each in (*primary, *attached)}
    changes += [_stray_text(each) for each in found.resources if not each.is_main_resource and each.id not in known]
    return Fresh(began, _drift("; ".join(changes)) if changes else None, (main, *together, *attached))


async def _listed(session: Session, unit: UnitState) -> Catalogue:
    """Return the primary resources of a unit with everything that the service lists as attached to them.

    The first read names primary resources only: with an attached one in it the service lists nothing but what is
    named, and what was attached since would stay unseen. Attached resources that it leaves out, because they are
    attached to attached ones, are then asked for by id.
    """
    found = Catalogue()
    found.add(await session.read("fresh", session.reader.resources_by_id(unit.item.asked_ids)))
    left_out = [each for each in unit.item.attached_ids if found.get(each) is None]
    if left_out:
        found.add(await session.read("fresh", session.reader.resources_by_id(left_out)))
    return found


def _stray_text(resource: Resource) -> str:
    """Return what is wrong with a resource that is listed with the item, but is attached to something else."""
    parent = resource.parent_resource_id.clean() or "nothing"
    return f"{resource.resource_id.clean()} is listed with it and attached to {parent}"


def _drift(detail: str) -> Problem:
    return Problem(kind=ProblemKind.DRIFT, detail=detail)
