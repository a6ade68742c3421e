"""The account's unsubscription orders, those of others too, window by window, each with whose it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from unsub_tui.api.client import BssClient
from unsub_tui.api.order_reads import UNKNOWN_ORDER
from unsub_tui.domain.breakdown import by_order, unreadable_rows
from unsub_tui.domain.foreign import Foreign, clean
from unsub_tui.domain.order import Order, OrderType
from unsub_tui.domain.placed import Origin, Placed, PlacedDetail
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.run import Run
from unsub_tui.engine.others import may_be_of
from unsub_tui.engine.quoting.history import AHEAD, windows
from unsub_tui.engine.reconcile import RIVALS
from unsub_tui.engine.records import read_book_of
from unsub_tui.journal.state import Book, UnitState

NAMED = 50
"""Of so many orders of others it is asked who placed them: a call each, the newest ones first."""

AT_ONCE = 10
"""Names that are asked for together."""


class Owners:
    """Which orders belong to a run of ours, or may: an unknown outcome may have an order that nobody has found yet."""

    def __init__(self, book: Book, problem: Problem | None = None) -> None:
        self.problem = problem
        """Why the record cannot be read: then every order may be ours."""
        self._sure: dict[str, UnitState] = {}
        for unit in sorted(book.units(), key=lambda unit: unit.orders_seq, reverse=True):
            self._sure |= dict.fromkeys(unit.order_ids, unit)  # the first that has an order owns it
        self._perhaps: dict[str, UnitState] = {each: unit for unit in book.units() for each in unit.candidates}
        self._unknown = [unit for unit in book.units() if unit.state in RIVALS]
        self._book = book
        self._runs: dict[str, Run] = {}

    def placed(self, order: Order, names: Mapping[str, Foreign]) -> Placed:
        """Return an order with whose it is."""
        named = order if order.user_name else replace(order, user_name=names.get(order.order_id, order.user_name))
        if self.problem is not None:
            return Placed(order=named, origin=Origin.UNSURE)
        sure = self._sure.get(order.order_id)
        unit = sure or self._perhaps.get(order.order_id)
        unit = unit or next((each for each in self._unknown if may_be_of(order, each)), None)
        if unit is None:
            return Placed(order=named, origin=Origin.OTHERS)
        origin = Origin.OURS if sure is not None else Origin.UNSURE
        run = self._run(unit.run_id)
        return Placed(order=named, origin=origin, run=run, unit=run.units[unit.index])

    def _run(self, run_id: str) -> Run:
        """Return a run, made once: many orders may be of one."""
        if run_id not in self._runs:
            self._runs[run_id] = self._book.runs[run_id].run()
        return self._runs[run_id]


def _owners(state_dir: Path, account_id: str, cache_dir: Path | None) -> Owners:
    try:
        return Owners(read_book_of(state_dir, account_id, cache_dir))
    except UnsubError as error:
        return Owners(Book(), error.problem)


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
    """Why whose some of the orders are could not be read."""


async def read_orders(
    client: BssClient,
    state_dir: Path,
    account_id: str,
    *,
    since: datetime,
    until: datetime,
    names: MutableMapping[str, Foreign],
    cache_dir: Path | None = None,
) -> AsyncGenerator[OrdersProgress, None]:
    """Yield more and more orders of a span; raises when a window cannot be read whole.

    `names` holds who placed which order, as far as that was asked before; it is added to.
    """
    owners = await asyncio.to_thread(_owners, state_dir, account_id, cache_dir)
    spans = list(windows(since, until + AHEAD))
    found: dict[str, Placed] = {}
    for done, (begin, end) in enumerate(spans, start=1):
        for order in await client.orders(order_type=OrderType.UNSUBSCRIPTION, created_from=begin, created_to=end):
            found.setdefault(order.order_id, owners.placed(order, names))
        yield _progress(found, begin, done, len(spans) + 1)
    asked = [each.order.order_id for each in _unnamed(found)][:NAMED]
    lots = [asked[first : first + AT_ONCE] for first in range(0, len(asked), AT_ONCE)]
    total, problem = len(spans) + max(1, len(lots)), owners.problem
    for done, lot in enumerate(lots, start=len(spans) + 1):
        try:
            for order in await asyncio.gather(*map(client.order, lot)):
                names[order.order_id] = order.user_name
                found[order.order_id] = owners.placed(order, names)
        except UnsubError as error:
            problem = error.problem
            break
        yield _progress(found, since, done, total)
    yield replace(_progress(found, since, total, total), problem=problem)


async def read_order(
    client: BssClient, state_dir: Path, account_id: str, order_id: str, cache_dir: Path | None = None
) -> PlacedDetail:
    """Return one unsubscription order with its rows of money; raises CONFIG for what is none."""
    owners = await asyncio.to_thread(_owners, state_dir, account_id, cache_dir)
    try:
        order = await client.order(order_id)
    except UnsubError as error:
        if error.problem.code.raw == UNKNOWN_ORDER:
            raise UnsubError(replace(error.problem, kind=ProblemKind.CONFIG, detail=_none(order_id))) from error
        raise
    if order.order_type != OrderType.UNSUBSCRIPTION:
        detail = f"{clean(order_id)} is an order, but no unsubscription"
        raise UnsubError(Problem(kind=ProblemKind.CONFIG, detail=detail))
    placed = owners.placed(order, {})
    try:
        rows = await client.refund_rows(order.order_id)
    except UnsubError as error:
        return PlacedDetail(placed=placed, missing=error.problem.code.clean() or error.problem.kind.value)
    return PlacedDetail(placed=placed, shares=by_order(rows), missing=unreadable_rows(rows))


def _none(order_id: str) -> str:
    return f"the account has no order {clean(order_id)}"


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
