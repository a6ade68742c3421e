"""Parser of resource id lists: plain text, CSV, plans and the program's own exports."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator

from unsub_tui.domain.fact import FactCode, fact
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError

ID_COLUMNS = ("resource_id", "id")
"""Names of the CSV columns and JSON fields that contain ids."""

_ID_FIELDS = ("plan", "items", "resource", "resources", "quotes", "ids")
"""Fields of plans and exports in which ids are searched."""

_SEPARATORS = re.compile(r"[\s,;]+")


def parse_ids(text: str) -> list[str]:
    """Return the distinct ids in a text, in order; raise a FILE problem for invalid JSON or JSON without ids."""
    stripped = text.lstrip("\ufeff \t\r\n")
    is_json = stripped.startswith(("{", "["))
    found = _parse_json_ids(stripped) if is_json else _parse_csv_ids(stripped) or _parse_text_ids(stripped)
    return list(dict.fromkeys(found))


def _parse_json_ids(text: str) -> list[str]:
    """Return the ids in JSON or JSON Lines."""
    try:
        try:
            document = json.loads(text)
        except ValueError:
            document = [json.loads(line) for line in text.splitlines() if line.strip()]
        found = list(_extract_ids(document))
    except (ValueError, RecursionError) as error:
        raise _invalid("json_invalid") from error
    if not found:
        raise _invalid("json_without_ids")
    return found


def _invalid(code: FactCode) -> UnsubError:
    return UnsubError(Problem(kind=ProblemKind.FILE, facts=(fact(code),)))


def _extract_ids(value: object) -> Iterator[str]:
    """Yield the ids in lists and objects; of an object without an id, the fields in `_ID_FIELDS` are searched."""
    if isinstance(value, list):
        for each in value:
            if isinstance(each, str):
                yield each
            else:
                yield from _extract_ids(each)
    elif isinstance(value, dict):
        own = next((value[name] for name in ID_COLUMNS if isinstance(value.get(name), str)), None)
        if own is not None:
            yield own
            return
        for name in _ID_FIELDS:
            yield from _extract_ids(value.get(name))


def _parse_csv_ids(text: str) -> list[str] | None:
    """Return the id column of a CSV with a header, or None if there is no such column."""
    lines = text.splitlines()
    if not lines or not ("," in lines[0] or ";" in lines[0] or lines[0].strip('"') in ID_COLUMNS):
        return None
    reader = csv.reader(lines, delimiter=";" if lines[0].count(";") > lines[0].count(",") else ",")
    try:
        header, *rows = list(reader)
    except csv.Error:
        return None
    column = next((header.index(name) for name in ID_COLUMNS if name in header), None)
    if column is None:
        return None
    return [row[column].strip() for row in rows if len(row) > column and row[column].strip()]


def _parse_text_ids(text: str) -> Iterator[str]:
    """Yield the words separated by whitespace, commas or semicolons; `#` begins a comment."""
    for line in text.splitlines():
        yield from filter(None, _SEPARATORS.split(line.split("#", 1)[0].strip()))
