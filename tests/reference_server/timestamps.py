"""Moments as the contract writes them (UTC, whole seconds), terms, and made-up identifiers."""

from __future__ import annotations

import calendar
import hashlib
from datetime import UTC, datetime, timedelta

NEVER = datetime.max.replace(tzinfo=UTC)
"""Stands for a moment that is not known yet; it is written as null."""
BILLING_OFFSET = timedelta(hours=8)
"""Terms end and bills are dated by UTC+8."""


def now_precise() -> datetime:
    """Return the present to the microsecond, for what settles within a second."""
    return datetime.now(UTC)


def now() -> datetime:
    """Return the present as facts are dated: whole seconds."""
    return now_precise().replace(microsecond=0)


def days_ago(days: float) -> datetime:
    """Return the moment so many days back."""
    return (now() - timedelta(days=days)).replace(microsecond=0)


def format_timestamp(moment: datetime | None) -> str | None:
    """Return a moment as answers have it, null where there is none."""
    return None if moment is None or moment == NEVER else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_timestamp(text: str) -> datetime:
    """Return the moment of a request; raises ValueError for any other form."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def billing_time(moment: datetime) -> datetime:
    """Return a moment on the clock of bills."""
    return moment + BILLING_OFFSET


def add_months(moment: datetime, count: int) -> datetime:
    """Return the same day so many months later, the last one where that month has no such day."""
    years, month = divmod(moment.month - 1 + count, 12)
    year = moment.year + years
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def term_end(start: datetime, months: int) -> datetime:
    """Return when a term ends: 23:59:59 UTC+8 of the same day of a later month."""
    return end_of_day(add_months(billing_time(start), months) - BILLING_OFFSET)


def end_of_day(moment: datetime) -> datetime:
    """Return the last second of a day on the clock of bills."""
    return billing_time(moment).replace(hour=23, minute=59, second=59) - BILLING_OFFSET


def stable_hex(seed: str, length: int = 32) -> str:
    """Return hex digits that are always the same for one seed."""
    return hashlib.sha256(seed.encode()).hexdigest()[:length]


def stable_uuid(seed: str) -> str:
    """Return an id in the form of a UUID."""
    found = stable_hex(seed)
    return "-".join((found[:8], found[8:12], found[12:16], found[16:20], found[20:]))
