"""Inputs and shared state of one run: settings, journal, read client, clock, controls and events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, repeat
from math import inf
from pathlib import Path
from typing import TypeVar

from unsub_tui.api.client import BssClient
from unsub_tui.api.connection import Connection
from unsub_tui.domain.account import AccountRef, Actor
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.inventory.subject import InventoryThresholds
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.run import ReadStatusChanged, RunEvent, UnitChanged
from unsub_tui.engine.run.control import EventLog, RunControl, RunPhase, first_completed
from unsub_tui.engine.run.policy import Clock, RunPolicy
from unsub_tui.journal import events
from unsub_tui.journal.codec import RunDocument
from unsub_tui.journal.lock import AccountLock
from unsub_tui.journal.replay import UnitState
from unsub_tui.journal.store import Journal

Answer = TypeVar("Answer")

NON_TRANSIENT_KINDS = frozenset(
    {
        ProblemKind.CREDENTIALS,
        ProblemKind.PERMISSION,
        ProblemKind.ORGANIZATION,
        ProblemKind.WRONG_SITE,
        ProblemKind.CLOCK,
    }
)
"""Problems of a read that a later retry cannot resolve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """All inputs of a run except its plan."""

    connection: Connection
    account: AccountRef
    state_dir: Path
    get_guards: Callable[[], Guards]
    """Returns the current guards, which may become stricter during the run. Called in the run's thread."""
    actor: Actor
    """The local user and, if known, the Huawei Cloud user of the credentials."""
    clock: Clock
    policy: RunPolicy
    attended: bool
    """Whether a user watches the run: it then requires heartbeats, and pauses where it would otherwise end."""
    keep_going: bool = False
    """Whether an unattended run continues to submit after an unknown outcome."""
    runtime_dirs: tuple[Path, ...] = ()
    """Candidate directories for the lock that all state directories of this user share."""
    inventory_thresholds: InventoryThresholds | None = None
    """Thresholds of conclusions about resources, for guards; None for the defaults."""
    cache_dir: Path | None = None
    """Directory for the copy of the journal's head; None for no copy."""


