"""Of which units reading can still tell more: what `resume` looks at."""

from __future__ import annotations

from datetime import datetime, timedelta

from unsub_tui.domain.action import Action
from unsub_tui.domain.outcome import State
from unsub_tui.journal.state import UnitState

LOST_ORDER_HOURS = 24
"""How long the order of a resource that is gone is looked for."""

LOOK_DAYS = 40
"""How long bill rows, and what was left, are looked for after a unit was settled."""


def can_tell_more(unit: UnitState, now: datetime) -> bool:
    """Whether it is open, gone without an order not long ago, not billed yet, or not known to be all gone."""
    return unit.is_open or _is_lost(unit, now) or lacks_bill(unit, now) or lacks_check(unit, now)


def lacks_bill(unit: UnitState, now: datetime) -> bool:
    """Whether more may become known of a settled unit's money; what can be undone moves none."""
    if unit.action.is_undoable:
        return False
    known = unit.breakdown is not None and unit.breakdown.is_complete
    return _settled_lately(unit, now) and not known


def lacks_check(unit: UnitState, now: datetime) -> bool:
    """Whether another look at what a settled unit left can tell more."""
    if not _settled_lately(unit, now) or unit.action is not Action.UNSUBSCRIBE:
        return False
    return unit.aftermath is None or not unit.aftermath.aftermath().is_clean


def _is_lost(unit: UnitState, now: datetime) -> bool:
    """Whether its order may still be found; what can be undone has none."""
    if unit.state is not State.GONE_NO_ORDER or unit.action.is_undoable:
        return False
    return unit.changed >= now - timedelta(hours=LOST_ORDER_HOURS)


def _settled_lately(unit: UnitState, now: datetime) -> bool:
    return unit.state is State.SETTLED and unit.changed >= now - timedelta(days=LOOK_DAYS)
