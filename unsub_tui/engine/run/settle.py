"""Polls submitted units until they are settled: an order is complete and its resource gone, or a change is visible."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.order import UNDER_REVIEW, Order, OrderStatus
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.run.context import RunContext
from unsub_tui.engine.run.order_checks import OrderCheckHistory
from unsub_tui.engine.run.presence import Presence, is_presence_confirmed, observe, read_retained_status
from unsub_tui.engine.run.reconcile import is_quarantine_over, is_sole_purchase
from unsub_tui.engine.run.refund_breakdown import record_refund_breakdown
from unsub_tui.journal import events
from unsub_tui.journal.replay import UnitState


async def poll_order(context: RunContext, unit: UnitState, *, immediately: bool = False) -> UnitState:
    """Poll an accepted unit until it is settled or failed, or the time limit is reached; return the updated unit.

    The unit becomes unknown if the order returned by Huawei Cloud turns out not to belong to it.
    """
    check_history = OrderCheckHistory()
    statuses: list[int] = []

    async def read_once(unit: UnitState) -> UnitState:
        orders = [await context.reader.order(each) for each in unit.order_ids]
        statuses[:] = [order.status for order in orders]
        reasons = await check_history.find_mismatches(context, unit, orders)
        if not reasons:
            return await _record_end(context, unit, orders, check_history)
        return record_mismatch(context, unit, reasons) if check_history.mismatched_twice else unit  # one may be wrong

    def limit_seconds() -> float:
        is_under_review = not UNDER_REVIEW.isdisjoint(statuses)
        return context.policy.review_limit_seconds if is_under_review else context.policy.settle_limit_seconds

    delays = context.policy.poll_delays
    unit = await context.poll_until_changed(unit, read_once, delays, limit_seconds, immediately=immediately)
    return await record_refund_breakdown(context, unit) if unit.state is State.SETTLED else unit


def record_mismatch(context: RunContext, unit: UnitState, mismatches: dict[str, Fact]) -> UnitState:
    """Journal orders that do not belong to the unit; `mismatches` contains the reasons by order id."""
    facts = (fact("order_mismatch"), *mismatches.values())
    problem = Problem(kind=ProblemKind.BAD_RESPONSE, facts=facts)
    return context.record(unit, events.OrdersDisproved(order_ids=tuple(mismatches), problem=problem))


def _exact_amounts(orders: Sequence[Order]) -> Amounts:
    """Return the refund, fee and consumption according to Huawei Cloud, with their sum as the paid amount."""
    net = _sum([order.amounts.net for order in orders])
    fee = _sum([order.amounts.commission for order in orders])
    consumed = _sum([order.amounts.consumed for order in orders])
    paid = _sum([net, fee, consumed])
    return Amounts(currency=orders[0].currency, paid=paid, consumed=consumed, handling_fee=fee, refund=net)


def _has_refund_amounts(orders: Sequence[Order]) -> bool:
    """Return whether the amounts are those of a refund: for changes to pay-per-use that is not documented."""
    return all(None not in (each.amounts.commission, each.amounts.consumed) for each in orders)


async def _record_end(
    context: RunContext, unit: UnitState, orders: Sequence[Order], check_history: OrderCheckHistory
) -> UnitState:
    """Journal the final state if orders and resource agree on it (rule S10)."""
    if all(order.status == OrderStatus.COMPLETED for order in orders):
        gone = await observe(context, unit, allow_full_listing=True) is Presence.GONE
        if gone and await is_presence_confirmed(context, unit, Presence.GONE, allow_full_listing=True):
            # an order without proof of ownership can settle the unit, but its amounts are not used
            is_proven = not check_history.unproven and check_history.cover(unit.item)
            if unit.action.unsubscribe_type is None:
                is_proven = is_proven and _has_refund_amounts(orders)
            exact = _exact_amounts(orders) if is_proven else Amounts(currency=orders[0].currency)
            return context.record(unit, events.Settled(exact=exact))
        status = await _retained_status(context, unit, check_history)
        if status is not None:
            return context.record(unit, events.Settled(exact=_exact_amounts(orders), resource_status=status))
    unit = _record_order_status(context, unit, orders)
    cancelled = any(order.status == OrderStatus.CANCELLED for order in orders)
    if cancelled and await observe(context, unit) in (Presence.PRESENT, Presence.ALTERED):
        problem = Problem(kind=ProblemKind.SERVICE, facts=(fact("order_cancelled"),))
        return context.record(unit, events.OrderFailed(problem=problem))
    return unit


async def _retained_status(context: RunContext, unit: UnitState, check_history: OrderCheckHistory) -> int | None:
    """Return the status in which the resource of completed orders has been kept for long enough, or None.

    Then the orders alone prove the unsubscription, so each of them must be proven to be the unit's.
    """
    is_proven = await _are_orders_proven(context, unit, check_history)
    status = await read_retained_status(context, unit) if is_proven else None
    now = context.clock.monotonic()
    if status is None:
        check_history.retained_since = None
    elif check_history.retained_since is None:
        check_history.retained_since = now
    elif now - check_history.retained_since >= context.policy.retained_limit_seconds:
        return status
    return None


async def _are_orders_proven(context: RunContext, unit: UnitState, check_history: OrderCheckHistory) -> bool:
    """Return whether each order lists a resource of the unit, or refunds purchases of nothing else."""
    ids = set(unit.order_ids)
    if not check_history.proven >= ids or not check_history.cover(unit.item):
        return False
    return check_history.confirmed >= ids or await is_sole_purchase(context, unit.item)


def _record_order_status(context: RunContext, unit: UnitState, orders: Sequence[Order]) -> UnitState:
    """Journal a new intermediate order status, because a review can take a day."""
    statuses = sorted((order.status for order in orders), key=lambda each: (each not in UNDER_REVIEW, each))
    status = next(iter(statuses), None)
    if status is None or status in (unit.order_status, OrderStatus.COMPLETED, OrderStatus.CANCELLED):
        return unit
    if unit.order_status is None and status == OrderStatus.PROCESSING:
        return unit
    return context.record(unit, events.OrderStatusRead(order_status=status))


def _sum(figures: Sequence[Decimal | None]) -> Decimal | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known, Decimal(0)) if len(known) == len(figures) else None


async def poll_change(context: RunContext, unit: UnitState, *, immediately: bool = False) -> UnitState:
    """Observe the resource of an accepted or unknown change until its outcome is known or the time limit is reached.

    A change of the expiry policy creates no order. A single observation of the change proves it, because the precheck
    saw the old state. Its absence proves nothing while the request may still be executed or a read may be outdated; it
    counts only after the quarantine, and if a second observation agrees.
    """
    policy, is_accepted = context.policy, unit.state is State.ACCEPTED
    limit_seconds = policy.settle_limit_seconds if is_accepted else policy.unknown_limit_seconds
    return await context.poll_until_changed(
        unit,
        partial(_record_change, context),
        policy.poll_delays if is_accepted else policy.reconcile_delays,
        lambda: limit_seconds,
        immediately=immediately or is_accepted,  # an accepted change is usually visible at once
    )


async def _record_change(context: RunContext, unit: UnitState) -> UnitState:
    """Observe the resource once, and journal the outcome it proves."""
    began = context.clock.now()
    presence = await observe(context, unit, allow_full_listing=True)
    if presence is Presence.CHANGE_APPLIED:
        return context.record(unit, events.Settled() if unit.state is State.ACCEPTED else events.Accepted())
    if presence is Presence.UNSURE:
        return unit
    if presence is Presence.PRESENT and not is_quarantine_over(context, unit, began):
        return unit
    if not await is_presence_confirmed(context, unit, presence, allow_full_listing=True):
        return unit
    if unit.state is not State.ACCEPTED:
        return context.record(unit, events.GoneNoOrder() if presence is Presence.GONE else events.NotExecuted())
    code: FactCode = "gone_after_change" if presence is Presence.GONE else "change_reverted"
    return context.record(unit, events.OrderFailed(problem=Problem(kind=ProblemKind.SERVICE, facts=(fact(code),))))
