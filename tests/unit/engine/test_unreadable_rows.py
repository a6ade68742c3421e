"""Runs and quotes of an account with rows that cannot be read: each costs itself, and proves nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.engine_stage import EngineStage, new_stage, run_plan
from tests.unit.engine.test_plan_file_drift import engine_for
from unsub_tui.domain.unit_state import State
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.problems import problem_details
from unsub_tui.sandbox.models import Condition, Resource

NAMELESS = {"resource_id": None}
NO_STATUS = {"status": None}
NO_RELATION = {"is_main_resource": None}


def spoil_rows(stage: EngineStage, rows: dict[str, dict[str, None]]) -> None:
    """Let the sandbox leave out fields of the rows of these resources from now on."""
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, row_changes=rows)


@pytest.mark.parametrize("fields", [NAMELESS, NO_STATUS, NO_RELATION])
async def test_a_row_that_becomes_unreadable_costs_its_item(stage: EngineStage, fields: dict[str, None]) -> None:
    """Nothing is sent for the item, its reason says why, and the other item is completed."""
    odd, other = stage.ids(2)
    plan = await stage.plan([odd, other])
    spoil_rows(stage, {odd: fields})

    ended = await run_plan(stage, plan)

    assert [unit.state for unit in ended.run.units] == [State.SKIPPED, State.SETTLED]
    assert "lacks its id, its status or its relation" in problem_details(ended.run.units[0].problem)  # type: ignore[arg-type]
    assert stage.request_count == 1
    assert not stage.execution_count(odd)


@pytest.mark.parametrize("fields", [NAMELESS, NO_STATUS, NO_RELATION])
async def test_an_unreadable_sentinel_is_none(stage: EngineStage, fields: dict[str, None]) -> None:
    """The order alone then says that the request was executed; the follow-up check says what it could not see."""
    plan = await stage.plan(stage.ids(1))

    def spoil(step: str) -> None:
        if step == "request done":
            spoil_rows(stage, {plan.sentinel_id: fields})

    (unit,) = (await run_plan(stage, plan, stage.run_config(step=spoil))).run.units

    assert unit.state is not State.SETTLED or (unit.followup and unit.followup.missing)
    assert stage.execution_count(plan.items[0].id) == 1


async def test_a_nameless_row_is_no_absence(stage: EngineStage) -> None:
    """If the row of a resource loses its id after a request that was lost, the resource is neither gone nor there."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults({"operation": "unsubscribe", "action": "drop_before"})

    def spoil(step: str) -> None:
        if step == "request done":
            spoil_rows(stage, {plan.items[0].id: NAMELESS})

    (unit,) = (await run_plan(stage, plan, stage.run_config(step=spoil))).run.units

    assert unit.state is State.UNKNOWN
    assert not stage.execution_count(plan.items[0].id)


async def test_quotes_name_the_row_of_an_order_that_has_no_id(stage: EngineStage) -> None:
    """The other resources of the order are found; a pending order with such a row is noted, and no quote fails."""
    engine = engine_for(stage, "alice")
    await engine.account.open()
    resource = next(each for each in stage.sandbox.account.resources.list_all() if each.attached)
    spoil_rows(stage, {resource.attached[0].resource_id: NAMELESS})

    ids = await engine.catalog.resources_of_order(order_of(stage, resource))

    assert resource.resource_id in ids
    assert "" not in ids
    await engine.close()


def order_of(stage: EngineStage, resource: Resource) -> str:
    """Return the order that bought a resource."""
    return next(each.order_id for each in stage.sandbox.account.orders.paid_orders(resource.purchase_number))


async def test_a_pending_order_with_a_nameless_row(tmp_path: Path) -> None:
    """Which resource it blocks is unknown, and the quotes say so; none of them fails."""
    stage = new_stage(tmp_path / "state", resources=600)
    listed = stage.sandbox.account.resources.list_all()
    blocked = next(each for each in listed if each.condition is Condition.UNPAID and each.parent is None)
    service = blocked.offer.service.code
    same = [
        each.resource_id
        for each in listed
        if each.condition is Condition.NORMAL and each.parent is None and each.offer.service.code == service
    ]
    spoil_rows(stage, {blocked.resource_id: NAMELESS})

    plan = await stage.plan(same[:2])

    assert plan.items
    assert all("Huawei Cloud lists it without its id" in facts_text(item.quote.notes) for item in plan.items)
