"""JSON from the service, read strictly where money or orders are concerned.

Refused: duplicate keys (an `order_ids` could vanish), NaN and Infinity, absurd numbers, deep nesting.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import NoReturn

MAX_DEPTH = 32
MAX_DIGITS = 40
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")

Json = dict[str, "Json"] | list["Json"] | str | int | Decimal | bool | None
"""What strict JSON can hold; numbers with a point are Decimal."""


class StrictJsonError(ValueError):
    """The text is not JSON that we accept; the message says why and quotes nothing of it."""


def loads(body: bytes) -> Json:
    """Return the document; raises StrictJsonError."""
    _check_depth(body)
    try:
        document: Json = json.loads(
            body,
            object_pairs_hook=_no_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_decimal,
            parse_int=_whole,
        )
    except StrictJsonError:
        raise
    except (ValueError, RecursionError) as error:
        raise StrictJsonError("the answer is not JSON") from error
    return document


def _check_depth(body: bytes) -> None:
    depth = 0
    for bracket in _TEXT.sub(b"", body).translate(None, delete=_NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
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
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
        raise StrictJsonError("the answer has an absurd number")
    return number


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise StrictJsonError("the answer has an absurd number")
    return int(text)
