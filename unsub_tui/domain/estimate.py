"""The estimate of a refund, from what was really paid.

Source: the vendor's pages on fees for unsubscribing (2025): each order for itself; refund = paid - consumed -
handling fee, never below zero; consumed = paid x used time / time of the order; the fee is a share of the paid amount.
Periods that have not begun come back in full. Coupons are lost only with a period in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto

from unsub_tui.domain.coverage import gaps
from unsub_tui.domain.durations import Counting, usage, whole_months, years_begun
from unsub_tui.domain.lessons import Lessons
from unsub_tui.domain.money import FIGURES, Amounts, Source
from unsub_tui.domain.quote import PAID, BillType, Kind, Payment, Quote
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.domain.rules import FeeTable, SiteRules

ZERO = Decimal(0)


class Quota(Enum):
    """Whether one of the year's full refunds is left for an item."""

    LEFT = auto()
    USED_UP = auto()
    UNSURE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What an estimate rests on besides the payments."""

    rules: SiteRules
    now: datetime
    lessons: Lessons = field(default_factory=Lessons)
    quota: Quota = Quota.UNSURE
    quota_text: str = "how many of this year's full refunds were used"
    """What is known of the quota, as a noun phrase."""
    missing: tuple[str, ...] = ()
    """Bills and orders that could not be read."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Share:
    """What one payment contributes to the quote of its item; None where a figure is not known."""

    paid: Decimal | None
    consumed: Decimal | None
    fee: Decimal | None
    refund: Decimal | None
    coupon_lost: Decimal | None
    rule: str
    missing: str = ""


def estimate(resources: Sequence[Resource], payments: Sequence[Payment], basis: Basis) -> Quote:
    """Return the quote of one item: its main resource first, then the attached ones.

    `payments` are all bill rows of these resources.
    """
    main, now = resources[0], basis.now
    kind = kind_of(main, basis)
    own = {each.id: [payment for payment in payments if payment.resource_id == each.id] for each in resources}
    payments = [payment for each in resources for payment in own[each.id]]
    lacking = [*basis.missing, *(gap for each in resources for gap in gaps(each, own[each.id], now))]
    bought = [payment for payment in payments if payment.bill_type in PAID]
    blank = Quote(
        kind=kind,
        amounts=Amounts(currency=_currency(bought, basis.rules)),
        as_of=now,
        order_ids=tuple(dict.fromkeys(payment.order_id for payment in bought if payment.order_id)),
        notes=basis.notes,
        last_term_months=_last_term(own[main.id]),
    )
    if len({payment.currency for payment in bought}) > 1:
        lacking.append("one currency: the payments are in several")
    if lacking:
        return replace(blank, missing=tuple(dict.fromkeys(lacking)))
    current = [payment for payment in bought if _is_current(payment, resources, now)]
    return _summed(blank, [_share(payment, kind, basis, _months_of(payment, current)) for payment in current], current)


def _summed(blank: Quote, shares: Sequence[_Share], current: Sequence[Payment]) -> Quote:
    """Return the quote whose figures are the sums of its payments' shares."""
    amounts = Amounts(
        currency=blank.amounts.currency,
        paid=_sum([share.paid for share in shares]),
        consumed=_sum([share.consumed for share in shares]),
        handling_fee=_sum([share.fee for share in shares]),
        refund=_sum([share.refund for share in shares]),
        coupon_lost=_sum([share.coupon_lost for share in shares]),
    )
    rules = list(dict.fromkeys(share.rule for share in shares if share.rule and (share.paid or share.missing)))
    missing = tuple(dict.fromkeys(share.missing for share in shares if share.missing))
    ahead = [payment.paid if payment.is_amount_known else None for payment in current if _is_ahead(payment, blank)]
    return replace(
        blank,
        amounts=amounts,
        sources={name: _source(getattr(amounts, name)) for name in FIGURES},
        rule="; ".join(rules) or ("" if missing else "nothing was paid in money"),
        missing=missing,
        renewal_refund=_sum(ahead) if ahead and blank.kind is not Kind.INACTIVE else None,
    )


