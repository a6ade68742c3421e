"""Formats quotes and forecasts of plans: figures with their certainty, rules, totals, cheaper options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from unsub_tui.domain.fact import Fact
from unsub_tui.domain.fee_history import QuotaUse
from unsub_tui.domain.money import FigureSource
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.quote import Quote, UnsubscriptionKind
from unsub_tui.domain.renewal_forecast import CheaperOption, RenewalForecast, cheaper_options
from unsub_tui.domain.run import EstimateAccuracy
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.fact_texts import fact_text, facts_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.money import SOURCE_LABELS, coupon_lost_text, format_money
from unsub_tui.present.time_format import format_date, format_datetime

KIND_LABELS: Mapping[UnsubscriptionKind, str] = {
    UnsubscriptionKind.IN_USE: _("in use: consumed amount and handling fee are not refunded"),
    UnsubscriptionKind.FIVE_DAY: _("bought within the last five days"),
    UnsubscriptionKind.RENEWAL_ONLY: _("only renewal periods that have not begun"),
    UnsubscriptionKind.INACTIVE: _("not begun: full refund"),
    UnsubscriptionKind.BUNDLE: _("a bundle, in one request: consumed amount and handling fee are not refunded"),
}
"""Kinds of unsubscription with their conditions."""


def quote_lines(quote: Quote, *, common_rules: Sequence[Fact] = ()) -> list[str]:
    """Return the figures of a quote and their sources; `common_rules` are omitted because the plan states them once."""
    amounts = quote.amounts
    if amounts.paid is None and amounts.refund is None:
        lines = [_("paid, consumed amount, handling fee and refund unknown")]
        if quote.refund_bounds is not None:
            lines.append(_("refund {refund}").format(refund=_refund_text(quote)))
    else:
        lines = [
            _("paid {paid} - consumed {consumed} - fee {fee} = refund {refund} ({certainty})").format(
                paid=format_money(amounts.paid),
                consumed=format_money(amounts.consumed),
                fee=format_money(amounts.handling_fee),
                refund=_refund_text(quote),
                certainty=SOURCE_LABELS[quote.source],
            )
        ]
    if amounts.coupon_lost:
        lines.append(coupon_lost_text(format_money(amounts.coupon_lost, amounts.currency)))
    if quote.missing:
        lines.append(_("missing: {what}").format(what=facts_text(quote.missing)))
    if quote.rules and quote.rules != common_rules:
        lines.append(_("rule: {rule}").format(rule=facts_text(quote.rules)))
    lines += [_("note: {note}").format(note=fact_text(each)) for each in quote.notes]
    return lines


def _refund_text(quote: Quote) -> str:
    """Return the refund with its currency, or its bounds if only these are known."""
    amounts, bounds = quote.amounts, quote.refund_bounds
    if amounts.refund is not None or bounds is None:
        return format_money(amounts.refund, amounts.currency)
    low, high = bounds
    return _("{low} to {high}").format(low=format_money(low), high=format_money(high, amounts.currency))


def quota_line(quota: QuotaUse) -> str:
    """Return the remaining full refunds within five days this year, as a range if the orders leave it uncertain."""
    least, most = quota.remaining
    left = str(most) if least == most else _("{least} to {most}").format(least=least, most=most)
    return _("full refunds within five days: {left} of {limit} left in {year}, before this plan").format(
        left=left, limit=quota.limit, year=quota.year
    )


def accuracy_line(found: EstimateAccuracy) -> str:
    """Return the accuracy of past estimates."""
    words = (
        _("past estimates: {right} of {count} exact to the cent, largest difference {amount}")
        if found.largest_difference
        else _("past estimates: {right} of {count} exact to the cent")
    )
    return words.format(
        right=found.exact_count,
        count=found.compared_count,
        amount=format_money(found.largest_difference, found.currency),
    )


def most_common_rules(plan: Plan) -> Sequence[Fact]:
    """Return the rules shared by most items, to be stated once; empty if no two items share their rules."""
    counts = Counter(item.quote.rules for item in plan.items if item.quote.rules)
    rules, times = next(iter(counts.most_common(1)), ((), 0))
    return rules if times > 1 else ()  # stated with its item if there is only one


def plan_totals(plan: Plan) -> list[str]:
    """Return one line per currency: sums of known amounts, their certainty, and the number of unknown amounts.

    A reversible plan has no totals.
    """
    quotes = [item.quote for item in plan.items] if plan.action.creates_order else []
    currencies = sorted({each.amounts.currency for each in quotes})
    return [_total(each, [quote for quote in quotes if quote.amounts.currency == each]) for each in currencies]


def payer_lines(plan: Plan) -> list[str]:
    """Return one line if the total contains refunds that go to another account."""
    notes = [each.code for item in plan.items for each in item.quote.notes if isinstance(each, Fact)]
    count = notes.count("paid_by_other_account")
    words = plural(
        "{n} of them was paid by another account: its refund goes there",
        "{n} of them were paid by other accounts: their refunds go there",
        count,
    )
    return [words] if count else []


def _total(currency: str, quotes: Sequence[Quote]) -> str:
    # A total is only as certain as its least certain part.
    known = {
        each.sources.get(name)
        for each in quotes
        for name in ("refund", "handling_fee")
        if getattr(each.amounts, name) is not None
    }
    weakest = next((source for source in reversed(FigureSource) if source in known), None)
    parts = [
        _("refund {amount}").format(amount=_sum([each.amounts.refund for each in quotes])),
        _("fee {amount}").format(amount=_sum([each.amounts.handling_fee for each in quotes])),
    ]
    if any(each.amounts.coupon_lost for each in quotes):
        parts.append(coupon_lost_text(_sum([each.amounts.coupon_lost for each in quotes])))
    line = " · ".join(parts)
    if weakest is None:
        return line
    return f"{line} ({for_display(currency)}, {SOURCE_LABELS[weakest]})"


def _sum(figures: Sequence[Decimal | None]) -> str:
    known = [figure for figure in figures if figure is not None]
    if not known:
        return _("unknown")
    total, unknown = format_money(sum(known, Decimal(0))), len(figures) - len(known)
    return _("{total} + {n} unknown").format(total=total, n=unknown) if unknown else total


def forecast_lines(item: PlanItem, alternatives_key: str = "") -> list[str]:
    """Return the cost of keeping the resource and the cheaper options, with the key that opens them."""
    forecast, quote = item.forecast, item.quote
    lines = []
    if forecast.next_charge_at is not None:
        lines.append(_next_charge_text(forecast))
        if forecast.is_auto_renewal_fixed:
            lines.append(_("its auto-renewal cannot be switched off: it is charged if it stays"))
    ways = cheaper_options(quote, forecast)
    if CheaperOption.DROP_RENEWAL in ways:
        refund = format_money(quote.renewal_refund, quote.amounts.currency)
        words = (
            _(
                "cheaper: unsubscribe from the renewal period only (tab 2): refund {refund} without a fee, the "
                "resource stays"
            )
            if alternatives_key
            else _(
                "cheaper: unsubscribe from the renewal period only: refund {refund} without a fee, the resource stays"
            )
        )
        lines.append(words.format(refund=refund))
    until = format_date(item.resource.expire_time)
    if CheaperOption.LET_LAPSE in ways:
        words = (
            _("no refund: keeping it until {until} costs the same, with auto-renewal off")
            if forecast.next_charge_at is not None
            else _("no refund: keeping it until {until} costs the same")
        )
        lines.append(with_key(words.format(until=until), alternatives_key if forecast.next_charge_at else ""))
    elif CheaperOption.AUTO_RENEWAL_OFF in ways:
        words = _("or turn auto-renewal off: nothing more is charged, and it stays until {until}")
        lines.append(with_key(words.format(until=until), alternatives_key))
    return lines


def with_key(line: str, key: str) -> str:
    """Return a line with the key that opens the alternatives, if there is one."""
    return f"{line} ({key})" if key else line


def _next_charge_text(forecast: RenewalForecast) -> str:
    """Return the time and price of the next auto-renewal."""
    when = format_datetime(forecast.next_charge_at)  # 03:00 at Huawei Cloud may be the day before here
    if forecast.next_charge is None:
        words = (
            _("auto-renews on {when}, price unknown ({why})")
            if forecast.missing
            else _("auto-renews on {when}, price unknown")
        )
        return words.format(when=when, why=fact_text(forecast.missing))
    return plural(
        "auto-renews on {when}: {n} month for {price}",
        "auto-renews on {when}: {n} months for {price}",
        forecast.months or 0,
        when=when,
        price=format_money(forecast.next_charge, forecast.currency),
    )
