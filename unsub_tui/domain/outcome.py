"""States of a run's units and the outcomes reported to scripts.

Source: state machine in sections 2 to 5 of the reliability rules.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """The state of a unit."""

    PLANNED = "planned"
    CONFIRMED = "confirmed"
    SUBMITTING = "submitting"
    """Written to disk before the request is sent; after a crash the outcome is unknown."""
    ACCEPTED = "accepted"
    """Huawei Cloud returned an order id; the resource still exists, and the order can turn out to be another unit's."""
    SETTLED = "settled"
    """The order is completed and the resource deleted; the only success."""
    ORDER_FAILED = "order_failed"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    """Possibly executed; only a status check can tell."""
    GONE_NO_ORDER = "gone_no_order"
    NOT_EXECUTED = "not_executed"
    SKIPPED = "skipped"
    """Not submitted: the resource no longer matched the confirmation, or the run was stopped."""


class Outcome(StrEnum):
    """The six summary outcomes for scripts."""

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
"""Permitted transitions. SUBMITTING returns to CONFIRMED only if nothing was sent.

ACCEPTED returns to UNKNOWN only if the order that Huawei Cloud named is not the unit's.
"""

OPEN_STATES = frozenset({State.SUBMITTING, State.ACCEPTED, State.UNKNOWN})
"""States that need a status check; a resource has at most one open attempt (rule S2)."""


def can_transition(state: State, new: State) -> bool:
    """Return whether `new` can directly follow `state`."""
    return new in TRANSITIONS[state]