def estimate_renewal(resources: Sequence[Resource], periods: Sequence[Payment], basis: Basis) -> Quote:
    """Return the quote of giving up only these renewed periods: all that was paid for them, and every coupon."""
    blank = Quote(
        kind=Kind.RENEWAL_ONLY,
        amounts=Amounts(currency=_currency(periods, basis.rules)),
        as_of=basis.now,
        order_ids=tuple(dict.fromkeys(each.order_id for each in periods if each.order_id)),
        notes=basis.notes,
        last_term_months=_last_term([each for each in periods if each.resource_id == resources[0].id]),
    )
    lacking = [*basis.missing, *(gap for each in resources for gap in _gaps_ahead(each, periods))]
    if len({each.currency for each in periods}) > 1:
        lacking.append("one currency: the payments are in several")
    if lacking:
        return replace(blank, missing=tuple(dict.fromkeys(lacking)))
    return _summed(blank, [_back_in_full(each, "renewed period not begun: full refund") for each in periods], ())


def _gaps_ahead(resource: Resource, periods: Sequence[Payment]) -> list[str]:
    """Return what is missing to know all that was paid for what is to come of a resource."""
    own = [each for each in periods if each.resource_id == resource.id]
    untold = dict.fromkeys(each.amount_gap for each in own if not each.is_amount_known)
    if untold:
        return list(untold)
    starts = [each.term_start for each in own if each.term_start is not None]
    return gaps(resource, own, min(starts)) if starts else []


def kind_of(main: Resource, basis: Basis) -> Kind:
    """Return which kind of unsubscription giving up `main` would be."""
    if not main.is_effective(basis.now):
        return Kind.INACTIVE
    if basis.quota is not Quota.USED_UP and is_fresh(main, basis.rules, basis.now):
        return Kind.FIVE_DAY
    return Kind.IN_USE


def is_fresh(main: Resource, rules: SiteRules, now: datetime) -> bool:
    """Whether the site's window for a full refund is still open for `main`."""
    if rules.full_refund is None or main.effective_time is None or not main.is_effective(now):
        return False
    return now - main.effective_time <= rules.full_refund.window


def free_until(main: Resource, rules: SiteRules, now: datetime) -> datetime | None:
    """Return when the site's window for a full refund closes for `main`; None where it is not open."""
    is_open = main.is_main_resource and main.status != Status.CLOSED and is_fresh(main, rules, now)
    if rules.full_refund is None or main.effective_time is None or not is_open:
        return None
    return main.effective_time + rules.full_refund.window


def _share(payment: Payment, kind: Kind, basis: Basis, months: int) -> _Share:
    """Return what one payment whose period is not over contributes."""
    start, end = payment.term_start, payment.term_end
    if start is None or end is None:  # such a payment leaves a gap, and is not asked for its share
        raise ValueError("a payment without a period has no share")
    if not payment.is_amount_known:
        coupon = None if "coupon_amount" in payment.unreadable or kind is Kind.FIVE_DAY else payment.coupon
        is_back = kind is Kind.INACTIVE or start > basis.now  # then no coupon is lost
        return _Share(None, None, None, None, ZERO if is_back else coupon, "", payment.amount_gap)
    if kind is Kind.FIVE_DAY:
        return _full_refund(payment, basis)
    if kind is Kind.INACTIVE or start > basis.now:
        return _back_in_full(payment, "not begun: full refund")
    counting = f"whole hours {basis.rules.counting_origin.label}"
    if basis.rules.counting is not Counting.HOURS:
        counting = f"days {basis.rules.counting_origin.label}"
    if payment.paid <= 0:
        return _Share(payment.paid, ZERO, ZERO, ZERO, payment.coupon, counting)
    time = usage(basis.rules.counting, start, end, basis.now)
    consumed = payment.paid * time.used / time.total if time.total else payment.paid
    rate, rule, missing = _rate(basis, months, years_begun(start, basis.now))
    rule = f"{rule}, {counting}" if rule else counting
    if rate is None:
        return _Share(payment.paid, consumed, None, None, payment.coupon, rule, missing)
    left = payment.paid - consumed
    fee = min(payment.paid * rate, left)  # a fee above what is left would be a debt, and refunds end at 0
    return _Share(payment.paid, consumed, fee, left - fee, payment.coupon, rule)


