"""Check that the known payments cover the entire remaining term of a resource.

An unknown payment would be counted as money never paid, so a gap makes the quote unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.quote import TERM_BILL_TYPES, BillType, Payment
from unsub_tui.domain.resource import Resource

MAX_TERM_GAP = timedelta(hours=1)
"""Maximum gap between two periods that still count as consecutive."""

BILL_LAG = timedelta(hours=24)
"""Maximum delay of a bill row after its payment, as stated by Huawei Cloud."""


def is_covered(resource: Resource, payments: Iterable[Payment], now: datetime) -> bool:
    """Return whether consecutive paid periods cover the time from now, or from a later start, to the expiry.

    Payments for a change of specification do not count: they buy no period.
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


def coverage_gaps(resource: Resource, payments: Sequence[Payment], now: datetime) -> list[Fact]:
    """Return the payment data missing for the periods of `resource` that are not over."""
    if resource.expire_time is None or resource.expire_time <= now:
        return []
    if any(payment.bill_type is BillType.CHANGE_REFUND for payment in payments):
        return [fact(FactCode.CHANGE_REFUND_UNCLEAR)]
    if any(payment.unclear for payment in payments if _ends_after(payment, now)):
        return [fact(FactCode.BONUS_UNCLEAR)]
    if is_covered(resource, payments, now):
        return []
    if any(payment.term_start is None or payment.term_end is None for payment in payments):
        return [fact(FactCode.PERIOD_NOT_STATED)]
    if resource.effective_time is not None and now - resource.effective_time < BILL_LAG:
        return [fact(FactCode.BILL_NOT_AVAILABLE, date=f"{resource.effective_time:%Y-%m-%d}")]
    return [fact(FactCode.NO_BILL_OF_PERIOD, date=f"{resource.expire_time:%Y-%m-%d}")]


def _ends_after(payment: Payment, now: datetime) -> bool:
    return payment.term_end is None or payment.term_end > now
