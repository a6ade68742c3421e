"""States of a run's units and the outcomes reported to scripts."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Outcome(StrEnum):
    """The six summary outcomes for scripts, by their JSON codes."""

    PLANNED = "planned"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    SETTLED = "settled"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


MOST_URGENT_FIRST = (
    Outcome.UNKNOWN,
    Outcome.SUBMITTED,
    Outcome.ACCEPTED,
    Outcome.REJECTED,
    Outcome.SETTLED,
    Outcome.PLANNED,
)
"""The outcomes in their order on the screen."""


class State(StrEnum):
    """The state of a unit: JSON code, outcome, and the codes of the states that can follow.

    A state that nothing can follow is final.
    """

    CONFIRMED = "confirmed", Outcome.PLANNED, "submitting", "skipped"
    """Confirmed by a person. SUBMITTING returns here only if nothing was executed.

    After a refusal because of another transaction, UNKNOWN follows too: the refusal may turn out to be doubtful.
    """
    SUBMITTING = "submitting", Outcome.SUBMITTED, "accepted", "rejected", "unknown", "confirmed"
    """Written to disk before the request is sent; after a crash the outcome is unknown."""
    ACCEPTED = "accepted", Outcome.ACCEPTED, "settled", "order_failed", "unknown"
    """Huawei Cloud returned an order id, and the resource still exists.

    UNKNOWN follows only if the order turns out to be another unit's.
    """
    SETTLED = "settled", Outcome.SETTLED
    """The order is completed and the resource deleted; the only success."""
    ORDER_FAILED = "order_failed", Outcome.REJECTED
    """Huawei Cloud accepted the request but did not execute its order."""
    REJECTED = "rejected", Outcome.REJECTED
    """Huawei Cloud rejected the request, and it was not executed."""
    UNKNOWN = "unknown", Outcome.UNKNOWN, "accepted", "gone_no_order", "not_executed"
    """Possibly executed; only a status check can tell."""
    GONE_NO_ORDER = "gone_no_order", Outcome.UNKNOWN, "accepted"
    """The resource is gone, and no order of the unit was found, or not yet."""
    NOT_EXECUTED = "not_executed", Outcome.PLANNED
    """After an unknown outcome, the resource was found unchanged, and the request can no longer be executed."""
    SKIPPED = "skipped", Outcome.PLANNED
    """Not submitted: the resource no longer matched the confirmation, or the run was stopped."""

    outcome: Outcome
    successors: frozenset[str]
    """Codes of the states that can follow."""

    def __new__(cls, code: str, outcome: Outcome, *successors: str) -> Self:
        """Return the state with this JSON code; `successors` are codes."""
        state = str.__new__(cls, code)
        state._value_ = code
        state.outcome, state.successors = outcome, frozenset(successors)
        return state

    @property
    def is_open(self) -> bool:
        """Whether the unit needs a status check."""
        return self in OPEN_STATES

    @property
    def is_final(self) -> bool:
        """Whether no other state can follow."""
        return not self.successors

    def can_become(self, state: State) -> bool:
        """Return whether `state` can directly follow."""
        return state in self.successors


OPEN_STATES = (State.SUBMITTING, State.ACCEPTED, State.UNKNOWN)
"""States that need a status check; a resource has at most one unit in such a state (rule S2)."""

UNMATCHED_STATES = frozenset(state for state in State if state.can_become(State.ACCEPTED))
"""States of units whose order may not be known yet."""

# Without SUBMITTING: only the unit whose answer is being examined has this state.
POSSIBLY_EXECUTED_STATES = frozenset({State.ACCEPTED, State.UNKNOWN, State.GONE_NO_ORDER, State.NOT_EXECUTED})
"""States in which a request may have been executed, so a rejection of a later one for the resource proves nothing."""
