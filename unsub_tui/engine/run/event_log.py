"""The events of a run on their way from its thread to whoever listens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

from unsub_tui.domain.run import RunEnded, RunEvent


class EventLog:
    """Keeps every event, so that each listener hears all of them, whenever it begins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: list[RunEvent] = []
        self._closed = False
        self._listeners: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def put(self, event: RunEvent) -> None:
        """Add an event, from any thread; nothing comes after `RunFinished`."""
        with self._lock:
            if self._closed:
                return
            self._events.append(event)
            self._closed = isinstance(event, RunEnded)
        self._notify_listeners()

    def close(self) -> None:
        """Say that nothing more comes."""
        with self._lock:
            self._closed = True
        self._notify_listeners()

    async def events(self) -> AsyncIterator[RunEvent]:
        """Yield every event from the first, in the caller's loop, until the tape is closed."""
        listener = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._listeners.append(listener)
        heard = 0
        try:
            while True:
                with self._lock:
                    new, closed = self._events[heard:], self._closed
                for event in new:
                    yield event
                heard += len(new)
                if closed and not new:
                    return
                if not new:
                    await listener[1].wait()
                listener[1].clear()
        finally:
            with self._lock:
                self._listeners.remove(listener)

    def _notify_listeners(self) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for loop, event in listeners:
            try:
                loop.call_soon_threadsafe(event.set)
            except RuntimeError:  # that listener's loop is closed
                continue
