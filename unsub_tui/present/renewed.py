"""Renewed periods that have not begun, in cells and lines."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from unsub_tui.domain.foreign import Foreign
from unsub_tui.domain.quote import Payment
from unsub_tui.present.money import money
from unsub_tui.present.resources import date
from unsub_tui.present.words import _


def period_cell(periods: Sequence[Payment]) -> str:
    """Return from when until when the renewed time lasts, and how many periods that are where there are several."""
    if not periods:
        return ""
    span = f"{date(periods[0].term_start)}..{date(periods[-1].term_end)}"
    return f"{span} x{len(periods)}" if len(periods) > 1 else span


def paid_cell(periods: Sequence[Payment]) -> str:
    """Return what was paid for them; `?` where that is not known."""
    if not periods:
        return ""
    if not all(each.is_amount_known for each in periods):
        return "?"
    return money(sum((each.paid for each in periods), Decimal(0)), periods[0].currency)


def period_line(payment: Payment) -> str:
    """Return one renewed period: from when until when, what was paid, by which order."""
    paid = money(payment.paid, payment.currency) if payment.is_amount_known else _("unknown")
    parts = (
        _("renewed for {begin} - {end}").format(begin=date(payment.term_start), end=date(payment.term_end)),
        _("paid {amount}").format(amount=paid),
        _("order {id}").format(id=Foreign(payment.order_id).clean()) if payment.order_id else "",
    )
    return " · ".join(part for part in parts if part)
