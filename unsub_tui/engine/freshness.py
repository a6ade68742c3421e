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
    document = session.journal.book.runs[unit.run_id].document
    asked = unit.item.asked_ids
    # Attached resources are asked for by id, too: nobody knows whether a service lists those of attached ones.
    ids = [each for each in dict.fromkeys((*asked, *unit.item.attached_ids, document.sentinel_id)) if each]
    found = Catalogue()
    found.add(await session.read("fresh", session.reader.resources_by_id(ids)))
    main = found.get(unit.item.resource_id)
    if main is None or main.status == Status.CLOSED:
        what = GONE if main is None else "it is closed"
        return Fresh(began, _drift(f"{what}; {await who_took(session, unit)}"))
    primary = [each for each in map(found.get, asked) if each is not None]
    together = [each for each in primary if each is not main]
    attached = [each for one in primary for each in found.attached_to(one)]
    changes = state_changes(unit.item.fingerprint, main.fingerprint([*attached, *together], together))
    known = {each.id for each in (*primary, *attached)} | _with_attached(document.sentinel_id, found)
    changes += [_stray_text(each) for each in found.resources if not each.is_main_resource and each.id not in known]
    return Fresh(began, _drift("; ".join(changes)) if changes else None, (main, *together, *attached))


def _with_attached(resource_id: str, found: Catalogue) -> set[str]:
    """Return the id of a resource and of those that are attached to it."""
    resource = found.get(resource_id)
    return set() if resource is None else {resource_id, *(each.id for each in found.attached_to(resource))}


def _stray_text(resource: Resource) -> str:
    """Return what is wrong with a resource that is listed with the item, but is attached to something else."""
    parent = resource.parent_resource_id.clean() or "nothing"
    return f"{resource.resource_id.clean()} is listed with it and attached to {parent}"


def _drift(detail: str) -> Problem:
    return Problem(kind=ProblemKind.DRIFT, detail=detail)
