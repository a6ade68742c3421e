"""Renewal periods that are paid for but have not begun; they can be unsubscribed from separately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from unsub_tui.domain.fact import Statement
from unsub_tui.domain.quote import Payment
from unsub_tui.domain.resource import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewals:
    """Payments for coming periods, from the account's renewal orders and bills."""

    payments: Mapping[str, tuple[Payment, ...]] = field(default_factory=dict)
    """Payments for coming periods by resource id, earliest period first."""
    missing: tuple[Statement, ...] = ()
    """Sources that could not be read; their periods are unknown."""

    def upcoming_payments(self, resource: Resource, now: datetime) -> tuple[Payment, ...]:
        """Return the payments for periods of `resource` that have neither begun nor been refunded."""
        return tuple(each for each in self.payments.get(resource.id, ()) if is_upcoming(each, resource, now))


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
    return _previous_term_end(min(starts)) if starts else None


def _previous_term_end(start: datetime) -> datetime:
    """Return the end of the period that precedes the one starting at `start`.

    Periods end with the last second before a full hour. Some orders give that second as the start of the next period;
    then `start` is already the end.
    """
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
