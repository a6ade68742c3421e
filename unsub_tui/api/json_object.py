"""Typed access to the JSON objects of responses. Strings become `UntrustedText` or texts that are safe to display.

Unknown fields are ignored, unknown enumeration values are kept, and an invalid optional value counts as missing. Only a
required field makes a response invalid. An amount that is invalid, out of range or in another unit never counts as
missing: it becomes `Unreadable.NUMBER`. Values derived from it are unknown, and the rest of the response is used.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from unsub_tui.api.errors import ApiError, TransientError, invalid_response
from unsub_tui.api.wire_format import Json, StrictJsonError, Unreadable, loads, parse_timestamp, text_of
from unsub_tui.domain.bounds import amount_in_range, parse_amount
from unsub_tui.domain.fact import fact
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.untrusted_text import UntrustedText, for_display

Amount = Decimal | Unreadable | None

MAX_INTEGER = 2**62
"""Maximum absolute value of an accepted integer."""
_MAX_INTEGER_DIGITS = 18
# `Decimal` would also accept blanks, underscores, digits of other scripts, NaN and Infinity
_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


class JsonObject:
    """A JSON object in a response. Its methods raise ApiError with the name of an invalid or missing field."""

    __slots__ = ("_operation", "_place", "_share", "values")

    def __init__(
        self, operation: str, document: Json, place: str = "", share: Callable[[str], UntrustedText] = UntrustedText
    ) -> None:
        """Wrap a JSON object; `share` returns the object that equal texts share."""
        if not isinstance(document, dict):
            raise _invalid(operation, place, document) if place else invalid_response(operation, "not_an_object")
        self.values = document
        """The fields as received."""
        self._operation = operation
        self._place = place
        self._share = share

    @classmethod
    def parse(cls, operation: str, body: bytes) -> JsonObject:
        """Return a response. Raise TransientError if it is not JSON: intermediate gateways send such responses."""
        try:
            return cls(operation, loads(body))
        except StrictJsonError as error:
            facts = (fact("not_json"),)
            raise TransientError(Problem(kind=ProblemKind.BAD_RESPONSE, operation=operation, facts=facts)) from error

    def text(self, name: str) -> str:
        """Return an optional string: missing, null and empty are equal, and a number becomes its digits."""
        return text_of(self.values.get(name))

    def untrusted(self, name: str) -> UntrustedText:
        """Return an optional string that may be shown and compared."""
        return self._share(self.text(name))

    def required_untrusted(self, name: str) -> UntrustedText:
        """Return a string that may be shown and compared."""
        return self._share(self.required_text(name))

    def display(self, name: str) -> str:
        """Return an optional string in its form for display."""
        return sys.intern(for_display(self.text(name)))  # most are statuses and types, the same in thousands of rows

    def timestamp(self, name: str) -> datetime | None:
        """Return an optional time in UTC."""
        return parse_timestamp(self.text(name))

    def required_text(self, name: str) -> str:
        """Return a string."""
        value = self.values.get(name)
        if not isinstance(value, str):
            raise self.invalid(name)
        return value

    def integer(self, name: str) -> int | None:
        """Return an optional integer, given as a number or as digits."""
        value = self.values.get(name)
        if isinstance(value, str):
            is_whole = value.isascii() and value.isdigit() and len(value) <= _MAX_INTEGER_DIGITS
            return int(value) if is_whole else None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return None
        return int(value) if int(value) == value and -MAX_INTEGER <= value <= MAX_INTEGER else None

    def required_integer(self, name: str) -> int:
        """Return an integer, given as a number or as digits."""
        number = self.integer(name)
        if number is None:
            raise self.invalid(name)
        return number

    def total_count(self) -> int:
        """Return the number of rows of a listing."""
        total = self.required_integer("total_count")
        if total < 0:
            raise self.invalid("total_count")
        return total

    def amount(self, name: str) -> Amount:
        """Return an amount given as a number or a string; None if it is missing, null or empty."""
        value, amount = self.values.get(name), None
        if value is None or value == "":
            return None
        if isinstance(value, str) and _AMOUNT.fullmatch(value):
            amount = parse_amount(value)
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            amount = amount_in_range(Decimal(value))
        return Unreadable.NUMBER if amount is None else amount

    def amounts(self, names: Iterable[str]) -> dict[str, Amount]:
        """Return several amounts of money by name. In another unit than the currency, each of them is unreadable."""
        return {name: self.amount(name) if self.has_main_unit else self._unreadable(name) for name in names}

    @property
    def has_main_unit(self) -> bool:
        """Whether amounts are in the main currency unit, 1 or absent; the API also defines hundredths of it."""
        unit = self.values.get("measure_id")  # a number in most responses, a string in some
        return unit is not True and unit in (None, "", 1, "1")

    def _unreadable(self, name: str) -> Amount:
        return None if self.values.get(name) in (None, "") else Unreadable.NUMBER

    def elements(self, name: str) -> Sequence[Json]:
        """Return a list; missing and null are empty."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, list):
            raise self.invalid(name)
        return value or ()

    def objects(self, name: str) -> list[JsonObject]:
        """Return a list of objects; missing and null are empty."""
        return [self._child(name, each) for each in self.elements(name)]

    def required_object(self, name: str) -> JsonObject:
        """Return an object."""
        return self._child(name, self.values.get(name))

    def with_value(self, name: str, value: Json) -> JsonObject:
        """Return the object with another value of a field."""
        return JsonObject(self._operation, {**self.values, name: value}, self._place, self._share)

    def row(self, name: str, element: Json) -> JsonObject:
        """Return an object in the list `name`, from which errors name only that list."""
        return JsonObject("", element, name, self._share)

    def _child(self, name: str, value: Json) -> JsonObject:
        return JsonObject(self._operation, value, self._path(name), self._share)

    def optional_object(self, name: str) -> JsonObject | None:
        """Return an object; None if it is missing or null."""
        return None if self.values.get(name) is None else self.required_object(name)

    def invalid(self, name: str) -> ApiError:
        """Return the error for a field without an acceptable value."""
        return _invalid(self._operation, self._path(name), self.values.get(name))

    def _path(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name


def _invalid(operation: str, path: str, value: Json) -> ApiError:
    return invalid_response(operation, "field_missing" if value is None else "field_invalid", name=path)
