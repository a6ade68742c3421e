"""Refund estimates from the amounts actually paid.

Source: Huawei Cloud's pages on unsubscription fees (2025). Each order is calculated separately: refund = paid -
consumed - handling fee, at least zero; consumed = paid x used time / time of the order; the fee is a share of the
paid amount. Periods that have not begun are refunded in full. Coupons are lost only for a period in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto

from unsub_tui.domain.coverage import coverage_gaps
from unsub_tui.domain.durations import Counting, usage, whole_months, years_begun
from unsub_tui.domain.fact import Fact, FactCode, Statement, fact
from unsub_tui.domain.fee_history import FeeHistory
from unsub_tui.domain.money import FIGURES, Amounts, FigureSource
from unsub_tui.domain.quote import PAID_BILL_TYPES, BillType, Payment, Quote, UnsubscriptionKind
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.domain.rules import FeeTable, SiteRules

ZERO = Decimal(0)
QUOTA_USE_UNKNOWN = fact(FactCode.QUOTA_USE_UNKNOWN)


class QuotaState(Enum):
    """Whether a full refund is left in this year's quota."""

    LEFT = auto()
    USED_UP = auto()
    UNSURE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateInputs:
    """The inputs of an estimate besides the payments."""

    rules: SiteRules
    now: datetime
    fee_history: FeeHistory = field(default_factory=FeeHistory)
    quota: QuotaState = QuotaState.UNSURE
    quota_use: Statement = QUOTA_USE_UNKNOWN
    """The use of the quota."""
    missing: tuple[Statement, ...] = ()
    """Bills and orders that could not be read."""
    notes: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class _LineEstimate:
    """The figures of one payment in the quote of its item; None if a figure is unknown."""

    paid: Decimal | None
    consumed: Decimal | None
    fee: Decimal | None
    refund: Decimal | None
    coupon_lost: Decimal | None
    rule: Fact | None
    missing: Statement | None = None


def estimate(resources: Sequence[Resource], payments: Sequence[Payment], inputs: EstimateInputs) -> Quote:
    """Return the quote of one item.

    `resources` are the primary resource followed by the attached ones, `payments` all their bill rows.
    """
    main, now = resources[0], inputs.now
    kind = unsubscription_kind(main, inputs)
    payments_by_resource = {
        each.id: [payment for payment in payments if payment.resource_id == each.id] for each in resources
    }
    payments = [payment for each in resources for payment in payments_by_resource[each.id]]
    missing: list[Statement] = [
        *inputs.missing,
        *(gap for each in resources for gap in coverage_gaps(each, payments_by_resource[each.id], now)),
    ]
    bought = [payment for payment in payments if payment.bill_type in PAID_BILL_TYPES]
    empty_quote = Quote(
        kind=kind,
        amounts=Amounts(currency=_currency(bought, inputs.rules)),
        as_of=now,
        order_ids=tuple(dict.fromkeys(payment.order_id for payment in bought if payment.order_id)),
        notes=inputs.notes,
        last_term_months=_last_term_months(payments_by_resource[main.id]),
    )
    if len({payment.currency for payment in bought}) > 1:
        missing.append(fact(FactCode.SEVERAL_CURRENCIES))
    if missing:
        return replace(empty_quote, missing=tuple(dict.fromkeys(missing)))
    current = [payment for payment in bought if _is_current(payment, resources, now)]
    return _sum_line_estimates(
        empty_quote,
        [_estimate_line(payment, kind, inputs, _term_months(payment, current)) for payment in current],
        current,
    )


def _sum_line_estimates(
    empty_quote: Quote, line_estimates: Sequence[_LineEstimate], current: Sequence[Payment]
) -> Quote:
    """Return the quote with the sums of the line estimates."""
    amounts = Amounts(
        currency=empty_quote.amounts.currency,
        paid=_sum_known([share.paid for share in line_estimates]),
        consumed=_sum_known([share.consumed for share in line_estimates]),
        handling_fee=_sum_known([share.fee for share in line_estimates]),
        refund=_sum_known([share.refund for share in line_estimates]),
        coupon_lost=_sum_known([share.coupon_lost for share in line_estimates]),
    )
    rules = tuple(dict.fromkeys(share.rule for share in line_estimates if share.rule and (share.paid or share.missing)))
    missing = tuple(dict.fromkeys(share.missing for share in line_estimates if share.missing))
    future_paid = [
        payment.paid if payment.is_amount_known else None for payment in current if _starts_later(payment, empty_quote)
    ]
    return replace(
        empty_quote,
        amounts=amounts,
        sources={name: _figure_source(getattr(amounts, name)) for name in FIGURES},
        rules=rules or (() if missing else (fact(FactCode.NOTHING_PAID),)),
        missing=missing,
        renewal_refund=_sum_known(future_paid)
        if future_paid and empty_quote.kind is not UnsubscriptionKind.INACTIVE
        else None,
    )


