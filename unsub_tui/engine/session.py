"""What the parts of one run share: the record, the reading client, the clock, and the way to the screen."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from unsub_tui.api.client import BssClient
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.domain.run import RunEvent, UnitChanged
from unsub_tui.engine.parts import RunParts
from unsub_tui.engine.signals import Signals
from unsub_tui.engine.tape import Tape
from unsub_tui.journal.entries import UnitEntry
from unsub_tui.journal.state import UnitState
from unsub_tui.journal.store import Journal

Answer = TypeVar("Answer")


class Session:
    """One run while it lasts. Used in the run's thread only."""

    def __init__(
        self, *, run_id: str, parts: RunParts, journal: Journal, reader: BssClient, signals: Signals, tape: Tape
    ) -> None:
        self.run_id = run_id
        self.parts = parts
        self.clock = parts.clock
        self.pace = parts.pace
        self.journal = journal
        self.reader = reader
        self.signals = signals
        self.failure: Problem | None = None
        """Why the record cannot be written any more."""
        self.problem: Problem | None = None
        """Why the run ends early."""
        self.unknown_limit_seconds = parts.pace.resume_limit_seconds
        """How long unknown outcomes are looked into once nothing is left to send."""
        self._tape = tape
        self._quiet_since: float | None = None

    @property
    def may_send(self) -> bool:
        """Whether a request may leave at all: no stop was asked, and the record can be written."""
        return not self.signals.stop_asked and self.failure is None

    def tell(self, event: RunEvent) -> None:
        """Tell the screen."""
        self._tape.put(event)

    def record(self, unit: UnitState, entry: UnitEntry) -> UnitState:
        """Commit what became known of a unit, then tell it; nothing is shown that is not on disk."""
        self.parts.step(f"commit {entry.state} begins")
        try:
            changed = self.journal.change(unit, entry, self.clock.now())
        except UnsubError as error:
            self.failure = self.failure or error.problem
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

    def server_offset(self) -> timedelta:
        """Return what to add to this machine's clock to get the service's, as far as known."""
        return self.reader.server_time_offset or timedelta()

    def grow_quiet(self) -> None:
        """Note that nothing is left to send: from now on patience ends."""
        self._quiet_since = self.clock.monotonic()

    def patience(self, limit_seconds: float) -> float:
        """Return the seconds left for something that may take so long once nothing is left to send."""
        if self._quiet_since is None:
            return float("inf")
        return self._quiet_since + limit_seconds - self.clock.monotonic()
