"""The read before each request: whether the resource is still what was confirmed (rule S3)."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.domain.drift import GONE, state_changes
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.resource import Resource, Status
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
    resource_id, asked = unit.item.resource_id, unit.item.asked_ids
    ids = [each for each in (*asked, document.sentinel_id) if each]
    found = await session.read("fresh", session.reader.resources_by_id(ids))
    main = next((resource for resource in found if resource.id == resource_id), None)
    if main is None or main.status == Status.CLOSED:
        what = GONE if main is None else "it is closed"
        return Fresh(began, _drift(f"{what}; {await who_took(session, unit)}"))
    together = [resource for resource in found if resource.id in asked and resource is not main]
    attached = [resource for resource in found if resource.parent_resource_id.raw in asked]
    changes = state_changes(unit.item.fingerprint, main.fingerprint([*attached, *together], together))
    return Fresh(began, _drift("; ".join(changes)) if changes else None, (main, *together, *attached))


def _drift(detail: str) -> Problem:
    return Problem(kind=ProblemKind.DRIFT, detail=detail)
