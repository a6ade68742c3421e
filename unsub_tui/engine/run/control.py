"""State that the thread of a run shares with other threads: phase, heartbeats, decisions of the user, and events."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from enum import IntEnum, auto

from unsub_tui.domain.run import RunEnded, RunEvent
from unsub_tui.engine.run.policy import Clock


class RunPhase(IntEnum):
    """Phases of a run, in order. A run may skip phases, and never returns to an earlier one."""

    SUBMITTING = auto()
    """Requests may be sent."""
    DRAINING = auto()
    """Nothing more is sent; the time limits of the status checks run."""
    FAILED = auto()
    """A fatal error occurred, usually a failed write to the journal."""
    STOPPING = auto()
    """A stop was requested; status checks get a grace period."""
    FORCED = auto()
    """A stop without a grace period was requested."""
    ABANDONED = auto()
    """An immediate end was requested; a request being submitted is not awaited."""


class RunControl:
    """State of a run: its phase, and the decisions and heartbeats of the user.

    Any thread may change it; it is awaited in the run's event loop.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()  # a signal handler may interrupt a thread that holds it
        self._loop: asyncio.AbstractEventLoop | None = None
        self._phase = RunPhase.SUBMITTING
        self._reached = {phase: asyncio.Event() for phase in RunPhase}
        self._decided = asyncio.Event()
        self.submissions_ended: float | None = None
        """Monotonic time in seconds from which no request is sent any more; None while the run is submitting."""
        self.is_held = False
        """Whether the process was suspended and the user has not resumed the run since."""
        self._last_heartbeat = clock.monotonic()
        self._gap = 0.0

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Set the event loop in which the phases are awaited."""
        self._loop = loop
        self._wake_waiters()  # for phases reached before

    @property
    def phase(self) -> RunPhase:
        """The current phase."""
        return self._phase

    def advance(self, phase: RunPhase) -> None:
        """Enter a phase, unless the run has already reached it or a later one."""
        with self._lock:
            if phase <= self._phase:
                return
            if self.submissions_ended is None:
                self.submissions_ended = self._clock.monotonic()
            self._phase = phase
        self._call_in_loop(self._wake_waiters)

    async def wait_for(self, phase: RunPhase) -> None:
        """Wait until the run reaches this phase or a later one."""
        await self._reached[phase].wait()

    def heartbeat(self) -> None:
        """Record a sign of life from the screen. The longest gap is kept until the user's next decision."""
        now = self._clock.monotonic()
        self._gap = max(self._gap, now - self._last_heartbeat)
        self._last_heartbeat = now

    def hold(self) -> None:
        """Block submissions until the user resumes the run: the process is about to be suspended."""
        self.is_held = True

    def resume(self) -> None:
        """Record the user's decision to continue after a pause; it also counts as a heartbeat."""
        self.heartbeat()
        self._gap = 0.0
        self.is_held = False
        self._call_in_loop(self._decided.set)

    def longest_heartbeat_gap(self) -> float:
        """Return the longest gap in seconds between heartbeats since the last decision, up to now."""
        return max(self._gap, self._clock.monotonic() - self._last_heartbeat)

    def begin_decision(self) -> None:
        """Start to wait for a decision, discarding earlier ones."""
        self._decided.clear()

    async def wait_for_decision(self) -> None:
        """Wait for a decision, a stop request or a fatal error."""
        await first_completed(self._decided.wait(), self.wait_for(RunPhase.FAILED))

    def _wake_waiters(self) -> None:
        for phase, reached in self._reached.items():
            if phase <= self._phase:
                reached.set()

    def _call_in_loop(self, call: Callable[[], None]) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the event loop is closed, so the run has ended
                self._loop.call_soon_threadsafe(call)


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
            with suppress(RuntimeError):  # the event loop of this listener is closed
                loop.call_soon_threadsafe(event.set)


async def first_completed(*awaited: Awaitable[object]) -> None:
    """Return when the first awaitable is done. Cancel coroutines passed in; leave tasks and futures to the caller."""
    waits = {asyncio.ensure_future(each) for each in awaited}
    ours = waits - {each for each in awaited if isinstance(each, asyncio.Future)}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in ours:
            wait.cancel()
