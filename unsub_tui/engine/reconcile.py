"""What became of a request without an answer: found out by reading, never by sending again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from unsub_tui.api.list_client import ResourceQuery
from unsub_tui.domain.order import Order, OrderStatus, OrderType, RefundRow
from unsub_tui.domain.outcome import State
from unsub_tui.domain.problem import UnsubError
from unsub_tui.engine.evidence import Sight, look, seen_twice
from unsub_tui.engine.session import Session
from unsub_tui.engine.timing import waits
from unsub_tui.journal.documents import ItemDocument
from unsub_tui.journal.entries import UnitEntry
from unsub_tui.journal.state import UnitState

MARGIN = timedelta(minutes=2)
"""By which an order may seem to be older or younger than it is."""

RIVALS = frozenset({State.SUBMITTING, State.UNKNOWN, State.GONE_NO_ORDER})
"""States of other units whose order may not be known yet."""


FINAL = frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED})
"""States in which an order does nothing any more."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An order that might be the unit's."""

    order: Order
    is_sure: bool
    """Its rows name an order of the unit's resource."""


async def reconcile(session: Session, unit: UnitState, *, at_once: bool = False) -> UnitState:
    """Look into an unknown outcome until it is known or patience ends; return the unit as it is then."""
    for wait in waits(session.pace.reconcile):
        if not at_once:
            await session.nap(wait, session.unknown_limit_seconds)
        at_once = False
        try:
            unit = await _investigate(session, unit)
        except UnsubError as error:
            if session.gives_up(unit, error):
                break
        else:
            session.tell_trouble(unit, None)
        if unit.state is not State.UNKNOWN or session.patience(session.unknown_limit_seconds) <= 0:
            break
    return unit


async def find_lost_order(session: Session, unit: UnitState) -> UnitState:
    """Look once more for the order of a resource that is gone; where that cannot be read, it is left for later."""
    try:
        return await _claim(session, unit, await _candidates(session, unit), Sight.GONE)
    except UnsubError as error:
        session.gives_up(unit, error)
        return unit


async def _investigate(session: Session, unit: UnitState) -> UnitState:
    """Do one round of reads, and record what it proves."""
    began = session.clock.now()
    sight = await look(session, unit)
    candidates = await _left(session, unit, sight)
    if candidates:
        return await _claim(session, unit, candidates, sight)
    if sight is Sight.GONE:
        return await _conclude(session, unit, Sight.GONE, State.GONE_NO_ORDER)
    if sight is Sight.PRESENT and age(session, unit, began) >= timedelta(seconds=session.pace.quarantine_seconds):
        return await _conclude(session, unit, Sight.PRESENT, State.NOT_EXECUTED)
    return unit


async def _conclude(session: Session, unit: UnitState, sight: Sight, state: State) -> UnitState:
    """Record an end without an order, if a second round agrees."""
    if not await seen_twice(session, unit, sight):
        return unit
    candidates = await _left(session, unit, sight)
    if candidates:
        return await _claim(session, unit, candidates, sight)
    return session.record(unit, UnitEntry(state=state, problem=unit.problem))


async def _claim(session: Session, unit: UnitState, candidates: Sequence[_Candidate], sight: Sight) -> UnitState:
    """Record the one order that can only be the unit's; else list what it may be."""
    only = candidates[0] if len(candidates) == 1 else None
    if only is not None and only.is_sure and await _is_undisputed(session, unit, only.order, sight):
        return session.record(unit, UnitEntry(state=State.ACCEPTED, order_ids=(only.order.order_id,)))
    listed = tuple(sorted(candidate.order.order_id for candidate in candidates))
    if unit.state is State.UNKNOWN and listed != unit.candidates:
        return session.record(unit, UnitEntry(state=State.UNKNOWN, candidates=listed, problem=unit.problem))
    return unit


async def _is_undisputed(session: Session, unit: UnitState, order: Order, sight: Sight) -> bool:
    """Whether no other unit can claim the order: each that might have one of its own still has its resource."""
    if order.status == OrderStatus.COMPLETED and sight is Sight.PRESENT:
        return False
    if order.status != OrderStatus.COMPLETED and not await _is_alone(session, unit.item):
        return False
    rivals = _rivals(session, unit)
    if rivals and (order.status != OrderStatus.COMPLETED or sight is not Sight.GONE):
        return False
    for rival in rivals.values():
        if await look(session, rival) is not Sight.PRESENT:
            return False
    still = set(_rivals(session, unit)) <= set(rivals)  # another unit may have been sent meanwhile
    return still and order.order_id not in session.journal.book.owned_orders()


