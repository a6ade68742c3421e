"""The first screen: the frame stands while what the others need is still being loaded."""

from __future__ import annotations

import gc
from asyncio import sleep
from importlib import import_module

from textual import work
from textual.app import ComposeResult

from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.widgets.bars import TextLine
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.tab import Tab
from unsub_tui.present.tabs import tabs_line

PIECES = (
    "domain.filters",
    "app.columns",
    "app.boards",
    "app.screens.menu",
    "app.screens.prompts",
    "app.screens.finding",
    "engine.rulebook",
)
"""What the list needs, in pieces: between two of them the terminal and the service are answered.

The last is needed by the first row. Loaded here, it takes time in which the account is waited for anyway.
"""

REST = (
    "engine.watching",
    "api.client",
    "app.screens.plan",
    "app.screens.run",
    "app.screens.live",
    "app.screens.records",
)
"""What keys of the list open; who is quicker than this loads it with the key."""

BREATH_SECONDS = 0.3
"""The pause before each of those, in which the list arrives and keys are answered."""


class OpeningScreen(BaseScreen[None]):
    """Goes under the list as soon as that can be shown, and stays there; keys wait until then.

    What is loaded here is loaded by the loop: an import in a thread beside another one can fail (`_DeadlockError`).
    """

    def content(self) -> ComposeResult:
        """Put the tabs where they will be."""
        yield TextLine(tabs_line(Tab.ACTIVE, self.app.size.width), id="tabs")
        yield TextLine(id="room")

    def on_mount(self) -> None:
        """Load the rest once this is on the screen."""
        self.call_after_refresh(self.connect)
        self.call_after_refresh(self.give_way)

    @work(exclusive=True, group="connect")
    async def connect(self) -> None:
        """Begin to ask for account and resources while the list is loaded; the list itself tells what comes of it."""
        engine = self.engine  # by the time it is open there may be another one here
        try:
            await engine.open()
            engine.read_ahead()
        except UnsubError:
            gc.enable()  # which a listing would do at its end

    @work(exclusive=True)
    async def give_way(self) -> None:
        """Show the list over it."""
        for name in PIECES:
            import_module(f"unsub_tui.{name}")
            await sleep(0)
        from unsub_tui.app.screens.resources import ResourcesScreen

        await self.app.push_screen(ResourcesScreen(self.engine, self.options))
        for name in REST:
            await sleep(BREATH_SECONDS)
            import_module(f"unsub_tui.{name}")
