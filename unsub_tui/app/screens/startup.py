"""The startup screen: shows the frame while the modules of the other screens are imported."""

from __future__ import annotations

import gc

from textual import work
from textual.app import ComposeResult

from unsub_tui.app.preload import import_list, import_rest
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.domain.problem import UnsubError
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.labels import tabs_line


class StartupScreen(BaseScreen[None]):
    """The screen below the list, which covers it as soon as it is imported; keys are queued until then."""

    def compose_content(self) -> ComposeResult:
        """Return the tab line and an empty area for the list."""
        yield OneLineLabel(tabs_line(Tab.ACTIVE, self.app.size.width), id="tabs")
        yield OneLineLabel(id="room")

    def on_mount(self) -> None:
        """Connect and import the remaining modules after the first frame."""
        self.call_after_refresh(self.connect)
        self.call_after_refresh(self.show_list)

    @work(exclusive=True, group="connect")
    async def connect(self) -> None:
        """Start reading account and resources while the list is imported; the list screen reports errors."""
        engine = self.engine  # self.engine may be replaced while it opens
        try:
            await engine.account.open()
            engine.catalog.start_prefetch()
        except UnsubError:
            gc.enable()  # otherwise done at the end of a listing

    @work(exclusive=True)
    async def show_list(self) -> None:
        """Import and show the list, then import the other modules."""
        resources_screen = await import_list()
        await self.app.push_screen(resources_screen(self.engine, self.options))
        await import_rest()
