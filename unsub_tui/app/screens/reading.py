"""Reading the list, the first time and again: new data never moves what a hand is about to touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import on, work
from textual.message import Message

from unsub_tui.app.boards import Intake
from unsub_tui.app.screens.listing import ListScreen
from unsub_tui.app.screens.signing_in import can_sign_in, sign_in_again
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.present.listing import changes_text, dropped_text, loading_text
from unsub_tui.present.problems import problem_text
from unsub_tui.present.words import _


class ReadingScreen(ListScreen):
    """A list screen that reads its list from the service."""

    progress: str = ""
    """How far the reading is, or that something waits; a part of the status line."""

    @dataclass
    class Opened(Message):
        """The account is known."""

    @dataclass
    class PageArrived(Message):
        """A page of the listing is there."""

        intake: Intake
        page: Sequence[Resource]
        loaded: int
        total: int

    @dataclass
    class Listed(Message):
        """The listing is whole."""

        intake: Intake

    @dataclass
    class Failed(Message):
        """The listing could not be had, or not whole."""

        problem: Problem

    _is_loading = False
    _by_hand = True
    _has_to_ask = False
    _waiting: Intake | None = None

    def start_reading(self) -> None:
        """Read the list now, and from time to time where that is wanted."""
        self.load()
        if self.options.refresh_minutes:
            self.set_interval(self.options.refresh_minutes * 60, self._refresh_by_timer)

    @work(exclusive=True, group="load")
    async def load(self) -> None:
        """Open the account and read the listing, page by page."""
        self._is_loading = True
        try:
            await self.engine.open()
            self.post_message(self.Opened())
            intake = self.boards.begin()
            async for progress in self.engine.catalogue():
                if progress.is_afresh:
                    intake = self.boards.begin(instead_of=intake)
                self.post_message(self.PageArrived(intake, progress.page, progress.loaded, progress.total))
        except UnsubError as error:
            self.post_message(self.Failed(error.problem))
        else:
            self.post_message(self.Listed(intake))
        finally:
            self._is_loading = False

    def action_refresh(self) -> None:
        """Show new data that waits, or read the list again; what is shown stays until the new one is whole."""
        if self._waiting is not None:
            self._show(self._waiting)
        elif self._is_loading:
            self.say(_("still loading"))
        else:
            self.say("")
            self.read_anew()

    def read_anew(self) -> None:
        """Read the list again for somebody who waits for it."""
        self._by_hand = True
        self._waiting = None  # older than what is asked for now
        self.load()

    def on_screen_resume(self) -> None:
        """Show new data that waited only because something else was in front."""
        self.call_after_refresh(self._show_waiting)  # who closed what was in front goes on first

    def _show_waiting(self) -> None:
        is_free = self.is_current and not any(each.group == "flow" and not each.is_finished for each in self.workers)
        if self._waiting is not None and is_free and not self._would_disturb(self._waiting):
            self._show(self._waiting)

    def _refresh_by_timer(self) -> None:
        if not self._is_loading and self._waiting is None and self.is_current and self.board.is_whole:
            self._by_hand = False
            self.load()

    @on(Opened)
    def _show_account(self) -> None:
        self.redraw_header()
        self.progress = _("loading ...")
        self.redraw_lines()
        self._has_to_ask = True

    def _ask_once(self) -> None:
        """Ask about earlier runs once the list can be seen: to look for them takes a moment."""
        if self._has_to_ask:
            self._has_to_ask = False
            self.offer_open_units()

    @on(PageArrived)
    def _take_page(self, event: PageArrived) -> None:
        here = self.here
        is_first = not len(event.intake)
        wrong = self.board.wrong
        if self.boards.grow(event.intake, event.page):
            if is_first:
                self.fit_columns()
            if is_first or self.board.wrong is not wrong:  # the page has brought a value that the filter names
                self.reload(here)
            self.table.grow()
        if is_first:
            self.call_after_refresh(self._ask_once)
        self.progress = loading_text(event.loaded, event.total)
        self.redraw_lines()

    @on(Listed)
    def _take_whole(self, event: Listed) -> None:
        self.progress = ""
        intake = event.intake
        if self.board.is_whole and self._would_disturb(intake):
            self._waiting = intake
            changes = self.boards.changes(intake)
            words = changes_text(len(changes.new), len(changes.gone), len(changes.changed))
            self.progress = _("{changes}: r shows it").format(changes=words)
            self.redraw_lines()
        else:
            self._show(intake)

    def _would_disturb(self, intake: Intake) -> bool:
        """Whether new data has to wait: a range is begun, or nobody asked for it and marks or a filter are in hand."""
        if self.table.range_start is not None or not self.is_current:
            return True
        in_hand = bool(self.boards.marks) or self.filter_bar.field.has_focus
        return in_hand and not self._by_hand and len(self.boards.changes(intake)) > 0

    def _show(self, intake: Intake) -> None:
        here, first_time = self.here, not self.board.is_whole
        changes = self.boards.changes(intake)
        self._waiting = None
        self.progress = ""
        dropped = self.boards.finish(intake)
        self.fit_columns()
        self.reload(here)
        if dropped:
            self.say(dropped_text(dropped))
        elif not first_time and self._by_hand:
            self.say(changes_text(len(changes.new), len(changes.gone), len(changes.changed)))
        self.call_after_refresh(self._tidy_up)
        self.take_up()

    def _tidy_up(self) -> None:
        """Do what may wait until a new listing is on the screen."""
        from unsub_tui.app.memory import return_freed_memory

        self.board.prepare_sorting()
        return_freed_memory()

    @on(Failed)
    def _show_problem(self, event: Failed) -> None:
        self.progress = _("the list is not whole") if not self.board.is_whole else _("not refreshed")
        self.redraw_lines()
        self.say(problem_text(event.problem) + " " + _("r tries again."))
        self._ask_once()
        if can_sign_in(event.problem, self.engine, self.options):
            self.sign_in(event.problem)

    @work(exclusive=True, group="sign in")
    async def sign_in(self, problem: Problem) -> None:
        """Let a person sign in again, and list what was refused."""
        if await sign_in_again(self.app, problem, self.engine, self.options):
            self.load()
