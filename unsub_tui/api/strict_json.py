"""JSON from the service, read strictly where money or orders are concerned.

Refused: duplicate keys (an `order_ids` could vanish), NaN and Infinity, deep nesting, anything but UTF-8. A number that
is out of range is `Unreadable.NUMBER`: it costs its own field, not the whole answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from typing import NoReturn

MAX_DEPTH = 32
MAX_DIGITS = 40
"""Maximum number of characters of a number, and of digits on either side of its point."""


class Unreadable(Enum):
    """A value that is there and cannot be used; it is neither a number nor a text, so nothing takes it for one."""

    NUMBER = "a number that is out of range"


Json = dict[str, "Json"] | list["Json"] | str | int | Decimal | bool | Unreadable | None
"""What strict JSON can hold; numbers with a point are Decimal."""


class StrictJsonError(ValueError):
    """The text is not JSON that we accept; the message says why and quotes nothing of it."""


def loads(body: bytes) -> Json:
    """Return the document; raises StrictJsonError."""
    try:
        document: Json = json.loads(
            body.decode(),
            object_pairs_hook=_no_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_decimal,
            parse_int=_whole,
        )
    except StrictJsonError:
        raise
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise StrictJsonError("the answer is not JSON") from error
    _check_depth(document)
    return document


def text_of(value: object) -> str:
    """Return a text that we can do without: missing, null and empty are the same, a number is taken as its digits."""
    is_text = isinstance(value, str | int | Decimal) and not isinstance(value, bool)
    return str(value) if is_text else ""


def _is_sane(number: Decimal) -> bool:
    """Whether a number is finite and could be written out with a reasonable count of digits."""
    return number.is_finite() and abs(number.adjusted()) <= MAX_DIGITS and len(number.as_tuple().digits) <= MAX_DIGITS


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


def _decimal(text: str) -> Decimal | Unreadable:
    """Return a number with a point or an exponent; its digits are counted before it is converted."""
    if len(text) > MAX_DIGITS:
        return Unreadable.NUMBER
    try:
        number = Decimal(text)
    except ArithmeticError:  # the exponent is too large even for Decimal
        return Unreadable.NUMBER
    return number if _is_sane(number) else Unreadable.NUMBER


def _whole(text: str) -> int | Unreadable:
    return int(text) if len(text) <= MAX_DIGITS else Unreadable.NUMBER