def estimate_renewal(
    resources: Sequence[Resource], renewal_payments: Sequence[Payment], inputs: EstimateInputs
) -> Quote:
    """Return the quote for unsubscribing from these renewal periods only: a full refund, no coupon lost."""
    empty_quote = Quote(
        kind=UnsubscriptionKind.RENEWAL_ONLY,
        amounts=Amounts(currency=_currency(renewal_payments, inputs.rules)),
        as_of=inputs.now,
        order_ids=tuple(dict.fromkeys(each.order_id for each in renewal_payments if each.order_id)),
        notes=inputs.notes,
        last_term_months=_last_term_months([each for each in renewal_payments if each.resource_id == resources[0].id]),
    )
    missing: list[Statement] = [
        *inputs.missing,
        *(gap for each in resources for gap in _renewal_gaps(each, renewal_payments)),
    ]
    if len({each.currency for each in renewal_payments}) > 1:
        missing.append(fact(FactCode.SEVERAL_CURRENCIES))
    if missing:
        return replace(empty_quote, missing=tuple(dict.fromkeys(missing)))
    return _sum_line_estimates(
        empty_quote,
        [_full_refund_line(each, fact(FactCode.RENEWAL_NOT_BEGUN)) for each in renewal_payments],
        (),
    )


def _renewal_gaps(resource: Resource, renewal_payments: Sequence[Payment]) -> list[Fact]:
    """Return the payment data missing for the coming periods of a resource."""
    own = [each for each in renewal_payments if each.resource_id == resource.id]
    unknown_amounts = dict.fromkeys(each.missing_amount for each in own if each.missing_amount is not None)
    if unknown_amounts:
        return list(unknown_amounts)
    starts = [each.term_start for each in own if each.term_start is not None]
    return coverage_gaps(resource, own, min(starts)) if starts else []


def unsubscription_kind(main: Resource, inputs: EstimateInputs) -> UnsubscriptionKind:
    """Return the kind of unsubscription that applies to `main`."""
    if not main.is_effective(inputs.now):
        return UnsubscriptionKind.INACTIVE
    if inputs.quota is not QuotaState.USED_UP and is_in_refund_window(main, inputs.rules, inputs.now):
        return UnsubscriptionKind.FIVE_DAY
    return UnsubscriptionKind.IN_USE


def is_in_refund_window(main: Resource, rules: SiteRules, now: datetime) -> bool:
    """Return whether the site's full-refund window is still open for `main`."""
    if rules.full_refund is None or main.effective_time is None or not main.is_effective(now):
        return False
    return now - main.effective_time <= rules.full_refund.window


def refund_window_end(main: Resource, rules: SiteRules, now: datetime) -> datetime | None:
    """Return when the site's full-refund window closes for `main`, or None if it is not open."""
    is_open = main.is_main_resource and main.status != Status.CLOSED and is_in_refund_window(main, rules, now)
    if rules.full_refund is None or main.effective_time is None or not is_open:
        return None
    return main.effective_time + rules.full_refund.window


def _estimate_line(payment: Payment, kind: UnsubscriptionKind, inputs: EstimateInputs, months: int) -> _LineEstimate:
    """Return the estimate of a payment for a period that is not over; raise ValueError if the period is unknown."""
    start, end = payment.term_start, payment.term_end
    if start is None or end is None:  # not reached: such a payment is a coverage gap
        raise ValueError("a payment without a period has no share")
    if not payment.is_amount_known:
        coupon = (
            None if "coupon_amount" in payment.out_of_range or kind is UnsubscriptionKind.FIVE_DAY else payment.coupon
        )
        is_back = kind is UnsubscriptionKind.INACTIVE or start > inputs.now  # full refund, so no coupon is lost
        return _LineEstimate(None, None, None, None, ZERO if is_back else coupon, None, payment.missing_amount)
    if kind is UnsubscriptionKind.FIVE_DAY:
        return _estimate_in_refund_window(payment, inputs)
    if kind is UnsubscriptionKind.INACTIVE or start > inputs.now:
        return _full_refund_line(payment, fact(FactCode.NOT_BEGUN))
    counting_code = FactCode.COUNTING_HOURS if inputs.rules.counting is Counting.HOURS else FactCode.COUNTING_DAYS
    counting = fact(counting_code, origin=inputs.rules.counting_origin.label)
    if payment.paid <= 0:
        return _LineEstimate(payment.paid, ZERO, ZERO, ZERO, payment.coupon, counting)
    time = usage(inputs.rules.counting, start, end, inputs.now)
    consumed = payment.paid * time.used / time.total if time.total else payment.paid
    rate, fee_rule, missing = _fee_rate(inputs, months, years_begun(start, inputs.now))
    rule = fact(FactCode.FEE_AND_COUNTING, fee=fee_rule, counting=counting) if fee_rule else counting
    if rate is None:
        return _LineEstimate(payment.paid, consumed, None, None, payment.coupon, rule, missing)
    left = payment.paid - consumed
    fee = min(payment.paid * rate, left)  # refunds are never negative
    return _LineEstimate(payment.paid, consumed, fee, left - fee, payment.coupon, rule)


