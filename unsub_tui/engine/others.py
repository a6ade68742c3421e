"""Unsubscription orders that no run on this record has placed: another administrator, another machine, the console."""

from __future__ import annotations

from datetime import timedelta

from unsub_tui.domain.foreign import clean
from unsub_tui.domain.order import Order, OrderStatus, OrderType
from unsub_tui.domain.problem import UnsubError
from unsub_tui.engine.evidence import Sight, look
from unsub_tui.engine.order_checks import listed_resources
from unsub_tui.engine.reconcile import FINAL, MARGIN, RIVALS, belong, sent_at
from unsub_tui.engine.session import Session
from unsub_tui.journal.state import UnitState

TAKEN_WINDOW = timedelta(days=1)
"""How long before a run began an order may have taken what the run's plan still has."""

LATEST = timedelta(days=1)
"""How long after a request its order may have been placed; a signature is good for minutes, clocks aside."""

REVIEWED_WINDOW = timedelta(days=7)
"""How long before a run began an order may have been placed that is still under way and refuses another one."""

WEIGHED = 20
"""Maximum number of completed orders that are looked into for one resource."""

WEIGHED_UNDER_WAY = 100
"""Maximum number of orders under way that are looked into: a record that was lost may have left many."""


def may_be_of(order: Order, unit: UnitState) -> bool:
    """Whether a request of ours, whose order is not known, may have placed an order."""
    if unit.state not in RIVALS or unit.action.is_undoable or not order.concerns(*unit.item.services):
        return False
    if unit.attempt is None or order.create_time is None:
        return True
    sent = sent_at(unit)
    return order.order_id not in unit.disproved and sent - MARGIN <= order.create_time <= sent + LATEST


async def who_took(session: Session, unit: UnitState) -> str:
    """Return which order of others took a resource that is not there any more, as a fact for a problem's details."""
    try:
        order, is_sure = await _foreign_order(session, unit, TAKEN_WINDOW)
    except UnsubError:
        return "whether others have unsubscribed it could not be found out"
    if order is None:
        return "no unsubscription order of others was found for it"
    verb = "was unsubscribed" if is_sure else "may have been unsubscribed"
    return f"it {verb} with order {_described(order)}, which is not of this record"


async def order_in_the_way(session: Session, unit: UnitState) -> str:
    """Return why the refusal of a unit does not prove that nothing was done, as words; empty if it does.

    An unsubscription that no unit of this record owns may be one of a record that was lost.
    """
    try:
        order, _ = await _foreign_order(session, unit, REVIEWED_WINDOW)
        sight = await look(session, unit) if order is None else Sight.UNSURE
    except UnsubError:
        return "whether an earlier request has unsubscribed from it could not be found out"
    if order is not None:
        return f"order {_described(order)} may have unsubscribed from it and is not of this record; check the order"
    return "" if sight is Sight.PRESENT else "it is not listed as in use any more"


def _described(order: Order) -> str:
    when = f" of {order.create_time:%Y-%m-%d %H:%M} UTC" if order.create_time else ""
    who = f" by {order.user_name.clean()}" if order.user_name else ""
    return f"{clean(order.order_id)}{when}{who}"


async def _foreign_order(session: Session, unit: UnitState, window: timedelta) -> tuple[Order | None, bool]:
    """Return the order of others that is about the unit's resource, else the newest that may be; and whether it is."""
    offset = session.server_offset()
    document = session.journal.book.runs[unit.run_id].document
    answer = session.reader.orders(
        order_type=OrderType.UNSUBSCRIPTION,
        created_from=document.started + offset - window,
        created_to=session.clock.now() + offset + MARGIN,
    )
    owned = session.journal.book.owned_orders()
    orders = await session.read("orders of others", answer)
    foreign = [each for each in orders if each.order_id not in owned and each.concerns(*unit.item.services)]
    under_way = [each for each in foreign if each.status not in FINAL]
    completed = [each for each in foreign if each.status == OrderStatus.COMPLETED]
    possible = next(iter(under_way[WEIGHED_UNDER_WAY:]), None)
    for order in (*under_way[:WEIGHED_UNDER_WAY], *completed[:WEIGHED]):
        is_about = await _is_about(session, order, unit, document.sentinel_id)
        if is_about:
            return await session.read("order", session.reader.order(order.order_id)), True
        if is_about is None:
            possible = possible or order
    if possible is None:
        return None, False
    return await session.read("order", session.reader.order(possible.order_id)), False


async def _is_about(session: Session, order: Order, unit: UnitState, sentinel_id: str) -> bool | None:
    """Return whether an order is about the unit's resource; None if it may be."""
    listed = await listed_resources(session, order.order_id, sentinel_id)
    if listed:
        return not listed.isdisjoint(unit.item.all_ids)
    rows = await session.read("refund rows", session.reader.refund_rows(order.order_id))
    if any(row.base_order_id in unit.item.base_order_ids for row in rows):
        return True
    if not rows:
        return False if order.status in FINAL else None
    return False if belong(rows, unit.item) is False else None
