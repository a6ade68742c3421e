"""A table with one line per row; lines are drawn on demand, so that a key costs the same for 10 and 100,000 rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from unsub_tui.app.commands import bindings
from unsub_tui.app.widgets.table_lines import MARKER_WIDTH, Column, Rows, RowTone, TableLines

THUMB = "┃"
"""The character of the scroll bar's thumb."""

WHEEL_ROWS = 3


class Table(ScrollView, can_focus=True):
    """Rows with a cursor; the selection box and the first column stay visible when the others scroll sideways."""

    BINDINGS = bindings("table")
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *("table--header", "table--cursor", "table--marked", "table--range", "table--id"),
        *(tone for tone in RowTone if tone),
    }

    cursor: reactive[int] = reactive(0, repaint=False)
    """Position of the cursor."""
    range_start: reactive[int | None] = reactive[int | None](None, repaint=False)
    """Start of the range that extends to the cursor; None without a range."""

    class Moved(Message):
        """The cursor has moved to another row."""

    def __init__(self, columns: Sequence[Column], rows: Rows, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._rows = rows
        self._lines = TableLines(
            columns, rows, lambda name: self.get_component_rich_style(name) if name else self.rich_style
        )

    def set_columns(self, columns: Sequence[Column], rows: Rows | None = None) -> None:
        """Change the columns or their widths, and the data source if given; call `reload` after new data."""
        if rows is not None:
            self._rows = self._lines.rows = rows
        if list(columns) != list(self._lines.columns):
            self._lines.set_columns(columns)
            self.refresh()

    def reload(self, cursor: int | None = None) -> None:
        """Redraw after the rows have changed, with the cursor at `cursor` if given; posts no message."""
        self._lines.forget()
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

    def redraw_markers(self, position: int | None = None) -> None:
        """Redraw the selection box of a row, or of all visible rows."""
        if position is None:
            self.refresh(Region(0, 1, MARKER_WIDTH, max(0, self.view.height - 1)))
        else:
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
        self.post_message(self.Moved())

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
        if self._lines.scroll_sideways(columns):
            self.refresh()

    def notify_style_update(self) -> None:
        """Discard the styles of the old theme."""
        super().notify_style_update()
        self._lines.forget_styles()

    def on_resize(self) -> None:
        """Fit the columns to the new width."""
        self._lines.lay_out(self.view.width)
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
        top = self.scroll_offset.y
        thumb = thumb_lines(len(self._rows), self.view.height - 1, top)
        strips = [self._line(y, top + y - 1, THUMB if y in thumb else " ") for y in crop.line_range]
        background = self.background_colors[1]
        for each in self.get_line_filters():
            strips = [strip.apply_filter(each, background) for strip in strips]
        if crop.column_span != (0, self.region.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """Return a line."""
        return self.render_lines(Region(0, y, self.region.width, 1))[0]

    def _line(self, y: int, position: int, bar: str) -> Strip:
        """Return the header, a row or an empty line, with its part of the scroll bar."""
        if y == 0:
            return self._lines.header()
        if position >= len(self._rows):
            return self._lines.blank()
        component = ""
        if position == self.cursor and self.has_focus:
            component = "table--cursor"
        elif self.range_start is not None and position in self.range_positions:
            component = "table--range"
        return self._lines.row(position, component, bar)

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


def thumb_lines(count: int, height: int, top: int) -> range:
    """Return the lines covered by the scroll bar's thumb: `count` rows, of which `height` are visible from `top` on."""
    if height < 1 or count <= height:
        return range(0)
    length = max(1, height * height // count)
    first = 1 + round(top / (count - height) * (height - length))
    return range(first, first + length)
