"""Key handling in sequence: a key is handled completely before the next one.

Textual passes a key to the widget that has the focus when the key is read. Over a slow connection, `/`, a word and
`enter` arrive as one burst: the word would go to the list, whose keys select and review, before `/` has moved the
focus to the filter. Therefore a key waits until its predecessor has passed through its widget and all ancestors.
"""

from __future__ import annotations

from asyncio import TimerHandle, get_running_loop
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic

from textual import events
from textual.app import App
from textual.driver import Driver
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


class KeyQueueApp(App[None]):
    """An app that handles keys one at a time."""

    def __init__(self, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class)
        self._key_queue: deque[tuple[events.Key | events.Paste, TerminalRead]] = deque()
        """Keys and pastes, each with its terminal read."""
        self._turn = 0
        self._turn_read = TerminalRead(0.0)
        self._turn_screen: Screen[object] | None = None
        """The screen for which the key being handled was intended."""
        self._is_busy = False
        self._progress_timer: TimerHandle | None = None
        self.overtaken_count = 0
        """Number of keys passed on while the previous one was still being handled."""

    async def on_event(self, event: events.Event) -> None:
        """Queue a new key or paste; handle all other events at once."""
        if not isinstance(event, events.Key | events.Paste):
            await super().on_event(event)
        elif event.is_forwarded:
            if self.screen is self._turn_screen or isinstance(event, events.Paste):
                await super().on_event(event)
            else:  # the previous key opened a screen, and this key is meant for it
                self._key_queue.appendleft((events.Key(event.key, event.character), self._turn_read))
        else:
            self._key_queue.append(
                (event, event.terminal_read if isinstance(event, Key) else TerminalRead(self.clock()))
            )
            if not self._is_busy:
                await self._process_queue()

    @property
    def is_holding_keys(self) -> bool:
        """Whether keys have to wait, because a screen that has just opened cannot handle them yet."""
        return not self.screen.is_mounted

    async def _retry_queue(self) -> None:
        if not self._is_busy:
            await self._process_queue()

    def clock(self) -> float:
        """Return the time for timestamps of terminal reads, in seconds."""
        return monotonic()

    def should_drop(self, event: events.Key | events.Paste, read: TerminalRead) -> bool:  # noqa: ARG002 - a hook
        """Return whether to drop a key or paste, given its terminal read."""
        return False

    async def _process_queue(self) -> None:
        if self._key_queue and self.is_holding_keys:
            self.set_timer(HELD_KEYS_RETRY_SECONDS, self._retry_queue)
            return
        while self._key_queue and self.should_drop(*self._key_queue[0]):
            self._key_queue.popleft()
        if not self._key_queue:
            return
        self._is_busy = True
        self._turn += 1
        self._turn_screen = self.screen
        turn = self._turn
        target = self.focused or self.screen
        tracker = _KeyPropagation(tuple(target.ancestors_with_self), partial(self.call_later, self._finish_turn, turn))
        event, self._turn_read = self._key_queue.popleft()
        await super().on_event(event)
        self._schedule_progress_check(tracker, MAX_PROGRESS_CHECKS)
        tracker.advance()

    def _schedule_progress_check(self, tracker: _KeyPropagation, checks_left: int) -> None:
        """Schedule a check of the key; a widget may be slow on a busy machine, and the next key must not overtake."""
        self._progress_timer = get_running_loop().call_later(
            PROGRESS_CHECK_SECONDS, self._check_progress, tracker, checks_left - 1
        )

    def _check_progress(self, tracker: _KeyPropagation, checks_left: int) -> None:
        if checks_left and not tracker.is_lost:
            self._schedule_progress_check(tracker, checks_left)
            return
        self.overtaken_count += not tracker.is_lost
        tracker.arrive()

    async def _finish_turn(self, turn: int) -> None:
        if turn != self._turn or not self._is_busy:
            return
        self._is_busy = False
        if self._progress_timer is not None:
            self._progress_timer.cancel()
        await self._process_queue()
