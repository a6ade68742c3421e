"""The resource list as a widget: tab line, filter bar, table with side panel, status line.

It displays a list model and knows neither engine nor screen. What its keys do is added by the classes beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from inspect import iscoroutine
from typing import TYPE_CHECKING, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Paste
from textual.getters import query_one
from textual.message import Message
from textual.reactive import reactive
from textual.timer import Timer

from unsub_tui.app.columns import ListColumns
from unsub_tui.app.commands import bindings, key_of
from unsub_tui.app.screens.resources.list_filter import ListFilter
from unsub_tui.app.widgets.filter_bar import FilterBar
from unsub_tui.app.widgets.status import OneLineLabel, TabLine
from unsub_tui.app.widgets.table import Table
from unsub_tui.app.widgets.text_page import SidePanel
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.listmodel.resource_list import ResourceList
from unsub_tui.listmodel.tab import Tab
from unsub_tui.listmodel.tabs import ResourceTabs
from unsub_tui.present.facets import FACETS, facets_page, finding_counts
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _
from unsub_tui.present.labels import TAB_TITLES, tabs_line
from unsub_tui.present.resources import blocked_text
from unsub_tui.present.status_line import (
    StatusPart,
    as_of_text,
    at_risk_part,
    counts_part,
    queue_mode_part,
    selection_refund_text,
    status_text,
    unknown_findings_part,
)

if TYPE_CHECKING:
    from unsub_tui.domain.plan import Plan

SIDE_PANEL_MIN_WIDTH = 110
"""Minimum terminal width, in columns, for details beside the list; in a narrower one they fill the screen."""

DETAILS_MIN_WIDTH = 120
"""Terminal width, in columns, from which details are beside the list unless the user closes them."""

DETAILS_DELAY = 0.15
"""Seconds that the cursor rests on a row before its details are drawn: a held key need not send them."""

Result = TypeVar("Result")


class SideView(StrEnum):
    """The content of the side panel."""

    NONE = "none"
    COUNTS = "counts"
    DETAILS = "details"


class ListBody(Horizontal):
    """The table and the side panel. The list's keys are bound here, so that they are inactive in the filter field."""

    BINDINGS = bindings("list")

    def __init__(self, run_command: Callable[..., None]) -> None:
        super().__init__(id="middle")
        self.action_run = run_command  # Textual calls it for the bindings `run('COMMAND')`


class RowHints:
    """Texts about the current row of a list pane, for the message line."""

    def __init__(self, pane: ListPane) -> None:
        self._pane = pane

    def text(self) -> str:
        """Return why the row cannot be selected or, if no row is visible, how to get rows back; else ""."""
        if not len(self._pane.resources):
            return self._empty_list()
        reason = self._pane.resources.reason_at(self._pane.table.cursor)
        alone, queue = (key_of(self._pane.screen, each) for each in ("list.review-row", "list.queue-mode"))
        if not (alone and queue):  # no key is active while the filter is typed
            return self.reason
        if rejection := self._rejection():
            return rejection
        if reason is BlockedReason.NOT_BATCH_ELIGIBLE:
            text = _("Not on the batch list: {alone} reviews it alone, {queue} turns on queue mode.")
            return text.format(alone=alone, queue=queue)
        if reason is BlockedReason.ATTACHED and self._is_single_disk():
            return _("{reason}, or alone with {alone}").format(reason=self.reason, alone=alone)
        return self.reason

    def _rejection(self) -> str:
        """Return that the current row was rejected as a part of a bundle, with the key that reviews the whole."""
        listed, resource = self._pane.resources, self._pane.current_resource
        rejection = listed.context.rejection_of(listed.tab, resource) if resource is not None else None
        if resource is None or rejection is None:
            return ""
        if not resource.is_main_resource:
            return _("{reason}; {rejection}").format(reason=self.reason, rejection=fact_text(rejection))
        text = _("{key} reviews the whole bundle: {rejection}")
        return text.format(key=key_of(self._pane.screen, "list.review-bundle"), rejection=fact_text(rejection))

    def _is_single_disk(self) -> bool:
        """Return whether the current row is a data disk that can be reviewed without its server."""
        listed, resource = self._pane.resources, self._pane.current_resource
        if resource is None:
            return False
        return listed.context.blocked_reason_of_disk(listed.tab, resource, listed.catalog) is None

    @property
    def reason(self) -> str:
        """Why the current row cannot be selected, or ""."""
        listed, resource = self._pane.resources, self._pane.current_resource
        reason = listed.reason_at(self._pane.table.cursor)
        if reason is None or resource is None:
            return ""
        return blocked_text(reason, listed.catalog.primary_of(resource))

    def _empty_list(self) -> str:
        listed = self._pane.resources
        if listed.rows.filter_error is not None:
            return self._pane.filter_bar.error_hint
        if not listed.is_complete:
            return ""
        key = key_of(self._pane.screen, "list.back") or key_of(self._pane.screen, "filter.leave")
        if len(key) > 1:  # the case of a letter key is significant
            key = key[:1].upper() + key[1:]
        if self._pane.filter_bar.field.value:
            return _("No match. {key} clears the filter.").format(key=key)
        return _("Nothing is selected. {key} shows all.").format(key=key) if listed.selected_only else ""


