"""The one module that writes: data to stdout, words for people to stderr.

It is loaded for help too, so what a format needs is imported where it is written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")


def say(text: str) -> None:
    """Write a line of words to stderr."""
    sys.stderr.write(text + "\n")


def write(text: str) -> None:
    """Write data to stdout."""
    sys.stdout.write(text)
    sys.stdout.flush()


def write_json(document: Mapping[str, object]) -> None:
    """Write one JSON document; whatever is not ASCII is escaped, so nothing reaches a terminal raw."""
    import json

    write(json.dumps(document, indent=2, ensure_ascii=True) + "\n")


def write_jsonl(rows: Iterable[Mapping[str, object]]) -> None:
    """Write one JSON object a line."""
    import json

    for row in rows:
        write(json.dumps(row, ensure_ascii=True) + "\n")


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write RFC 4180 with every field quoted, and no cell that a spreadsheet would take for a formula."""
    import csv
    import io

    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_no_formula(cell) for cell in row] for row in rows)
    write(buffer.getvalue())


def write_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write aligned columns of cleaned text."""
    from unsub_tui.domain.foreign import cell_width

    widths = [max(map(cell_width, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        cells = (cell + " " * (width - cell_width(cell)) for cell, width in zip(row, widths, strict=True))
        write("  ".join(cells).rstrip() + "\n")


def rfc3339(moment: datetime | None) -> str | None:
    """Return a moment as RFC 3339 in UTC."""
    from datetime import UTC

    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _no_formula(cell: str) -> str:
    return "'" + cell if cell.lstrip(" ").startswith(_FORMULA_STARTS) else cell
