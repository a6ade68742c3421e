"""Cleanup of the journal after an interrupted process (rule S8), and selection of the units that `resume` checks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from unsub_tui.domain.fact import fact
from unsub_tui.domain.leftovers import LeftoverCheck, LeftoverState
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.run.policy import RunPolicy
from unsub_tui.journal import events
from unsub_tui.journal.replay import UnitState
from unsub_tui.journal.store import Journal


def mark_interrupted(journal: Journal, now: datetime) -> None:
    """Journal submitting units as unknown and confirmed units as skipped: a confirmation is valid for one run only.

    The caller must hold the account's lock and must not submit anything afterwards.
    """
    lost = Problem(kind=ProblemKind.STOPPED, facts=(fact("ended_while_submitting"),))
    unsent = Problem(kind=ProblemKind.STOPPED, facts=(fact("ended_before_submitting"),))
    waiting = replace(unsent, facts=(fact("program_ended"), fact("waited_for_transaction")))
    for unit in list(journal.state.units()):
        if unit.state is State.SUBMITTING:  # the request may have been sent just before the process ended
            journal.record_unit(unit, events.Unknown(problem=lost), now)
        elif unit.state is State.CONFIRMED:
            journal.record_unit(unit, events.Skipped(problem=unsent if unit.retry_at is None else waiting), now)


def recover(journal: Journal, now: datetime) -> None:
    """Mark the interrupted units of earlier processes, and end their runs."""
    mark_interrupted(journal, now)
    ended = Problem(kind=ProblemKind.STOPPED, facts=(fact("program_ended"),))
    for run_id, run in journal.state.runs.items():
        if run.ended is None:
            journal.end_run(run_id, now, ended)


def needs_status_check(unit: UnitState, now: datetime) -> bool:
    """Return whether the unit is open, recently gone without an order, not billed yet, or not known to be clean."""
    if unit.state is State.SETTLED:
        is_recent = unit.changed >= now - RunPolicy.FOLLOWUP_PERIOD
        is_billed = unit.breakdown is not None and unit.breakdown.is_complete
        is_clean = unit.followup is not None and unit.followup.is_clean and not _has_leftovers(unit)
        # a change is neither refunded nor leaves anything; the resource of an unsubscribed renewal period stays
        return is_recent and (
            (unit.action.creates_order and not is_billed) or (unit.action.deletes_resource and not is_clean)
        )
    if unit.state is State.GONE_NO_ORDER:
        return unit.action.creates_order and unit.changed >= now - RunPolicy.ORDER_SEARCH_PERIOD
    return unit.state.is_open


_LASTING_REASONS = frozenset(
    {"inventory_not_offered", "inventory_not_configured", "inventory_no_permission", "leftover_unproven"}
)
"""Reasons of unknown leftovers that another read does not change."""


def _has_leftovers(unit: UnitState) -> bool:
    """Return whether another read may find that a leftover of a settled unit is gone."""
    if unit.stays_behind is None:
        return bool(unit.expected_leftovers)
    return any(map(_may_change, unit.stays_behind))


def _may_change(check: LeftoverCheck) -> bool:
    answer = check.answer
    if answer.state is LeftoverState.UNKNOWN:
        return answer.reason is None or answer.reason.code not in _LASTING_REASONS
    return answer.state is not LeftoverState.GONE and not check.leftover.holds_backups
