"""Formats quotes and forecasts of plans: figures with their certainty, rules, totals, cheaper options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from unsub_tui.domain.estimate_accuracy import EstimateAccuracy
from unsub_tui.domain.fact import Fact
from unsub_tui.domain.fee_history import QuotaUse
from unsub_tui.domain.money import FigureSource
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.quote import Quote, UnsubscriptionKind
from unsub_tui.domain.renewal_forecast import CheaperOption, RenewalForecast, cheaper_options
from unsub_tui.present.fact_texts import fact_text, facts_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.money import coupon_lost_text, format_money, source_label
from unsub_tui.present.time_format import format_date, format_datetime


def kind_label(kind: UnsubscriptionKind) -> str:
    """Return the kind of unsubscription, with its conditions."""
    words = {
        UnsubscriptionKind.IN_USE: _("in use: consumed amount and handling fee are kept"),
        UnsubscriptionKind.FIVE_DAY: _("bought within the last five days"),
        UnsubscriptionKind.RENEWAL_ONLY: _("only the renewed periods that have not begun"),
        UnsubscriptionKind.INACTIVE: _("not begun: full refund"),
        UnsubscriptionKind.BUNDLE: _("goes only as a whole: consumed amount and handling fee are kept"),
    }
    return words[kind]


def quote_lines(quote: Quote, *, common_rules: Sequence[Fact] = ()) -> list[str]:
    """Return the figures of a quote and their sources; `common_rules` are omitted because the plan states them once."""
    amounts = quote.amounts
    if amounts.paid is None and amounts.refund is None:
        lines = [_("paid, consumed, fee and refund unknown")]
    else:
        lines = [
            _("paid {paid} - consumed {consumed} - fee {fee} = refund {refund}").format(
                paid=format_money(amounts.paid),
                consumed=format_money(amounts.consumed),
                fee=format_money(amounts.handling_fee),
                refund=format_money(amounts.refund, amounts.currency),
            )
            + f" ({source_label(quote.source)})"
        ]
    if amounts.coupon_lost:
        lines.append(coupon_lost_text(format_money(amounts.coupon_lost, amounts.currency)))
    if quote.missing:
        lines.append(_("missing: {what}").format(what=facts_text(quote.missing)))
    if quote.rules and quote.rules != common_rules:
        lines.append(_("rule: {rule}").format(rule=facts_text(quote.rules)))
    lines += [_("note: {note}").format(note=fact_text(each)) for each in quote.notes]
    return lines


def quota_line(quota: QuotaUse) -> str:
    """Return the remaining full refunds within five days this year, as a range if the orders leave it uncertain."""
    least, most = quota.remaining
    left = str(most) if least == most else _("{least} to {most}").format(least=least, most=most)
    return _("full refunds within five days: {left} of {limit} left in {year}, before this plan").format(
        left=left, limit=quota.limit, year=quota.year
    )


def accuracy_line(found: EstimateAccuracy) -> str:
    """Return the accuracy of past estimates."""
    line = _("past estimates: {right} of {count} right to the cent").format(
        right=found.exact_count, count=found.compared_count
    )
    if not found.largest_difference:
        return line
    return (
        line + ", " + _("worst off by {amount}").format(amount=format_money(found.largest_difference, found.currency))
    )


def most_common_rules(plan: Plan) -> Sequence[Fact]:
    """Return the rules shared by most items, to be stated once; empty if no two items share their rules."""
    counts = Counter(item.quote.rules for item in plan.items if item.quote.rules)
    rules, times = next(iter(counts.most_common(1)), ((), 0))
    return rules if times > 1 else ()


def plan_totals(plan: Plan) -> list[str]:
    """Return one line per currency: sums of known amounts, their certainty, and the number of unknown amounts.

    A reversible plan has no totals.
    """
    by_currency: dict[str, list[Quote]] = {}
    for item in plan.items if plan.action.creates_order else ():
        by_currency.setdefault(item.quote.amounts.currency, []).append(item.quote)
    return [_total(currency, group) for currency, group in sorted(by_currency.items())]


def _total(currency: str, quotes: Sequence[Quote]) -> str:
    line = _("refund {refund} · fee {fee}").format(
        refund=_sum([each.amounts.refund for each in quotes], currency),
        fee=_sum([each.amounts.handling_fee for each in quotes], currency),
    )
    known = {
        each.sources.get(name)
        for each in quotes
        for name in ("refund", "handling_fee")
        if getattr(each.amounts, name) is not None
    }
    weakest = next((source for source in reversed(FigureSource) if source in known), None)
    if weakest:
        line += f" ({source_label(weakest)})"
    if any(each.amounts.coupon_lost for each in quotes):
        line += " · " + coupon_lost_text(_sum([each.amounts.coupon_lost for each in quotes], currency))
    return line


def _sum(figures: list[Decimal | None], currency: str) -> str:
    known = [figure for figure in figures if figure is not None]
    unknown = len(figures) - len(known)
    if not known:
        return _("unknown")
    total = format_money(sum(known, Decimal(0)), currency)
    return f"{total} {plural('+ {n} unknown', '+ {n} unknown', unknown)}" if unknown else total


def forecast_lines(item: PlanItem, alternatives_key: str = "") -> list[str]:
    """Return the cost of keeping the resource and the cheaper options, with the key that opens them."""
    forecast, quote = item.forecast, item.quote
    lines = []
    if forecast.next_charge_at is not None:
        lines.append(_next_charge_text(forecast))
    ways = cheaper_options(quote, forecast)
    if CheaperOption.DROP_RENEWAL in ways:
        refund = format_money(quote.renewal_refund, quote.amounts.currency)
        lines.append(
            _("cheaper: give back only the renewed period; {back} comes back without a fee, the rest stays").format(
                back=refund
            )
            + (" " + _("(tab 2 does that)") if alternatives_key else "")
        )
    until = format_date(item.resource.expire_time)
    if CheaperOption.LET_LAPSE in ways:
        switch_off_hint = (
            _(", with automatic renewal off") + key_hint(alternatives_key)
            if forecast.next_charge_at is not None
            else ""
        )
        lines.append(
            _("nothing comes back: keeping it until {until} costs the same{off}").format(
                until=until, off=switch_off_hint
            )
        )
    elif CheaperOption.AUTO_RENEWAL_OFF in ways:
        lines.append(
            _("or switch automatic renewal off: nothing more is charged, it stays until {until}").format(until=until)
            + key_hint(alternatives_key)
        )
    return lines


def key_hint(key: str) -> str:
    """Return the hint to a key, with a space before it; empty without a key."""
    return " " + _("({key} leads there)").format(key=key) if key else ""


def _next_charge_text(forecast: RenewalForecast) -> str:
    """Return the time and price of the next auto-renewal."""
    when = format_datetime(forecast.next_charge_at)  # 03:00 at Huawei Cloud may be the day before here
    if forecast.next_charge is None:
        why = f" ({fact_text(forecast.missing)})" if forecast.missing else ""
        return _("renews by itself from {when} on, for an unknown price{why}").format(when=when, why=why)
    months = plural("{n} month", "{n} months", forecast.months or 0)
    return _("renews by itself from {when} on: {months} for {price}").format(
        when=when, months=months, price=format_money(forecast.next_charge, forecast.currency)
    )
