"""JSON from the service, read strictly where money or orders are concerned.

Refused: duplicate keys (an `order_ids` could vanish), NaN and Infinity, absurd numbers, deep nesting, anything but
UTF-8.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import NoReturn

MAX_DEPTH = 32
MAX_DIGITS = 40
_TEXT = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""A text, closed or not: so every start is passed once, and no body makes the search slow."""
_NO_BRACKETS = re.compile(r"[^][{}]+")

Json = dict[str, "Json"] | list["Json"] | str | int | Decimal | bool | None
"""What strict JSON can hold; numbers with a point are Decimal."""


class StrictJsonError(ValueError):
    """The text is not JSON that we accept; the message says why and quotes nothing of it."""


def loads(body: bytes) -> Json:
    """Return the document; raises StrictJsonError."""
    try:
        text = body.decode()
        _check_depth(text)
        document: Json = json.loads(
            text,
            object_pairs_hook=_no_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_decimal,
            parse_int=_whole,
        )
    except StrictJsonError:
        raise
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise StrictJsonError("the answer is not JSON") from error
    return document


def is_sane(number: Decimal) -> bool:
    """Whether a number is finite and could be written out with a reasonable count of digits."""
    return number.is_finite() and abs(number.adjusted()) <= MAX_DIGITS and len(number.as_tuple().digits) <= MAX_DIGITS


def _check_depth(text: str) -> None:
    depth = 0
    for bracket in _NO_BRACKETS.sub("", _TEXT.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise StrictJsonError("the answer is nested too deeply")


def _no_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise StrictJsonError("the answer has a key twice")
    return document


def _refuse_constant(_: str) -> NoReturn:
    raise StrictJsonError("the answer has a number that is not finite")


def _decimal(text: str) -> Decimal:
    number = Decimal(text) if len(text) <= MAX_DIGITS else Decimal("Infinity")
    if not is_sane(number):
        raise StrictJsonError("the answer has an absurd number")
    return number


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise StrictJsonError("the answer has an absurd number")
    return int(text)
