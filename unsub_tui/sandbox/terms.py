"""Terms of generated purchases: order types, dates and durations, without amounts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from unsub_tui.sandbox.models import Condition, OrderStatus, OrderType
from unsub_tui.sandbox.scenarios import Product, Scenario
from unsub_tui.sandbox.timestamps import DAY, HOUR, add_months, term_end

_MONTHS = (1, 2, 3, 6, 9, 12, 24, 36)
_MONTH_WEIGHTS = (46, 4, 10, 8, 2, 19, 6, 5)
_MEAN_MONTH = 30.4 * DAY


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
    """Whether the order covers only the last resource, which was bought later and attached."""


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


def draw_history(scenario: Scenario, epoch: int, rng: Random) -> PurchaseHistory:
    """Return a random history of a purchase for its scenario."""
    today = epoch - rng.randrange(20 * DAY, 700 * DAY) if scenario.condition is Condition.UNSUBSCRIBED else epoch
    months = _draw_months(scenario, rng)
    automatic = rng.random() < 0.3
    start, count = _draw_start(scenario, months, today, rng)
    if scenario.condition is Condition.EXPIRED:
        return PurchaseHistory((_first_term(scenario.condition, start, months, today, rng),), today, automatic=False)
    terms = [_first_term(scenario.condition, start, months, today, rng)]
    while len(terms) < count or terms[-1].end <= today:
        terms.append(_renewal(terms[-1], today, automatic=automatic, rng=rng))
    terms += _extra_terms(scenario.condition, terms[-1], today, rng)
    return PurchaseHistory(tuple(terms), today, automatic)


def _draw_months(scenario: Scenario, rng: Random) -> int:
    if scenario.years:
        return 12 * scenario.years
    if scenario.condition is Condition.TRIAL:
        return 1
    if scenario.product is Product.SOLUTION:
        return 12
    return rng.choices(_MONTHS, _MONTH_WEIGHTS)[0]


def _first_order_type(condition: Condition) -> OrderType:
    if condition is Condition.TRIAL:
        return OrderType.TRIAL
    return OrderType.CONVERSION if condition is Condition.CONVERTED_FROM_PAY_PER_USE else OrderType.NEW


def _draw_start(scenario: Scenario, months: int, today: int, rng: Random) -> tuple[int, int]:
    """Return a random start of the first term and the number of consecutive terms."""
    plight = scenario.condition
    if plight is Condition.RECENTLY_BOUGHT:
        return today - rng.randrange(5 * HOUR, 110 * HOUR), 1
    if plight is Condition.NOT_STARTED:
        return today + rng.randrange(2 * DAY, 30 * DAY), 1
    if plight is Condition.EXPIRED:
        return add_months(today - rng.randrange(2 * DAY, 12 * DAY), -months), 1
    passed = int(months * _MEAN_MONTH * rng.uniform(0.03, 0.95))
    if plight is Condition.TRIAL:
        return today - passed, 1
    renewals = rng.randrange(4) if months < 12 else rng.randrange(2)
    return add_months(today - passed, -months * renewals), renewals + 1


def _first_term(condition: Condition, start: int, months: int, today: int, rng: Random) -> Term:
    created = start - 90
    if condition is Condition.NOT_STARTED:
        created = today - rng.randrange(HOUR, 3 * DAY)
    return Term(
        order_type=_first_order_type(condition),
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
        return [
            Term(
                order_type=OrderType.CHANGE,
                months=last.months,
                start=start,
                end=last.end,
                created=start - 60,
                only_first=True,
            )
        ]
    return []


def _after_renewal(condition: Condition, last: Term, ahead: Term, today: int) -> list[Term]:
    """Return the terms after a renewal before expiry: an unpaid renewal, a change, or an attached resource."""
    since = ahead.created + (today - ahead.created) // 2
    if condition is Condition.UNPAID:
        start = ahead.end + 1
        end = term_end(start, last.months)
        return [
            Term(
                order_type=OrderType.RENEWAL,
                months=last.months,
                start=start,
                end=end,
                created=since,
                status=OrderStatus.UNPAID,
            )
        ]
    if condition is Condition.SPEC_CHANGED_AFTER_RENEWAL:
        return [
            Term(
                order_type=OrderType.CHANGE,
                months=last.months,
                start=since,
                end=last.end,
                created=since,
                only_first=True,
            )
        ]
    if condition is Condition.ATTACHED_AFTER_RENEWAL:
        end = ahead.end
        return [Term(order_type=OrderType.NEW, months=last.months, start=since, end=end, created=since, only_last=True)]
    return []
