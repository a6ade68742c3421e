"""The rows of the review: the items of a plan and what stays, with their check boxes. Contains no widget."""

from __future__ import annotations

from collections.abc import Sequence

from unsub_tui.app.widgets.table_lines import Column, RowTone
from unsub_tui.present.pages.review_table import ReviewRow, ReviewTable, RowGroup
from unsub_tui.present.table_layout import fit_columns


class ReviewList:
    """The data source of the review's table: the rows of a group, or all."""

    def __init__(self, table: ReviewTable, group: RowGroup | None) -> None:
        self._table = table
        self._all_columns = self._columns = list(table.columns())
        self.rows = table.rows(group)

    def __len__(self) -> int:
        return len(self.rows)

    def lay_out(self, width: int) -> list[Column]:
        """Choose the columns that fit into `width` cells."""
        fitting = fit_columns(self._all_columns, self.rows, width)
        self._columns = [column for column, _wide in fitting]
        return [Column(column.title, wide, "right" if column.is_right else "left") for column, wide in fitting]

    def cells(self, position: int) -> Sequence[str]:
        """Return the cells of a row."""
        return [column.cell(self.rows[position]) for column in self._columns]

    def row_marker(self, position: int) -> str:
        """Return the check box of an item, or the sign of a resource that stays."""
        return self._table.marker(self.rows[position])

    def row_tone(self, position: int) -> RowTone:
        """Return how a row is shown: what stays is dim."""
        row = self.rows[position]
        if row.item is None or self._is_dropped(row):
            return RowTone.DIM if row.item is not None or row.refusal is not None else RowTone.WARNING
        return RowTone.WARNING if RowGroup.DANGER in row.groups else RowTone.PLAIN

    def row_at(self, position: int) -> ReviewRow | None:
        """Return a row; None if there is none."""
        return self.rows[position] if 0 <= position < len(self.rows) else None

    def position_of(self, resource_id: str) -> int | None:
        """Return the position of a resource; None if it is not shown."""
        return next((number for number, row in enumerate(self.rows) if row.id == resource_id), None)

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