def _full_refund(payment: Payment, basis: Basis) -> _Share:
    """Return the share of a payment within the site's window for full refunds."""
    if basis.quota is Quota.LEFT:
        return _back_in_full(payment, f"{basis.rules.site} full refund within the window, {basis.quota_text}")
    missing = f"whether a full refund is left this year: {basis.quota_text}"
    return _Share(payment.paid, None, None, None, None, f"{basis.rules.site} full refund within the window", missing)


def _back_in_full(payment: Payment, rule: str) -> _Share:
    return _Share(paid=payment.paid, consumed=ZERO, fee=ZERO, refund=payment.paid, coupon_lost=ZERO, rule=rule)


def _rate(basis: Basis, months: int, years_used: int) -> tuple[Decimal | None, str, str]:
    """Return the fee's share of the paid amount, the rule it is from, and what is missing where there is none."""
    table: FeeTable | None = basis.rules.fee
    rate = table.rate(months, years_used) if table is not None and months else None
    if table is not None and rate is not None:
        return rate, table.label, ""
    lesson = basis.lessons.of(months, years_used) if months else None
    if lesson is not None:
        return lesson.rate, lesson.label, ""
    term = f"a term of {months} months in its year {years_used}" if months else "a term of unknown length"
    if table is not None:
        return None, "", f"the handling fee: the table has no rate for {term}"
    site = basis.rules.site
    why = f"the {site} site publishes no table, and no past order of the account shows the rate"
    return None, "", f"the handling fee of {term}: {why}"


def _months_of(payment: Payment, current: Sequence[Payment]) -> int:
    """Return the term that a payment bought, in months; a change belongs to the term that it changed."""
    if payment.bill_type is BillType.CHANGE and payment.term_end is not None:
        for other in current:
            same_end = other.term_end == payment.term_end and other.resource_id == payment.resource_id
            if same_end and other.bill_type is not BillType.CHANGE and other.period_months:
                return other.period_months
    if payment.period_months is not None:
        return payment.period_months
    return whole_months(payment.term_start, payment.term_end) if payment.term_start and payment.term_end else 0


def _is_current(payment: Payment, resources: Sequence[Resource], now: datetime) -> bool:
    """Whether a payment's period is not over, and was not given back before: then it lies behind the expiry."""
    if payment.term_end is None or payment.term_start is None or payment.term_end <= now:
        return False
    resource = next(each for each in resources if each.id == payment.resource_id)
    return resource.expire_time is None or payment.term_start < resource.expire_time


def _is_ahead(payment: Payment, quote: Quote) -> bool:
    return payment.term_start is not None and quote.as_of is not None and payment.term_start > quote.as_of


def _last_term(payments: Sequence[Payment]) -> int | None:
    """Return the length of the newest period that was bought, in months."""
    terms = [
        (payment.term_end, payment.period_months)
        for payment in payments
        if payment.term_end is not None and payment.period_months and payment.bill_type is not BillType.CHANGE
    ]
    return max(terms)[1] if terms else None


def _currency(payments: Sequence[Payment], rules: SiteRules) -> str:
    return next((payment.currency for payment in payments if payment.currency), rules.currency)


def _sum(figures: Sequence[Decimal | None]) -> Decimal | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known, ZERO) if len(known) == len(figures) else None


def _source(figure: Decimal | None) -> Source:
    return Source.UNKNOWN if figure is None else Source.ESTIMATE
