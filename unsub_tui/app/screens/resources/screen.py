"""The resource list with its tabs."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from unsub_tui.app.commands import bindings
from unsub_tui.app.dialogs.yes_no import YesNoDialog
from unsub_tui.app.options import AppOptions
from unsub_tui.app.resource_tabs import ResourceTabs
from unsub_tui.app.screens.resources.alternatives import AlternativesMixin
from unsub_tui.app.screens.resources.bundles import BundlesMixin
from unsub_tui.app.screens.resources.filtering import FilteringMixin
from unsub_tui.app.screens.resources.list_screen import requires_valid_filter
from unsub_tui.app.screens.resources.tab_switching import TabsMixin
from unsub_tui.app.screens.resources.transfer import TransferMixin
from unsub_tui.app.widgets.filter_bar import FilterBar
from unsub_tui.app.widgets.side_panel import SidePanel
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.app.widgets.table import Table
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.engine import Engine
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.problems import problem_text
from unsub_tui.present.resources import blocked_text, name_and_id

if TYPE_CHECKING:
    from unsub_tui.domain.plan import Plan
    from unsub_tui.domain.run import Run

TYPING_ACTIONS = frozenset({"interrupt"})
"""Actions that keys can trigger while the filter is being typed."""

SIDE_PANEL_MIN_WIDTH = 110
"""Minimum terminal width, in columns, for details beside the list; in a narrower one they fill the screen."""


class ResourcesScreen(FilteringMixin, TabsMixin, TransferMixin, BundlesMixin, AlternativesMixin):
    """The list of the account's yearly/monthly resources."""

    CSS_PATH: ClassVar[list[str | PurePath]] = ["../widgets.tcss", "resources.tcss", "../confirm.tcss"]
    """Style sheets of all screens after the startup screen; loading them earlier would delay that screen."""
    BINDINGS: ClassVar[list[BindingType]] = bindings("list")
    help_title = _("Active Resources")

    def __init__(self, engine: Engine, options: AppOptions) -> None:
        super().__init__(engine, options)
        self.resource_tabs = ResourceTabs(engine)
        if options.columns:
            self.resource_list.choose_columns(options.columns)
        self._shows_details = False
        self._shows_first_run_hint = options.is_first_run
        self._plan_file = options.plan_file

    def compose_content(self) -> ComposeResult:
        """Return the tabs, the filter bar, the table with the side panel, and the status line."""
        yield OneLineLabel(id="tabs")
        yield FilterBar()
        with Horizontal(id="middle"):
            yield Table(self.resource_list.columns(), self.resource_tabs, id="resources")
            yield SidePanel(id="side")
        yield OneLineLabel(id="status")

    def on_mount(self) -> None:
        """Show the empty frame first, then start loading."""
        self.table.focus()
        self.redraw_status()
        if self._shows_first_run_hint:
            self.set_status(_("/ finds · space marks · p reviews · ? shows every key"))
        self.call_after_refresh(self.start_loading)

    @property
    def quit_warning(self) -> str:
        """A warning that the selection would be lost, or ""."""
        count = self.resource_tabs.selected_count
        return plural("{n} mark is not used yet", "{n} marks are not used yet", count) if count else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual API
        """Disable the list's keys while the user types in an input field."""
        return not isinstance(self.focused, Input) or action in TYPING_ACTIONS

    def show_row_reason(self) -> None:
        """Show why the row cannot be selected; the first-run hint stays until a key is pressed."""
        if not self._shows_first_run_hint:
            super().show_row_reason()

    def on_key(self) -> None:
        """Remove the first-run hint."""
        if self._shows_first_run_hint:
            self._shows_first_run_hint = False
            self.show_row_reason()

    def resume_deferred(self) -> None:
        """Review the plan file given at startup, once the listing is complete and the open-units offer is answered."""
        super().resume_deferred()
        if (
            self._plan_file is not None
            and self.resource_list.is_complete
            and self.has_offered_open_units
            and self.is_current
        ):
            filed, self._plan_file = self._plan_file, None
            self.review_plan_file(self.resource_list.catalogue, filed)

    @on(Table.Moved)
    def _follow_cursor(self) -> None:
        self.show_row_reason()
        if self._shows_details:
            self.redraw_side_panel()

    def on_resize(self) -> None:
        """Refresh the side panel and the status; details are hidden if they no longer fit beside the list."""
        self.redraw_side_panel()
        self.redraw_status()

    def on_paste(self, event: events.Paste) -> None:
        """Ignore pasted text: it would act as a series of keys that the user did not press."""
        event.stop()
        self.set_status(_("pasted text is ignored in the list; / filters, W marks from a list of ids"))

    def action_step_back(self) -> None:
        """Leave the range, the side panel, the filter or the selected-only view, whichever comes first."""
        if self.table.range_start is not None:
            self.table.range_start = None
        elif self._shows_details or self.shows_counts:
            self._shows_details = self.shows_counts = False
            self.redraw_side_panel()
        elif self.filter_bar.field.value:
            self.filter_bar.clear_filter()
        elif self.resource_list.selected_only:
            self.action_selected_only()
        else:
            self.set_status(_("nothing to clear; q quits"))

    def action_selected_only(self) -> None:
        """Show selected resources only, or all resources."""
        here = self.current_resource
        self.resource_list.show_selected_only(only=not self.resource_list.selected_only)
        self.reload(here)

    def action_details(self) -> None:
        """Show the details of the current resource, beside the list if there is room."""
        if self.current_resource is None:
            self.set_status(_("nothing is listed here"))
        elif self.size.width < SIDE_PANEL_MIN_WIDTH or self._shows_details:
            self._open_details()
        else:
            self._shows_details, self.shows_counts = True, False
            self.redraw_side_panel()

    @work(exclusive=True, group="dialog")
    async def _open_details(self) -> None:
        resource = self.current_resource
        if resource is None:
            return
        reason = self.resource_list.reason_at(self.table.cursor)
        from unsub_tui.app.screens.resource_detail import ResourceDetailScreen

        screen = ResourceDetailScreen(
            self.engine,
            self.options,
            catalogue=self.resource_list.catalogue,
            resource=resource,
            reason=reason,
            quote=self.resource_list.quote_of(resource.id),
            periods=self.resource_tabs.renewals.upcoming_payments(resource, self.engine.clock.now()),
        )
        plan = await self.app.push_screen_wait(screen)
        if plan is not None:
            self.store_quotes(plan)

    @requires_valid_filter
    def action_review(self) -> None:
        """Review the selected resources."""
        if not len(self.resource_list.selection):
            self.set_status(_("nothing is marked; space marks a row, u reviews the row under the cursor alone"))
        elif self._may_plan():
            board = self.resource_list
            self.review(board.catalogue, board.selected_ids(), board.hidden_selected_ids(), board.tab.action)

    @work(exclusive=True, group="quoting")
    async def action_estimate_selection(self) -> None:
        """Estimate the refund of the selected resources while the list remains usable."""
        if not len(self.resource_list.selection):
            self.set_status(_("nothing is marked; mark what should be quoted"))
            return
        if not self.resource_list.is_complete:
            self.set_status(_("the list is not whole yet"))
            return
        board = self.resource_list
        plan = self.engine.draft(board.catalogue, board.selected_ids(), action=board.tab.action, quote_only=True)
        try:
            async for progress in self.engine.quotes(plan):
                plan = progress.plan
                self.set_status(_("quoting: {done} of {total} months").format(done=progress.done, total=progress.total))
        except UnsubError as error:
            self.set_status(problem_text(error.problem))
            return
        self.store_quotes(plan)
        self.set_status(plural("quoted {n} resource", "quoted {n} resources", len(plan.items)))

    @requires_valid_filter
    @work(exclusive=True, group="one")
    async def action_review_row(self) -> None:
        """Review only the current resource; if it is attached, offer to review its primary resource."""
        resource = self.current_resource
        if resource is None or not self._may_plan():
            return
        if not resource.is_main_resource:
            main = self.resource_list.catalogue.primary_of(resource)
            if main is None:
                self.set_status(blocked_text(BlockedReason.ATTACHED))
                return
            question = YesNoDialog(
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
        reason = self.resource_tabs.single_review_blocked_reason(resource)
        if reason is not None:
            self.set_status(blocked_text(reason))
        else:
            self.review(self.resource_list.catalogue, [resource.id], frozenset(), self.resource_list.tab.action)

    def run_ended(self, run: Run) -> None:
        """Mark unsubscribed resources as closed, deselect settled ones and load the list again."""
        here = self.current_resource
        self.resource_tabs.apply_settled([unit for unit in run.units if unit.state is State.SETTLED])
        self.fit_columns()
        self.reload(here)
        self.reload_listing()
        if parts := self._bundle_members_to_offer(run):
            quote = self.resource_list.quote_of(parts[0])
            self.offer_bundle(parts[0], quote.order_ids if quote is not None else ())

    def closing_hint(self, run: Run) -> str:
        """Return the hint for closing the result page, which mentions the bundle offer if one follows."""
        if self._bundle_members_to_offer(run):
            return _("Enter closes this page and shows the bundle.")
        return _("Enter closes this page.")

    def _bundle_members_to_offer(self, run: Run) -> list[str]:
        return self.refused_bundle_members(run) if self.resource_list.tab.action.deletes_resource else []

    def watching_ended(self) -> None:
        """Load the list again, because the watched run may have unsubscribed from resources."""
        self.action_refresh()

    def store_quotes(self, plan: Plan) -> None:
        """Store quotes for the refund column, filter and totals, if the plan's action is that of the current tab."""
        if plan.action is self.resource_list.tab.action:
            here = self.current_resource
            self.resource_list.store_quotes(plan)
            self.fit_columns()
            self.reload(here)

    def _may_plan(self) -> bool:
        if not self.resource_list.is_complete:
            self.set_status(_("the list is not whole yet; nothing is planned from a part of it"))
        elif self.planning_blocked_reason:
            self.set_status(self.planning_blocked_reason)
        return self.resource_list.is_complete and not self.planning_blocked_reason

    def redraw_side_panel(self) -> None:
        """Show counts or details beside the list, or close the panel."""
        if self.size.width < SIDE_PANEL_MIN_WIDTH:
            self._shows_details = False
        is_open = self.shows_counts or self._shows_details
        if self.side_panel.display != is_open or self.side_panel.has_class("-counts") != self.shows_counts:
            self.side_panel.display = is_open
            self.side_panel.set_class(self.shows_counts, "-counts")
            self.call_after_refresh(self.redraw_side_panel)  # after the layout has given it its width
        elif self.shows_counts:
            self.fill_side_panel_with_counts()
        elif self._shows_details and (resource := self.current_resource) is not None:
            reason, quote = self.resource_list.reason_at(self.table.cursor), self.resource_list.quote_of(resource.id)
            now = self.engine.clock.now()
            periods = self.resource_tabs.renewals.upcoming_payments(resource, now)
            from unsub_tui.present.pages.resource import resource_page

            page = resource_page(
                resource, self.resource_list.catalogue, reason, now, quote=quote, periods=periods, is_narrow=True
            )
            if page != self.side_panel.entries:
                self.side_panel.entries = page
                self.side_panel.action_top()

    def redraw_status(self) -> None:
        """Refresh the counts, the loading progress and the tab line."""
        reading = self.renewals_status if self.resource_list.tab is Tab.RENEWAL else ""
        self.status.text = " · ".join(
            part for part in (self.resource_list.summary_text(), self.loading_status, reading) if part
        )
        view = _("marked only") if self.resource_list.selected_only else ""
        order = self.resource_list.sort_description
        extra = " · ".join(part for part in (view, order and _("by {column}").format(column=order)) if part)
        self.tab_bar.text = self.tabs_text(extra)
