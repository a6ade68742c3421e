"""The time zone in which people read times and write days. It never affects data, which is in UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

_OFFSET = re.compile(r"UTC(?:([+-])(\d{1,2})(?::?(\d{2}))?)?", re.IGNORECASE)
_MAX_OFFSET = timedelta(hours=14)
"""Largest offset that a place on Earth has."""

_zone: tzinfo | None = None
"""None is the time zone of the machine. A process has one user, so it has one zone."""


def current_time_zone() -> tzinfo | None:
    """Return the time zone of this process; None is that of the machine."""
    return _zone


def set_time_zone(zone: tzinfo | None) -> None:
    """Set the time zone of this process, before a time is shown or a filter is parsed."""
    global _zone  # noqa: PLW0603 - the only place that changes it
    _zone = zone


def parse_time_zone(text: str) -> tzinfo | None:
    """Return the zone that `local`, `UTC`, `UTC+8`, `UTC-3:30` or a name such as `Asia/Shanghai` means.

    None is the zone of the machine. Raises ValueError.
    """
    if text.casefold() == "local":
        return None
    if offset := _OFFSET.fullmatch(text):
        distance = timedelta(hours=int(offset[2] or 0), minutes=int(offset[3] or 0))
        if distance > _MAX_OFFSET or int(offset[3] or 0) > 59:
            raise ValueError(text)
        return timezone(-distance if offset[1] == "-" else distance) if distance else UTC
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - few settings name a place

    try:
        return ZoneInfo(text)
    except (ValueError, OSError, LookupError) as error:  # LookupError: no such zone, or no database of zones
        raise ValueError(text) from error


def start_of_day(day: date) -> datetime:
    """Return the start of a day in the time zone of this process. Raises ValueError and OverflowError."""
    return datetime.combine(day, time.min, _zone).astimezone(_zone)
