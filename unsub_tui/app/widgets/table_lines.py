"""Lines of a table: the columns that fit, their cells, and rendered lines in a cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from unsub_tui.domain.untrusted_text import cell_width
from unsub_tui.present.text_layout import fit, fit_middle, fit_right

MARKER_WIDTH = 4
"""Width of the selection box and the space after it, in cells."""

MIN_FIRST_WIDTH = 10
"""Width that the first column keeps beside key columns, in cells."""

CACHED_ROWS = 2_000
"""Maximum number of rows with cached text; more than any screen shows."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of fixed width; the first column also receives the remaining width."""

    title: str
    width: int
    align: str = "left"
    """Alignment: left, right, or middle, which shortens the text in the middle."""
    mark: str = ""
    """Sign behind the title."""
    is_key: bool = False
    """Whether the first column gives way to it, down to MIN_FIRST_WIDTH, where not both fit."""
    is_id: bool = False
    """Whether it has ids, which are dim."""


class RowTone(StrEnum):
    """Kind of a row; the style sheet sets its appearance."""

    PLAIN = ""
    DIM = "table--dim"
    """It cannot be selected, or was dropped."""
    WARNING = "table--warning"
    ERROR = "table--error"
    GOOD = "table--good"


class Rows(Protocol):
    """The data source of a table; asked only for visible rows."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def cells(self, position: int) -> Sequence[str]:
        """Return one sanitized text per column; a single text spans the whole line."""

    def row_marker(self, position: int) -> str:
        """Return the three cells of the selection box."""

    def row_tone(self, position: int) -> RowTone:
        """Return how the row is shown; the text must be clear without it."""


class TableLines:
    """The lines of a table, rendered on demand; they do not change until `lay_out` or `forget` is called."""

    def __init__(self, columns: Sequence[Column], rows: Rows, style_of: Callable[[str], Style]) -> None:
        self.columns = columns
        self.rows = rows
        self.skipped = 0
        """Number of columns after the first one that are scrolled out on the left."""
        self._style_of = style_of
        """Returns the style of a component class; "" stands for the table itself."""
        self._width = 0
        self._layout: list[tuple[int, Column, int]] = []
        """Number, column and width of each visible column."""
        self._texts: dict[int, list[tuple[str, bool]]] = {}
        """The text of each row in parts, each with whether it is an id."""
        self._strips: dict[tuple[int, str, str, str], Strip] = {}
        """Rendered lines by everything visible in them; reusing an object lets Textual reuse its cached crops."""
        self._styles: dict[str, Style] = {}

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Replace the columns; those that are scrolled out stay so."""
        skipped = {column.title for column in self.columns[1 : self.skipped + 1]}
        others = [column.title for column in columns[1:]]
        count = next((number for number, title in enumerate(others) if title not in skipped), len(others))
        self.skipped = min(count, max(0, len(columns) - 2))
        self.columns = columns
        self.lay_out(self._width)

    def lay_out(self, width: int) -> None:
        """Choose the columns that fit completely after the first one, which takes the remaining width."""
        self.forget()
        self._width = width
        first, *others = self.columns
        room = width - MARKER_WIDTH - first.width
        slack = max(0, first.width - MIN_FIRST_WIDTH)
        chosen: list[tuple[int, Column, int]] = []
        for index, column in enumerate(others, start=1):
            if index <= self.skipped:
                continue
            space = room + slack if column.is_key else room
            if column.width + 1 > space and (chosen or not self.skipped or space < 2):
                break
            shown = min(column.width, space - 1)  # a column that never fits is cut, so that it can be seen at all
            chosen.append((index, column, shown))
            room -= shown + 1
        self._layout = [(0, first, first.width + room), *chosen]

    def scroll_sideways(self, columns: int) -> bool:
        """Scroll the columns after the first one until the last one is visible; return whether anything changed."""
        if columns > 0 and self._layout[-1][0] == len(self.columns) - 1:
            return False
        before, self.skipped = self.skipped, max(0, self.skipped + columns)
        if self.skipped != before:
            self.lay_out(self._width)
        return self.skipped != before

    def forget(self) -> None:
        """Discard all rendered lines, because cells have changed."""
        self._texts.clear()
        self._strips.clear()

    def forget_styles(self) -> None:
        """Discard the styles of the old theme."""
        self._styles.clear()
        self._strips.clear()

    def header(self) -> Strip:
        """Return the line with the titles of the columns."""
        titles = " ".join(self._aligned(column.title + column.mark, wide, column) for _, column, wide in self._layout)
        more = "<" if self.skipped else " "
        text = fit(f"   {more}{titles}", self._width)
        return Strip([Segment(text, self._style("table--header")), Segment(" ", self._style())], self._width + 1)

    def blank(self) -> Strip:
        """Return an empty line."""
        return Strip([Segment(" " * (self._width + 1), self._style())], self._width + 1)

    def row(self, position: int, component: str, bar: str) -> Strip:
        """Return the line of a row with the style of a component class, and its part of the scroll bar."""
        marker, tone = self.rows.row_marker(position), self.rows.row_tone(position)
        key = (position, marker, component or tone, bar)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) >= CACHED_ROWS:
                self._strips.clear()
            segments = [*self._segments(position, marker, component, tone), Segment(bar, self._style())]
            strip = self._strips[key] = Strip(segments, self._width + 1)
        return strip

    def _segments(self, position: int, marker: str, component: str, tone: RowTone) -> list[Segment]:
        parts = self._parts(position)
        if component:
            return [Segment(f"{marker}{''.join(text for text, _ in parts)}", self._style(component))]
        style, plain = self._style("table--marked" if marker == "[x]" else tone), self._style(tone)
        dim = plain if tone else self._style("table--id")
        return [Segment(marker, style), *(Segment(text, dim if is_id else plain) for text, is_id in parts)]

    def _parts(self, position: int) -> list[tuple[str, bool]]:
        parts = self._texts.get(position)
        if parts is None:
            cells, width = self.rows.cells(position), self._width - MARKER_WIDTH
            parts = [(f" {fit(cells[0], width)}", False)] if len(cells) == 1 else self._in_columns(cells, width)
            if len(self._texts) >= CACHED_ROWS:
                self._texts.clear()
            self._texts[position] = parts
        return parts

    def _in_columns(self, cells: Sequence[str], room: int) -> list[tuple[str, bool]]:
        parts: list[tuple[str, bool]] = []
        for index, column, wide in self._layout:
            text, is_id = f" {self._aligned(cells[index], wide, column)}", column.is_id
            parts.append((parts.pop()[0] + text if parts and parts[-1][1] is is_id else text, is_id))
            room -= wide + 1
        last, is_id = parts.pop() if parts else ("", False)  # without columns before the first layout
        return [*parts, (fit(last, max(0, cell_width(last) + room + 1)), is_id)]

    def _aligned(self, text: str, width: int, column: Column) -> str:
        cut = {"right": fit_right, "middle": fit_middle}.get(column.align, fit)
        return cut(text, width)

    def _style(self, component: str = "") -> Style:
        if component not in self._styles:
            self._styles[component] = self._style_of(component)
        return self._styles[component]
