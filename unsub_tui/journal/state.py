"""What the events of the record come to: replayed from the first, refused where they contradict each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from unsub_tui.domain.action import Action
from unsub_tui.domain.breakdown import Breakdown
from unsub_tui.domain.foreign import Foreign
from unsub_tui.domain.outcome import OPEN_STATES, State, may_follow
from unsub_tui.domain.run import FiledRef, Run, Unit
from unsub_tui.journal.documents import (
    AftermathDocument,
    AmountsDocument,
    BreakdownDocument,
    ItemDocument,
    ProblemDocument,
    RunDocument,
)
from unsub_tui.journal.entries import FIRST, Attempt, Entry, Event, RunClosed, RunStarted, UnitEntry, digest


class BrokenRecordError(ValueError):
    """The record contradicts itself; the text says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitState:
    """One unit, as the events so far tell."""

    run_id: str
    index: int
    item: ItemDocument
    state: State
    changed: datetime
    seq: int
    """The last event about it."""
    attempt: Attempt | None = None
    """The last request that was about to leave."""
    attempts: int = 0
    order_ids: tuple[str, ...] = ()
    """The orders that the service named, until one is found not to be the unit's."""
    orders_seq: int = 0
    """The event that named the orders."""
    disproved: tuple[str, ...] = ()
    """Orders that the service named and that are not the unit's."""
    candidates: tuple[str, ...] = ()
    problem: ProblemDocument | None = None
    exact: AmountsDocument | None = None
    order_status: int | None = None
    breakdown: BreakdownDocument | None = None
    action: Action = Action.UNSUBSCRIBE
    """What its run does."""
    aftermath: AftermathDocument | None = None

    @property
    def is_open(self) -> bool:
        """Whether only reading can tell what became of it."""
        return self.state in OPEN_STATES

    def unit(self) -> Unit:
        """Return it as the rest of the program knows units."""
        item = self.item
        return Unit(
            run_id=self.run_id,
            index=self.index,
            resource_id=item.resource_id,
            resource_name=Foreign(item.resource_name),
            service_type_code=Foreign(item.service_type_code),
            resource_type_code=Foreign(item.resource_type_code),
            region_code=Foreign(item.region_code),
            attached_ids=item.attached_ids,
            state=self.state,
            changed=self.changed,
            order_id=self.order_ids[0] if self.order_ids else None,
            candidates=self.candidates,
            problem=self.problem.problem() if self.problem else None,
            estimate=None if self.action.is_undoable else item.estimate.amounts(),
            exact=self.exact.amounts() if self.exact else None,
            order_status=self.order_status,
            breakdown=self._breakdown(),
            action=self.action,
            aftermath=self.aftermath.aftermath() if self.aftermath else None,
        )

    def _breakdown(self) -> Breakdown | None:
        """Return what came back in detail, and which of the recorded figures are out of range."""
        found = self.breakdown.breakdown() if self.breakdown else None
        gap = self.exact.gap if self.exact else ""
        return replace(found or Breakdown(), missing=(gap, *(found.missing if found else ()))) if gap else found

    def after(self, event: Event, entry: UnitEntry) -> UnitState:
        """Return the unit as it is after this event."""
        is_more = self._is_more_of_it(entry)
        if not is_more and not may_follow(self.state, entry.state):
            raise BrokenRecordError(f"event {event.seq}: {entry.state} cannot follow {self.state}")
        if (entry.attempt is not None) != (entry.state is State.SUBMITTING):
            raise BrokenRecordError(f"event {event.seq}: only what is about to leave has an attempt")
        keeps_orders = entry.state is not State.UNKNOWN
        return replace(
            self,
            state=entry.state,
            changed=self.changed if is_more and self.state is State.SETTLED else event.moment(),
            seq=event.seq,
            attempt=entry.attempt or self.attempt,
            attempts=self.attempts + (entry.attempt is not None),
            order_ids=(entry.order_ids or self.order_ids) if keeps_orders else (),
            orders_seq=event.seq if entry.order_ids else self.orders_seq,
            disproved=(*self.disproved, *entry.disproved),
            candidates=entry.candidates,
            problem=entry.problem,
            exact=entry.exact or self.exact,
            order_status=(entry.order_status or self.order_status) if keeps_orders else None,
            breakdown=entry.breakdown or self.breakdown,
            aftermath=entry.aftermath or self.aftermath,
        )

    def _is_more_of_it(self, entry: UnitEntry) -> bool:
        """Whether more became known in the state that the unit is in."""
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
    """One run, as the events so far tell."""

    document: RunDocument
    units: list[UnitState]
    ended: datetime | None = None

    def run(self) -> Run:
        """Return it as the rest of the program knows runs."""
        document = self.document
        return Run(
            run_id=document.run_id,
            started=document.started,
            ended=self.ended,
            account_id=document.account_id,
            account_name=Foreign(document.account_name),
            site=document.site,
            plan_digest=document.plan_digest,
            operator=document.operator,
            reason_text=Foreign(document.reason_text),
            units=tuple(unit.unit() for unit in self.units),
            reason=None if document.action.is_undoable else document.reason,
            person=document.person.person() if document.person else None,
            filed=self._filed(),
        )

    def _filed(self) -> FiledRef | None:
        filed = self.document.filed
        if filed is None:
            return None
        return FiledRef(
            digest=filed.hash, planner=filed.planner.person(), created=filed.created, ticket=Foreign(filed.ticket)
        )


