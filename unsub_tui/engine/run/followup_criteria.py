"""Of which units reading can still tell more: what `resume` looks at."""

from __future__ import annotations

from datetime import datetime, timedelta

from unsub_tui.domain.action import Action
from unsub_tui.domain.outcome import State
from unsub_tui.journal.replay import UnitState

ORDER_SEARCH_HOURS = 24
"""How long the order of a resource that is gone is looked for."""

FOLLOWUP_DAYS = 40
"""How long bill rows, and what was left, are looked for after a unit was settled."""


def needs_followup(unit: UnitState, now: datetime) -> bool:
    """Whether it is open, gone without an order not long ago, not billed yet, or not known to be all gone."""
    return (
        unit.is_open or _needs_order_search(unit, now) or needs_bill_rows(unit, now) or needs_followup_check(unit, now)
    )


def needs_bill_rows(unit: UnitState, now: datetime) -> bool:
    """Whether more may become known of a settled unit's money; what can be undone moves none."""
    if unit.action.is_reversible:
        return False
    known = unit.breakdown is not None and unit.breakdown.is_complete
    return _is_recently_settled(unit, now) and not known


def needs_followup_check(unit: UnitState, now: datetime) -> bool:
    """Whether another look at what a settled unit left can tell more."""
    if not _is_recently_settled(unit, now) or unit.action is not Action.UNSUBSCRIBE:
        return False
    return unit.followup is None or not unit.followup.to_followup().is_clean


def _needs_order_search(unit: UnitState, now: datetime) -> bool:
    """Whether its order may still be found; what can be undone has none."""
    if unit.state is not State.GONE_NO_ORDER or unit.action.is_reversible:
        return False
    return unit.changed >= now - timedelta(hours=ORDER_SEARCH_HOURS)


def _is_recently_settled(unit: UnitState, now: datetime) -> bool:
    return unit.state is State.SETTLED and unit.changed >= now - timedelta(days=FOLLOWUP_DAYS)
