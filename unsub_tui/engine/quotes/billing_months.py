"""Billing months in which to search for the payments of a resource."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from unsub_tui.domain.durations import vendor_month, whole_months
from unsub_tui.domain.resource import Resource

BILL_RETENTION_MONTHS = 36
"""Months for which Huawei Cloud keeps bills, about three years."""

TERMS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36, 48, 60})
"""Terms on sale, in months. A resource whose total term equals one of them has probably never been renewed."""

BILLING_LEAD = timedelta(days=1)
"""Maximum time between the payment of an order, when it is billed, and the start of its term."""


def first_month(resource: Resource, now: datetime) -> str:
    """Return the billing month of the purchase, or the oldest one that is still available."""
    kept = now - timedelta(days=BILL_RETENTION_MONTHS * 31)
    bought = (resource.effective_time or now) - BILLING_LEAD
    return vendor_month(min(max(bought, kept), now))


def likely_months(resource: Resource, now: datetime) -> frozenset[str]:
    """Return the months to read first: the month of purchase if the resource was probably bought once, else none."""
    start, end = resource.effective_time, resource.expire_time
    if start is None or end is None or start > now or whole_months(start, end) not in TERMS:
        return frozenset()
    return frozenset({vendor_month(start - timedelta(hours=1)), vendor_month(start)}) & frozenset(
        months_back(first_month(resource, now), now)
    )


def months_back(first: str, now: datetime) -> Iterator[str]:
    """Yield the billing months from the current one back to `first`."""
    label = vendor_month(now)
    year, month = int(label[:4]), int(label[5:])
    while (label := f"{year:04}-{month:02}") >= first:
        yield label
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
