"""The screen of the resource list: connects a list pane with its account, and leads to other screens."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult

from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.resources.list_pane import SIDE_PANEL_MIN_WIDTH, ListPane, SideView
from unsub_tui.app.screens.resources.loading import ListLoader, OrderLoader
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
from unsub_tui.present.labels import TAB_TITLES

if TYPE_CHECKING:
    from unsub_tui.app.review_flow import RunAnswer


class ResourcesScreen(BaseScreen[None]):
    """The list of the account's yearly/monthly resources."""

    CSS_PATH: ClassVar[list[str | PurePath]] = ["../widgets.tcss", "resources.tcss", "../confirm.tcss"]
    """Style sheets of all screens after the startup screen; loading them earlier would delay that screen."""
    help_title = TAB_TITLES[Tab.ACTIVE]

    def __init__(self, engine: Engine, options: AppOptions) -> None:
        super().__init__(engine, options)
        hint = _("/ find · Space select · p review · ? help") if options.is_first_run else ""
        facts = partial(ResourceFacts, defers_findings=True)
        self.pane = ListPane(ResourceTabs(ListContext(engine, engine.clock.now), facts), self.set_status, hint)
        if options.columns:
            self.pane.columns.choose(options.columns)
        SelectionCommands(self.pane)
        ViewCommands(self.pane, options)
        Transfer(self.pane, self)
        self._orders = OrderLoader(self.pane, self)
        self.loader = ListLoader(self.pane, self, self._orders)
        PlanCommands(self.pane, self, self._orders, self.loader.flow)
        self.pane.add_commands({"tab": self.show_tab, "records": self.show_records, "details": self.show_details})

    def compose_content(self) -> ComposeResult:
        """Return the list pane."""
        yield self.pane

    def on_mount(self) -> None:
        """Show the empty frame first, then start loading."""
        if self.options.tab is not Tab.ACTIVE:
            self.pane.show_tab(self.options.tab)
        if self.options.query:
            self.pane.filter_bar.set_filter(self.options.query)
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
        self.help_title = TAB_TITLES[event.tab]
        self._orders.load_renewals_if_needed()

    @on(ListPane.FindingsOutdated)
    def _read_findings(self) -> None:
        self.loader.inventory_sweep.read_outdated()

    @on(ListPane.OrdersRequested)
    def _load_orders(self, event: ListPane.OrdersRequested) -> None:
        self._orders.load_resources_of(event.order_ids)

    @on(ListPane.DetailsRequested)
    def _read_details(self) -> None:
        self.loader.inventory_sweep.read_details()

    def show_tab(self, tab: str | None) -> None:
        """Show a tab of the list; None changes nothing."""
        if tab is not None:
            self.pane.show_tab(Tab(tab))

    def show_records(self) -> None:
        """Show the Records screen; it returns the tab to show next, or what to do in the list."""
        if self.engine.account.ref is None:
            self.set_status(_("Not connected yet."))
            return
        from unsub_tui.app.screens.records import RecordsScreen

        self.app.push_screen(RecordsScreen(self.engine, self.options), self._leave_records)

    def _leave_records(self, answer: Tab | RunAnswer | None) -> None:
        self.loader.flow.show_rejections()  # a run can be continued there
        if answer is None or isinstance(answer, Tab):
            self.show_tab(answer)
        else:
            self.run_worker(self.loader.flow.act_in_list(answer), exclusive=True, group="flow")

    async def show_details(self) -> None:
        """Show the details of the current resource, beside the list if there is room."""
        pane, resource = self.pane, self.pane.current_resource
        if resource is None:
            self.set_status(_("The list is empty."))
            return
        if pane.size.width >= SIDE_PANEL_MIN_WIDTH and pane.side_view is not SideView.DETAILS:
            pane.side_view = SideView.DETAILS
            return
        from unsub_tui.app.screens.page_screens import ResourceDetailScreen

        details = ResourceDetailScreen(self.engine, self.options, pane.resources, resource, pane.hints.reason)
        plan = await self.app.push_screen_wait(details)
        if plan is not None:
            pane.store_quotes(plan)
