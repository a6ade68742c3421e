"""The estimate of a refund, from what was really paid.

Source: the vendor's pages on fees for unsubscribing (2025): each order for itself; refund = paid - consumed -
handling fee, never below zero; consumed = paid x used hours / hours of the order, both cut to the full hour,
an expiry of 23:59:59 counting as the next midnight; the fee is a share of the paid amount. Periods that have
not begun come back in full. Coupons are lost only with a period in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from unsub_tui.domain.money import FIGURES, Amounts, Source
from unsub_tui.domain.quote import BillType, Kind, Payment, Quote, unknown_quote
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.rules import SiteRules

FIVE_DAYS = timedelta(hours=5 * 24)
"""The window of the unconditional refund: hours from provisioning, not calendar days."""

GAP = timedelta(hours=1)
"""Two periods that are at most this far apart follow each other."""

ZERO = Decimal(0)

_QUOTA_UNKNOWN = "whether one of this year's 10 five-day refunds is left: if so all comes back, else a fee is kept"
"""The service tells the quota nowhere but on its console."""


@dataclass(frozen=True, slots=True)
class _Share:
    """What one payment contributes to the quote of its item; None where a figure is not known."""

    paid: Decimal
    consumed: Decimal | None
    fee: Decimal | None
    refund: Decimal | None
    coupon_lost: Decimal | None
    missing: str = ""


def estimate(
    resources: Sequence[Resource],
    payments: Sequence[Payment],
    rules: SiteRules,
    now: datetime,
    missing: Sequence[str] = (),
) -> Quote:
    """Return the quote of one item: its main resource first, then the attached ones.

    `payments` are all bill rows of these resources; `missing` names bills that could not be read.
    """
    main = resources[0]
    kind = kind_of(main, rules, now)
    lacking = [*missing, *(gap for each in resources for gap in _gaps(each, payments, now))]
    if lacking:
        return _unknown(kind, rules.currency, lacking, now, payments)
    current = [payment for payment in payments if payment.term_end is not None and payment.term_end > now]
    shares = [_share(payment, kind, rules, now) for payment in current]
    lacking = sorted({share.missing for share in shares if share.missing})
    amounts = Amounts(
        currency=rules.currency,
        paid=sum((share.paid for share in shares), ZERO),
        consumed=_sum([share.consumed for share in shares]),
        handling_fee=_sum([share.fee for share in shares]),
        refund=_sum([share.refund for share in shares]),
        coupon_lost=_sum([share.coupon_lost for share in shares]),
    )
    return Quote(
        kind=kind,
        amounts=amounts,
        sources={name: _source(getattr(amounts, name)) for name in FIGURES},
        rule=_rule(kind, rules, current, now),
        missing=tuple(lacking),
        as_of=now,
        order_ids=_order_ids(payments),
    )


def kind_of(main: Resource, rules: SiteRules, now: datetime) -> Kind:
    """Return which kind of unsubscription giving up `main` would be."""
    if not main.is_effective(now):
        return Kind.INACTIVE
    fresh = main.effective_time is not None and now - main.effective_time <= FIVE_DAYS
    return Kind.FIVE_DAY if rules.five_day_refund and fresh else Kind.IN_USE


def hours_of(start: datetime, end: datetime) -> tuple[datetime, int]:
    """Return the full hour in which an order begins, and its whole hours up to its end."""
    first = full_hour(start)
    return first, _hours(full_hour(end + timedelta(seconds=1)) - first)


def full_hour(moment: datetime) -> datetime:
    """Return the full hour at or before `moment`."""
    return moment.replace(minute=0, second=0, microsecond=0)


def years_begun(start: datetime, now: datetime) -> int:
    """Return how many years of use have begun at `now`: exactly one year still counts as one."""
    years = 1
    while _years_after(start, years) < now:
        years += 1
    return years


def _share(payment: Payment, kind: Kind, rules: SiteRules, now: datetime) -> _Share:
    """Return what one payment whose period is not over contributes."""
    if payment.term_start is None or payment.term_end is None:  # _gaps has refused such a payment
        raise ValueError("a payment without a period has no share")
    if kind is Kind.FIVE_DAY:
        return _Share(payment.paid, None, None, None, None, _QUOTA_UNKNOWN)
    if kind is not Kind.IN_USE or payment.term_start > now:
        return _Share(paid=payment.paid, consumed=ZERO, fee=ZERO, refund=payment.paid, coupon_lost=ZERO)
    first, total = hours_of(payment.term_start, payment.term_end)
    used = min(_hours(full_hour(now) - first), total)
    consumed = payment.paid * used / total if total else payment.paid
    if payment.paid <= 0:
        return _Share(paid=payment.paid, consumed=ZERO, fee=ZERO, refund=ZERO, coupon_lost=payment.coupon)
    rate = _rate(payment, rules, first, full_hour(now))
    if rate is None:
        why = "the handling fee: " + (
            "no rate for this term" if rules.fee else f"the {rules.site} site publishes no table"
        )
        return _Share(payment.paid, consumed, None, None, payment.coupon, why)
    left = payment.paid - consumed
    fee = min(
        payment.paid * rate, left
    )  # a fee above what is left would be a debt, and there is none: refunds end at 0
    return _Share(payment.paid, consumed, fee, left - fee, payment.coupon)


def _rate(payment: Payment, rules: SiteRules, first: datetime, now: datetime) -> Decimal | None:
    if rules.fee is None or payment.period_months is None:
        return None
    return rules.fee.rate(payment.period_months, years_begun(first, now))


def _gaps(resource: Resource, payments: Sequence[Payment], now: datetime) -> list[str]:
    """Return what is missing to know all that was paid for the periods of `resource` that are not over."""
    own = [payment for payment in payments if payment.resource_id == resource.id]
    if resource.expire_time is None or resource.expire_time <= now:
        return []
    if any(payment.bill_type is BillType.CHANGE for payment in own):
        return ["a rule for changes of specification"]
    if any(payment.term_start is None or payment.term_end is None for payment in own):
        return ["the period that a bill row bought"]
    terms = sorted((payment.term_start, payment.term_end) for payment in own if payment.term_start and payment.term_end)
    reached = max(now, resource.effective_time or now)
    for start, end in terms:
        if start <= reached + GAP:
            reached = max(reached, end)
    covered = reached + GAP >= resource.expire_time
    return [] if covered else [f"a bill for the period that ends {resource.expire_time:%Y-%m-%d}"]


def _unknown(kind: Kind, currency: str, missing: Sequence[str], now: datetime, payments: Sequence[Payment]) -> Quote:
    quote = unknown_quote(kind, currency, "", now)
    return Quote(
        kind=quote.kind,
        amounts=quote.amounts,
        missing=tuple(dict.fromkeys(missing)),
        as_of=now,
        order_ids=_order_ids(payments),
    )


def _rule(kind: Kind, rules: SiteRules, current: Sequence[Payment], now: datetime) -> str:
    """Return the name of the rule behind the figures."""
    if kind is Kind.FIVE_DAY:
        return f"{rules.site} five-day refund"
    if not any(payment.paid > 0 for payment in current):
        return "nothing was paid in money"
    if kind is not Kind.IN_USE or all(payment.term_start and payment.term_start > now for payment in current):
        return "not begun: full refund"
    hours = "whole hours 2025"
    return f"{rules.fee.label}, {hours}" if rules.fee else hours


def _order_ids(payments: Sequence[Payment]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(payment.order_id for payment in payments if payment.order_id))


def _sum(figures: Sequence[Decimal | None]) -> Decimal | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known, ZERO) if len(known) == len(figures) else None


def _source(figure: Decimal | None) -> Source:
    return Source.UNKNOWN if figure is None else Source.ESTIMATE


def _hours(span: timedelta) -> int:
    return max(0, span // timedelta(hours=1))


def _years_after(start: datetime, years: int) -> datetime:
    try:
        return start.replace(year=start.year + years)
    except ValueError:  # 29 February
        return start.replace(year=start.year + years, day=28)
