"""A run: one execution of a plan, as the record knows it and as it is told while it happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from unsub_tui.domain.action import Action
from unsub_tui.domain.actor import Actor
from unsub_tui.domain.breakdown import Breakdown
from unsub_tui.domain.followup_result import FollowupResult
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.order import OrderStatus
from unsub_tui.domain.outcome import OPEN_STATES, OUTCOMES, Outcome, State
from unsub_tui.domain.plan import UnsubscribeReason
from unsub_tui.domain.problem import Problem
from unsub_tui.domain.untrusted_text import UntrustedText


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One item of a run, with all that is recorded of it."""

    run_id: str
    index: int
    """Position in the plan, from 0."""
    resource_id: str
    resource_name: UntrustedText
    service_type_code: UntrustedText
    resource_type_code: UntrustedText
    region_code: UntrustedText
    attached_ids: tuple[str, ...]
    state: State
    changed: datetime
    order_id: str | None = None
    candidates: tuple[str, ...] = ()
    """Orders that might be this unit's, while more than one remains."""
    problem: Problem | None = None
    estimate: Amounts | None = None
    exact: Amounts | None = None
    order_status: int | None = None
    """The vendor's state of the order, as last read."""
    breakdown: Breakdown | None = None
    """What came back in detail, as far as it is known."""
    action: Action = Action.UNSUBSCRIBE
    """What was asked for."""
    followup: FollowupResult | None = None
    """What was left of it when it was looked at after it was settled; None where nobody has looked yet."""

    @property
    def is_under_review(self) -> bool:
        """Whether the order waits for the vendor's approval."""
        return self.state is State.ACCEPTED and self.order_status == OrderStatus.PENDING_APPROVAL

    @property
    def outcome(self) -> Outcome:
        """The coarse outcome that scripts read."""
        return OUTCOMES[self.state]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFileRef:
    """What the record keeps of the plan file that a run came from."""

    digest: str
    planner: Actor
    created: datetime
    ticket: UntrustedText


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run with its units, as read from the journal."""

    run_id: str
    started: datetime
    ended: datetime | None
    account_id: str
    account_name: UntrustedText
    site: str
    plan_digest: str
    operator: str
    """Linux user, host and SSH origin, for the record."""
    reason_text: UntrustedText
    units: tuple[Unit, ...]
    reason: UnsubscribeReason | None = None
    actor: Actor | None = None
    """Who ran it and whom the vendor takes that user for; runs of older versions have the operator only."""
    plan_file: PlanFileRef | None = None
    """The plan file that it came from."""

    @property
    def action(self) -> Action | None:
        """What was asked for; None where units of several kinds of runs are settled together."""
        actions = {unit.action for unit in self.units}
        return actions.pop() if len(actions) == 1 else None

    @property
    def reversible_ids(self) -> tuple[str, ...]:
        """The resources for which it can be taken back: what is done, of what can be undone."""
        if self.action is None or not self.action.is_reversible:
            return ()
        return tuple(unit.resource_id for unit in self.units if unit.state is State.SETTLED)

    @property
    def is_under_review(self) -> bool:
        """Whether all that is open of it waits for the vendor's approval."""
        waiting = [unit for unit in self.units if unit.state in OPEN_STATES]
        return bool(waiting) and all(unit.is_under_review for unit in waiting)

    @property
    def counts_by_outcome(self) -> Mapping[Outcome, int]:
        """How many units ended how, in the order of `UnsubscribeOutcome`."""
        counts = Counter(unit.outcome for unit in self.units)
        return {outcome: counts[outcome] for outcome in Outcome if counts[outcome]}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitChanged:
    """A unit entered a state; already on disk."""

    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPaused:
    """The run waits for a person: an unknown outcome, refused keys, a stale screen."""

    run_id: str
    problem: Problem
    unknown_unit: Unit | None = None
    """The unit whose outcome is not known, where that is why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResumed:
    """A person let the paused run go on."""

    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStatusChanged:
    """What keeps it unknown how units are: a read failed, and is tried again."""

    problem: Problem | None
    """None once reads work again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStopping:
    """A stop was asked; what is in flight is still awaited."""

    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """Nothing more will be sent or read in this run; `run` is what the journal says."""

    run: Run
    problem: Problem | None = None
    """Why it ended early, if it did."""


RunEvent = UnitChanged | ReadStatusChanged | RunPaused | RunResumed | RunStopping | RunEnded
"""What a run tells, in order."""
