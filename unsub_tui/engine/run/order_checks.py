"""Rules by which an order belongs to a unit, and their check for an order that was returned: its id proves nothing.

An unreadable fact disproves nothing. The unit then stays accepted, and the order is read again later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from unsub_tui.api.errors import invalid_response
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.order import Order, RefundRow, order_type_of
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.unit_state import UNMATCHED_STATES
from unsub_tui.engine.run.context import RunContext
from unsub_tui.engine.run.policy import RunPolicy
from unsub_tui.journal.codec import ItemDocument
from unsub_tui.journal.replay import JournalState, UnitState

NO_REFUND_ORDER = "CBC.99005026"
"""Error code for refund rows of an order that is no unsubscription, such as a change to pay-per-use."""
MAX_IDS_IN_TEXT = 3
"""Maximum number of ids to name in a message."""


def sent_at(unit: UnitState) -> datetime:
    """Return the time of the unit's last request, or of the first one it repeats, by Huawei Cloud's clock."""
    attempt = unit.first_attempt or unit.attempt
    if attempt is None:
        return unit.changed
    return attempt.sent + timedelta(seconds=attempt.server_offset_seconds)


def could_match(order: Order, unit: UnitState) -> bool:
    """Return whether the order may come from the unit's request, which has no known order yet."""
    is_of_kind = unit.action.creates_order and order.order_type == order_type_of(unit.action)
    if unit.state not in UNMATCHED_STATES or not is_of_kind or not order.concerns(*unit.item.services):
        return False
    if unit.attempt is None or order.create_time is None:
        return True
    sent = sent_at(unit)
    return (
        order.order_id not in unit.disproved
        and sent - RunPolicy.CLOCK_SKEW <= order.create_time <= sent + RunPolicy.MAX_ORDER_DELAY
    )


def rows_match_item(rows: Sequence[RefundRow], item: ItemDocument) -> bool | None:
    """Return whether any refund row of an order concerns the item's resource; None if that is unknown."""
    found = {_row_matches_item(row, item) for row in rows}
    if True in found:
        return True
    return None if None in found else False


def _row_matches_item(row: RefundRow, item: ItemDocument) -> bool | None:
    """Return whether a refund row concerns the item's resource, as far as its fields tell; None if unknown.

    If not all orders of the item are known, only a different resource type or region rules out a match.
    """
    if not item.base_order_ids or not row.base_order_id:
        return row.kind in item.requested_kinds
    if row.base_order_id in item.base_order_ids:
        return True
    is_possible = any(
        all(own in ("", expected) for own, expected in zip(row.kind, kind, strict=True))
        for kind in item.requested_kinds
    )
    return False if item.has_all_orders or not is_possible else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedOrder:
    """An order that Huawei Cloud returned for a unit, and what is known about it."""

    unit: UnitState
    order_id: str
    owner: UnitState | None
    """The journaled unit that owns the order; None if there is none."""
    order: Order | None = None
    """The order; None if it has not been read."""
    order_resource_ids: frozenset[str] | None = None
    """The ids of the order's resources; empty if none are listed, None if they have not been read."""
    rows: Sequence[RefundRow] = ()
    """The order's refund rows; empty if there are none yet."""

    @property
    def names_resource(self) -> bool:
        """Whether a resource of the unit is listed among the order's resources."""
        return self.order_resource_ids is not None and not self.order_resource_ids.isdisjoint(self.unit.item.all_ids)


def find_mismatch(returned: ReturnedOrder) -> Fact | None:
    """Return why an order is not the unit's; None if no check fails."""
    return next(mismatches(returned), None)


def mismatches(returned: ReturnedOrder) -> Iterator[Fact]:
    """Yield each reason why an order is not the unit's, as far as the order has been read."""
    owner, unit = returned.owner, returned.unit
    if owner is not None and (owner.run_id, owner.index) != (unit.run_id, unit.index):
        values = {"id": owner.item.resource_id, "run_id": owner.run_id}
        yield fact("order_of_other_unit", order_id=returned.order_id, **values)
    if returned.order_id.casefold() in {order_id.casefold() for order_id in unit.item.base_order_ids}:
        yield fact("order_is_purchase", order_id=returned.order_id)
    if returned.order is not None:
        yield from _header_mismatches(returned, returned.order)
        # a listed resource of the unit proves more than the services and rows that the order names
        if returned.order_resource_ids is not None and not returned.names_resource:
            yield from _content_mismatches(returned, returned.order, returned.order_resource_ids)