def _estimate_in_refund_window(payment: Payment, inputs: EstimateInputs) -> _LineEstimate:
    """Return the estimate of a payment within the site's full-refund window."""
    if inputs.quota is QuotaState.LEFT:
        rule = fact(FactCode.FULL_REFUND_QUOTA, site=inputs.rules.site, quota=inputs.quota_use)
        return _full_refund_line(payment, rule)
    missing = fact(FactCode.FULL_REFUND_LEFT_UNKNOWN, quota=inputs.quota_use)
    rule = fact(FactCode.FULL_REFUND, site=inputs.rules.site)
    return _LineEstimate(payment.paid, None, None, None, None, rule, missing)


def _full_refund_line(payment: Payment, rule: Fact) -> _LineEstimate:
    return _LineEstimate(paid=payment.paid, consumed=ZERO, fee=ZERO, refund=payment.paid, coupon_lost=ZERO, rule=rule)


def _fee_rate(inputs: EstimateInputs, months: int, years_used: int) -> tuple[Decimal | None, Fact | None, Fact | None]:
    """Return the fee as a share of the paid amount, its rule, and the missing data if it is unknown."""
    table: FeeTable | None = inputs.rules.fee
    rate = table.rate(months, years_used) if table is not None and months else None
    if table is not None and rate is not None:
        return rate, table.label, None
    observed = inputs.fee_history.find(months, years_used) if months else None
    if observed is not None:
        return observed.rate, observed.label, None
    term = fact(FactCode.TERM, count=months, year=years_used) if months else fact(FactCode.TERM_UNKNOWN)
    if table is not None:
        return None, None, fact(FactCode.FEE_NOT_IN_TABLE, term=term)
    return None, None, fact(FactCode.FEE_UNKNOWN, term=term, site=inputs.rules.site)


def _term_months(payment: Payment, current: Sequence[Payment]) -> int:
    """Return the purchased term in months; a change of specification has the term of the period that it changes."""
    if payment.bill_type is BillType.CHANGE and payment.term_end is not None:
        for other in current:
            same_end = other.term_end == payment.term_end and other.resource_id == payment.resource_id
            if same_end and other.bill_type is not BillType.CHANGE and other.period_months:
                return other.period_months
    if payment.period_months is not None:
        return payment.period_months
    return whole_months(payment.term_start, payment.term_end) if payment.term_start and payment.term_end else 0


def _is_current(payment: Payment, resources: Sequence[Resource], now: datetime) -> bool:
    """Return whether a payment's period is neither over nor refunded (a refunded one starts after the expiry)."""
    if payment.term_end is None or payment.term_start is None or payment.term_end <= now:
        return False
    resource = next(each for each in resources if each.id == payment.resource_id)
    return resource.expire_time is None or payment.term_start < resource.expire_time


def _starts_later(payment: Payment, quote: Quote) -> bool:
    return payment.term_start is not None and quote.as_of is not None and payment.term_start > quote.as_of


def _last_term_months(payments: Sequence[Payment]) -> int | None:
    """Return the length in months of the latest purchased period, or None if unknown."""
    terms = [
        (payment.term_end, payment.period_months)
        for payment in payments
        if payment.term_end is not None and payment.period_months and payment.bill_type is not BillType.CHANGE
    ]
    return max(terms)[1] if terms else None


def _currency(payments: Sequence[Payment], rules: SiteRules) -> str:
    return next((payment.currency for payment in payments if payment.currency), rules.currency)


def _sum_known(figures: Sequence[Decimal | None]) -> Decimal | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known, ZERO) if len(known) == len(figures) else None


def _figure_source(figure: Decimal | None) -> FigureSource:
    return FigureSource.UNKNOWN if figure is None else FigureSource.ESTIMATE
