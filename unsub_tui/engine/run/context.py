"""Inputs and shared state of one run: settings, journal, read client, clock, controls and events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from unsub_tui.api.client import BssClient
from unsub_tui.api.connection import Connection
from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.actor import Actor
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.run import ReadStatusChanged, RunEvent, UnitChanged
from unsub_tui.engine.run.control import RunControl, first_completed
from unsub_tui.engine.run.event_log import EventLog
from unsub_tui.engine.run.policy import Clock, RunPolicy
from unsub_tui.journal.events import UnitEntry
from unsub_tui.journal.lock import AccountLock
from unsub_tui.journal.replay import UnitState
from unsub_tui.journal.store import Journal

Answer = TypeVar("Answer")

NON_TRANSIENT_KINDS = frozenset(
    {ProblemKind.CREDENTIALS, ProblemKind.PERMISSION, ProblemKind.WRONG_SITE, ProblemKind.CLOCK}
)
"""Problems of a read that a later retry cannot resolve."""


def _no_step(_: str) -> None:
    """Ignore the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """All inputs of a run except its plan."""

    connection: Connection
    account: AccountRef
    state_dir: Path
    guards: Guards
    operator: str
    """Linux user, host and SSH origin."""
    clock: Clock
    policy: RunPolicy
    attended: bool
    """Whether a user watches the run: it then requires heartbeats, and pauses where it would otherwise end."""
    keep_going: bool = False
    """Whether an unattended run continues to submit after an unknown outcome."""
    on_step: Callable[[str], None] = _no_step
    """Called before and after every journal commit, request and read, in the run's thread."""
    actor: Actor | None = None
    """The operator with the Huawei Cloud user of the credentials; None if unknown."""
    get_guards: Callable[[], Guards] | None = None
    """Returns the current guards, which may become stricter during the run. Called in the run's thread."""
    runtime_dirs: tuple[Path, ...] = ()
    """Candidate directories for the lock that all state directories of this user share."""
    cache_dir: Path | None = None
    """Directory for the copy of the journal's head; None for no copy."""

    @property
    def actor_or_operator(self) -> Actor:
        """The actor, or an actor with the operator only."""
        return self.actor or Actor(operator=self.operator)

    @property
    def current_guards(self) -> Guards:
        """The guards currently in force."""
        return self.get_guards() if self.get_guards is not None else self.guards


