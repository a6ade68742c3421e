"""The screen of the resource list: a list pane, and what its commands need of the account."""

from __future__ import annotations

from pathlib import PurePath
from typing import ClassVar

from textual import on
from textual.app import ComposeResult

from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.resources.list_pane import ListPane
from unsub_tui.app.screens.resources.loading import ListLoader
from unsub_tui.app.screens.resources.navigation import Navigation
from unsub_tui.app.screens.resources.order_loading import OrderLoader
from unsub_tui.app.screens.resources.plan_commands import PlanCommands
from unsub_tui.app.screens.resources.selection_commands import SelectionCommands
from unsub_tui.app.screens.resources.transfer import Transfer
from unsub_tui.app.screens.resources.view_commands import ViewCommands
from unsub_tui.engine.engine import Engine
from unsub_tui.listmodel.list_context import ListContext
from unsub_tui.listmodel.tab import Tab
from unsub_tui.listmodel.tabs import ResourceTabs
from unsub_tui.present.filter_facts import ResourceFacts
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import tab_title


class ResourcesScreen(BaseScreen[None]):
    """The list of the account's yearly/monthly resources."""

    CSS_PATH: ClassVar[list[str | PurePath]] = ["../widgets.tcss", "resources.tcss", "../confirm.tcss"]
    """Style sheets of all screens after the startup screen; loading them earlier would delay that screen."""
    help_title = tab_title(Tab.ACTIVE)

    def __init__(self, engine: Engine, options: AppOptions) -> None:
        super().__init__(engine, options)
        hint = _("/ find · space select · p review · ? help") if options.is_first_run else ""
        self.pane = ListPane(ResourceTabs(ListContext(engine), ResourceFacts), self.set_status, hint)
        if options.columns:
            self.pane.columns.choose(options.columns)
        SelectionCommands(self.pane)
        ViewCommands(self.pane, options)
        Transfer(self.pane, self)
        self._orders = OrderLoader(self.pane, self)
        self.loader = ListLoader(self.pane, self, self._orders)
        PlanCommands(self.pane, self, self._orders, review=self.loader.flow.review)
        Navigation(self.pane, self)

    def compose_content(self) -> ComposeResult:
        """Return the list pane."""
        yield self.pane

    def on_mount(self) -> None:
        """Show the empty frame first, then start loading."""
        self.call_after_refresh(self.loader.start)

    def on_screen_resume(self) -> None:
        """Show a pending listing that waited only because another screen covered this one."""
        self.call_after_refresh(self.loader.show_pending)  # the code that closed the other screen runs first

    @property
    def quit_warning(self) -> str:
        """A warning that the selection would be lost, or ""."""
        count = self.pane.tabs.selected_count
        return plural("{n} resource is selected", "{n} resources are selected", count) if count else ""

    @on(ListPane.TabShown)
    def _tab_shown(self, event: ListPane.TabShown) -> None:
        self.help_title = tab_title(event.tab)
        self._orders.load_renewals_if_needed()

    @on(ListPane.OrdersRequested)
    def _load_orders(self, event: ListPane.OrdersRequested) -> None:
        self._orders.load_resources_of(event.order_ids)