def _header_mismatches(returned: ReturnedOrder, order: Order) -> Iterator[Fact]:
    """Yield a mismatch if the order's type is not unsubscription, or it was created before the request was sent."""
    expected = order_type_of(returned.unit.action)
    if order.order_type != expected:
        types = {"type": int(order.order_type), "expected": int(expected)}
        yield fact("order_of_other_type", order_id=returned.order_id, **types)
    created = order.create_time
    if created is not None and created < sent_at(returned.unit) - RunPolicy.CLOCK_SKEW:
        yield fact("order_too_old", order_id=returned.order_id, created=f"{created:%Y-%m-%d %H:%M} UTC")


def _content_mismatches(returned: ReturnedOrder, order: Order, listed: frozenset[str]) -> Iterator[Fact]:
    """Yield a mismatch if all listed resources, all services or all refund rows are for something else."""
    order_id, item = returned.order_id, returned.unit.item
    if listed:
        yield fact("order_of_other_resources", order_id=order_id, ids=_join_ids(listed))
    if not order.concerns(*item.services):
        yield fact("order_of_other_services", order_id=order_id, ids=_join_ids(frozenset(order.service_codes)))
    if returned.rows and rows_match_item(returned.rows, item) is False:
        named = frozenset(row.base_order_id for row in returned.rows if row.base_order_id)
        if named:
            yield fact("order_refunds_others", order_id=order_id, ids=_join_ids(named))
        else:
            yield fact("order_refunds_other_type", order_id=order_id)


def recorded_mismatches(journal_state: JournalState, unit: UnitState) -> dict[str, Fact]:
    """Return the unit's orders that the journal alone disproves, with the reason by order id."""
    orders = [ReturnedOrder(unit=unit, order_id=each, owner=journal_state.order_owner(each)) for each in unit.order_ids]
    return {each.order_id: mismatch for each in orders if (mismatch := find_mismatch(each))}


@dataclass(slots=True)
class OrderCheckHistory:
    """Results of earlier checks of a unit's orders."""

    confirmed: set[str] = field(default_factory=set)
    """Orders whose listing contained a resource of the unit; they are not listed again."""
    mismatched_once: frozenset[str] = frozenset()
    """Orders that the last read disproved."""
    mismatched_twice: frozenset[str] = frozenset()
    """Orders that the last two reads disproved; a single read is not trusted."""
    unproven: set[str] = field(default_factory=set)
    """Orders without a mismatch whose refund rows may be for another purchase; their amounts are not used."""
    proven: set[str] = field(default_factory=set)
    """Orders whose listing or refund rows name a resource of the unit."""
    named_ids: set[str] = field(default_factory=set)
    """Resources of the unit that listings of its orders name."""
    refunded_kinds: set[tuple[str, str]] = field(default_factory=set)
    """Resource types and regions in the refund rows of its orders."""
    retained_since: float | None = None
    """Monotonic seconds of the first read in which the orders were completed and their resource was kept."""

    def cover(self, item: ItemDocument) -> bool:
        """Return whether the orders concern all primary resources of an item; one resource is proven otherwise.

        The license of a database has an order of its own, without which the sums are too low.
        """
        if not item.together_ids or self.named_ids.issuperset(item.requested_ids):
            return True
        own = frozenset({item.own_kind} if item.resource_id not in self.named_ids else ())
        others = frozenset(item.together_kinds if not self.named_ids.issuperset(item.together_ids) else ())
        return bool(item.together_kinds) and self.refunded_kinds >= own | others

    async def find_mismatches(self, context: RunContext, unit: UnitState, orders: Sequence[Order]) -> dict[str, Fact]:
        """Return the orders disproved by this read, with the reason by order id.

        Raise BAD_RESPONSE if an order has reached a final status but has too little data to verify it.
        """
        found: dict[str, Fact] = {}
        for order_id, order in zip(unit.order_ids, orders, strict=True):
            is_confirmed = order_id in self.confirmed
            returned = await _read_returned_order(context, unit, order_id, order, is_confirmed=is_confirmed)
            if returned.names_resource:
                self.confirmed.add(order_id)
            if not is_confirmed:  # of a confirmed order, the listing is not read again
                self.named_ids |= returned.order_resource_ids or frozenset()
            self.refunded_kinds |= {row.kind for row in returned.rows}
            is_match = rows_match_item(returned.rows, unit.item)
            if returned.names_resource or is_match:
                self.proven.add(order_id)
            if is_match is None:
                self.unproven.add(order_id)
            else:
                self.unproven.discard(order_id)
            mismatch = find_mismatch(returned)
            if mismatch is not None:
                found[order_id] = mismatch
            elif order.is_final:
                _check_sufficient(returned, order)
        self.mismatched_twice, self.mismatched_once = self.mismatched_once & found.keys(), frozenset(found)
        return found