@dataclass(slots=True)
class Book:
    """The whole record of one account, replayed."""

    runs: dict[str, RunState] = field(default_factory=dict)
    seq: int = 0
    """The last event."""
    hash: str = FIRST
    """The last event's hash."""
    first: str = ""
    """The first event's hash: it identifies the record wherever it lies."""
    last: Event | None = None
    """The last event; None where there is none."""

    @classmethod
    def replay(cls, documents: dict[str, str], events: Iterable[Event]) -> Book:
        """Return what the events come to; `documents` are the stored forms of the runs, by run id."""
        book = cls()
        for event in events:
            book.take(event, documents.get(event.run_id, ""))
        if len(book.runs) != len(documents):
            raise BrokenRecordError("a run was never started")
        return book

    def enter(self, event: Event, changed: UnitState) -> None:
        """Enter the next event, which was made from this book, with what it makes of its unit."""
        self.runs[changed.run_id].units[changed.index] = changed
        self._pass(event)

    def take(self, event: Event, document: str = "") -> UnitState | None:
        """Take in the next event as it was read; return the unit it is about. Raises BrokenRecordError."""
        if event.seq != self.seq + 1 or event.previous != self.hash or event.seal() != event.hash:
            raise BrokenRecordError(f"event {event.seq} is not what was written, or one before it is missing")
        try:
            unit = self._take(event, event.entry(), document)
        except (KeyError, IndexError, ValueError) as error:
            if isinstance(error, BrokenRecordError):
                raise
            raise BrokenRecordError(f"event {event.seq} is not understood") from error
        self._pass(event)
        return unit

    def _pass(self, event: Event) -> None:
        self.seq, self.hash, self.last = event.seq, event.hash, event
        self.first = self.first or event.hash

    def _take(self, event: Event, entry: Entry, document: str) -> UnitState | None:
        match entry:
            case RunStarted():
                self._start(event, entry, document)
            case RunClosed():
                self.runs[event.run_id].ended = event.moment()
            case UnitEntry():
                return self._change(event, entry)
            case _:
                assert_never(entry)
        return None

    def _start(self, event: Event, entry: RunStarted, document: str) -> None:
        if digest(document) != entry.document_hash or event.run_id in self.runs:
            raise BrokenRecordError(f"event {event.seq}: the run's document is not what was written")
        read = RunDocument.model_validate_json(document)
        units = [
            UnitState(
                run_id=event.run_id,
                index=index,
                item=item,
                state=State.CONFIRMED,
                changed=event.moment(),
                seq=event.seq,
                action=read.action,
            )
            for index, item in enumerate(read.items)
        ]
        self.runs[event.run_id] = RunState(read, units)

    def _change(self, event: Event, entry: UnitEntry) -> UnitState:
        if event.unit is None or event.unit < 0:
            raise BrokenRecordError(f"event {event.seq} names no unit")
        units = self.runs[event.run_id].units
        changed = units[event.unit].after(event, entry)
        units[event.unit] = changed
        return changed

    def units(self) -> Iterator[UnitState]:
        """Yield every unit of every run, oldest run first."""
        for run in self.runs.values():
            yield from run.units

    def open_units(self) -> list[UnitState]:
        """Return the units that only reading can settle, oldest run first."""
        return [unit for unit in self.units() if unit.is_open]

    def owned_orders(self) -> frozenset[str]:
        """Return every unsubscription order that is known to belong to a unit."""
        return frozenset(order_id for unit in self.units() for order_id in unit.order_ids)

    def owner(self, order_id: str) -> UnitState | None:
        """Return the unit that an order belongs to: the first that it was recorded for. None if there is none.

        The service can name one order for two units. Then it is recorded for both and belongs to one.
        """
        claimants = [unit for unit in self.units() if order_id in unit.order_ids]
        return min(claimants, key=lambda unit: unit.orders_seq, default=None)
