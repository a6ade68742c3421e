"""Closed rows in the listing: shown for a day, and never counted, planned or taken for attached ones."""

from __future__ import annotations

from dataclasses import replace

from tests.support.engine_stage import EngineStage, run_plan
from tests.unit.engine.test_plan_file_drift import engine_for, open_and_list
from unsub_tui.domain.resource import Status
from unsub_tui.domain.unit_state import State
from unsub_tui.sandbox.models import ResourceStatus

LONG_AGO = "2024-05-01T00:00:00Z"


async def test_old_closed_rows_are_not_listed(stage: EngineStage) -> None:
    """Only those of the last day are: an account can have thousands of the years before."""
    engine = engine_for(stage, "alice")
    before = await open_and_list(engine)
    recent, old, undated, odd = (each.id for each in before.resources[:4])
    closed = {"status": 3}
    now = stage.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    stage.sandbox.account.behavior = replace(
        stage.sandbox.account.behavior,
        row_changes={
            recent: closed | {"update_time": now},
            old: closed | {"update_time": LONG_AGO},
            undated: closed | {"update_time": None},
            odd: {"status": 77},
        },
    )
    catalog = await engine.catalog.read_all()
    await engine.close()

    listed = {each.id: each.status for each in catalog.resources}
    assert listed.keys() == {each.id for each in before.resources} - {old, undated}
    assert (listed[recent], listed[odd]) == (Status.CLOSED, 77)
    assert not catalog.rows_at_risk


async def test_a_closed_attached_resource_is_in_no_plan(stage: EngineStage) -> None:
    """It is not counted, and is no difference to the confirmed state when its row disappears before the request."""
    server = next(
        each
        for each in map(stage.resource, stage.ids(200))
        if each.offer.service.code.endswith("ec2") and len(each.attached) > 1
    )
    gone, *left = server.attached
    gone.status = ResourceStatus.CLOSED
    stage.sandbox.account.resources.clear_cache()
    plan = await stage.plan([server.resource_id])

    assert {each.id for each in plan.items[0].attached} == {each.resource_id for each in left}
    assert plan.account_resource_count == len(await stage.list_catalog()) - 1
    stage.sandbox.account.resources.hide(gone)
    assert [unit.state for unit in (await run_plan(stage, plan)).run.units] == [State.SETTLED]


async def test_a_closed_row_is_no_drift(stage: EngineStage) -> None:
    """The query by id returns it, too."""
    server = next(
        each
        for each in map(stage.resource, stage.ids(200))
        if each.offer.service.code.endswith("ec2") and len(each.attached) > 1
    )
    server.attached[0].status = ResourceStatus.CLOSED
    stage.sandbox.account.resources.clear_cache()
    plan = await stage.plan([server.resource_id])
    assert [unit.state for unit in (await run_plan(stage, plan)).run.units] == [State.SETTLED]
