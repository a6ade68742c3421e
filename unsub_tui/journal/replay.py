"""State of the journal, replayed from its events; events that contradict each other are rejected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from unsub_tui.domain.action import Action
from unsub_tui.domain.breakdown import Breakdown
from unsub_tui.domain.outcome import OPEN_STATES, State, can_transition
from unsub_tui.domain.run import PlanFileRef, Run, Unit
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.journal.codec import (
    AmountsDocument,
    BreakdownDocument,
    FollowupDocument,
    ItemDocument,
    ProblemDocument,
    RunDocument,
)
from unsub_tui.journal.events import GENESIS_HASH, Attempt, Entry, Event, RunClosed, RunStarted, UnitEntry, digest


class ReplayError(ValueError):
    """The journal contradicts itself; the message says at which event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitState:
    """The state of a unit after the events so far."""

    run_id: str
    index: int
    item: ItemDocument
    state: State
    changed: datetime
    seq: int
    """Number of the last event about the unit."""
    attempt: Attempt | None = None
    """The last request recorded before sending."""
    attempt_count: int = 0
    order_ids: tuple[str, ...] = ()
    """Orders that Huawei Cloud named, unless they are found not to be the unit's."""
    orders_event_seq: int = 0
    """Number of the event that named the orders."""
    disproved: tuple[str, ...] = ()
    """Orders that Huawei Cloud named but that are not the unit's."""
    candidates: tuple[str, ...] = ()
    problem: ProblemDocument | None = None
    exact: AmountsDocument | None = None
    order_status: int | None = None
    breakdown: BreakdownDocument | None = None
    action: Action = Action.UNSUBSCRIBE
    """The action of the run."""
    followup: FollowupDocument | None = None

    @property
    def is_open(self) -> bool:
        """Whether the outcome needs a status check."""
        return self.state in OPEN_STATES

    def to_unit(self) -> Unit:
        """Return the unit as a domain object."""
        item = self.item
        return Unit(
            run_id=self.run_id,
            index=self.index,
            resource_id=item.resource_id,
            resource_name=UntrustedText(item.resource_name),
            service_type_code=UntrustedText(item.service_type_code),
            resource_type_code=UntrustedText(item.resource_type_code),
            region_code=UntrustedText(item.region_code),
            attached_ids=item.attached_ids,
            state=self.state,
            changed=self.changed,
            order_id=self.order_ids[0] if self.order_ids else None,
            candidates=self.candidates,
            problem=self.problem.to_problem() if self.problem else None,
            estimate=item.estimate.to_amounts() if self.action.creates_order else None,
            exact=self.exact.to_amounts() if self.exact else None,
            order_status=self.order_status,
            breakdown=self._breakdown(),
            action=self.action,
            followup=self.followup.to_followup() if self.followup else None,
        )

    def _breakdown(self) -> Breakdown | None:
        """Return the refund details; `missing` names recorded figures that are out of range."""
        found = self.breakdown.to_breakdown() if self.breakdown else None
        gap = self.exact.out_of_range_text if self.exact else ""
        return replace(found or Breakdown(), missing=(gap, *(found.missing if found else ()))) if gap else found

    def apply(self, event: Event, entry: UnitEntry) -> UnitState:
        """Return the unit after this event; raise ReplayError if the event cannot follow."""
        is_update = self._is_update_in_same_state(entry)
        if not is_update and not can_transition(self.state, entry.state):
            raise ReplayError(f"event {event.seq}: {entry.state} cannot follow {self.state}")
        if (entry.attempt is not None) != (entry.state is State.SUBMITTING):
            raise ReplayError(f"event {event.seq}: only what is about to leave has an attempt")
        keeps_orders = entry.state is not State.UNKNOWN
        return replace(
            self,
            state=entry.state,
            changed=self.changed if is_update and self.state is State.SETTLED else event.written_at(),
            seq=event.seq,
            attempt=entry.attempt or self.attempt,
            attempt_count=self.attempt_count + (entry.attempt is not None),
            order_ids=(entry.order_ids or self.order_ids) if keeps_orders else (),
            orders_event_seq=event.seq if entry.order_ids else self.orders_event_seq,
            disproved=(*self.disproved, *entry.disproved),
            candidates=entry.candidates,
            problem=entry.problem,
            exact=entry.exact or self.exact,
            order_status=(entry.order_status or self.order_status) if keeps_orders else None,
            breakdown=entry.breakdown or self.breakdown,
            followup=entry.aftermath or self.followup,
        )

    def _is_update_in_same_state(self, entry: UnitEntry) -> bool:
        """Return whether an entry adds information without changing the unit's state."""
        if self.state is not entry.state:
            return False
        match self.state:
            case State.UNKNOWN:
                return True
            case State.ACCEPTED:
                return entry.order_status is not None and not entry.order_ids
            case State.SETTLED:
                return entry.breakdown is not None or entry.aftermath is not None
        return False


