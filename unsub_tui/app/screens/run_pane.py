"""The items of a run: lines that never scroll, a table, details of the current item. Shared by all screens of runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.css.query import NoMatches
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Static

from unsub_tui.app.commands import bindings
from unsub_tui.app.run_list import RunList
from unsub_tui.app.screens.base import BaseScreen, full_screens
from unsub_tui.app.screens.page_screens import TextPageScreen
from unsub_tui.app.widgets.table import Table
from unsub_tui.app.widgets.table_lines import MARKER_WIDTH
from unsub_tui.app.widgets.text_page import entries_content
from unsub_tui.domain.run import Unit
from unsub_tui.present.i18n import _
from unsub_tui.present.page import Entry
from unsub_tui.present.pages.run import item_entries
from unsub_tui.present.pages.run_table import RunTable

MIN_DETAIL_LINES, MAX_DETAIL_LINES = 3, 14
"""Height of the details below the table, with the rule above them."""


class RunTextScreen(TextPageScreen[None]):
    """A page of text over the screen of a run. ctrl+c acts on the run, as it does there."""

    def action_interrupt(self) -> None:
        """Close the page and pass the key on."""
        below = full_screens(self.app)[-2]
        self.dismiss_once(None)
        below.action_interrupt()


class RunPane(Vertical):
    """Shows the items of a run; goes from problem to problem, and shows everything about an item or about the run."""

    BINDINGS = bindings("run table")

    head = query_one(".run-head", Static)
    table = query_one(Table)
    details = query_one(".run-details", Static)

    def __init__(self, screen: BaseScreen[Any], page: Callable[[], Sequence[Entry]], *middle: Widget) -> None:
        """Create the pane; `page` returns the whole run as text, and `middle` stands between the head and the table."""
        super().__init__()
        self.engine, self.options, self._set_status = screen.engine, screen.options, screen.set_status
        self._page = page
        self._middle = middle
        self._list = RunList(RunTable(()))

    def compose(self) -> ComposeResult:
        """Return the head, the lines of the screen, the table and the details."""
        yield Static(classes="run-head", markup=False)
        yield from self._middle
        yield Table(self._list.lay_out(0), self._list)
        yield Static(classes="run-details", markup=False)

    @property
    def current(self) -> Unit | None:
        """The item under the cursor; None without items."""
        return self._list.row_at(self.table.cursor)

    def show(self, run: RunTable) -> None:
        """Show a run; the cursor stays on its item, or at the top, where problems appear."""
        here = self.current if self.table.cursor else None
        self.head.update(entries_content(run.head()))
        self._list = RunList(run)
        self._lay_out()
        self.call_after_refresh(self._lay_out_if_open)  # the head may have another height now
        self.table.reload(self._list.position_of(here.resource_id) if here is not None else 0)
        self._show_details()

    def action_problem(self, step: int) -> None:
        """Go to the next or previous item with a problem."""
        position = self._list.next_problem(self.table.cursor, step)
        if position is None:
            self._set_status(_("No item has a problem."))
        else:
            self.table.cursor = position

    @work(exclusive=True, group="page")
    async def action_details(self) -> None:
        """Show everything about the item under the cursor."""
        if (unit := self.current) is not None:
            await self._show_page(list(item_entries(unit)), _("Item"))

    @work(exclusive=True, group="page")
    async def action_text(self) -> None:
        """Show the whole run as text."""
        await self._show_page(self._page(), _("Run"))

    def on_resize(self) -> None:
        """Fit the columns to the new width."""
        self.call_after_refresh(self._lay_out_if_open)

    @on(Table.Moved)
    def _show_details(self) -> None:
        unit = self.current
        self.details.update(entries_content(item_entries(unit) if unit is not None else ()))

    async def _show_page(self, entries: Sequence[Entry], title: str) -> None:
        await self.app.push_screen_wait(RunTextScreen(self.engine, self.options, entries, title))

    def _lay_out_if_open(self) -> None:
        with suppress(NoMatches):  # the screen may have closed since this was asked for
            self._lay_out()

    def _lay_out(self) -> None:
        """Fit the columns to the width, and give the lines that the rows do not need to the details."""
        height = self.table.size.height + self.details.outer_size.height
        free = min(height - len(self._list) - 1, MAX_DETAIL_LINES)
        self.details.styles.height = max(free, MIN_DETAIL_LINES, height // 3)
        self.table.set_columns(self._list.lay_out(self.table.view.width - MARKER_WIDTH), self._list)
