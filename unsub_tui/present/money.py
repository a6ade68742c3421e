"""Formats money, always with the certainty of the amount."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import ceil, floor

from unsub_tui.domain.bounds import is_computable
from unsub_tui.domain.money import FigureSource
from unsub_tui.domain.quote import Payment, Quote
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.i18n import _
from unsub_tui.present.time_format import format_date

CENT = Decimal("0.01")


def format_money(amount: Decimal | None, currency: str = "") -> str:
    """Return an amount with thousands separators and two decimals, or words if it is unknown or out of range."""
    if amount is None:
        return _("unknown")
    if not is_computable(amount):
        return _("out of range")
    rounded = round_to_cents(amount)
    shown = f"{rounded or abs(rounded):,.2f}"  # no minus sign before zero
    return f"{shown} {for_display(currency)}" if currency else shown


def round_to_cents(amount: Decimal) -> Decimal:
    """Return an amount rounded half up to two decimals, as displayed."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def refund_cell(quote: Quote | None) -> str:
    """Return the refund for a column: empty without a quote, `?` if the quote does not know it."""
    if quote is None:
        return ""
    amounts = quote.amounts
    if amounts.refund is None:
        return refund_bounds_cell(quote) or "?"
    return format_money(amounts.refund, amounts.currency)


def refund_bounds_cell(quote: Quote) -> str:
    """Return the bounds of an unknown refund in whole units, rounded outward, such as `10–25`; empty if unknown."""
    if quote.amounts.refund is not None or quote.refund_bounds is None:
        return ""
    low, high = quote.refund_bounds
    return f"{floor(low):,}–{ceil(high):,}"


SOURCE_LABELS: Mapping[FigureSource, str] = {
    FigureSource.EXACT: _("exact"),
    FigureSource.ESTIMATE: _("estimate"),
    FigureSource.UNKNOWN: _("unknown"),
}
"""Certainty of figures in a word."""


def difference_text(difference: Decimal, currency: str) -> str:
    """Return a difference with its sign."""
    return ("+" if difference > 0 else "") + format_money(difference, currency)


def currency_sums(amounts: Iterable[tuple[Decimal, str]]) -> list[str]:
    """Return the sums of amounts by currency."""
    sums: dict[str, Decimal] = {}
    for amount, currency in amounts:
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    return [format_money(amount, currency) for currency, amount in sorted(sums.items())]


def coupon_lost_text(amount: str) -> str:
    """Return the amount of coupons that is not returned."""
    return _("coupons not returned {coupon}").format(coupon=amount)


def period_cell(periods: Sequence[Payment]) -> str:
    """Return the first and last day of the renewed time, and the number of periods if there are several."""
    if not periods:
        return ""
    span = f"{format_date(periods[0].term_start)}..{format_date(periods[-1].term_end)}"
    return f"{span} x{len(periods)}" if len(periods) > 1 else span


def paid_cell(periods: Sequence[Payment]) -> str:
    """Return the amount paid for the periods; `?` if it is not known."""
    if not periods:
        return ""
    total = paid_sum(periods)
    return "?" if total is None else format_money(total, periods[0].currency)


def paid_sum(periods: Sequence[Payment]) -> Decimal | None:
    """Return the amount paid for the periods; None if one of them is unknown."""
    known = all(each.is_amount_known for each in periods)
    return sum((each.paid for each in periods), Decimal(0)) if known else None


def period_line(payment: Payment) -> str:
    """Return a renewal period as a line: first and last day, amount paid, order."""
    paid = format_money(payment.paid, payment.currency) if payment.is_amount_known else _("unknown")
    parts = (
        _("renewed for {begin} - {end}").format(
            begin=format_date(payment.term_start), end=format_date(payment.term_end)
        ),
        _("paid {amount}").format(amount=paid),
        _("order {id}").format(id=for_display(payment.order_id)) if payment.order_id else "",
    )
    return " · ".join(part for part in parts if part)
