"""Converts times to a time zone; out-of-range times from the journal are tolerated."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


def in_zone(time: datetime, zone: tzinfo | None = None) -> datetime:
    """Return a time in a zone, by default the local one, or unchanged if it is out of the calendar's range.

    An earlier version recorded times such as 0001-01-01, which have no equivalent in zones west of theirs.
    """
    try:
        return time.astimezone(zone)
    except (OverflowError, ValueError, OSError):
        return time


def rfc3339(time: datetime | None) -> str | None:
    """Return a time in UTC as RFC 3339, or None."""
    return None if time is None else in_zone(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
