"""The Records screen: pending items, our runs, and all unsubscription orders of the account."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Input

from unsub_tui.app.commands import bindings
from unsub_tui.app.dialogs.export import format_items, save_list
from unsub_tui.app.dialogs.menu import Menu, MenuItem
from unsub_tui.app.options import AppOptions
from unsub_tui.app.record_list import RecordList
from unsub_tui.app.review_flow import ReviewFlowScreen
from unsub_tui.app.screens.record_detail import OrderDetailScreen, RunDetailScreen
from unsub_tui.app.screens.watch_run import WatchRunScreen
from unsub_tui.app.widgets.filter_bar import FilterBar
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.app.widgets.table import Table
from unsub_tui.domain.attributed_order import AttributedOrder
from unsub_tui.domain.lock_owner import LockOwner
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.domain.run import Run
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.engine.engine import Engine
from unsub_tui.engine.orders import OrdersProgress
from unsub_tui.engine.run import observer  # noqa: F401 - preloaded: threads must not import
from unsub_tui.listmodel.filters import RECORDS
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.export.formats import export_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import tabs_line
from unsub_tui.present.pages.order import ITEM_COLUMNS, ORDER_COLUMNS, item_rows, order_row
from unsub_tui.present.pages.records import record_key
from unsub_tui.present.pages.run import nothing_open_text, set_aside_text
from unsub_tui.present.problems import problem_text
from unsub_tui.present.time_format import format_date

YEAR = timedelta(days=365)
"""Period of orders that is read first, and again with each request for older orders."""

TYPING_ACTIONS = frozenset({"interrupt", "app.suspend"})
"""Actions that keys can trigger while the filter is being typed."""


class RecordsScreen(ReviewFlowScreen[Tab | None]):
    """A list with one row per run and per order. Returns the tab to show next, or None."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("records")

    table = query_one("#records", Table)
    filter_bar = query_one(FilterBar)
    status = query_one("#status", OneLineLabel)

    @dataclass
    class RunsLoaded(Message):
        """The runs were read from the record."""

        runs: Sequence[Run]
        lock_owner: LockOwner | None
        """Holder of the journal lock, if another terminal works on one of the runs now."""

    @dataclass
    class OrdersLoaded(Message):
        """More orders were read."""

        progress: OrdersProgress

    @dataclass
    class OrdersFailed(Message):
        """The orders were not read, or not all of them."""

        problem: Problem

    def __init__(self, engine: Engine, options: AppOptions) -> None:
        super().__init__(engine, options)
        self.record_list = RecordList(engine.clock.now)
        self._since = engine.clock.now() - YEAR
        self._reading = ""
        self._has_moved = False
        self.help_title = _("Records")

    def compose_content(self) -> ComposeResult:
        """Return the tabs, the filter bar, the table and the status line."""
        yield OneLineLabel(tabs_line(None, self.app.size.width), id="tabs")
        yield FilterBar(RECORDS, _("words, is:others, state:pending, user:ann, date<30d, fee>0"))
        yield Table(self.record_list.columns, self.record_list, id="records")
        yield OneLineLabel(id="status")

    def on_mount(self) -> None:
        """Read the runs and the orders."""
        self.table.focus()
        self.read()
        self.read_orders(self._since, None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the list's keys while the user types in an input field."""
        if isinstance(self.focused, Input):
            return action in TYPING_ACTIONS
        return super().check_action(action, parameters)

    @work(exclusive=True, group="read")
    async def read(self) -> None:
        """Read the runs from the record in a thread, so that the event loop stays responsive."""
        try:
            holder = await to_thread(self.engine.history.lock_owner)
            runs = await to_thread(self.engine.history.runs)
        except UnsubError as error:
            self.set_status(problem_text(error.problem))
        else:
            self.post_message(self.RunsLoaded(runs, holder))

    @work(exclusive=True, group="read orders")
    async def read_orders(self, since: datetime, until: datetime | None) -> None:
        """Read the account's unsubscription orders of a period in the background."""
        self._set_orders_status(_("reading orders ..."))
        try:
            async for progress in self.engine.history.orders(since, until):
                self.post_message(self.OrdersLoaded(progress))
        except UnsubError as error:
            self.post_message(self.OrdersFailed(error.problem))

    @on(RunsLoaded)
    def _show(self, event: RunsLoaded) -> None:
        self._change_list(lambda: self.record_list.set_runs(event.runs, event.lock_owner))

    @on(OrdersLoaded)
    def _show_orders(self, event: OrdersLoaded) -> None:
        found = event.progress
        self.record_list.orders_note = ""
        if found.done < found.total:
            self._reading = _("reading orders: {done} of {total}").format(done=found.done, total=found.total)
        else:
            self._since = min(self._since, found.since)
            self._reading = plural("{n} without a name", "{n} without a name", found.unnamed) if found.unnamed else ""
        self._change_list(lambda: self.record_list.add_orders(found.orders))
        if found.problem is not None:
            why = problem_text(found.problem)
            self.set_status(_("who placed some of the orders could not be read: {why}").format(why=why))

    @on(OrdersFailed)
    def _show_orders_failed(self, event: OrdersFailed) -> None:
        self.record_list.orders_note = _("not all read")
        self._set_orders_status(_("orders not read"))
        self.table.reload()
        self.set_status(problem_text(event.problem) + " " + _("r tries again."))

    @on(Table.Moved)
    def _cursor_moved(self) -> None:
        self._has_moved = self.record_list.total > 0  # the table also reports the initial position

    def action_open(self) -> None:
        """Open the details of the current record; fold a heading; watch a run of another terminal."""
        record = self.record_list.record_at(self.table.cursor)
        if record is None:
            self.record_list.toggle_fold(self.table.cursor)
            self.table.reload()
        elif isinstance(record, AttributedOrder):
            self.app.push_screen(OrderDetailScreen(self.engine, self.options, record))
        elif self.record_list.lock_owner is not None and self.record_list.is_running(record):
            self.watch_run(self.record_list.lock_owner)
        else:
            self.open_run(record)

    def action_undo(self) -> None:
        """Review the plan that reverses the current run."""
        record = self.record_list.record_at(self.table.cursor)
        if isinstance(record, Run) and record.reversible_ids:
            self.undo_run(record)
        else:
            self.set_status(_("nothing of this run can be undone"))

    @work(exclusive=True, group="run page")
    async def open_run(self, run: Run) -> None:
        """Show the page of a run, then the review of its reversal if the user requested it there."""
        page = RunDetailScreen(self.engine, self.options, run)
        await self.app.push_screen_wait(page)
        if page.wants_undo:
            self.undo_run(run)

    @work(exclusive=True, group="watch")
    async def watch_run(self, lock_owner: LockOwner) -> None:
        """Watch a run of another terminal."""
        await self.app.push_screen_wait(WatchRunScreen(self.engine, self.options, lock_owner))
        self.after_watching()

    def action_filter(self) -> None:
        """Open the filter field."""
        self.filter_bar.open()

    @on(FilterBar.Changed)
    def _filter(self) -> None:
        query = self.filter_bar.current_query
        if query.text != self.record_list.query.text:
            self._change_list(lambda: self.record_list.apply_filter(query))
            self.set_status(self._filter_error_hint())

    @on(FilterBar.Exited)
    def _leave_filter(self) -> None:
        self._filter()
        if self.record_list.filter_error is None:
            self.table.focus()
        self.set_status(self._filter_error_hint())

    def _filter_error_hint(self) -> str:
        """Return what an invalid filter prevents, and the keys that correct and clear it; "" if the filter is valid."""
        return (
            self.filter_bar.error_hint("records.filter", "records.escape")
            if self.record_list.filter_error is not None
            else ""
        )

    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """Write the visible orders, or the items of the visible runs, to a file."""
        self._filter()  # keys can arrive before the filter is applied
        if self.record_list.filter_error is not None:
            self.set_status(self._filter_error_hint())
            return
        orders = [each for each in self.record_list.matching if isinstance(each, AttributedOrder)]
        runs = [each for each in self.record_list.matching if isinstance(each, Run)]
        lists = [
            MenuItem("orders", _("the unsubscription orders shown"), "o", f"{len(orders):,}"),
            MenuItem("items", _("the items of the runs shown"), "i", f"{sum(len(run.units) for run in runs):,}"),
        ]
        chosen = await self.app.push_screen_wait(Menu(_("Export"), lists))
        form = await self.app.push_screen_wait(Menu(_("Export as"), format_items())) if chosen else None
        if form is None:
            return
        columns: Sequence[str] = ORDER_COLUMNS if chosen == "orders" else ITEM_COLUMNS
        of_runs = [row for run in runs for row in item_rows(run)]
        rows = [order_row(each) for each in orders] if chosen == "orders" else of_runs
        title = plural("Save {n} line", "Save {n} lines", len(rows))
        await save_list(self, export_text(form, str(chosen), columns, rows), f"{chosen}.{form}", len(rows), title=title)

    def action_copy(self) -> None:
        """Show the current record's id and copy it to the clipboard."""
        record = self.record_list.record_at(self.table.cursor)
        if record is None:
            self.set_status(_("nothing is listed here"))
            return
        shown = for_display(record_key(record))
        self.app.copy_to_clipboard(shown)
        self.set_status(_("id {id} (copied where the terminal allows it)").format(id=shown))

    def action_older(self) -> None:
        """Read the orders of one more year."""
        self.read_orders(self._since - YEAR, self._since)

    @work(exclusive=True, group="settle")
    async def action_check_status(self) -> None:
        """Check the status of pending items, late bills and leftovers."""
        try:
            units = await to_thread(self.engine.history.units_needing_followup)
            aside = set_aside_text(await to_thread(self.engine.history.set_aside_journals))
            last = None if units or aside else await to_thread(self.engine.history.last_event_time)
        except UnsubError as error:
            self.set_status(problem_text(error.problem))
            return
        if units:
            self.resume()
        else:
            self.set_status(aside or nothing_open_text(last))

    def action_refresh(self) -> None:
        """Read the runs and the orders again."""
        self.read()
        self.read_orders(self._since, None)

    def action_step_back(self) -> None:
        """Clear the filter; if it is empty, return to the list."""
        if self.filter_bar.field.value:
            self.filter_bar.clear_filter()
        else:
            self.action_back()

    def action_tab(self, name: str) -> None:
        """Switch to another tab."""
        self.dismiss_once(Tab(name))

    def action_show(self) -> None:
        """Report that the Records tab is already shown."""
        self.set_status(_("this is Records"))

    def after_watching(self) -> None:
        """Read the runs again."""
        self.read()

    def run_ended(self, run: Run) -> None:
        """Read the runs and the orders again, because the owner of an order may be known now."""
        self.set_status(_("settled what could be settled of {run}").format(run=run.run_id))
        self.action_refresh()

    def _change_list(self, change: Callable[[], None]) -> None:
        """Change the list; the cursor stays on its record, or on the first record until the user has moved it."""
        here = self.record_list.record_at(self.table.cursor)
        change()
        self.filter_bar.show_error(self.record_list.filter_error)
        stays_on_title = self._has_moved and here is None
        self.table.reload(None if stays_on_title else self.record_list.position_of(here if self._has_moved else None))
        self._redraw()

    def _set_orders_status(self, words: str) -> None:
        self._reading = words
        self._redraw()

    def _redraw(self) -> None:
        board = self.record_list
        counts = _("shown {shown} of {total}").format(shown=f"{len(board.matching):,}", total=f"{board.total:,}")
        since = _("orders since {day}").format(day=format_date(self._since))
        self.status.text = " · ".join(part for part in (counts, since, self._reading) if part)
