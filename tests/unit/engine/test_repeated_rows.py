"""Plans and runs of resources that Huawei Cloud lists several times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from tests.support.engine_stage import EngineStage, run_plan
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.unit_state import State
from unsub_tui.present.problems import problem_details

CONTRADICTION = {"expire_time": "2031-01-01T00:00:00Z"}


def set_extra_rows(stage: EngineStage, rows: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
    """Let the sandbox list these resources more than once."""
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, extra_rows=rows)


@pytest.mark.parametrize("fields", [{}, {"status": 3}])
async def test_a_run_with_every_resource_listed_twice(stage: EngineStage, fields: Mapping[str, object]) -> None:
    """Rows that agree, and closed ones, are no difference to the confirmed state and no proof of anything."""
    listed = stage.sandbox.account.resources.list_all()
    set_extra_rows(stage, {each.resource_id: [fields] for each in listed})
    before = len(await stage.list_catalog())
    plan = await stage.plan(stage.ids(2))

    ended = await run_plan(stage, plan)

    assert before == len(listed) == plan.account_resource_count
    assert [unit.state for unit in ended.run.units] == [State.SETTLED] * 2
    assert stage.request_count == 2


async def test_contradictory_rows_are_in_no_plan(stage: EngineStage) -> None:
    """Neither as a primary nor as an attached resource, and they are no sentinel."""
    own, attached, other = stage.ids(3)
    disk = stage.resource(attached).attached[0].resource_id
    set_extra_rows(stage, {own: [CONTRADICTION], disk: [{"status": 4}]})

    plan = await stage.draft([own, attached, other])

    assert [item.id for item in plan.items] == [other]
    assert [(each.resource.id, each.reason) for each in plan.refused] == [
        (own, BlockedReason.CONTRADICTORY),
        (attached, BlockedReason.CONTRADICTORY),
    ]
    assert plan.sentinel_id
    primary = [each for each in stage.sandbox.account.resources.list_all() if each.parent is None]
    set_extra_rows(stage, {each.resource_id: [{"status": 4}] for each in primary if each.resource_id != other})
    assert not (await stage.draft([other])).sentinel_id


async def test_an_unreadable_attached_row_is_in_no_plan(stage: EngineStage) -> None:
    """What is attached to a resource must be known; other resources can be planned and unsubscribed from."""
    server, other = stage.ids(2)
    disk = stage.resource(server).attached[0].resource_id
    rows = {disk: {"resource_id": None, "is_main_resource": None}}
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, row_changes=rows)

    plan = await stage.plan([server, other])

    assert [(each.resource.id, each.reason) for each in plan.refused] == [(server, BlockedReason.UNREADABLE)]
    ended = await run_plan(stage, plan)
    assert [(unit.resource_id, unit.state) for unit in ended.run.units] == [(other, State.SETTLED)]


async def test_contradictory_rows_after_the_review_are_drift(stage: EngineStage) -> None:
    """Nothing is sent for the item, and its reason names the resource; the other item is completed."""
    server, other = stage.ids(2)
    plan = await stage.plan([server, other])
    disk = stage.resource(server).attached[0].resource_id
    set_extra_rows(stage, {disk: [CONTRADICTION]})

    ended = await run_plan(stage, plan)

    assert [unit.state for unit in ended.run.units] == [State.SKIPPED, State.SETTLED]
    assert f"lists {disk} several times" in problem_details(ended.run.units[0].problem)  # type: ignore[arg-type]
    assert stage.request_count == 1


async def test_a_living_row_beside_a_closed_one_is_no_success(stage: EngineStage) -> None:
    """As long as Huawei Cloud lists the resource as living in any row, it is not gone."""
    plan = await stage.plan(stage.ids(1))

    def list_twice(step: str) -> None:
        if step == "request done":
            set_extra_rows(stage, {plan.items[0].id: [{"status": 2}]})

    (unit,) = (await run_plan(stage, plan, stage.run_config(step=list_twice))).run.units

    assert unit.state is State.ACCEPTED
