"""The Records screen: pending items, runs, and all unsubscription orders of the account."""

from __future__ import annotations

from textual import on, work
from textual.app import ComposeResult
from textual.getters import query_one
from textual.widgets import Input

from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.records_pane import RecordsPane
from unsub_tui.app.widgets.filter_bar import FilterBar
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.listmodel.filters import RECORDS
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.i18n import _
from unsub_tui.present.labels import tabs_line

TYPING_ACTIONS = frozenset({"interrupt", "app.suspend"})
"""Actions that keys can trigger while the filter is being typed."""


class RecordsScreen(BaseScreen[Tab | None]):
    """The filter above the table of records. Returns the tab to show next, or None."""

    help_title = _("Records")
    pane = query_one(RecordsPane)
    filter_bar = query_one(FilterBar)

    def compose_content(self) -> ComposeResult:
        """Return the tabs, the filter bar and the table."""
        yield OneLineLabel(tabs_line(None, self.app.size.width), id="tabs")
        yield FilterBar(RECORDS, _("words, is:others, state:pending, user:ann, date<30d, fee>0"))
        yield RecordsPane(self)

    def on_mount(self) -> None:
        """Focus the table."""
        # `focus()` is deferred, and keys that arrive in the meantime would be lost.
        self.set_focus(self.pane.table)
        self.watch(self.pane, "filter_error", self.filter_bar.show_error)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the global keys while the user types in the filter field."""
        if isinstance(self.focused, Input):
            return action in TYPING_ACTIONS
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        """Open the filter field."""
        self.filter_bar.open()

    @on(FilterBar.Changed)
    def _filter(self) -> None:
        self.pane.apply_filter(self.filter_bar.current_query)
        is_invalid = self.pane.filter_error is not None
        self.set_status(self.filter_bar.error_hint("records.filter", "records.escape") if is_invalid else "")

    @on(FilterBar.Exited)
    def _leave_filter(self) -> None:
        self._filter()
        if self.pane.filter_error is None:
            self.pane.table.focus()

    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """Write the visible records to a file."""
        self._filter()  # keys can arrive before the filter is applied
        if self.pane.filter_error is None:
            await self.pane.export(self)

    def action_step_back(self) -> None:
        """Clear the filter; if it is empty, return to the list."""
        if self.filter_bar.field.value:
            self.filter_bar.set_filter("")
        else:
            self.action_back()

    def action_tab(self, name: str) -> None:
        """Switch to another tab."""
        self.dismiss_once(Tab(name))

    def action_show(self) -> None:
        """Report that the Records tab is already shown."""
        self.set_status(_("This is Records."))
