"""The same list with Textual's stock DataTable: the rival that the list is measured against.

python -m tests.benchmarks.stock_table COUNT
"""

from __future__ import annotations

import sys
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.coordinate import Coordinate
from textual.widgets import DataTable, Static

COLUMNS = ("", "name", "service", "expires", "state", "region", "spec", "project")


class StockList(App[None]):
    """Rows with a mark box, moved through and marked by keys."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "DataTable { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("j", "down", "Down"),
        ("space", "mark_row", "Mark"),
        ("q", "quit", "Quit"),
        ("s", "sort", "Sort"),
    ]

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count
        self.theme = "ansi-dark"

    def compose(self) -> ComposeResult:
        """Put the table over a line that says how many there are."""
        yield DataTable(cursor_type="row")
        yield Static(id="status")

    def on_mount(self) -> None:
        """Fill the table."""
        table = self.query_one(DataTable)
        table.add_columns(*COLUMNS)
        for number in range(self._count):
            table.add_row(
                "[ ]",
                f"prod-web-{number * 7919 % self._count:06}",
                "ECS",
                "2027-01-24 in 61 d",
                "in use",
                "cn-north-4",
                "m7.2xlarge.8.linux",
                "web-platform",
            )
        self.query_one(Static).update(f"shown {self._count:,} of {self._count:,}")

    def action_down(self) -> None:
        """Go down."""
        self.query_one(DataTable).action_cursor_down()

    def action_mark_row(self) -> None:
        """Mark the row."""
        table = self.query_one(DataTable)
        table.update_cell_at(Coordinate(table.cursor_row, 0), "[x]")

    def action_sort(self) -> None:
        """Sort by name."""
        table = self.query_one(DataTable)
        table.sort(list(table.columns)[1])


if __name__ == "__main__":
    StockList(int(sys.argv[1])).run(mouse=False)
