"""The marking keys of the list."""

from __future__ import annotations

from collections.abc import Callable

from textual import work

from unsub_tui.app.screens.listing import ListScreen, while_filter_holds
from unsub_tui.app.screens.prompts import Prompt
from unsub_tui.domain.filters import FilterError, Query, parse
from unsub_tui.domain.foreign import clean
from unsub_tui.present.filters import filter_problem
from unsub_tui.present.words import _


class MarkingScreen(ListScreen):
    """A list screen on which rows are marked."""

    @while_filter_holds
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
            self.say(self.reason_here() or reason)
        else:
            self.table.cursor += 1

    @while_filter_holds
    def action_mark_on(self, rows: int) -> None:
        """Mark this row and move on."""
        self.marks_changed(self.board.mark([self.table.cursor] if len(self.board) else []))
        self.table.cursor += rows

    @while_filter_holds
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
            self.marks_changed(self.board.mark(positions))

    @while_filter_holds
    def action_mark_shown(self) -> None:
        """Mark all rows shown that may be marked."""
        self.marks_changed(self.board.mark_shown())

    @while_filter_holds
    def action_unmark_shown(self) -> None:
        """Unmark all rows shown."""
        self.marks_changed(self.board.unmark_shown())

    @while_filter_holds
    def action_flip_shown(self) -> None:
        """Turn the marks of all rows shown round."""
        self.marks_changed(self.board.flip_shown())

    @while_filter_holds
    @work(exclusive=True, group="dialog")
    async def action_mark_fitting(self) -> None:
        """Mark all that fit a filter."""
        await self._by_filter(_("Mark what fits"), self.board.mark_fitting)

    @while_filter_holds
    @work(exclusive=True, group="dialog")
    async def action_unmark_fitting(self) -> None:
        """Unmark all that fit a filter."""
        await self._by_filter(_("Unmark what fits"), self.board.unmark_fitting)

    @while_filter_holds
    def action_clear_marks(self) -> None:
        """Unmark everything, hidden ones too."""
        self.marks_changed(self.board.clear())

    @while_filter_holds
    def action_undo(self) -> None:
        """Take back the last step of marking."""
        self.marks_changed(self.board.undo())

    @while_filter_holds
    def action_redo(self) -> None:
        """Take the last undone step again."""
        self.marks_changed(self.board.redo())

    def action_no_delete(self) -> None:
        """Say that no key deletes."""
        self.say(_("no key deletes here; mark with space, then press p to review"))

    def marks_changed(self, words: str) -> None:
        """Draw the boxes and the counts anew, and say what was done."""
        self.table.redraw_boxes()
        self.redraw_lines()
        self.say(words)

    async def _by_filter(self, title: str, change: Callable[[Query], str]) -> None:
        lines = [_("In the whole list, whatever is shown now. As after /: words, type:ecs, expires<30d, name:web-*")]
        text = await self.app.push_screen_wait(Prompt(title, lines, value=self.board.query.text, check=_problem))
        if text is None:
            return
        query = parse(text)
        if unasked := self.boards.unasked(query.order_ids):
            words = _("Not possible: the resources of order {id} are not known yet; filter by it first.")
            self.say(words.format(id=clean(unasked[0])))
            return
        try:
            self.marks_changed(change(query))
        except FilterError as error:
            self.say(filter_problem(text, error))


def _problem(text: str) -> str:
    """Return what is wrong with a filter, or nothing."""
    try:
        parse(text)
    except FilterError as error:
        return filter_problem(text, error)
    return ""
