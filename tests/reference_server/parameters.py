"""Parameters of a request: unknown, missing and unsuitable ones are refused, as the contract says.

Operations know only those of the contract's parameters that the program sends. Where it comes to send another one, the
refusal is a reminder to read in the contract what that means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.reference_server import timestamps

_WHOLE = re.compile(r"-?\d{1,12}")
_MOST = 2147483647


class RefusedError(Exception):
    """An answer that is an error; `status` is that of HTTP, `more` goes into the body."""

    def __init__(self, status: int, code: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.more = status, code, message, more


def invalid_parameter(message: str, code: str = "CBC.0100") -> RefusedError:
    """Return the refusal of a request that does not suit."""
    return RefusedError(400, code, message)


@dataclass(frozen=True)
class Parameter:
    """What one parameter may be."""

    is_valid: Callable[[Any], bool]
    is_required: bool = False
    parse: Callable[[str], Any] = str
    """How it is read from a query; raises ValueError."""
    convert: Callable[[Any], Any] = lambda value: value
    """What an operation gets; None is as if it were not there. Raises ValueError or TypeError."""


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def number(low: int, high: int, *, required: bool = False) -> Parameter:
    """Return a whole number within bounds."""
    return Parameter(lambda value: type(value) is int and low <= value <= high, required, _whole)


def one_of(*allowed: object, required: bool = False) -> Parameter:
    """Return one of some numbers, or one of some texts."""
    reads = _whole if isinstance(allowed[0], int) else str
    return Parameter(lambda value: type(value) is type(allowed[0]) and value in allowed, required, reads)


def text(low: int = 0, high: int = 64, *, required: bool = False) -> Parameter:
    """Return a text of some length."""
    return Parameter(lambda value: isinstance(value, str) and low <= len(value) <= high, required)


def id_list(low: int, high: int, *, required: bool = False) -> Parameter:
    """Return a list of ids."""

    def suits(value: Any) -> bool:
        return (
            isinstance(value, list)
            and low <= len(value) <= high
            and all(isinstance(each, str) and 0 < len(each) <= 64 for each in value)
        )

    return Parameter(suits, required)


def numbers(*allowed: int) -> Parameter:
    """Return a list of some numbers."""
    return Parameter(lambda value: isinstance(value, list) and set(value) <= set(allowed))


def timestamp() -> Parameter:
    """Return a moment; an empty one is as if it were absent."""
    return Parameter(lambda _: True, convert=lambda value: timestamps.parse_timestamp(value) if value else None)


def flag() -> Parameter:
    """Return true or false."""
    return Parameter(lambda value: isinstance(value, bool), parse={"true": True, "false": False}.get)


def page_parameters(most: int, **others: Parameter) -> dict[str, Parameter]:
    """Return the parameters of an operation that answers by pages."""
    return {**others, "limit": number(1, most), "offset": number(0, _MOST)}


def slice_page(rows: Sequence[Any], given: Mapping[str, Any], limit: int = 10) -> Sequence[Any]:
    """Return the part that was asked for."""
    first = given.get("offset", 0)
    return rows[first : first + given.get("limit", limit)]


def check_parameters(wanted: Mapping[str, Parameter], given: Mapping[str, Any], *, is_query: bool) -> dict[str, Any]:
    """Return what an operation gets; raises RefusedError for what does not suit."""
    if unknown := [key for key in given if key not in wanted]:
        raise invalid_parameter(f"Invalid parameter: unknown field '{unknown[0]}'", "CBC.0101")
    if missing := [key for key, each in wanted.items() if each.is_required and key not in given]:
        raise invalid_parameter(f"Invalid parameter: '{missing[0]}' is mandatory", "CBC.0101")
    found = {key: _check_parameter(key, wanted[key], value, is_query=is_query) for key, value in given.items()}
    return {key: value for key, value in found.items() if value is not None}


def _check_parameter(key: str, wanted: Parameter, value: Any, *, is_query: bool) -> Any:
    try:
        read = wanted.parse(value) if is_query else value
        if wanted.is_valid(read):
            return wanted.convert(read)
    except (ValueError, TypeError):
        pass
    raise invalid_parameter(f"Invalid parameter: {key}")
