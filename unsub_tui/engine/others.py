"""Unsubscription orders that no run on this record has placed: another administrator, another machine, the console."""

from __future__ import annotations

from datetime import datetime, timedelta

from unsub_tui.domain.foreign import clean
from unsub_tui.domain.order import Order, OrderType
from unsub_tui.domain.problem import UnsubError
from unsub_tui.engine.reconcile import MARGIN, RIVALS, belongs, is_of_service
from unsub_tui.engine.session import Session
from unsub_tui.journal.entries import Attempt
from unsub_tui.journal.state import UnitState

TAKEN_WINDOW = timedelta(days=1)
"""How long before a run began an order may have taken what the run's plan still has."""

LATEST = timedelta(days=1)
"""How long after a request its order may have been placed; a signature is good for minutes, clocks aside."""

WEIGHED = 20
"""How many orders are looked into for one resource."""


def may_be_of(order: Order, unit: UnitState) -> bool:
    """Whether a request of ours, whose order is not known, may have placed an order."""
    if unit.state not in RIVALS or unit.action.is_undoable or not is_of_service(order, unit.item):
        return False
    if unit.attempt is None or order.create_time is None:
        return True
    sent = _sent(unit.attempt)
    return sent - MARGIN <= order.create_time <= sent + LATEST


def _sent(attempt: Attempt) -> datetime:
    """Return when the request left, by the service's clock."""
    return attempt.sent + timedelta(seconds=attempt.server_offset_seconds)


async def who_took(session: Session, unit: UnitState) -> str:
    """Return which order of others took a resource that is not there any more, as a fact for a problem's details."""
    try:
        order, is_sure = await _taking_order(session, unit)
    except UnsubError:
        return "whether others have unsubscribed it could not be found out"
    if order is None:
        return "no unsubscription order of others was found for it"
    when = f" of {order.create_time:%Y-%m-%d %H:%M} UTC" if order.create_time else ""
    who = f" by {order.user_name.clean()}" if order.user_name else ""
    verb = "was unsubscribed" if is_sure else "may have been unsubscribed"
    return f"it {verb} with order {clean(order.order_id)}{when}{who}, which is not of this record"


async def _taking_order(session: Session, unit: UnitState) -> tuple[Order | None, bool]:
    """Return the newest order of others that may be about the unit's resource, and whether it names its purchase."""
    offset = session.server_offset()
    document = session.journal.book.runs[unit.run_id].document
    answer = session.reader.orders(
        order_type=OrderType.UNSUBSCRIPTION,
        created_from=document.started + offset - TAKEN_WINDOW,
        created_to=session.clock.now() + offset + MARGIN,
    )
    owned = session.journal.book.owned_orders()
    orders = await session.read("orders of others", answer)
    foreign = [each for each in orders if each.order_id not in owned and is_of_service(each, unit.item)]
    for order in foreign[:WEIGHED]:
        rows = await session.read("refund rows", session.reader.refund_rows(order.order_id))
        about_it = [row for row in rows if belongs(row, unit.item)]
        if about_it:
            is_sure = any(row.base_order_id in unit.item.base_order_ids for row in about_it)
            return await session.read("order", session.reader.order(order.order_id)), is_sure
    return None, False
