"""Refund estimates from the amounts actually paid.

Source: Huawei Cloud's pages on unsubscription fees (2025). Each order is calculated separately: refund = paid -
consumed - handling fee, at least zero; consumed = paid x used time / time of the order; the fee is a share of the
paid amount. Periods that have not begun are refunded in full. Coupons are lost only for a period in use.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto

from unsub_tui.domain.coupons import COUPONS_NOT_READ, OrderCoupons, returned_coupons
from unsub_tui.domain.durations import Counting, usage, whole_months, years_begun
from unsub_tui.domain.fact import Fact, FactCode, Statement, fact
from unsub_tui.domain.fee_history import FeeHistory
from unsub_tui.domain.money import FIGURES, Amounts
from unsub_tui.domain.paid_periods import MAX_TERM_GAP, coverage_gaps, is_paid_with_parent, without_refunded
from unsub_tui.domain.quote import PAID_BILL_TYPES, TERM_BILL_TYPES, BillType, Payment, Quote, UnsubscriptionKind
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.rules import ExclusionRule, SiteRules

ZERO = Decimal(0)
QUOTA_USE_UNKNOWN = fact("quota_use_unknown")


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
    missing: tuple[Statement, ...] = ()
    """Bills and orders that could not be read."""
    notes: tuple[Statement, ...] = ()
    coupons: Mapping[str, OrderCoupons] = field(default_factory=dict)
    """The coupons of the orders that were read, by order id."""


@dataclass(frozen=True, slots=True)
class _LineEstimate:
    """The figures of one payment in the quote of its item."""

    amounts: Amounts
    rule: Fact | None
    """The applied rule; None if no rule could be applied."""
    missing: Fact | None = None
    """The data missing for the unknown figures."""
    bounds: tuple[Decimal, Decimal] | None = None
    """Lowest and highest possible refund, if only these are known."""

    @property
    def refund_bounds(self) -> tuple[Decimal, Decimal] | None:
        """Lowest and highest possible refund, both the refund if it is known; None if nothing is known."""
        refund = self.amounts.refund
        return self.bounds if refund is None else (refund, refund)


def estimate(resources: Sequence[Resource], payments: Sequence[Payment], inputs: EstimateInputs) -> Quote:
    """Return the quote of one item.

    `resources` are the primary resource followed by the attached ones, `payments` all their bill rows.
    """
    main, now = resources[0], inputs.now
    kind = unsubscription_kind(main, inputs.rules, now, inputs.quota)
    own = _by_resource(resources, payments)
    included = _paid_with_parents(resources, own, now)
    gaps = [
        gap
        for each in resources
        if each.id not in included
        for gap in coverage_gaps(each, own[each.id], now, is_debt_paid=inputs.rules.counts_debt_as_paid)
    ]
    if included:
        note = fact("paid_with_parent", ids=", ".join(included))
        inputs = replace(inputs, notes=(*inputs.notes, note))
    bought = [row for rows in own.values() for row in rows if row.bill_type in PAID_BILL_TYPES]
    by_id = {each.id: each for each in resources}
    current = [row for row in bought if _is_current(row, by_id[row.resource_id], now)]
    notes = [*inputs.notes, *_tax_notes(payments, by_id, current), *_payment_notes(current, inputs.rules)]
    inputs = replace(inputs, notes=tuple(notes))
    empty_quote = _empty_quote(kind, bought, own[main.id], gaps, inputs)
    if empty_quote.missing:
        return empty_quote
    kinds = _kinds_by_resource(resources, kind, inputs)
    lines = [_estimate_line(row, kinds[row.resource_id], current, inputs) for row in current]
    quote = _sum_line_estimates(empty_quote, lines)
    quote = replace(quote, renewal_refund=_renewal_refund(current, kind, now))
    doubt = None if kind is UnsubscriptionKind.INACTIVE else inputs.rules.find_refund_doubt(main)
    if doubt is not None:
        return _without_refund(quote, main, doubt)
    unused = [row for row, line in zip(current, lines, strict=True) if line.amounts.coupon_lost == 0]
    return _with_returned_coupons(quote, unused, inputs)


def between_parts(without: Quote, with_parts: Quote, part_ids: Sequence[str]) -> Quote:
    """Return the quote of an item whose bill names parts that are not attached to it: bounds of the refund.

    Such a part may be gone, or a part that the list of resources does not show.
    """
    names, currency = ", ".join(part_ids), without.amounts.currency
    refunds = [each.amounts.refund for each in (without, with_parts)]
    known = sorted(each for each in refunds if each is not None)
    reason, bounds = fact("part_not_listed", ids=names), None
    if len(known) == len(refunds):
        low, high = bounds = known[0], known[-1]
        reason = fact("refund_between_parts", part=reason, low=f"{low:.2f}", high=f"{high:.2f}", currency=currency)
    return replace(
        without,
        amounts=Amounts(currency=currency),
        rules=(),
        missing=(*without.missing, reason),
        refund_bounds=bounds,
    )


def estimate_renewal(
    resources: Sequence[Resource], renewal_payments: Sequence[Payment], inputs: EstimateInputs
) -> Quote:
    """Return the quote for unsubscribing from these renewal periods only: a full refund, no coupon lost."""
    own = _by_resource(resources, renewal_payments)
    is_debt_paid = inputs.rules.counts_debt_as_paid
    gaps = [gap for each in resources for gap in _renewal_gaps(each, own[each.id], is_debt_paid=is_debt_paid)]
    kind = UnsubscriptionKind.RENEWAL_ONLY
    inputs = replace(inputs, notes=(*inputs.notes, *_payment_notes(renewal_payments, inputs.rules)))
    empty_quote = _empty_quote(kind, renewal_payments, own[resources[0].id], gaps, inputs)
    if empty_quote.missing:
        return empty_quote
    rule = fact("renewal_not_begun")
    quote = _sum_line_estimates(empty_quote, [_full_refund_line(row, rule) for row in renewal_payments])
    return _with_returned_coupons(quote, renewal_payments, inputs)


def unsubscription_kind(
    main: Resource, rules: SiteRules, now: datetime, quota: QuotaState = QuotaState.UNSURE
) -> UnsubscriptionKind:
    """Return the kind of unsubscription that applies to `main`."""
    if not main.is_effective(now):
        return UnsubscriptionKind.INACTIVE
    if quota is not QuotaState.USED_UP and is_in_refund_window(main, rules, now):
        return UnsubscriptionKind.FIVE_DAY
    return UnsubscriptionKind.IN_USE


def _kinds_by_resource(
    resources: Sequence[Resource], kind: UnsubscriptionKind, inputs: EstimateInputs
) -> dict[str, UnsubscriptionKind]:
    """Return the kind of each resource of an item. Other primary resources can be of another kind than the first."""
    kinds = {resources[0].id: kind}
    for each in resources[1:]:
        own = unsubscription_kind(each, inputs.rules, inputs.now, inputs.quota)
        kinds[each.id] = own if each.is_main_resource else kinds.get(each.parent_resource_id.raw, kind)
    return kinds


def is_in_refund_window(main: Resource, rules: SiteRules, now: datetime) -> bool:
    """Return whether the site's full-refund window is still open for `main`."""
    return refund_window_end(main, rules, now) is not None


