"""What the parts of one run share: the record, the reading client, the clock, and the way to the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from datetime import timedelta
from typing import TypeVar

from unsub_tui.api.client import BssClient
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.run import ReadStatusChanged, RunEvent, UnitChanged
from unsub_tui.engine.run.event_log import EventLog
from unsub_tui.engine.run.first_completed import first_completed
from unsub_tui.engine.run.run_config import RunConfig
from unsub_tui.engine.run.run_control import RunControl
from unsub_tui.journal.events import UnitEntry
from unsub_tui.journal.lock import AccountLock
from unsub_tui.journal.replay import UnitState
from unsub_tui.journal.store import Journal

Answer = TypeVar("Answer")

NON_TRANSIENT_KINDS = frozenset(
    {ProblemKind.CREDENTIALS, ProblemKind.PERMISSION, ProblemKind.WRONG_SITE, ProblemKind.CLOCK}
)
"""Troubles of reads that no later read gets over by itself."""


class RunContext:
    """One run while it lasts. Used in the run's thread only."""

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
        """Why the run ends early."""
        self.unknown_limit_seconds = config.policy.resume_limit_seconds
        """How long unknown outcomes are looked into once nothing is left to send."""
        self.follow_until_settled = False
        """Whether accepted orders are followed until they are done, however long that takes: somebody is there."""
        self._event_log = event_log
        self._read_problems: dict[tuple[str, int], tuple[ProblemKind, str]] = {}
        """By unit: kind and code of what its last read met."""
        self._error: BaseException | None = None
        self._failed = asyncio.Event()
        self._draining_since: float | None = None
        self._draining = asyncio.Event()

    @property
    def can_send(self) -> bool:
        """Whether a request may leave at all: no stop was asked, and the record can be written."""
        return not self.control.is_stop_requested and self._error is None

    @property
    def has_failed(self) -> bool:
        """Whether something failed that ends the run: most of all, that the record cannot be written."""
        return self._error is not None

    def record_failure(self, error: BaseException) -> None:
        """Keep the first error that ends the run."""
        self._error = self._error or error
        self._failed.set()

    def raise_failure(self) -> None:
        """Raise the error that ends the run, if there is one."""
        if self._error is not None:
            raise self._error

    def emit(self, event: RunEvent) -> None:
        """Tell the screen."""
        self._event_log.put(event)

    def record(self, unit: UnitState, entry: UnitEntry) -> UnitState:
        """Commit what became known of a unit, then tell it; nothing is shown that is not on disk."""
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
        """Await a read of the service."""
        self.config.on_step(f"read {name} begins")
        found = await answer
        self.config.on_step(f"read {name} done")
        return found

    async def unless_stopped(self, work: Coroutine[None, None, Answer]) -> Answer | None:
        """Await a read that can be given up at any time; None when a stop came first."""
        task = asyncio.ensure_future(work)
        try:
            await first_completed(task, self.control.wait_for_stop())
            return task.result() if task.done() else None
        finally:
            task.cancel()

    def handle_read_error(self, unit: UnitState, error: UnsubError) -> bool:
        """Tell of a read that failed; return whether reading on is pointless. Raises what ends the run.

        It is when nothing is left to send, and no later read would fare better.
        """
        if self.has_failed:
            raise error
        if self._draining_since is None or error.problem.kind not in NON_TRANSIENT_KINDS:
            self.update_read_problem(unit, error.problem)
            return False
        self.problem = self.problem or error.problem
        return True

    def update_read_problem(self, unit: UnitState, problem: Problem | None) -> None:
        """Tell what the last read of an open unit met, where no other has met it; or that none meets any more."""
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
        """Return what to add to this machine's clock to get the service's, as far as known."""
        return self.reader.server_time_offset or timedelta()

    def start_draining(self) -> None:
        """Note that nothing is left to send: from now on patience ends."""
        self._draining_since = self.clock.monotonic()
        self._draining.set()

    async def wait_between_polls(self, seconds: float, limit_seconds: float) -> None:
        """Wait between two reads, no longer than patience lasts; what is left to send may end meanwhile."""
        if self._draining_since is not None:
            await self.clock.sleep(max(0, min(seconds, self.seconds_left(limit_seconds))))
            return
        await first_completed(self.clock.sleep(seconds), self._draining.wait())

    async def sleep_until_stop(self, seconds: float) -> None:
        """Wait before something is sent; a stop ends it."""
        await first_completed(self.clock.sleep(seconds), self.control.wait_for_stop())

    async def wait_for_decision(self) -> bool:
        """Wait for a person's decision; return whether the run goes on."""
        await first_completed(self.control.wait_for_decision(), self._failed.wait())
        self.raise_failure()
        return self.can_send

    def seconds_left(self, limit_seconds: float) -> float:
        """Return the seconds left for something that may take so long once nothing is left to send."""
        if self._draining_since is None:
            return float("inf")
        return self._draining_since + limit_seconds - self.clock.monotonic()