def sent_at(unit: UnitState) -> datetime:
    """Return when the unit's last request was sent, by the service's clock."""
    if unit.attempt is None:
        return unit.changed
    return unit.attempt.sent + timedelta(seconds=unit.attempt.server_offset_seconds)


def age(session: Session, unit: UnitState, now: datetime) -> timedelta:
    """Return how long ago the request was sent: by this machine's clock and by the service's, the lesser of both."""
    if unit.attempt is None:
        return now - unit.changed
    here = now - unit.attempt.sent
    return min(here, here + session.server_offset() - timedelta(seconds=unit.attempt.server_offset_seconds))


async def _left(session: Session, unit: UnitState, sight: Sight) -> list[_Candidate]:
    """Return the orders that may be the unit's.

    One that has ended while the resource is still there is left out where it can be of another resource.
    """
    candidates = await _candidates(session, unit)
    if not candidates or sight is not Sight.PRESENT or await _is_alone(session, unit.item):
        return candidates
    return [each for each in candidates if each.order.status not in FINAL]


async def _is_alone(session: Session, item: ItemDocument) -> bool:
    """Whether no other resource was bought with the item's orders; rows that name them can only be about the item."""
    for order_id in item.base_order_ids:
        query = ResourceQuery(order_id=order_id, only_main_resource=True)
        async for page in session.reader.resources(query):
            if any(resource.id != item.resource_id for resource in page.resources):
                return False
    return bool(item.base_order_ids)


def _rivals(session: Session, unit: UnitState) -> dict[tuple[str, int], UnitState]:
    """Return the other units of the same kind whose order is not known yet."""
    return {
        (other.run_id, other.index): other
        for other in session.journal.book.units()
        if other.state in RIVALS
        and (other.run_id, other.index) != (unit.run_id, unit.index)
        and not other.action.is_undoable  # that makes no order
        and _might_share(other.item, unit.item)
    }


def _might_share(one: ItemDocument, other: ItemDocument) -> bool:
    """Whether an order could be taken for that of the other item."""
    if set(one.services).isdisjoint(other.services):
        return False
    known = one.base_order_ids and other.base_order_ids
    return not known or not set(one.base_order_ids).isdisjoint(other.base_order_ids)


async def _candidates(session: Session, unit: UnitState) -> list[_Candidate]:
    """Return the unsubscription orders since the request was sent that may be the unit's."""
    offset = timedelta(seconds=unit.attempt.server_offset_seconds) if unit.attempt else timedelta()
    answer = session.reader.orders(
        order_type=OrderType.UNSUBSCRIPTION,
        created_from=sent_at(unit) - MARGIN,
        created_to=session.clock.now() + offset + MARGIN,
    )
    orders = await session.read("orders", answer)
    possible = [each for each in orders if each.concerns(*unit.item.services) and each.order_id not in unit.disproved]
    found = [await _weighed(session, unit.item, order) for order in possible]
    owned = session.journal.book.owned_orders()
    return [each for each in found if each is not None and each.order.order_id not in owned]


async def _weighed(session: Session, item: ItemDocument, order: Order) -> _Candidate | None:
    """Return the order as a candidate, or None when its rows belong to something else."""
    if order.order_id in session.journal.book.owned_orders():
        return None
    rows = await session.read("refund rows", session.reader.refund_rows(order.order_id))
    if not rows:
        return _Candidate(order, is_sure=False)
    found = belong(rows, item)
    return None if found is False else _Candidate(order, is_sure=bool(found))


def belong(rows: Sequence[RefundRow], item: ItemDocument) -> bool | None:
    """Return whether any of an order's refund rows is about the item's resource; None if that cannot be told."""
    found = {_belongs(row, item) for row in rows}
    if True in found:
        return True
    return None if None in found else False


def _belongs(row: RefundRow, item: ItemDocument) -> bool | None:
    """Return whether a refund row is about the item's resource, as closely as the service tells; None if unknown.

    An order that was not read may be one of the item's: then only another resource type or region tells.
    """
    if not item.base_order_ids or not row.base_order_id:
        return row.resource_type_code.raw == item.resource_type_code and row.region_code.raw == item.region_code
    if row.base_order_id in item.base_order_ids:
        return True
    is_other = row.resource_type_code.raw not in ("", item.resource_type_code) or row.region_code.raw not in (
        "",
        item.region_code,
    )
    return False if item.knows_orders or is_other else None
