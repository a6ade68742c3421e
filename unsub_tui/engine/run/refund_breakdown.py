"""Reads the refund details of a settled unit from its refund rows and, when available, from the bill."""

from __future__ import annotations

from collections.abc import Sequence

from unsub_tui.domain.breakdown import (
    Breakdown,
    adds_up_to_refund,
    shares_by_order,
    shares_by_resource,
    unreadable_rows,
)
from unsub_tui.domain.durations import vendor_month
from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.order import RefundRow
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.quote import Payment
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.run.context import RunContext
from unsub_tui.engine.run.order_checks import read_refund_rows, rows_match_item
from unsub_tui.journal import events
from unsub_tui.journal.replay import UnitState


async def record_refund_breakdown(context: RunContext, unit: UnitState) -> UnitState:
    """Journal the refund details known for a settled unit; list unreadable parts as missing, for a later check."""
    if unit.state is not State.SETTLED or (unit.breakdown is not None and unit.breakdown.is_complete):
        return unit
    missing: list[Fact] = []
    refunds: list[RefundRow] = []
    rows: list[Payment] = []
    months = dict.fromkeys((vendor_month(unit.changed), vendor_month(context.clock.now())))  # the bill may be late
    for order_id in unit.order_ids:
        try:
            found_rows = await read_refund_rows(context, order_id)
            if _is_unproven(unit, found_rows):
                missing.append(fact("refund_rows_unproven", order_id=order_id))
            else:
                refunds += found_rows
        except UnsubError as error:
            missing.append(_unread("refund_rows_unread", order_id, error))
        missing += await _order_amount_gaps(context, unit, order_id)
        try:
            rows += [row for month in months for row in await context.reader.payments_of_order(month, order_id)]
        except UnsubError as error:
            missing.append(_unread("bill_unread", order_id, error))
    missing += () if missing else _coverage_gaps(unit)
    unknown_amounts = dict.fromkeys(row.missing_amount for row in rows)
    missing += [gap for gap in (unreadable_rows(refunds), *unknown_amounts) if gap]
    shares = shares_by_resource(rows)
    if not missing and not adds_up_to_refund(shares, unit.exact.refund if unit.exact else None):
        missing.append(fact("not_billed"))
    found = Breakdown(by_order=shares_by_order(refunds), by_resource=shares, missing=tuple(missing))
    if found == unit.breakdown:
        return unit
    return context.record(unit, events.BreakdownRead(breakdown=found))


def _is_unproven(unit: UnitState, rows: Sequence[RefundRow]) -> bool:
    """Return whether the unit was settled without amounts because the order's rows may be for another purchase."""
    return (
        unit.exact is not None and unit.exact.refund is None and bool(rows) and rows_match_item(rows, unit.item) is None
    )


def _coverage_gaps(unit: UnitState) -> list[Fact]:
    """Return why a unit of several primary resources has no amounts, if its orders are readable and its own."""
    is_unknown = unit.exact is not None and unit.exact.refund is None
    return [fact("orders_name_part")] if is_unknown and unit.item.together_ids else []


async def _order_amount_gaps(context: RunContext, unit: UnitState, order_id: str) -> list[Fact]:
    """Return why amounts of an order are unknown; read the order only if the journal lacks an amount."""
    if unit.exact is None or None not in (unit.exact.refund, unit.exact.handling_fee, unit.exact.consumed):
        return []
    try:
        order = await context.reader.order(order_id)
    except UnsubError as error:
        return [_unread("amounts_unread", order_id, error)]
    if not order.amounts.out_of_range:
        return []
    names = ", ".join(order.amounts.out_of_range)
    return [fact("order_out_of_range", names=names, order_id=order_id)]


def _unread(code: FactCode, order_id: str, error: UnsubError) -> Fact:
    return fact(code, order_id=order_id, error=error.problem.short_code)
