"""States of a run's units and the outcomes reported to scripts, each fact in one table."""

from __future__ import annotations

from enum import Flag, StrEnum, auto
from typing import Self


class Outcome(StrEnum):
    """The six summary outcomes for scripts: JSON code, and position on the screen (most urgent first)."""

    PLANNED = "planned", 5
    SUBMITTED = "submitted", 1
    ACCEPTED = "accepted", 2
    SETTLED = "settled", 4
    REJECTED = "rejected", 3
    UNKNOWN = "unknown", 0

    urgency: int

    def __new__(cls, code: str, urgency: int) -> Self:
        """Return the outcome with this JSON code."""
        outcome = str.__new__(cls, code)
        outcome._value_ = code
        outcome.urgency = urgency
        return outcome


class Trait(Flag):
    """Properties of a state."""

    NONE = 0
    OPEN = auto()
    """The unit needs a status check; a resource has at most one open unit (rule S2)."""
    MAYBE_EXECUTED = auto()
    """The unit's request may have been executed, so a rejection of a later request for the resource proves nothing.

    SUBMITTING lacks it: the unit whose answer is examined has this state, and no other unit can have it meanwhile.
    """


class State(StrEnum):
    """The state of a unit: JSON code, outcome, traits, and the codes of the states that can follow.

    A state that nothing can follow is final.
    """

    CONFIRMED = "confirmed", Outcome.PLANNED, Trait.NONE, "submitting", "skipped"
    """Confirmed by a person. SUBMITTING returns here only if nothing was executed."""
    SUBMITTING = "submitting", Outcome.SUBMITTED, Trait.OPEN, "accepted", "rejected", "unknown", "confirmed"
    """Written to disk before the request is sent; after a crash the outcome is unknown."""
    ACCEPTED = "accepted", Outcome.ACCEPTED, Trait.OPEN | Trait.MAYBE_EXECUTED, "settled", "order_failed", "unknown"
    """Huawei Cloud returned an order id, and the resource still exists.

    UNKNOWN follows only if the order turns out to be another unit's.
    """
    SETTLED = "settled", Outcome.SETTLED, Trait.NONE
    """The order is completed and the resource deleted; the only success."""
    ORDER_FAILED = "order_failed", Outcome.REJECTED, Trait.NONE
    """Huawei Cloud accepted the request but did not execute its order."""
    REJECTED = "rejected", Outcome.REJECTED, Trait.NONE
    """Huawei Cloud rejected the request, and it was not executed."""
    UNKNOWN = "unknown", Outcome.UNKNOWN, Trait.OPEN | Trait.MAYBE_EXECUTED, "accepted", "gone_no_order", "not_executed"
    """Possibly executed; only a status check can tell."""
    GONE_NO_ORDER = "gone_no_order", Outcome.UNKNOWN, Trait.MAYBE_EXECUTED, "accepted"
    """The resource is gone, and no order of the unit was found, or not yet."""
    NOT_EXECUTED = "not_executed", Outcome.PLANNED, Trait.MAYBE_EXECUTED
    """After an unknown outcome, the resource was found unchanged, and the request can no longer be executed."""
    SKIPPED = "skipped", Outcome.PLANNED, Trait.NONE
    """Not submitted: the resource no longer matched the confirmation, or the run was stopped."""

    outcome: Outcome
    traits: Trait
    successors: frozenset[str]
    """Codes of the states that can follow."""

    def __new__(cls, code: str, outcome: Outcome, traits: Trait, *successors: str) -> Self:
        """Return the state with this JSON code; `successors` are codes."""
        state = str.__new__(cls, code)
        state._value_ = code
        state.outcome, state.traits, state.successors = outcome, traits, frozenset(successors)
        return state

    @property
    def is_open(self) -> bool:
        """Whether the unit needs a status check."""
        return Trait.OPEN in self.traits

    @property
    def is_possibly_executed(self) -> bool:
        """Whether a rejection of a later request for the resource can be due to this unit's request."""
        return Trait.MAYBE_EXECUTED in self.traits

    @property
    def is_final(self) -> bool:
        """Whether no other state can follow."""
        return not self.successors

    def can_become(self, state: State) -> bool:
        """Return whether `state` can directly follow."""
        return state in self.successors


OPEN_STATES = tuple(state for state in State if state.is_open)
"""States that need a status check."""

UNMATCHED_STATES = frozenset(state for state in State if state.can_become(State.ACCEPTED))
"""States of units whose order may not be known yet."""
