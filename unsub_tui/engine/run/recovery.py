"""Cleans up the journal after an interrupted process, before anything else is written (rule S8)."""

from __future__ import annotations

from datetime import datetime

from unsub_tui.domain.outcome import State
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.journal.codec import ProblemDocument
from unsub_tui.journal.events import UnitEntry
from unsub_tui.journal.store import Journal


def mark_interrupted(journal: Journal, now: datetime) -> None:
    """Journal submitting units as unknown and confirmed units as skipped: a confirmation is valid for one run only.

    The caller must hold the account's lock and must not submit anything afterwards.
    """
    lost = ProblemDocument(kind=ProblemKind.STOPPED, detail="the program ended while the request was under way")
    unsent = ProblemDocument(kind=ProblemKind.STOPPED, detail="the program ended before it was sent")
    for unit in list(journal.state.units()):
        if unit.state is State.SUBMITTING:
            journal.record_unit(unit, UnitEntry(state=State.UNKNOWN, problem=lost), now)
        elif unit.state is State.CONFIRMED:
            journal.record_unit(unit, UnitEntry(state=State.SKIPPED, problem=unsent), now)


def recover(journal: Journal, now: datetime) -> None:
    """Mark the interrupted units of earlier processes, and end their runs."""
    mark_interrupted(journal, now)
    ended = Problem(kind=ProblemKind.STOPPED, detail="the program ended")
    for run_id, run in journal.state.runs.items():
        if run.ended is None:
            journal.end_run(run_id, now, ended)
