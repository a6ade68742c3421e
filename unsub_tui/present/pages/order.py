"""Formats unsubscription orders as cells, pages and rows: refund, origin, state."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from unsub_tui.domain.attributed_order import AttributedOrder, AttributedOrderDetails, OrderOrigin
from unsub_tui.domain.estimate_accuracy import unit_refund_difference
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.order import Order, OrderStatus
from unsub_tui.domain.run import Run, Unit
from unsub_tui.domain.untrusted_text import UntrustedText, for_display
from unsub_tui.present.export.formats import Row
from unsub_tui.present.export.rows import decimal_text
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _
from unsub_tui.present.money import format_money
from unsub_tui.present.page import BLANK, Entry, Tone, field_entries, heading
from unsub_tui.present.resources import short_service
from unsub_tui.present.time_format import format_datetime, rfc3339

ORDER_COLUMNS = (
    *("order_id", "created", "paid_back", "status", "state", "currency", "refund", "consumed", "handling_fee"),
    *("service_type_codes", "user_name", "origin", "run_id", "resource_id", "resource_name"),
    *("operator", "planner", "ticket", "reason"),
)
"""CSV and Markdown columns of unsubscription orders, in order."""

ORIGINAL_ORDER_COLUMNS = ("order_id", "base_order_id", "currency", "back", "kept")
"""CSV and Markdown columns of the refunds by original order."""

ITEM_COLUMNS = (
    *("run_id", "started", "operator", "planner", "ticket", "reason", "resource_id", "resource_name"),
    *("service_type_code", "region_code", "outcome", "state", "order_id", "error_code", "currency"),
    *("refund_estimate", "refund", "handling_fee_estimate", "handling_fee", "consumed", "difference", "leftovers"),
)
"""CSV and Markdown columns of the items of a run, for a ticket."""

UNKNOWN_AMOUNTS = Amounts(currency="")
"""Amounts without any known figure."""


def order_services(order: Order) -> str:
    """Return the services of an order, whose field may be a comma-separated list."""
    return ", ".join(dict.fromkeys(short_service(UntrustedText(code)) for code in order.service_codes))


def placed_by(placed: AttributedOrder) -> str:
    """Return who placed an order: the operator of our run, otherwise the origin with Huawei Cloud's user name."""
    user = placed.order.user_name.for_display()
    if placed.origin is OrderOrigin.OURS and placed.run is not None:
        return for_display(placed.run.actor.operator) or user
    origin = _("perhaps ours") if placed.origin is OrderOrigin.UNSURE else _("others")
    return f"{origin}: {user}" if user else origin


def origin_sentence(placed: AttributedOrder) -> str:
    """Return the origin of an order as a sentence."""
    if placed.origin is OrderOrigin.UNSURE and placed.run is None:
        return _("perhaps of a run of ours: the record cannot be read")
    run = for_display(placed.run.run_id) if placed.run is not None else ""
    words = {
        OrderOrigin.OURS: _("of our run {run}").format(run=run),
        OrderOrigin.UNSURE: _("perhaps of our run {run}: the outcome of an item is unknown").format(run=run),
        OrderOrigin.OTHERS: _("by others: no run on this record has placed it"),
    }
    return words[placed.origin]


def order_page(detail: AttributedOrderDetails) -> list[Entry]:
    """Return the page of an unsubscription order with all known facts."""
    placed, order = detail.attributed_order, detail.attributed_order.order
    currency, amounts = order.currency, detail.attributed_order.order.amounts
    return [
        heading(_("Unsubscription order {id}").format(id=for_display(order.order_id))),
        *field_entries(
            [
                (_("state"), order_state_label(order.status)),
                (_("placed"), format_datetime(order.create_time)),
                (_("paid back"), format_datetime(order.payment_time)),
                (_("services"), order_services(order) or "-"),
                (_("user"), order.user_name.for_display() or _("not known")),
                (_("whose"), origin_sentence(placed)),
            ]
        ),
        BLANK,
        heading(_("Money, as the vendor says")),
        *field_entries(
            [
                (_("refund"), format_money(amounts.net, currency)),
                (_("consumed"), format_money(amounts.consumed, currency)),
                (_("fee"), format_money(amounts.commission, currency)),
            ]
        ),
        *(
            [Entry(fact_text(amounts.out_of_range_fact), Tone.WARNING, indent=2, hang=2)]
            if amounts.out_of_range_fact is not None
            else []
        ),
        BLANK,
        heading(_("By original order")),
        *_share_entries(detail),
        *_lines(order),
        *_record_entries(placed),
    ]


def order_row(placed: AttributedOrder) -> Row:
    """Return the stable form of an unsubscription order. Amounts are strings with all digits."""
    order, run = placed.order, placed.run
    return {
        "order_id": order.order_id,
        "created": rfc3339(order.create_time),
        "paid_back": rfc3339(order.payment_time),
        "status": int(order.status),
        "state": order_state_label(order.status),
        "currency": order.currency,
        "refund": decimal_text(order.amounts.net),
        "consumed": decimal_text(order.amounts.consumed),
        "handling_fee": decimal_text(order.amounts.commission),
        "service_type_codes": list(order.service_codes),
        "user_name": order.user_name.raw or None,
        "origin": placed.origin.value,
        "run_id": run.run_id if run is not None else None,
        "resource_id": placed.unit.resource_id if placed.unit is not None else None,
        "resource_name": placed.unit.resource_name.raw if placed.unit is not None else None,
        **_actor_fields(run),
    }


