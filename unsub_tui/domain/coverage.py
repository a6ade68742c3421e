"""Whether what was read of a resource's payments accounts for all of its term that is not over.

A payment that is not known would be taken for money that was never paid; so a hole makes a quote unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from unsub_tui.domain.quote import TERM_BILL_TYPES, BillType, Payment
from unsub_tui.domain.resource import Resource

MAX_TERM_GAP = timedelta(hours=1)
"""Two periods that are at most this far apart follow each other."""

BILL_LAG = timedelta(hours=24)
"""How late a bill row may come after its payment, by the vendor's own words."""


def is_covered(resource: Resource, payments: Iterable[Payment], now: datetime) -> bool:
    """Whether paid periods follow each other from now, or from the beginning, to the expiry.

    A change of specification is paid for the rest of a period, but it is not what bought the period.
    """
    if resource.expire_time is None or resource.expire_time <= now:
        return True
    terms = sorted(
        (payment.term_start, payment.term_end)
        for payment in payments
        if payment.bill_type in TERM_BILL_TYPES and payment.term_start and payment.term_end
    )
    reached = max(now, resource.effective_time or now)
    for start, end in terms:
        if start <= reached + MAX_TERM_GAP:
            reached = max(reached, end)
    return reached + MAX_TERM_GAP >= resource.expire_time


def coverage_gaps(resource: Resource, payments: Sequence[Payment], now: datetime) -> list[str]:
    """Return what is missing to know all that was paid for the periods of `resource` that are not over."""
    if resource.expire_time is None or resource.expire_time <= now:
        return []
    if any(payment.bill_type is BillType.CHANGE_REFUND for payment in payments):
        return ["how the refund of a change of specification counts: the vendor does not publish it"]
    if any(payment.unclear for payment in payments if _ends_after(payment, now)):
        return ["whether bonus money, debt or an adjustment counts as paid: the vendor does not publish it"]
    if is_covered(resource, payments, now):
        return []
    if any(payment.term_start is None or payment.term_end is None for payment in payments):
        return ["the period that a bill row bought"]
    if resource.effective_time is not None and now - resource.effective_time < BILL_LAG:
        return [f"the bill of {resource.effective_time:%Y-%m-%d}: not yet available, it can take a day"]
    return [f"a bill for the period that ends {resource.expire_time:%Y-%m-%d}"]


def _ends_after(payment: Payment, now: datetime) -> bool:
    return payment.term_end is None or payment.term_end > now
