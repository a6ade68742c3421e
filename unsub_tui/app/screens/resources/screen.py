"""The screen of the resource list: a list pane, and what its commands need of the account."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult

from unsub_tui.app import review_flow
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.resources.bundles import offer_bundle, rejected_bundle_members
from unsub_tui.app.screens.resources.list_pane import SIDE_PANEL_MIN_WIDTH, ListPane, SideView
from unsub_tui.app.screens.resources.loading import ListLoader
from unsub_tui.app.screens.resources.order_loading import OrderLoader
from unsub_tui.app.screens.resources.plan_commands import PlanCommands
from unsub_tui.app.screens.resources.selection_commands import SelectionCommands
from unsub_tui.app.screens.resources.transfer import Transfer
from unsub_tui.app.screens.resources.view_commands import ViewCommands
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.engine import Engine
from unsub_tui.listmodel.list_context import ListContext
from unsub_tui.listmodel.tab import Tab
from unsub_tui.listmodel.tabs import ResourceTabs
from unsub_tui.present.filter_facts import ResourceFacts
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import tab_title

if TYPE_CHECKING:
    from unsub_tui.domain.plan import Plan
    from unsub_tui.domain.run import Run


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
        self._plan_file = options.plan_file
        self._has_offered_open_units = False
        """Whether the user has dealt with the offer to check pending units of earlier runs."""
        SelectionCommands(self.pane)
        ViewCommands(self.pane, options)
        Transfer(self.pane, self)
        self._orders = OrderLoader(self.pane, self)
        self.loader = ListLoader(
            self.pane,
            self,
            self._orders,
            on_rows=self._offer_open_units,
            on_complete=self._review_plan_file_if_ready,
            is_busy=lambda: not self.is_current or self._has_flow(),
        )
        PlanCommands(self.pane, self, review=self._start_review, are_renewals_pending=lambda: self._orders.is_pending)
        self.pane.add_commands(
            {
                "details": self._show_details,
                "tab": lambda name: self.pane.show_tab(Tab(name)),
                "records": self._show_records,
            }
        )

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

    @work(exclusive=True, group="open-units")
    async def _offer_open_units(self) -> None:
        """Offer to check pending units of earlier runs, before any other work."""
        self._has_offered_open_units = False
        await review_flow.offer_open_units(self)
        self._has_offered_open_units = True
        self._review_plan_file_if_ready()

    def _review_plan_file_if_ready(self) -> None:
        """Review the plan file given at startup, once the listing is complete and the open-units offer is answered."""
        is_ready = self.pane.resources.is_complete and self._has_offered_open_units and self.is_current
        if self._plan_file is not None and is_ready:
            filed, self._plan_file = self._plan_file, None
            flow = review_flow.review_plan_file(self, self.pane.resources.catalogue, filed)
            self.run_worker(flow, exclusive=True, group="flow")

    def _start_review(self, plan: Plan) -> None:
        flow = review_flow.review(self, self.pane.resources.catalogue, plan)
        self.run_worker(flow, exclusive=True, group="flow")

    def _show_records(self) -> None:
        """Show the Records screen."""
        if self.engine.account.ref is None:
            self.set_status(_("Not connected yet."))
            return
        from unsub_tui.app.screens.records import RecordsScreen

        self.app.push_screen(RecordsScreen(self.engine, self.options), self._return_to)

    def _return_to(self, tab: Tab | None) -> None:
        if tab is not None:
            self.pane.show_tab(tab)

    def _show_details(self) -> None:
        """Show the details of the current resource, beside the list if there is room."""
        if self.pane.current_resource is None:
            self.set_status(_("The list is empty."))
        elif self.size.width < SIDE_PANEL_MIN_WIDTH or self.pane.side_view is SideView.DETAILS:
            self._open_details()
        else:
            self.pane.side_view = SideView.DETAILS

    @work(exclusive=True, group="dialog")
    async def _open_details(self) -> None:
        resource, listed = self.pane.current_resource, self.pane.resources
        if resource is None:
            return
        from unsub_tui.app.screens.resource_detail import ResourceDetailScreen

        screen = ResourceDetailScreen(
            self.engine,
            self.options,
            catalogue=listed.catalogue,
            resource=resource,
            reason=self.pane.hints.reason,
            quote=listed.quotes.get(resource.id),
            periods=listed.context.periods_of(resource),
        )
        plan = await self.app.push_screen_wait(screen)
        if plan is not None:
            self.pane.store_quotes(plan)

    def store_quotes(self, plan: Plan) -> None:
        """Store the quotes of a reviewed plan."""
        self.pane.store_quotes(plan)

    def run_ended(self, run: Run) -> None:
        """Mark unsubscribed resources as closed, deselect settled ones and load the list again."""
        settled = [unit for unit in run.units if unit.state is State.SETTLED]
        self.pane.update(lambda: self.pane.tabs.apply_settled(settled), fit=True)
        self.loader.reload()
        if parts := self._bundle_members_to_offer(run):
            offer = offer_bundle(self.pane, self.engine, parts[0], self._start_review)
            self.run_worker(offer, exclusive=True, group="bundle")

    def closing_hint(self, run: Run) -> str:
        """Return the hint for closing the result page, which mentions the bundle offer if one follows."""
        if self._bundle_members_to_offer(run):
            return _("Enter closes this page and shows the bundle.")
        return _("Enter closes this page.")

    def _bundle_members_to_offer(self, run: Run) -> list[str]:
        return rejected_bundle_members(run) if self.pane.resources.tab.action.deletes_resource else []

    def watching_ended(self) -> None:
        """Load the list again, because the watched run may have unsubscribed from resources."""
        self.loader.refresh()

    def _has_flow(self) -> bool:
        """Whether a review, a confirmation or a run is in progress."""
        return any(each.group == "flow" and not each.is_finished for each in self.workers)
