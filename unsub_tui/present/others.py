"""Who else is at work: the process that runs a plan now, and orders that are not of this record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from unsub_tui.domain.foreign import clean
from unsub_tui.domain.holder import Holder
from unsub_tui.domain.order import Order, OrderStatus
from unsub_tui.present.money import money
from unsub_tui.present.page import BLANK, Entry, Tone, heading
from unsub_tui.present.resources import date_time, short_service
from unsub_tui.present.words import _


def holder_lines(holder: Holder) -> list[str]:
    """Return who runs something now, and what that means."""
    if not holder.is_known:
        return [_("The process that holds this account's lock does not say who it is.")]
    where = _(" on {terminal}").format(terminal=holder.terminal) if holder.terminal else ""
    who = _("Process {pid} of {user} at {host}{where}, since {since}.").format(
        pid=holder.pid, user=holder.user, host=holder.host, where=where, since=_moment(holder.since)
    )
    stands_still = _("It stands still, as after ctrl+z: `fg` in that terminal brings it back, and it asks then.")
    return [who, *([stands_still] if holder.is_stopped else [])]


def _moment(since: str) -> str:
    try:
        return date_time(datetime.fromisoformat(since))
    except ValueError:
        return since


def others_entries(orders: Sequence[Order] | None) -> list[Entry]:
    """Return the unsubscription orders that are not of this record; None while they are not known."""
    title = [BLANK, heading(_("From others: unsubscription orders of 30 days that are not on this record"))]
    if orders is None:
        return [*title, Entry(_("reading ..."), indent=2)]
    if not orders:
        return [*title, Entry(_("none"), indent=2)]
    return [*title, *(Entry(_order_line(order), indent=2, hang=2) for order in orders)]


def not_read(why: str) -> list[Entry]:
    """Return that the orders of others could not be read."""
    return [BLANK, heading(_("From others")), Entry(why, Tone.ERROR, indent=2, hang=2)]


def _order_line(order: Order) -> str:
    amounts = order.amounts
    parts = [
        date_time(order.create_time) if order.create_time else _("time unknown"),
        _("order {id}").format(id=clean(order.order_id)),
        order_status_word(order.status),
        _("refund {refund}, fee {fee}").format(
            refund=money(amounts.net, order.currency), fee=money(amounts.commission, order.currency)
        ),
        short_service(order.service_type_code),
    ]
    if order.user_name:
        parts.append(_("by {user}").format(user=order.user_name.clean()))
    return " · ".join(part for part in parts if part)


def order_status_word(status: int) -> str:
    """Return the word of an order's state."""
    words: dict[int, str] = {
        OrderStatus.PENDING_APPROVAL: _("waits for approval"),
        OrderStatus.PENDING_REFUND: _("waits for the refund"),
        OrderStatus.PROCESSING: _("in progress"),
        OrderStatus.CANCELLED: _("cancelled"),
        OrderStatus.COMPLETED: _("done"),
        OrderStatus.PENDING_PAYMENT: _("waits for payment"),
        OrderStatus.PENDING_CONFIRMATION: _("waits for confirmation"),
    }
    return words.get(status, _("state {n}").format(n=status))
