"""The content of the terminal, cell by cell, and the shortest output that changes it to a new frame.

Textual resends every line that it draws, which is noticeable over a slow connection: scrolling a list by one row costs
9,000 bytes where 400 suffice. This module parses Textual's output into cells, compares them with the cells on the
screen and sends only the difference. The terminal itself moves rows that have moved (delete and insert line within a
scroll region, which xterm, tmux, screen and every common emulator support).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rich.cells import get_character_cell_size

Cell = tuple[str, str]
"""A character with its combining marks, and its SGR parameters. The second half of a wide character is empty."""

Row = list[Cell | None]
"""The cells of a line; None for a cell whose content is unknown."""

_PLACE = re.compile(r"\x1b\[(\d*);?(\d*)H")
_TOKEN = re.compile(r"\x1b\[(\d*(?:;\d*)*)m|([^\x00-\x1f\x7f]+)|(\r?\n)")
_RUN = re.compile(r"([\x20-\x7e]+)|[^\x20-\x7e]+")
_MAX_CACHED = 4_000
_MAX_STYLES = 200
_MAX_GAP = 5
"""Maximum number of unchanged cells between changed ones that are resent: a cursor jump would cost as many bytes."""
_MIN_MOVED = 3
"""Minimum number of rows that must have moved together before the terminal is told to move them."""
_CONTENT = slice(4, -1)
"""Columns that identify a row of the table: neither the selection box nor the scroll bar do."""
_NAME = slice(4, 24)
"""Columns that must be equal in rows that count as moved: the first column of the table, a name or an id."""
_MAX_DIFFERING_CELLS = 4
"""Maximum number of differing cells in rows that count as moved: the scroll bar beside them does not move."""

BLANK: Cell = (" ", "")


@dataclass(frozen=True, slots=True)
class _ParsedText:
    """The text that follows a cursor position in a frame."""

    cells: list[Cell | None]
    style: str
    """The style at the end of the text."""
    ends_line: bool


class UnsupportedFrameError(ValueError):
    """The text contains something that does not belong in a frame."""


class FrameDiffer:
    """The known cells of a terminal."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._width = 0
        self._style: str | None = None
        """The current style of the terminal; None if unknown."""
        self._cursor: tuple[int, int] | None = None
        """Row and column of the terminal's cursor; None if unknown."""

    def invalidate(self, width: int, height: int) -> None:
        """Forget all cells, so that every cell drawn next is sent."""
        self._rows = [[None] * width for _row in range(height)]
        self._width = width
        self._style = self._cursor = None

    def invalidate_cursor(self) -> None:
        """Forget position and style of the cursor, because other output was written; the cells are unchanged."""
        self._style = self._cursor = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, in cells."""
        return self._width, len(self._rows)

    def diff(self, frame: str) -> str:
        """Return the output that shows `frame`; raise UnsupportedFrameError, with the state unchanged."""
        wanted, cursor = self._parse_frame(frame)
        out: list[str] = []
        changed = [number for number, row in wanted.items() if row != self._rows[number]]
        if len(changed) > _MIN_MOVED:
            self._move_rows(wanted, changed, out)
        for number in changed:
            self._write_row(number, wanted[number], out)
        if cursor is not None and self._cursor != cursor:
            out.append(f"\x1b[{cursor[0] + 1};{cursor[1] + 1}H")
            self._cursor = cursor
        return "".join(out)

    def _parse_frame(self, frame: str) -> tuple[dict[int, Row], tuple[int, int] | None]:
        """Return the rows that the frame changes, in their new state, and the final cursor position."""
        rows: dict[int, Row] = {}
        place: tuple[int, int] | None = None
        style = ""
        begin, *pieces = _PLACE.split(frame)
        if begin:
            raise UnsupportedFrameError
        for line, column, text in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
            place = (max(int(line or 1) - 1, 0), max(int(column or 1) - 1, 0))
            piece = _parse_text(text, style)
            style = piece.style
            if not piece.cells:
                continue
            if place[0] >= len(self._rows):
                raise UnsupportedFrameError
            _write_into_row(rows.setdefault(place[0], list(self._rows[place[0]])), place[1], piece.cells)
            place = None if piece.ends_line else (place[0], place[1] + len(piece.cells))
        return rows, place

    def _move_rows(self, wanted: dict[int, Row], changed: Sequence[int], out: list[str]) -> None:
        """Output the command that moves the largest block of rows that only changed their position."""
        best = (0, 0, 0)
        for distance in self._candidate_distances(wanted, changed):
            for first, last in self._moved(wanted, distance):
                if last - first > best[1] - best[0]:
                    best = (first, last, distance)
        first, last, distance = best
        if last - first < _MIN_MOVED:
            return
        top, bottom = min(first, first + distance), max(last, last + distance)  # `last` is exclusive
        count = abs(distance)
        self._set_style("", out)
        out.append(f"\x1b[{top + 1};{bottom}r\x1b[{top + 1}H\x1b[{count if count > 1 else ''}")
        out.append("M" if distance > 0 else "L")
        out.append("\x1b[r")
        self._cursor = None
        blank: list[Row] = [[BLANK] * self._width for _row in range(count)]
        kept = self._rows[top:bottom]
        self._rows[top:bottom] = [*kept[count:], *blank] if distance > 0 else [*blank, *kept[:-count]]

    def _candidate_distances(self, wanted: dict[int, Row], changed: Sequence[int]) -> set[int]:
        """Return possible distances: the offsets at which some of the changed rows occur on the screen."""
        found: set[int] = set()
        samples = [changed[len(changed) * part // 6] for part in range(1, 6)]
        for number in dict.fromkeys(samples):
            row = wanted[number]
            head = row[_CONTENT]
            found.update(
                other - number for other, old in enumerate(self._rows) if other != number and old[_CONTENT] == head
            )
        return found

    def _moved(self, wanted: dict[int, Row], distance: int) -> Iterator[tuple[int, int]]:
        """Yield blocks of rows (first, end) whose wanted content is now `distance` rows further down."""
        height, first = len(self._rows), None
        for number in range(height + 1):
            source = number + distance
            fits = number in wanted and 0 <= source < height and _is_nearly_equal(wanted[number], self._rows[source])
            if fits and first is None:
                first = number
            elif not fits and first is not None:
                yield first, number
                first = None

    def _write_row(self, number: int, row: Row, out: list[str]) -> None:
        """Output the cells of a row that differ."""
        old = self._rows[number]
        for first, last in _spans(old, row):
            self._move_cursor(number, first, out)
            blank_from = last
            if last == self._width:
                while blank_from > first and row[blank_from - 1] == BLANK:
                    blank_from -= 1
                if last - blank_from < _MAX_GAP:
                    blank_from = last
            self._write_cells(row[first:blank_from], out)
            if blank_from < last:
                self._set_style("", out)
                out.append("\x1b[K")
            self._cursor = (number, blank_from) if blank_from < self._width else None
        self._rows[number] = row

    def _write_cells(self, cells: Sequence[Cell | None], out: list[str]) -> None:
        for cell in cells:
            if cell is not None:
                text, style = cell
                if style != self._style:
                    self._set_style(style, out)
                out.append(text)

    def _move_cursor(self, row: int, column: int, out: list[str]) -> None:
        if self._cursor == (row, column):
            return
        if self._cursor is not None and self._cursor[0] == row:
            out.append(f"\x1b[{column + 1}G")
        else:
            out.append(f"\x1b[{row + 1};{column + 1}H" if column else f"\x1b[{row + 1}H")

    def _set_style(self, style: str, out: list[str]) -> None:
        if style == self._style:
            return
        if not style:
            out.append("\x1b[m")
        elif self._style == "":
            out.append(f"\x1b[{style}m")
        else:
            out.append(f"\x1b[;{style}m")
        self._style = style


@lru_cache(_MAX_CACHED)  # most of a frame was in the previous one, perhaps elsewhere
def _parse_text(text: str, style: str) -> _ParsedText:
    """Parse a text that starts in a style; raise UnsupportedFrameError for anything that does not belong in a frame."""
    cells: list[Cell | None] = []
    end, ends_line = 0, False
    for token in _TOKEN.finditer(text):
        if token.start() != end or ends_line:
            raise UnsupportedFrameError
        end = token.end()
        if token[2]:
            cells.extend(_split(token[2], style))
        elif token[3]:
            ends_line = True  # the next position tells where output continues
        else:
            style = _apply_sgr(style, token[1] or "")
    if end != len(text):
        raise UnsupportedFrameError
    return _ParsedText(cells, style, ends_line=ends_line)


def _split(text: str, style: str) -> list[Cell]:
    """Return the cells of a text; combining marks of zero width are added to the preceding character."""
    known = _cells_in_style(style)
    cells: list[Cell] = []
    for run in _RUN.finditer(text):
        if run[1]:
            cells.extend(map(known.__getitem__, run[1]))
            continue
        for char in run[0]:
            width = get_character_cell_size(char)
            if width or not cells:
                cells.append(known[char])
                cells += [known[""]] * (width - 1)
            else:
                owner = -1 if cells[-1][0] else -2
                cells[owner] = known[cells[owner][0] + char]
    return cells


class _CellCache(dict[str, Cell]):
    """The cells of a style by character; reusing cell objects makes comparisons fast."""

    def __init__(self, style: str) -> None:
        super().__init__()
        self._style = style

    def __missing__(self, char: str) -> Cell:
        """Create the cell."""
        if len(self) >= _MAX_CACHED:
            self.clear()
        cell = self[char] = (char, self._style)
        return cell


_cells_in_style = lru_cache(_MAX_STYLES)(_CellCache)


def _write_into_row(row: Row, column: int, cells: Sequence[Cell | None]) -> None:
    """Write cells into a row; a remaining half of a wide character becomes a space, as in a terminal."""
    end = min(column + len(cells), len(row))
    if column < len(row) and column > 0 and _is_second_half(row[column]):
        left = row[column - 1]
        row[column - 1] = (" ", left[1]) if left is not None else None
    if end < len(row) and _is_second_half(row[end]):
        right = row[end]
        row[end] = (" ", right[1]) if right is not None else None
    row[column:end] = cells[: end - column]


def _is_second_half(cell: Cell | None) -> bool:
    return cell is not None and not cell[0]


def _is_nearly_equal(one: Row, other: Row) -> bool:
    """Return whether two rows differ in at most `_MAX_DIFFERING_CELLS` cells, none of them in `_NAME`."""
    if one == other:
        return True
    return one[_NAME] == other[_NAME] and sum(a != b for a, b in zip(one, other, strict=True)) <= _MAX_DIFFERING_CELLS


def _spans(old: Row, new: Row) -> list[tuple[int, int]]:
    """Return the ranges (first, end) of columns to send; a wide character is always sent as a whole."""
    different = [column for column, cell in enumerate(new) if cell != old[column]]
    if not different:
        return []
    cuts = [(a, b) for a, b in pairwise(different) if b - a > _MAX_GAP]
    firsts = [different[0], *(b for _a, b in cuts)]
    lasts = [*(a + 1 for a, _b in cuts), different[-1] + 1]
    spans = []
    for first, last in zip(firsts, lasts, strict=True):
        begin, end = first, last
        while begin > 0 and _is_second_half(new[begin]):
            begin -= 1
        while end < len(new) and _is_second_half(new[end]):
            end += 1
        spans.append((begin, end))
    return spans


@lru_cache(_MAX_CACHED)
def _apply_sgr(style: str, parameters: str) -> str:
    """Return the style after these SGR parameters; default colors count as no color."""
    for parameter in _parameters(parameters):
        if parameter in ("", "0"):
            style = ""
        elif parameter in ("39", "49"):
            style = _without_color(style, parameter[0])
        else:
            style = f"{style};{parameter}" if style else parameter
    return style


def _parameters(text: str) -> Iterator[str]:
    """Yield the parameters; those of an indexed or RGB color stay together."""
    numbers = text.split(";")
    at = 0
    while at < len(numbers):
        length = 1
        if numbers[at] in ("38", "48") and at + 1 < len(numbers):
            length = {"5": 3, "2": 5}.get(numbers[at + 1], 1)
        yield ";".join(numbers[at : at + length])
        at += length


def _without_color(style: str, ground: str) -> str:
    """Return a style without its foreground (3) or background (4) color."""
    is_bright = "9" if ground == "3" else "10"
    kept = [
        each
        for each in _parameters(style)
        if not (each.startswith((ground, is_bright)) and len(each.split(";")[0]) >= 2 and each != ground)
    ]
    return ";".join(each for each in kept if each)
