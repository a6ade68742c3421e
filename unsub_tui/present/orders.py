"""Unsubscription orders as cells, pages and rows: what came back, whose they are, where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from unsub_tui.domain.accuracy import difference
from unsub_tui.domain.foreign import Foreign, clean
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.order import Order, OrderStatus
from unsub_tui.domain.placed import Origin, Placed, PlacedDetail
from unsub_tui.domain.run import Run, Unit
from unsub_tui.present.files import Row
from unsub_tui.present.money import money
from unsub_tui.present.page import BLANK, Entry, Tone, fields, heading
from unsub_tui.present.resources import date_time, short_service
from unsub_tui.present.rows import digits
from unsub_tui.present.times import in_zone, rfc3339
from unsub_tui.present.words import _

ORDER_COLUMNS = (
    *("order_id", "created", "paid_back", "status", "state", "currency", "refund", "consumed", "handling_fee"),
    *("service_type_codes", "user_name", "origin", "run_id", "resource_id", "resource_name"),
    *("operator", "planner", "ticket", "reason"),
)
"""The columns of unsubscription orders in CSV, in order."""

SHARE_COLUMNS = ("order_id", "base_order_id", "currency", "back", "kept")
"""The columns of what came back by original order."""

ITEM_COLUMNS = (
    *("run_id", "started", "operator", "planner", "ticket", "reason", "resource_id", "resource_name"),
    *("service_type_code", "region_code", "outcome", "state", "order_id", "error_code", "currency"),
    *("refund_estimate", "refund", "handling_fee_estimate", "handling_fee", "consumed", "difference", "leftovers"),
)
"""The columns of the items of runs, for a ticket."""

NO_AMOUNTS = Amounts(currency="")
"""Nothing is known."""


def order_state(status: int) -> str:
    """Return where an order stands, in words."""
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


def services(order: Order) -> str:
    """Return the services that an order is about: the field may be a comma list."""
    codes = [code.strip() for code in order.service_type_code.raw.split(",")]
    return ", ".join(dict.fromkeys(short_service(Foreign(code)) for code in codes if code))


def who(placed: Placed) -> str:
    """Return who placed an order, as far as known: the vendor's user, and whose run it was."""
    user = placed.order.user_name.clean()
    if placed.origin is Origin.OURS and placed.run is not None:
        person = placed.run.person
        return clean(person.operator if person is not None else placed.run.operator) or user
    whose = _("perhaps ours") if placed.origin is Origin.UNSURE else _("others")
    return f"{whose}: {user}" if user else whose


def origin_words(placed: Placed) -> str:
    """Return whose an order is, as a sentence."""
    if placed.origin is Origin.UNSURE and placed.run is None:
        return _("perhaps of a run of ours: the record cannot be read")
    run = clean(placed.run.run_id) if placed.run is not None else ""
    words = {
        Origin.OURS: _("of our run {run}").format(run=run),
        Origin.UNSURE: _("perhaps of our run {run}: the outcome of an item is unknown").format(run=run),
        Origin.OTHERS: _("by others: no run on this record has placed it"),
    }
    return words[placed.origin]


def short_moment(moment: datetime | None) -> str:
    """Return a moment in the reader's own time zone, for a column."""
    return in_zone(moment).strftime("%Y-%m-%d %H:%M") if moment else "-"


def order_page(detail: PlacedDetail) -> list[Entry]:
    """Return all that is known of an unsubscription order."""
    placed, order = detail.placed, detail.placed.order
    currency, amounts = order.currency, detail.placed.order.amounts
    return [
        heading(_("Unsubscription order {id}").format(id=clean(order.order_id))),
        *fields(
            [
                (_("state"), order_state(order.status)),
                (_("placed"), date_time(order.create_time)),
                (_("paid back"), date_time(order.payment_time)),
                (_("services"), services(order) or "-"),
                (_("user"), order.user_name.clean() or _("not known")),
                (_("whose"), origin_words(placed)),
            ]
        ),
        BLANK,
        heading(_("Money, as the vendor says")),
        *fields(
            [
                (_("refund"), money(amounts.net, currency)),
                (_("consumed"), money(amounts.consumed, currency)),
                (_("fee"), money(amounts.commission, currency)),
            ]
        ),
        *([Entry(clean(amounts.gap), Tone.WARNING, indent=2, hang=2)] if amounts.gap else []),
        BLANK,
        heading(_("By original order")),
        *_share_entries(detail),
        *_lines(order),
        *_ours(placed),
    ]


