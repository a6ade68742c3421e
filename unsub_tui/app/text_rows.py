"""Rows of text for a table: the columns that fit, and rows found by their ids. Contains no widget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from unsub_tui.app.widgets.table_lines import Column
from unsub_tui.present.table_layout import TextColumn

R = TypeVar("R")
"""What a row shows."""


class TextRows(Generic[R]):
    """The data source of a table without its markers and tones, which the subclasses add."""

    def __init__(
        self,
        rows: Sequence[R],
        fit: Callable[[int], Sequence[tuple[TextColumn[R], int]]],
        id_of: Callable[[R], str],
    ) -> None:
        """Create the rows; `fit` returns the columns for a width, with their widths."""
        self.rows = rows
        self._fit, self._id_of = fit, id_of
        self._columns: Sequence[TextColumn[R]] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def lay_out(self, width: int) -> list[Column]:
        """Choose the columns that fit into `width` cells."""
        fitting = self._fit(width)
        self._columns = [column for column, _wide in fitting]
        return [Column(column.title, wide, "right" if column.is_right else "left") for column, wide in fitting]

    def cells(self, position: int) -> Sequence[str]:
        """Return the cells of a row."""
        return [column.cell(self.rows[position]) for column in self._columns]

    def row_at(self, position: int) -> R | None:
        """Return a row; None if there is none."""
        return self.rows[position] if 0 <= position < len(self.rows) else None

    def position_of(self, row_id: str) -> int | None:
        """Return the position of a row; None if it is not shown."""
        return next((number for number, row in enumerate(self.rows) if self._id_of(row) == row_id), None)
