"""Runs (executions of a plan) as recorded in the journal, and the events emitted while they execute."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from unsub_tui.domain.account import AccountRef, Actor
from unsub_tui.domain.action import Action
from unsub_tui.domain.breakdown import Breakdown
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.leftovers import SERVER_SERVICE, ExpectedLeftover, FollowupResult, LeftoverCheck
from unsub_tui.domain.money import Amounts, refund_difference
from unsub_tui.domain.order import UNDER_REVIEW
from unsub_tui.domain.plan import PlanFileRef, RecordedRefusal, UnsubscribeReason
from unsub_tui.domain.problem import Problem
from unsub_tui.domain.resource import RDS_SERVICE
from unsub_tui.domain.unit_state import Outcome, State
from unsub_tui.domain.untrusted_text import UntrustedText

BUNDLE_ONLY_CODE = "CBC.99003185"
"""Error code of Huawei Cloud if a request covers only a part of what can only be unsubscribed as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One item of a run with its recorded data."""

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
    attached_kinds: tuple[tuple[UntrustedText, UntrustedText], ...] = ()
    """Service and type of each resource of `attached_ids`; empty if they are not recorded."""
    bundled_ids: tuple[str, ...] = ()
    """Other primary resources in the same request: members of a bundle. `attached_ids` also contains them."""
    order_ids: tuple[str, ...] = ()
    """Orders that Huawei Cloud named, unless they are found not to be the unit's."""
    candidates: tuple[str, ...] = ()
    """Orders that may be this unit's, while there is more than one."""
    notes: tuple[Fact, ...] = ()
    """Failures of resources that were not requested, named in the response: possible leftovers."""
    problem: Problem | None = None
    retry_at: datetime | None = None
    """Time from which the unit is submitted again, while another transaction holds its resource."""
    estimate: Amounts | None = None
    exact: Amounts | None = None
    order_status: int | None = None
    """Huawei Cloud's order status, as last read."""
    resource_status: int | None = None
    """Status in which Huawei Cloud still lists the resource of a settled unit; None if it is gone."""
    breakdown: Breakdown | None = None
    action: Action = Action.UNSUBSCRIBE
    missing_backup_days: int = 0
    """Days within which it had no backup as a guard asks for, which was accepted; 0 if nothing was."""
    followup: FollowupResult | None = None
    """Result of the follow-up check after completion; None if there was no check yet."""
    expected_leftovers: tuple[ExpectedLeftover, ...] | None = None
    """What the services named as staying behind before the run; None if they were not asked."""
    leftovers_unknown: Fact | None = None
    """Why more may stay behind than they named; None if they named everything."""
    stays_behind: tuple[LeftoverCheck, ...] | None = None
    """What the services say after completion about the expected leftovers; None if they were not asked yet."""

    @property
    def affected_ids(self) -> tuple[str, ...]:
        """All resources that the item affects; a reversible change leaves attached ones as they are."""
        return (self.resource_id, *(self.attached_ids if self.action.includes_attached else ()))

    @property
    def order_id(self) -> str | None:
        """The first order; None if none is known."""
        return self.order_ids[0] if self.order_ids else None

    @property
    def is_under_review(self) -> bool:
        """Whether the order is awaiting approval by Huawei Cloud."""
        return self.state is State.ACCEPTED and self.order_status in UNDER_REVIEW

    @property
    def outcome(self) -> Outcome:
        """The summary outcome for scripts."""
        return self.state.outcome

    @property
    def more_leftovers_unknown(self) -> Fact | None:
        """Why more may stay behind than the expected leftovers; None if all of it was named before the run."""
        can_have_any = self.action.deletes_resource and self.service_type_code.raw in (SERVER_SERVICE, RDS_SERVICE)
        if self.expected_leftovers is None and can_have_any:
            return fact("leftovers_not_asked")
        return self.leftovers_unknown

    @property
    def was_rejected_as_part(self) -> bool:
        """Whether the unsubscription was rejected because its request covers only a part of a bundle."""
        code = self.problem.code.raw if self.problem is not None else ""
        return self.state is State.REJECTED and code == BUNDLE_ONLY_CODE and self.action.deletes_resource

    @property
    def refund_difference(self) -> Decimal | None:
        """The exact minus the estimated refund; None if either is unknown."""
        return refund_difference(self.estimate, self.exact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run with its units, as read from the journal."""

    run_id: str
    started: datetime
    ended: datetime | None
    account: AccountRef
    plan_digest: str
    actor: Actor
    reason_text: UntrustedText
    units: tuple[Unit, ...]
    reason: UnsubscribeReason | None = None
    one_by_one: bool = False
    """Whether its plan was made in queue mode."""
    plan_file: PlanFileRef | None = None
    refused: tuple[RecordedRefusal, ...] = ()
    """Resources that its plan left out: refused when it was reviewed or applied."""

    @property
    def action(self) -> Action | None:
        """The action of all units; None if units of several kinds of runs are checked together."""
        actions = {unit.action for unit in self.units}
        return actions.pop() if len(actions) == 1 else None

    @property
    def reversible_ids(self) -> tuple[str, ...]:
        """Resources whose completed change can be undone."""
        if self.action is None or self.action.inverse is None:
            return ()
        return tuple(unit.resource_id for unit in self.units if unit.state is State.SETTLED)

    @property
    def unfinished_ids(self) -> tuple[str, ...]:
        """Resources whose items failed or were not submitted, and are still as they were."""
        return tuple(unit.resource_id for unit in self.units if unit.outcome in {Outcome.REJECTED, Outcome.PLANNED})

    @property
    def rejected_part_ids(self) -> tuple[str, ...]:
        """Resources that were rejected because they are parts of bundles."""
        return tuple(unit.resource_id for unit in self.units if unit.was_rejected_as_part)

    @property
    def is_under_review(self) -> bool:
        """Whether there are pending units and all of them await approval by Huawei Cloud."""
        waiting = [unit for unit in self.units if unit.state.is_open]
        return bool(waiting) and all(unit.is_under_review for unit in waiting)

    @property
    def counts_by_outcome(self) -> Mapping[Outcome, int]:
        """Number of units by outcome, in the order of `Outcome`, without zeros."""
        counts = Counter(unit.outcome for unit in self.units)
        return {outcome: counts[outcome] for outcome in Outcome if counts[outcome]}


@dataclass(frozen=True, slots=True)
class EstimateAccuracy:
    """Comparison of past estimates in one currency with the exact figures."""

    currency: str
    compared_count: int
    exact_count: int
    """Number of estimates that were exact to the cent."""
    largest_difference: Decimal


def completed_unsubscriptions(units: Iterable[Unit]) -> list[Unit]:
    """Return the completed unsubscriptions among units."""
    return [unit for unit in units if unit.action.unsubscribe_type is not None and unit.state is State.SETTLED]


def has_completed_unsubscription(units: Iterable[Unit]) -> bool:
    """Return whether any of the units is a completed unsubscription."""
    return bool(completed_unsubscriptions(units))


def estimate_accuracy(units: Iterable[Unit]) -> list[EstimateAccuracy]:
    """Return the accuracy of the estimates of past units, for each currency."""
    by_currency: defaultdict[str, list[Decimal]] = defaultdict(list)
    for unit in units:
        difference = unit.refund_difference
        if difference is not None and unit.exact is not None:
            by_currency[unit.exact.currency].append(abs(difference))
    return [
        EstimateAccuracy(currency, len(found), found.count(Decimal(0)), max(found))
        for currency, found in sorted(by_currency.items())
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitChanged:
    """A unit changed; the change is already on disk."""

    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPaused:
    """The run is waiting for a person: unknown outcome, rejected credentials or an outdated screen."""

    problem: Problem
    unknown_unit: Unit | None = None
    """The unit with the unknown outcome, if that is the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResumed:
    """A person resumed the paused run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStatusChanged:
    """A status read failed and is being retried, or reads work again."""

    problem: Problem | None
    """The read error; None once reads work again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStopping:
    """A stop was requested; requests in flight are still awaited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """The run has ended and sends or reads nothing more; `run` is its state in the journal."""

    run: Run
    problem: Problem | None = None
    """Why the run ended early; None if it did not."""


RunEvent = UnitChanged | ReadStatusChanged | RunPaused | RunResumed | RunStopping | RunEnded
"""Events of a run, in order of emission."""
