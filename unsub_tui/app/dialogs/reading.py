"""The dialog that waits for a reading which the user can go on without."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from textual import work
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from unsub_tui.app.commands import bindings
from unsub_tui.app.dialogs.dialog import Dialog
from unsub_tui.present.i18n import _

MAX_SECONDS = 8.0
"""Time after which the dialog goes on without what was not read."""


class ReadingDialog(Dialog[bool]):
    """Waits until the services were read; returns True then. Keys that are typed ahead do nothing here."""

    BINDINGS = bindings("reading")

    def __init__(self, finished: Callable[[], Awaitable[object]]) -> None:
        super().__init__(_("Reading run states and backups again…"))
        self._finished = finished

    def compose_content(self) -> ComposeResult:
        """Return the hint."""
        yield Static(Content(_("esc goes on without it; what was read before is then shown with its age.")))

    def on_mount(self) -> None:
        """Start to wait."""
        self.wait()

    @work(exclusive=True)
    async def wait(self) -> None:
        """Close when the reading has ended, or lasts too long."""
        was_read = False
        with suppress(TimeoutError):
            async with asyncio.timeout(MAX_SECONDS):
                await self._finished()
                was_read = True
        self.dismiss_once(was_read)
