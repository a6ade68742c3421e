"""The content of the review screen: the summary, the table of rows and the details of the current row."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.css.query import NoMatches
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Static

from unsub_tui.app.commands import bindings, key_of
from unsub_tui.app.dialogs.dialog import Prompt
from unsub_tui.app.review_list import ReviewList
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.page_screens import TextPageScreen
from unsub_tui.app.widgets.table import Table
from unsub_tui.app.widgets.table_lines import MARKER_WIDTH
from unsub_tui.app.widgets.text_page import entries_content
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.pages.review import row_lines, row_page
from unsub_tui.present.pages.review_table import ReviewRow, ReviewTable, RowGroup

MIN_DETAIL_LINES, MAX_DETAIL_LINES = 3, 14
"""Height of the details below the table, with the rule above them."""


class ReviewPane(Vertical):
    """Shows a review; finds rows, shows groups of rows alone, and asks to drop items."""

    BINDINGS = bindings("review table")

    summary = query_one(".review-summary", Static)
    table = query_one(Table)
    details = query_one(".review-details", Static)

    @dataclass
    class Dropped(Message):
        """The user has dropped items or kept them again."""

        ids: frozenset[str]
        """Ids of all dropped items."""

    def __init__(self, review: ReviewTable, screen: BaseScreen[Any]) -> None:
        super().__init__()
        self.engine, self.options = screen.engine, screen.options
        self._review = review
        self._group: RowGroup | None = None
        """The only rows shown; None shows all."""
        self._list = ReviewList(review, None)
        self._set_status = screen.set_status
        self._found = ""
        """The text that was searched last."""

    def compose(self) -> ComposeResult:
        """Return the summary, the table and the details."""
        yield Static(classes="review-summary", markup=False)
        yield Table([], self._list)
        yield Static(classes="review-details", markup=False)

    @property
    def current(self) -> ReviewRow | None:
        """The row under the cursor; None without rows."""
        return self._list.row_at(self.table.cursor)

    def show(self, review: ReviewTable) -> None:
        """Show a review; the cursor stays on its row."""
        # At the top, the cursor stays there: loading amounts changes the order of the rows.
        here = self.current if self.table.cursor else None
        self._review = review
        self.summary.update(entries_content(review.summary()))
        self._list = ReviewList(review, self._group)
        self._lay_out()
        self.call_after_refresh(self._lay_out_if_open)  # the summary may have another height now
        self.table.reload(self._list.position_of(here.id) if here is not None else 0)
        self._show_details()

    def show_all(self) -> bool:
        """Show all rows again; return whether only a group was shown."""
        was_narrow, self._group = self._group is not None, None
        if was_narrow:
            self._set_status("")
            self.show(self._review)
        return was_narrow

    def action_toggle_item(self) -> None:
        """Drop the item under the cursor from the plan, or keep it again; move down, as in the list."""
        row = self.current
        if row is None or row.item is None:
            self._set_status(_("This row is not part of the plan: it stays."))
            return
        self._set_status("")
        self.post_message(self.Dropped(self._review.excluded ^ {row.id}))
        self.table.action_move(1)

    def action_drop_worthless(self) -> None:
        """Drop all items without a refund, or keep them again if all of them are dropped."""
        ids = {item.id for item in self._review.plan.items if item.has_no_refund}
        excluded = self._review.excluded
        if not ids:
            self._set_status(_("No item is without a refund."))
        elif ids <= excluded:
            self.post_message(self.Dropped(excluded - ids))
            self._set_status(plural("{n} item is in the plan again.", "{n} items are in the plan again.", len(ids)))
        else:
            self.post_message(self.Dropped(excluded | ids))
            words = plural(
                "{n} item without a refund is dropped. {key}: turn auto-renewal off instead.",
                "{n} items without a refund are dropped. {key}: turn auto-renewal off instead.",
                len(ids),
                key=key_of(self.screen, "review.more-actions"),
            )
            self._set_status(words)

    @work(exclusive=True, group="dialog")
    async def action_details(self) -> None:
        """Show everything about the row under the cursor."""
        if self.current is not None:
            key = key_of(self.screen, "review.more-actions")
            entries = row_page(self.current, self._review.kept, self._review.now, key)
            await self.app.push_screen_wait(TextPageScreen(self.engine, self.options, entries, _("Details")))

    def action_narrow(self, group: str) -> None:
        """Show only the rows of a group, or all again."""
        wanted = RowGroup(group)
        shown, total = len(self._review.rows(wanted)), len(self._review.rows())
        if self._group is wanted:
            self.show_all()
        elif not shown:
            self._set_status(_("There are no such rows."))
        else:
            self._group = wanted
            self.table.action_top()
            self.show(self._review)
            self._set_status(_("{n} of {total} rows; esc shows all.").format(n=shown, total=total))

    def action_danger(self, step: int) -> None:
        """Go to the next or previous row with a danger."""
        position = self._list.next_danger(self.table.cursor, step)
        if position is None:
            self._set_status(_("No further row with a danger."))
        else:
            self.table.cursor = position

    @work(exclusive=True, group="dialog")
    async def action_find(self) -> None:
        """Ask for a text and go to the next row that contains it."""
        prompt = Prompt(_("Find in this review"), [_("A part of a name, an id or a note.")], value=self._found)
        wanted = await self.app.push_screen_wait(prompt)
        if wanted is None:
            return
        self._found = wanted
        position = self._list.find(wanted, self.table.cursor)
        if position is None:
            self._set_status(_("No row contains “{text}”.").format(text=for_display(wanted)))
        else:
            self.table.cursor = position

    def on_resize(self) -> None:
        """Fit the columns to the new width."""
        self.call_after_refresh(self._lay_out_if_open)

    @on(Table.Moved)
    def _show_details(self) -> None:
        row, lines = self.current, []
        if row is not None:
            lines = row_lines(row, self._review.kept, self._review.now, key_of(self.screen, "review.more-actions"))
        self.details.update(Content("\n".join(lines)))

    def _lay_out_if_open(self) -> None:
        with suppress(NoMatches):  # the screen may have closed since this was asked for
            self._lay_out()

    def _lay_out(self) -> None:
        """Fit the columns to the width, and give the lines that the rows do not need to the details."""
        height = self.table.size.height + self.details.outer_size.height
        free = min(height - len(self._list) - 1, MAX_DETAIL_LINES)
        self.details.styles.height = max(free, MIN_DETAIL_LINES, height // 7)
        self.table.set_columns(self._list.lay_out(self.table.view.width - MARKER_WIDTH), self._list)
