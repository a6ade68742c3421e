"""The read before each request: whether the resource is still what was confirmed (rule S3)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum

from unsub_tui.domain.foreign import clean
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.resource import ExpirePolicy, Status
from unsub_tui.engine.others import who_took
from unsub_tui.engine.session import Session
from unsub_tui.journal.state import UnitState

_WORDS: Mapping[str, type[IntEnum]] = {"status": Status, "expire_policy": ExpirePolicy}


@dataclass(frozen=True, slots=True)
class Fresh:
    """What the read found, and when it began."""

    began: float
    drift: Problem | None
    """What is no longer as confirmed."""


async def read_fresh(session: Session, unit: UnitState) -> Fresh:
    """Read the unit's resource with all that is attached to it, and compare."""
    began = session.clock.monotonic()
    document = session.journal.book.runs[unit.run_id].document
    resource_id = unit.item.resource_id
    ids = [each for each in (resource_id, document.sentinel_id) if each]
    found = await session.read("fresh", session.reader.resources_by_id(ids))
    main = next((resource for resource in found if resource.id == resource_id), None)
    if main is None or main.status == Status.CLOSED:
        what = "it is not listed any more" if main is None else "it is closed"
        return Fresh(began, _drift(f"{what}; {await who_took(session, unit)}"))
    attached = [resource for resource in found if resource.parent_resource_id.raw == resource_id]
    changes = _changes(unit.item.fingerprint, main.fingerprint(attached))
    return Fresh(began, _drift("; ".join(changes)) if changes else None)


def _changes(before: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """Return in words what differs."""
    names = sorted(before.keys() | now.keys())
    return [
        f"{name} was {_shown(name, before.get(name))}, is {_shown(name, now.get(name))}"
        for name in names
        if before.get(name) != now.get(name)
    ]


def _shown(name: str, value: object) -> str:
    if name in _WORDS and isinstance(value, int):
        with suppress(ValueError):  # a number that is not known stays one
            return _WORDS[name](value).name.lower().replace("_", " ")
    if isinstance(value, list):
        return ", ".join(clean(str(each)) for each in value) or "nothing"
    return clean(str(value))


def _drift(detail: str) -> Problem:
    return Problem(kind=ProblemKind.DRIFT, detail=detail)