class SideContent:
    """The content of the side panel of a list pane, and when it is shown."""

    def __init__(self, pane: ListPane) -> None:
        self._pane = pane
        self._are_details_closed = False
        """Whether the user has closed the details since they were last opened."""
        self._timer: Timer | None = None

    def show(self, view: SideView) -> None:
        """Open or close the side panel, and fill it after the layout has given it its width."""
        panel = self._pane.side_panel
        if view is SideView.DETAILS:
            self._are_details_closed = False
        panel.display = view is not SideView.NONE
        panel.set_class(view is SideView.COUNTS, "-counts")
        panel.call_after_refresh(self.fill)

    def close(self) -> None:
        """Close the side panel; counts give way to the details where those are beside the list."""
        self._are_details_closed |= self._pane.side_view is SideView.DETAILS
        self._pane.side_view = SideView.NONE
        self.fit()

    def fit(self) -> None:
        """Show the details in a wide terminal, hide them if they do not fit beside the list."""
        view, width = self._pane.side_view, self._pane.size.width
        if view is SideView.DETAILS and width < SIDE_PANEL_MIN_WIDTH:
            self._pane.side_view = SideView.NONE
        elif view is SideView.NONE and width >= DETAILS_MIN_WIDTH and not self._are_details_closed:
            self._pane.side_view = SideView.DETAILS

    def follow_cursor(self) -> None:
        """Show the details of the current row, once the cursor rests on it."""
        if self._timer is not None:
            self._timer.stop()
        if self._pane.side_view is SideView.DETAILS:
            self._timer = self._pane.set_timer(DETAILS_DELAY, self.fill)

    def fill(self) -> None:
        """Show the counts of the visible resources, or the details of the current one, beside the list."""
        pane = self._pane
        panel, listed, resource = pane.side_panel, pane.resources, pane.current_resource
        if pane.side_view is SideView.COUNTS:
            shown = listed.shown_resources()
            counts = {field: Counter(map(value_of, shown)) for field, value_of in FACETS.items()}
            if listed.context.inventory is not None:
                found = dict(finding_counts(listed.rows.facts, listed.rows.visible_rows))
                tags = found.pop("tag", Counter())
                counts = {**found, **counts, **({"tag": tags} if tags else {})}
            panel.entries = facets_page(counts, listed.query.text, panel.view.width)
            panel.cursor = panel.cursor or 1  # the first entry is a heading
            pane.filtering.request_findings()
        elif pane.side_view is SideView.DETAILS and resource is None:
            panel.entries = []
        elif pane.side_view is SideView.DETAILS and resource is not None:
            from unsub_tui.present.pages.resource import resource_page

            page = resource_page(
                resource,
                listed.catalog,
                pane.hints.reason,
                listed.context.now(),
                quote=listed.quotes.get(resource.id),
                periods=listed.context.periods_of(resource),
                rejection=listed.context.rejection_of(listed.tab, resource),
                findings=listed.context.findings_of(resource),
                user=listed.context.user,
                is_narrow=True,
            )
            if page != panel.entries:
                panel.entries = page
                panel.action_top()


