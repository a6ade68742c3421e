"""Periods that are paid for: whether they cover the remaining term, and renewal periods that have not begun.

An unknown payment would be counted as money never paid, so a gap in the remaining term makes the quote unknown.
Renewal periods that have not begun can be unsubscribed from separately.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from unsub_tui.domain.fact import Fact, Statement, fact
from unsub_tui.domain.quote import PAID_BILL_TYPES, TERM_BILL_TYPES, BillType, Payment
from unsub_tui.domain.resource import Resource

MAX_TERM_GAP = timedelta(hours=1)
"""Maximum gap between two periods that still count as consecutive."""

BILL_LAG = timedelta(hours=24)
"""Maximum delay of a bill row after its payment, as stated by Huawei Cloud."""


def resource_of(payment: Payment, listed: Container[str]) -> str:
    """Return which of the listed resources a bill row is for; empty if it is for none, or if that is not certain.

    A combined service, such as a server with its disks, is billed under one id, and the row names the part.
    """
    own = payment.part_id if payment.is_part else payment.resource_id
    if own in listed:
        return own
    if not payment.is_part and not payment.parent_id and payment.root_id in listed:
        return payment.root_id  # the primary resource, billed under another id
    wholes = (payment.root_id, payment.resource_id)  # the row of an unlisted part is not for the whole
    related = {each for each in (*payment.relation_ids, payment.parent_id) if each in listed and each not in wholes}
    return related.pop() if len(related) == 1 else ""


def is_paid_with_parent(
    resource: Resource, payments: Sequence[Payment], parent: Resource, parent_payments: Sequence[Payment], now: datetime
) -> bool:
    """Return whether the bill rows of `parent` also paid for `resource`, which is attached to it.

    It has no row of its own for the remaining time, and the same expiry, and the running period of the parent began
    when it existed already. Both bills must have been read.
    """
    if resource.expire_time is None or resource.effective_time is None or resource.expire_time != parent.expire_time:
        return False
    if any(each.bill_type in PAID_BILL_TYPES and _ends_after(each, now) for each in payments):
        return False
    paid = [each for each in parent_payments if each.bill_type in TERM_BILL_TYPES and _ends_after(each, now)]
    is_common = all(
        each.term_start is not None and each.term_start >= resource.effective_time - MAX_TERM_GAP for each in paid
    )
    is_billed = all(
        each.paid_at is not None and now - each.paid_at >= BILL_LAG for each in paid
    )  # a row may still come
    return bool(paid) and is_common and is_billed and is_covered(parent, parent_payments, now)


def without_refunded(payments: Sequence[Payment]) -> list[Payment]:
    """Return the rows of one resource without the payments that were refunded before.

    A renewal period that was unsubscribed from can be bought again. Of two orders for the same period, the older one
    was refunded: a renewal begins where the paid time ends.
    """
    refunded = {row.base_order_id for row in payments if row.bill_type is BillType.UNSUBSCRIPTION and row.term_start}
    kept = [row for row in payments if row.bill_type not in PAID_BILL_TYPES or row.order_id not in refunded - {""}]
    return [row for row in kept if not any(_replaces(other, row) for other in kept)]


def _replaces(newer: Payment, older: Payment) -> bool:
    """Return whether a payment bought the period of an older order again."""
    if not {newer.bill_type, older.bill_type} <= TERM_BILL_TYPES or newer.order_id == older.order_id:
        return False
    if None in (newer.paid_at, older.paid_at, newer.term_start, older.term_start):
        return False
    is_same_start = abs(newer.term_start - older.term_start) <= MAX_TERM_GAP  # type: ignore[operator]  # checked above
    return is_same_start and newer.paid_at > older.paid_at  # type: ignore[operator]  # checked above


def is_covered(resource: Resource, payments: Iterable[Payment], now: datetime) -> bool:
    """Return whether consecutive paid periods cover the time from now, or from a later start, to the expiry.

    Payments for a change of specification do not count: they buy no period, except that of a part which they add.
    """
    if resource.expire_time is None or resource.expire_time <= now:
        return True
    terms = sorted(
        (payment.term_start, payment.term_end)
        for payment in payments
        if payment.term_start
        and payment.term_end
        and (payment.bill_type in TERM_BILL_TYPES or _buys_added_part(payment, resource))
    )
    reached = max(now, resource.effective_time or now)  # nothing is paid for the time before the start
    for start, end in terms:
        if start <= reached + MAX_TERM_GAP:
            reached = max(reached, end)
    return any(end > now for _, end in terms) and reached + MAX_TERM_GAP >= resource.expire_time


def coverage_gaps(resource: Resource, payments: Sequence[Payment], now: datetime, *, is_debt_paid: bool) -> list[Fact]:
    """Return the payment data missing for the periods of `resource` that are not over.

    Unless `is_debt_paid`, an amount that is billed as debt is missing data.
    """
    if resource.expire_time is None or resource.expire_time <= now:
        return []
    current = [payment for payment in payments if _ends_after(payment, now)]
    problem = _unclear_amount(current, is_debt_paid=is_debt_paid) or _contradiction(resource, current)
    if problem is not None:
        return [problem]
    if is_covered(resource, payments, now):
        return []
    # Periods are missing. The likeliest reason is named: a row without a period, a bill to come, no bill.
    if any(payment.term_start is None or payment.term_end is None for payment in payments):
        return [fact("period_not_stated")]
    if resource.effective_time is not None and now - resource.effective_time < BILL_LAG:
        return [fact("bill_not_available", date=f"{resource.effective_time:%Y-%m-%d}")]
    return [fact("no_bill_of_period", date=f"{resource.expire_time:%Y-%m-%d}")]


def _unclear_amount(current: Sequence[Payment], *, is_debt_paid: bool) -> Fact | None:
    """Return why the amount that the `current` rows paid is unclear; None if it is not."""
    kinds = {payment.bill_type for payment in current}
    paid = [payment for payment in current if payment.bill_type in PAID_BILL_TYPES]
    if BillType.CHANGE_REFUND in kinds:
        return fact("change_refund_unclear")
    if any(payment.unclear or (payment.debt and not is_debt_paid) for payment in paid):
        return fact("bonus_unclear")
    return fact("bill_type_unknown") if BillType.OTHER in kinds else None


def _contradiction(resource: Resource, current: Sequence[Payment]) -> Fact | None:
    """Return why the periods of the `current` payments cannot all be right; None if they can."""
    terms = sorted(
        (payment.term_start, payment.term_end, payment.order_id)
        for payment in current
        if payment.bill_type in TERM_BILL_TYPES and payment.term_start is not None and payment.term_end is not None
    )
    for (_, end, order_id), (start, _, next_order_id) in pairwise(terms):
        if order_id != next_order_id and end - start > MAX_TERM_GAP:
            return fact("periods_overlap", order_id=order_id, other=next_order_id)
    expiry = resource.expire_time
    begun = [(end, order_id) for start, end, order_id in terms if expiry is not None and start < expiry]
    if expiry is not None and any(end - expiry > MAX_TERM_GAP for end, _ in begun):
        return fact("period_beyond_expiry", order_id=max(begun)[1])
    first = min((start for start, _, _ in terms), default=None)
    for payment in current:
        is_dated = payment.term_start is not None and payment.term_end is not None
        is_old = first is not None and payment.paid_at is not None and payment.paid_at < first - BILL_LAG
        if payment.bill_type is BillType.CHANGE and not is_dated and not is_old:
            return fact("period_not_stated")
    return None


def _buys_added_part(payment: Payment, resource: Resource) -> bool:
    """Return whether a change of a combined service added `resource`, such as a disk."""
    start, begun = payment.term_start, resource.effective_time
    is_change = payment.bill_type is BillType.CHANGE and bool(payment.part_id) and not resource.is_main_resource
    return is_change and start is not None and begun is not None and abs(start - begun) <= MAX_TERM_GAP


def _ends_after(payment: Payment, now: datetime) -> bool:
    return payment.term_end is None or payment.term_end > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewals:
    """Payments for coming periods, from the account's renewal orders and bills."""

    payments: Mapping[str, tuple[Payment, ...]] = field(default_factory=dict)
    """Payments for coming periods by resource id, earliest period first."""
    missing: tuple[Statement, ...] = ()
    """Sources that could not be read; their periods are unknown."""

    def upcoming_payments(self, resource: Resource, now: datetime) -> tuple[Payment, ...]:
        """Return the payments for periods of `resource` that have neither begun nor been refunded."""
        upcoming = [each for each in self.payments.get(resource.id, ()) if is_upcoming(each, resource, now)]
        return tuple(without_refunded(upcoming) if len(upcoming) > 1 else upcoming)