class RunContext:
    """State of an active run. Use it in the run's thread only."""

    def __init__(
        self,
        *,
        run_id: str,
        config: RunConfig,
        lock: AccountLock,
        journal: Journal,
        reader: BssClient,
        control: RunControl,
        event_log: EventLog,
    ) -> None:
        self.run_id = run_id
        self.config = config
        self.lock = lock
        self.clock = config.clock
        self.policy = config.policy
        self.journal = journal
        self.reader = reader
        self.control = control
        self.problem: Problem | None = None
        """The problem that ends the run early."""
        self.unknown_limit_seconds = config.policy.resume_limit_seconds
        """Seconds to keep checking unknown outcomes after the last submission."""
        self.follow_until_settled = False
        """Whether accepted orders are polled without a time limit until they complete, because a user is watching."""
        self._event_log = event_log
        self._read_problems: dict[tuple[str, int], tuple[ProblemKind, str]] = {}
        """Kind and code of the last failed read, by unit."""
        self._error: BaseException | None = None
        self._failed = asyncio.Event()
        self._draining_since: float | None = None
        self._draining = asyncio.Event()

    @property
    def can_send(self) -> bool:
        """Whether requests may be sent: no stop was requested, and no fatal error has occurred."""
        return not self.control.is_stop_requested and self._error is None

    @property
    def has_failed(self) -> bool:
        """Whether a fatal error has occurred, usually a failed write to the journal."""
        return self._error is not None

    def record_failure(self, error: BaseException) -> None:
        """Store the first fatal error and wake `wait_for_decision`."""
        self._error = self._error or error
        self._failed.set()

    def raise_failure(self) -> None:
        """Raise the fatal error, if there is one."""
        if self._error is not None:
            raise self._error

    def emit(self, event: RunEvent) -> None:
        """Add an event to the run's event log."""
        self._event_log.put(event)

    def record(self, unit: UnitState, entry: UnitEntry) -> UnitState:
        """Commit an entry to the journal, then emit it: nothing is shown before it is on disk."""
        self.config.on_step(f"commit {entry.state} begins")
        try:
            changed = self.journal.record_unit(unit, entry, self.clock.now())
        except UnsubError as error:
            self.record_failure(error)
            raise
        self.config.on_step(f"commit {entry.state} done")
        self.emit(UnitChanged(unit=changed.to_unit()))
        return changed

    async def read(self, name: str, answer: Awaitable[Answer]) -> Answer:
        """Await a read from Huawei Cloud, and report its start and end as steps."""
        self.config.on_step(f"read {name} begins")
        found = await answer
        self.config.on_step(f"read {name} done")
        return found

    async def unless_stopped(self, work: Coroutine[None, None, Answer]) -> Answer | None:
        """Await a read that may be canceled at any time; return None if a stop is requested first."""
        task = asyncio.ensure_future(work)
        try:
            await first_completed(task, self.control.wait_for_stop())
            return task.result() if task.done() else None
        finally:
            task.cancel()

    def handle_read_error(self, unit: UnitState, error: UnsubError) -> bool:
        """Report a failed read. Return whether to give up reading; raise the error if the run has already failed.

        Give up after the last submission, if a retry cannot succeed.
        """
        if self.has_failed:
            raise error
        if self._draining_since is None or error.problem.kind not in NON_TRANSIENT_KINDS:
            self.update_read_problem(unit, error.problem)
            return False
        self.problem = self.problem or error.problem
        return True

    def update_read_problem(self, unit: UnitState, problem: Problem | None) -> None:
        """Store or clear the problem of a unit's last read. Emit a new kind of problem, and the end of all problems."""
        before, key = set(self._read_problems.values()), (unit.run_id, unit.index)
        if problem is not None:
            self._read_problems[key] = (problem.kind, problem.code.raw)
        else:
            self._read_problems.pop(key, None)
        after = set(self._read_problems.values())
        if problem is not None and not after <= before:
            self.emit(ReadStatusChanged(problem=problem))
        elif before and not after:
            self.emit(ReadStatusChanged(problem=None))

    def server_offset(self) -> timedelta:
        """Return Huawei Cloud's clock minus the local clock, or zero if unknown."""
        return self.reader.server_time_offset or timedelta()

    def start_draining(self) -> None:
        """Mark the end of submissions; the time limits of status checks start now."""
        self._draining_since = self.clock.monotonic()
        self._draining.set()

    async def wait_between_polls(self, seconds: float, limit_seconds: float) -> None:
        """Wait between two reads, within the time limit; wake early when submissions end."""
        if self._draining_since is not None:
            await self.clock.sleep(max(0, min(seconds, self.seconds_left(limit_seconds))))
            return
        await first_completed(self.clock.sleep(seconds), self._draining.wait())

    async def sleep_until_stop(self, seconds: float) -> None:
        """Wait before a submission; a stop request ends the wait."""
        await first_completed(self.clock.sleep(seconds), self.control.wait_for_stop())

    async def wait_for_decision(self) -> bool:
        """Wait for the user's decision, and return whether the run continues. Raise a fatal error."""
        await first_completed(self.control.wait_for_decision(), self._failed.wait())
        self.raise_failure()
        return self.can_send

    def seconds_left(self, limit_seconds: float) -> float:
        """Return the seconds left of a time limit that starts after the last submission; infinity before that."""
        if self._draining_since is None:
            return float("inf")
        return self._draining_since + limit_seconds - self.clock.monotonic()
