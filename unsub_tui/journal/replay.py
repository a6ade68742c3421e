"""State of the journal, replayed from its events; events that contradict each other are rejected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from unsub_tui.domain.fact import FactCode, fact
from unsub_tui.domain.run import Run, Unit
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.journal import events
from unsub_tui.journal.codec import ItemDocument, RunDocument
from unsub_tui.journal.events import GENESIS_HASH, Attempt, Entry, Event, UnitDetail, UnitEntry, digest


class ReplayError(ValueError):
    """The journal contradicts itself; the fact says at which event."""

    def __init__(self, code: FactCode, **values: str | int) -> None:
        self.fact = fact(code, **values)
        super().__init__(str(self.fact))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitState(Unit):
    """A unit after the events so far, with the data that only a run needs."""

    item: ItemDocument
    seq: int
    """Number of the last event about the unit."""
    attempt: Attempt | None = None
    """The last request recorded before sending."""
    first_attempt: Attempt | None = None
    """The request of which the last one is a repetition after refusals because of another transaction."""
    attempt_count: int = 0
    busy_count: int = 0
    """Number of these requests that Huawei Cloud refused because of another transaction."""
    orders_event_seq: int = 0
    """Number of the event that named the orders."""
    disproved: tuple[str, ...] = ()
    """Orders that Huawei Cloud named but that are not the unit's."""

    def apply(self, event: Event, entry: UnitEntry) -> UnitState:
        """Return the unit after this event; raise ReplayError if the event cannot follow."""
        if not self._can_follow(entry):
            raise ReplayError("event_contradictory", seq=event.seq, event=entry.kind, before=self.state)
        # The fields of an entry have the names of the unit's fields that they replace. Problem, candidates and the time
        # of the next request come from the last entry alone; entries that only draw a conclusion from the same problem
        # keep it.
        changes: dict[str, Any] = {name: getattr(entry, name) for name in type(entry).model_fields}
        match entry:
            case events.Submitting():
                changes["attempt_count"] = self.attempt_count + 1
                changes["first_attempt"] = (self.busy_count and self.first_attempt) or entry.attempt
            case events.Busy():
                changes["busy_count"] = self.busy_count + 1
            case events.Accepted():
                changes |= {"orders_event_seq": event.seq, "notes": (*self.notes, *entry.notes)}
            case events.OrdersDisproved():
                changes |= {"order_ids": (), "order_status": None, "disproved": (*self.disproved, *entry.order_ids)}
            case events.GoneNoOrder() | events.NotExecuted() | events.CandidatesFound():
                changes["problem"] = self.problem
        changed = self.changed if self.state.is_final else event.written_at()
        changes = {"problem": None, "candidates": (), "retry_at": None} | changes
        return replace(self, state=entry.state, changed=changed, seq=event.seq, **changes)

    def _can_follow(self, entry: UnitEntry) -> bool:
        """Return whether an entry can follow in this state, and agrees with the orders that are known."""
        match entry:
            case UnitDetail():
                return entry.state is self.state
            case events.OrdersDisproved():
                return self.state is State.ACCEPTED and set(entry.order_ids) <= set(self.order_ids)
            case events.Unknown():
                return self.state is State.SUBMITTING or (self.state is State.CONFIRMED and self.busy_count > 0)
        return self.state.can_become(entry.state)


@dataclass(slots=True)
class RunState:
    """The state of a run after the events so far."""

    document: RunDocument
    units: list[UnitState]
    ended: datetime | None = None

    def to_run(self) -> Run:
        """Return the run as a domain object."""
        document, confirmation = self.document, self.document.confirmation
        return Run(
            run_id=document.run_id,
            started=document.started,
            ended=self.ended,
            account=document.account,
            plan_digest=confirmation.digest,
            actor=document.actor,
            reason_text=UntrustedText(confirmation.reason_text),
            units=tuple(self.units),
            reason=confirmation.reason if document.action.unsubscribe_type is not None else None,
            one_by_one=document.one_by_one,
            plan_file=document.plan_file,
            refused=document.refused,
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
            raise ReplayError("run_not_started")
        return state

    def apply_unit(self, event: Event, changed: UnitState) -> None:
        """Apply the next event, created from this state, with the unit that results from it; nothing is verified."""
        self.runs[changed.run_id].units[changed.index] = changed
        self._advance(event)

    def apply(self, event: Event, document: str = "") -> None:
        """Verify and apply an event read from disk. Raise ReplayError."""
        if event.seq != self.seq + 1 or event.previous != self.hash or event.compute_hash() != event.hash:
            raise ReplayError("event_changed", seq=event.seq)
        try:
            self._apply_entry(event, event.decode(), document)
        except (KeyError, IndexError, ValueError) as error:
            if isinstance(error, ReplayError):
                raise
            raise ReplayError("event_unknown", seq=event.seq) from error
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
                    raise ReplayError("event_without_unit", seq=event.seq)
                units = self.runs[event.run_id].units
                units[event.unit] = units[event.unit].apply(event, entry)

    def _start_run(self, event: Event, entry: events.RunStarted, document: str) -> None:
        if digest(document) != entry.document_hash or event.run_id in self.runs:
            raise ReplayError("run_changed", seq=event.seq)
        run_document = RunDocument.model_validate_json(document)
        action = run_document.action
        units = [
            UnitState(
                run_id=event.run_id,
                index=index,
                resource_id=item.resource_id,
                resource_name=item.resource_name,
                service_type_code=item.service_type_code,
                resource_type_code=item.resource_type_code,
                region_code=item.region_code,
                attached_ids=item.attached_ids,
                attached_kinds=item.attached_kinds,
                bundled_ids=item.together_ids,
                item=item,
                state=State.CONFIRMED,
                changed=event.written_at(),
                seq=event.seq,
                estimate=item.estimate if action.creates_order else None,
                action=action,
                missing_backup_days=item.missing_backup_days,
                expected_leftovers=item.expected_leftovers,
                leftovers_unknown=item.leftovers_unknown,
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
        return [unit for unit in self.units() if unit.state.is_open]

    def owned_order_ids(self) -> frozenset[str]:
        """Return the ids of all unsubscription orders that are known to belong to a unit."""
        return frozenset(order_id for unit in self.units() for order_id in unit.order_ids)

    def order_owner(self, order_id: str) -> UnitState | None:
        """Return the unit that an order belongs to: the first one it was recorded for, or None.

        Huawei Cloud can name the same order for two units: it is then recorded for both but belongs to one.
        """
        claimants = [unit for unit in self.units() if order_id in unit.order_ids]
        return min(claimants, key=lambda unit: unit.orders_event_seq, default=None)
