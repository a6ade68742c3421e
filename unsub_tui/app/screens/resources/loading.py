"""Loading resources and orders into the list; new data must not move rows while the user is working on them."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from unsub_tui.app.dialogs.sign_in import can_sign_in, sign_in_again
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.resources.inventory_sweep import InventorySweep
from unsub_tui.app.screens.resources.list_flow import ListFlow
from unsub_tui.app.screens.resources.list_pane import ListPane
from unsub_tui.domain.paid_periods import Renewals
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.engine.catalog import CatalogProgress
from unsub_tui.listmodel.tab import Tab
from unsub_tui.listmodel.tabs import AccountListing
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.problems import problem_text
from unsub_tui.present.status_line import at_risk_text, changes_text, deselected_text, unreadable_text

if TYPE_CHECKING:
    from unsub_tui.engine.quotes.renewals import RenewalProgress


class OrderLoader:
    """Loads orders of an account into a list pane."""

    def __init__(self, pane: ListPane, screen: BaseScreen[None]) -> None:
        self._pane = pane
        self._screen = screen
        self._engine = screen.engine
        self._is_loading = False
        self.has_renewals = False
        """Whether all rows of the Renewals tab are known."""

    def load_renewals_if_needed(self) -> None:
        """Load the renewal orders if their tab is displayed, the listing is complete and they are not known yet."""
        pane = self._pane
        is_needed = pane.tabs.current_tab is Tab.RENEWAL and pane.resources.is_complete
        if is_needed and not self.has_renewals and not self._is_loading:
            self._is_loading = True
            pane.renewals_progress = _("Loading renewal orders…")
            self._screen.run_worker(self._load_renewals(), exclusive=True, group="renewals")

    def load_resources_of_filter(self) -> None:
        """Load the resources of the orders that the filter names, such as the one that the app was opened with."""
        context, query = self._pane.tabs.context, self._pane.resources.query
        if unknown := context.unknown_order_ids(query.order_ids):
            self.load_resources_of(unknown)

    def load_resources_of(self, order_ids: Sequence[str]) -> None:
        """Load the resources of these orders, and apply the filter again."""
        self._screen.run_worker(self._load_resources(order_ids), exclusive=True, group="orders")

    async def _load_renewals(self) -> None:
        """Load the renewal orders; each step is shown by a callback of the screen, as for the listing."""
        show = self._screen.call_later
        try:
            async for step in self._engine.catalog.read_renewals(self._pane.resources.catalog.resources):
                show(self._show_step, step)
        except UnsubError as error:
            show(self._end_renewals, error.problem)
        else:
            show(self._end_renewals, None)

    def _show_step(self, step: RenewalProgress) -> None:
        text = _("Loading renewals: {done} of {total} months")
        self._pane.renewals_progress = text.format(done=step.done, total=step.total)
        if step.renewals.payments:
            self._show_renewals(step.renewals)

    def _end_renewals(self, problem: Problem | None) -> None:
        self._is_loading = False
        if problem is not None:
            self._pane.renewals_progress = _("renewals not loaded")
            self._pane.set_status(problem_text(problem) + " " + _("r tries again."))
            return
        self.has_renewals = True
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
        show(pane.update, pane.resources.rows.update_visible)
        show(pane.set_status, text)


class ListLoader:
    """Loads the resources of an account into a list pane."""

    def __init__(self, pane: ListPane, screen: BaseScreen[None], orders: OrderLoader) -> None:
        self._pane = pane
        self._screen = screen
        self._engine = screen.engine
        self._orders = orders
        self.flow = ListFlow(pane, screen, reload=self.reload)
        """The reviews and runs that start from the list."""
        self.inventory_sweep = InventorySweep(pane, screen)
        self._is_loading = False
        self._is_manual_refresh = True
        self._must_offer_open_units = False
        self._pending_listing: AccountListing | None = None
        pane.add_commands({"refresh": self.refresh})

    def start(self) -> None:
        """Load the list, and schedule automatic refreshes if configured."""
        self.load()
        if minutes := self._screen.options.refresh_minutes:
            self._screen.set_interval(minutes * 60, self.refresh_by_timer)

    def load(self) -> None:
        """Open the account and load the listing page by page."""
        self._screen.run_worker(self._load(), exclusive=True, group="load")

    def refresh(self) -> None:
        """Show a pending listing, or load the list again; the current rows stay until the new listing is complete."""
        if self._pending_listing is not None:
            self._show(self._pending_listing)
        elif self._is_loading:
            self._pane.set_status(_("Still loading."))
        else:
            self._pane.set_status("")
            self.reload()

    def reload(self) -> None:
        """Load the list again at the user's request."""
        self._is_manual_refresh = True
        self._pending_listing = None  # older than the requested listing
        self.load()

    def show_pending(self) -> None:
        """Do what waited only because another screen covered the list: an offer, showing a listing."""
        self._offer_open_units_once()
        listing = self._pending_listing
        if listing is not None and not self.flow.is_in_progress and not self._would_disturb(listing):
            self._show(listing)

    async def _load(self) -> None:
        """Load the listing. A callback of the screen shows each step; a screen that is being closed drops it."""
        self._is_loading = True
        show = self._screen.call_later
        try:
            await self._engine.account.open()
            show(self._show_account)
            listing = self._pane.tabs.start_listing()
            async for progress in self._engine.catalog.pages():
                if progress.restarted:
                    listing = self._pane.tabs.start_listing(replacing=listing)
                listing.catalog.rows_at_risk = progress.rows_at_risk
                show(self._add_page, listing, progress)
            show(self._finish, listing)
        except UnsubError as error:
            show(self._show_problem, error.problem)
        finally:
            self._is_loading = False

    def refresh_by_timer(self) -> None:
        """Load the list again, unless that is in progress already or a listing waits to be shown."""
        is_idle = not self._is_loading and self._pending_listing is None and self._screen.is_current
        if is_idle and self._pane.resources.is_complete:
            self._is_manual_refresh = False
            self.load()

    def _show_account(self) -> None:
        self._screen.redraw_header()
        self._pane.progress = _("Loading…")
        self._must_offer_open_units = True

    def _offer_open_units_once(self) -> None:
        if self._must_offer_open_units and not self.flow.is_in_progress:
            self._must_offer_open_units = False
            self.flow.offer_open_units()

    def _add_page(self, listing: AccountListing, progress: CatalogProgress) -> None:
        pane = self._pane
        current, error = pane.current_resource, pane.resources.rows.filter_error
        is_first = not len(listing)
        if pane.tabs.add_page(listing, progress.page):
            if is_first or pane.resources.rows.filter_error is not error:  # the page has a value that the filter uses
                pane.update(lambda: None, fit=is_first, follow=current)
            pane.table.show_added_rows()
        if is_first:
            self._screen.call_after_refresh(self._offer_open_units_once)
        words = _("Loading {loaded} of {total}")
        pane.progress = words.format(loaded=f"{progress.loaded:,}", total=f"{progress.total:,}")
        pane.redraw_status()

    def _finish(self, listing: AccountListing) -> None:
        if self._pane.resources.is_complete and self._would_disturb(listing):
            self._pending_listing = listing
            self._pane.progress = _("{changes}. r shows the new list.").format(changes=self._changes(listing))
        else:
            self._show(listing)

    def _would_disturb(self, listing: AccountListing) -> bool:
        """Return whether new data must wait: other screen, open range, or automatic refresh during a selection."""
        pane = self._pane
        if pane.table.range_start is not None or not self._screen.is_current:
            return True
        in_use = bool(pane.tabs.selected_count) or pane.filter_bar.field.has_focus
        return in_use and not self._is_manual_refresh and any(pane.tabs.compare_with(listing))

    def _show(self, listing: AccountListing) -> None:
        pane, is_first_time = self._pane, not self._pane.resources.is_complete
        changes = self._changes(listing)
        self._pending_listing = None
        pane.progress = unreadable_text(listing.catalog.resources)
        is_on_top = is_first_time and not pane.table.cursor  # rows are sorted now: the first one is another
        dropped: Sequence[Resource] = pane.update(
            lambda: pane.tabs.finish_listing(listing), fit=True, stay_on_line=is_on_top
        )
        if dropped:
            pane.set_status(deselected_text(dropped))
        elif warning := at_risk_text(listing.catalog.rows_at_risk):
            pane.set_status(_("The list {warning}. r reads it again.").format(warning=warning))
        elif not is_first_time and self._is_manual_refresh and not pane.held_status:
            pane.set_status(changes)
        self._screen.call_after_refresh(self._run_deferred_work)
        if self._is_manual_refresh:
            self._orders.has_renewals = False  # they are loaded again when they are needed
        self._orders.load_renewals_if_needed()
        if is_first_time:
            self._orders.load_resources_of_filter()
        self.flow.continue_if_ready()

    def _changes(self, listing: AccountListing) -> str:
        return changes_text(*self._pane.tabs.compare_with(listing))

    def _run_deferred_work(self) -> None:
        """Do the work that can wait until a new listing is displayed."""
        self._pane.columns.precompute_sort_keys()
        self.inventory_sweep.start()
        return_freed_memory()

    def _show_problem(self, problem: Problem) -> None:
        pane = self._pane
        pane.progress = _("Not refreshed") if pane.resources.is_complete else _("The list is incomplete")
        pane.set_status(problem_text(problem) + " " + _("r tries again."))
        self._offer_open_units_once()
        if can_sign_in(self._screen, problem):
            self._screen.run_worker(self._sign_in(problem), exclusive=True, group="sign in")

    async def _sign_in(self, problem: Problem) -> None:
        """Let the user sign in again, and load the list if that succeeds."""
        if await sign_in_again(self._screen, problem):
            self.load()


def return_freed_memory() -> None:
    """Return freed memory to the operating system, if the C library supports it (glibc).

    API responses are freed one by one and leave gaps between live objects: 16 MiB after 100,000 resources.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
