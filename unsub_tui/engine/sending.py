"""Sends the units of a plan: one request at a time, each on disk before it leaves, none without a fresh read."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import assert_never
from uuid import uuid4

from unsub_tui.api.changes import Done
from unsub_tui.api.unsubscribe import (
    IN_TRANSACTION,
    Accepted,
    Answer,
    NotSent,
    Rejected,
    Throttled,
    Unauthorized,
    Unknown,
)
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.guards import barred, guards_for, protected, refused, too_much
from unsub_tui.domain.outcome import State
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.run import RunPaused, RunResumed
from unsub_tui.engine.couriers import Courier, Parcel
from unsub_tui.engine.followers import Followers
from unsub_tui.engine.freshness import Fresh, read_fresh
from unsub_tui.engine.order_checks import recorded_objections
from unsub_tui.engine.others import order_in_the_way
from unsub_tui.engine.racing import first_of
from unsub_tui.engine.session import Session
from unsub_tui.engine.watch import doubt
from unsub_tui.journal.documents import ProblemDocument
from unsub_tui.journal.entries import Attempt, UnitEntry
from unsub_tui.journal.state import UnitState

LONGEST_WAIT_SECONDS = 60.0
"""The most that the service's wish to be asked later is obeyed."""

REPEATS = 3
"""How often a request that certainly was not executed is repeated without asking (rule S7)."""

CLOCK_LIMIT = timedelta(minutes=5)
"""How far this machine's clock may be from the service's."""

HALTING = frozenset({ProblemKind.PERMISSION, ProblemKind.WRONG_SITE})
"""Refusals that the next units would meet too."""

_MAYBE_EXECUTED = frozenset({State.UNKNOWN, State.ACCEPTED, State.NOT_EXECUTED, State.GONE_NO_ORDER})


