"""Tables of sanitized text: which columns fit into a width, and how wide each is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from unsub_tui.domain.untrusted_text import cell_width
from unsub_tui.present.text_layout import fit, fit_right

MIN_FIRST_WIDTH = 10
"""Width that the first column keeps, in cells."""

R = TypeVar("R")
"""What a row of the table shows."""


@dataclass(frozen=True)  # no slots: they break the creation of a generic frozen class
class TextColumn(Generic[R]):
    """A column of a table."""

    title: str
    cell: Callable[[R], str]
    """Returns the cell of a row as sanitized text."""
    is_right: bool = False
    """Whether the column is right-aligned, as amounts are."""
    narrowest: int = 0
    """Width below which the column is not shown; 0: the column is as wide as its content, or not shown."""
    widest: int = 1_000
    rank: int = 0
    """Columns of rank 0 are always shown; the others as long as they fit, the lowest rank first."""


def fit_columns(
    columns: Sequence[TextColumn[R]], rows: Sequence[R], width: int, *, gap: int = 1
) -> list[tuple[TextColumn[R], int]]:
    """Return the columns that fit into `width` cells, `gap` cells apart, in their order and with their widths.

    Columns with a `narrowest` width share what the others leave, in their order, up to the width of their content. The
    first column gives way where not even those of rank 0 fit.
    """
    natural = {
        index: min(column.widest, max([cell_width(column.title), *(cell_width(column.cell(row)) for row in rows)]))
        for index, column in enumerate(columns)
    }
    least = {index: min(natural[index], column.narrowest or natural[index]) for index, column in enumerate(columns)}
    by_rank = sorted(range(len(columns)), key=lambda index: columns[index].rank)
    chosen: list[int] = []
    room = width + gap
    for index in by_rank:
        if columns[index].rank and least[index] + gap > room:
            break
        chosen.append(index)
        room -= least[index] + gap
    if room < 0 and chosen:
        first = min(chosen)
        least[first] = max(MIN_FIRST_WIDTH, least[first] + room)
    widths = {}
    for index in sorted(chosen):
        extra = max(0, min(room, natural[index] - least[index]))
        widths[index] = least[index] + extra
        room -= extra
    return [(columns[index], wide) for index, wide in widths.items()]


def table_lines(columns: Sequence[tuple[TextColumn[R], int]], rows: Sequence[R], *, gap: int = 1) -> list[str]:
    """Return the titles and a line per row, with `gap` cells between the columns."""

    def line(cells: Sequence[str]) -> str:
        parts = (
            (fit_right if column.is_right else fit)(cell, wide)
            for cell, (column, wide) in zip(cells, columns, strict=True)
        )
        return (" " * gap).join(parts).rstrip()

    return [line([column.title for column, _ in columns])] + [
        line([column.cell(row) for column, _ in columns]) for row in rows
    ]