class ListPane(Vertical):
    """The lists of all tabs, one of them displayed."""

    table = query_one("#resources", Table)
    filter_bar = query_one(FilterBar)
    side_panel = query_one(SidePanel)
    _tab_line = query_one("#tabs", TabLine)
    _status_line = query_one("#status", OneLineLabel)

    progress: reactive[str] = reactive("", repaint=False, init=False)
    """Progress of loading, at the end of the status line."""
    renewals_progress: reactive[str] = reactive("", repaint=False, init=False)
    """Progress of loading the renewal orders, on their tab only."""
    inventory_progress: reactive[str] = reactive("", repaint=False, init=False)
    """Progress of reading the inventory."""
    side_view: reactive[SideView] = reactive(SideView.NONE, repaint=False, init=False)
    """The content of the side panel."""

    @dataclass
    class TabShown(Message):
        """Another tab is displayed."""

        tab: Tab

    @dataclass
    class FindingsOutdated(Message):
        """Findings that the list uses have changed."""

    @dataclass
    class OrdersRequested(Message):
        """The filter names orders whose resources are not known."""

        order_ids: Sequence[str]

    class DetailsRequested(Message):
        """The filter names findings, some of which depend on metrics or nodes, which are not read with the lists."""

    def __init__(self, tabs: ResourceTabs, set_status: Callable[[str], None], first_hint: str = "") -> None:
        super().__init__()
        self.tabs = tabs
        self.set_status = set_status
        """Shows a text on the message line."""
        self.hints = RowHints(self)
        self.held_status = first_hint
        """Text of the message line until the next key is pressed; empty if there is none."""
        self._columns = {tab: ListColumns(resources) for tab, resources in tabs.by_tab.items()}
        self._cursors = dict.fromkeys(Tab, 0)
        self.filtering = ListFilter(self)
        self.side = SideContent(self)
        self._commands: dict[str, tuple[Callable[..., object], bool]] = {}

    def compose(self) -> ComposeResult:
        """Return the tab line, the filter bar, the table with the side panel, and the status line."""
        yield TabLine(id="tabs")
        yield FilterBar("list.filter", "list.back", lambda: self.resources.rows.facts)
        with ListBody(self.run_command):
            yield Table(self.columns.table_columns(), self.columns, id="resources")
            yield SidePanel(id="side")
        yield OneLineLabel(id="status")

    def on_mount(self) -> None:
        """Focus the table."""
        self.table.focus()
        self.redraw_status()
        self.show_row_reason()

    @property
    def resources(self) -> ResourceList:
        """The list of the current tab."""
        return self.tabs.current

    @property
    def columns(self) -> ListColumns:
        """The columns of the current tab."""
        return self._columns[self.tabs.current_tab]

    @property
    def current_resource(self) -> Resource | None:
        """The resource under the cursor, or None."""
        return self.resources.rows.resource_at(self.table.cursor)

    def add_commands(self, commands: Mapping[str, Callable[..., object]], *, need_rows: bool = False) -> None:
        """Add handlers of commands by action name; a coroutine runs as a worker.

        Commands that `need_rows` select, review or export rows; they run only if the rows are the filter's result.
        """
        self._commands |= {name: (handler, need_rows) for name, handler in commands.items()}

    def run_command(self, command: str, *arguments: object) -> None:
        """Run a command of the list; one without a handler does nothing."""
        handler, needs_rows = self._commands.get(command, (None, False))
        if handler is None or (needs_rows and not self.ensure_filter_applied()):
            return
        result = handler(*arguments)
        if iscoroutine(result):
            self.run_worker(result, exclusive=True, group="dialog")

    def update(
        self,
        change: Callable[[], Result],
        *,
        fit: bool = False,
        follow: Resource | None = None,
        stay_on_line: bool = False,
    ) -> Result:
        """Change the list and redraw everything, with the cursor on the resource where it was, or on `follow`.

        With `stay_on_line`, the cursor stays on its line, whichever resource is there then. Column widths depend on
        all rows, so they are computed only if `fit` or if the change shows other columns.
        """
        current = None if stay_on_line else follow or self.current_resource
        columns, sorting = self.columns.shown, self.columns.sorting
        result = change()
        if fit or self.columns.shown != columns:
            self.table.set_columns(self.columns.table_columns())
        elif self.columns.sorting != sorting:
            self.table.set_columns(self.columns.table_columns(measure=False))
        self.filter_bar.show_error(self.resources.rows.filter_error)
        self.table.reload(self.resources.rows.position_of(current.id) if current is not None else None)
        self.redraw_status()
        self.side.fill()
        self.show_row_reason()
        self.filtering.request_findings()
        return result

    def show_tab(self, tab: Tab) -> None:
        """Display a tab with its filter, sort order, columns, selection and cursor."""
        if tab is self.tabs.current_tab:
            self.set_status(_("{tab} is already displayed.").format(tab=TAB_TITLES[tab]))
            return
        self._cursors[self.tabs.current_tab] = self.table.cursor
        self.tabs.current_tab = tab
        self.filter_bar.show_applied(self.resources.query.text)
        self.filter_bar.show_error(self.resources.rows.filter_error)
        self.table.set_columns(self.columns.table_columns(), self.columns)
        self.table.reload(self._cursors[tab])
        self.table.focus()
        self.redraw_status()
        self.side.fill()
        self.show_row_reason()
        self.filtering.request_findings()
        self.post_message(self.TabShown(tab))

    def selection_changed(self, text: str) -> None:
        """Redraw selection boxes and counts, and show a message."""
        self.table.redraw_markers()
        self.redraw_status()
        self.set_status(text)

    def store_quotes(self, plan: Plan) -> None:
        """Store quotes for the refund column, filter and totals, if the plan's action is that of the current tab."""
        if plan.action is self.resources.tab.action:
            self.update(lambda: self.resources.store_quotes(plan), fit=True)

    def redraw_status(self) -> None:
        """Redraw the counts, the progress and the tab line."""
        listed, selection = self.resources, self.resources.selection
        quotes = [quote for each, quote in listed.quotes.items() if each in selection.ids]
        refund = selection_refund_text(quotes, len(selection) - len(quotes)) if quotes else ""
        parts = [
            *([queue_mode_part()] if listed.one_by_one else []),
            counts_part(len(listed), len(listed.rows), len(selection), selection.hidden_count),
            unknown_findings_part(listed.rows.unknown_count),
            at_risk_part(listed.catalog.rows_at_risk),
            StatusPart(refund, rank=3),
            StatusPart(self.progress, rank=2),
            StatusPart(self.renewals_progress if listed.tab is Tab.RENEWAL else "", rank=2),
            StatusPart(self.inventory_progress, rank=6),
            StatusPart(as_of_text(self.tabs.read_at, self.tabs.context.now()), rank=7),
        ]
        self._status_line.text = status_text(parts, self.size.width)
        extra = [_("selected only")] if listed.selected_only else []
        if order := self.columns.sort_note:
            extra.append(_("by {column}").format(column=order))
        self._tab_line.text = tabs_line(self.tabs.current_tab, self.size.width, " · ".join(extra))

    watch_progress = watch_renewals_progress = watch_inventory_progress = redraw_status

    def watch_side_view(self, view: SideView) -> None:
        """Open, close or fill the side panel."""
        self.side.show(view)

    def show_row_reason(self) -> None:
        """Show why the row cannot be selected or, if no row is visible, how to get rows back; else clear the line."""
        self.set_status(self.held_status or self.hints.text())

    def hold_status(self, text: str) -> None:
        """Show a message until the next key is pressed, also while a listing that is being loaded replaces the rows."""
        self.held_status = text
        self.set_status(text)

    def ensure_filter_applied(self) -> bool:
        """Return whether the visible rows are the complete result of the filter; if not, show why."""
        self.apply_typed_filter()  # keys can arrive before the filter is applied
        self.filtering.complete_findings()
        if self.resources.rows.filter_error is not None:
            self.set_status(self.filter_bar.error_hint)
            return False
        unknown = self.tabs.context.unknown_order_ids(self.resources.query.order_ids)
        if unknown:
            key, order_id = key_of(self.screen, "list.filter"), for_display(unknown[0])
            text = _("Not possible: the resources of order {id} are not known yet. {key} and enter load them.")
            self.set_status(text.format(id=order_id, key=key))
        return not unknown

    @on(FilterBar.Changed)
    def apply_typed_filter(self) -> None:
        """Apply the text in the filter field if it differs from the current filter."""
        self.filtering.apply(self.filter_bar.current_query)

    @on(FilterBar.Exited)
    def _leave_filter(self) -> None:
        self.apply_typed_filter()
        self.filtering.complete_findings()
        if self.resources.rows.filter_error is not None:  # stay, so that the next key corrects it
            self.set_status(self.filter_bar.error_hint)
            return
        self.table.focus()
        if unknown := self.tabs.context.unknown_order_ids(self.resources.query.order_ids):
            self.post_message(self.OrdersRequested(unknown))

    @on(SidePanel.EntryChosen)
    def _filter_by_count(self, event: SidePanel.EntryChosen) -> None:
        if self.side_view is SideView.COUNTS:
            self.filter_bar.toggle_term(event.key)

    @on(SidePanel.Exited)
    def _leave_side_panel(self) -> None:
        self.table.focus()

    @on(Table.Moved)
    def _follow_cursor(self) -> None:
        self.show_row_reason()
        self.side.follow_cursor()

    def on_key(self) -> None:
        """Remove the message that was held until now."""
        if self.held_status:
            self.held_status = ""
            self.show_row_reason()

    def on_paste(self, event: Paste) -> None:
        """Ignore pasted text: it would act as a series of keys that the user did not press."""
        event.stop()
        self.set_status(_("Pasted text is ignored in the list. / filters, W selects from a list of ids."))

    def on_resize(self) -> None:
        """Redraw the lines; show the details in a wide terminal, hide them if they do not fit beside the list."""
        self.side.fit()
        self.side.fill()
        self.redraw_status()
