"""A table with one line per row; lines are drawn on demand, so that a key costs the same for 10 and 100,000 rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from unsub_tui.app.commands import bindings
from unsub_tui.present.text_layout import fit, fit_middle, fit_right

MARKER_WIDTH = 4
"""Width of the selection box and the space after it, in cells."""

CACHED_ROWS = 2_000
"""Maximum number of rows with cached text; more than any screen shows."""

THUMB = "┃"
"""The character of the scroll bar's thumb."""

WHEEL_ROWS = 3


@dataclass(frozen=True, slots=True)
class Column:
    """A column of fixed width; the first column also receives the remaining width."""

    title: str
    width: int
    align: str = "left"
    """Alignment: left, right, or middle, which shortens the text in the middle."""


class Rows(Protocol):
    """The data source of a table; asked only for visible rows."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def cells(self, position: int) -> Sequence[str]:
        """Return one sanitized text per column; a single text spans the whole line."""

    def row_marker(self, position: int) -> str:
        """Return the three cells of the selection box."""


class Table(ScrollView, can_focus=True):
    """Rows with a cursor; the selection box and the first column stay visible when the others scroll sideways."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("table")
    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--header", "table--cursor", "table--marked", "table--range"}

    cursor: reactive[int] = reactive(0, repaint=False)
    """Position of the cursor."""
    range_start: reactive[int | None] = reactive[int | None](None, repaint=False)
    """Start of the range that extends to the cursor; None without a range."""

    @dataclass
    class Moved(Message):
        """The cursor has moved to another row."""

        position: int

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Rows,
        *,
        ellipsis: str = "…",
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self._columns = columns
        self._rows = rows
        self._ellipsis = ellipsis
        self._skipped = 0
        self._layout_of: list[tuple[int, Column, int]] = []
        self._texts: dict[int, str] = {}
        self._strips: dict[tuple[int, str, str, str], Strip] = {}
        """Rendered lines by everything visible in them; reusing an object lets Textual reuse its cached crops."""
        self._styles: dict[str, Style] = {}

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Change the columns or their widths."""
        if list(columns) != list(self._columns):
            self._skipped = self._still_skipped(columns)
            self._columns = columns
            self._lay_out()
            self.refresh()

    def reload(self, cursor: int | None = None) -> None:
        """Redraw after the rows have changed, with the cursor at `cursor` if given; posts no message."""
        self._forget_lines()
        self.range_start = None
        count = len(self._rows)
        target = self.cursor if cursor is None else cursor
        self._update_virtual_size()
        self.set_reactive(Table.cursor, max(0, min(target, count - 1)))
        self._keep_in_view()
        self.refresh()

    def show_added_rows(self) -> None:
        """Update the scroll range after rows were added at the end."""
        last = self.virtual_size.height - 1
        self._update_virtual_size()
        if last < self.scroll_offset.y + self.view.height:
            self.refresh()

    def redraw_markers(self) -> None:
        """Redraw the selection boxes of all visible rows."""
        self.refresh(Region(0, 1, MARKER_WIDTH, max(0, self.view.height - 1)))

    def redraw_marker(self, position: int) -> None:
        """Redraw the selection box of a row."""
        self.refresh(Region(0, position - self.scroll_offset.y + 1, MARKER_WIDTH - 1, 1))

    def validate_cursor(self, cursor: int) -> int:
        """Return the nearest valid cursor position."""
        return max(0, min(cursor, len(self._rows) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Scroll to the row, redraw the changed rows and post `Moved`."""
        if self.range_start is not None:
            self._redraw_rows(min(old, new), max(old, new))
        else:
            self._redraw_rows(old, old)
            self._redraw_rows(new, new)
        self._keep_in_view()
        self.post_message(self.Moved(new))

    def watch_range_start(self) -> None:
        """Redraw the range."""
        self.refresh()

    @property
    def range_positions(self) -> range:
        """Positions from the start of the range to the cursor, both included."""
        start = self.cursor if self.range_start is None else self.range_start
        return range(min(start, self.cursor), max(start, self.cursor) + 1)

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self.cursor += rows

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self.cursor += pages * max(1, self.view.height - 2)

    def action_top(self) -> None:
        """Move the cursor to the first row."""
        self.cursor = 0

    def action_bottom(self) -> None:
        """Move the cursor to the last row."""
        self.cursor = len(self._rows) - 1

    def action_sideways(self, columns: int) -> None:
        """Scroll the columns after the first one sideways, until the last one is visible."""
        last_shown = self._layout_of[-1][0]
        if columns > 0 and last_shown == len(self._columns) - 1:
            return
        skipped = max(0, self._skipped + columns)
        if skipped != self._skipped:
            self._skipped = skipped
            self._lay_out()
            self.refresh()

    def notify_style_update(self) -> None:
        """Discard the styles of the old theme."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def on_resize(self) -> None:
        """Fit the columns to the new width."""
        self._lay_out()
        self._update_virtual_size()
        self._keep_in_view()
        self.refresh()

    def on_mouse_scroll_down(self) -> None:
        """Move the cursor down, if mouse support is on."""
        self.action_move(WHEEL_ROWS)

    def on_mouse_scroll_up(self) -> None:
        """Move the cursor up, if mouse support is on."""
        self.action_move(-WHEEL_ROWS)

    @property
    def view(self) -> Size:
        """Size of the area for lines. Our scroll bar is drawn with the lines; Textual's would need a second frame."""
        width, height = self.size
        return Size(max(0, width - 1), height)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines, without Textual's cache: its keys are screen lines, which all change on a scroll."""
        view, top = self.view, self.scroll_offset.y
        thumb = self._thumb(view.height - 1, top)
        strips = [self._line(y, top + y - 1, view.width, THUMB if y in thumb else " ") for y in crop.line_range]
        background = self.background_colors[1]
        for each in self.get_line_filters():
            strips = [strip.apply_filter(each, background) for strip in strips]
        if crop.column_span != (0, self.region.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """Return a line."""
        return self.render_lines(Region(0, y, self.region.width, 1))[0]

    def _thumb(self, height: int, top: int) -> range:
        """Return the lines covered by the scroll bar's thumb."""
        count = len(self._rows)
        if height < 1 or count <= height:
            return range(0)
        length = max(1, height * height // count)
        first = 1 + round(top / (count - height) * (height - length))
        return range(first, first + length)

    def _line(self, y: int, position: int, width: int, bar: str) -> Strip:
        """Return the header, a row or an empty line, with its part of the scroll bar."""
        if y == 0:
            return self._header(width)
        if position >= len(self._rows):
            return Strip([Segment(" " * (width + 1), self._style())], width + 1)
        return self._row(position, width, bar)

    def _header(self, width: int) -> Strip:
        titles = " ".join(self._aligned(column.title, wide, column) for _, column, wide in self._layout_of)
        more = "<" if self._skipped else " "
        text = fit(f"   {more}{titles}", width, self._ellipsis)
        return Strip([Segment(text, self._style("table--header")), Segment(" ", self._style())], width + 1)

    def _row(self, position: int, width: int, bar: str) -> Strip:
        box, component = self._rows.row_marker(position), ""
        if position == self.cursor and self.has_focus:
            component = "table--cursor"
        elif self.range_start is not None and position in self.range_positions:
            component = "table--range"
        strip = self._strips.get((position, box, component, bar))
        if strip is None:
            if len(self._strips) >= CACHED_ROWS:
                self._strips.clear()
            segments = [*self._segments(position, width, box, component), Segment(bar, self._style())]
            strip = self._strips[position, box, component, bar] = Strip(segments, width + 1)
        return strip

    def _segments(self, position: int, width: int, marker: str, component: str) -> list[Segment]:
        text = self._text(position, width - MARKER_WIDTH)
        if component:
            return [Segment(f"{marker} {text}", self._style(component))]
        mark = self._style("table--marked") if marker == "[x]" else self._style()
        return [Segment(marker, mark), Segment(f" {text}", self._style())]

    def _forget_lines(self) -> None:
        self._texts.clear()
        self._strips.clear()

    def _text(self, position: int, width: int) -> str:
        text = self._texts.get(position)
        if text is None:
            cells = self._rows.cells(position)
            text = cells[0] if len(cells) == 1 else self._in_columns(cells)
            text = fit(text, width, self._ellipsis)
            if len(self._texts) >= CACHED_ROWS:
                self._texts.clear()
            self._texts[position] = text
        return text

    def _in_columns(self, cells: Sequence[str]) -> str:
        return " ".join(self._aligned(cells[index], wide, column) for index, column, wide in self._layout_of)

    def _aligned(self, text: str, width: int, column: Column) -> str:
        cut = {"right": fit_right, "middle": fit_middle}.get(column.align, fit)
        return cut(text, width, self._ellipsis)

    def _lay_out(self) -> None:
        """Choose the columns that fit completely after the first one, which takes the remaining width."""
        self._forget_lines()
        first, *others = self._columns
        room = self.view.width - MARKER_WIDTH - first.width
        chosen: list[tuple[int, Column, int]] = []
        for index, column in enumerate(others, start=1):
            if index <= self._skipped:
                continue
            if column.width + 1 > room and (chosen or not self._skipped or room < 2):
                break
            width = min(column.width, room - 1)  # a column that never fits is cut, so that it can be seen at all
            chosen.append((index, column, width))
            room -= width + 1
        self._layout_of = [(0, first, first.width + max(0, room)), *chosen]

    def _still_skipped(self, columns: Sequence[Column]) -> int:
        """Return how many of the new columns to skip: the leading ones that are skipped already."""
        skipped = {column.title for column in self._columns[1 : self._skipped + 1]}
        others = [column.title for column in columns[1:]]
        count = next((number for number, title in enumerate(others) if title not in skipped), len(others))
        return min(count, max(0, len(columns) - 2))

    def _update_virtual_size(self) -> None:
        """Update the scroll range without a new layout, because no other widget depends on it."""
        self.set_reactive(Table.virtual_size, Size(self.size.width, len(self._rows) + 1))
        if self.scroll_offset.y > self.max_scroll_y:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)

    def _redraw_rows(self, first: int, last: int) -> None:
        top = self.scroll_offset.y
        start, end = max(first - top + 1, 1), min(last - top + 1, self.view.height - 1)
        if start <= end:
            self.refresh(Region(0, start, self.view.width, end - start + 1))

    def _keep_in_view(self) -> None:
        visible = self.view.height - 1
        if visible < 1:
            return
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True, immediate=True)
        elif self.cursor >= top + visible:
            self.scroll_to(y=self.cursor - visible + 1, animate=False, force=True, immediate=True)

    def _style(self, component: str = "") -> Style:
        if component not in self._styles:
            self._styles[component] = self.get_component_rich_style(component) if component else self.rich_style
        return self._styles[component]
