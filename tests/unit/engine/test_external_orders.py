"""Orders that are not of this record: told apart from ours, and named where they took something."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.engine_stage import EngineStage, collect_events, run_plan
from unsub_tui.domain.fact import fact
from unsub_tui.domain.order import Order, OrderOrigin
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.journal_reader import read_account_journal
from unsub_tui.engine.orders import OrderAttribution, read_orders
from unsub_tui.engine.run.policy import RunPolicy
from unsub_tui.present.problems import problem_details


async def external_orders(stage: EngineStage, state_dir: Path) -> list[Order]:
    """Return the orders that are surely not of a record."""
    async with stage.connection().read_client() as reader:
        now = stage.clock.now()
        attribution = OrderAttribution(read_account_journal(state_dir, stage.account.account_id))
        reading = read_orders(reader, attribution, {}, now - timedelta(days=30), now)
        last = [step async for step in reading][-1]
    return [each.order for each in last.orders if each.origin is OrderOrigin.OTHERS]


async def test_orders_of_another_record_are_listed_with_their_user(stage: EngineStage, tmp_path: Path) -> None:
    """Ours are not, those of another machine are."""
    plan = await stage.plan(stage.ids(2))
    before = {order.order_id for order in await external_orders(stage, stage.state_dir)}
    ended = await run_plan(stage, plan)
    ours = {unit.order_id for unit in ended.run.units}

    assert not ours & {order.order_id for order in await external_orders(stage, stage.state_dir)}
    elsewhere = [
        order for order in await external_orders(stage, tmp_path / "elsewhere") if order.order_id not in before
    ]
    assert {order.order_id for order in elsewhere} == ours
    assert all(order.user_name for order in elsewhere)


async def test_what_may_be_ours_is_not_called_somebody_elses(stage: EngineStage) -> None:
    """After a lost answer the order is there, and may be ours: nobody else is named for it."""
    plan = await stage.plan(stage.ids(1))
    before = await external_orders(stage, stage.state_dir)
    stage.set_faults(
        {"operation": "unsubscribe", "action": "drop_after"}, {"operation": "list_orders", "action": "error"}
    )
    await collect_events(stage.start(plan))
    stage.set_faults()

    assert stage.states() == [[State.UNKNOWN]]
    assert await external_orders(stage, stage.state_dir) == before


async def test_what_others_took_is_named(stage: EngineStage, tmp_path: Path) -> None:
    """A unit that is gone says with which order, of when, by whom."""
    ids = stage.ids(1)
    plan = await stage.plan(ids)
    here, stage.state_dir = stage.state_dir, tmp_path / "elsewhere"
    (taken,) = (await run_plan(stage, plan)).run.units
    stage.state_dir = here
    stage.clock.advance(timedelta(minutes=5).total_seconds())

    (unit,) = (await run_plan(stage, plan)).run.units

    assert unit.state is State.SKIPPED
    assert unit.problem is not None
    words = problem_details(unit.problem)
    assert f"it was unsubscribed with order {taken.order_id} (created: 20" in words
    assert "user: sandbox-admin), which is not in this record" in words
    assert stage.execution_count(ids[0]) == 1


async def test_what_nobody_took_is_said_to_be_gone(stage: EngineStage) -> None:
    """A resource that is not listed any more is skipped; without an order of others that is said as well."""
    ids = stage.ids(1)
    plan = await stage.plan(ids)
    stage.sandbox.account.resources.hide(stage.resource(ids[0]))

    (unit,) = (await run_plan(stage, plan)).run.units

    assert unit.problem is not None
    assert unit.problem.facts == (fact("not_listed"), fact("no_external_order"))
    assert (unit.state, stage.request_count) == (State.SKIPPED, 0)


async def send_then_lose_journal(stage: EngineStage, tmp_path: Path, settle_seconds: float) -> tuple[Plan, str]:
    """Send a request on a record that is lost then; return the plan and the order, five minutes later."""
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, settle_seconds=settle_seconds)
    plan = await stage.plan(stage.ids(1))
    here, stage.state_dir = stage.state_dir, tmp_path / "lost"
    (unit,) = (await run_plan(stage, plan)).run.units
    stage.state_dir = here
    stage.clock.advance(timedelta(minutes=5).total_seconds())
    assert (unit.state, unit.order_id is None) == (State.ACCEPTED, False)
    return plan, unit.order_id or ""


@pytest.mark.parametrize("hides", [False, True], ids=["listed by order", "not listed by order"])
async def test_a_request_of_a_lost_record_may_be_in_the_way(stage: EngineStage, tmp_path: Path, *, hides: bool) -> None:
    """The refusal for a transaction under way is unknown, and names the order that this record does not have."""
    plan, order_id = await send_then_lose_journal(stage, tmp_path, settle_seconds=1e5)
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, ignores_order_id=hides)

    (unit,) = (await run_plan(stage, plan)).run.units

    assert unit.state is State.UNKNOWN
    assert unit.problem is not None
    assert unit.problem.code.raw == "CBC.99003651"
    assert [each.code for each in unit.problem.facts] == ["maybe_unsubscribed_by_order"]
    assert f"order {order_id} (" in problem_details(unit.problem)
    assert (stage.request_count, stage.execution_count(unit.resource_id)) == (2, 1)


@pytest.mark.long
async def test_a_long_run_of_a_lost_record_is_looked_through(stage: EngineStage, tmp_path: Path) -> None:
    """The order of the first of many requests is found, too, while they are under way."""
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, settle_seconds=1e5)
    ids = stage.ids(RunPolicy.MAX_COMPLETED_ORDERS + 4)
    plan = await stage.plan(ids[:1])
    here, stage.state_dir = stage.state_dir, tmp_path / "lost"
    first, *_ = (await run_plan(stage, await stage.plan(ids))).run.units
    stage.state_dir = here
    stage.clock.advance(timedelta(minutes=5).total_seconds())

    (unit,) = (await run_plan(stage, plan)).run.units

    assert unit.state is State.UNKNOWN
    assert unit.problem is not None
    assert f"order {first.order_id} (" in problem_details(unit.problem)


async def test_what_a_lost_record_did_is_not_settled_by_this_one(stage: EngineStage, tmp_path: Path) -> None:
    """Once the resource is gone, its order is named and not taken for an order of this record's request."""
    plan, order_id = await send_then_lose_journal(stage, tmp_path, settle_seconds=1500)
    await run_plan(stage, plan)
    stage.clock.advance(timedelta(hours=1).total_seconds())

    _, ended = await collect_events(stage.resume())

    (unit,) = ended.run.units
    assert (unit.state, unit.order_id) == (State.GONE_NO_ORDER, None)
    assert unit.problem is not None
    assert order_id in problem_details(unit.problem)


async def test_a_transaction_that_cannot_be_looked_into_is_unknown(stage: EngineStage) -> None:
    """Where the orders cannot be read, the refusal proves nothing."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults(
        {"operation": "unsubscribe", "action": "error", "status": 400, "error_code": "CBC.99003651"},
        {"operation": "list_orders", "action": "error", "status": 403, "error_code": "CBC.0151"},
    )

    (unit,) = (await run_plan(stage, plan)).run.units

    assert unit.state is State.UNKNOWN
    assert unit.problem is not None
    assert unit.problem.facts == (fact("earlier_request_unread"),)


async def test_orders_of_other_resources_are_not_in_the_way(stage: EngineStage) -> None:
    """A colleague's order of a sibling makes no unknown outcome of a refusal: nothing was done."""
    ours, theirs = stage.siblings()
    plan = await stage.plan([ours])
    with stage.sandbox.account.lock:
        stage.sandbox.account.unsubscribe((theirs,), 1)
    stage.set_faults({"operation": "unsubscribe", "action": "error", "status": 400, "error_code": "CBC.99003651"})

    (unit,) = (await run_plan(stage, plan)).run.units

    assert (unit.state, stage.execution_count(ours)) == (State.REJECTED, 0)
