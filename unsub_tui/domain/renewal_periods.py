"""Renewed periods that have not begun: paid for, and given up without giving up the resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from unsub_tui.domain.quote import Payment
from unsub_tui.domain.resource import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewals:
    """What the account's renewal orders and bills tell of periods to come."""

    payments: Mapping[str, tuple[Payment, ...]] = field(default_factory=dict)
    """What was paid for periods to come, by resource, the earliest period first."""
    missing: tuple[str, ...] = ()
    """What could not be read, for people: periods that it would tell of are not known."""

    def upcoming_payments(self, resource: Resource, now: datetime) -> tuple[Payment, ...]:
        """Return the periods of `resource` that have not begun, and that were not given back since."""
        return tuple(each for each in self.payments.get(resource.id, ()) if is_upcoming(each, resource, now))


NO_RENEWALS = Renewals()
"""Before anything was read."""


def is_upcoming(payment: Payment, resource: Resource, now: datetime) -> bool:
    """Whether a payment bought a period that has not begun; one that was given back lies behind the expiry."""
    if payment.term_start is None or payment.term_start <= now:
        return False
    return resource.expire_time is None or payment.term_start < resource.expire_time


def new_expiry(resource: Resource, renewal_payments: Iterable[Payment]) -> datetime | None:
    """Return when `resource` expires once these periods are given up; None where that is not known."""
    starts = [
        each.term_start for each in renewal_payments if each.resource_id == resource.id and each.term_start is not None
    ]
    return _previous_term_end(min(starts)) if starts else None


def _previous_term_end(start: datetime) -> datetime:
    """Return when the period before the one that begins at `start` ends.

    Periods end with the last second before a full hour. Where orders name that same second as the beginning of the
    next one, it is the end already.
    """
    return start if (start.minute, start.second) == (59, 59) else start - timedelta(seconds=1)


def first_paid_at(renewal_payments: Sequence[Payment]) -> datetime | None:
    """Return when the first of these periods was paid for."""
    return min((each.paid_at for each in renewal_payments if each.paid_at is not None), default=None)


def merge_payments(
    first: Mapping[str, tuple[Payment, ...]], second: Iterable[Payment]
) -> Mapping[str, tuple[Payment, ...]]:
    """Return the payments of both by resource, each order's payment for a period once, the earliest period first."""
    found = {key: {_key(each): each for each in payments} for key, payments in first.items()}
    for each in second:
        found.setdefault(each.resource_id, {})[_key(each)] = each
    return {key: tuple(sorted(payments.values(), key=_start_timestamp)) for key, payments in found.items()}


def _key(payment: Payment) -> tuple[str, datetime | None]:
    return payment.order_id, payment.term_start


def _start_timestamp(payment: Payment) -> float:
    return payment.term_start.timestamp() if payment.term_start else 0.0
