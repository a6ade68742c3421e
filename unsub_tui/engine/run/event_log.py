"""Delivers the events of a run from its thread to the event loops of the listeners."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

from unsub_tui.domain.run import RunEnded, RunEvent


class EventLog:
    """Stores all events of a run, so that each listener receives the complete sequence, whenever it starts."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal handler may interrupt a thread that holds it
        self._events: list[RunEvent] = []
        self._closed = False
        self._listeners: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def put(self, event: RunEvent) -> None:
        """Append an event, from any thread. Events after `RunEnded` are discarded."""
        with self._lock:
            if self._closed:
                return
            self._events.append(event)
            self._closed = isinstance(event, RunEnded)
        self._notify_listeners()

    def close(self) -> None:
        """Mark the log as complete and wake the listeners."""
        with self._lock:
            self._closed = True
        self._notify_listeners()

    async def events(self) -> AsyncIterator[RunEvent]:
        """Yield all events from the first one, in the caller's event loop, until the log is closed."""
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
            except RuntimeError:  # the event loop of this listener is closed
                continue
