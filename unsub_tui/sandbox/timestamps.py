"""Times as whole seconds since 1970, the Huawei Cloud calendar, which uses UTC+8, and the simulated clock.

An account with 100,000 resources contains half a million times; integers need a tenth of the memory of `datetime`
objects.
"""

from __future__ import annotations

import calendar
import re
import threading
import time
from datetime import UTC, datetime, timedelta, timezone

HOUR = 3600
DAY = 24 * HOUR

SHANGHAI = timezone(timedelta(hours=8))
"""Time zone of term ends, bill months and yearly quotas."""

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def format_timestamp(moment: int) -> str:
    """Return a time in the timestamp format of the API, in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def parse_timestamp(text: str) -> int | None:
    """Return the time of an API timestamp, or None if it is invalid."""
    if not _STAMP.fullmatch(text):
        return None
    try:
        return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


def to_local(moment: int) -> datetime:
    """Return a time as a datetime in UTC+8."""
    return datetime.fromtimestamp(moment, SHANGHAI)


def month_of(moment: int) -> str:
    """Return the bill month of a time, such as 2026-01."""
    return to_local(moment).strftime("%Y-%m")


def day_of(moment: int) -> str:
    """Return the bill day of a time, such as 2026-01-31."""
    return to_local(moment).strftime("%Y-%m-%d")


def months_between(earlier: str, later: str) -> int:
    """Return the number of months between two bill months."""
    return (int(later[:4]) - int(earlier[:4])) * 12 + int(later[5:]) - int(earlier[5:])


def add_months(moment: int, months: int) -> int:
    """Return the time plus calendar months; the 31st becomes the last day of a shorter month."""
    day = to_local(moment)
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return int(day.replace(year=year, month=month + 1, day=min(day.day, last)).timestamp())


def term_end(start: int, months: int) -> int:
    """Return the end of a term of some months that begins at `start`: 23:59:59 of a day."""
    day, end = to_local(start), add_months(start, months)
    if day.hour == day.minute == day.second == 0:
        return end - 1
    return int(to_local(end).replace(hour=23, minute=59, second=59).timestamp())


def hour_floor(moment: int) -> int:
    """Return the time rounded down to the full hour."""
    return moment - moment % HOUR


class SimulatedClock:
    """Clock for terms, orders and bills: as fast as the real clock, with an offset that never decreases.

    Signatures use the real clock.
    """

    def __init__(self, start: datetime | None = None) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError("the start of the clock needs a time zone")
        self._lock = threading.Lock()
        self._offset = 0.0 if start is None else start.timestamp() - time.time()

    @property
    def offset(self) -> float:
        """Seconds that this clock is ahead of the real clock; may be negative."""
        return self._offset

    def now(self) -> float:
        """Return the time in seconds since 1970."""
        return time.time() + self._offset

    def now_utc(self) -> datetime:
        """Return the time as a timezone-aware datetime in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)

    def advance(self, seconds: float) -> None:
        """Advance the clock. Raise ValueError for negative seconds, because settled orders cannot be reverted."""
        if seconds < 0:
            raise ValueError("the clock cannot go back")
        with self._lock:
            self._offset += seconds
