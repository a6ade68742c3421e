"""Terms of generated purchases: order types, dates and durations, without amounts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from unsub_tui.sandbox.models import Condition, OrderStatus, OrderType
from unsub_tui.sandbox.scenarios import Scenario
from unsub_tui.sandbox.timestamps import DAY, HOUR, add_months, term_end

_MONTH_WEIGHTS = {1: 46, 2: 4, 3: 10, 6: 8, 9: 2, 12: 19, 24: 6, 36: 5}
_ODD_MONTHS = (7, 11, 13, 18, 30)
"""Terms without a row of their own in the fee table, except those of less than a year."""
_MEAN_MONTH = 30.4 * DAY
_FIXED_MONTHS = {Condition.TRIAL: 1, Condition.SOLUTION: 12}
_FIRST_ORDER_TYPES = {
    Condition.TRIAL: OrderType.TRIAL,
    Condition.CONVERTED_FROM_PAY_PER_USE: OrderType.CONVERSION,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A term paid by an order, by default for all resources of the purchase."""

    order_type: OrderType
    months: int
    start: int
    end: int
    created: int
    status: OrderStatus = OrderStatus.COMPLETED
    automatic: bool = False
    only_first: bool = False
    """Whether the order covers only the first resource: a specification change."""
    only_last: bool = False
    """Whether the order covers only the last resource, which was bought later and attached, or separately."""


@dataclass(frozen=True, slots=True)
class PurchaseHistory:
    """Terms of a purchase: consecutive periods, then changes and later purchases."""

    terms: tuple[Term, ...]
    today: int
    """Start time of the sandbox, or the time at which the purchase was unsubscribed."""
    automatic: bool

    @property
    def effective(self) -> int:
        """Start of the first term."""
        return self.terms[0].start

    @property
    def expire(self) -> int:
        """End of the last paid term."""
        return max(term.end for term in self.terms if term.status is OrderStatus.COMPLETED)


_SEPARATELY_ORDERED = frozenset({Condition.LICENSED, Condition.REPLICATED})
"""Conditions whose two resources are bought and renewed with an order for each."""


def draw_history(scenario: Scenario, epoch: int, rng: Random, *, odd_terms: bool) -> PurchaseHistory:
    """Return a random history of a purchase for its scenario."""
    today = epoch - rng.randrange(20 * DAY, 700 * DAY) if scenario.condition is Condition.UNSUBSCRIBED else epoch
    months = _draw_months(scenario, rng, odd_terms=odd_terms)
    automatic = rng.random() < 0.3
    start, count = _draw_start(scenario, months, today, rng)
    terms = [_first_term(scenario.condition, start, months, today, rng)]
    if scenario.condition is Condition.EXPIRED:
        return PurchaseHistory(tuple(terms), today, automatic=False)
    while len(terms) < count or terms[-1].end <= today:
        terms.append(_renewal(terms[-1], today, automatic=automatic, rng=rng))
    terms += _extra_terms(scenario.condition, terms[-1], today, rng)
    if scenario.condition in _SEPARATELY_ORDERED:
        terms = [part for term in terms for part in (replace(term, only_first=True), replace(term, only_last=True))]
    return PurchaseHistory(tuple(terms), today, automatic)


def _draw_months(scenario: Scenario, rng: Random, *, odd_terms: bool) -> int:
    if scenario.years:
        return 12 * scenario.years
    if scenario.condition in _FIXED_MONTHS:
        return _FIXED_MONTHS[scenario.condition]
    if odd_terms:
        return rng.choice(_ODD_MONTHS)
    return rng.choices(tuple(_MONTH_WEIGHTS), tuple(_MONTH_WEIGHTS.values()))[0]


