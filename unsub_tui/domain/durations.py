"""Used and total time of a term, by Huawei Cloud's current counting rule and the one before it.

Source: Huawei Cloud's fee pages. Whole hours: pages of 2025, all sites. Days: pages of mid-2024. Days are in UTC+8, the
time zone of Huawei Cloud's bills.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum

VENDOR_ZONE = timezone(timedelta(hours=8))
"""Time zone of Huawei Cloud's days and billing months."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Counting(StrEnum):
    """The unit in which a term is counted."""

    HOURS = "hours"
    """Full hours, from the hour in which the term began to the hour of the unsubscription."""
    DAYS_BEFORE = "days_before"
    """Whole days, including the day of purchase but not the day of the unsubscription."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Used and total length of a term, in hours or days according to the counting rule."""

    used: int
    total: int


def usage(counting: Counting, start: datetime, end: datetime, now: datetime) -> Usage:
    """Return the used part of a term at `now`, between zero and the whole term."""
    if counting is Counting.HOURS:
        first = full_hour(start)
        # Terms end with the last second of an hour, which counts as a whole.
        total = (full_hour(end + timedelta(seconds=1)) - first) // HOUR
        used = (full_hour(now) - first) // HOUR
    else:
        total = _days(start, end) + 1
        used = _days(start, now)
    return Usage(min(max(used, 0), max(total, 0)), max(total, 0))


def full_hour(moment: datetime) -> datetime:
    """Return the full hour at or before `moment`."""
    return moment.replace(minute=0, second=0, microsecond=0)


def years_begun(start: datetime, now: datetime) -> int:
    """Return the number of years of use begun at `now`; exactly one year still counts as 1."""
    first, until, years = full_hour(start), full_hour(now), 1
    while years_after(first, years) < until:
        years += 1
    return years


def years_after(start: datetime, years: int) -> datetime:
    """Return `start` plus `years` years; 29 February becomes 28 February in other years."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:  # 29 February
        return start.replace(year=start.year + years, day=28)


def whole_months(start: datetime, end: datetime) -> int:
    """Return the length of a term in months; the hours added to reach the end of a day do not count.

    A term shorter than half a month has 0 months.
    """
    days = (end - start) / DAY
    return round(days / 30.44)


def vendor_month(moment: datetime) -> str:
    """Return the billing month in UTC+8, for example `2026-03`."""
    return moment.astimezone(VENDOR_ZONE).strftime("%Y-%m")


def _days(start: datetime, end: datetime) -> int:
    """Return the number of days between two dates in UTC+8."""
    return (end.astimezone(VENDOR_ZONE).date() - start.astimezone(VENDOR_ZONE).date()).days
