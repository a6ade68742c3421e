"""From accepted to settled: an order is followed until it is complete and the resource is gone."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from unsub_tui.domain.money import Amounts
from unsub_tui.domain.order import Order, OrderStatus
from unsub_tui.domain.outcome import State
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.engine.accounting import account_for
from unsub_tui.engine.evidence import Sight, look, seen_twice
from unsub_tui.engine.order_checks import OrderReading, disproof
from unsub_tui.engine.session import Session
from unsub_tui.engine.timing import waits
from unsub_tui.journal.documents import AmountsDocument, ProblemDocument
from unsub_tui.journal.entries import UnitEntry
from unsub_tui.journal.state import UnitState


async def watch(session: Session, unit: UnitState, *, at_once: bool = False) -> UnitState:
    """Follow an accepted unit until it is settled or failed, or patience ends; return it as it is then.

    It is unknown again if the order that the service named proves not to be the unit's.
    """
    limit = _limit(session, ())
    known = OrderReading()
    for wait in waits(session.pace.poll):
        if not at_once:
            await session.nap(wait, limit)
        at_once = False
        try:
            orders = [await session.read("order", session.reader.order(each)) for each in unit.order_ids]
            unit = await _weigh(session, unit, orders, known)
            limit = _limit(session, orders)
        except UnsubError as error:
            if session.gives_up(unit, error):
                break
        else:
            session.tell_trouble(unit, None)
        if unit.state is not State.ACCEPTED or session.patience(limit) <= 0:
            break
    return await account_for(session, unit) if unit.state is State.SETTLED else unit


async def _weigh(session: Session, unit: UnitState, orders: Sequence[Order], known: OrderReading) -> UnitState:
    """Record what the unit's orders come to, or that two reads agree that one of them is not the unit's."""
    reasons = await known.objections(session, unit, orders)
    if not reasons:
        return await _judge(session, unit, orders, known)
    return doubt(session, unit, reasons) if known.agreed else unit


def doubt(session: Session, unit: UnitState, reasons: dict[str, str]) -> UnitState:
    """Record that orders which the service named are not the unit's; `reasons` are by order id."""
    problem = ProblemDocument.of(disproof(reasons))
    return session.record(unit, UnitEntry(state=State.UNKNOWN, disproved=tuple(reasons), problem=problem))


def exact_amounts(orders: Sequence[Order]) -> Amounts:
    """Return what the vendor says was refunded, charged and consumed."""
    net = _sum([order.amounts.net for order in orders])
    fee = _sum([order.amounts.commission for order in orders])
    consumed = _sum([order.amounts.consumed for order in orders])
    return Amounts(
        currency=orders[0].currency,
        paid=_sum([net, fee, consumed]),
        consumed=consumed,
        handling_fee=fee,
        refund=net,
    )


async def _judge(session: Session, unit: UnitState, orders: Sequence[Order], known: OrderReading) -> UnitState:
    """Record the unit's end where orders and resource agree on one (rule S10)."""
    if all(order.status == OrderStatus.COMPLETED for order in orders):
        gone = await look(session, unit, whole=True) is Sight.GONE
        if gone and await seen_twice(session, unit, Sight.GONE, whole=True):
            # a unit can be settled by an order whose amounts nothing proves to be its own
            exact = Amounts(currency=orders[0].currency) if known.unproven else exact_amounts(orders)
            return session.record(unit, UnitEntry(state=State.SETTLED, exact=AmountsDocument.of(exact)))
    unit = _noted(session, unit, orders)
    cancelled = any(order.status == OrderStatus.CANCELLED for order in orders)
    if cancelled and await look(session, unit) is Sight.PRESENT:
        problem = Problem(kind=ProblemKind.SERVICE, detail="the vendor cancelled the order; the resource stays")
        return session.record(unit, UnitEntry(state=State.ORDER_FAILED, problem=ProblemDocument.of(problem)))
    return unit


def _noted(session: Session, unit: UnitState, orders: Sequence[Order]) -> UnitState:
    """Record where the order stands, where that is news: a review can take a day, and a person should know."""
    status = min((order.status for order in orders), default=None)
    if status is None or status in (unit.order_status, OrderStatus.COMPLETED, OrderStatus.CANCELLED):
        return unit
    if unit.order_status is None and status == OrderStatus.PROCESSING:
        return unit
    return session.record(unit, UnitEntry(state=State.ACCEPTED, order_status=status))


def _limit(session: Session, orders: Sequence[Order]) -> float:
    """Return how long to stay: an order under review can take the vendor's staff a day."""
    if session.follows_to_the_end:
        return float("inf")
    reviewed = any(order.status == OrderStatus.PENDING_APPROVAL for order in orders)
    return session.pace.review_limit_seconds if reviewed else session.pace.settle_limit_seconds


def _sum(figures: Sequence[Decimal | None]) -> Decimal | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known, Decimal(0)) if len(known) == len(figures) else None
