"""What a process that ended in the middle left behind, put right before anything else is written (rule S8)."""

from __future__ import annotations

from datetime import datetime

from unsub_tui.domain.outcome import State
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.journal.codec import ProblemDocument
from unsub_tui.journal.events import UnitEntry
from unsub_tui.journal.store import Journal


def mark_interrupted(journal: Journal, now: datetime) -> None:
    """Make unknown what may have been sent, and skip what was not: a confirmation does not survive its run.

    The caller holds the account's lock and sends nothing any more.
    """
    lost = ProblemDocument(kind=ProblemKind.STOPPED, detail="the program ended while the request was under way")
    unsent = ProblemDocument(kind=ProblemKind.STOPPED, detail="the program ended before it was sent")
    for unit in list(journal.state.units()):
        if unit.state is State.SUBMITTING:
            journal.record_unit(unit, UnitEntry(state=State.UNKNOWN, problem=lost), now)
        elif unit.state is State.CONFIRMED:
            journal.record_unit(unit, UnitEntry(state=State.SKIPPED, problem=unsent), now)


def recover(journal: Journal, now: datetime) -> None:
    """Put right what earlier processes left, and end their runs."""
    mark_interrupted(journal, now)
    ended = Problem(kind=ProblemKind.STOPPED, detail="the program ended")
    for run_id, run in journal.state.runs.items():
        if run.ended is None:
            journal.end_run(run_id, now, ended)
