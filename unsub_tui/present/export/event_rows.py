"""Lines of the stream of a run, for programs that follow it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from unsub_tui.domain.problem import Problem
from unsub_tui.domain.run import (
    ReadStatusChanged,
    RunEnded,
    RunEvent,
    RunPaused,
    RunResumed,
    RunStopping,
    Unit,
    UnitChanged,
)
from unsub_tui.present.export.endings import PROBLEM, report_of
from unsub_tui.present.export.formats import SCHEMA_VERSION
from unsub_tui.present.export.forms import Form, nested, optional, time, value
from unsub_tui.present.export.record_rows import UNIT


class EventKind(StrEnum):
    """Kinds of lines. Further ones can be added."""

    MESSAGE = "message"
    """A message for people, in `text`."""
    STARTED = "started"
    """The run `run_id` has begun; nothing was submitted yet."""
    ITEM = "item"
    """An item changed, and the change is on the record. An item can be repeated without a difference."""
    READS_FAILING = "reads_failing"
    """Reads of the status fail and are repeated, for the reason `problem`."""
    READS_WORKING = "reads_working"
    """Reads work again."""
    PAUSED = "paused"
    RESUMED = "resumed"
    STOPPING = "stopping"
    """Nothing more is submitted."""
    ENDED = "ended"
    """The run has ended, early if there is a `problem`. The result follows on stdout."""


class EventLine(NamedTuple):
    """A line of the stream."""

    kind: EventKind
    moment: datetime
    text: str | None = None
    run_id: str | None = None
    unit: Unit | None = None
    problem: Problem | None = None


EVENT = Form[EventLine](
    "EventRow",
    "A line of `--events jsonl`. Fields without a value are null.",
    schema_version=value(int, lambda _: SCHEMA_VERSION),
    event=value(EventKind, lambda line: line.kind),
    time=time(lambda line: line.moment),
    run_id=optional(str, lambda line: line.run_id),
    item=nested(UNIT, lambda line: line.unit),
    problem=nested(PROBLEM, lambda line: report_of(line.problem) if line.problem is not None else None),
    text=optional(str, lambda line: line.text),
)


def event_line(event: RunEvent, run_id: str, moment: datetime) -> EventLine:
    """Return the line for an event of a run."""
    match event:
        case UnitChanged(unit=unit):
            return EventLine(EventKind.ITEM, moment, run_id=unit.run_id, unit=unit)
        case ReadStatusChanged(problem=problem):
            kind = EventKind.READS_WORKING if problem is None else EventKind.READS_FAILING
            return EventLine(kind, moment, run_id=run_id, problem=problem)
        case RunPaused(problem=problem):
            return EventLine(EventKind.PAUSED, moment, run_id=run_id, problem=problem)
        case RunResumed():
            return EventLine(EventKind.RESUMED, moment, run_id=run_id)
        case RunStopping():
            return EventLine(EventKind.STOPPING, moment, run_id=run_id)
        case RunEnded(problem=problem):
            return EventLine(EventKind.ENDED, moment, run_id=run_id, problem=problem)
