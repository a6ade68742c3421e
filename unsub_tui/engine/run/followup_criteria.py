"""Criteria for the units that `resume` checks again."""

from __future__ import annotations

from datetime import datetime, timedelta

from unsub_tui.domain.action import Action
from unsub_tui.domain.outcome import State
from unsub_tui.journal.replay import UnitState

ORDER_SEARCH_HOURS = 24
"""Hours to search for the order of a resource that is gone."""

FOLLOWUP_DAYS = 40
"""Days after a unit was settled to look for bill rows and leftovers."""


def needs_followup(unit: UnitState, now: datetime) -> bool:
    """Return whether the unit is open, recently gone without an order, not billed yet, or not known to be clean."""
    return (
        unit.is_open or _needs_order_search(unit, now) or needs_bill_rows(unit, now) or needs_followup_check(unit, now)
    )


def needs_bill_rows(unit: UnitState, now: datetime) -> bool:
    """Return whether refund details of a settled unit may still be missing; reversible changes have none."""
    if unit.action.is_reversible:
        return False
    known = unit.breakdown is not None and unit.breakdown.is_complete
    return _is_recently_settled(unit, now) and not known


def needs_followup_check(unit: UnitState, now: datetime) -> bool:
    """Return whether the follow-up check of a settled unit is missing, or found leftovers or gaps."""
    if not _is_recently_settled(unit, now) or unit.action is not Action.UNSUBSCRIBE:
        return False
    return unit.followup is None or not unit.followup.to_followup().is_clean


def _needs_order_search(unit: UnitState, now: datetime) -> bool:
    """Return whether the unit's order may still be found; reversible changes have none."""
    if unit.state is not State.GONE_NO_ORDER or unit.action.is_reversible:
        return False
    return unit.changed >= now - timedelta(hours=ORDER_SEARCH_HOURS)


def _is_recently_settled(unit: UnitState, now: datetime) -> bool:
    return unit.state is State.SETTLED and unit.changed >= now - timedelta(days=FOLLOWUP_DAYS)
