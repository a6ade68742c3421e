"""State of the journal, replayed from its events; events that contradict each other are rejected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from unsub_tui.domain.action import Action
from unsub_tui.domain.breakdown import Breakdown
from unsub_tui.domain.fact import Code, FactCode, fact
from unsub_tui.domain.followup_result import FollowupResult
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.problem import Problem
from unsub_tui.domain.run import Run, Unit
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.journal import events
from unsub_tui.journal.codec import ItemDocument, RunDocument
from unsub_tui.journal.events import GENESIS_HASH, Attempt, Entry, Event, UnitDetail, UnitEntry, digest


class ReplayError(ValueError):
    """The journal contradicts itself; the fact says at which event."""

    def __init__(self, code: Code, **values: str | int) -> None:
        self.fact = fact(code, **values)
        super().__init__(str(self.fact))


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
    problem: Problem | None = None
    exact: Amounts | None = None
    order_status: int | None = None
    breakdown: Breakdown | None = None
    action: Action = Action.UNSUBSCRIBE
    """The action of the run."""
    followup: FollowupResult | None = None

    @property
    def is_open(self) -> bool:
        """Whether the outcome needs a status check."""
        return self.state.is_open

    def to_unit(self) -> Unit:
        """Return the unit as a domain object."""
        item = self.item
        return Unit(
            run_id=self.run_id,
            index=self.index,
            resource_id=item.resource_id,
            resource_name=item.resource_name,
            service_type_code=item.service_type_code,
            resource_type_code=item.resource_type_code,
            region_code=item.region_code,
            attached_ids=item.attached_ids,
            state=self.state,
            changed=self.changed,
            order_id=self.order_ids[0] if self.order_ids else None,
            candidates=self.candidates,
            problem=self.problem,
            estimate=item.estimate if self.action.creates_order else None,
            exact=self.exact,
            order_status=self.order_status,
            breakdown=self.breakdown,
            action=self.action,
            followup=self.followup,
        )

    def apply(self, event: Event, entry: UnitEntry) -> UnitState:
        """Return the unit after this event; raise ReplayError if the event cannot follow."""
        if not self._can_follow(entry):
            raise ReplayError(FactCode.EVENT_CONTRADICTORY, seq=event.seq, event=entry.kind, before=self.state)
        after = replace(
            self,
            state=entry.state,
            changed=self.changed if self.state.is_final else event.written_at(),
            seq=event.seq,
            problem=None,
            candidates=(),
        )
        return self._with_detail(after, entry) if isinstance(entry, UnitDetail) else self._with_new_state(after, entry)

    def _can_follow(self, entry: UnitEntry) -> bool:
        """Return whether an entry can follow in this state, and agrees with the orders that are known."""
        match entry:
            case UnitDetail():
                return entry.state is self.state
            case events.OrdersDisproved():
                return self.state is State.ACCEPTED and set(entry.order_ids) <= set(self.order_ids)
            case events.Unknown():
                return self.state is State.SUBMITTING
        return self.state.can_become(entry.state)

    def _with_new_state(self, after: UnitState, entry: UnitEntry) -> UnitState:
        match entry:
            case events.Submitting():
                return replace(after, attempt=entry.attempt, attempt_count=self.attempt_count + 1)
            case events.Accepted(order_ids=order_ids):
                return replace(after, order_ids=order_ids, orders_event_seq=after.seq)
            case events.OrdersDisproved(order_ids=order_ids, problem=problem):
                disproved = (*self.disproved, *order_ids)
                return replace(after, order_ids=(), order_status=None, disproved=disproved, problem=problem)
            case events.GoneNoOrder() | events.NotExecuted():
                return replace(after, problem=self.problem)
            case events.Settled(exact=exact):
                return replace(after, exact=exact)
            case events.Confirmed() | events.Skipped() | events.Rejected() | events.Unknown() | events.OrderFailed():
                return replace(after, problem=entry.problem)
        raise AssertionError(f"{entry.kind} is not handled")

    def _with_detail(self, after: UnitState, entry: UnitDetail) -> UnitState:
        match entry:
            case events.OrderStatusRead(order_status=order_status):
                return replace(after, order_status=order_status)
            case events.CandidatesFound(order_ids=order_ids):
                return replace(after, candidates=order_ids, problem=self.problem)
            case events.BreakdownRead(breakdown=breakdown):
                return replace(after, breakdown=breakdown)
            case events.FollowupChecked(result=result):
                return replace(after, followup=result)
        raise AssertionError(f"{entry.kind} is not handled")


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
            account_name=document.account_name,
            site=document.site,
            plan_digest=document.plan_digest,
            actor=document.actor,
            reason_text=UntrustedText(document.reason_text),
            units=tuple(unit.to_unit() for unit in self.units),
            reason=document.reason if document.action.creates_order else None,
            plan_file=document.plan_file,
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
            raise ReplayError(FactCode.RUN_NOT_STARTED)
        return state

    def apply_unit(self, event: Event, changed: UnitState) -> None:
        """Apply the next event, created from this state, with the unit that results from it; nothing is verified."""
        self.runs[changed.run_id].units[changed.index] = changed
        self._advance(event)

    def apply(self, event: Event, document: str = "") -> None:
        """Verify and apply an event read from disk. Raise ReplayError."""
        if event.seq != self.seq + 1 or event.previous != self.hash or event.compute_hash() != event.hash:
            raise ReplayError(FactCode.EVENT_CHANGED, seq=event.seq)
        try:
            self._apply_entry(event, event.decode(), document)
        except (KeyError, IndexError, ValueError) as error:
            if isinstance(error, ReplayError):
                raise
            raise ReplayError(FactCode.EVENT_UNKNOWN, seq=event.seq) from error
        self._advance(event)

    def _advance(self, event: Event) -> None:
        self.seq, self.hash, self.last_event = event.seq, event.hash, event
        self.first_hash = self.first_hash or event.hash

    def _apply_entry(self, event: Event, entry: Entry, document: str) -> None:
        match entry:
            case events.RunStarted():
                self._start_run(event, entry, document)
            case events.RunClosed():
                self.runs[event.run_id].ended = event.written_at()
            case UnitEntry():
                if event.unit is None or event.unit < 0:
                    raise ReplayError(FactCode.EVENT_WITHOUT_UNIT, seq=event.seq)
                units = self.runs[event.run_id].units
                units[event.unit] = units[event.unit].apply(event, entry)

    def _start_run(self, event: Event, entry: events.RunStarted, document: str) -> None:
        if digest(document) != entry.document_hash or event.run_id in self.runs:
            raise ReplayError(FactCode.RUN_CHANGED, seq=event.seq)
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
