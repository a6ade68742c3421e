"""The marking keys of the list."""

from __future__ import annotations

from textual.getters import query_one

from unsub_tui.app.board import Board
from unsub_tui.app.screens.flow import FlowScreen
from unsub_tui.app.widgets.table import Table
from unsub_tui.present.words import _


class MarkingScreen(FlowScreen[None]):
    """A screen with a board and a table, and the keys that change marks on it."""

    board: Board
    table = query_one("#resources", Table)

    def redraw_lines(self) -> None:
        """Show the counts anew."""
        raise NotImplementedError

    def action_mark_here(self) -> None:
        """Mark or unmark this row and move on; in a range mark the range."""
        if self.table.range_start is not None:
            self.action_range()
            return
        position = self.table.cursor
        reason = self.board.toggle(position)
        self.table.redraw_box(position)
        self.redraw_lines()
        if reason:
            self.say(reason)
        else:
            self.table.cursor += 1

    def action_mark_on(self, rows: int) -> None:
        """Mark this row and move on."""
        self._changed(self.board.mark([self.table.cursor] if len(self.board) else []))
        self.table.cursor += rows

    def action_range(self) -> None:
        """Begin a range, or mark all in it."""
        if not len(self.board):
            self.say(_("nothing is listed here"))
        elif self.table.range_start is None:
            self.table.range_start = self.table.cursor
            self.say(_("range: move, then v or space marks it, esc leaves it"))
        else:
            positions = self.table.chosen
            self.table.range_start = None
            self._changed(self.board.mark(positions))

    def action_mark_shown(self) -> None:
        """Mark all rows shown that may be marked."""
        self._changed(self.board.mark(range(len(self.board))))

    def action_unmark_shown(self) -> None:
        """Unmark all rows shown."""
        self._changed(self.board.unmark_shown())

    def action_flip_shown(self) -> None:
        """Turn the marks of all rows shown round."""
        self._changed(self.board.flip_shown())

    def action_clear_marks(self) -> None:
        """Unmark everything, hidden ones too."""
        self._changed(self.board.clear())

    def action_undo(self) -> None:
        """Take back the last step of marking."""
        self._changed(self.board.undo())

    def action_redo(self) -> None:
        """Take the last undone step again."""
        self._changed(self.board.redo())

    def action_no_delete(self) -> None:
        """Say that no key deletes."""
        self.say(_("no key deletes here; mark with space, then press p to review"))

    def action_step_home(self) -> None:
        """Say that this is the tab asked for."""
        self.say(_("this is Active Resources"))

    def _changed(self, words: str) -> None:
        self.table.redraw_boxes()
        self.redraw_lines()
        self.say(words)
