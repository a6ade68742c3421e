"""Key handling in sequence: a key is handled completely before the next one.

Textual passes a key to the widget that has the focus when the key is read. Over a slow connection, `/`, a word and
`enter` arrive as one burst: the word would go to the list, whose keys select and review, before `/` has moved the
focus to the filter. Therefore a key waits until its predecessor has passed through its widget and all ancestors.
"""

from __future__ import annotations

from asyncio import TimerHandle, get_running_loop
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Protocol, runtime_checkable

from textual import events
from textual.app import App
from textual.message_pump import MessagePump
from textual.screen import Screen

PROGRESS_CHECK_SECONDS = 0.3
"""Interval at which the queue checks a key that is still being handled, in seconds."""

MAX_PROGRESS_CHECKS = 20
"""Number of checks after which the next key no longer waits for a slow widget."""

HELD_KEYS_RETRY_SECONDS = 0.01
"""Interval at which held keys check whether the screen is ready, in seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class TerminalRead:
    """One read of the terminal, shared by exactly the keys that it contained."""

    at: float
    """Time of the read, in seconds of the app's clock."""
    is_single_key: bool = True
    """Whether the read contained a single key and nothing else."""


@runtime_checkable
class DropsKeys(Protocol):
    """A screen that ignores some keys and pastes."""

    def should_drop(self, event: events.Key | events.Paste, read: TerminalRead, /) -> bool:
        """Return whether to drop a key or paste, because of its time or the terminal read that contained it."""


class Key(events.Key):
    """A key from the terminal with its read; named like Textual's class, so that the same handlers apply."""

    __slots__ = ["terminal_read"]

    def __init__(self, key: str, character: str | None, terminal_read: TerminalRead) -> None:
        super().__init__(key, character)
        self.terminal_read = terminal_read


class _KeyPropagation:
    """Follows a key up the widget tree: each message pump handles the tracker's callback after the key."""

    def __init__(self, way_up: tuple[MessagePump, ...], arrive: Callable[[], object]) -> None:
        self._way_up = way_up
        self._place = 0
        self.arrive = arrive
        """Called at the top of the tree."""

    @property
    def is_lost(self) -> bool:
        """Whether the pump that has the key has stopped and will not pass it on."""
        return not self._way_up[max(self._place - 1, 0)].is_running

    def advance(self) -> None:
        """Move to the next running pump; has no parameters, because Textual calls such callbacks cheaply."""
        while self._place < len(self._way_up):
            pump = self._way_up[self._place]
            self._place += 1
            if pump.post_message(events.Callback(callback=self.advance)):
                return
        top = self._way_up[-1]
        if any(pump.message_queue_size for pump in self._way_up[:-1]):
            # The key has caused messages, such as that of a field that was left. Wait for those as well.
            self._place = 0
            top.post_message(events.Callback(callback=self.advance))
        else:
            self.arrive()


class KeyQueue:
    """The keys and pastes of an app; the app passes every event to `on_event`."""

    def __init__(
        self,
        app: App[None],
        dispatch: Callable[[events.Event], Awaitable[None]],
        *,
        clock: Callable[[], float] = monotonic,
        should_drop: Callable[[events.Key | events.Paste, TerminalRead], bool] = lambda _event, _read: False,
        is_holding: Callable[[], bool] = lambda: False,
    ) -> None:
        """Create an empty queue.

        `dispatch` handles an event as Textual does. `clock` returns the time for timestamps of terminal reads, in
        seconds. `should_drop` returns whether to drop a key or paste. `is_holding` returns whether keys have to wait.
        """
        self._app, self._dispatch = app, dispatch
        self.clock, self._should_drop, self._is_holding = clock, should_drop, is_holding
        self._queue: deque[tuple[events.Key | events.Paste, TerminalRead]] = deque()
        """Keys and pastes, each with its terminal read."""
        self._turn = 0
        self._turn_read = TerminalRead(0.0)
        self._turn_screen: Screen[object] | None = None
        """The screen for which the key being handled was intended."""
        self._is_busy = False
        self._progress_timer: TimerHandle | None = None
        self.overtaken_count = 0
        """Number of keys passed on while the previous one was still being handled."""
        self.lost_count = 0
        """Number of keys whose widget closed before it passed them on; the next key waited for the progress check."""

    @property
    def is_idle(self) -> bool:
        """Whether all keys have been handled."""
        return not self._is_busy and not self._queue

    async def on_event(self, event: events.Event) -> None:
        """Queue a new key or paste; handle all other events at once."""
        if not isinstance(event, events.Key | events.Paste):
            await self._dispatch(event)
        elif event.is_forwarded:
            if self._app.screen is self._turn_screen or isinstance(event, events.Paste):
                await self._dispatch(event)
            else:  # the previous key opened a screen, and this key is meant for it
                self._queue.appendleft((events.Key(event.key, event.character), self._turn_read))
        else:
            self._queue.append((event, event.terminal_read if isinstance(event, Key) else TerminalRead(self.clock())))
            await self._process_if_free()

    async def _process_if_free(self) -> None:
        if not self._is_busy:
            await self._process()

    async def _process(self) -> None:
        app = self._app
        # A screen that has just opened cannot handle keys yet.
        if self._queue and (not app.screen.is_mounted or self._is_holding()):
            app.set_timer(HELD_KEYS_RETRY_SECONDS, self._process_if_free)
            return
        while self._queue and self._should_drop(*self._queue[0]):
            self._queue.popleft()
        if not self._queue:
            return
        self._is_busy = True
        self._turn += 1
        self._turn_screen = app.screen
        target = app.focused or app.screen
        tracker = _KeyPropagation(
            tuple(target.ancestors_with_self), partial(app.call_later, self._finish_turn, self._turn)
        )
        event, self._turn_read = self._queue.popleft()
        await self._dispatch(event)
        self._schedule_progress_check(tracker, MAX_PROGRESS_CHECKS)
        tracker.advance()

    def _schedule_progress_check(self, tracker: _KeyPropagation, checks_left: int) -> None:
        """Schedule a check of the key; a widget may be slow on a busy machine, and the next key must not overtake."""
        self._progress_timer = get_running_loop().call_later(
            PROGRESS_CHECK_SECONDS, self._check_progress, tracker, checks_left - 1
        )

    def _check_progress(self, tracker: _KeyPropagation, checks_left: int) -> None:
        if tracker.is_lost:
            self.lost_count += 1
        elif checks_left:
            self._schedule_progress_check(tracker, checks_left)
            return
        else:
            self.overtaken_count += 1
        tracker.arrive()

    async def _finish_turn(self, turn: int) -> None:
        if turn != self._turn or not self._is_busy:
            return
        self._is_busy = False
        if self._progress_timer is not None:
            self._progress_timer.cancel()
        await self._process()
