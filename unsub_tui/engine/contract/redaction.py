"""Replaces everything in a response that could name the account; only known values pass.

Texts become a keyed hash, whose key exists only in the memory of this process: equal texts stay equal, and no text can
be found by trying. Times are moved by a secret whole number of days, so that times of day and differences stay.
Amounts are multiplied by a secret factor: sums and ratios stay. The factor can be computed by whoever knows one of the
amounts, so amounts are disguised, not encrypted.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from unsub_tui.api.wire_format import Json, Unreadable
from unsub_tui.domain.bounds import parse_amount
from unsub_tui.domain.resource import LICENSE_SUFFIX
from unsub_tui.domain.untrusted_text import SAFE_ID
from unsub_tui.engine.contract import known_values as known

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_ERROR_CODE = re.compile(r"(CBC|APIG|APIGW|IAM|EPS)\.[0-9]{4,8}", re.ASCII)

_OUT_OF_RANGE = Decimal("1e45")
"""Stands for a number that the program does not read because it is out of range."""

_FIRST_DAY, _DAYS = date(2001, 1, 1), 365
"""The day of the capture becomes one of these days: no other day of the account is the same afterwards."""

_MIN_LEAK = 6
"""Shorter texts occur by chance."""


class Redactor:
    """Replaces values consistently; forget it, and no one can undo that."""

    def __init__(self, now: datetime) -> None:
        """Choose key, factor and days; `now` is the time of the capture."""
        self._key = secrets.token_bytes(32)
        self._factors = {
            name: factor for names in (known.AMOUNTS, known.SIZES) for factor in [_factor()] for name in names
        }
        moved = date.fromordinal(_FIRST_DAY.toordinal() + secrets.randbelow(_DAYS))
        self._days = now.date().toordinal() - moved.toordinal()
        self._months = _month_number(now.date()) - _month_number(moved)
        self._replaced: set[str] = set()

    def redact(self, values: Mapping[str, Json]) -> dict[str, Json]:
        """Return an object with known names and values only."""
        return {self._name(name): self.value(name, each) for name, each in values.items()}

    def value(self, name: str, value: Json) -> Json:
        """Return the value of a field, or what replaces it."""
        if value is None or isinstance(value, bool) or value == "":
            return value
        if isinstance(value, dict):
            return self.redact(value)
        if isinstance(value, list):
            return [self.value(name, each) for each in value]
        if value is Unreadable.NUMBER:
            return _OUT_OF_RANGE
        return self._text(name, value) if isinstance(value, str) else self._number(name, value)

    def time(self, when: datetime) -> str:
        """Return a time as text, moved."""
        return self._moved(when.strftime("%Y-%m-%dT%H:%M:%SZ")) or ""

    def leaks(self, text: str, structure: str) -> list[str]:
        """Return the replaced values that a text contains nevertheless; a number within another one is none.

        Values that are part of a known name or value, or of `structure`, are left out: they say nothing.
        """
        allowed = "\n".join((structure, *known.NAMES, *(each for codes in known.CODES.values() for each in codes)))
        numbers = set(_NUMBER.findall(text))
        long = [each for each in self._replaced if len(each) >= _MIN_LEAK and each not in allowed]
        return [each for each in long if (each in numbers if _NUMBER.fullmatch(each) else each in text)]

    def _name(self, name: str) -> str:
        return name if name in known.NAMES else f"f_{self._token(name)}"

    def _text(self, name: str, text: str) -> str:
        if name in known.CODES and set(text.split(",")) <= known.CODES[name]:
            return text
        if name in known.INTEGERS and text.isascii() and text.isdigit() and len(text) <= len(str(known.MAX_INTEGER)):
            return text
        if name in known.ERROR_CODES and _ERROR_CODE.fullmatch(text):
            return text
        amount = parse_amount(text) if name in self._factors else None
        if amount is not None:
            return str(self._scaled(name, amount, text))
        return self._moved_month(text) if name in known.MONTHS else self._moved(text) or self._hidden(name, text)

    def _number(self, name: str, number: int | Decimal | Unreadable) -> Json:
        if isinstance(number, int):
            limit = known.MAX_INTEGER if name in known.INTEGERS else known.MAX_COUNT if name in known.COUNTS else 0
            if abs(number) <= limit:
                return number
            if name not in self._factors:
                self._replaced.add(str(number))
                return int(hashlib.sha256(self._token(str(number)).encode()).hexdigest()[:7], 16) + known.MAX_COUNT
        return self._scaled(name, Decimal(number), str(number)) if isinstance(number, int | Decimal) else None

    def _scaled(self, name: str, amount: Decimal, text: str) -> Decimal:
        if not amount:
            return amount
        self._replaced.add(text)
        return amount * (self._factors.get(name) or self._factors["amount"])

    def _hidden(self, name: str, text: str) -> str:
        """Return a token for a text; the id of a license keeps its relation to the id of its database."""
        if text.endswith(LICENSE_SUFFIX):
            return self._hidden(name, text.removesuffix(LICENSE_SUFFIX)) + LICENSE_SUFFIX
        is_unsafe_id = name.endswith("id") and SAFE_ID.fullmatch(text) is None
        return self._token(text) + ("/" if is_unsafe_id else "")  # an unsafe id stays one

    def _token(self, text: str) -> str:
        self._replaced.add(text)
        found = hmac.new(self._key, text.encode(errors="surrogatepass"), hashlib.sha256).digest()
        return "x" + base64.b32encode(found)[:10].decode().lower()

    def _moved(self, text: str) -> str | None:
        """Return a time or day, moved by days; None if the text is neither."""
        found = _TIME.fullmatch(text)
        if found is None:
            return None
        try:
            moved = date.fromordinal(date.fromisoformat(found[1]).toordinal() - self._days)
        except (ValueError, OverflowError):
            return None
        self._replaced.add(text)
        return moved.isoformat() + (found[2] or "")

    def _moved_month(self, text: str) -> str:
        """Return a month, moved by the months between the day of the capture and the moved day."""
        found = _MONTH.fullmatch(text)
        number = 0 if found is None else int(found[1]) * 12 + int(found[2]) - 1 - self._months
        if number < 12:
            return self._token(text)
        self._replaced.add(text)
        return f"{number // 12:04}-{number % 12 + 1:02}"


def _factor() -> Decimal:
    """Return a secret factor with two decimals, the last of which shows in every product."""
    return Decimal(secrets.choice([each for each in range(211, 990) if each % 2 and each % 5])) / 100


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1