@dataclass(slots=True)
class RunState:
    """The state of a run after the events so far."""

    document: RunDocument
    units: list[UnitState]
    ended: datetime | None = None

    def to_run(self) -> Run:
        """Return the run as a domain object."""
        document = self.document
        return Run(
            run_id=document.run_id,
            started=document.started,
            ended=self.ended,
            account_id=document.account_id,
            account_name=UntrustedText(document.account_name),
            site=document.site,
            plan_digest=document.plan_digest,
            operator=document.operator,
            reason_text=UntrustedText(document.reason_text),
            units=tuple(unit.to_unit() for unit in self.units),
            reason=document.reason if document.action.creates_order else None,
            actor=document.person.to_actor() if document.person else None,
            plan_file=self._plan_file_ref(),
        )

    def _plan_file_ref(self) -> PlanFileRef | None:
        filed = self.document.filed
        if filed is None:
            return None
        return PlanFileRef(
            digest=filed.hash,
            planner=filed.planner.to_actor(),
            created=filed.created,
            ticket=UntrustedText(filed.ticket),
        )


@dataclass(slots=True)
class JournalState:
    """The state of an account's whole journal after the events so far."""

    runs: dict[str, RunState] = field(default_factory=dict)
    seq: int = 0
    """Number of the last event."""
    hash: str = GENESIS_HASH
    """Hash of the last event."""
    first_hash: str = ""
    """Hash of the first event, which identifies the journal wherever it is stored."""
    last_event: Event | None = None
    """The last event; None if there is none."""

    @classmethod
    def replay(cls, documents: dict[str, str], events: Iterable[Event]) -> JournalState:
        """Return the state after all events; `documents` are the stored run documents by run id. Raise ReplayError."""
        state = cls()
        for event in events:
            state.apply(event, documents.get(event.run_id, ""))
        if len(state.runs) != len(documents):
            raise ReplayError("a run was never started")
        return state

    def apply_unit(self, event: Event, changed: UnitState) -> None:
        """Apply the next event, created from this state, with the unit that results from it; nothing is verified."""
        self.runs[changed.run_id].units[changed.index] = changed
        self._advance(event)

    def apply(self, event: Event, document: str = "") -> UnitState | None:
        """Verify and apply an event read from disk; return the unit that it concerns. Raise ReplayError."""
        if event.seq != self.seq + 1 or event.previous != self.hash or event.compute_hash() != event.hash:
            raise ReplayError(f"event {event.seq} is not what was written, or one before it is missing")
        try:
            unit = self._apply_entry(event, event.decode_entry(), document)
        except (KeyError, IndexError, ValueError) as error:
            if isinstance(error, ReplayError):
                raise
            raise ReplayError(f"event {event.seq} is not understood") from error
        self._advance(event)
        return unit

    def _advance(self, event: Event) -> None:
        self.seq, self.hash, self.last_event = event.seq, event.hash, event
        self.first_hash = self.first_hash or event.hash

    def _apply_entry(self, event: Event, entry: Entry, document: str) -> UnitState | None:
        match entry:
            case RunStarted():
                self._start_run(event, entry, document)
            case RunClosed():
                self.runs[event.run_id].ended = event.written_at()
            case UnitEntry():
                return self._change_unit(event, entry)
            case _:
                assert_never(entry)
        return None

    def _start_run(self, event: Event, entry: RunStarted, document: str) -> None:
        if digest(document) != entry.document_hash or event.run_id in self.runs:
            raise ReplayError(f"event {event.seq}: the run's document is not what was written")
        run_document = RunDocument.model_validate_json(document)
        units = [
            UnitState(
                run_id=event.run_id,
                index=index,
                item=item,
                state=State.CONFIRMED,
                changed=event.written_at(),
                seq=event.seq,
                action=run_document.action,
            )
            for index, item in enumerate(run_document.items)
        ]
        self.runs[event.run_id] = RunState(run_document, units)

    def _change_unit(self, event: Event, entry: UnitEntry) -> UnitState:
        if event.unit is None or event.unit < 0:
            raise ReplayError(f"event {event.seq} names no unit")
        units = self.runs[event.run_id].units
        changed = units[event.unit].apply(event, entry)
        units[event.unit] = changed
        return changed

    def units(self) -> Iterator[UnitState]:
        """Yield all units of all runs, oldest run first."""
        for run in self.runs.values():
            yield from run.units

    def open_units(self) -> list[UnitState]:
        """Return the units that need a status check, oldest run first."""
        return [unit for unit in self.units() if unit.is_open]

    def owned_order_ids(self) -> frozenset[str]:
        """Return the ids of all unsubscription orders that are known to belong to a unit."""
        return frozenset(order_id for unit in self.units() for order_id in unit.order_ids)

    def order_owner(self, order_id: str) -> UnitState | None:
        """Return the unit that an order belongs to: the first one it was recorded for, or None.

        Huawei Cloud can name the same order for two units: it is then recorded for both but belongs to one.
        """
        claimants = [unit for unit in self.units() if order_id in unit.order_ids]
        return min(claimants, key=lambda unit: unit.orders_event_seq, default=None)
