"""Timestamp format of the API."""

from __future__ import annotations

from datetime import UTC, datetime

from unsub_tui.domain.bounds import is_time_in_range


def parse_timestamp(text: str | None) -> datetime | None:
    """Return the time of a timestamp such as `2026-01-15T02:00:00Z` in UTC, or None if invalid or out of range."""
    if not text:
        return None
    try:
        parsed = datetime.fromisoformat(text)
        parsed = parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return parsed if is_time_in_range(parsed) else None


def format_timestamp(when: datetime) -> str:
    """Return a time as a UTC timestamp in the format of the API."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
