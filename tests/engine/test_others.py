"""Orders that are not of this record: told apart from ours, and named where they took something."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.engine.stage import Stage, confirmed, run_of, until_end
from unsub_tui.domain.order import Order
from unsub_tui.domain.outcome import State
from unsub_tui.domain.placed import Origin
from unsub_tui.engine.orders import read_orders
from unsub_tui.engine.runner import start_run


async def others(stage: Stage, state_dir: Path) -> list[Order]:
    """Return the orders that are surely not of a record."""
    async with stage.connection().reader() as reader:
        now = stage.clock.now()
        reading = read_orders(
            reader, state_dir, stage.account.account_id, since=now - timedelta(days=30), until=now, names={}
        )
        last = [step async for step in reading][-1]
    return [each.order for each in last.orders if each.origin is Origin.OTHERS]


async def test_orders_of_another_record_are_listed_with_their_user(stage: Stage, tmp_path: Path) -> None:
    """Ours are not, those of another machine are."""
    plan = await stage.plan(stage.ids(2))
    before = {order.order_id for order in await others(stage, stage.state_dir)}
    ended = await run_of(stage, plan)
    ours = {unit.order_id for unit in ended.run.units}

    assert not ours & {order.order_id for order in await others(stage, stage.state_dir)}
    elsewhere = [order for order in await others(stage, tmp_path / "elsewhere") if order.order_id not in before]
    assert {order.order_id for order in elsewhere} == ours
    assert all(order.user_name for order in elsewhere)


async def test_what_may_be_ours_is_not_called_somebody_elses(stage: Stage) -> None:
    """After a lost answer the order is there, and may be ours: nobody else is named for it."""
    plan = await stage.plan(stage.ids(1))
    before = await others(stage, stage.state_dir)
    stage.misbehave(
        {"operation": "unsubscribe", "action": "drop_after"}, {"operation": "list_orders", "action": "error"}
    )
    await until_end(start_run(plan, confirmed(plan), stage.parts()))
    stage.misbehave()

    assert stage.states() == [[State.UNKNOWN]]
    assert await others(stage, stage.state_dir) == before


async def test_what_others_took_is_named(stage: Stage, tmp_path: Path) -> None:
    """A unit that is gone says with which order, of when, by whom."""
    ids = stage.ids(1)
    plan = await stage.plan(ids)
    here, stage.state_dir = stage.state_dir, tmp_path / "elsewhere"
    (taken,) = (await run_of(stage, plan)).run.units
    stage.state_dir = here
    stage.clock.leap(timedelta(minutes=5).total_seconds())

    (unit,) = (await run_of(stage, plan)).run.units

    assert unit.state is State.SKIPPED
    assert unit.problem is not None
    assert f"with order {taken.order_id} of " in unit.problem.detail
    assert " by sandbox-admin, which is not of this record" in unit.problem.detail
    assert stage.executions(ids[0]) == 1


async def test_what_nobody_took_is_said_to_be_gone(stage: Stage) -> None:
    """Without an order of others that is said as well."""
    ids = stage.ids(1)
    plan = await stage.plan(ids)
    resource = stage.sandbox.ledger.estate.get(ids[0])
    assert resource is not None
    stage.sandbox.ledger.estate.hide(resource)

    (unit,) = (await run_of(stage, plan)).run.units

    assert unit.problem is not None
    assert unit.problem.detail == "it is not listed any more; no unsubscription order of others was found for it"
