"""Moments as whole seconds since 1970, and the vendor's calendar, which runs in UTC+8.

A catalogue of a hundred thousand resources holds half a million moments; as plain integers they cost a tenth of what
`datetime` objects would.
"""

from __future__ import annotations

import calendar
import re
import time
from datetime import UTC, datetime, timedelta, timezone

HOUR = 3600
DAY = 24 * HOUR

SHANGHAI = timezone(timedelta(hours=8))
"""The zone in which terms end, bill months begin and quotas are counted."""

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def format_timestamp(moment: int) -> str:
    """Write a moment as the interface does, in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def parse_timestamp(text: str) -> int | None:
    """Read such a text; None when it is none."""
    if not _STAMP.fullmatch(text):
        return None
    try:
        return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


def is_month(text: str) -> bool:
    """Tell whether this is a bill month, such as 2026-01."""
    return _MONTH.fullmatch(text) is not None


def is_day(text: str) -> bool:
    """Tell whether this is a bill day, such as 2026-01-31."""
    return _DAY.fullmatch(text) is not None


def to_local(moment: int) -> datetime:
    """See a moment in UTC+8."""
    return datetime.fromtimestamp(moment, SHANGHAI)


def month_of(moment: int) -> str:
    """Name the bill month."""
    return to_local(moment).strftime("%Y-%m")


def day_of(moment: int) -> str:
    """Name the bill day."""
    return to_local(moment).strftime("%Y-%m-%d")


def months_between(earlier: str, later: str) -> int:
    """Count the months from one bill month to another."""
    return (int(later[:4]) - int(earlier[:4])) * 12 + int(later[5:]) - int(earlier[5:])


def add_months(moment: int, months: int) -> int:
    """Go on by calendar months; the 31st becomes the last day of a shorter month."""
    day = to_local(moment)
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return int(day.replace(year=year, month=month + 1, day=min(day.day, last)).timestamp())


def end_of_day(moment: int) -> int:
    """Give 23:59:59 of the same day, where every term ends."""
    return int(to_local(moment).replace(hour=23, minute=59, second=59).timestamp())


def term_end(start: int, months: int) -> int:
    """Give the end of a term that begins at `start`."""
    day = to_local(start)
    if day.hour == day.minute == day.second == 0:
        return add_months(start, months) - 1
    return end_of_day(add_months(start, months))


def hour_floor(moment: int) -> int:
    """Cut a moment down to its full hour."""
    return moment - moment % HOUR
