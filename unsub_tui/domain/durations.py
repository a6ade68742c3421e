"""How much of a term was used: the vendor's present rule, and the two before it.

Source: the vendor's fee pages. Whole hours: the pages of 2025, every site. Days: the pages until mid 2024; for a while
the day of the unsubscription did not count. Days are those of UTC+8, the zone of the vendor's bills.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum

VENDOR_ZONE = timezone(timedelta(hours=8))
"""The vendor's days and billing months are those of UTC+8."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Counting(StrEnum):
    """What a term is counted in."""

    HOURS = "hours"
    """From the full hour in which the term began to the full hour of the unsubscription."""
    DAYS_BEFORE = "days_before"
    """Whole days, the day of the purchase included, the day of the unsubscription not."""
    DAYS = "days"
    """Whole days, both included."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What of a term is used, in its rule's unit."""

    used: int
    total: int


def usage(counting: Counting, start: datetime, end: datetime, now: datetime) -> Usage:
    """Return how much of a term is used at `now`: never less than nothing, never more than all."""
    if counting is Counting.HOURS:
        first = full_hour(start)
        total = (full_hour(end + timedelta(seconds=1)) - first) // HOUR
        used = (full_hour(now) - first) // HOUR
    else:
        total = _days(start, end) + 1
        used = _days(start, now) + (counting is Counting.DAYS)
    return Usage(min(max(used, 0), max(total, 0)), max(total, 0))


def full_hour(moment: datetime) -> datetime:
    """Return the full hour at or before `moment`."""
    return moment.replace(minute=0, second=0, microsecond=0)


def years_begun(start: datetime, now: datetime) -> int:
    """Return how many years of use have begun at `now`: exactly one year still counts as one."""
    first, until, years = full_hour(start), full_hour(now), 1
    while years_after(first, years) < until:
        years += 1
    return years


def years_after(start: datetime, years: int) -> datetime:
    """Return the same moment so many years later; 28 February where there is no 29th."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:  # 29 February
        return start.replace(year=start.year + years, day=28)


def whole_months(start: datetime, end: datetime) -> int:
    """Return how many months a term has; the hours by which it outlasts them, because it ends with a day, do not count.

    A term of less than half a month has none.
    """
    days = (end - start) / DAY
    return round(days / 30.44)


def vendor_month(moment: datetime) -> str:
    """Return the billing month of a moment: `2026-03`."""
    return moment.astimezone(VENDOR_ZONE).strftime("%Y-%m")


def _days(start: datetime, end: datetime) -> int:
    """Return how many days lie between the days of two moments."""
    return (end.astimezone(VENDOR_ZONE).date() - start.astimezone(VENDOR_ZONE).date()).days
