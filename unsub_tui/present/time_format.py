"""Times as people read them, in their time zone; out-of-range times from the journal are tolerated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from unsub_tui.domain.time_zone import current_time_zone
from unsub_tui.present.i18n import _


def in_zone(time: datetime, zone: tzinfo | None = None) -> datetime:
    """Return a time in a zone, by default the user's, or unchanged if it is out of the calendar's range.

    An earlier version recorded times such as 0001-01-01, which have no equivalent in zones west of theirs.
    """
    try:
        return time.astimezone(zone or current_time_zone())
    except (OverflowError, ValueError, OSError):
        return time


class TimeText(str):
    """A time in UTC as RFC 3339. Output for people can tell it from other texts, and shows it in the user's zone."""

    __slots__ = ()


def rfc3339(time: datetime | None) -> TimeText | None:
    """Return a time in UTC as RFC 3339, or None."""
    return None if time is None else TimeText(in_zone(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def zone_label(time: datetime) -> str:
    """Return the offset of the user's time zone at a time: `UTC`, `UTC+8` or `UTC-3:30`."""
    minutes = (in_zone(time).utcoffset() or timedelta(0)) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return "UTC" + (f"{sign}{hours}" if minutes else "") + (f":{rest:02}" if rest else "")


def zone_text(now: datetime) -> str:
    """Return the user's time zone: `UTC+8`, or a name with the offset that it has now, which can change in a year."""
    zone = current_time_zone()
    if isinstance(zone, timezone):
        return zone_label(now)
    name = _("local time") if zone is None else str(zone)
    return _("{zone} (now {offset})").format(zone=name, offset=zone_label(now))


TIGHT_DAYS = 1000
"""Number of days from which the space before the unit is omitted, so that all digits fit the column."""


def format_date(time: datetime | None) -> str:
    """Return a date, or `-`."""
    return in_zone(time).date().isoformat() if time else "-"


def date_and_zone(time: datetime | None) -> str:
    """Return a date with the offset of its zone, or `-`."""
    return f"{format_date(time)} {zone_label(time)}" if time else "-"


def format_datetime(time: datetime | None) -> str:
    """Return a time with its offset, or `-`."""
    return in_zone(time).strftime("%Y-%m-%d %H:%M:%S %z") if time else "-"


def relative_days(time: datetime | None, now: datetime) -> str:
    """Return `in 12 d`, `in 5 h` or `3 d ago`."""
    remaining = _remaining(time, now)
    return _("in {time}").format(time=remaining) if time is not None and time >= now else remaining


def _remaining(time: datetime | None, now: datetime) -> str:
    """Return `12 d`, `5 h` or `3 d ago`."""
    if time is None:
        return ""
    left = time - now
    if left < timedelta(0):
        return _("{days} d ago").format(days=-left // timedelta(days=1))
    if left < timedelta(days=1):
        return _("{hours} h").format(hours=left // timedelta(hours=1))
    days = left // timedelta(days=1)
    return (_("{days} d") if days < TIGHT_DAYS else _("{days}d")).format(days=days)


def date_and_days(time: datetime | None, now: datetime) -> str:
    """Return a date and the days until then, or `-`."""
    return f"{format_date(time)} {relative_days(time, now)}".rstrip()


def date_and_days_left(time: datetime | None, now: datetime) -> str:
    """Return a date and the time until then in few letters, for a column: `2026-12-10 29 d`, `-3 d` ago, or `-`."""
    if time is not None and time < now:
        return _("{date} -{days} d").format(date=format_date(time), days=(now - time) // timedelta(days=1))
    return f"{format_date(time)} {_remaining(time, now)}".rstrip()


def time_left(until: datetime | None, now: datetime) -> str:
    """Return the time until a window closes, `4 d left` or `5 h left`; empty without a window."""
    if until is None:
        return ""
    days, rest = divmod(until - now, timedelta(days=1))
    return _("{n} d left").format(n=days) if days else _("{n} h left").format(n=rest // timedelta(hours=1))


def clock_time(time: datetime, now: datetime) -> str:
    """Return a time to the minute, without its date if that is today."""
    text = format_short_datetime(time)
    return text[11:] if format_date(time) == format_date(now) else text


def format_short_datetime(time: datetime | None) -> str:
    """Return a time to the minute, for a column."""
    return in_zone(time).strftime("%Y-%m-%d %H:%M") if time else "-"
