"""The rows of a run: its items with their states, problems first. Contains no widget."""

from __future__ import annotations

from unsub_tui.app.text_rows import TextRows
from unsub_tui.app.widgets.table_lines import RowTone
from unsub_tui.domain.run import Unit
from unsub_tui.domain.unit_state import Outcome
from unsub_tui.present.pages.run_table import RunTable, is_problem, sign
from unsub_tui.present.table_layout import fit_columns

_TONES = {
    Outcome.REJECTED: RowTone.ERROR,
    Outcome.UNKNOWN: RowTone.WARNING,
    Outcome.SETTLED: RowTone.GOOD,
}


class RunList(TextRows[Unit]):
    """The data source of the table of a run."""

    def __init__(self, table: RunTable) -> None:
        columns, rows = list(table.columns()), table.rows
        super().__init__(rows, lambda width: fit_columns(columns, rows, width), lambda unit: unit.resource_id)

    def row_marker(self, position: int) -> str:
        """Return the sign of the item's state."""
        return f" {sign(self.rows[position])} "

    def row_tone(self, position: int) -> RowTone:
        """Return how a row is shown."""
        unit = self.rows[position]
        tone = _TONES.get(unit.outcome, RowTone.PLAIN)
        return RowTone.WARNING if is_problem(unit) and tone is not RowTone.ERROR else tone

    def next_problem(self, after: int, step: int) -> int | None:
        """Return the next or previous item with a problem, around the end; None without any."""
        found = [number for number, unit in enumerate(self.rows) if is_problem(unit)]
        if not found:
            return None
        ahead = [number for number in found if (number - after) * step > 0] or found
        return ahead[0] if step > 0 else ahead[-1]
