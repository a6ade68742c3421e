"""Strict request parameters, validated like the real service: types, ranges, lengths and unknown names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import unquote

from unsub_tui.sandbox.service_errors import ServiceError, invalid_parameter, invalid_value
from unsub_tui.sandbox.signature import SignedRequest
from unsub_tui.sandbox.timestamps import parse_timestamp

MAX_OFFSET = 2147483647
_ABSENT = object()


class RequestParameters:
    """Parameters of a request. Read all known parameters, then call `reject_unknown`. Errors raise ServiceError."""

    def __init__(
        self, values: Mapping[str, object], *, is_query: bool, repeated: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self._values = values
        self._repeated = repeated or {}
        """All values of the parameters of a query that it has more than once."""
        self._is_query = is_query
        """Whether all values are strings, as in a query."""
        self._known: set[str] = set()

    @classmethod
    def of_request(cls, request: SignedRequest) -> RequestParameters:
        """Return the parameters in the URL query of GET and PUT, or in the JSON object of the body."""
        return cls._from_query(request.query) if request.method in ("GET", "PUT") else cls._from_body(request.body)

    @classmethod
    def _from_query(cls, query: str) -> RequestParameters:
        values: dict[str, object] = {}
        repeated: dict[str, tuple[str, ...]] = {}
        for part in query.split("&") if query else ():
            name, _, text = part.partition("=")
            name, value = unquote(name), unquote(text.replace("+", " "))
            if name in values:
                repeated[name] = (*repeated.get(name, (str(values[name]),)), value)
            else:
                values[name] = value
        return cls(values, is_query=True, repeated=repeated)

    @classmethod
    def _from_body(cls, body: bytes) -> RequestParameters:
        try:
            values = json.loads(body) if body else {}
        except ValueError:
            raise ServiceError("CBC.0100", "The request body is not JSON.") from None
        if not isinstance(values, dict):
            raise ServiceError("CBC.0100", "The request body is not an object.")
        return cls(values, is_query=False)

    def raw(self) -> Mapping[str, object]:
        """Return all values unvalidated, for a nested body."""
        return self._values

    def reject_unknown(self) -> None:
        """Raise ServiceError if there is a parameter that was never read."""
        for name in self._values:
            if name not in self._known:
                raise invalid_parameter(name, "there is no such parameter")

    def ignore(self, *names: str) -> None:
        """Accept parameters that change nothing here."""
        for name in names:
            self.text(name, max_length=64)

    def repeated(self, name: str, *, max_items: int = 999) -> tuple[str, ...]:
        """Return the values of a parameter of a query that may be given several times, empty if it is absent."""
        self._known.add(name)
        if name not in self._values:
            return ()
        found = self._repeated.get(name, (str(self._values[name]),))
        if len(found) > max_items:
            raise invalid_value(name, f"it must be given at most {max_items} times")
        return found

    def separated(self, name: str, *, max_items: int = 999) -> tuple[str, ...]:
        """Return the values of a comma-separated parameter, empty if it is absent or empty."""
        found = tuple(each.strip() for each in (self.text(name) or "").split(",") if each.strip())
        if len(found) > max_items:
            raise invalid_value(name, f"it must hold at most {max_items} values")
        return found

    def text(
        self,
        name: str,
        *,
        min_length: int = 0,
        max_length: int | None = None,
        required: bool = False,
        nullable: bool = False,
    ) -> str | None:
        """Return a string, or None if it is absent."""
        value = self._get(name, required=required)
        if value is _ABSENT or (value is None and nullable):
            return None
        if not isinstance(value, str):
            raise invalid_value(name, "a string is needed")
        if len(value) < min_length or (max_length is not None and len(value) > max_length):
            raise invalid_value(name, f"the length must be {min_length} to {max_length}")
        return value

    def number(self, name: str, low: int, high: int, *, required: bool = False) -> int | None:
        """Return an integer within bounds, or None if it is absent."""
        value = self._get(name, required=required)
        if value is _ABSENT:
            return None
        if self._is_query:
            value = int(str(value)) if re.fullmatch("-?[0-9]{1,10}", str(value)) else None
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid_value(name, "a whole number is needed")
        if not low <= value <= high:
            raise invalid_value(name, f"it must be {low} to {high}")
        return value

    def boolean(self, name: str) -> bool | None:
        """Return a Boolean, or None if it is absent."""
        value = self._get(name)
        if value is _ABSENT:
            return None
        if self._is_query:
            value = {"true": True, "false": False}.get(str(value).lower())
        if not isinstance(value, bool):
            raise invalid_value(name, "true or false is needed")
        return value

    def timestamp(self, name: str) -> int | None:
        """Return a time in seconds since 1970, or None if it is absent, empty or null."""
        text = self.text(name, max_length=20, nullable=True)
        if not text:
            return None
        moment = parse_timestamp(text)
        if moment is None:
            raise invalid_value(name, "the form is yyyy-MM-ddTHH:mm:ssZ")
        return moment

    def month(self, name: str) -> str:
        """Return a required bill month."""
        text = self.text(name, required=True) or ""
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
            raise invalid_value(name, "the form is YYYY-MM")
        return text

    def choice(self, name: str, allowed: frozenset[str], *, required: bool = False) -> str | None:
        """Return a string that must be one of `allowed`, or None if it is absent."""
        text = self.text(name, required=required)
        if text is not None and text not in allowed:
            raise invalid_value(name, "the value is not known")
        return text

    def texts(self, name: str, *, max_items: int, required: bool = False) -> tuple[str, ...]:
        """Return a list of non-empty strings, empty if it is absent."""
        found = self._list(name, max_items, required=required)
        if not all(isinstance(one, str) and one for one in found):
            raise invalid_value(name, "a list of strings is needed")
        return tuple(str(one) for one in found)

    def numbers(self, name: str, *, max_items: int, allowed: frozenset[int]) -> frozenset[int]:
        """Return a set of integers that must be in `allowed`, empty if it is absent."""
        found = self._list(name, max_items, required=False)
        if not all(isinstance(one, int) and not isinstance(one, bool) and one in allowed for one in found):
            raise invalid_value(name, "a value is not known")
        return frozenset(one for one in found if isinstance(one, int))

    def page(self, *, max_limit: int, max_offset: int = MAX_OFFSET, default: int = 10) -> tuple[int, int]:
        """Return the offset and the limit of a page."""
        offset = self.number("offset", 0, max_offset)
        limit = self.number("limit", 1, max_limit)
        return offset or 0, default if limit is None else limit

    def _list(self, name: str, most: int, *, required: bool) -> list[object]:
        value = self._get(name, required=required)
        if value is _ABSENT:
            return []
        if not isinstance(value, list):
            raise invalid_value(name, "a list is needed")
        if len(value) > most or (required and not value):
            raise invalid_value(name, f"it must hold {int(required)} to {most} values")
        return value

    def _get(self, name: str, *, required: bool = False) -> object:
        self._known.add(name)
        if name in self._repeated:
            raise invalid_value(name, "given more than once")
        value = self._values.get(name, _ABSENT)
        if value is _ABSENT and required:
            raise invalid_parameter(name, "it is mandatory")
        return value