NO_RENEWALS = Renewals()
"""State before any source was read."""


def is_upcoming(payment: Payment, resource: Resource, now: datetime) -> bool:
    """Return whether a payment's period has not begun and was not refunded; a refunded one starts after the expiry."""
    if payment.term_start is None or payment.term_start <= now:
        return False
    return resource.expire_time is None or payment.term_start < resource.expire_time


def new_expiry(resource: Resource, renewal_payments: Iterable[Payment]) -> datetime | None:
    """Return the expiry of `resource` after unsubscribing from these periods, or None if unknown."""
    starts = [
        each.term_start for each in renewal_payments if each.resource_id == resource.id and each.term_start is not None
    ]
    if not starts:
        return None
    # Periods end with the last second before a full hour. Some orders give that second as the start of the next period.
    start = min(starts)
    return start if (start.minute, start.second) == (59, 59) else start - timedelta(seconds=1)


def first_paid_at(renewal_payments: Sequence[Payment]) -> datetime | None:
    """Return the earliest payment time of these periods, or None if unknown."""
    return min((each.paid_at for each in renewal_payments if each.paid_at is not None), default=None)


def merge_payments(
    first: Mapping[str, tuple[Payment, ...]], second: Iterable[Payment]
) -> Mapping[str, tuple[Payment, ...]]:
    """Return both sets of payments by resource id, without duplicates of an order and period, earliest period first."""
    found = {key: {_key(each): each for each in payments} for key, payments in first.items()}
    for each in second:
        found.setdefault(each.resource_id, {})[_key(each)] = each
    return {key: tuple(sorted(payments.values(), key=_start_timestamp)) for key, payments in found.items()}


def _key(payment: Payment) -> tuple[str, datetime | None]:
    return payment.order_id, payment.term_start


def _start_timestamp(payment: Payment) -> float:
    return payment.term_start.timestamp() if payment.term_start else 0.0
