"""Active Resources: find and mark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Paste
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Input

from unsub_tui.app.board import COLUMNS, SORTS, Board, Stock
from unsub_tui.app.commands import bindings
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.details import DetailsScreen
from unsub_tui.app.screens.dialogs import Question
from unsub_tui.app.screens.marking import MarkingScreen
from unsub_tui.app.screens.records import RecordsScreen
from unsub_tui.app.screens.resource_keys import COMMANDS
from unsub_tui.app.screens.signing_in import can_sign_in, sign_in_again
from unsub_tui.app.widgets.bars import TextLine
from unsub_tui.app.widgets.filter import FilterBar
from unsub_tui.app.widgets.table import Table
from unsub_tui.domain.eligibility import Blocked, blocked, blocked_in_batch
from unsub_tui.domain.guards import is_protected
from unsub_tui.domain.outcome import State
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.run import Run
from unsub_tui.engine.engine import Engine
from unsub_tui.present.listing import dropped_text, loading_text
from unsub_tui.present.problems import problem_text
from unsub_tui.present.resources import blocked_text, name_and_id
from unsub_tui.present.words import _, plural

TYPING_ACTIONS = frozenset({"interrupt", "repaint", "suspend"})
"""What a key may do besides typing, while the filter is typed."""


class ResourcesScreen(MarkingScreen):
    """The list of the account's yearly/monthly resources."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(*COMMANDS)
    words = _("Active Resources")

    filter_bar = query_one(FilterBar)
    tabs = query_one("#tabs", TextLine)
    status = query_one("#status", TextLine)

    @dataclass
    class Opened(Message):
        """The account is known."""

    @dataclass
    class PageArrived(Message):
        """A page of the listing is there."""

        stock: Stock
        page: Sequence[Resource]
        loaded: int
        total: int

    @dataclass
    class Listed(Message):
        """The listing is whole."""

        stock: Stock

    @dataclass
    class Failed(Message):
        """The listing could not be had, or not whole."""

        problem: Problem

    def __init__(self, engine: Engine, options: AppOptions) -> None:
        super().__init__(engine, options)
        self.board = Board(engine.now, self._blocked)
        self._loading = ""
        self._is_loading = False

    def content(self) -> ComposeResult:
        """Put tabs and filter over the table, the status below."""
        yield TextLine(id="tabs")
        yield FilterBar()
        yield Table(COLUMNS, self.board, id="resources")
        yield TextLine(id="status")

    def on_mount(self) -> None:
        """Show the empty frame first, then begin to read."""
        self.table.focus()
        self.redraw_lines()
        self.call_after_refresh(self.load)

    @property
    def unfinished(self) -> str:
        """Marks would be lost."""
        count = len(self.board.marks)
        return plural("{n} mark is not used yet", "{n} marks are not used yet", count) if count else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's form
        """Leave the keys of the list alone while words are typed into the filter."""
        return not isinstance(self.focused, Input) or action in TYPING_ACTIONS

    # Reading

    @work(exclusive=True, group="load")
    async def load(self) -> None:
        """Open the account and read the listing, page by page."""
        self._is_loading = True
        try:
            await self.engine.open()
            self.post_message(self.Opened())
            stock = self.board.begin()
            async for progress in self.engine.catalogue():
                if progress.is_afresh:
                    stock = self.board.begin(instead_of=stock)
                self.post_message(self.PageArrived(stock, progress.page, progress.loaded, progress.total))
        except UnsubError as error:
            self.post_message(self.Failed(error.problem))
        else:
            self.post_message(self.Listed(stock))
        finally:
            self._is_loading = False

    @on(Opened)
    def _show_account(self) -> None:
        self.redraw_header()
        self._loading = _("loading ...")
        self.redraw_lines()
        self.offer_open_units()

    @on(PageArrived)
    def _take_page(self, event: PageArrived) -> None:
        here = self.board.resource_at(self.table.cursor)
        is_first = not len(event.stock.listing)
        if self.board.grow(event.stock, event.page):
            self.table.grow()
            if is_first:
                self._reload(here)
        self._loading = loading_text(event.loaded, event.total)
        self.redraw_lines()

    @on(Listed)
    def _show_whole(self, event: Listed) -> None:
        here = self.board.resource_at(self.table.cursor)
        dropped = self.board.finish(event.stock)
        self._loading = ""
        self._reload(here)
        if dropped:
            self.say(dropped_text(dropped))

    @on(Failed)
    def _show_problem(self, event: Failed) -> None:
        self._loading = _("the list is not whole") if not self.board.is_whole else _("not refreshed")
        self.redraw_lines()
        self.say(problem_text(event.problem) + " " + _("r tries again."))
        if can_sign_in(event.problem, self.engine, self.options):
            self.sign_in(event.problem)

    @work(exclusive=True, group="sign in")
    async def sign_in(self, problem: Problem) -> None:
        """Let a person sign in again, and list what was refused."""
        if await sign_in_again(self.app, problem, self.engine, self.options):
            self.load()

    # Moving and finding

    @on(Table.Moved)
    def _follow_cursor(self) -> None:
        self.say(self.board.reason_at(self.table.cursor))

    @on(FilterBar.Changed)
    def _filter(self, event: FilterBar.Changed) -> None:
        here = self.board.resource_at(self.table.cursor)
        self.board.filter(event.query)
        self._reload(here)

    @on(FilterBar.Left)
    def _leave_filter(self) -> None:
        self.table.focus()

    def on_paste(self, event: Paste) -> None:
        """Refuse pasted text: it would be a row of keys that nobody pressed."""
        event.stop()
        self.say(_("pasted text is ignored in the list; press / first to filter"))

    def action_filter(self) -> None:
        """Type words to filter by."""
        self.filter_bar.open()

    def action_step_back(self) -> None:
        """Undo one thing that narrows the view: a range, the filter, marked only."""
        if self.table.range_start is not None:
            self.table.range_start = None
        elif self.board.query:
            self.filter_bar.empty()
        elif self.board.only_marked:
            self.action_only_marked()
        else:
            self.say(_("nothing to clear; q quits"))

    def action_only_marked(self) -> None:
        """Show marked resources only, or all again."""
        here = self.board.resource_at(self.table.cursor)
        self.board.show_only_marked(only=not self.board.only_marked)
        self._reload(here)

    def action_sort(self) -> None:
        """Sort by the next column."""
        self._sorted(self.board.sort_next)

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._sorted(self.board.reverse)

    def action_refresh(self) -> None:
        """Read the list again; what is shown stays until the new one is whole."""
        if self._is_loading:
            self.say(_("still loading"))
            return
        self.say("")
        self.load()

    # Going elsewhere

    def action_details(self) -> None:
        """Show all that is known of the resource under the cursor."""
        resource = self.board.resource_at(self.table.cursor)
        if resource is None:
            self.say(_("nothing is listed here"))
            return
        reason = self.board.reason_at(self.table.cursor)
        self.app.push_screen(DetailsScreen(self.engine, self.options, self.board.catalogue, resource, reason))

    def action_records(self) -> None:
        """Show the runs of ours."""
        if self.engine.account is None:
            self.say(_("not connected yet"))
            return
        self.app.push_screen(RecordsScreen(self.engine, self.options))

    def action_copy(self) -> None:
        """Show the id under the cursor, and put it into the terminal's clipboard."""
        resource = self.board.resource_at(self.table.cursor)
        if resource is not None:
            shown = resource.resource_id.clean()
            self.app.copy_to_clipboard(shown)
            self.say(_("id {id} (copied where the terminal allows it)").format(id=shown))

    def action_plan(self) -> None:
        """Review what is marked."""
        if not len(self.board.marks):
            self.say(_("nothing is marked; space marks a row, u reviews the row under the cursor alone"))
        elif self._may_plan():
            self.review(self.board.catalogue, self.board.marked_ids(), self.board.hidden_ids())

    @work(exclusive=True, group="one")
    async def action_unsubscribe_one(self) -> None:
        """Review the resource under the cursor alone; for an attached one its main one is offered."""
        resource = self.board.resource_at(self.table.cursor)
        if resource is None or not self._may_plan():
            return
        if not resource.is_main_resource:
            main = self.board.catalogue.main_of(resource)
            if main is None:
                self.say(blocked_text(Blocked.ATTACHED))
                return
            question = Question(
                _("This one is attached"),
                [
                    _("{name} goes only together with its main resource.").format(name=name_and_id(resource)),
                    _("Review the main resource {name}?").format(name=name_and_id(main)),
                ],
                yes=_("Review main resource"),
                no=_("Cancel"),
            )
            if not await self.app.push_screen_wait(question):
                return
            resource = main
        reason = self._blocked_alone(resource)
        if reason is not None:
            self.say(blocked_text(reason))
        else:
            self.review(self.board.catalogue, [resource.id], frozenset())

    def run_ended(self, run: Run) -> None:
        """Read the list again; what is settled is not in it any more, and its marks go with it."""
        self.board.marks.drop([unit.resource_id for unit in run.units if unit.state is State.SETTLED])
        self.load()

    # Helpers

    def _blocked(self, resource: Resource) -> Blocked | None:
        if is_protected(resource, self.engine.options.guards):
            return Blocked.PROTECTED
        return blocked_in_batch(resource, self.engine.rules, self.engine.now())

    def _blocked_alone(self, resource: Resource) -> Blocked | None:
        if is_protected(resource, self.engine.options.guards):
            return Blocked.PROTECTED
        return blocked(resource, self.engine.rules, self.engine.now())

    def _may_plan(self) -> bool:
        if self.engine.read_only:
            self.say(_("read-only: nothing can be unsubscribed"))
        elif not self.board.is_whole:
            self.say(_("the list is not whole yet; nothing is planned from a part of it"))
        else:
            return True
        return False

    def _sorted(self, change: Callable[[], None]) -> None:
        here = self.board.resource_at(self.table.cursor)
        change()
        self._reload(here)
        self.say(_("sorted by {column}").format(column=self.board.sorted_by))

    def _reload(self, here: Resource | None) -> None:
        """Show the board anew with the cursor on the same resource."""
        position = self.board.position_of(here.id) if here is not None else None
        self.table.reload(position)
        self.redraw_lines()
        self.say(self.board.reason_at(self.table.cursor))

    def redraw_lines(self) -> None:
        """Show counts, tab and loading."""
        self.status.text = " · ".join(part for part in (self.board.counts(), self._loading) if part)
        view = _("marked only") if self.board.only_marked else ""
        order = "" if self.board.sorted_by == SORTS[0][0] else _("by {column}").format(column=self.board.sorted_by)
        extra = " · ".join(part for part in (view, order) if part)
        self.tabs.text = f"{_('[1 Active Resources]')}  {_('4 Records')}" + (f"   {extra}" if extra else "")
