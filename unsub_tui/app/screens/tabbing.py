"""The tabs: which one is in front, and what one of them has to read besides the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message

from unsub_tui.app.screens.reading import ReadingScreen
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.domain.renewed import Renewals
from unsub_tui.domain.tab import Tab
from unsub_tui.present.listing import dropped_text
from unsub_tui.present.problems import problem_text
from unsub_tui.present.tabs import tab_title, tabs_line
from unsub_tui.present.words import _, plural

if TYPE_CHECKING:
    from unsub_tui.engine.quoting.renewals import RenewalProgress


class TabbingScreen(ReadingScreen):
    """A list screen with a tab for each part of the account. One listing serves them all."""

    @dataclass
    class RenewalsRead(Message):
        """More is known of renewed periods."""

        step: RenewalProgress

    @dataclass
    class RenewalsEnded(Message):
        """All is known of them that can be, or the reason why nothing is."""

        problem: Problem | None = None

    reading_renewals = ""
    """How far the reading of renewal orders is; a part of the status line while their tab is in front."""
    _has_renewals = False
    _is_reading = False

    def action_tab(self, name: str) -> None:
        """Bring a tab to the front."""
        self.show_tab(Tab(name))

    def show_tab(self, tab: Tab | None) -> None:
        """Bring a tab to the front, with its own filter, order, columns, marks and cursor; None leaves all as it is."""
        if tab is None:
            return
        if tab is self.boards.tab:
            self.say(_("this is {tab}").format(tab=tab_title(tab)))
            return
        self.boards.cursors[self.boards.tab] = self.table.cursor
        self.boards.tab = tab
        self.words = tab_title(tab)
        self.filter_bar.show(self.board.query.text)
        self.filter_bar.tell(self.board.wrong)
        self.fit_columns()
        self.table.reload(self.boards.cursors[tab])
        self.table.focus()
        self.redraw_lines()
        self.redraw_side()
        self.tell_reason()
        self.read_renewals_once()

    def read_renewals_once(self) -> None:
        """Read the renewal orders where their tab is in front and that was not done yet."""
        if self.boards.tab is Tab.RENEWAL and self.board.is_whole and not (self._has_renewals or self._is_reading):
            self._is_reading = True
            self.reading_renewals = _("reading renewal orders ...")
            self.redraw_lines()
            self.read_renewals()

    def take_up(self) -> None:
        """Go on with what had to wait for a whole list; after a refresh by hand the renewals are read again, too."""
        super().take_up()
        if self._by_hand and not self._is_reading:
            self._has_renewals = False
        self.read_renewals_once()

    @property
    def lacks(self) -> str:
        """Why nothing can be planned on the tab in front yet, or nothing."""
        if self.boards.tab is Tab.RENEWAL and (self._is_reading or not self._has_renewals):
            return _("the renewal orders are not all read yet")
        return ""

    @work(exclusive=True, group="renewals")
    async def read_renewals(self) -> None:
        """Find the renewed periods; the list can be read meanwhile."""
        try:
            async for step in self.engine.read_renewals(self.board.catalogue.resources):
                self.post_message(self.RenewalsRead(step))
        except UnsubError as error:
            self.post_message(self.RenewalsEnded(error.problem))
        else:
            self.post_message(self.RenewalsEnded())

    @on(RenewalsRead)
    def _take_renewals(self, event: RenewalsRead) -> None:
        step = event.step
        self.reading_renewals = _("reading renewals: {done} of {total} months").format(done=step.done, total=step.total)
        if self._has_renewals or not step.renewals.payments:
            self.redraw_lines()
        else:
            self._show_renewals(step.renewals)

    @on(RenewalsEnded)
    def _end_renewals(self, event: RenewalsEnded) -> None:
        self._is_reading = False
        self.reading_renewals = ""
        if event.problem is not None:
            self.reading_renewals = _("renewals not read")
            self.redraw_lines()
            self.say(problem_text(event.problem) + " " + _("r tries again."))
            return
        self._has_renewals = True
        renewals = self.engine.renewals
        missing = len(renewals.missing)
        if missing:
            self.reading_renewals = plural("{n} part not read", "{n} parts not read", missing)
        self._show_renewals(renewals)
        if missing and self.boards.tab is Tab.RENEWAL:
            what = "; ".join(map(clean, renewals.missing))
            self.say(_("not read, so periods may be missing: {what} (r tries again)").format(what=what))

    def _show_renewals(self, renewals: Renewals) -> None:
        here = self.here
        dropped = self.boards.take_renewals(renewals)
        if self.boards.tab is Tab.RENEWAL:
            self.fit_columns()
            self.reload(here)
        if dropped:
            self.say(dropped_text(dropped))

    def action_records(self) -> None:
        """Show the runs of ours."""
        if self.engine.account is None:
            self.say(_("not connected yet"))
            return
        from unsub_tui.app.screens.records import RecordsScreen

        self.app.push_screen(RecordsScreen(self.engine, self.options), self.show_tab)

    def tabs_text(self, extra: str) -> str:
        """Return the line of the tabs."""
        return tabs_line(self.boards.tab, self.size.width, extra)
