"""Submits the units of a plan: one request at a time, journaled before sending, after a fresh read."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import assert_never

from unsub_tui.api.mutation_results import (
    TRANSACTION_IN_PROGRESS,
    Accepted,
    MutationResult,
    NotSent,
    Rejected,
    Throttled,
    Unauthorized,
    Unknown,
)
from unsub_tui.api.mutations import MutationClient, PreparedMutation
from unsub_tui.domain.fact import fact
from unsub_tui.domain.order import OrderStatus
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.run import RunPaused, RunResumed
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.run.control import RunPhase, first_completed
from unsub_tui.engine.run.external_orders import doubts_about_refusal, possible_earlier_request
from unsub_tui.engine.run.guard_reads import read_findings
from unsub_tui.engine.run.order_checks import recorded_mismatches
from unsub_tui.engine.run.policy import RunPolicy
from unsub_tui.engine.run.prechecks import (
    PrecheckResult,
    findings_violation,
    guard_violation,
    open_attempt_problem,
    revalidate,
    send_blocker,
)
from unsub_tui.engine.run.settle import record_mismatch
from unsub_tui.engine.run.settlement_tasks import SettlementTasks
from unsub_tui.journal import events
from unsub_tui.journal.replay import UnitState

HALTING_KINDS = frozenset({ProblemKind.PERMISSION, ProblemKind.ORGANIZATION, ProblemKind.WRONG_SITE})
"""Problem kinds of a rejection that would affect the following units too."""


@dataclass(frozen=True, slots=True)
class BusyResource:
    """Another transaction holds the resource: the request was refused, and is sent again after a delay."""

    delay_seconds: float


Trouble = Problem | Throttled | NotSent | BusyResource
"""Why a unit was not submitted, or what affects the next ones. All but a problem are repeated automatically."""


@dataclass(slots=True, eq=False)
class _QueuedUnit:
    """A unit that has to be submitted."""

    unit: UnitState
    due: float = 0
    """Monotonic time in seconds before which it is not submitted."""
    repeats: int = 0
    """Number of automatic retries since the user's last decision (rule S7)."""


