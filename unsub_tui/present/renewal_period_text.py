"""Formats renewal periods that have not started, as cells and lines."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from unsub_tui.domain.quote import Payment
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.present.i18n import _
from unsub_tui.present.money import format_money
from unsub_tui.present.resources import format_date


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
    if not all(each.is_amount_known for each in periods):
        return "?"
    return format_money(sum((each.paid for each in periods), Decimal(0)), periods[0].currency)


def period_line(payment: Payment) -> str:
    """Return a renewal period as a line: first and last day, amount paid, order."""
    paid = format_money(payment.paid, payment.currency) if payment.is_amount_known else _("unknown")
    parts = (
        _("renewed for {begin} - {end}").format(
            begin=format_date(payment.term_start), end=format_date(payment.term_end)
        ),
        _("paid {amount}").format(amount=paid),
        _("order {id}").format(id=UntrustedText(payment.order_id).for_display()) if payment.order_id else "",
    )
    return " · ".join(part for part in parts if part)
