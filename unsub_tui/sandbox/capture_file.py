"""Reader of capture files, which `doctor --contract --save` writes. `docs/contract.md` describes their format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NoReturn

FORMAT = "unsub-tui-capture"
SCHEMA_VERSION = 1
MAX_BYTES = 4_000_000
"""Larger files are not read: a capture has at most 200 kB."""

_CURRENCIES = {"cn": "CNY", "eu": "EUR"}

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedAnswer:
    """A captured answer to one query."""

    operation: str
    fields: Row
    """The fields of the request, without paging."""
    error: tuple[int, str] | None
    """HTTP status and code, if the service answered with an error."""
    rows: tuple[Row, ...] = ()
    total: int = 0
    """`total_count` as it fits the rows that were kept."""
    rest: Row
    """The other fields of the response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """The content of a capture file."""

    day: date
    """The day of the capture, to which all times are relative."""
    currency: str
    answers: tuple[CapturedAnswer, ...]
    pages_by_primary: bool = False
    """Whether offset and limit of the list counted primary resources only."""


def read_capture(path: Path) -> Capture:
    """Return the content of a capture file. Raise ValueError with one sentence if it cannot be used."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise ValueError(f"{path} is not a capture: it is larger than {MAX_BYTES // 1_000_000} MB")
    try:
        return parse_capture(content)
    except ValueError as error:
        raise ValueError(f"{path} is not a capture of doctor --contract --save: {error}") from error


def parse_capture(content: bytes) -> Capture:
    """Return the content of a capture file. Raise ValueError with the first thing that is wrong."""
    document = _object(_json(content), "the file")
    if document.get("format") != FORMAT:
        raise ValueError(f"its format is not {FORMAT}")
    if document.get("schema_version") != SCHEMA_VERSION:
        raise ValueError(f"its schema_version is not {SCHEMA_VERSION}")
    columns = [_columns(each, f"columns[{number}]") for number, each in enumerate(_list(document, "columns"))]
    rows = [_row(each, columns, f"rows[{number}]") for number, each in enumerate(_list(document, "rows"))]
    answers = [_answer(each, rows, f"answers[{number}]") for number, each in enumerate(_list(document, "answers"))]
    return Capture(
        day=_day(document.get("captured_at")),
        currency=_CURRENCIES.get(str(document.get("site")), "USD"),
        answers=tuple(answers),
        pages_by_primary=_differs(document.get("findings"), "pages_count_attached"),
    )


def _differs(findings: object, assumption: str) -> bool:
    """Return whether a finding says that an assumption does not hold."""
    listed = findings if isinstance(findings, list) else []
    found = [each for each in listed if isinstance(each, dict) and each.get("assumption") == assumption]
    return any(each.get("result") == "differs" for each in found)


def _json(content: bytes) -> object:
    try:
        return json.loads(content.decode(), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise ValueError("captured_at is not a time") from None


def _answer(value: object, rows: list[Row], place: str) -> CapturedAnswer:
    answer = _object(value, place)
    operation, fields = answer.get("operation"), _object(answer.get("fields"), f"{place}.fields")
    if not isinstance(operation, str):
        raise ValueError(f"{place}.operation is not a text")
    if answer.get("error") is not None:
        error = _object(answer["error"], f"{place}.error")
        status, code = error.get("http_status"), error.get("error_code")
        known = status if isinstance(status, int) and 400 <= status <= 599 else 500
        return CapturedAnswer(operation=operation, fields=fields, error=(known, str(code or "CBC.0999")), rest={})
    numbers, total = _list(answer, "rows", place), answer.get("total_of_rows")
    if not all(isinstance(each, int) and 0 <= each < len(rows) for each in numbers):
        raise ValueError(f"{place}.rows names a row that is not in the file")
    if not isinstance(total, int) or total < 0:
        raise ValueError(f"{place}.total_of_rows is not a number")
    kept = tuple(rows[each] for each in numbers if isinstance(each, int))
    rest = _object(answer.get("rest"), f"{place}.rest")
    return CapturedAnswer(operation=operation, fields=fields, error=None, rows=kept, total=total, rest=rest)


def _row(value: object, columns: list[list[str]], place: str) -> Row:
    if not isinstance(value, list) or not value or not isinstance(value[0], int) or not 0 <= value[0] < len(columns):
        raise ValueError(f"{place} does not begin with the number of its columns")
    names = columns[value[0]]
    if len(value) != len(names) + 1:
        raise ValueError(f"{place} has {len(value) - 1} values for {len(names)} columns")
    return dict(zip(names, value[1:], strict=True))


def _columns(value: object, place: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"{place} is not a list of names")
    return value


def _object(value: object, place: str) -> Row:
    if not isinstance(value, dict):
        raise ValueError(f"{place} is not an object")
    return value


def _list(document: Row, name: str, place: str = "") -> list[object]:
    value = document.get(name)
    if not isinstance(value, list):
        raise ValueError(f"{place}{'.' if place else ''}{name} is not a list")
    return value