def original_order_rows(detail: AttributedOrderDetails) -> list[Row]:
    """Return the refunds by original order in their stable form."""
    order = detail.attributed_order.order
    return [
        {
            "order_id": order.order_id,
            "base_order_id": each.base_order_id or None,
            "currency": order.currency,
            "back": decimal_text(each.refunded),
            "kept": decimal_text(each.retained),
        }
        for each in detail.shares
    ]


def item_rows(run: Run) -> list[Row]:
    """Return the items of a run as flat rows for a ticket."""
    return [
        {
            "run_id": run.run_id,
            "started": rfc3339(run.started),
            **_actor_fields(run),
            **_unit_fields(unit),
            **_amount_fields(unit),
        }
        for unit in run.units
    ]


def _unit_fields(unit: Unit) -> Row:
    return {
        "resource_id": unit.resource_id,
        "resource_name": unit.resource_name.raw,
        "service_type_code": unit.service_type_code.raw,
        "region_code": unit.region_code.raw,
        "outcome": unit.outcome.value,
        "state": unit.state.value,
        "order_id": unit.order_id,
        "error_code": (unit.problem.code.raw or unit.problem.kind.value) if unit.problem else None,
        "leftovers": [each.resource_id for each in unit.followup.leftovers] if unit.followup else None,
    }


def _amount_fields(unit: Unit) -> Row:
    known = unit.exact or unit.estimate
    estimate, exact = unit.estimate or UNKNOWN_AMOUNTS, unit.exact or UNKNOWN_AMOUNTS
    return {
        "currency": known.currency if known is not None else None,
        "refund_estimate": decimal_text(estimate.refund),
        "refund": decimal_text(exact.refund),
        "handling_fee_estimate": decimal_text(estimate.handling_fee),
        "handling_fee": decimal_text(exact.handling_fee),
        "consumed": decimal_text(exact.consumed),
        "difference": decimal_text(unit_refund_difference(unit)),
    }


def _actor_fields(run: Run | None) -> Row:
    """Return operator, planner, ticket and reason of a run."""
    filed = run.plan_file if run is not None else None
    return {
        "operator": run.actor.operator or None if run is not None else None,
        "planner": filed.planner.operator if filed is not None else None,
        "ticket": filed.ticket.raw or None if filed is not None else None,
        "reason": run.reason_text.raw or None if run is not None else None,
    }


def _share_entries(detail: AttributedOrderDetails) -> Iterator[Entry]:
    currency = detail.attributed_order.order.currency
    for each in detail.shares:
        yield Entry(
            _("of order {id}: {back} back, {kept} kept").format(
                id=for_display(each.base_order_id) or _("(not said)"),
                back=format_money(each.refunded, currency),
                kept=format_money(each.retained, currency),
            ),
            Tone.MONEY,
            indent=2,
            hang=2,
        )
    if detail.missing:
        why = _("could not be read: {why}").format(why=fact_text(detail.missing))
        yield Entry(why, Tone.WARNING, indent=2, hang=2)
    elif not detail.shares:
        yield Entry(_("the vendor has no rows for it yet"), indent=2)


def _lines(order: Order) -> Iterator[Entry]:
    if len(order.lines) < 2:
        return
    yield BLANK
    yield heading(_("By line; the vendor names no resource in them"))
    for line in order.lines:
        kind = line.resource_type_code.for_display().removeprefix("hws.resource.type.")
        refund = format_money(line.amounts.net, order.currency)
        yield Entry(_("{kind}: refund {refund}").format(kind=kind, refund=refund), Tone.MONEY, indent=2, hang=2)


def _record_entries(placed: AttributedOrder) -> Iterator[Entry]:
    run, unit = placed.run, placed.unit
    if run is None or unit is None:
        return
    yield BLANK
    yield heading(_("On our record"))
    actors = _actor_fields(run)
    rows = [
        (_("item"), f"{unit.resource_name.for_display() or '-'} ({for_display(unit.resource_id)})"),
        (_("run"), f"{for_display(run.run_id)} · {format_datetime(run.started)}"),
        (_("operator"), for_display(str(actors["operator"] or "-"))),
        (_("planner"), for_display(str(actors["planner"] or "-"))),
        (_("ticket"), for_display(str(actors["ticket"] or "-"))),
        (_("reason"), for_display(str(actors["reason"] or "-"))),
        (_("estimate"), format_money(unit.estimate.refund, unit.estimate.currency) if unit.estimate else "-"),
    ]
    found = unit_refund_difference(unit)
    if found is not None and unit.exact is not None:
        sign = "+" if found > Decimal(0) else ""
        rows.append((_("difference"), sign + format_money(found, unit.exact.currency)))
    yield from field_entries(rows)


def order_state_label(status: int) -> str:
    """Return the label of an order's state."""
    words: dict[int, str] = {
        OrderStatus.PENDING_APPROVAL: _("pending approval"),
        OrderStatus.PENDING_REFUND: _("pending refund"),
        OrderStatus.PROCESSING: _("processing"),
        OrderStatus.CANCELLED: _("cancelled"),
        OrderStatus.COMPLETED: _("completed"),
        OrderStatus.PENDING_PAYMENT: _("pending payment"),
        OrderStatus.PENDING_CONFIRMATION: _("pending confirmation"),
    }
    return words.get(status, _("state {number}").format(number=status))
