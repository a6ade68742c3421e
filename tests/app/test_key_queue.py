"""Keys in their order: the next one waits for a widget that is slow, and not for one that has gone away."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.events import Event, Key
from textual.pilot import Pilot
from textual.widgets import Input

from unsub_tui.app.terminal import key_queue
from unsub_tui.app.terminal.key_queue import KeyQueue


class SlowApp(App[None]):
    """An app whose slash moves the focus to a field, but takes its time."""

    AUTO_FOCUS = None

    BINDINGS: ClassVar[list[BindingType]] = [("slash", "find", "Find")]

    def __init__(self, pause: float | None) -> None:
        super().__init__()
        self.key_queue = KeyQueue(self, super().on_event)
        self._pause = pause
        self.released = asyncio.Event()

    async def on_event(self, event: Event) -> None:
        """Handle keys one at a time."""
        await self.key_queue.on_event(event)

    def compose(self) -> ComposeResult:
        """Put a field that has not the focus."""
        yield Input()

    async def action_find(self) -> None:
        """Go to the field, late or never."""
        if self._pause is None:
            await self.released.wait()
        else:
            await asyncio.sleep(self._pause)
            self.screen.set_focus(self.query_one(Input))


def send_at_once(pilot: Pilot[None], *names: str) -> None:
    """Let keys arrive at once, as over a slow line."""
    for name in names:
        pilot.app.post_message(Key(name, name if len(name) == 1 else "/"))


async def test_a_key_waits_for_a_widget_that_is_slow() -> None:
    """On a busy machine the word behind a slash goes to the filter all the same, from its first letter on."""
    app = SlowApp(key_queue.PROGRESS_CHECK_SECONDS * 2)
    async with app.run_test() as pilot:
        send_at_once(pilot, "slash", *"ecs")
        while len(app.query_one(Input).value) < 3:
            await pilot.pause()
        assert app.query_one(Input).value == "ecs"
        assert app.key_queue.overtaken_count == 0


async def test_a_widget_that_never_answers_does_not_hold_the_keys_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its patience the app passes the next key on, and counts that."""
    monkeypatch.setattr(key_queue, "PROGRESS_CHECK_SECONDS", 0.001)
    app = SlowApp(None)
    async with app.run_test() as pilot:
        send_at_once(pilot, "slash", "x")
        while not app.key_queue.overtaken_count:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)
        assert app.key_queue.overtaken_count == 1
        app.released.set()