def order_row(placed: Placed) -> Row:
    """Return the stable form of one unsubscription order; money is a text with all its digits."""
    order, run = placed.order, placed.run
    return {
        "order_id": order.order_id,
        "created": rfc3339(order.create_time),
        "paid_back": rfc3339(order.payment_time),
        "status": int(order.status),
        "state": order_state(order.status),
        "currency": order.currency,
        "refund": digits(order.amounts.net),
        "consumed": digits(order.amounts.consumed),
        "handling_fee": digits(order.amounts.commission),
        "service_type_codes": [each.strip() for each in order.service_type_code.raw.split(",") if each.strip()],
        "user_name": order.user_name.raw or None,
        "origin": placed.origin.value,
        "run_id": run.run_id if run is not None else None,
        "resource_id": placed.unit.resource_id if placed.unit is not None else None,
        "resource_name": placed.unit.resource_name.raw if placed.unit is not None else None,
        **_persons(run),
    }


def share_rows(detail: PlacedDetail) -> list[Row]:
    """Return what came back by original order, in the stable form."""
    order = detail.placed.order
    return [
        {
            "order_id": order.order_id,
            "base_order_id": each.base_order_id or None,
            "currency": order.currency,
            "back": digits(each.back),
            "kept": digits(each.kept),
        }
        for each in detail.shares
    ]


def item_rows(run: Run) -> list[Row]:
    """Return the items of a run in a flat form, for a ticket."""
    return [
        {"run_id": run.run_id, "started": rfc3339(run.started), **_persons(run), **_facts(unit), **_money(unit)}
        for unit in run.units
    ]


def _facts(unit: Unit) -> Row:
    return {
        "resource_id": unit.resource_id,
        "resource_name": unit.resource_name.raw,
        "service_type_code": unit.service_type_code.raw,
        "region_code": unit.region_code.raw,
        "outcome": unit.outcome.value,
        "state": unit.state.value,
        "order_id": unit.order_id,
        "error_code": (unit.problem.code.raw or unit.problem.kind.value) if unit.problem else None,
        "leftovers": [each.resource_id for each in unit.aftermath.leftovers] if unit.aftermath else None,
    }


def _money(unit: Unit) -> Row:
    known = unit.exact or unit.estimate
    estimate, exact = unit.estimate or NO_AMOUNTS, unit.exact or NO_AMOUNTS
    return {
        "currency": known.currency if known is not None else None,
        "refund_estimate": digits(estimate.refund),
        "refund": digits(exact.refund),
        "handling_fee_estimate": digits(estimate.handling_fee),
        "handling_fee": digits(exact.handling_fee),
        "consumed": digits(exact.consumed),
        "difference": digits(difference(unit)),
    }


def _persons(run: Run | None) -> Row:
    """Return who planned and who ran it, and why."""
    filed = run.filed if run is not None else None
    person = run.person if run is not None else None
    operator = person.operator if person is not None else run.operator if run is not None else ""
    return {
        "operator": operator or None,
        "planner": filed.planner.operator if filed is not None else None,
        "ticket": filed.ticket.raw or None if filed is not None else None,
        "reason": run.reason_text.raw or None if run is not None else None,
    }


def _share_entries(detail: PlacedDetail) -> Iterator[Entry]:
    currency = detail.placed.order.currency
    for each in detail.shares:
        yield Entry(
            _("of order {id}: {back} back, {kept} kept").format(
                id=clean(each.base_order_id) or _("(not said)"),
                back=money(each.back, currency),
                kept=money(each.kept, currency),
            ),
            Tone.MONEY,
            indent=2,
            hang=2,
        )
    if detail.missing:
        why = _("could not be read: {why}").format(why=clean(detail.missing))
        yield Entry(why, Tone.WARNING, indent=2, hang=2)
    elif not detail.shares:
        yield Entry(_("the vendor has no rows for it yet"), indent=2)


def _lines(order: Order) -> Iterator[Entry]:
    if len(order.lines) < 2:
        return
    yield BLANK
    yield heading(_("By line; the vendor names no resource in them"))
    for line in order.lines:
        kind = line.resource_type_code.clean().removeprefix("hws.resource.type.")
        refund = money(line.amounts.net, order.currency)
        yield Entry(_("{kind}: refund {refund}").format(kind=kind, refund=refund), Tone.MONEY, indent=2, hang=2)


def _ours(placed: Placed) -> Iterator[Entry]:
    run, unit = placed.run, placed.unit
    if run is None or unit is None:
        return
    yield BLANK
    yield heading(_("On our record"))
    persons = _persons(run)
    rows = [
        (_("item"), f"{unit.resource_name.clean() or '-'} ({clean(unit.resource_id)})"),
        (_("run"), f"{clean(run.run_id)} · {date_time(run.started)}"),
        (_("operator"), clean(str(persons["operator"] or "-"))),
        (_("planner"), clean(str(persons["planner"] or "-"))),
        (_("ticket"), clean(str(persons["ticket"] or "-"))),
        (_("reason"), clean(str(persons["reason"] or "-"))),
        (_("estimate"), money(unit.estimate.refund, unit.estimate.currency) if unit.estimate else "-"),
    ]
    found = difference(unit)
    if found is not None and unit.exact is not None:
        sign = "+" if found > Decimal(0) else ""
        rows.append((_("difference"), sign + money(found, unit.exact.currency)))
    yield from fields(rows)
