"""Labels of unit states and outcomes."""

from __future__ import annotations

from unsub_tui.domain.unit_state import Outcome, State
from unsub_tui.present.i18n import _

STATE_SYMBOLS: dict[State, str] = {
    State.CONFIRMED: "·",
    State.SUBMITTING: ">",
    State.ACCEPTED: "~",
    State.SETTLED: "+",
    State.REJECTED: "x",
    State.ORDER_FAILED: "x",
    State.UNKNOWN: "?",
    State.GONE_NO_ORDER: "?",
    State.NOT_EXECUTED: "-",
    State.SKIPPED: "-",
}
"""Symbol of every state, shown beside its label."""


def state_label(state: State) -> str:
    """Return the label of a unit's state."""
    words = {
        State.CONFIRMED: _("queued"),
        State.SUBMITTING: _("sending"),
        State.ACCEPTED: _("accepted"),
        State.SETTLED: _("done"),
        State.REJECTED: _("failed"),
        State.ORDER_FAILED: _("order failed"),
        State.UNKNOWN: _("unknown"),
        State.GONE_NO_ORDER: _("gone, order not found"),
        State.NOT_EXECUTED: _("not executed"),
        State.SKIPPED: _("not sent"),
    }
    return words[state]


def outcome_label(outcome: Outcome) -> str:
    """Return the label of an outcome, which groups several states."""
    words = {
        Outcome.PLANNED: _("not sent"),
        Outcome.SUBMITTED: _("sending"),
        Outcome.ACCEPTED: _("accepted"),
        Outcome.SETTLED: _("done"),
        Outcome.REJECTED: _("failed"),
        Outcome.UNKNOWN: _("unknown"),
    }
    return words[outcome]
