"""What other threads tell a run: the screen is alive, stop, go on, hold, leave at once."""

from __future__ import annotations

import asyncio
import threading

from unsub_tui.engine.run.run_policy import Clock


class RunControl:
    """Set from any thread, read and awaited in the run's loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = asyncio.Event()
        self._decided = asyncio.Event()
        self._abandoned = asyncio.Event()
        self._stop_requested = False
        self._is_forced = False
        self._is_held = False
        self._last_heartbeat = clock.monotonic()
        self._gap = 0.0

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the loop in which the signals are awaited."""
        with self._lock:
            self._loop = loop
        if self._stop_requested:
            self._stopped.set()

    def heartbeat(self) -> None:
        """Note that the screen is alive. How long it was not stays known until a person has decided."""
        now = self._clock.monotonic()
        self._gap = max(self._gap, now - self._last_heartbeat)
        self._last_heartbeat = now

    def stop(self, *, force: bool = False) -> None:
        """Ask the run to end after what is in flight; in a hurry also without a grace for its reads."""
        self._stop_requested = True
        self._is_forced = self._is_forced or force
        self._set_threadsafe(self._stopped)
        self._set_threadsafe(self._decided)

    def abandon(self) -> None:
        """Ask the run to end now, and not to wait for what is in flight."""
        self.stop(force=True)
        self._set_threadsafe(self._abandoned)

    def hold(self) -> None:
        """Let nothing more be sent before a person says so: the program is about to stand still."""
        self._is_held = True

    def resume(self) -> None:
        """Give a person's decision after a pause; it is a sign of life as well."""
        self.heartbeat()
        self._gap = 0.0
        self._is_held = False
        self._set_threadsafe(self._decided)

    @property
    def is_held(self) -> bool:
        """Whether the program stood still, and nobody has said since that the run goes on."""
        return self._is_held

    @property
    def is_forced(self) -> bool:
        """Whether even reads are not waited for."""
        return self._is_forced

    @property
    def is_stop_requested(self) -> bool:
        """Whether nothing more may be sent."""
        return self._stop_requested

    def longest_heartbeat_gap(self) -> float:
        """Return the longest time without a sign of life since a person last decided, up to now."""
        return max(self._gap, self._clock.monotonic() - self._last_heartbeat)

    async def wait_for_stop(self) -> None:
        """Wait for a stop."""
        await self._stopped.wait()

    async def wait_for_abandon(self) -> None:
        """Wait for the wish to end at once."""
        await self._abandoned.wait()

    def begin_decision(self) -> None:
        """Begin a question: what was decided before it does not answer it."""
        self._decided.clear()

    async def wait_for_decision(self) -> None:
        """Wait for a decision, or for a stop."""
        if not self._stop_requested:
            await self._decided.wait()

    def _set_threadsafe(self, event: asyncio.Event) -> None:
        with self._lock:
            loop = self._loop
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(event.set)
        except RuntimeError:  # the loop is closed: the run has ended
            return
