"""Loading and refreshing the list; new data must not move rows while the user is working on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import on, work
from textual.message import Message

from unsub_tui.app.dialogs.sign_in import can_sign_in, sign_in_again
from unsub_tui.app.resource_tabs import AccountListing
from unsub_tui.app.screens.resources.list_screen import ListScreen
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.present.i18n import _
from unsub_tui.present.problems import problem_text
from unsub_tui.present.status_line import changes_text, deselected_text, loading_text


class LoadingMixin(ListScreen):
    """A list screen that loads its listing from Huawei Cloud."""

    loading_status: str = ""
    """Loading progress or the notice of a pending refresh; part of the status line."""

    @dataclass
    class AccountLoaded(Message):
        """The account is identified."""

    @dataclass
    class PageLoaded(Message):
        """A page of the listing has arrived."""

        listing: AccountListing
        page: Sequence[Resource]
        loaded: int
        total: int

    @dataclass
    class ListingLoaded(Message):
        """The listing is complete."""

        listing: AccountListing

    @dataclass
    class LoadingFailed(Message):
        """The listing failed or is incomplete."""

        problem: Problem

    _is_loading = False
    _is_manual_refresh = True
    _must_offer_open_units = False
    _pending_listing: AccountListing | None = None

    def start_loading(self) -> None:
        """Load the list, and schedule automatic refreshes if configured."""
        self.load()
        if self.options.refresh_minutes:
            self.set_interval(self.options.refresh_minutes * 60, self._refresh_by_timer)

    @work(exclusive=True, group="load")
    async def load(self) -> None:
        """Open the account and load the listing page by page."""
        self._is_loading = True
        try:
            await self.engine.account.open()
            self.post_message(self.AccountLoaded())
            listing = self.resource_tabs.start_listing()
            async for progress in self.engine.catalog.pages():
                if progress.restarted:
                    listing = self.resource_tabs.start_listing(replacing=listing)
                self.post_message(self.PageLoaded(listing, progress.page, progress.loaded, progress.total))
        except UnsubError as error:
            self.post_message(self.LoadingFailed(error.problem))
        else:
            self.post_message(self.ListingLoaded(listing))
        finally:
            self._is_loading = False

    def action_refresh(self) -> None:
        """Show a pending listing, or load the list again; the current rows stay until the new listing is complete."""
        if self._pending_listing is not None:
            self._show(self._pending_listing)
        elif self._is_loading:
            self.set_status(_("still loading"))
        else:
            self.set_status("")
            self.reload_listing()

    def reload_listing(self) -> None:
        """Load the list again at the user's request."""
        self._is_manual_refresh = True
        self._pending_listing = None  # older than the requested listing
        self.load()

    def on_screen_resume(self) -> None:
        """Show a pending listing that waited only because another screen covered this one."""
        self.call_after_refresh(self._show_waiting)  # the code that closed the other screen runs first

    def _show_waiting(self) -> None:
        is_free = self.is_current and not any(each.group == "flow" and not each.is_finished for each in self.workers)
        if self._pending_listing is not None and is_free and not self._would_disturb(self._pending_listing):
            self._show(self._pending_listing)

    def _refresh_by_timer(self) -> None:
        if (
            not self._is_loading
            and self._pending_listing is None
            and self.is_current
            and self.resource_list.is_complete
        ):
            self._is_manual_refresh = False
            self.load()

    @on(AccountLoaded)
    def _show_account(self) -> None:
        self.redraw_header()
        self.loading_status = _("loading ...")
        self.redraw_status()
        self._must_offer_open_units = True

    def _offer_open_units_once(self) -> None:
        """Offer to check pending units once the list is visible, because finding them takes time."""
        if self._must_offer_open_units:
            self._must_offer_open_units = False
            self.offer_open_units()

    @on(PageLoaded)
    def _take_page(self, event: PageLoaded) -> None:
        here = self.current_resource
        is_first = not len(event.listing)
        wrong = self.resource_list.filter_error
        if self.resource_tabs.add_page(event.listing, event.page):
            if is_first:
                self.fit_columns()
            if is_first or self.resource_list.filter_error is not wrong:  # the page has a value that the filter uses
                self.reload(here)
            self.table.show_added_rows()
        if is_first:
            self.call_after_refresh(self._offer_open_units_once)
        self.loading_status = loading_text(event.loaded, event.total)
        self.redraw_status()

    @on(ListingLoaded)
    def _listing_loaded(self, event: ListingLoaded) -> None:
        self.loading_status = ""
        listing = event.listing
        if self.resource_list.is_complete and self._would_disturb(listing):
            self._pending_listing = listing
            changes = self.resource_tabs.compare_with(listing)
            words = changes_text(len(changes.added), len(changes.removed), len(changes.changed))
            self.loading_status = _("{changes}: r shows it").format(changes=words)
            self.redraw_status()
        else:
            self._show(listing)

    def _would_disturb(self, listing: AccountListing) -> bool:
        """Return whether new data must wait: other screen, open range, or automatic refresh during a selection."""
        if self.table.range_start is not None or not self.is_current:
            return True
        in_hand = bool(self.resource_tabs.selected_count) or self.filter_bar.field.has_focus
        return in_hand and not self._is_manual_refresh and len(self.resource_tabs.compare_with(listing)) > 0

    def _show(self, listing: AccountListing) -> None:
        here, first_time = self.current_resource, not self.resource_list.is_complete
        changes = self.resource_tabs.compare_with(listing)
        self._pending_listing = None
        self.loading_status = ""
        dropped = self.resource_tabs.finish_listing(listing)
        self.fit_columns()
        self.reload(here)
        if dropped:
            self.set_status(deselected_text(dropped))
        elif not first_time and self._is_manual_refresh:
            self.set_status(changes_text(len(changes.added), len(changes.removed), len(changes.changed)))
        self.call_after_refresh(self._run_deferred_work)
        self.resume_deferred()

    def _run_deferred_work(self) -> None:
        """Do the work that can wait until a new listing is displayed."""
        from unsub_tui.app.memory import return_freed_memory

        self.resource_list.precompute_sort_keys()
        return_freed_memory()

    @on(LoadingFailed)
    def _show_problem(self, event: LoadingFailed) -> None:
        self.loading_status = _("the list is not whole") if not self.resource_list.is_complete else _("not refreshed")
        self.redraw_status()
        self.set_status(problem_text(event.problem) + " " + _("r tries again."))
        self._offer_open_units_once()
        if can_sign_in(event.problem, self.engine, self.options):
            self.sign_in(event.problem)

    @work(exclusive=True, group="sign in")
    async def sign_in(self, problem: Problem) -> None:
        """Let the user sign in again, and load the list if that succeeds."""
        if await sign_in_again(self.app, problem, self.engine, self.options):
            self.load()
