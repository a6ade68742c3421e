"""Thread-safe control of a run by other threads: heartbeat, stop, resume, hold, abandon."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable

from unsub_tui.engine.run.policy import Clock


class RunControl:
    """Flags set by any thread, and read or awaited in the run's event loop."""

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
        """Set the event loop in which the events are awaited."""
        with self._lock:
            self._loop = loop
        if self._stop_requested:
            self._stopped.set()

    def heartbeat(self) -> None:
        """Record a sign of life from the screen. The longest gap is kept until the user's next decision."""
        now = self._clock.monotonic()
        self._gap = max(self._gap, now - self._last_heartbeat)
        self._last_heartbeat = now

    def stop(self, *, force: bool = False) -> None:
        """Request a stop after the unit being submitted; with `force`, also skip the grace period for reads."""
        self._stop_requested = True
        self._is_forced = self._is_forced or force
        self._set_threadsafe(self._stopped)
        self._set_threadsafe(self._decided)

    def abandon(self) -> None:
        """Request an immediate end, without waiting for a request being submitted."""
        self.stop(force=True)
        self._set_threadsafe(self._abandoned)

    def hold(self) -> None:
        """Block submissions until the user resumes the run: the process is about to be suspended."""
        self._is_held = True

    def resume(self) -> None:
        """Record the user's decision to continue after a pause; it also counts as a heartbeat."""
        self.heartbeat()
        self._gap = 0.0
        self._is_held = False
        self._set_threadsafe(self._decided)

    @property
    def is_held(self) -> bool:
        """Whether the process was suspended and the user has not resumed the run since."""
        return self._is_held

    @property
    def is_forced(self) -> bool:
        """Whether to end without waiting for reads."""
        return self._is_forced

    @property
    def is_stop_requested(self) -> bool:
        """Whether a stop was requested, which forbids further submissions."""
        return self._stop_requested

    def longest_heartbeat_gap(self) -> float:
        """Return the longest gap in seconds between heartbeats since the last decision, up to now."""
        return max(self._gap, self._clock.monotonic() - self._last_heartbeat)

    async def wait_for_stop(self) -> None:
        """Wait for a stop request."""
        await self._stopped.wait()

    async def wait_for_abandon(self) -> None:
        """Wait for an abandon request."""
        await self._abandoned.wait()

    def begin_decision(self) -> None:
        """Start to wait for a decision, discarding earlier ones."""
        self._decided.clear()

    async def wait_for_decision(self) -> None:
        """Wait for a decision or a stop request."""
        if not self._stop_requested:
            await self._decided.wait()

    def _set_threadsafe(self, event: asyncio.Event) -> None:
        with self._lock:
            loop = self._loop
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(event.set)
        except RuntimeError:  # the event loop is closed, so the run has ended
            return


async def first_completed(*awaited: Awaitable[object]) -> None:
    """Return when the first awaitable is done. Cancel coroutines passed in; leave tasks and futures to the caller."""
    waits = {asyncio.ensure_future(each) for each in awaited}
    ours = waits - {each for each in awaited if isinstance(each, asyncio.Future)}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in ours:
            wait.cancel()
