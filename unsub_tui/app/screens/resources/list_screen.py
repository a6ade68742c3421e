"""Base class of the parts of the resource list screen: the table and the lines around it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from textual import work
from textual.getters import query_one

from unsub_tui.app import review_flow
from unsub_tui.app.commands import key_of
from unsub_tui.app.resource_list import ResourceList
from unsub_tui.app.resource_tabs import ResourceTabs
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.widgets.filter_bar import FilterBar
from unsub_tui.app.widgets.side_panel import SidePanel
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.app.widgets.table import Table
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.domain.plan import Plan, SavedPlan
    from unsub_tui.domain.resource import Catalog
    from unsub_tui.domain.run import Run

Screen = TypeVar("Screen", bound="ListScreen")
Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def requires_valid_filter(
    action: Callable[Concatenate[Screen, Arguments], Answer],
) -> Callable[Concatenate[Screen, Arguments], Answer | None]:
    """Return an action that selects, reviews or copies rows, guarded so that it runs only if the filter is valid."""

    @wraps(action)
    def guarded(screen: Screen, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer | None:
        return action(screen, *args, **kwargs) if screen.ensure_filter_applied() else None

    return guarded


class ListScreen(BaseScreen[None]):
    """A screen with tabs, a table of the current tab's resources, a filter bar and a side panel."""

    resource_tabs: ResourceTabs
    table = query_one("#resources", Table)
    filter_bar = query_one(FilterBar)
    side_panel = query_one(SidePanel)
    tab_bar = query_one("#tabs", OneLineLabel)
    status = query_one("#status", OneLineLabel)

    has_offered_open_units = False
    """Whether the user has dealt with the offer to check pending units of earlier runs."""

    @abstractmethod
    def store_quotes(self, plan: Plan) -> None:
        """Store the quotes that a review obtained."""

    @abstractmethod
    def closing_hint(self, run: Run) -> str:
        """Return the hint that tells the user where closing the result page leads."""

    @abstractmethod
    def run_ended(self, run: Run) -> None:
        """Show the changes that a run made."""

    @abstractmethod
    def watching_ended(self) -> None:
        """Show the changes that a run of another terminal made."""

    def resume_deferred(self) -> None:
        """Run deferred work that is no longer blocked."""

    def review(
        self, catalogue: Catalog, ids: Sequence[str], hidden: frozenset[str], action: Action = Action.UNSUBSCRIBE
    ) -> None:
        """Draft a plan, show the review and the confirmation, and execute the confirmed plan."""
        self.review_plan(catalogue, self.engine.draft(catalogue, ids, hidden=hidden, action=action))

    @work(exclusive=True, group="flow")
    async def review_plan(self, catalogue: Catalog, plan: Plan) -> None:
        """Show the review and the confirmation of a plan, and execute the confirmed plan."""
        await review_flow.review(self, catalogue, plan)

    @work(exclusive=True, group="flow")
    async def review_plan_file(self, catalogue: Catalog, plan_file: SavedPlan) -> None:
        """Review the plan in a plan file."""
        await review_flow.review_plan_file(self, catalogue, plan_file)

    @work(exclusive=True, group="open-units")
    async def offer_open_units(self) -> None:
        """Offer to check pending units of earlier runs, before any other work."""
        self.has_offered_open_units = False
        await review_flow.offer_open_units(self)
        self.has_offered_open_units = True
        self.resume_deferred()

    @abstractmethod
    def redraw_status(self) -> None:
        """Refresh counts, sort order and loading progress."""

    @abstractmethod
    def redraw_side_panel(self) -> None:
        """Refresh the side panel if it is open."""

    @property
    def resource_list(self) -> ResourceList:
        """The list of the current tab."""
        return self.resource_tabs.current

    @property
    def current_resource(self) -> Resource | None:
        """The resource under the cursor, or None."""
        return self.resource_list.resource_at(self.table.cursor)

    def reload(self, current: Resource | None) -> None:
        """Refresh the rows and all lines, with the cursor on the given resource."""
        self.filter_bar.show_error(self.resource_list.filter_error)
        position = self.resource_list.position_of(current.id) if current is not None else None
        self.table.reload(position)
        self.redraw_status()
        self.redraw_side_panel()
        self.show_row_reason()

    def show_row_reason(self) -> None:
        """Show why the row cannot be selected or, if no row is visible, how to get rows back; else clear the line."""
        self.set_status(self.row_reason() if len(self.resource_list) else self._empty_list_reason())

    def row_reason(self) -> str:
        """Return why the current row cannot be selected, with the key for reviewing it alone if that is possible."""
        reason, here = self.resource_list.reason_at(self.table.cursor), self.current_resource
        goes_alone = here is not None and self.resource_list.reason_of(here) is BlockedReason.NOT_BATCH_ELIGIBLE
        key = self._key_of("list.review-row") if goes_alone else ""  # no key is active while the filter is typed
        return _("{reason} ({key} reviews it)").format(reason=reason, key=key) if key else reason

    def apply_typed_filter(self) -> None:
        """Apply the text in the filter field if it differs from the current filter."""
        query = self.filter_bar.current_query
        if query.text == self.resource_list.query.text:
            return
        here, columns = self.current_resource, self.resource_list.column_kinds
        words = self.resource_list.apply_filter(query)
        if self.resource_list.column_kinds != columns:  # widths depend on the whole list
            self.fit_columns()
        self.reload(here)
        if words:
            self.set_status(words)

    def ensure_filter_applied(self) -> bool:
        """Return whether the visible rows are the complete result of the filter; if not, show why."""
        self.apply_typed_filter()  # keys can arrive before the filter is applied
        if self.resource_list.filter_error is not None:
            self.set_status(self.filter_error_hint())
            return False
        unasked = self.resource_tabs.unknown_order_ids(self.resource_list.query.order_ids)
        if unasked:
            key, order_id = self._key_of("list.filter"), for_display(unasked[0])
            words = _("Not possible: the resources of order {id} are not known yet. {key} and enter ask for them.")
            self.set_status(words.format(id=order_id, key=key))
        return not unasked

    def filter_error_hint(self) -> str:
        """Return what an invalid filter prevents, and the keys that correct and clear it."""
        return self.filter_bar.error_hint("list.filter", "list.back")

    def _empty_list_reason(self) -> str:
        if self.resource_list.filter_error is not None:
            return self.filter_error_hint()
        if not self.resource_list.is_complete:
            return ""
        if self.filter_bar.field.value:
            key = self._key_of("list.back") or self._key_of("filter.leave")
            return _("nothing fits the filter; {key} empties it").format(key=key)
        if self.resource_list.selected_only:
            return _("nothing is marked here; {key} shows all again").format(key=self._key_of("list.back"))
        return ""

    def _key_of(self, command: str) -> str:
        return key_of(self.active_bindings.values(), command)

    def fit_columns(self) -> None:
        """Resize the columns to their content."""
        self.table.set_columns(self.resource_list.columns())