def _draw_start(scenario: Scenario, months: int, today: int, rng: Random) -> tuple[int, int]:
    """Return a random start of the first term and the number of consecutive terms."""
    condition = scenario.condition
    if condition is Condition.RECENTLY_BOUGHT:
        return today - rng.randrange(5 * HOUR, 110 * HOUR), 1
    if condition is Condition.NOT_STARTED:
        return today + rng.randrange(2 * DAY, 30 * DAY), 1
    if condition is Condition.EXPIRED:
        return add_months(today - rng.randrange(2 * DAY, 12 * DAY), -months), 1
    passed = int(months * _MEAN_MONTH * rng.uniform(0.03, 0.95))
    if condition is Condition.TRIAL:
        return today - passed, 1
    renewals = rng.randrange(4) if months < 12 else rng.randrange(2)
    return add_months(today - passed, -months * renewals), renewals + 1


def _first_term(condition: Condition, start: int, months: int, today: int, rng: Random) -> Term:
    created = start - 90
    if condition is Condition.NOT_STARTED:
        created = today - rng.randrange(HOUR, 3 * DAY)
    return Term(
        order_type=_FIRST_ORDER_TYPES.get(condition, OrderType.NEW),
        months=months,
        start=start,
        end=term_end(start, months),
        created=created,
    )


def _renewal(last: Term, today: int, *, automatic: bool, rng: Random) -> Term:
    start = last.end + 1
    ahead = 7 * DAY - 3 * HOUR - rng.randrange(600) if automatic else rng.randrange(DAY, 12 * DAY)
    created = start - ahead
    created = max(min(created, today - rng.randrange(HOUR, 2 * DAY)), last.start + 60)
    return Term(
        order_type=OrderType.RENEWAL,
        months=last.months,
        start=start,
        end=term_end(start, last.months),
        created=min(created, today - 60),
        automatic=automatic,
    )


_RENEWED_CONDITIONS = frozenset(
    {
        Condition.UNPAID,
        Condition.INVOICED,
        Condition.IN_TRANSACTION,
        Condition.HAS_BANDWIDTH_ADDON,
        Condition.RENEWED_IN_PROMOTION,
        Condition.SPEC_CHANGED_AFTER_RENEWAL,
        Condition.ATTACHED_AFTER_RENEWAL,
    }
)
"""Conditions that include a renewal before expiry."""


def _extra_terms(condition: Condition, last: Term, today: int, rng: Random) -> list[Term]:
    """Return the extra terms of a condition: renewals before expiry, an unpaid renewal, or a change."""
    if condition is Condition.RENEWED:
        ahead = [_renewal(last, today, automatic=False, rng=rng)]
        if rng.random() < 0.3:
            ahead.append(_renewal(ahead[0], today, automatic=False, rng=rng))
        return ahead
    if condition in _RENEWED_CONDITIONS:
        renewed = _renewal(last, today, automatic=False, rng=rng)
        renewed = replace(renewed, created=max(last.start + 60, renewed.created - 5 * DAY))
        return [renewed, *_after_renewal(condition, last, renewed, today)]
    if condition is Condition.SPEC_CHANGED:
        start = last.start + int((today - last.start) * rng.uniform(0.2, 0.8))
        return [_spec_change(last, start, created=start - 60)]
    return []


def _spec_change(term: Term, start: int, *, created: int) -> Term:
    """Return the rest of a term after a change of the first resource's specification."""
    change = OrderType.CHANGE
    return replace(term, order_type=change, start=start, created=created, automatic=False, only_first=True)


def _after_renewal(condition: Condition, last: Term, ahead: Term, today: int) -> list[Term]:
    """Return the terms after a renewal before expiry: an unpaid renewal, a change, or an attached resource."""
    since = ahead.created + (today - ahead.created) // 2
    if condition is Condition.UNPAID:
        start, unpaid = ahead.end + 1, OrderStatus.UNPAID
        return [replace(ahead, start=start, end=term_end(start, last.months), created=since, status=unpaid)]
    if condition is Condition.SPEC_CHANGED_AFTER_RENEWAL:
        return [_spec_change(last, since, created=since)]
    if condition is Condition.ATTACHED_AFTER_RENEWAL:
        return [replace(ahead, order_type=OrderType.NEW, start=since, created=since, only_last=True)]
    return []