def refund_window_end(main: Resource, rules: SiteRules, now: datetime) -> datetime | None:
    """Return when the site's full-refund window closes for `main`, or None if it is not open."""
    if rules.full_refund is None or main.effective_time is None:
        return None
    end = main.effective_time + rules.full_refund.window
    return end if main.effective_time <= now <= end else None


def _by_resource(resources: Sequence[Resource], payments: Sequence[Payment]) -> dict[str, list[Payment]]:
    return {each.id: without_refunded([row for row in payments if row.resource_id == each.id]) for each in resources}


def _paid_with_parents(resources: Sequence[Resource], own: Mapping[str, Sequence[Payment]], now: datetime) -> list[str]:
    """Return the attached resources without bill rows that the rows of their parents also paid for."""
    by_id, main = {each.id: each for each in resources}, resources[0]
    parents = {each.id: by_id.get(each.parent_resource_id.raw, main) for each in resources[1:]}
    return [
        key for key, parent in parents.items() if is_paid_with_parent(by_id[key], own[key], parent, own[parent.id], now)
    ]


def _tax_notes(payments: Sequence[Payment], ids: Container[str], current: Sequence[Payment]) -> Iterator[Fact]:
    """Yield what was billed as tax on the `current` payments: no page says how much of it is refunded.

    The figures leave it out. A row of tax can name the resource or only the order.
    """
    orders = {row.order_id for row in current}
    taxes = [row for row in payments if row.bill_type is BillType.TAX and row.order_id in orders]
    codes: dict[FactCode, list[Payment]] = {
        "tax_left_out": [row for row in taxes if row.resource_id in ids],
        "tax_of_order_left_out": [row for row in taxes if not row.resource_id],
    }
    for code, rows in codes.items():
        if rows:
            billed = _sum_known([row.payable if row.is_amount_known else None for row in rows])
            yield fact(code, amount=None if billed is None else f"{billed:.2f}", currency=rows[0].currency)


