"""The one module that writes: data to stdout, words for people to stderr.

It is loaded for help too, so what a format needs is imported where it is written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence


def say(text: str) -> None:
    """Write a line of words to stderr."""
    sys.stderr.write(text + "\n")


def write(text: str) -> None:
    """Write data to stdout."""
    sys.stdout.write(text)
    sys.stdout.flush()


def write_json(document: Mapping[str, object]) -> None:
    """Write one JSON document."""
    from unsub_tui.present.files import json_text

    write(json_text(document))


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write CSV."""
    from unsub_tui.present.files import csv_text

    write(csv_text(header, rows))


def write_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write aligned columns of cleaned text."""
    from unsub_tui.domain.foreign import cell_width

    widths = [max(map(cell_width, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        cells = (cell + " " * (width - cell_width(cell)) for cell, width in zip(row, widths, strict=True))
        write("  ".join(cells).rstrip() + "\n")
