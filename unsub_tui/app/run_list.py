"""The rows of a run: its items with their states, problems first. Contains no widget."""

from __future__ import annotations

from collections.abc import Sequence

from unsub_tui.app.widgets.table_lines import Column, RowTone
from unsub_tui.domain.run import Unit
from unsub_tui.domain.unit_state import Outcome
from unsub_tui.present.pages.run_table import RunTable, is_problem, sign
from unsub_tui.present.table_layout import fit_columns

_TONES = {
    Outcome.REJECTED: RowTone.ERROR,
    Outcome.UNKNOWN: RowTone.WARNING,
    Outcome.SETTLED: RowTone.GOOD,
}


class RunList:
    """The data source of the table of a run."""

    def __init__(self, table: RunTable) -> None:
        self.rows = table.rows
        self._all_columns = self._columns = list(table.columns())

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
        """Return the sign of the item's state."""
        return f" {sign(self.rows[position])} "

    def row_tone(self, position: int) -> RowTone:
        """Return how a row is shown."""
        unit = self.rows[position]
        tone = _TONES.get(unit.outcome, RowTone.PLAIN)
        return RowTone.WARNING if is_problem(unit) and tone is not RowTone.ERROR else tone

    def row_at(self, position: int) -> Unit | None:
        """Return an item; None if there is none."""
        return self.rows[position] if 0 <= position < len(self.rows) else None

    def position_of(self, resource_id: str) -> int | None:
        """Return the position of an item; None if it is not shown."""
        return next((number for number, unit in enumerate(self.rows) if unit.resource_id == resource_id), None)

    def next_problem(self, after: int, step: int) -> int | None:
        """Return the next or previous item with a problem, around the end; None without any."""
        found = [number for number, unit in enumerate(self.rows) if is_problem(unit)]
        if not found:
            return None
        ahead = [number for number in found if (number - after) * step > 0] or found
        return ahead[0] if step > 0 else ahead[-1]
