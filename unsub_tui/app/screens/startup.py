"""The first screen: the frame stands while what the others need is still being loaded."""

from __future__ import annotations

import gc
from asyncio import sleep
from importlib import import_module

from textual import work
from textual.app import ComposeResult

from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.widgets.status import Line
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.tab import Tab
from unsub_tui.present.tab_labels import tabs_line

STARTUP_MODULES = (
    "domain.filters",
    "app.columns",
    "app.resource_tabs",
    "app.dialogs.menu",
    "app.dialogs.prompt",
    "app.screens.resources.filtering",
    "engine.rulebook",
)
"""What the list needs, in pieces: between two of them the terminal and the service are answered.

The last is needed by the first row. Loaded here, it takes time in which the account is waited for anyway.
"""

DEFERRED_MODULES = (
    "engine.run.observer",
    "api.client",
    "app.screens.review",
    "app.screens.run",
    "app.screens.watch_run",
    "app.screens.records",
)
"""What keys of the list open; who is quicker than this loads it with the key."""

DEFERRED_IMPORT_PAUSE_SECONDS = 0.3
"""The pause before each of those, in which the list arrives and keys are answered."""


class StartupScreen(BaseScreen[None]):
    """Goes under the list as soon as that can be shown, and stays there; keys wait until then.

    What is loaded here is loaded by the loop: an import in a thread beside another one can fail (`_DeadlockError`).
    """

    def compose_content(self) -> ComposeResult:
        """Put the tabs where they will be."""
        yield Line(tabs_line(Tab.ACTIVE, self.app.size.width), id="tabs")
        yield Line(id="room")

    def on_mount(self) -> None:
        """Load the rest once this is on the screen."""
        self.call_after_refresh(self.connect)
        self.call_after_refresh(self.show_list)

    @work(exclusive=True, group="connect")
    async def connect(self) -> None:
        """Begin to ask for account and resources while the list is loaded; the list itself tells what comes of it."""
        engine = self.engine  # by the time it is open there may be another one here
        try:
            await engine.open()
            engine.start_prefetch()
        except UnsubError:
            gc.enable()  # which a listing would do at its end

    @work(exclusive=True)
    async def show_list(self) -> None:
        """Show the list over it."""
        for name in STARTUP_MODULES:
            import_module(f"unsub_tui.{name}")
            await sleep(0)
        from unsub_tui.app.screens.resources.screen import ResourcesScreen

        await self.app.push_screen(ResourcesScreen(self.engine, self.options))
        for name in DEFERRED_MODULES:
            await sleep(DEFERRED_IMPORT_PAUSE_SECONDS)
            import_module(f"unsub_tui.{name}")