@dataclass(kw_only=True)
class RunContext:
    """Shared objects and state of an active run. Use it in the run's thread only."""

    run_id: str
    config: RunConfig
    lock: AccountLock
    journal: Journal
    reader: BssClient
    control: RunControl
    event_log: EventLog
    problem: Problem | None = None
    """The problem that ends the run early."""
    _read_problems: dict[tuple[str, int], tuple[ProblemKind, str]] = field(default_factory=dict, init=False)
    """Kind and code of the last failed read, by unit."""
    _error: BaseException | None = field(default=None, init=False)

    @property
    def clock(self) -> Clock:
        """The clock of the run."""
        return self.config.clock

    @property
    def policy(self) -> RunPolicy:
        """The limits of the run."""
        return self.config.policy

    @property
    def can_send(self) -> bool:
        """Whether requests may be sent."""
        return self.control.phase is RunPhase.SUBMITTING

    @property
    def is_stopped(self) -> bool:
        """Whether a stop was requested."""
        return self.control.phase >= RunPhase.STOPPING

    @property
    def has_failed(self) -> bool:
        """Whether a fatal error has occurred, usually a failed write to the journal."""
        return self._error is not None

    def record_failure(self, error: BaseException) -> None:
        """Store the first fatal error; nothing is sent after it."""
        self._error = self._error or error
        self.control.advance(RunPhase.FAILED)

    def raise_failure(self) -> None:
        """Raise the fatal error, if there is one."""
        if self._error is not None:
            raise self._error

    def emit(self, event: RunEvent) -> None:
        """Add an event to the run's event log."""
        self.event_log.put(event)

    def current(self, unit: UnitState) -> UnitState:
        """Return the current state of a unit."""
        return self.journal.state.runs[unit.run_id].units[unit.index]

    def document(self, unit: UnitState) -> RunDocument:
        """Return the recorded plan of the unit's run."""
        return self.journal.state.runs[unit.run_id].document

    def record(self, unit: UnitState, entry: events.UnitEntry) -> UnitState:
        """Commit an entry to the journal, then emit it: nothing is shown before it is on disk."""
        try:
            changed = self.journal.record_unit(unit, entry, self.clock.now())
        except UnsubError as error:
            self.record_failure(error)
            raise
        self.emit(UnitChanged(unit=changed))
        return changed

    def server_offset(self) -> timedelta:
        """Return Huawei Cloud's clock minus the local clock, or zero if unknown."""
        return self.reader.transport.server_time_offset or timedelta()

    async def poll_until_changed(
        self,
        unit: UnitState,
        read_once: Callable[[UnitState], Awaitable[UnitState]],
        delays: Sequence[float],
        limit_seconds: Callable[[], float],
        *,
        immediately: bool = False,
    ) -> UnitState:
        """Call `read_once` until it changes the unit's state, and return the unit.

        Failed reads are repeated. The polling ends at the time limit, which starts when nothing more is submitted, or
        then at a problem that a later read cannot resolve.
        """
        first_state = unit.state
        for delay in chain(delays, repeat(delays[-1])):
            if not immediately:
                await self._wait_between_polls(delay, limit_seconds())
            immediately = False
            try:
                unit = await read_once(unit)
            except UnsubError as error:
                if self.handle_read_error(unit, error):
                    break
            else:
                self._update_read_problem(unit, None)
            if unit.state is not first_state or self._seconds_left(limit_seconds()) <= 0:
                break
        return unit

    def handle_read_error(self, unit: UnitState, error: UnsubError) -> bool:
        """Report a failed read. Return whether to give up reading; raise the error if the run has already failed.

        Give up after the last submission, if a retry cannot succeed.
        """
        if self.has_failed:
            raise error
        if self.can_send or error.problem.kind not in NON_TRANSIENT_KINDS:
            self._update_read_problem(unit, error.problem)
            return False
        self.problem = self.problem or error.problem
        return True

    async def unless_stopped(self, work: Coroutine[None, None, Answer]) -> Answer | None:
        """Await a read that may be canceled at any time; return None if a stop is requested first."""
        task = asyncio.ensure_future(work)
        try:
            await first_completed(task, self.control.wait_for(RunPhase.STOPPING))
            return task.result() if task.done() else None
        finally:
            task.cancel()

    async def sleep_until_stop(self, seconds: float) -> None:
        """Wait before a submission; a stop request or a fatal error ends the wait."""
        await first_completed(self.clock.sleep(seconds), self.control.wait_for(RunPhase.DRAINING))

    async def wait_for_decision(self) -> bool:
        """Wait for the user's decision, and return whether the run continues. Raise a fatal error."""
        await self.control.wait_for_decision()
        self.raise_failure()
        return self.can_send

    async def _wait_between_polls(self, seconds: float, limit_seconds: float) -> None:
        """Wait between two reads, within the time limit; wake early when submissions end."""
        if self.can_send:
            await first_completed(self.clock.sleep(seconds), self.control.wait_for(RunPhase.DRAINING))
        else:
            await self.clock.sleep(max(0, min(seconds, self._seconds_left(limit_seconds))))

    def _seconds_left(self, limit_seconds: float) -> float:
        """Return the seconds left of a time limit that starts after the last submission; infinity before that."""
        ended = self.control.submissions_ended
        return inf if ended is None else ended + limit_seconds - self.clock.monotonic()

    def _update_read_problem(self, unit: UnitState, problem: Problem | None) -> None:
        """Store or clear the problem of a unit's last read. Emit a new kind of problem, and the end of all problems."""
        before, key = set(self._read_problems.values()), (unit.run_id, unit.index)
        if problem is not None:
            self._read_problems[key] = (problem.kind, problem.code.raw)
        else:
            self._read_problems.pop(key, None)
        after = set(self._read_problems.values())
        # All units share one line of the screen: a problem that another unit has too is no news.
        if problem is not None and not after <= before:
            self.emit(ReadStatusChanged(problem=problem))
        elif before and not after:
            self.emit(ReadStatusChanged(problem=None))