async def read_refund_rows(context: RunContext, order_id: str) -> Sequence[RefundRow]:
    """Return the refund rows of an order; none if Huawei Cloud has none for orders of its type."""
    try:
        return await context.reader.refund_rows(order_id)
    except UnsubError as error:
        if error.problem.code.raw == NO_REFUND_ORDER:
            return ()
        raise


async def read_order_resource_ids(context: RunContext, order_id: str, sentinel_id: str) -> frozenset[str]:
    """Return the ids of the resources listed for an order; empty if the listing is not conclusive.

    A listing of more than `MAX_ORDER_RESOURCES`, or with the sentinel, has ignored the order filter. An unreadable row
    can be any resource. An id with other characters than ASCII was not read as it is stored, and does not prove that
    the order is another one.
    """
    listed: set[str] = set()
    async with aclosing(context.reader.resource_pages(order_id=order_id)) as pages:
        async for page in pages:
            if max(page.total, len(page.rows)) > RunPolicy.MAX_ORDER_RESOURCES:
                return frozenset()
            if any(each.defect is not None for each in page.rows):
                return frozenset()
            listed = {each.id for each in page.rows} | (set() if page.restarted else listed)
    is_conclusive = sentinel_id not in listed and all(map(str.isascii, listed))
    return frozenset(listed) if is_conclusive else frozenset()


async def _read_returned_order(
    context: RunContext, unit: UnitState, order_id: str, order: Order, *, is_confirmed: bool
) -> ReturnedOrder:
    """Read an order's resources and refund rows, with as few calls as possible."""
    known = ReturnedOrder(unit=unit, order_id=order_id, owner=context.journal.state.order_owner(order_id), order=order)
    if find_mismatch(known):
        return known
    if is_confirmed:
        return replace(known, order_resource_ids=unit.item.all_ids)
    sentinel_id = context.document(unit).sentinel_id
    listed = await read_order_resource_ids(context, order_id, sentinel_id)
    rows: Sequence[RefundRow] = ()
    if not listed and order.is_final:
        rows = await read_refund_rows(context, order_id)
    return replace(known, order_resource_ids=listed, rows=rows)


def _check_sufficient(returned: ReturnedOrder, order: Order) -> None:
    """Raise BAD_RESPONSE if an order without a mismatch lacks its creation time, or any resource, row or service."""
    missing = "" if returned.names_resource or returned.rows or order.service_codes else "service_type_code"
    missing = "create_time" if order.create_time is None else missing
    if missing:
        raise invalid_response("order", "field_of_order_missing", name=missing, order_id=returned.order_id)


def _join_ids(ids: frozenset[str]) -> str:
    """Return the first ids as text, with an ellipsis for the others."""
    shown = sorted(ids)[:MAX_IDS_IN_TEXT]
    return ", ".join(shown if len(ids) == len(shown) else [*shown, "…"])
