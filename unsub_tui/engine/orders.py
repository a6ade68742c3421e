"""Unsubscription orders of the account, including those placed elsewhere, each attributed to a run if possible."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from unsub_tui.api.client import UNKNOWN_ORDER, BssClient
from unsub_tui.domain.breakdown import shares_by_order, unreadable_rows
from unsub_tui.domain.fact import fact
from unsub_tui.domain.order import AttributedOrder, AttributedOrderDetails, Order, OrderOrigin, OrderType
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.run import Run
from unsub_tui.domain.unit_state import UNMATCHED_STATES
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.quotes.orders import END_MARGIN, query_windows
from unsub_tui.engine.run.order_checks import could_match
from unsub_tui.journal.replay import JournalState, UnitState

MAX_NAMED_ORDERS = 50
"""Maximum number of orders from elsewhere, newest first, for which to look up the user; one call each."""

NAME_BATCH_SIZE = 10
"""Number of orders whose users are looked up concurrently."""


class OrderAttribution:
    """Maps orders to the runs that placed them. A unit with an unknown outcome may own an order not matched yet."""

    def __init__(self, journal_state: JournalState, problem: Problem | None = None) -> None:
        self.problem = problem
        """The reason why the journal cannot be read. Every order may then belong to a run."""
        self._owner_by_order: dict[str, UnitState] = {}
        for unit in sorted(journal_state.units(), key=lambda unit: unit.orders_event_seq, reverse=True):
            self._owner_by_order |= dict.fromkeys(unit.order_ids, unit)  # reversed: the first claim wins
        self._candidate_by_order: dict[str, UnitState] = {
            each: unit for unit in journal_state.units() for each in unit.candidates
        }
        self._unmatched = [unit for unit in journal_state.units() if unit.state in UNMATCHED_STATES]
        self._journal_state = journal_state
        self._runs: dict[str, Run] = {}

    def attribute(self, order: Order, user_names: Mapping[str, UntrustedText]) -> AttributedOrder:
        """Return the order with its origin and, if known, its run."""
        named = order if order.user_name else replace(order, user_name=user_names.get(order.order_id, order.user_name))
        if self.problem is not None:
            return AttributedOrder(order=named, origin=OrderOrigin.UNSURE)
        sure = self._owner_by_order.get(order.order_id)
        unit = sure or self._candidate_by_order.get(order.order_id)
        unit = unit or next((each for each in self._unmatched if could_match(order, each)), None)
        if unit is None:
            return AttributedOrder(order=named, origin=OrderOrigin.OTHERS)
        origin = OrderOrigin.OURS if sure is not None else OrderOrigin.UNSURE
        run = self._run(unit.run_id)
        return AttributedOrder(order=named, origin=origin, run=run, unit=run.units[unit.index])

    def _run(self, run_id: str) -> Run:
        """Return a run, converted once because many orders may belong to it."""
        if run_id not in self._runs:
            self._runs[run_id] = self._journal_state.runs[run_id].to_run()
        return self._runs[run_id]


@dataclass(frozen=True, slots=True)
class OrdersProgress:
    """The orders read so far, newest first."""

    orders: tuple[AttributedOrder, ...]
    since: datetime
    """Start of the period read so far; `orders` is complete from here on."""
    done: int
    total: int
    """Total number of steps: query windows plus batches of user lookups."""
    unnamed: int = 0
    """Number of orders from elsewhere whose user is unknown."""
    problem: Problem | None = None
    """The reason why some orders could not be attributed to a user or a run."""


async def read_orders(
    client: BssClient,
    attribution: OrderAttribution,
    user_names: MutableMapping[str, UntrustedText],
    since: datetime,
    until: datetime,
) -> AsyncGenerator[OrdersProgress, None]:
    """Yield a growing list of the orders in a period. Raise ApiError if a window cannot be read completely.

    `user_names` caches the users of orders by order id; new lookups are added to it.
    """
    spans = list(query_windows(since, until + END_MARGIN))
    found: dict[str, AttributedOrder] = {}
    for done, (begin, end) in enumerate(spans, start=1):
        orders = await client.orders(
            order_type=OrderType.UNSUBSCRIPTION, created_from=begin, created_to=end, with_unreadable=True
        )
        for order in orders:
            # adjacent windows overlap, so an order may be read twice; one without an id is shown each time
            found.setdefault(order.order_id or f"?{len(found)}", attribution.attribute(order, user_names))
        yield _progress(found, begin, done, len(spans) + 1)
    order_ids = [each.order.order_id for each in _unnamed(found) if each.order.is_readable][:MAX_NAMED_ORDERS]
    batches = [order_ids[first : first + NAME_BATCH_SIZE] for first in range(0, len(order_ids), NAME_BATCH_SIZE)]
    total, problem = len(spans) + max(1, len(batches)), attribution.problem
    for done, batch in enumerate(batches, start=len(spans) + 1):
        try:
            for order in await asyncio.gather(*map(client.order, batch)):
                user_names[order.order_id] = order.user_name
                found[order.order_id] = attribution.attribute(order, user_names)
        except UnsubError as error:
            problem = error.problem
            break
        yield _progress(found, since, done, total)
    yield replace(_progress(found, since, total, total), problem=problem)


async def read_order(client: BssClient, attribution: OrderAttribution, order_id: str) -> AttributedOrderDetails:
    """Return an unsubscription order with its refund rows. Raise USAGE if the id is not such an order."""
    try:
        order = await client.order(order_id)
    except UnsubError as error:
        if error.problem.code.raw != UNKNOWN_ORDER:
            raise
        unknown = fact("no_such_order", order=order_id)
        raise UnsubError(replace(error.problem, kind=ProblemKind.USAGE, facts=(unknown,))) from error
    if order.order_type != OrderType.UNSUBSCRIPTION:
        other = fact("no_unsubscription_order", order=order_id)
        raise UnsubError(Problem(kind=ProblemKind.USAGE, facts=(other,)))
    placed = attribution.attribute(order, {})
    try:
        rows = await client.refund_rows(order.order_id)
    except UnsubError as error:
        return AttributedOrderDetails(attributed_order=placed, missing=error.problem.short_code)
    return AttributedOrderDetails(attributed_order=placed, shares=shares_by_order(rows), missing=unreadable_rows(rows))


def _unnamed(found: dict[str, AttributedOrder]) -> Sequence[AttributedOrder]:
    """Return the orders without a user name that are not known to belong to a run, newest first."""
    return [each for each in _newest_first(found) if each.origin is not OrderOrigin.OURS and not each.order.user_name]


def _newest_first(found: dict[str, AttributedOrder]) -> list[AttributedOrder]:
    def sort_key(placed: AttributedOrder) -> tuple[float, str]:
        created = placed.order.create_time
        return (created.timestamp() if created else 0.0, placed.order.order_id)

    return sorted(found.values(), key=sort_key, reverse=True)


def _progress(found: dict[str, AttributedOrder], since: datetime, done: int, total: int) -> OrdersProgress:
    return OrdersProgress(tuple(_newest_first(found)), since, done, total, len(_unnamed(found)))
