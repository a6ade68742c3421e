"""The commands of the resource list that lead elsewhere: tabs, Records, details."""

from __future__ import annotations

from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.resources.list_pane import SIDE_PANEL_MIN_WIDTH, ListPane, SideView
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.i18n import _


class Navigation:
    """Shows another tab of a list pane, or another screen."""

    def __init__(self, pane: ListPane, screen: BaseScreen[None]) -> None:
        self._pane = pane
        self._screen = screen
        pane.add_commands({"tab": self.show_tab, "records": self.show_records, "details": self.show_details})

    def show_tab(self, tab: str | None) -> None:
        """Show a tab of the list; None changes nothing."""
        if tab is not None:
            self._pane.show_tab(Tab(tab))

    def show_records(self) -> None:
        """Show the Records screen; it returns the tab to show next."""
        screen = self._screen
        if screen.engine.account.ref is None:
            screen.set_status(_("Not connected yet."))
            return
        from unsub_tui.app.screens.records import RecordsScreen

        screen.app.push_screen(RecordsScreen(screen.engine, screen.options), self.show_tab)

    async def show_details(self) -> None:
        """Show the details of the current resource, beside the list if there is room."""
        pane, screen, resource = self._pane, self._screen, self._pane.current_resource
        if resource is None:
            pane.set_status(_("The list is empty."))
            return
        if pane.size.width >= SIDE_PANEL_MIN_WIDTH and pane.side_view is not SideView.DETAILS:
            pane.side_view = SideView.DETAILS
            return
        from unsub_tui.app.screens.resource_detail import ResourceDetailScreen

        listed = pane.resources
        details = ResourceDetailScreen(
            screen.engine,
            screen.options,
            catalogue=listed.catalogue,
            resource=resource,
            reason=pane.hints.reason,
            quote=listed.quotes.get(resource.id),
            periods=listed.context.periods_of(resource),
        )
        plan = await screen.app.push_screen_wait(details)
        if plan is not None:
            pane.store_quotes(plan)
