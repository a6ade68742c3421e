"""JSON objects and timestamps in the format of the API."""

from __future__ import annotations

from datetime import UTC, datetime

from unsub_tui.api.errors import invalid_response, unreadable_response
from unsub_tui.api.strict_json import Json, StrictJsonError, loads
from unsub_tui.domain.bounds import is_time_in_range
from unsub_tui.domain.fact import FactCode


def parse_object(operation: str, body: bytes) -> dict[str, Json]:
    """Return a response as a JSON object. Raise TransientError if it is not JSON, ApiError if it is no object."""
    try:
        document = loads(body)
    except StrictJsonError as error:
        raise unreadable_response(operation) from error
    if not isinstance(document, dict):
        raise invalid_response(operation, FactCode.NOT_AN_OBJECT)
    return document


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
