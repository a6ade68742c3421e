"""The runs of ours, newest first, open ones before all."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.getters import query_one
from textual.message import Message

from unsub_tui.app.commands import Command, bindings
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.details import PageScreen
from unsub_tui.app.screens.flow import FlowScreen
from unsub_tui.app.screens.live import LiveScreen
from unsub_tui.app.widgets.bars import TextLine
from unsub_tui.app.widgets.page import Page
from unsub_tui.domain.holder import Holder
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.run import Run
from unsub_tui.engine.engine import Engine
from unsub_tui.present.others import not_read, others_entries
from unsub_tui.present.page import Entry
from unsub_tui.present.problems import problem_text
from unsub_tui.present.runs import is_open, records_page, run_page
from unsub_tui.present.words import _

COMMANDS = (
    Command(
        id="records.open", keys="enter", action="open", label=_("Items"), help=_("the items of this run"), hint=True
    ),
    Command(
        id="records.resume",
        keys="s",
        action="settle",
        label=_("Settle open ones"),
        help=_("find out what came of what is open; sends nothing"),
        hint=True,
    ),
    Command(
        id="records.undo",
        keys="z",
        action="undo",
        label=_("Undo"),
        help=_("review the contrary of what this run did, where that is possible"),
        hint=True,
    ),
    Command(id="records.refresh", keys="r", action="refresh", label=_("Refresh"), help=_("read the record again")),
    Command(
        id="records.back",
        keys="1,escape,q",
        action="back",
        label=_("Active Resources"),
        help=_("back to the list"),
        hint=True,
    ),
    Command(id="records.here", keys="4,L", action="here", label=_("Records"), help=""),
)


class RecordsScreen(FlowScreen[None]):
    """A line per run; enter shows its items."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(*COMMANDS)

    page = query_one(Page)

    @dataclass
    class Read(Message):
        """The record was read."""

        runs: Sequence[Run]
        holder: Holder | None
        """Who runs one of them now, in another terminal."""

    @dataclass
    class OthersRead(Message):
        """The orders of others were read, or could not be."""

        entries: Sequence[Entry]

    def __init__(self, engine: Engine, options: AppOptions) -> None:
        super().__init__(engine, options)
        self._runs: dict[str, Run] = {}
        self._holder: Holder | None = None
        self._others: Sequence[Entry] = others_entries(None)
        self.words = _("Records")

    def content(self) -> ComposeResult:
        """Put the tabs over the runs."""
        yield TextLine(f"{_('1 Active Resources')}  {_('[4 Records]')}", id="tabs")
        yield Page()

    def on_mount(self) -> None:
        """Read the record."""
        self.page.focus()
        self.read()
        self.read_others()

    @work(exclusive=True, group="read")
    async def read(self) -> None:
        """Read the runs from the record, away from the screen's loop."""
        try:
            holder = await to_thread(self.engine.holder)
            runs = await to_thread(self.engine.runs)
        except UnsubError as error:
            self.say(problem_text(error.problem))
        else:
            self.post_message(self.Read(runs, holder))

    @work(exclusive=True, group="read others")
    async def read_others(self) -> None:
        """Read the unsubscription orders of the account that are not of this record."""
        try:
            orders = await self.engine.orders_of_others()
        except UnsubError as error:
            self.post_message(self.OthersRead(not_read(problem_text(error.problem))))
        else:
            self.post_message(self.OthersRead(others_entries(orders)))

    @on(OthersRead)
    def _show_others(self, event: OthersRead) -> None:
        self._others = event.entries
        self._redraw()

    @on(Read)
    def _show(self, event: Read) -> None:
        self._runs = {run.run_id: run for run in event.runs}
        self._holder = event.holder
        self._redraw()
        if self.page.current is not None and not self.page.current.key:
            self.page.cursor = next((n for n, entry in enumerate(self.page.entries) if entry.key), 0)

    def _redraw(self) -> None:
        self.page.entries = [*records_page(list(self._runs.values()), self._holder), *self._others]

    def watched(self) -> None:
        """Read the record again."""
        self.read()

    def run_ended(self, run: Run) -> None:
        """Read the record again."""
        self.say(_("settled what could be settled of {run}").format(run=run.run_id))
        self.read()

    def action_open(self) -> None:
        """Show the items of the run under the cursor; one of another terminal as it goes on."""
        entry = self.page.current
        if entry is not None and self._holder is not None and entry.key == self._holder.run_id:
            self.watch_run(self._holder)
            return
        run = self._runs.get(entry.key) if entry is not None else None
        if run is None:
            self.say(_("no run is here"))
            return
        page = run_page(run, record=str(self.engine.record_path))
        self.app.push_screen(PageScreen(self.engine, self.options, page, _("Run")))

    def action_undo(self) -> None:
        """Lead on to the review of what undoes the run under the cursor."""
        entry = self.page.current
        run = self._runs.get(entry.key) if entry is not None else None
        if run is None or not run.undoable_ids:
            self.say(_("nothing of this run can be undone"))
        else:
            self.take_back(run)

    @work(exclusive=True, group="watch")
    async def watch_run(self, holder: Holder) -> None:
        """Watch a run of another terminal."""
        await self.app.push_screen_wait(LiveScreen(self.engine, self.options, holder))
        self.watched()

    def action_settle(self) -> None:
        """Find out what came of what is open."""
        if any(is_open(run) for run in self._runs.values()):
            self.resume()
        else:
            self.say(_("nothing is open"))

    def action_refresh(self) -> None:
        """Read the record again, and the orders of others."""
        self.read()
        self.read_others()

    def action_here(self) -> None:
        """Say that this is the tab asked for."""
        self.say(_("this is Records"))
