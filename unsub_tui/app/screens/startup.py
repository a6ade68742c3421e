"""The startup screen: shows the frame while the modules of the other screens are imported."""

from __future__ import annotations

import gc
from asyncio import sleep
from importlib import import_module

from textual import work
from textual.app import ComposeResult

from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.domain.problem import UnsubError
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.labels import tabs_line

STARTUP_MODULES = (
    "listmodel.filters",
    "app.columns",
    "app.resource_tabs",
    "app.dialogs.menu",
    "app.dialogs.prompt",
    "app.screens.resources.filtering",
    "engine.rulebook",
)
"""Modules that the list needs; between two imports, the event loop serves the terminal and the network.

The first row needs the last one. Importing it here uses time in which the program waits for the account anyway.
"""

DEFERRED_MODULES = (
    "engine.run.observer",
    "api.mapping",
    "app.screens.review",
    "app.screens.run",
    "app.screens.watch_run",
    "app.screens.records",
)
"""Modules that list commands need; a command used before its module is loaded imports it itself."""

DEFERRED_IMPORT_PAUSE_SECONDS = 0.3
"""Pause before each deferred import, in which the list loads and keys are handled."""


class StartupScreen(BaseScreen[None]):
    """The screen below the list, which covers it as soon as it is imported; keys are queued until then.

    The event loop does the imports: concurrent imports in threads can fail (`_DeadlockError`).
    """

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
        """Import and show the list, then import the deferred modules."""
        for name in STARTUP_MODULES:
            import_module(f"unsub_tui.{name}")
            await sleep(0)
        from unsub_tui.app.screens.resources.screen import ResourcesScreen

        await self.app.push_screen(ResourcesScreen(self.engine, self.options))
        for name in DEFERRED_MODULES:
            await sleep(DEFERRED_IMPORT_PAUSE_SECONDS)
            import_module(f"unsub_tui.{name}")
