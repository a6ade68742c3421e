"""Times in a time zone, whatever the record holds."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


def in_zone(time: datetime, zone: tzinfo | None = None) -> datetime:
    """Return a time in a zone, by default the reader's; the time as it is where that is outside all calendars.

    An earlier version recorded times such as 0001-01-01, which no zone west of it can express.
    """
    try:
        return time.astimezone(zone)
    except (OverflowError, ValueError, OSError):
        return time


def rfc3339(time: datetime | None) -> str | None:
    """Return a moment as RFC 3339 in UTC."""
    return None if time is None else in_zone(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
