"""Keys in their order: each is worked off before the next is looked at.

Textual hands a key to the widget that has the focus when it is read from the terminal. Over a slow line `/`, a word
and `enter` arrive as one burst: the word would go to the list, whose keys mark and review, before `/` has moved the
focus to the filter. So a key waits until the one before it has gone through its widget and all that is above it.
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
"""Interval at which a key that has not arrived yet is looked after."""

MAX_PROGRESS_CHECKS = 20
"""Number of such intervals after which the next key no longer waits for a widget that is only slow."""

HELD_KEYS_RETRY_SECONDS = 0.01
"""How long keys wait before they look again whether the screen is there."""


@dataclass(frozen=True, slots=True, eq=False)
class TerminalRead:
    """One read of the terminal; the keys that came with it share it, and no other key does."""

    at: float
    """When it came, in seconds of the app's clock."""
    is_single_key: bool = True
    """Whether it brought one key and nothing else."""


class Key(events.Key):
    """A key from the terminal that tells which read it came with; named like Textual's, so handlers are the same."""

    __slots__ = ["terminal_read"]

    def __init__(self, key: str, character: str | None, terminal_read: TerminalRead) -> None:
        super().__init__(key, character)
        self.terminal_read = terminal_read


class _BubbleTracker:
    """Goes up behind a key: each pump gets to it after the key that bubbled up there."""

    def __init__(self, way_up: tuple[MessagePump, ...], arrive: Callable[[], object]) -> None:
        self._way_up = way_up
        self._place = 0
        self.arrive = arrive
        """To be called at the top."""

    @property
    def is_lost(self) -> bool:
        """Whether the pump that has the key will not pass it on: its widget has gone away."""
        return not self._way_up[max(self._place - 1, 0)].is_running

    def advance(self) -> None:
        """Go on to the next pump that still takes messages; a method without arguments is cheap to be called back."""
        while self._place < len(self._way_up):
            pump = self._way_up[self._place]
            self._place += 1
            if pump.post_message(events.Callback(callback=self.advance)):
                return
        top = self._way_up[-1]
        if any(pump.message_queue_size for pump in self._way_up[:-1]):
            # The key has made messages of its own, such as a field that says it was left: climb behind those too.
            self._place = 0
            top.post_message(events.Callback(callback=self.advance))
        else:
            self.arrive()


class KeyQueueApp(App[None]):
    """An app that works keys off one by one."""

    def __init__(self, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class)
        self._key_queue: deque[tuple[events.Key | events.Paste, TerminalRead]] = deque()
        """Keys and pastes, each with when it came."""
        self._turn = 0
        self._turn_read = TerminalRead(0.0)
        self._turn_screen: Screen[object] | None = None
        """Where the key that is being worked off was meant to go."""
        self._is_busy = False
        self._progress_timer: TimerHandle | None = None
        self.overtaken_count = 0
        """Number of keys that were passed on although the one before was still being worked off."""

    async def on_event(self, event: events.Event) -> None:
        """Let a fresh key or paste wait for its turn; everything else goes its way."""
        if not isinstance(event, events.Key | events.Paste):
            await super().on_event(event)
        elif event.is_forwarded:
            if self.screen is self._turn_screen or isinstance(event, events.Paste):
                await super().on_event(event)
            else:  # what the key before it has opened is there now, and this one was meant for that
                self._key_queue.appendleft((events.Key(event.key, event.character), self._turn_read))
        else:
            self._key_queue.append(
                (event, event.terminal_read if isinstance(event, Key) else TerminalRead(self.clock()))
            )
            if not self._is_busy:
                await self._process_queue()

    @property
    def is_holding_keys(self) -> bool:
        """Whether keys have to wait: a screen that was just opened has nothing yet that they could act on."""
        return not self.screen.is_mounted

    async def _retry_queue(self) -> None:
        if not self._is_busy:
            await self._process_queue()

    def clock(self) -> float:
        """Return the time by which it is told when a key came, in seconds."""
        return monotonic()

    def should_drop(self, event: events.Key | events.Paste, read: TerminalRead) -> bool:  # noqa: ARG002 - for apps to say
        """Whether a key or paste that came then must not get anywhere now."""
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
        tracker = _BubbleTracker(tuple(target.ancestors_with_self), partial(self.call_later, self._finish_turn, turn))
        event, self._turn_read = self._key_queue.popleft()
        await super().on_event(event)
        self._schedule_progress_check(tracker, MAX_PROGRESS_CHECKS)
        tracker.advance()

    def _schedule_progress_check(self, tracker: _BubbleTracker, checks_left: int) -> None:
        """Look after a key in a while; on a busy machine a widget may take long, and the next key must not overtake."""
        self._progress_timer = get_running_loop().call_later(
            PROGRESS_CHECK_SECONDS, self._check_progress, tracker, checks_left - 1
        )

    def _check_progress(self, tracker: _BubbleTracker, checks_left: int) -> None:
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
