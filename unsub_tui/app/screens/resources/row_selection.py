"""The selection commands of the resource list."""

from __future__ import annotations

from collections.abc import Callable

from textual import work

from unsub_tui.app.dialogs.prompt import Prompt
from unsub_tui.app.screens.resources.list_screen import ListScreen, requires_valid_filter
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.listmodel.filters import FilterError, Query, parse
from unsub_tui.present.filter_messages import filter_error_text
from unsub_tui.present.i18n import _


class SelectionMixin(ListScreen):
    """A list screen whose rows can be selected."""

    @requires_valid_filter
    def action_toggle_row(self) -> None:
        """Select or deselect the current row and move down; in a range, select the range."""
        if self.table.range_start is not None:
            self.action_range()
            return
        position = self.table.cursor
        reason = self.resource_list.toggle(position)
        self.table.redraw_marker(position)
        self.redraw_status()
        if reason:
            self.set_status(self.row_reason() or reason)
        else:
            self.table.cursor += 1

    @requires_valid_filter
    def action_select_and_move(self, rows: int) -> None:
        """Select the current row and move by `rows`."""
        self.show_selection_change(self.resource_list.select([self.table.cursor] if len(self.resource_list) else []))
        self.table.cursor += rows

    @requires_valid_filter
    def action_range(self) -> None:
        """Start a range, or select its rows."""
        if not len(self.resource_list):
            self.set_status(_("nothing is listed here"))
        elif self.table.range_start is None:
            self.table.range_start = self.table.cursor
            self.set_status(_("range: move, then v or space marks it, esc leaves it"))
        else:
            positions = self.table.range_positions
            self.table.range_start = None
            self.show_selection_change(self.resource_list.select(positions))

    @requires_valid_filter
    def action_select_shown(self) -> None:
        """Select all visible rows that can be selected."""
        self.show_selection_change(self.resource_list.select_shown())

    @requires_valid_filter
    def action_deselect_shown(self) -> None:
        """Deselect all visible rows."""
        self.show_selection_change(self.resource_list.deselect_shown())

    @requires_valid_filter
    def action_invert_shown(self) -> None:
        """Invert the selection of all visible rows."""
        self.show_selection_change(self.resource_list.invert_shown())

    @requires_valid_filter
    @work(exclusive=True, group="dialog")
    async def action_select_matching(self) -> None:
        """Select all resources that match a filter."""
        await self._by_filter(_("Mark what fits"), self.resource_list.select_matching)

    @requires_valid_filter
    @work(exclusive=True, group="dialog")
    async def action_deselect_matching(self) -> None:
        """Deselect all resources that match a filter."""
        await self._by_filter(_("Unmark what fits"), self.resource_list.deselect_matching)

    @requires_valid_filter
    def action_clear_selection(self) -> None:
        """Deselect all resources, including hidden ones."""
        self.show_selection_change(self.resource_list.clear_selection())

    @requires_valid_filter
    def action_undo(self) -> None:
        """Undo the last selection step."""
        self.show_selection_change(self.resource_list.undo())

    @requires_valid_filter
    def action_redo(self) -> None:
        """Redo the last undone selection step."""
        self.show_selection_change(self.resource_list.redo())

    def action_no_delete(self) -> None:
        """Explain that no key deletes resources."""
        self.set_status(_("no key deletes here; mark with space, then press p to review"))

    def show_selection_change(self, words: str) -> None:
        """Refresh selection boxes and counts, and show a message."""
        self.table.redraw_markers()
        self.redraw_status()
        self.set_status(words)

    async def _by_filter(self, title: str, change: Callable[[Query], str]) -> None:
        lines = [_("In the whole list, whatever is shown now. As after /: words, type:ecs, expires<30d, name:web-*")]
        text = await self.app.push_screen_wait(
            Prompt(title, lines, value=self.resource_list.query.text, validate_text=_filter_error_text)
        )
        if text is None:
            return
        query = parse(text)
        if unasked := self.resource_tabs.unknown_order_ids(query.order_ids):
            words = _("Not possible: the resources of order {id} are not known yet; filter by it first.")
            self.set_status(words.format(id=for_display(unasked[0])))
            return
        try:
            self.show_selection_change(change(query))
        except FilterError as error:
            self.set_status(filter_error_text(text, error))


def _filter_error_text(text: str) -> str:
    """Return the error of a filter text, or ""."""
    try:
        parse(text)
    except FilterError as error:
        return filter_error_text(text, error)
    return ""
