"""The list and the page alone, in an app of a few lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from textual.app import App, ComposeResult
from textual.widget import Widget

from unsub_tui.app.widgets.table import Table
from unsub_tui.app.widgets.table_lines import Column, RowTone
from unsub_tui.app.widgets.text_page import TextPage
from unsub_tui.domain.untrusted_text import cell_width
from unsub_tui.present.page import Entry

COLUMNS = (Column("name", 12), Column("service", 8), Column("region", 14), Column("id", 20, "middle"))


@dataclass
class FakeRows:
    """Rows that are made when they are asked for, and counted."""

    count: int
    asked: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return self.count

    def cells(self, position: int) -> Sequence[str]:
        """Return a row with a wide name."""
        self.asked.append(position)
        return (f"官网-{position}-官网官网官网", "ECS", "cn-north-4", f"id-{position:020}")

    def row_marker(self, _position: int) -> str:
        """Return an empty box."""
        return "[ ]"

    def row_tone(self, _position: int) -> RowTone:
        """Return no special style."""
        return RowTone.PLAIN


class Alone(App[None]):
    """A screen with one widget."""

    CSS = "Table, Page { height: 1fr; scrollbar-gutter: stable; scrollbar-size-vertical: 1; }"

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self._widget = widget

    def compose(self) -> ComposeResult:
        """Put the widget on the screen."""
        yield self._widget


async def test_a_key_asks_only_for_rows_on_the_screen() -> None:
    """Whatever the number of rows: to the end and back costs two screens."""
    rows = FakeRows(100_000)
    table = Table(COLUMNS, rows)
    async with Alone(table).run_test(size=(40, 12)) as pilot:
        table.focus()
        await pilot.press("G", "k", "g")
        assert table.cursor == 0
        await pilot.press("G")
        assert table.cursor == 99_999
        assert len(set(rows.asked)) <= 3 * 12


@pytest.mark.parametrize("width", [40, 59, 60, 79, 80, 120])
async def test_every_line_fills_its_cells_exactly(width: int) -> None:
    """Wide names are cut by cells, not by characters."""
    table = Table(COLUMNS, FakeRows(30))
    async with Alone(table).run_test(size=(width, 12)):
        lines = [table.render_line(y).text for y in range(12)]
        assert {cell_width(line) for line in lines} == {width}


async def test_columns_that_do_not_fit_are_reached_sideways() -> None:
    """The name stays, the others move."""
    table = Table(COLUMNS, FakeRows(30))
    async with Alone(table).run_test(size=(44, 12)) as pilot:
        table.focus()
        assert "id-0000" not in table.render_line(1).text
        await pilot.press("l", "l", "l", "l")
        assert "id-0000" in table.render_line(1).text
        assert "官网" in table.render_line(1).text
        await pilot.press("h", "h", "h", "h")
        assert "ECS" in table.render_line(1).text


def entries(*keys: str) -> list[Entry]:
    """Return two entries for each key."""
    return [entry for key in keys for entry in (Entry(f"{key} one", target=key), Entry(f"{key} two", target=key))]


async def test_the_cursor_of_a_page_stays_on_its_thing() -> None:
    """Lines that come in above do not put another item under the key that un-ticks."""
    page = TextPage()
    async with Alone(page).run_test(size=(40, 6)) as pilot:
        page.entries = entries("a", "b", "c")
        page.focus()
        await pilot.press("j", "j")
        page.entries = [Entry("new"), Entry("more"), *entries("a", "a", "b", "c")]
        await pilot.pause()
        assert page.current is not None
        assert page.current.target == "b"
        assert any("b one" in page.render_line(y).text for y in range(6))
