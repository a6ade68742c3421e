"""The commands that change the selection of the resource list."""

from __future__ import annotations

from unsub_tui.app.commands import key_of
from unsub_tui.app.dialogs.dialog import Prompt, YesNoDialog
from unsub_tui.app.screens.resources.list_pane import ListPane
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.listmodel.filters import FilterError, parse
from unsub_tui.listmodel.row_selection import RowSelection, SelectionResult
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.filter_messages import filter_error_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import TAB_TITLES
from unsub_tui.present.resources import name_and_id
from unsub_tui.present.status_line import selection_result_text


class SelectionCommands:
    """Select and deselect the rows of a list pane."""

    def __init__(self, pane: ListPane) -> None:
        self._pane = pane
        pane.add_commands(
            {
                "toggle_row": self.toggle_row,
                "select_and_move": self.select_and_move,
                "range": self.select_range,
                "select_shown": lambda: self._show_selected(self._selection.select_visible()),
                "deselect_shown": lambda: self._show_deselected(self._selection.deselect_visible()),
                "invert_shown": lambda: self._show_selected(self._selection.invert_visible()),
                "select_matching": self.select_matching,
                "deselect_matching": self.deselect_matching,
                "clear_selection": self.clear,
                "undo": self.undo,
                "redo": self.redo,
            },
            need_rows=True,
        )
        pane.add_commands({"queue_mode": self.toggle_queue_mode})
        no_delete = _("No key deletes anything here. Select with space, then press p to review.")
        pane.add_commands({"no_delete": lambda: pane.set_status(no_delete)})

    @property
    def _selection(self) -> RowSelection:
        return self._pane.resources.selection

    def toggle_row(self) -> None:
        """Select or deselect the current row and move down; in a range, select the range."""
        table = self._pane.table
        if table.range_start is not None:
            self.select_range()
        elif not len(self._pane.resources):
            self._pane.set_status(_("The list is empty."))
        elif self._selection.toggle(table.cursor) is not None:
            self._pane.show_row_reason()
        else:
            table.redraw_markers(table.cursor)
            self._pane.redraw_status()
            table.cursor += 1

    def select_and_move(self, rows: int) -> None:
        """Select the current row and move by `rows`."""
        table = self._pane.table
        self._show_selected(self._selection.select([table.cursor] if len(self._pane.resources) else []))
        table.cursor += rows

    def select_range(self) -> None:
        """Start a range, or select its rows."""
        table = self._pane.table
        if not len(self._pane.resources):
            self._pane.set_status(_("The list is empty."))
        elif table.range_start is None:
            table.range_start = table.cursor
            self._pane.set_status(_("Range: move, then press v or space to select its rows. Esc cancels it."))
        else:
            positions = table.range_positions
            table.range_start = None
            self._show_selected(self._selection.select(positions))

    async def select_matching(self) -> None:
        """Select all resources that match a filter."""
        rows = await self._ask_for_rows(_("Select by filter"))
        if rows is not None:
            self._show_selected(self._selection.select_rows(rows))

    async def deselect_matching(self) -> None:
        """Deselect all resources that match a filter."""
        rows = await self._ask_for_rows(_("Deselect by filter"))
        if rows is not None:
            self._show_deselected(self._selection.deselect_rows(rows))

    def clear(self) -> None:
        """Deselect all resources, including hidden ones."""
        count = self._selection.clear()
        text = plural("Deselected {n} resource. z undoes this.", "Deselected {n} resources. z undoes this.", count)
        self._pane.selection_changed(text)

    def undo(self) -> None:
        """Undo the last selection step."""
        count = self._selection.undo()
        text = plural("Undone: {n} resource changed.", "Undone: {n} resources changed.", count)
        self._pane.selection_changed(text if count else _("Nothing to undo."))

    def redo(self) -> None:
        """Redo the last undone selection step."""
        count = self._selection.redo()
        text = plural("Redone: {n} resource changed.", "Redone: {n} resources changed.", count)
        self._pane.selection_changed(text if count else _("Nothing to redo."))

    async def toggle_queue_mode(self) -> None:
        """Switch queue mode on or off; ask before that deselects resources."""
        pane, listed = self._pane, self._pane.resources
        if listed.tab is not Tab.ACTIVE:
            text = _("Queue mode is for {tab}. Here, a selection may have any service.")
            pane.set_status(text.format(tab=TAB_TITLES[Tab.ACTIVE]))
            return
        if not listed.one_by_one:
            pane.update(lambda: listed.set_one_by_one(on=True))
            key = key_of(pane.screen, "list.queue-mode")
            text = _("Queue mode is on: resources of any service can be selected. {key} turns it off.")
            pane.set_status(text.format(key=key))
            return
        lost = listed.selected_outside_batch()
        if lost:
            words = plural(
                "{n} selected resource is not on the batch list and will be deselected.",
                "{n} selected resources are not on the batch list and will be deselected.",
                len(lost),
            )
            rows = [f"- {name_and_id(each)}" for each in lost]
            question = YesNoDialog(_("Turn queue mode off?"), [words], yes=_("Turn off"), no=_("Keep it on"), rows=rows)
            if not await pane.app.push_screen_wait(question):
                return
        pane.update(lambda: listed.set_one_by_one(on=False))
        pane.set_status(_("Queue mode is off: only services on the batch list can be selected together."))

    def _show_selected(self, result: SelectionResult) -> None:
        text = selection_result_text(result.selected_count, result.skipped)
        if not result.selected_count and BlockedReason.NOT_BATCH_ELIGIBLE in result.skipped:
            key = key_of(self._pane.screen, "list.queue-mode")
            text = _("{text}. {key} turns on queue mode.").format(text=text, key=key)
        self._pane.selection_changed(text)

    def _show_deselected(self, count: int) -> None:
        self._pane.selection_changed(plural("Deselected {n} resource.", "Deselected {n} resources.", count))

    async def _ask_for_rows(self, title: str) -> list[int] | None:
        """Ask for a filter; return the rows of the whole list that match it, or None if there is no answer."""
        pane = self._pane
        lines = [_("Applies to the whole list. Syntax as after /: words, type:ecs|evs, expires<30, name:web-*")]
        text = await pane.app.push_screen_wait(
            Prompt(title, lines, value=pane.resources.query.text, validate_text=self._filter_error_text)
        )
        if text is None:
            return None
        query = parse(text)
        if unknown := pane.tabs.context.unknown_order_ids(query.order_ids):
            message = _("Not possible: the resources of order {id} are not known yet. Filter by it first.")
            pane.set_status(message.format(id=for_display(unknown[0])))
            return None
        try:
            return pane.resources.matching_rows(query)
        except FilterError as error:
            pane.set_status(filter_error_text(text, error))
            return None

    def _filter_error_text(self, text: str) -> str:
        """Return why a filter text is invalid or cannot be applied to the list, or ""."""
        try:
            self._pane.resources.matching_rows(parse(text))
        except FilterError as error:
            return filter_error_text(text, error)
        return ""