def _payment_notes(current: Sequence[Payment], rules: SiteRules) -> Iterator[Fact]:
    """Yield notes on how the payments for periods that are not over were made, and by whom."""
    if payers := dict.fromkeys(row.payer_id for row in current if row.payer_id):
        yield fact("paid_by_other_account", ids=", ".join(payers))
    if cards := sum((row.cards for row in current), ZERO):
        yield fact("paid_with_cards", amount=f"{cards:.2f}", currency=current[0].currency)
    if orders := dict.fromkeys(row.order_id for row in current if row.paid and not row.is_billed):
        yield fact("paid_by_order", ids=", ".join(orders))
    debt = sum((row.debt for row in current), ZERO)
    if debt and rules.counts_debt_as_paid:
        yield fact("debt_counts_as_paid", amount=f"{debt:.2f}", currency=current[0].currency)


def _empty_quote(
    kind: UnsubscriptionKind,
    bought: Sequence[Payment],
    main_payments: Sequence[Payment],
    gaps: Sequence[Fact],
    inputs: EstimateInputs,
) -> Quote:
    """Return the quote without figures, with the data missing for them: `gaps`, and what could not be read."""
    several = [fact("several_currencies")] if len({row.currency for row in bought}) > 1 else []
    return Quote(
        kind=kind,
        amounts=Amounts(currency=next((row.currency for row in bought if row.currency), inputs.rules.currency)),
        missing=tuple(dict.fromkeys([*inputs.missing, *gaps, *several])),
        as_of=inputs.now,
        order_ids=tuple(dict.fromkeys(row.order_id for row in bought if row.order_id)),
        notes=inputs.notes,
        last_term_months=_last_term_months(main_payments),
    )


def _sum_line_estimates(empty_quote: Quote, lines: Sequence[_LineEstimate]) -> Quote:
    """Return the quote with the sums of the line estimates; a sum with an unknown part is unknown."""
    figures = {name: _sum_known([getattr(line.amounts, name) for line in lines]) for name in FIGURES}
    # The rule of a line without money explains no figure.
    rules = tuple(dict.fromkeys(line.rule for line in lines if line.rule and (line.amounts.paid or line.missing)))
    missing = tuple(dict.fromkeys(line.missing for line in lines if line.missing))
    return replace(
        empty_quote,
        amounts=Amounts(currency=empty_quote.amounts.currency, **figures),
        refund_bounds=_sum_bounds(lines) if figures["refund"] is None else None,
        rules=rules or (() if missing else (fact("nothing_paid"),)),
        missing=missing,
    )


def _sum_bounds(lines: Sequence[_LineEstimate]) -> tuple[Decimal, Decimal] | None:
    """Return the sums of the lowest and of the highest refunds; None if those of a line are unknown."""
    known = [line.refund_bounds for line in lines if line.refund_bounds is not None]
    if not lines or len(known) < len(lines):
        return None
    return sum((low for low, _high in known), ZERO), sum((high for _low, high in known), ZERO)


def _with_returned_coupons(quote: Quote, unused: Sequence[Payment], inputs: EstimateInputs) -> Quote:
    """Return the quote with a note on the coupons of these payments, which are returned with a full refund."""
    amounts = {row.order_id: row.coupon for row in unused if row.coupon}
    if not amounts:
        return quote
    amount = sum((row.coupon for row in unused), ZERO)
    found = [inputs.coupons.get(order_id, COUPONS_NOT_READ) for order_id in amounts]
    note = returned_coupons(amount, quote.amounts.currency, found, inputs.now)
    return replace(quote, notes=(*quote.notes, note), coupon_order_ids=tuple(amounts))


def _without_refund(quote: Quote, main: Resource, doubt: ExclusionRule) -> Quote:
    """Return the quote of a product that may not be refunded at all: only the paid amount is known."""
    amounts = Amounts(currency=quote.amounts.currency, paid=quote.amounts.paid)
    reason = fact("may_be_package", type=main.resource_type_code.raw, origin=doubt.origin.label)
    return replace(quote, amounts=amounts, rules=(), missing=(*quote.missing, reason), refund_bounds=None)


