"""The states of a unit of a run, and what scripts are told of them.

Source: the state machine of the project's reliability rules, sections 2 to 5.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where one unit of a run stands."""

    PLANNED = "planned"
    CONFIRMED = "confirmed"
    SUBMITTING = "submitting"
    """On disk before the first byte of the request; after a crash it can mean anything."""
    ACCEPTED = "accepted"
    """The service gave an order id; the resource is not gone yet, and the order may prove to be another's."""
    SETTLED = "settled"
    """The order is complete and the resource gone: the only success."""
    ORDER_FAILED = "order_failed"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    """It may have been executed or not; only reading tells."""
    GONE_NO_ORDER = "gone_no_order"
    NOT_EXECUTED = "not_executed"
    SKIPPED = "skipped"
    """Not sent: the resource was no longer what was confirmed, or the run was stopped."""


class Outcome(StrEnum):
    """The six coarse outcomes that scripts read."""

    PLANNED = "planned"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    SETTLED = "settled"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


OUTCOMES: dict[State, Outcome] = {
    State.PLANNED: Outcome.PLANNED,
    State.CONFIRMED: Outcome.PLANNED,
    State.SKIPPED: Outcome.PLANNED,
    State.NOT_EXECUTED: Outcome.PLANNED,
    State.SUBMITTING: Outcome.SUBMITTED,
    State.ACCEPTED: Outcome.ACCEPTED,
    State.SETTLED: Outcome.SETTLED,
    State.REJECTED: Outcome.REJECTED,
    State.ORDER_FAILED: Outcome.REJECTED,
    State.UNKNOWN: Outcome.UNKNOWN,
    State.GONE_NO_ORDER: Outcome.UNKNOWN,
}

TRANSITIONS: dict[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.CONFIRMED}),
    State.CONFIRMED: frozenset({State.SUBMITTING, State.SKIPPED}),
    State.SUBMITTING: frozenset({State.ACCEPTED, State.REJECTED, State.UNKNOWN, State.CONFIRMED}),
    State.UNKNOWN: frozenset({State.ACCEPTED, State.GONE_NO_ORDER, State.NOT_EXECUTED}),
    State.ACCEPTED: frozenset({State.SETTLED, State.ORDER_FAILED, State.UNKNOWN}),
    State.NOT_EXECUTED: frozenset({State.CONFIRMED}),
    State.GONE_NO_ORDER: frozenset({State.ACCEPTED}),
    State.SETTLED: frozenset(),
    State.ORDER_FAILED: frozenset(),
    State.REJECTED: frozenset(),
    State.SKIPPED: frozenset(),
}
"""From where to where a unit may go; SUBMITTING back to CONFIRMED only when nothing was sent.

ACCEPTED back to UNKNOWN only when the order that the service named is not the unit's.
"""

OPEN_STATES = frozenset({State.SUBMITTING, State.ACCEPTED, State.UNKNOWN})
"""States that still need reading; at most one open attempt per resource (rule S2)."""


def can_transition(state: State, new: State) -> bool:
    """Whether `new` may come directly after `state`."""
    return new in TRANSITIONS[state]
