"""What other threads tell a run: the screen is alive, stop, go on."""

from __future__ import annotations

import asyncio
import threading

from unsub_tui.engine.timing import Clock


class Signals:
    """Set from any thread, read and awaited in the run's loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = asyncio.Event()
        self._decided = asyncio.Event()
        self._stop_asked = False
        self._beat = clock.monotonic()

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the loop in which the signals are awaited."""
        with self._lock:
            self._loop = loop
        if self._stop_asked:
            self._stopped.set()

    def heartbeat(self) -> None:
        """Note that the screen is alive."""
        self._beat = self._clock.monotonic()

    def stop(self) -> None:
        """Ask the run to end after what is in flight."""
        self._stop_asked = True
        self._tell(self._stopped)
        self._tell(self._decided)

    def go_on(self) -> None:
        """Give a person's decision after a pause; it is a sign of life as well."""
        self.heartbeat()
        self._tell(self._decided)

    @property
    def stop_asked(self) -> bool:
        """Whether nothing more may be sent."""
        return self._stop_asked

    def silence(self) -> float:
        """Return the seconds since the last sign of life."""
        return self._clock.monotonic() - self._beat

    async def stopped(self) -> None:
        """Wait for a stop."""
        await self._stopped.wait()

    def ask(self) -> None:
        """Begin a question: what was decided before it does not answer it."""
        self._decided.clear()

    async def decided(self) -> None:
        """Wait for a decision, or for a stop."""
        if not self._stop_asked:
            await self._decided.wait()

    def _tell(self, event: asyncio.Event) -> None:
        with self._lock:
            loop = self._loop
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(event.set)
        except RuntimeError:  # the loop is closed: the run has ended
            return
