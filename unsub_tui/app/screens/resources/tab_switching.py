"""Switching tabs, and reading the renewal orders for the Renewals tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message

from unsub_tui.app.screens.resources.loading import LoadingMixin
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.domain.renewal_periods import Renewals
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import tab_title, tabs_line
from unsub_tui.present.problems import problem_text
from unsub_tui.present.status_line import deselected_text

if TYPE_CHECKING:
    from unsub_tui.engine.quotes import RenewalProgress


class TabsMixin(LoadingMixin):
    """A list screen with tabs that share one listing of the account."""

    @dataclass
    class RenewalsUpdated(Message):
        """More renewal periods are known."""

        step: RenewalProgress

    @dataclass
    class RenewalsFinished(Message):
        """Reading of the renewal orders has ended; `problem` is the reason if it failed."""

        problem: Problem | None = None

    renewals_status = ""
    """Progress of reading the renewal orders; part of the status line on the Renewals tab."""
    _has_renewals = False
    _is_reading = False

    def action_tab(self, name: str) -> None:
        """Switch to a tab."""
        self.show_tab(Tab(name))

    def show_tab(self, tab: Tab | None) -> None:
        """Switch to a tab and restore its filter, sort order, columns, selection and cursor; None changes nothing."""
        if tab is None:
            return
        if tab is self.resource_tabs.current_tab:
            self.set_status(_("this is {tab}").format(tab=tab_title(tab)))
            return
        self.resource_tabs.cursors[self.resource_tabs.current_tab] = self.table.cursor
        self.resource_tabs.current_tab = tab
        self.help_title = tab_title(tab)
        self.filter_bar.show_applied(self.resource_list.query.text)
        self.filter_bar.show_error(self.resource_list.filter_error)
        self.fit_columns()
        self.table.reload(self.resource_tabs.cursors[tab])
        self.table.focus()
        self.redraw_status()
        self.redraw_side_panel()
        self.show_row_reason()
        self.read_renewals_if_needed()

    def read_renewals_if_needed(self) -> None:
        """Read the renewal orders if their tab is current, the listing is complete and they were not read yet."""
        if (
            self.resource_tabs.current_tab is Tab.RENEWAL
            and self.resource_list.is_complete
            and not (self._has_renewals or self._is_reading)
        ):
            self._is_reading = True
            self.renewals_status = _("reading renewal orders ...")
            self.redraw_status()
            self.read_renewals()

    def resume_deferred(self) -> None:
        """Continue work that waited for a complete listing; after a manual refresh, renewals are read again."""
        super().resume_deferred()
        if self._is_manual_refresh and not self._is_reading:
            self._has_renewals = False
        self.read_renewals_if_needed()

    @property
    def planning_blocked_reason(self) -> str:
        """Why no plan can be drafted on the current tab yet, or ""."""
        if self.resource_tabs.current_tab is Tab.RENEWAL and (self._is_reading or not self._has_renewals):
            return _("the renewal orders are not all read yet")
        return ""

    @work(exclusive=True, group="renewals")
    async def read_renewals(self) -> None:
        """Read the renewal periods in the background."""
        try:
            async for step in self.engine.catalog.read_renewals(self.resource_list.catalogue.resources):
                self.post_message(self.RenewalsUpdated(step))
        except UnsubError as error:
            self.post_message(self.RenewalsFinished(error.problem))
        else:
            self.post_message(self.RenewalsFinished())

    @on(RenewalsUpdated)
    def _take_renewals(self, event: RenewalsUpdated) -> None:
        step = event.step
        self.renewals_status = _("reading renewals: {done} of {total} months").format(done=step.done, total=step.total)
        if self._has_renewals or not step.renewals.payments:
            self.redraw_status()
        else:
            self._show_renewals(step.renewals)

    @on(RenewalsFinished)
    def _end_renewals(self, event: RenewalsFinished) -> None:
        self._is_reading = False
        self.renewals_status = ""
        if event.problem is not None:
            self.renewals_status = _("renewals not read")
            self.redraw_status()
            self.set_status(problem_text(event.problem) + " " + _("r tries again."))
            return
        self._has_renewals = True
        renewals = self.engine.catalog.renewals
        missing = len(renewals.missing)
        if missing:
            self.renewals_status = plural("{n} part not read", "{n} parts not read", missing)
        self._show_renewals(renewals)
        if missing and self.resource_tabs.current_tab is Tab.RENEWAL:
            missing_parts = facts_text(renewals.missing)
            self.set_status(_("not read, so periods may be missing: {what} (r tries again)").format(what=missing_parts))

    def _show_renewals(self, renewals: Renewals) -> None:
        here = self.current_resource
        dropped = self.resource_tabs.set_renewals(renewals)
        if self.resource_tabs.current_tab is Tab.RENEWAL:
            self.fit_columns()
            self.reload(here)
        if dropped:
            self.set_status(deselected_text(dropped))

    def action_records(self) -> None:
        """Show the Records screen."""
        if self.engine.account.ref is None:
            self.set_status(_("not connected yet"))
            return
        from unsub_tui.app.screens.records import RecordsScreen

        self.app.push_screen(RecordsScreen(self.engine, self.options), self.show_tab)

    def tabs_text(self, extra: str) -> str:
        """Return the text of the tab line."""
        return tabs_line(self.resource_tabs.current_tab, self.size.width, extra)