def _renewal_refund(current: Sequence[Payment], kind: UnsubscriptionKind, now: datetime) -> Decimal | None:
    """Return the refund for unsubscribing from renewal periods only; None if there are none, or if it is unknown."""
    renewals = [row for row in current if _begins_after(row, now)]
    if not renewals or kind is UnsubscriptionKind.INACTIVE:  # without a period in use, nothing would stay
        return None
    return _sum_known([row.paid if row.is_amount_known else None for row in renewals])


def _renewal_gaps(resource: Resource, own: Sequence[Payment], *, is_debt_paid: bool) -> list[Fact]:
    """Return the payment data missing for the coming periods of a resource, of which `own` are the payments."""
    unknown_amounts = dict.fromkeys(row.missing_amount for row in own if row.missing_amount is not None)
    if unknown_amounts:
        return list(unknown_amounts)
    starts = [row.term_start for row in own if row.term_start is not None]
    return coverage_gaps(resource, own, min(starts), is_debt_paid=is_debt_paid) if starts else []


def _estimate_line(
    payment: Payment, kind: UnsubscriptionKind, current: Sequence[Payment], inputs: EstimateInputs
) -> _LineEstimate:
    """Return the estimate of one of the `current` payments, whose periods are not over."""
    is_unused = kind is UnsubscriptionKind.INACTIVE or _begins_after(payment, inputs.now)
    if not payment.is_amount_known:
        coupon_lost = ZERO if is_unused else _coupon_lost(payment, kind)  # full refund, so no coupon is lost
        unknown = Amounts(currency=payment.currency, coupon_lost=coupon_lost)
        return _LineEstimate(unknown, None, payment.missing_amount)
    if kind is UnsubscriptionKind.FIVE_DAY:
        return _estimate_in_refund_window(payment, inputs)
    if is_unused:
        return _full_refund_line(payment, fact("not_begun"))
    return _estimate_in_use(payment, _possible_terms(payment, current), inputs)


def _coupon_lost(payment: Payment, kind: UnsubscriptionKind) -> Decimal | None:
    """Return the coupon lost with a period in use whose amount is unknown, or None if the coupon is unknown too."""
    is_unknown = kind is UnsubscriptionKind.FIVE_DAY or "coupon_amount" in payment.out_of_range
    return None if is_unknown else payment.coupon


def _estimate_in_refund_window(payment: Payment, inputs: EstimateInputs) -> _LineEstimate:
    """Return the estimate of a payment within the site's full-refund window."""
    if inputs.quota is QuotaState.LEFT:
        rule = fact("full_refund_quota", site=inputs.rules.site, quota=inputs.quota_use)
        return _full_refund_line(payment, rule)
    return _LineEstimate(
        Amounts(currency=payment.currency, paid=payment.paid),
        fact("full_refund", site=inputs.rules.site),
        fact("full_refund_left_unknown", quota=inputs.quota_use),
    )


def _full_refund_line(payment: Payment, rule: Fact) -> _LineEstimate:
    paid = payment.paid
    zeros = {"consumed": ZERO, "handling_fee": ZERO, "coupon_lost": ZERO}
    return _LineEstimate(Amounts(currency=payment.currency, paid=paid, refund=paid, **zeros), rule)


def _estimate_in_use(payment: Payment, terms: Sequence[int], inputs: EstimateInputs) -> _LineEstimate:
    """Return the estimate of a payment for a period in use, bought as one of these `terms` in months."""
    start, end, paid = payment.term_start, payment.term_end, payment.paid
    if start is None or end is None:  # not reached: such a payment is a coverage gap
        raise ValueError("a payment without a period has no share")
    is_hours = inputs.rules.counting is Counting.HOURS
    counting_code: FactCode = "counting_hours" if is_hours else "counting_days"
    counting = fact(counting_code, origin=inputs.rules.counting_origin.label)
    amounts = Amounts(currency=payment.currency, paid=paid, coupon_lost=payment.coupon)
    if paid <= 0:
        return _LineEstimate(replace(amounts, consumed=ZERO, handling_fee=ZERO, refund=ZERO), counting)
    time = usage(inputs.rules.counting, start, end, inputs.now)
    consumed = paid * time.used / time.total if time.total else paid
    rates, reason = _fee_rates_of_terms(inputs, terms, years_begun(start, inputs.now))
    if rates is None:
        return _LineEstimate(replace(amounts, consumed=consumed), counting, reason)
    left = paid - consumed
    fee, highest = (min(paid * rate, left) for rate in rates)  # refunds are never negative
    if fee != highest:
        between = fact("fee_between", fee=reason, low=f"{fee:.2f}", high=f"{highest:.2f}", currency=payment.currency)
        return _LineEstimate(replace(amounts, consumed=consumed), counting, between, (left - highest, left - fee))
    rule = fact("fee_and_counting", fee=reason, counting=counting)
    return _LineEstimate(replace(amounts, consumed=consumed, handling_fee=fee, refund=left - fee), rule)


