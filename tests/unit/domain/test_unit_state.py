from __future__ import annotations

from unsub_tui.domain.unit_state import (
    MOST_URGENT_FIRST,
    OPEN_STATES,
    POSSIBLY_EXECUTED_STATES,
    UNMATCHED_STATES,
    Outcome,
    State,
)
from unsub_tui.journal.schema import TABLES

EXPECTED_STATES = {
    # code: (outcome, open, possibly executed, final, next states)
    "confirmed": ("planned", False, False, False, {"submitting", "skipped"}),
    "submitting": ("submitted", True, False, False, {"accepted", "rejected", "unknown", "confirmed"}),
    "accepted": ("accepted", True, True, False, {"settled", "order_failed", "unknown"}),
    "settled": ("settled", False, False, True, set()),
    "order_failed": ("rejected", False, False, True, set()),
    "rejected": ("rejected", False, False, True, set()),
    "unknown": ("unknown", True, True, False, {"accepted", "gone_no_order", "not_executed"}),
    "gone_no_order": ("unknown", False, True, False, {"accepted"}),
    "not_executed": ("planned", False, True, True, set()),
    "skipped": ("planned", False, False, True, set()),
}


def test_the_table_of_states_is_the_promised_one() -> None:
    """Codes, outcomes and transitions change only on purpose: scripts and records depend on them."""
    assert {
        state.value: (
            state.outcome.value,
            state.is_open,
            state in POSSIBLY_EXECUTED_STATES,
            state.is_final,
            {each.value for each in State if state.can_become(each)},
        )
        for state in State
    } == EXPECTED_STATES


def test_outcomes_have_their_codes_and_their_order_on_the_screen() -> None:
    """The codes are in the order in which scripts get them; the screen begins with the most urgent one."""
    assert list(Outcome) == ["planned", "submitted", "accepted", "settled", "rejected", "unknown"]
    assert MOST_URGENT_FIRST == ("unknown", "submitted", "accepted", "rejected", "settled", "planned")


def test_sets_and_index_follow_from_the_table() -> None:
    """The record's index, which enforces one open attempt for each resource, names the open states and no other."""
    assert OPEN_STATES == ("submitting", "accepted", "unknown")
    assert {"submitting", "unknown", "gone_no_order"} == UNMATCHED_STATES
    assert "WHERE state = 'submitting' OR state = 'accepted' OR state = 'unknown';" in TABLES
