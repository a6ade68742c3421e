"""The account's unsubscription orders: whole, in windows of a year, each with whose it is and what came back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.connections import connect, connector
from tests.support.engine_stage import EngineStage, kind_of, new_stage, run_plan
from unsub_tui.domain.order import AttributedOrder, OrderOrigin
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.engine.engine import Engine, EngineOptions
from unsub_tui.engine.orders import MAX_NAMED_ORDERS, OrdersProgress

YEAR = timedelta(days=365)


@asynccontextmanager
async def open_engine(stage: EngineStage) -> AsyncIterator[Engine]:
    """Open an engine on the stage's account and record."""
    options = EngineOptions(state_dir=stage.state_dir, site="intl", clock=stage.clock, run_policy=stage.pace)
    engine = Engine(connector(connect(stage.sandbox)), options)
    await engine.account.open()
    try:
        yield engine
    finally:
        await engine.close()


async def read_windows(engine: Engine, back: timedelta) -> list[OrdersProgress]:
    """Read the orders of a span that ends now."""
    return [step async for step in engine.history.orders(engine.clock.now() - back)]


def unsubscribe_externally(stage: EngineStage, *ids: str) -> list[str]:
    """Unsubscribe beside our record."""
    return [order for each in ids for order in stage.sandbox.account.unsubscribe((each,), 1).order_ids]


async def test_ours_and_others_are_told_apart(stage: EngineStage) -> None:
    """An order of a run of ours names run and item; one of others names its user."""
    plan = await stage.plan(stage.ids(1))
    run = (await run_plan(stage, plan)).run
    (theirs,) = unsubscribe_externally(stage, stage.ids(2)[-1])
    async with open_engine(stage) as engine:
        found = {each.order.order_id: each for each in (await read_windows(engine, YEAR))[-1].orders}
    ours = found[run.units[0].order_id or ""]
    assert ours.origin is OrderOrigin.OURS
    assert ours.run is not None
    assert ours.run.run_id == run.run_id
    assert ours.unit is not None
    assert ours.unit.resource_id == plan.items[0].id
    assert found[theirs].origin is OrderOrigin.OTHERS
    assert found[theirs].order.user_name.raw == "sandbox-admin"
    assert found[theirs].run is None


async def test_windows_are_of_a_year_at_most_and_join_without_a_gap(stage: EngineStage) -> None:
    """Three years in one go are the orders of three years one by one, newest first, none twice."""
    async with open_engine(stage) as engine:
        whole = await read_windows(engine, 3 * YEAR)
        now = engine.clock.now()
        parts: list[AttributedOrder] = []
        for years in range(3):
            until = now - years * YEAR
            last = [step async for step in engine.history.orders(until - YEAR, until)][-1]
            parts += [each for each in last.orders if each.order.order_id not in {one.order.order_id for one in parts}]
    ids = [each.order.order_id for each in whole[-1].orders]
    assert set(ids) == {each.order.order_id for each in parts}
    assert len(ids) == len(set(ids))
    moments = [each.order.create_time for each in whole[-1].orders if each.order.create_time]
    assert moments == sorted(moments, reverse=True)
    assert len(whole) >= 4  # each window is told, then the names


async def test_only_so_many_names_are_asked_for_and_each_once(tmp_path: Path) -> None:
    """More orders of others than that: the newest have names, the rest is counted; a second reading asks for more."""
    stage = new_stage(tmp_path / "state", resources=800)
    assert len(unsubscribe_externally(stage, *stage.ids(MAX_NAMED_ORDERS + 20))) == MAX_NAMED_ORDERS + 20
    async with open_engine(stage) as engine:
        first = (await read_windows(engine, YEAR))[-1]
        named = [bool(each.order.user_name) for each in first.orders]
        assert named[:MAX_NAMED_ORDERS] == [True] * MAX_NAMED_ORDERS
        assert first.unnamed == len(first.orders) - MAX_NAMED_ORDERS > 0
        second = (await read_windows(engine, YEAR))[-1]
        assert second.unnamed < first.unnamed


