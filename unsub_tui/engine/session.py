"""What the parts of one run share: the record, the reading client, the clock, and the way to the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from datetime import timedelta
from typing import TypeVar

from unsub_tui.api.client import BssClient
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.run import ReadTrouble, RunEvent, UnitChanged
from unsub_tui.engine.parts import RunParts
from unsub_tui.engine.racing import first_of
from unsub_tui.engine.signals import Signals
from unsub_tui.engine.tape import Tape
from unsub_tui.journal.entries import UnitEntry
from unsub_tui.journal.lock import AccountLock
from unsub_tui.journal.state import UnitState
from unsub_tui.journal.store import Journal

Answer = TypeVar("Answer")

FUTILE = frozenset({ProblemKind.CREDENTIALS, ProblemKind.PERMISSION, ProblemKind.WRONG_SITE, ProblemKind.CLOCK})
"""Troubles of reads that no later read gets over by itself."""


class Session:
    """One run while it lasts. Used in the run's thread only."""

    def __init__(
        self,
        *,
        run_id: str,
        parts: RunParts,
        lock: AccountLock,
        journal: Journal,
        reader: BssClient,
        signals: Signals,
        tape: Tape,
    ) -> None:
        self.run_id = run_id
        self.parts = parts
        self.lock = lock
        self.clock = parts.clock
        self.pace = parts.pace
        self.journal = journal
        self.reader = reader
        self.signals = signals
        self.problem: Problem | None = None
        """Why the run ends early."""
        self.unknown_limit_seconds = parts.pace.resume_limit_seconds
        """How long unknown outcomes are looked into once nothing is left to send."""
        self.follows_to_the_end = False
        """Whether accepted orders are followed until they are done, however long that takes: somebody is there."""
        self._tape = tape
        self._troubles: dict[tuple[str, int], tuple[ProblemKind, str]] = {}
        """By unit: kind and code of what its last read met."""
        self._error: BaseException | None = None
        self._broken = asyncio.Event()
        self._quiet_since: float | None = None
        self._quiet = asyncio.Event()

    @property
    def may_send(self) -> bool:
        """Whether a request may leave at all: no stop was asked, and the record can be written."""
        return not self.signals.stop_asked and self._error is None

    @property
    def is_broken(self) -> bool:
        """Whether something failed that ends the run: most of all, that the record cannot be written."""
        return self._error is not None

    def note(self, error: BaseException) -> None:
        """Keep the first error that ends the run."""
        self._error = self._error or error
        self._broken.set()

    def check(self) -> None:
        """Raise the error that ends the run, if there is one."""
        if self._error is not None:
            raise self._error

    def tell(self, event: RunEvent) -> None:
        """Tell the screen."""
        self._tape.put(event)

    def record(self, unit: UnitState, entry: UnitEntry) -> UnitState:
        """Commit what became known of a unit, then tell it; nothing is shown that is not on disk."""
        self.parts.step(f"commit {entry.state} begins")
        try:
            changed = self.journal.change(unit, entry, self.clock.now())
        except UnsubError as error:
            self.note(error)
            raise
        self.parts.step(f"commit {entry.state} done")
        self.tell(UnitChanged(unit=changed.unit()))
        return changed

    async def read(self, name: str, answer: Awaitable[Answer]) -> Answer:
        """Await a read of the service."""
        self.parts.step(f"read {name} begins")
        found = await answer
        self.parts.step(f"read {name} done")
        return found

    async def unless_stopped(self, work: Coroutine[None, None, Answer]) -> Answer | None:
        """Await a read that can be given up at any time; None when a stop came first."""
        task = asyncio.ensure_future(work)
        try:
            await first_of(task, self.signals.stopped())
            return task.result() if task.done() else None
        finally:
            task.cancel()

    def gives_up(self, unit: UnitState, error: UnsubError) -> bool:
        """Tell of a read that failed; return whether reading on is pointless. Raises what ends the run.

        It is when nothing is left to send, and no later read would fare better.
        """
        if self.is_broken:
            raise error
        if self._quiet_since is None or error.problem.kind not in FUTILE:
            self.tell_trouble(unit, error.problem)
            return False
        self.problem = self.problem or error.problem
        return True

    def tell_trouble(self, unit: UnitState, problem: Problem | None) -> None:
        """Tell what the last read of an open unit met, where no other has met it; or that none meets any more."""
        before, key = set(self._troubles.values()), (unit.run_id, unit.index)
        if problem is not None:
            self._troubles[key] = (problem.kind, problem.code.raw)
        else:
            self._troubles.pop(key, None)
        after = set(self._troubles.values())
        if problem is not None and not after <= before:
            self.tell(ReadTrouble(problem=problem))
        elif before and not after:
            self.tell(ReadTrouble(problem=None))

    def server_offset(self) -> timedelta:
        """Return what to add to this machine's clock to get the service's, as far as known."""
        return self.reader.server_time_offset or timedelta()

    def grow_quiet(self) -> None:
        """Note that nothing is left to send: from now on patience ends."""
        self._quiet_since = self.clock.monotonic()
        self._quiet.set()

    async def nap(self, seconds: float, limit_seconds: float) -> None:
        """Wait between two reads, no longer than patience lasts; what is left to send may end meanwhile."""
        if self._quiet_since is not None:
            await self.clock.sleep(max(0, min(seconds, self.patience(limit_seconds))))
            return
        await first_of(self.clock.sleep(seconds), self._quiet.wait())

    async def rest(self, seconds: float) -> None:
        """Wait before something is sent; a stop ends it."""
        await first_of(self.clock.sleep(seconds), self.signals.stopped())

    async def decided(self) -> bool:
        """Wait for a person's decision; return whether the run goes on."""
        await first_of(self.signals.decided(), self._broken.wait())
        self.check()
        return self.may_send

    def patience(self, limit_seconds: float) -> float:
        """Return the seconds left for something that may take so long once nothing is left to send."""
        if self._quiet_since is None:
            return float("inf")
        return self._quiet_since + limit_seconds - self.clock.monotonic()