def _fee_rates_of_terms(
    inputs: EstimateInputs, terms: Sequence[int], years_used: int
) -> tuple[tuple[Decimal, Decimal] | None, Fact]:
    """Return `_fee_rates` for a term that is one of several."""
    found = [_fee_rates(inputs, months, years_used) for months in terms]
    known = [rates for rates, _ in found if rates is not None]
    reasons = list(dict.fromkeys(reason for _, reason in found))
    if len(known) < len(found):
        return None, next(reason for rates, reason in found if rates is None)
    bounds = (min(low for low, _ in known), max(high for _, high in known))
    return bounds, reasons[0] if len(reasons) == 1 else fact("fee_of_either", first=reasons[0], second=reasons[-1])


def _fee_rates(inputs: EstimateInputs, months: int, years_used: int) -> tuple[tuple[Decimal, Decimal] | None, Fact]:
    """Return the lowest and highest possible fee as shares of the paid amount with their rule, or the missing data."""
    if inputs.rules.fee_waiver is not None:
        return (ZERO, ZERO), inputs.rules.fee_waiver.label
    table = inputs.rules.fee
    if table is not None and (rate := table.rate(months, years_used)) is not None:
        return (rate, rate), table.label
    # The account's own past orders fill the gaps of the published table.
    observed = inputs.fee_history.find(months, years_used)
    if observed is not None:
        return (observed.rate, observed.rate), observed.label
    term = fact("term", count=months, year=years_used)
    if table is None:
        return None, fact("fee_unknown", term=term, site=inputs.rules.site, page=inputs.rules.fee_page)
    rows = table.neighbors(months)
    if rows is None:
        return None, fact("fee_not_in_table", term=term)
    low, high = sorted(table.row_rate(row, years_used) for row in rows)
    return (low, high), fact("fee_between_rows", table=table.label, term=term, shorter=rows[0], longer=rows[1])


def _possible_terms(payment: Payment, current: Sequence[Payment]) -> list[int]:
    """Return the purchased term in months; several if the bill leaves it open.

    A change of specification has the term of the periods that it changes. A part that was added to a combined service
    has the term of the whole.
    """
    if payment.bill_type is BillType.CHANGE:
        changed = [other for other in current if other.bill_type in TERM_BILL_TYPES and _overlap(payment, other)]
        own = [other for other in changed if other.resource_id == payment.resource_id]
        terms = {months for other in own or changed for months in _possible_terms(other, current)}
        if terms:
            return sorted(terms)
    dated = whole_months(payment.term_start, payment.term_end) if payment.term_start and payment.term_end else 0
    stated = dated if payment.period_months is None else payment.period_months
    # Terms aligned to the expiry of others are up to a month shorter than sold; more is a contradiction.
    return [stated] if abs(stated - dated) <= 1 else sorted((stated, dated))


def _overlap(one: Payment, other: Payment) -> bool:
    """Return whether the periods of two payments overlap by more than what consecutive ones do."""
    if one.term_start is None or one.term_end is None or other.term_start is None or other.term_end is None:
        return False
    return min(one.term_end, other.term_end) - max(one.term_start, other.term_start) > MAX_TERM_GAP


def _is_current(payment: Payment, resource: Resource, now: datetime) -> bool:
    """Return whether a payment's period is neither over nor refunded (a refunded one starts after the expiry)."""
    if payment.term_end is None or payment.term_start is None or payment.term_end <= now:
        return False
    return resource.expire_time is None or payment.term_start < resource.expire_time


def _begins_after(payment: Payment, now: datetime) -> bool:
    return payment.term_start is not None and payment.term_start > now


def _last_term_months(payments: Sequence[Payment]) -> int | None:
    """Return the length in months of the latest purchased period, or None if unknown."""
    terms = [
        (payment.term_end, payment.period_months)
        for payment in payments
        if payment.term_end is not None and payment.period_months and payment.bill_type is not BillType.CHANGE
    ]
    return max(terms)[1] if terms else None


def _sum_known(figures: Sequence[Decimal | None]) -> Decimal | None:
    """Return the sum, or None if a figure is unknown."""
    known = [figure for figure in figures if figure is not None]
    return sum(known, ZERO) if len(known) == len(figures) else None
