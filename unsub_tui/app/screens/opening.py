"""The first screen: the frame stands while what the others need is still being loaded."""

from __future__ import annotations

from contextlib import suppress

from textual import work
from textual.app import ComposeResult

from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.widgets.bars import TextLine
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.tab import Tab
from unsub_tui.present.tabs import tabs_line


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
        self.call_after_refresh(self.give_way)
        self.call_after_refresh(self.connect)

    @work(exclusive=True, group="connect")
    async def connect(self) -> None:
        """Begin to ask for the account while the list is loaded; the list itself tells what comes of it."""
        with suppress(UnsubError):
            await self.engine.open()

    @work(exclusive=True)
    async def give_way(self) -> None:
        """Show the list over it."""
        from unsub_tui.app.screens.resources import ResourcesScreen

        await self.app.push_screen(ResourcesScreen(self.engine, self.options))