class Sender:
    """Carries the units out, in order."""

    def __init__(self, session: Session, courier: Courier, followers: Followers) -> None:
        self._session = session
        self._courier = courier
        self._followers = followers
        self._halted = False

    async def send_all(self, units: Sequence[UnitState]) -> None:
        """Send what may be sent, and mark the rest as skipped."""
        for position, unit in enumerate(units):
            trouble = await self._carry(unit)
            if trouble is not None and position + 1 < len(units):
                current = self._current(unit)
                await self._ask(trouble, current if current.state is State.UNKNOWN else None)
            if self._halted or not self._session.may_send:
                break
        self._session.check()
        self._skip_rest()

    async def _carry(self, unit: UnitState) -> Problem | None:
        """Bring one unit to where nothing more is to be sent for it; return what the next ones would meet too."""
        repeats = 0
        while await self._may_go_on():
            trouble = await self._try(unit)
            unit = self._current(unit)
            problem = trouble.problem if isinstance(trouble, Throttled | NotSent) else trouble
            if unit.state is not State.CONFIRMED:
                return problem
            if isinstance(trouble, Throttled | NotSent) and repeats < REPEATS:
                await self._session.rest(_wait(trouble, repeats, self._session))
                repeats += 1
            elif problem is not None:
                await self._ask(problem)
                repeats = 0
        return None

    async def _may_go_on(self) -> bool:
        """Wait for units that became unknown meanwhile (rule S4); return whether anything may be sent."""
        while self._followers.doubted and self._session.may_send and not self._halted:
            doubted, task = self._followers.doubted.pop()
            problem = await self._look_into(doubted, task)
            if problem is not None:
                await self._ask(problem, self._current(doubted))
        return self._session.may_send and not self._halted

    async def _try(self, unit: UnitState) -> Problem | Throttled | NotSent | None:
        """Read afresh and send once. Leaves the unit confirmed where it may be tried again."""
        hindrance = self._hindrance()
        if hindrance is not None:
            return hindrance
        if self._is_against(unit, self._guarded(unit)):
            return None
        try:
            fresh = await self._session.unless_stopped(read_fresh(self._session, unit))
        except UnsubError as error:
            return error.problem
        if fresh is None:
            return None
        if self._is_against(unit, fresh.drift or self._open_elsewhere(unit) or self._guarded(unit, fresh.resources)):
            return None
        if abs(self._session.server_offset()) > CLOCK_LIMIT:
            return Problem(kind=ProblemKind.CLOCK, detail=f"by {abs(self._session.server_offset())}")
        return self._overtaken(fresh) or await self._submit(unit)

    def _overtaken(self, fresh: Fresh) -> NotSent | None:
        """Return why another read has to come first: this one took too long, or another unit became unknown."""
        if self._session.clock.monotonic() - fresh.began > self._session.pace.fresh_seconds:
            return NotSent(Problem(kind=ProblemKind.NETWORK, detail="the read before the request took too long"))
        if self._followers.doubted:
            return NotSent(Problem(kind=ProblemKind.BAD_ANSWER, detail="an earlier request became unknown"))
        return None

    async def _submit(self, unit: UnitState) -> Problem | Throttled | NotSent | None:
        """Record the request, send it, record what became of it."""
        document = self._session.journal.book.runs[unit.run_id].document
        parcel = self._courier(unit.item.asked_ids, document)
        if parcel.resource_ids != unit.item.asked_ids:
            raise AssertionError("the request names something else than was confirmed")
        unit = self._session.record(unit, UnitEntry(state=State.SUBMITTING, attempt=self._attempt(unit, parcel)))
        hindrance = self._hindrance()
        if hindrance is not None or not self._session.may_send or self._guarded(unit) is not None:
            self._session.record(unit, UnitEntry(state=State.CONFIRMED))
            return hindrance
        self._session.parts.step("request begins")
        answer = await parcel.send()
        self._session.parts.step("request done")
        return await self._take(unit, answer)

    def _attempt(self, unit: UnitState, parcel: Parcel) -> Attempt:
        document = self._session.journal.book.runs[unit.run_id].document
        return Attempt(
            attempt_id=uuid4().hex,
            resource_ids=parcel.resource_ids,
            action=document.action,
            amounts=unit.item.estimate,
            request_hash=parcel.request_hash,
            sdk_date=parcel.sdk_date,
            sent=self._session.clock.now(),
            server_offset_seconds=self._session.server_offset().total_seconds(),
        )

    async def _take(self, unit: UnitState, answer: Answer | Done) -> Problem | Throttled | NotSent | None:
        """Record an answer; return what the next units would meet too."""
        match answer:
            case Accepted() | Done():
                return await self._accept(unit, answer.order_ids if isinstance(answer, Accepted) else ())
            case Rejected():
                return await self._refuse(unit, answer.problem)
            case Unknown():
                return await self._find_out(unit, answer.problem)
            case NotSent() | Throttled():
                self._back(unit, answer.problem)
                return answer
            case Unauthorized():
                self._back(unit, answer.problem)
                return answer.problem
            case _:
                assert_never(answer)

    async def _accept(self, unit: UnitState, order_ids: Sequence[str]) -> Problem | None:
        """Record what the service said; where the record itself disproves an order, look for the true one."""
        named = tuple(dict.fromkeys(order_ids))
        accepted = self._session.record(unit, UnitEntry(state=State.ACCEPTED, order_ids=named))
        reasons = recorded_objections(self._session.journal.book, accepted)
        if not reasons:
            self._followers.watch(accepted)
            return None
        unknown = doubt(self._session, accepted, reasons)
        return await self._look_into(unknown, self._followers.reconcile(unknown))

    async def _refuse(self, unit: UnitState, problem: Problem) -> Problem | None:
        """Record a definite refusal, or look into it where an earlier request may be the reason for it."""
        doubtful = await self._earlier_request(unit, problem)
        if doubtful is not None:
            return await self._find_out(unit, doubtful)
        self._session.record(unit, UnitEntry(state=State.REJECTED, problem=ProblemDocument.of(problem)))
        return problem if problem.kind in HALTING else None

    def _back(self, unit: UnitState, problem: Problem) -> None:
        """Record that nothing was done."""
        self._session.record(unit, UnitEntry(state=State.CONFIRMED, problem=ProblemDocument.of(problem)))

    async def _find_out(self, unit: UnitState, problem: Problem) -> Problem | None:
        """Record an unknown outcome and look into it; return the problem if it stays unknown."""
        unknown = self._session.record(unit, UnitEntry(state=State.UNKNOWN, problem=ProblemDocument.of(problem)))
        return await self._look_into(unknown, self._followers.reconcile(unknown))

    async def _look_into(self, unknown: UnitState, task: Awaitable[UnitState]) -> Problem | None:
        """Wait for a while for what became of a unit; return its problem if it stays unknown (rule S4)."""
        await first_of(task, self._session.rest(self._session.pace.reconcile_limit_seconds))
        self._session.check()
        current = self._current(unknown)
        return current.problem.problem() if current.state is State.UNKNOWN and current.problem else None

    async def _ask(self, problem: Problem, unknown: UnitState | None = None) -> None:
        """Let a person decide whether to go on, also after an `unknown` outcome, or do what was decided beforehand."""
        session = self._session
        if not session.may_send:
            return
        if not session.parts.attended:
            if not (unknown is not None and session.parts.keep_going):
                session.problem = problem
                self._halted = True
            return
        session.signals.ask()
        session.tell(RunPaused(run_id=session.run_id, problem=problem, unknown=unknown.unit() if unknown else None))
        if await session.decided():
            session.tell(RunResumed(run_id=session.run_id))

    def _hindrance(self) -> Problem | None:
        """Return why nothing may leave now: the lock is lost, or nobody can see it (rule S5)."""
        if not self._session.lock.is_held:
            return Problem(kind=ProblemKind.LOCKED, detail="the lock file of this run was removed or replaced")
        silence, limit = self._session.signals.silence(), self._session.pace.heartbeat_seconds
        if self._session.signals.is_held:
            return Problem(kind=ProblemKind.STOPPED, detail="the program was in the background meanwhile")
        if not self._session.parts.attended or silence <= limit:
            return None
        return Problem(kind=ProblemKind.STOPPED, detail=f"the screen gave no sign of life for {silence:.0f} s")

    def _is_against(self, unit: UnitState, problem: Problem | None) -> bool:
        """Whether something is against sending a unit; then it is skipped."""
        if problem is not None:
            self._session.record(unit, UnitEntry(state=State.SKIPPED, problem=ProblemDocument.of(problem)))
        return problem is not None

    def _guarded(self, unit: UnitState, resources: Sequence[Resource] = ()) -> Problem | None:
        """Return what the guards of this moment have against a unit: they may be stricter than when the run began."""
        parts, run = self._session.parts, self._session.journal.book.runs[unit.run_id]
        guards = guards_for(unit.action, parts.guards_in_force)
        amounts = [each.item.estimate.amounts() for each in run.units]
        objections = chain(
            barred(parts.account, guards),
            too_much(run.document.count, run.document.account_resources, amounts, guards),
            protected(resources, guards),
        )
        detail = next(objections, None)
        return None if detail is None else refused(detail)

    def _open_elsewhere(self, unit: UnitState) -> Problem | None:
        """Return why a resource with an open attempt is not sent again (rule S2)."""
        for other in self._session.journal.book.open_units():
            if not set(other.item.asked_ids).isdisjoint(unit.item.asked_ids):
                detail = f"run {clean(other.run_id)} has sent it before, and that is still {other.state}"
                return Problem(kind=ProblemKind.DRIFT, detail=detail)
        return None

    async def _earlier_request(self, unit: UnitState, problem: Problem) -> Problem | None:
        """Return the refusal if a transaction is in the way that may be an unsubscription of this resource.

        An earlier request that this record does not know may have been one of a record that was lost. What can be
        undone makes no transaction: a change neither has one nor leaves one behind.
        """
        if problem.code.raw != IN_TRANSACTION or unit.action.is_undoable:
            return None
        if self._may_be_ours(unit):
            return problem
        found = await self._session.unless_stopped(order_in_the_way(self._session, unit))
        if found is None:
            return replace(problem, detail="the run was stopped before earlier requests for it were looked for")
        return replace(problem, detail=found) if found else None

    def _may_be_ours(self, unit: UnitState) -> bool:
        """Whether this record has an earlier request for the resource that may have been carried out."""
        return unit.attempts > 1 or any(
            other.state in _MAYBE_EXECUTED
            and other.item.resource_id == unit.item.resource_id
            and not other.action.is_undoable
            for other in self._session.journal.book.units()
        )

    def _skip_rest(self) -> None:
        """Mark what will not be sent any more."""
        session = self._session
        for unit in list(session.journal.book.runs[session.run_id].units):
            if unit.state is State.CONFIRMED:
                stopped = Problem(kind=ProblemKind.STOPPED)
                session.problem = session.problem or stopped
                problem = None if session.signals.stop_asked else unit.problem
                entry = UnitEntry(state=State.SKIPPED, problem=problem or ProblemDocument.of(stopped))
                session.record(unit, entry)

    def _current(self, unit: UnitState) -> UnitState:
        return self._session.journal.book.runs[unit.run_id].units[unit.index]


def _wait(trouble: Throttled | NotSent, repeats: int, session: Session) -> float:
    asked = trouble.wait_seconds if isinstance(trouble, Throttled) else None
    schedule = session.pace.reconcile
    return schedule[min(repeats, len(schedule) - 1)] if asked is None else min(asked, LONGEST_WAIT_SECONDS)
