"""The Records screen: pending items, runs, and all unsubscription orders of the account."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.css.query import NoMatches
from textual.getters import query_one
from textual.reactive import reactive
from textual.widgets import Input

from unsub_tui.app import review_flow
from unsub_tui.app.commands import bindings
from unsub_tui.app.dialogs.export import choose_format, save_list
from unsub_tui.app.dialogs.menu import Menu, MenuItem
from unsub_tui.app.preload import read_in_thread
from unsub_tui.app.record_list import COLUMNS, RecordList
from unsub_tui.app.review_flow import RunAnswer
from unsub_tui.app.screens.base import BaseScreen, copy_id
from unsub_tui.app.screens.page_screens import OrderDetailScreen
from unsub_tui.app.screens.run_record import RunDetailScreen
from unsub_tui.app.widgets.filter_bar import FilterBar
from unsub_tui.app.widgets.status import OneLineLabel, TabLine
from unsub_tui.app.widgets.table import Table
from unsub_tui.domain.order import AttributedOrder
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.run import Run
from unsub_tui.engine.orders import OrdersProgress
from unsub_tui.listmodel.filters import RECORDS, FilterError, Query
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.export.formats import export_text
from unsub_tui.present.export.record_rows import ITEM, ORDER, item_rows
from unsub_tui.present.filter_messages import RECORD_FILTER_HELP
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import tabs_line
from unsub_tui.present.pages.records import record_key
from unsub_tui.present.pages.run import nothing_open_text, set_aside_text
from unsub_tui.present.problems import problem_text
from unsub_tui.present.time_format import date_and_zone

YEAR = timedelta(days=365)
"""Period of orders that is read first, and again with each request for older orders."""


class RecordsPane(Vertical):
    """One row per run and per order, with the counts below."""

    inventory = None
    """Nothing is read from the services here before a review."""

    BINDINGS = bindings("records")

    table = query_one("#records", Table)

    filter_error: reactive[FilterError | None] = reactive[FilterError | None](None, init=False, repaint=False)
    """Why the filter cannot be applied; the table is then empty."""
    orders_status: reactive[str] = reactive("", init=False, repaint=False)
    """Progress of reading the orders, or what is missing of them."""

    def __init__(self, screen: BaseScreen[Tab | RunAnswer | None]) -> None:
        super().__init__()
        self.engine, self.options = screen.engine, screen.options
        self.set_status = screen.set_status
        self._leave_with: Callable[[RunAnswer], None] = screen.dismiss_once
        self.record_list = RecordList(self.engine.clock.now)
        self._since = self.engine.clock.now() - YEAR
        self._has_moved = False
        """Whether the user has moved the cursor since the first record was shown."""
        self._placed_cursor = 0
        """Where the last change of the list has put the cursor."""

    def compose(self) -> ComposeResult:
        """Return the table and the status line."""
        yield Table(COLUMNS, self.record_list, id="records")
        yield OneLineLabel(id="status")

    def on_mount(self) -> None:
        """Read the runs and the orders."""
        self.action_refresh()

    @work(exclusive=True, group="read")
    async def read_runs(self) -> None:
        """Read the runs from the record."""
        with suppress(NoMatches):  # the screen may be closing
            try:
                owner = await read_in_thread(self.engine.history.lock_owner)
                runs = await read_in_thread(self.engine.history.runs)
            except UnsubError as error:
                self.set_status(problem_text(error.problem))
            else:
                self._change_list(lambda: self.record_list.set_runs(runs, owner))

    @work(exclusive=True, group="read orders")
    async def read_orders(self, since: datetime, until: datetime | None) -> None:
        """Read the account's unsubscription orders of a period in the background."""
        self.orders_status = _("Loading orders…")
        with suppress(NoMatches):  # the screen may be closing
            try:
                async for progress in self.engine.history.orders(since, until):
                    self._show_orders(progress)
            except UnsubError as error:
                self.record_list.orders_note = _("incomplete")
                self.orders_status = _("orders not loaded")
                self.table.reload()
                self.set_status(problem_text(error.problem) + " " + _("r tries again."))

    def apply_filter(self, query: Query) -> None:
        """Show the records that match."""
        if query.text != self.record_list.query.text:
            self._change_list(lambda: self.record_list.apply_filter(query))

    @work(exclusive=True, group="flow")
    async def action_open(self) -> None:
        """Open the details of the current record; fold a heading; watch a run of another terminal."""
        records = self.record_list
        record = records.record_at(self.table.cursor)
        if record is None:
            records.toggle_fold(self.table.cursor)
            self.table.reload()
        elif isinstance(record, AttributedOrder):
            self.app.push_screen(OrderDetailScreen(self.engine, self.options, record))
        elif records.lock_owner is not None and records.is_running(record):
            await review_flow.watch_run(self, records.lock_owner)
        else:
            page = RunDetailScreen(self.engine, self.options, record)
            if (answer := await self.app.push_screen_wait(page)) is not None:
                await review_flow.fulfill(self, answer)

    @work(exclusive=True, group="flow")
    async def action_undo(self) -> None:
        """Review the plan that reverses the current run."""
        record = self.record_list.record_at(self.table.cursor)
        if isinstance(record, Run):
            await review_flow.undo_run(self, record)
        else:
            self.set_status(_("Only a run can be undone."))

    @work(exclusive=True, group="flow")
    async def action_check_status(self) -> None:
        """Check the status of pending items, late bills and leftovers."""
        try:
            units = await read_in_thread(self.engine.history.units_to_check)
            aside = set_aside_text(await read_in_thread(self.engine.history.set_aside_journals))
            last = None if units or aside else await read_in_thread(self.engine.history.last_event_time)
        except UnsubError as error:
            self.set_status(problem_text(error.problem))
            return
        if units:
            await review_flow.resume(self)
        else:
            self.set_status(aside or nothing_open_text(last))

    async def export(self, screen: BaseScreen[Tab | RunAnswer | None]) -> None:
        """Write the visible orders, or the items of the visible runs, to a file."""
        orders = ORDER.rows(each for each in self.record_list.matching if isinstance(each, AttributedOrder))
        items = item_rows(each for each in self.record_list.matching if isinstance(each, Run))
        lists = [
            MenuItem("orders", _("Unsubscription orders"), "o", f"{len(orders):,}"),
            MenuItem("items", _("Items of the runs"), "i", f"{len(items):,}"),
        ]
        chosen = await self.app.push_screen_wait(Menu(_("Export"), lists))
        form = await choose_format(screen) if chosen else None
        if chosen is None or form is None:
            return
        columns = ORDER.columns if chosen == "orders" else ITEM.columns
        rows = orders if chosen == "orders" else items
        title = plural("Save {n} line", "Save {n} lines", len(rows))
        await save_list(screen, export_text(form, chosen, columns, rows), f"{chosen}.{form}", len(rows), title=title)

    def action_copy(self) -> None:
        """Show the current record's id and copy it to the clipboard."""
        record = self.record_list.record_at(self.table.cursor)
        if record is None:
            self.set_status(_("This row is not a record."))
        else:
            self.set_status(copy_id(self.app, record_key(record)))

    def action_older(self) -> None:
        """Read the orders of one more year."""
        self.read_orders(self._since - YEAR, self._since)

    def action_refresh(self) -> None:
        """Read the runs and the orders again."""
        self.read_runs()
        self.read_orders(self._since, None)

    def store_quotes(self, plan: Plan) -> None:
        """Ignore the quotes of a review: the table shows actual amounts only."""

    async def act_in_list(self, answer: RunAnswer) -> None:
        """Leave Records; the list does what the user asked for."""
        self._leave_with(answer)

    def show_rejections(self) -> None:
        """Do nothing: the table shows runs, not requests."""

    def run_ended(self, run: Run) -> None:
        """Read the runs and the orders again, because the owner of an order may be known now."""
        self.engine.bundles.note_units(run.units)
        self.set_status(_("Run {run} has ended.").format(run=run.run_id))
        self.action_refresh()

    def reload(self) -> None:
        """Read the runs again."""
        self.read_runs()

    def _show_orders(self, progress: OrdersProgress) -> None:
        self.record_list.orders_note = ""
        if progress.done < progress.total:
            words = _("Loading orders: {done} of {total}").format(done=progress.done, total=progress.total)
        else:
            self._since = min(self._since, progress.since)
            unnamed = progress.unnamed
            words = plural("{n} order without its user", "{n} orders without their users", unnamed) if unnamed else ""
        self._change_list(lambda: self.record_list.add_orders(progress.orders))
        self.orders_status = words
        if progress.problem is not None:
            why = problem_text(progress.problem)
            self.set_status(_("The users of some orders could not be read: {why}").format(why=why))

    def _change_list(self, change: Callable[[], None]) -> None:
        """Change the list; the cursor stays on its record, or on the first record until the user has moved it."""
        here = self.record_list.record_at(self.table.cursor)
        self._has_moved = self._has_moved or self.table.cursor != self._placed_cursor
        change()
        self.filter_error = self.record_list.filter_error
        stays_on_title = self._has_moved and here is None
        self.table.reload(None if stays_on_title else self.record_list.position_of(here if self._has_moved else None))
        self._placed_cursor = self.table.cursor
        self.watch_orders_status()

    def watch_orders_status(self) -> None:
        """Show the counts and the progress."""
        records = self.record_list
        counts = _("shown {shown} of {total}").format(shown=f"{len(records.matching):,}", total=f"{records.total:,}")
        since = _("orders since {day}").format(day=date_and_zone(self._since))
        text = " · ".join(part for part in (counts, since, self.orders_status) if part)
        self.query_one("#status", OneLineLabel).text = text


TYPING_ACTIONS = frozenset({"interrupt", "app.suspend"})
"""Actions that keys can trigger while the filter is being typed."""


class RecordsScreen(BaseScreen[Tab | RunAnswer | None]):
    """The filter above the table of records. Returns the tab to show next, what to do in the list, or None."""

    help_title = _("Records")
    pane = query_one(RecordsPane)
    filter_bar = query_one(FilterBar)

    def compose_content(self) -> ComposeResult:
        """Return the tabs, the filter bar and the table."""
        yield TabLine(tabs_line(None, self.app.size.width), id="tabs")
        yield FilterBar(
            "records.filter",
            "records.escape",
            lambda: self.pane.record_list.facts,
            RECORDS,
            RECORD_FILTER_HELP,
        )
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
        self.set_status(self.filter_bar.error_hint if is_invalid else "")

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
        self.set_status(_("Records is already displayed."))
