"""The account's unsubscription orders, those of others too, window by window, each with whose it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from unsub_tui.api.client import BssClient
from unsub_tui.api.order_reads import UNKNOWN_ORDER
from unsub_tui.domain.breakdown import by_order
from unsub_tui.domain.foreign import Foreign, clean
from unsub_tui.domain.order import Order, OrderType
from unsub_tui.domain.placed import Origin, Placed, PlacedDetail
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.run import Run, Unit
from unsub_tui.engine.quoting.history import windows
from unsub_tui.engine.records import read_owners

MARGIN = timedelta(minutes=2)
"""By which the service's clock may be ahead of ours."""

NAMED = 50
"""Of so many orders of others it is asked who placed them: a call each, the newest ones first."""

AT_ONCE = 10
"""Names that are asked for together."""

Owners = dict[str, tuple[Run, Unit, bool]]
"""By order, the run and the item of ours, and whether that is sure."""


@dataclass(frozen=True, slots=True)
class OrdersProgress:
    """What was read so far, newest first."""

    orders: tuple[Placed, ...]
    since: datetime
    """All orders since then are in it."""
    done: int
    total: int
    """Steps: windows, and lots of names."""
    unnamed: int = 0
    """Orders of others of which it is not known who placed them."""
    problem: Problem | None = None
    """Why some of the names could not be read."""


async def read_orders(
    client: BssClient,
    state_dir: Path,
    account_id: str,
    *,
    since: datetime,
    until: datetime,
    names: MutableMapping[str, Foreign],
) -> AsyncGenerator[OrdersProgress, None]:
    """Yield more and more orders of a span; raises when a window cannot be read whole.

    `names` holds who placed which order, as far as that was asked before; it is added to.
    """
    owners = await asyncio.to_thread(read_owners, state_dir, account_id)
    spans = list(windows(since, until + MARGIN))
    found: dict[str, Placed] = {}
    for done, (begin, end) in enumerate(spans, start=1):
        for order in await client.orders(order_type=OrderType.UNSUBSCRIPTION, created_from=begin, created_to=end):
            found.setdefault(order.order_id, _placed(order, owners, names))
        yield _progress(found, begin, done, len(spans) + 1)
    asked = [each.order.order_id for each in _unnamed(found)][:NAMED]
    lots = [asked[first : first + AT_ONCE] for first in range(0, len(asked), AT_ONCE)]
    total, problem = len(spans) + max(1, len(lots)), None
    for done, lot in enumerate(lots, start=len(spans) + 1):
        try:
            for order in await asyncio.gather(*map(client.order, lot)):
                names[order.order_id] = order.user_name
                found[order.order_id] = _placed(order, owners, names)
        except UnsubError as error:
            problem = error.problem
            break
        yield _progress(found, since, done, total)
    yield replace(_progress(found, since, total, total), problem=problem)


async def read_order(client: BssClient, state_dir: Path, account_id: str, order_id: str) -> PlacedDetail:
    """Return one unsubscription order with its rows of money; raises CONFIG for what is none."""
    owners = await asyncio.to_thread(read_owners, state_dir, account_id)
    try:
        order = await client.order(order_id)
    except UnsubError as error:
        if error.problem.code.raw == UNKNOWN_ORDER:
            raise UnsubError(replace(error.problem, kind=ProblemKind.CONFIG, detail=_none(order_id))) from error
        raise
    if order.order_type != OrderType.UNSUBSCRIPTION:
        detail = f"{clean(order_id)} is an order, but no unsubscription"
        raise UnsubError(Problem(kind=ProblemKind.CONFIG, detail=detail))
    placed = _placed(order, owners, {order.order_id: order.user_name})
    try:
        rows = await client.refund_rows(order.order_id)
    except UnsubError as error:
        return PlacedDetail(placed=placed, missing=error.problem.code.clean() or error.problem.kind.value)
    return PlacedDetail(placed=placed, shares=by_order(rows))


def _none(order_id: str) -> str:
    return f"the account has no order {clean(order_id)}"


def _placed(order: Order, owners: Owners, names: MutableMapping[str, Foreign]) -> Placed:
    named = order if order.user_name else replace(order, user_name=names.get(order.order_id, order.user_name))
    if order.order_id not in owners:
        return Placed(order=named, origin=Origin.OTHERS)
    run, unit, is_sure = owners[order.order_id]
    return Placed(order=named, origin=Origin.OURS if is_sure else Origin.UNSURE, run=run, unit=unit)


def _unnamed(found: dict[str, Placed]) -> Sequence[Placed]:
    """Return the orders that are not of a run of ours and have no name, newest first."""
    return [each for each in _newest_first(found) if each.origin is not Origin.OURS and not each.order.user_name]


def _newest_first(found: dict[str, Placed]) -> list[Placed]:
    return sorted(found.values(), key=_moment, reverse=True)


def _moment(placed: Placed) -> tuple[float, str]:
    created = placed.order.create_time
    return (created.timestamp() if created else 0.0, placed.order.order_id)


def _progress(found: dict[str, Placed], since: datetime, done: int, total: int) -> OrdersProgress:
    return OrdersProgress(tuple(_newest_first(found)), since, done, total, len(_unnamed(found)))
