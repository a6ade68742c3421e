"""Values in the rows of services: ids, parts, and times in the forms that the services write."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from unsub_tui.api.json_object import JsonObject
from unsub_tui.api.wire_format import Json, parse_timestamp
from unsub_tui.domain.bounds import MAX_TIME
from unsub_tui.domain.untrusted_text import UntrustedText

_GO_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,6})?[0-9]* ([+-][0-9]{4})( [A-Z0-9+-]{1,8})?"
)
"""Go's text of a time, as CCE sends it: `2018-08-02 03:48:58.968214406 +0000 UTC`."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS = range(10**12, int((MAX_TIME - _EPOCH).total_seconds()) * 1000)
"""Accepted numbers of milliseconds since 1970, from 2001 on: all have 13 digits, unlike a day or a time in seconds."""


def is_safe_id(text: str) -> bool:
    """Return whether an id can be sent in a request."""
    return UntrustedText(text).is_safe_id


def required_id(row: JsonObject, name: str) -> UntrustedText:
    """Return an id. Raise ApiError if it is missing or empty."""
    found = row.required_untrusted(name)
    if not found:
        raise row.invalid(name)
    return found


def optional_part(row: JsonObject, name: str) -> JsonObject:
    """Return an object inside a row; an empty one if it is missing or invalid."""
    return row.row(name, value if isinstance(value := row.values.get(name), dict) else {})


def parse_service_time(value: Json) -> datetime | None:
    """Return a time in UTC, or None if it is missing, invalid or out of range.

    Accepts ISO 8601 with `Z`, with an offset with or without a colon, and without a zone, which means UTC everywhere;
    also with a blank in place of the `T`, and without seconds; Go's text; and milliseconds since 1970.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return time_of_milliseconds(value)
    text = value.strip() if isinstance(value, str) else ""
    go_time = _GO_TIME.fullmatch(text)
    if go_time is not None:
        day, time, fraction, offset, _ = go_time.groups()
        return parse_timestamp(f"{day}T{time}{fraction or ''}{offset}")
    if text.isascii() and text.isdigit():  # before ISO 8601, which also allows days of digits alone
        return time_of_milliseconds(int(text)) if len(text) <= len(str(_MILLISECONDS.stop)) else None
    return parse_timestamp(text)


def time_of_milliseconds(number: int) -> datetime | None:
    """Return the time of a number of milliseconds since 1970, or None if it is out of range."""
    return _EPOCH + timedelta(milliseconds=number) if number in _MILLISECONDS else None


def milliseconds_of(time: datetime) -> int:
    """Return a time as milliseconds since 1970."""
    return (time - _EPOCH) // timedelta(milliseconds=1)
