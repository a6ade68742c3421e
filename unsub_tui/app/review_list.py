"""The rows of the review: the items of a plan and what stays, with their check boxes. Contains no widget."""

from __future__ import annotations

from unsub_tui.app.text_rows import TextRows
from unsub_tui.app.widgets.table_lines import RowTone
from unsub_tui.present.pages.review_table import ReviewRow, ReviewTable, RowGroup


class ReviewList(TextRows[ReviewRow]):
    """The data source of the review's table: the rows of a group, or all."""

    def __init__(self, table: ReviewTable, group: RowGroup | None) -> None:
        rows = table.rows(group)
        super().__init__(rows, lambda width: table.fitting_columns(rows, width), lambda row: row.id)
        self._table = table

    def row_marker(self, position: int) -> str:
        """Return the check box of an item, or the sign of a resource that stays."""
        return self._table.marker(self.rows[position])

    def row_tone(self, position: int) -> RowTone:
        """Return how a row is shown: what stays is dim."""
        row = self.rows[position]
        if row.item is None or self._is_dropped(row):
            return RowTone.DIM if row.item is not None or row.refusal is not None else RowTone.WARNING
        return RowTone.WARNING if RowGroup.DANGER in row.groups else RowTone.PLAIN

    def find(self, text: str, after: int) -> int | None:
        """Return the next row that contains `text`, from the row after `after` around to that row itself."""
        words = text.casefold()
        order = [*range(after + 1, len(self.rows)), *range(after + 1)]
        return next((number for number in order if words in self._search_text(number)), None)

    def next_danger(self, after: int, step: int) -> int | None:
        """Return the next or previous row with a danger, or None."""
        found = [number for number, row in enumerate(self.rows) if RowGroup.DANGER in row.groups]
        ahead = [number for number in found if (number - after) * step > 0]
        return (ahead[0] if step > 0 else ahead[-1]) if ahead else None

    def _is_dropped(self, row: ReviewRow) -> bool:
        return row.id in self._table.excluded

    def _search_text(self, position: int) -> str:
        row = self.rows[position]
        names = (each.resource_name.for_display() for each in (row.item.attached if row.item is not None else ()))
        return "\n".join((*self.cells(position), row.id, *names)).casefold()
