"""The least that a terminal needs to show a change, from the screens before and after it."""

from __future__ import annotations

import pyte

Line = list[tuple[str, str]]
"""A row of cells: a character, and how it looks."""

MOVE, STYLE_BYTES, SCROLL = 6, 5, 14
"""Bytes of a cursor move, of a change of looks, and of moving rows within a scroll region."""


def screen_cells(screen: pyte.Screen) -> list[Line]:
    """Return the cells of a screen."""
    return [
        [
            (cell.data, f"{cell.fg} {cell.bg} {cell.bold} {cell.reverse} {cell.underscore}")
            for cell in (screen.buffer[row][column] for column in range(screen.columns))
        ]
        for row in range(screen.lines)
    ]


def minimal_bytes(before: list[Line], after: list[Line]) -> int:
    """Return the bytes of the cheapest way: changed cells only, or one move of rows first and then changed cells."""
    height = len(before)
    best = _cost(before, after)
    for distance in (-1, 1):
        for top in range(1, 6):
            for bottom in range(height - 5, height):
                moved = before.copy()
                block = moved[top:bottom]
                blank: Line = [(" ", "")] * len(before[0])
                moved[top:bottom] = [*block[1:], blank] if distance > 0 else [blank, *block[:-1]]
                best = min(best, SCROLL + _cost(moved, after))
    return best


def _cost(before: list[Line], after: list[Line]) -> int:
    return sum(_row_cost(old, new) for old, new in zip(before, after, strict=True) if old != new)


def _row_cost(old: Line, new: Line) -> int:
    total, look, last = 0, "", -99
    for column, (was, cell) in enumerate(zip(old, new, strict=True)):
        if was == cell:
            continue
        if column > last + 1:
            total += min(MOVE, column - last - 1) if last >= 0 else MOVE
        total += len(cell[0].encode()) + (STYLE_BYTES if cell[1] != look else 0)
        look, last = cell[1], column
    return total
