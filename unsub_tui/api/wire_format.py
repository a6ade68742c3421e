"""The formats of the API: strict JSON, optional texts, timestamps.

The parser rejects duplicate keys (which could hide an `order_ids`), NaN, Infinity, deep nesting and encodings other
than UTF-8. A number out of range becomes `Unreadable.NUMBER`, so that it invalidates only its own field, not the whole
response.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import NoReturn

from unsub_tui.domain.bounds import is_time_in_range

MAX_DEPTH = 32
MAX_DIGITS = 40
"""Maximum number of characters in a number, of its digits, and of its decimal exponent."""


class Unreadable(Enum):
    """A value that is present but unusable; as an enum, it is not mistaken for a number or a string."""

    NUMBER = "out of range"


Json = dict[str, "Json"] | list["Json"] | str | int | Decimal | bool | Unreadable | None
"""Parsed JSON; numbers with a decimal point or an exponent are Decimal."""


class StrictJsonError(ValueError):
    """The body is not acceptable JSON; the message gives the reason without quoting the body."""


def loads(body: bytes) -> Json:
    """Return the parsed document. Raise StrictJsonError if it is not acceptable."""
    try:
        document: Json = json.loads(
            body.decode(),
            object_pairs_hook=_no_duplicates,
            parse_constant=_refuse_constant,
            parse_float=decimal_of,
            parse_int=_whole,
        )
    except StrictJsonError:
        raise
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise StrictJsonError("the answer is not JSON") from error
    _check_depth(document)
    return document


def loads_or_none(body: bytes) -> Json:
    """Return the parsed document, or None if it is not acceptable."""
    try:
        return loads(body)
    except StrictJsonError:
        return None


def text_of(value: object) -> str:
    """Return an optional string: a number becomes its digits; null and other types become an empty string."""
    if isinstance(value, str):
        return value
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return str(value) if is_number else ""


def parse_timestamp(text: str | None) -> datetime | None:
    """Return the time of a timestamp such as `2026-01-15T02:00:00Z` in UTC, or None if invalid or out of range."""
    if not text:
        return None
    try:
        parsed = datetime.fromisoformat(text)
        parsed = parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return parsed if is_time_in_range(parsed) else None


def format_timestamp(when: datetime) -> str:
    """Return a time as a UTC timestamp in the format of the API."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _check_depth(document: Json) -> None:
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [inner for each in level for inner in _inside(each) if isinstance(inner, dict | list)]
        if not level:
            return
    raise StrictJsonError("the answer is nested too deeply")


def _inside(document: Json) -> Iterable[Json]:
    if isinstance(document, dict):
        return document.values()
    return document if isinstance(document, list) else ()


def _no_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise StrictJsonError("the answer has a key twice")
    return document


def _refuse_constant(_: str) -> NoReturn:
    raise StrictJsonError("the answer has a number that is not finite")


def decimal_of(text: str) -> Decimal | Unreadable:
    """Return a number with a decimal point or an exponent; the length is checked before conversion."""
    if len(text) > MAX_DIGITS:
        return Unreadable.NUMBER
    try:
        number = Decimal(text)
    except ArithmeticError:  # the exponent is too large even for Decimal
        return Unreadable.NUMBER
    return number if abs(number.adjusted()) <= MAX_DIGITS else Unreadable.NUMBER  # the digits when it is written out


def _whole(text: str) -> int | Unreadable:
    return int(text) if len(text) <= MAX_DIGITS else Unreadable.NUMBER
