"""Reads a request's parameters as strictly as the service does: types, ranges, lengths, and nothing unknown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import unquote

from unsub_tui.sandbox.moments import is_month, parse_stamp
from unsub_tui.sandbox.refusals import Refusal, invalid, unfit

MOST_OFFSET = 2147483647
_DIGITS = 10
_ABSENT = object()


class Parameters:
    """The parameters of one request. Ask for each that the operation knows, then `close`."""

    def __init__(self, values: Mapping[str, object], *, textual: bool) -> None:
        self._values = values
        self._textual = textual
        """Everything is text, as in a query."""
        self._known: set[str] = set()

    @classmethod
    def of_query(cls, query: str) -> Parameters:
        """Read the query of a URL."""
        values: dict[str, object] = {}
        for part in query.split("&") if query else ():
            name, _, value = part.partition("=")
            if unquote(name) in values:
                raise invalid(unquote(name), "given more than once")
            values[unquote(name)] = unquote(value.replace("+", " "))
        return cls(values, textual=True)

    @classmethod
    def of_body(cls, body: bytes) -> Parameters:
        """Read a JSON object."""
        try:
            values = json.loads(body) if body else {}
        except ValueError:
            raise Refusal("CBC.0100", "The request body is not JSON.") from None
        if not isinstance(values, dict):
            raise Refusal("CBC.0100", "The request body is not an object.")
        return cls(values, textual=False)

    def whole(self) -> Mapping[str, object]:
        """Give all of them as they came, for a body that is not flat."""
        return self._values

    def close(self) -> None:
        """Refuse what nobody asked for."""
        for name in self._values:
            if name not in self._known:
                raise unfit(name, "there is no such parameter")

    def ignore(self, *names: str) -> None:
        """Allow parameters that only concern partners."""
        for name in names:
            self.text(name, most=64)

    def text(
        self, name: str, *, fewest: int = 0, most: int | None = None, required: bool = False, nullable: bool = False
    ) -> str | None:
        """Read a text; None when it is absent."""
        value = self._take(name, required=required)
        if value is _ABSENT or (value is None and nullable):
            return None
        if not isinstance(value, str):
            raise invalid(name, "a string is needed")
        if len(value) < fewest or (most is not None and len(value) > most):
            raise invalid(name, f"the length must be {fewest} to {most}")
        return value

    def number(self, name: str, low: int, high: int, *, required: bool = False) -> int | None:
        """Read a whole number within bounds; None when it is absent."""
        value = self._take(name, required=required)
        if value is _ABSENT:
            return None
        number = _number(value) if self._textual else value
        if not isinstance(number, int) or isinstance(number, bool):
            raise invalid(name, "a whole number is needed")
        if not low <= number <= high:
            raise invalid(name, f"it must be {low} to {high}")
        return number

    def flag(self, name: str) -> bool | None:
        """Read a truth value; None when it is absent."""
        value = self._take(name)
        if value is _ABSENT:
            return None
        if self._textual:
            value = {"true": True, "false": False}.get(str(value).lower())
        if not isinstance(value, bool):
            raise invalid(name, "true or false is needed")
        return value

    def moment(self, name: str) -> int | None:
        """Read a time; empty and null mean none."""
        text = self.text(name, most=20, nullable=True)
        if not text:
            return None
        moment = parse_stamp(text)
        if moment is None:
            raise invalid(name, "the form is yyyy-MM-ddTHH:mm:ssZ")
        return moment

    def month(self, name: str) -> str:
        """Read the bill month, which is needed."""
        text = self.text(name, required=True) or ""
        if not is_month(text):
            raise invalid(name, "the form is YYYY-MM")
        return text

    def choice(self, name: str, allowed: frozenset[str], *, required: bool = False) -> str | None:
        """Read one of a few words."""
        text = self.text(name, required=required)
        if text is not None and text not in allowed:
            raise invalid(name, "the value is not known")
        return text

    def texts(self, name: str, *, most: int, required: bool = False) -> tuple[str, ...]:
        """Read a list of texts."""
        found = self._list(name, most, required=required)
        if not all(isinstance(one, str) and one for one in found):
            raise invalid(name, "a list of strings is needed")
        return tuple(str(one) for one in found)

    def numbers(self, name: str, *, most: int, allowed: frozenset[int]) -> frozenset[int]:
        """Read a list of known numbers."""
        found = self._list(name, most, required=False)
        if not all(isinstance(one, int) and not isinstance(one, bool) and one in allowed for one in found):
            raise invalid(name, "a value is not known")
        return frozenset(one for one in found if isinstance(one, int))

    def page(self, *, most: int, most_offset: int = MOST_OFFSET, default: int = 10) -> tuple[int, int]:
        """Read where a page begins and how long it is."""
        offset = self.number("offset", 0, most_offset)
        limit = self.number("limit", 1, most)
        return offset or 0, default if limit is None else limit

    def _list(self, name: str, most: int, *, required: bool) -> list[object]:
        value = self._take(name, required=required)
        if value is _ABSENT:
            return []
        if not isinstance(value, list):
            raise invalid(name, "a list is needed")
        if len(value) > most or (required and not value):
            raise invalid(name, f"it must hold {int(required)} to {most} values")
        return value

    def _take(self, name: str, *, required: bool = False) -> object:
        self._known.add(name)
        value = self._values.get(name, _ABSENT)
        if value is _ABSENT and required:
            raise unfit(name, "it is mandatory")
        return value


def _number(value: object) -> int | None:
    text = str(value)
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS else None
