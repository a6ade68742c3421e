"""Formats unsubscription orders as cells, pages and rows: refund, origin, state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unsub_tui.domain.fact import fact
from unsub_tui.domain.order import NO_CODE, AttributedOrder, AttributedOrderDetails, Order, OrderOrigin, OrderStatus
from unsub_tui.domain.untrusted_text import UntrustedText, for_display
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _
from unsub_tui.present.money import difference_text, format_money
from unsub_tui.present.page import BLANK, Entry, Tone, field_entries, heading, lines, section
from unsub_tui.present.resources import short_service
from unsub_tui.present.time_format import format_datetime


def order_services(order: Order) -> str:
    """Return the services of an order, whose field may be a comma-separated list."""
    return ", ".join(dict.fromkeys(short_service(UntrustedText(code)) for code in order.service_codes))


def placed_by(placed: AttributedOrder) -> str:
    """Return who placed an order: the operator of our run, otherwise the origin with Huawei Cloud's user name."""
    user = placed.order.user_name.for_display()
    if placed.origin is OrderOrigin.OURS and placed.run is not None:
        return for_display(placed.run.actor.operator) or user
    origin = _("possibly ours") if placed.origin is OrderOrigin.UNSURE else _("others")
    return f"{origin}: {user}" if user else origin


def origin_sentence(placed: AttributedOrder) -> str:
    """Return the origin of an order as a sentence."""
    if placed.origin is OrderOrigin.UNSURE and placed.run is None:
        return _("possibly by one of our runs: the record cannot be read")
    words = {
        OrderOrigin.OURS: _("by our run {run}"),
        OrderOrigin.UNSURE: _("possibly by our run {run}: the outcome of an item is unknown"),
        OrderOrigin.OTHERS: _("by others: no run in this record placed it"),
    }
    return words[placed.origin].format(run=for_display(placed.run.run_id) if placed.run is not None else "")


def order_page(detail: AttributedOrderDetails) -> list[Entry]:
    """Return the page of an unsubscription order with all known facts."""
    placed, order = detail.attributed_order, detail.attributed_order.order
    facts = (
        (_("state"), order_state_label(order.status)),
        (_("placed"), format_datetime(order.create_time)),
        (_("refunded"), format_datetime(order.payment_time)),
        (_("services"), order_services(order)),
        (_("user"), order.user_name.for_display() or _("unknown")),
        (_("origin"), origin_sentence(placed)),
    )
    amounts = (
        (_("refund"), format_money(order.amounts.net, order.currency)),
        (_("consumed amount"), format_money(order.amounts.consumed, order.currency)),
        (_("handling fee"), format_money(order.amounts.commission, order.currency)),
    )
    names = ", ".join(order.amounts.out_of_range)
    unreadable = fact_text(fact("out_of_range", names=names)) if names else ""
    return [
        *section(_("Unsubscription order {id}").format(id=for_display(order.order_id)), field_entries(facts)),
        *section(
            _("Amounts stated by Huawei Cloud"),
            [*field_entries(amounts), *lines([unreadable], Tone.WARNING)],
        ),
        heading(_("By original order")),
        *_share_entries(detail),
        *_line_entries(order),
        *_record_entries(placed),
    ]


def _share_entries(detail: AttributedOrderDetails) -> Iterator[Entry]:
    currency = detail.attributed_order.order.currency
    texts = (
        _("order {id}: refund {back}, not refunded {kept}").format(
            id=for_display(each.base_order_id) or _("(not stated)"),
            back=format_money(each.refunded, currency),
            kept=format_money(each.retained, currency),
        )
        for each in detail.shares
    )
    yield from lines(texts, Tone.MONEY)
    if detail.missing:
        yield from lines([_("could not be read: {why}").format(why=fact_text(detail.missing))], Tone.WARNING)
    elif not detail.shares:
        yield Entry(_("Huawei Cloud has no rows for it yet"), indent=2)


def _line_entries(order: Order) -> Iterator[Entry]:
    if len(order.lines) < 2:
        return
    yield BLANK
    yield heading(_("By line; Huawei Cloud names no resource in them"))
    for line in order.lines:
        kind = line.resource_type_code.for_display().removeprefix("hws.resource.type.")
        refund = format_money(line.amounts.net, order.currency)
        yield from lines([_("{kind}: refund {refund}").format(kind=kind, refund=refund)], Tone.MONEY)


def _record_entries(placed: AttributedOrder) -> Iterator[Entry]:
    run, unit = placed.run, placed.unit
    if run is None or unit is None:
        return
    filed = run.plan_file
    rows = [
        (_("item"), f"{unit.resource_name.for_display() or '-'} ({for_display(unit.resource_id)})"),
        (_("run"), f"{for_display(run.run_id)} · {format_datetime(run.started)}"),
        (_("operator"), for_display(run.actor.operator)),
        (_("planner"), for_display(filed.planner.operator) if filed else ""),
        (_("ticket"), filed.ticket.for_display() if filed else ""),
        (_("reason"), run.reason_text.for_display()),
        (_("estimate"), format_money(unit.estimate.refund, unit.estimate.currency) if unit.estimate else ""),
    ]
    found = unit.refund_difference
    if found is not None and unit.exact is not None:
        rows.append((_("difference"), difference_text(found, unit.exact.currency)))
    yield BLANK
    yield heading(_("In our record"))
    yield from field_entries(rows)


_ORDER_STATES: Mapping[int, str] = {
    OrderStatus.PENDING_APPROVAL: _("pending approval"),
    OrderStatus.PENDING_REFUND: _("pending refund"),
    OrderStatus.PROCESSING: _("processing"),
    OrderStatus.CANCELLED: _("canceled"),
    OrderStatus.COMPLETED: _("completed"),
    OrderStatus.PENDING_PAYMENT: _("pending payment"),
    OrderStatus.PENDING_CONFIRMATION: _("pending confirmation"),
    OrderStatus.TO_BE_SHIPPED: _("to be shipped"),
    OrderStatus.TO_BE_RECEIVED: _("to be received"),
    OrderStatus.TO_BE_PICKED_UP: _("to be picked up"),
    OrderStatus.BEING_EXCHANGED: _("being exchanged"),
    OrderStatus.UNNAMED_0: _("undocumented state 0"),
    OrderStatus.UNNAMED_7: _("undocumented state 7"),
    OrderStatus.WAITING_APPROVAL: _("waiting for approval"),
}


def order_state_label(status: int) -> str:
    """Return the label of an order's state."""
    if status == NO_CODE:
        return _("unreadable")
    return _ORDER_STATES.get(status) or _("state {number}").format(number=status)
