"""Loading the renewal orders for the Renewals tab, and the resources of the orders that a filter names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.resources.list_pane import ListPane
from unsub_tui.domain.paid_periods import Renewals
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.problems import problem_text
from unsub_tui.present.status_line import deselected_text

if TYPE_CHECKING:
    from unsub_tui.engine.quotes.renewals import RenewalProgress


class OrderLoader:
    """Loads orders of an account into a list pane."""

    def __init__(self, pane: ListPane, screen: BaseScreen[None]) -> None:
        self._pane = pane
        self._screen = screen
        self._engine = screen.engine
        self._has_renewals = False
        self._is_loading = False

    @property
    def is_pending(self) -> bool:
        """Whether the rows of the Renewals tab are not known yet."""
        return self._is_loading or not self._has_renewals

    def load_renewals_if_needed(self) -> None:
        """Load the renewal orders if their tab is displayed, the listing is complete and they are not known yet."""
        pane = self._pane
        is_needed = pane.tabs.current_tab is Tab.RENEWAL and pane.resources.is_complete
        if is_needed and not self._has_renewals and not self._is_loading:
            self._is_loading = True
            pane.renewals_progress = _("Loading renewal orders…")
            self._screen.run_worker(self._load_renewals(), exclusive=True, group="renewals")

    def discard_renewals(self) -> None:
        """Load the renewal orders again when they are needed next."""
        if not self._is_loading:
            self._has_renewals = False

    def load_resources_of(self, order_ids: Sequence[str]) -> None:
        """Load the resources of these orders, and apply the filter again."""
        self._screen.run_worker(self._load_resources(order_ids), exclusive=True, group="orders")

    async def _load_renewals(self) -> None:
        """Load the renewal orders; each step is shown by a callback of the screen, as for the listing."""
        show = self._screen.call_later
        try:
            async for step in self._engine.catalog.read_renewals(self._pane.resources.catalogue.resources):
                show(self._show_step, step)
        except UnsubError as error:
            show(self._end_renewals, error.problem)
        else:
            show(self._end_renewals, None)

    def _show_step(self, step: RenewalProgress) -> None:
        text = _("Loading renewals: {done} of {total} months")
        self._pane.renewals_progress = text.format(done=step.done, total=step.total)
        if step.renewals.payments and not self._has_renewals:
            self._show_renewals(step.renewals)

    def _end_renewals(self, problem: Problem | None) -> None:
        self._is_loading = False
        if problem is not None:
            self._pane.renewals_progress = _("renewals not loaded")
            self._pane.set_status(problem_text(problem) + " " + _("r tries again."))
            return
        self._has_renewals = True
        renewals = self._engine.catalog.renewals
        missing = renewals.missing
        progress = plural("{n} part not loaded", "{n} parts not loaded", len(missing)) if missing else ""
        self._pane.renewals_progress = progress
        self._show_renewals(renewals)
        if missing and self._pane.tabs.current_tab is Tab.RENEWAL:
            text = _("Not loaded, so renewal periods may be missing: {parts}. r tries again.")
            self._pane.set_status(text.format(parts=facts_text(missing)))

    def _show_renewals(self, renewals: Renewals) -> None:
        tabs = self._pane.tabs
        if tabs.current_tab is Tab.RENEWAL:
            dropped = self._pane.update(lambda: tabs.set_renewals(renewals), fit=True)
        else:
            dropped = tabs.set_renewals(renewals)
        if dropped:
            self._pane.set_status(deselected_text(dropped))

    async def _load_resources(self, order_ids: Sequence[str]) -> None:
        pane, show, text = self._pane, self._screen.call_later, ""
        try:
            for each in order_ids:
                show(pane.set_status, _("Loading order {id}…").format(id=for_display(each)))
                found = await self._engine.catalog.resources_of_order(each)
                pane.tabs.context.add_order(each, found)
                count = plural("{n} resource", "{n} resources", len(found))
                text = _("Order {id}: {count} in the account.").format(id=for_display(each), count=count)
        except UnsubError as error:
            show(pane.set_status, problem_text(error.problem))
            return
        show(pane.update, pane.resources.reapply_filter)
        show(pane.set_status, text)
