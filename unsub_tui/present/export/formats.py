"""Formats rows for other programs and tickets: JSON, JSON Lines, CSV, Markdown."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from unsub_tui.domain.untrusted_text import escape_unprintable, for_display
from unsub_tui.present.page import Entry, Tone
from unsub_tui.present.time_format import TimeText, format_datetime

Row = dict[str, object]
"""A record such as a resource or a quote in its stable form."""

SortValue = tuple[Decimal | float, str]
"""A value by which rows are ordered."""

# Spreadsheets execute a cell that begins like this; some accept the full-width signs as well.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")
_MARKUP = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]<>()#+!|~&"})
_LINKS = re.compile(r"(?<=/)(?=/)|(?<=www)(?=\.)", re.IGNORECASE)
"""Positions where Markdown would turn an address into a link."""
_LISTS = re.compile(r"^(?=-)|(?<=^\d)(?=\.)|(?<=^\d\d)(?=\.)")
"""Positions where the start of a text would become a Markdown list."""


class AmountText(str):
    """An amount as text in data. Tables and their order can tell it from other texts."""

    __slots__ = ()


SCHEMA_VERSION = 1
"""Version of the stable forms (`forms.py`)."""


def export_text(output_format: str, name: str, columns: Sequence[str], rows: Sequence[Row], /, **more: object) -> str:
    """Return rows as `csv`, `json`, `jsonl` or `md`; `name` is the key of the list of rows in JSON.

    `more` are further fields, which only the JSON document has.
    """
    if output_format == "json":
        return json_text({"schema_version": SCHEMA_VERSION, **more, name: list(rows)})
    if output_format == "jsonl":
        return jsonl_text(rows)
    if output_format == "csv":
        return csv_text(columns, rows)
    return markdown_text(
        columns, [[cell_text(_in_user_zone(find_value(row, column))) for column in columns] for row in rows]
    )


def json_text(document: Mapping[str, object]) -> str:
    """Return a JSON document. Non-ASCII characters are escaped, so a terminal receives no raw control characters."""
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def jsonl_text(rows: Iterable[Mapping[str, object]]) -> str:
    """Return one JSON object per line."""
    return "".join(json_line(row) + "\n" for row in rows)


def json_line(row: Mapping[str, object]) -> str:
    """Return a JSON object in one line, without its end."""
    return json.dumps(row, ensure_ascii=True)


def csv_text(columns: Sequence[str], rows: Iterable[Row], *, has_titles: bool = True) -> str:
    """Return CSV (RFC 4180) with every field quoted."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    if has_titles:
        writer.writerow(columns)
    writer.writerows([_csv_cell(find_value(row, column)) for column in columns] for row in rows)
    return buffer.getvalue()


def markdown_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table for a ticket, with all Markdown syntax in the cells escaped."""
    lines = [header, ["---"] * len(header), *(map(_escape_markdown, row) for row in rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def page_markdown(entries: Iterable[Entry]) -> str:
    """Return a page as Markdown for a ticket: headings, and entries as lists nested by their indentation."""
    lines: list[str] = []
    outmost: int | None = None
    for entry in entries:
        text = _escape_markdown(" ".join(entry.text.split()))
        if entry.tone is Tone.HEADING or not text:
            lines += [f"## {text}", ""] if text else [""]
            outmost = None
            continue
        outmost = entry.indent if outmost is None else min(outmost, entry.indent)
        lines.append("  " * ((entry.indent - outmost) // 2) + "- " + _LISTS.sub(r"\\", text))
    return "\n".join(lines) + "\n"


def _in_user_zone(value: object) -> object:
    """Return a time for people, who read Markdown, and any other value unchanged."""
    return format_datetime(datetime.fromisoformat(value)) if isinstance(value, TimeText) else value


def find_value(row: Row, column: str) -> object:
    """Return the value of a column, which may be that of a nested object: `estimate.refund`."""
    found: object = row
    for name in column.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def cell_text(value: object) -> str:
    """Return a value of a row for a table, sanitized for display; of objects in a list, their first field."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "; ".join(for_display(f"{key}={each}") for key, each in value.items())
    if isinstance(value, list):
        first = (next(iter(each.values()), "") if isinstance(each, Mapping) else each for each in value)
        return for_display("; ".join(map(str, first)))
    return "" if value is None else for_display(str(value))


def sort_value(value: object) -> SortValue | None:
    """Return the value of a column by which rows are ordered; None if it is unknown or empty."""
    if isinstance(value, AmountText):
        return (Decimal(value), "")
    if isinstance(value, int | float):
        return (value, "")
    if isinstance(value, list):
        return (len(value), cell_text(value).casefold())
    text = cell_text(value).casefold()
    return (0, text) if text else None


def _csv_cell(value: object) -> str:
    """Return a value for CSV. A spreadsheet may take a text for a formula; figures such as -1.50 stay as they are."""
    text = escape_unprintable(cell_text(value))
    if isinstance(value, AmountText | int):
        return text
    return "'" + text if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def _escape_markdown(text: str) -> str:
    """Return the text with Markdown syntax escaped. Markdown cannot escape an @, so ticket systems may interpret it."""
    return _LINKS.sub(r"\\", escape_unprintable(text).translate(_MARKUP))