class Sender:
    """Submits units in order; a unit with a busy resource is submitted again after the others."""

    def __init__(self, client: MutationClient, settlement_tasks: SettlementTasks) -> None:
        self._context = settlement_tasks.context
        self._client = client
        self._settlement_tasks = settlement_tasks

    async def send_all(self, units: Sequence[UnitState]) -> None:
        """Submit units until the run must end, and journal the rest as skipped.

        A unit with a busy resource goes to the end of the queue: its delay holds up no other unit.
        """
        queue = [_QueuedUnit(unit) for unit in units]
        while (queued := await self._take_next(queue)) is not None:
            trouble = await self._send_unit(queued)
            if isinstance(trouble, BusyResource):
                queued.due = self._context.clock.monotonic() + trouble.delay_seconds
                queue.append(queued)
            elif trouble is not None and queue:
                current = self._context.current(queued.unit)
                await self._pause_for_decision(trouble, current if current.state is State.UNKNOWN else None)
        self._context.raise_failure()
        self._skip_rest()

    async def _take_next(self, queue: list[_QueuedUnit]) -> _QueuedUnit | None:
        """Remove the first unit that is due and return it, after a wait if necessary; None if the run must end."""
        while queue and await self._can_continue():
            now = self._context.clock.monotonic()
            for queued in queue:
                if queued.due <= now:
                    queue.remove(queued)
                    return queued
            await self._context.sleep_until_stop(min(each.due for each in queue) - now)
        return None

    async def _send_unit(self, queued: _QueuedUnit) -> Problem | BusyResource | None:
        """Submit a unit, with retries, until it needs no more requests or its resource is busy.

        Return the problem if it affects later units.
        """
        unit = self._context.current(queued.unit)
        while await self._can_continue():
            trouble = await self._precheck_and_submit(unit)
            unit = self._context.current(unit)
            if isinstance(trouble, BusyResource):
                return trouble
            problem = trouble.problem if isinstance(trouble, Throttled | NotSent) else trouble
            if unit.state is not State.CONFIRMED:
                return problem
            if isinstance(trouble, Throttled | NotSent) and queued.repeats < RunPolicy.MAX_REPEATS:
                asked = trouble.retry_after_seconds if isinstance(trouble, Throttled) else None
                await self._context.sleep_until_stop(self._context.policy.retry_delay(queued.repeats, asked))
                queued.repeats += 1
            elif problem is not None:
                await self._pause_for_decision(problem)
                queued.repeats = 0
        return None

    async def _can_continue(self) -> bool:
        """Wait for units that became unknown in the meantime (rule S4); return whether submissions may continue."""
        while self._settlement_tasks.mismatched and self._context.can_send:
            unit, task = self._settlement_tasks.mismatched.pop()
            problem = await self._reconcile(unit, task)
            if problem is not None:
                await self._pause_for_decision(problem, self._context.current(unit))
        return self._context.can_send

    async def _precheck_and_submit(self, unit: UnitState) -> Trouble | None:
        """Precheck the unit and submit it once. The unit stays confirmed if it may be tried again."""
        context = self._context
        blocker = send_blocker(context)
        if blocker is not None:
            return blocker
        if self._skip_if_blocked(unit, guard_violation(context, unit)):
            return None
        try:
            doubtful = await context.unless_stopped(doubts_about_refusal(context, unit))
            findings = await context.unless_stopped(read_findings(context, unit))
            precheck = await context.unless_stopped(revalidate(context, unit))
        except UnsubError as error:
            return error.problem
        if doubtful is not None:
            return await self._record_unknown(unit, doubtful)
        if precheck is None or findings is None:
            return None
        violation = (
            open_attempt_problem(context, unit)
            or guard_violation(context, unit, precheck.resources)
            or findings_violation(context, unit, precheck.resources, findings)
        )
        if self._skip_if_blocked(unit, precheck.drift or violation):
            return None
        offset = abs(context.server_offset())
        if offset > RunPolicy.MAX_CLOCK_OFFSET:
            return Problem(kind=ProblemKind.CLOCK, facts=(fact("clock_offset", offset=str(offset)),))
        return self._stale_precheck(precheck) or await self._submit(unit)

    def _stale_precheck(self, precheck: PrecheckResult) -> NotSent | None:
        """Return why the precheck must be repeated: it took too long, or another unit became unknown."""
        if self._context.clock.monotonic() - precheck.started > self._context.policy.precheck_max_age_seconds:
            return NotSent(Problem(kind=ProblemKind.NETWORK, facts=(fact("precheck_too_old"),)))
        if self._settlement_tasks.mismatched:
            return NotSent(Problem(kind=ProblemKind.BAD_RESPONSE, facts=(fact("other_request_unknown"),)))
        return None

    async def _submit(self, unit: UnitState) -> Trouble | None:
        """Journal the request, send it, and journal the result."""
        request = self._prepare(unit)
        unit = self._context.record(unit, events.Submitting(attempt=self._new_attempt(request)))
        # The commit may have taken long: the lock, the screen and the guards are checked again just before the request.
        blocker = send_blocker(self._context)
        if blocker is not None or not self._context.can_send or guard_violation(self._context, unit) is not None:
            self._context.record(unit, events.Confirmed())
            return blocker
        answer = await self._client.send(request)
        return await self._record_answer(unit, answer)

    def _prepare(self, unit: UnitState) -> PreparedMutation:
        """Return the request of a unit, without any network call."""
        confirmation, ids = self._context.document(unit).confirmation, unit.item.requested_ids
        request = self._client.prepare(unit.action, ids, confirmation.reason, confirmation.reason_text)
        if request.resource_ids != ids:
            raise AssertionError("the request names something else than was confirmed")
        return request

    def _new_attempt(self, request: PreparedMutation) -> events.Attempt:
        return events.Attempt(
            resource_ids=request.resource_ids,
            request_hash=request.request_hash,
            sdk_date=request.sdk_date,
            sent=self._context.clock.now(),
            server_offset_seconds=self._context.server_offset().total_seconds(),
        )

    async def _record_answer(self, unit: UnitState, answer: MutationResult) -> Trouble | None:
        """Journal an answer; return a problem that affects the next units."""
        match answer:
            case Accepted():
                return await self._record_accepted(unit, answer)
            case Rejected():
                return await self._record_rejected(unit, answer.problem)
            case Unknown():
                return await self._record_unknown(unit, answer.problem)
            case NotSent() | Throttled() | Unauthorized():  # not executed, so the unit may be tried again
                self._context.record(unit, events.Confirmed(problem=answer.problem))
                return answer.problem if isinstance(answer, Unauthorized) else answer
            case _:
                assert_never(answer)

    async def _record_accepted(self, unit: UnitState, answer: Accepted) -> Problem | None:
        """Journal an accepted request; if the journal disproves the returned order, search for the right one."""
        named = tuple(dict.fromkeys(answer.order_ids))
        accepted = self._context.record(unit, events.Accepted(order_ids=named, notes=answer.notes))
        if answer.is_under_review:
            accepted = self._context.record(accepted, events.OrderStatusRead(order_status=OrderStatus.PENDING_APPROVAL))
        reasons = recorded_mismatches(self._context.journal.state, accepted)
        if not reasons:
            self._settlement_tasks.start_polling(accepted)
            return None
        return await self._reconcile(record_mismatch(self._context, accepted, reasons))

    async def _record_rejected(self, unit: UnitState, problem: Problem) -> Problem | BusyResource | None:
        """Journal a rejection, or reconcile the unit if an earlier request may have caused the rejection.

        A rejection because of another transaction of the resource proves that nothing was done. So the unit is
        confirmed again, until the time for such waits is used up.
        """
        doubtful = await possible_earlier_request(self._context, unit, problem)
        if doubtful is not None:
            return await self._record_unknown(unit, doubtful)
        if problem.code.raw == TRANSACTION_IN_PROGRESS and unit.action.unsubscribe_type is not None:
            delay, limit = self._context.policy.busy_delay(unit.busy_count), self._context.policy.busy_wait_seconds
            if delay is not None:
                waits = fact("busy_waits", seconds=round(delay), limit=round(limit))
                retry_at = self._context.clock.now() + timedelta(seconds=delay)
                self._context.record(unit, events.Busy(problem=replace(problem, facts=(waits,)), retry_at=retry_at))
                return BusyResource(delay)
            if unit.busy_count:
                problem = replace(problem, facts=(fact("busy_too_long", seconds=round(limit)),))
        self._context.record(unit, events.Rejected(problem=problem))
        return problem if problem.kind in HALTING_KINDS else None

    async def _record_unknown(self, unit: UnitState, problem: Problem) -> Problem | None:
        """Journal an unknown outcome and reconcile it; return the problem if it stays unknown."""
        return await self._reconcile(self._context.record(unit, events.Unknown(problem=problem)))

    async def _reconcile(self, unknown: UnitState, started: Awaitable[UnitState] | None = None) -> Problem | None:
        """Wait up to the reconcile limit for a unit's outcome; return its problem if it stays unknown (rule S4)."""
        task = started or self._settlement_tasks.start_reconciling(unknown)
        await first_completed(task, self._context.sleep_until_stop(self._context.policy.reconcile_limit_seconds))
        self._context.raise_failure()
        current = self._context.current(unknown)
        return current.problem if current.state is State.UNKNOWN else None

    async def _pause_for_decision(self, problem: Problem, unknown: UnitState | None = None) -> None:
        """Ask the user whether to continue. With `keep_going`, an unattended run continues after an unknown outcome."""
        context = self._context
        if not context.can_send:
            return
        if not context.config.attended:
            if not (unknown is not None and context.config.keep_going):
                context.problem = problem
                context.control.advance(RunPhase.DRAINING)
            return
        context.control.begin_decision()
        context.emit(RunPaused(problem=problem, unknown_unit=unknown))
        if await context.wait_for_decision():
            context.emit(RunResumed())

    def _skip_if_blocked(self, unit: UnitState, problem: Problem | None) -> bool:
        """Journal the unit as skipped if there is a problem; return whether it was skipped."""
        if problem is not None:
            self._context.record(unit, events.Skipped(problem=problem))
        return problem is not None

    def _skip_rest(self) -> None:
        """Journal the units that will not be submitted as skipped."""
        context = self._context
        stopped = Problem(kind=ProblemKind.STOPPED)
        for unit in list(context.journal.state.runs[context.run_id].units):
            if unit.state is State.CONFIRMED:
                context.problem = context.problem or stopped
                if unit.retry_at is not None:  # its problem announces another request
                    problem: Problem | None = replace(stopped, facts=(fact("waited_for_transaction"),))
                else:
                    problem = None if context.is_stopped else unit.problem
                context.record(unit, events.Skipped(problem=problem or stopped))
