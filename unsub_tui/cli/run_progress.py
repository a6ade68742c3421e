"""Progress of a run on stderr: in words, or as JSON Lines (`--events jsonl`)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.output import use_message_format, write_line, write_message, write_note
from unsub_tui.domain.problem import Problem
from unsub_tui.domain.run import ReadStatusChanged, RunEnded, RunEvent, RunStopping, UnitChanged
from unsub_tui.present.export.event_rows import EVENT, EventKind, EventLine, event_line
from unsub_tui.present.export.formats import json_line
from unsub_tui.present.i18n import _
from unsub_tui.present.pages.run import read_trouble_text
from unsub_tui.present.units import unit_line, unit_problem_text

if TYPE_CHECKING:
    from unsub_tui.engine.run.executor import RunHandle


def _use_json_messages(_context: click.Context, _parameter: click.Parameter, events: str | None) -> bool:
    """Write each message as a line of JSON from now on, if that is wanted."""
    if events is not None:
        use_message_format(_message_json)
    return events is not None


events_option = click.option(
    "--events",
    "as_events",
    type=click.Choice(["jsonl"]),
    callback=_use_json_messages,
    is_eager=True,  # also for errors in other arguments
    help="Write stderr as JSON Lines: each change of an item, and each message (unsub-tui help plans).",
)


async def follow_run(handle: RunHandle, *, as_events: bool, needs_reader: bool) -> RunEnded | None:
    """Report the events of a run until it has ended; if it needs a reader of the reports, stop it without one."""
    ended: RunEnded | None = None
    report = _write_json if as_events else _Words().write
    started = EventLine(EventKind.STARTED, datetime.now(UTC), run_id=handle.run_id)
    if as_events and not _write_line(started) and needs_reader:
        handle.stop()
    try:
        async for event in handle.events():
            if isinstance(event, RunEnded):
                ended = event
            if not report(event, handle.run_id) and needs_reader:
                handle.stop()  # stderr is closed, mostly after a lost connection: send nothing without a reader
    finally:
        handle.stop()
    return ended


class _Words:
    """Reports events in words. A unit changes more often than the line that describes it."""

    def __init__(self) -> None:
        self._reported: dict[tuple[str, int], str] = {}

    def write(self, event: RunEvent, _run_id: str) -> bool:
        """Write an event, if there is anything new to say; return whether the write succeeded."""
        text = _event_text(event)
        if isinstance(event, UnitChanged):
            key = (event.unit.run_id, event.unit.index)
            if self._reported.get(key) == text:
                return True
            self._reported[key] = text
        is_progress = isinstance(event, UnitChanged) and event.unit.problem is None
        return not text or (write_note if is_progress else write_message)(text)


def _event_text(event: RunEvent) -> str:
    """Return the report of an event, or an empty string."""
    match event:
        case RunStopping():
            return _("Stopping. Nothing more is submitted.")
        case ReadStatusChanged(problem=Problem() as problem):
            return read_trouble_text(problem)
        case UnitChanged(unit=unit):
            trouble = unit_problem_text(unit)
            return unit_line(unit) + (f"\n  {trouble}" if trouble else "")
    return ""


def _write_json(event: RunEvent, run_id: str) -> bool:
    return _write_line(event_line(event, run_id, datetime.now(UTC)))


def _write_line(line: EventLine) -> bool:
    return write_line(json_line(EVENT.row(line)))


def _message_json(text: str) -> str:
    return json_line(EVENT.row(EventLine(EventKind.MESSAGE, datetime.now(UTC), text=text)))