async def test_names_that_cannot_be_read_are_no_failure(stage: EngineStage) -> None:
    """The orders are all there; why their names are not is said."""
    unsubscribe_externally(stage, *stage.ids(3))
    stage.set_faults({"operation": "show_order", "action": "error", "status": 403, "error_code": "CBC.0151"})
    async with open_engine(stage) as engine:
        last = (await read_windows(engine, YEAR))[-1]
    assert kind_of(last.problem) is ProblemKind.PERMISSION
    assert last.unnamed == len(last.orders) >= 3


async def test_a_window_that_cannot_be_read_whole_is_a_failure(stage: EngineStage) -> None:
    """What came before it was told; the end is an error, not a shorter list."""
    stage.set_faults({"operation": "list_orders", "calls": {"from": 2}, "action": "error", "status": 500})
    async with open_engine(stage) as engine:
        reading = engine.history.orders(engine.clock.now() - 2 * YEAR)
        told = await anext(reading)
        with pytest.raises(UnsubError):
            await anext(reading)
    assert told.done == 1


async def test_one_order_has_its_rows_by_original_order(stage: EngineStage) -> None:
    """What came back and what was kept add up to what was paid; the state is the vendor's."""
    run = (await run_plan(stage, await stage.plan(stage.ids(1)))).run
    unit = run.units[0]
    async with open_engine(stage) as engine:
        detail = await engine.history.order(unit.order_id or "")
    assert detail.attributed_order.origin is OrderOrigin.OURS
    assert unit.exact is not None
    assert unit.exact.refund is not None
    assert sum(each.refunded for each in detail.shares) == pytest.approx(unit.exact.refund)
    assert detail.attributed_order.order.lines


async def test_what_is_no_unsubscription_order_is_a_wrong_argument(stage: EngineStage) -> None:
    """A purchase order, and an id that the account does not have, are told apart from troubles of the service."""
    plan = await stage.plan(stage.ids(1))
    async with open_engine(stage) as engine:
        for order_id, words in (
            (plan.items[0].quote.order_ids[0], "no_unsubscription_order"),
            ("CS1", "no_such_order"),
        ):
            with pytest.raises(UnsubError, match=words) as raised:
                await engine.history.order(order_id)
            assert raised.value.problem.kind is ProblemKind.USAGE


async def test_rows_that_cannot_be_read_are_named(stage: EngineStage) -> None:
    """The order itself is shown all the same."""
    (theirs,) = unsubscribe_externally(stage, stage.ids(1)[0])
    stage.set_faults({"operation": "refund_orders", "action": "error", "status": 403, "error_code": "CBC.0151"})
    async with open_engine(stage) as engine:
        detail = await engine.history.order(theirs)
    assert detail.missing == "CBC.0151"
    assert not detail.shares


async def test_projects_have_names_where_the_listing_has_ids_alone(stage: EngineStage) -> None:
    """Their list is read once; where that is not allowed people see ids, and nothing fails."""
    ledger = stage.sandbox.account
    async with open_engine(stage) as engine:
        named = [each async for page in engine.catalog.pages() for each in page.page]
    ledger.behavior = type(ledger.behavior)(names_projects=False)
    async with open_engine(stage) as engine:
        again = [each async for page in engine.catalog.pages() for each in page.page]
    wanted = [each.enterprise_project_name for each in named if each.enterprise_project_id.raw not in ("", "0", "null")]
    got = [each.enterprise_project_name for each in again if each.enterprise_project_id.raw not in ("", "0", "null")]
    assert wanted == got
    assert any(wanted)
    stage.set_faults({"operation": "enterprise_projects", "action": "error", "status": 403, "error_code": "EPS.0003"})
    async with open_engine(stage) as engine:
        ids = [each async for page in engine.catalog.pages() for each in page.page]
    assert len(ids) == len(named)
