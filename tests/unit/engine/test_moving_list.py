"""Plans from a listing that changed while it was read: only what was read again by id is in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine_stage import EngineStage, new_stage
from tests.unit.engine.test_plan_file_drift import engine_for, open_and_list
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.resource import Catalog
from unsub_tui.engine.engine import Engine
from unsub_tui.present.refusals import refusal_text
from unsub_tui.sandbox import Behavior
from unsub_tui.sandbox.asgi import Receive, Scope, Send
from unsub_tui.sandbox.models import Condition, Resource


@pytest.fixture
def stage(tmp_path: Path) -> EngineStage:
    """An account of several pages, which move by three rows before each page."""
    stage = new_stage(tmp_path / "state", resources=2600)
    stage.sandbox.account.behavior = Behavior(moved_rows=3)
    return stage


def servers(stage: EngineStage) -> list[Resource]:
    """Return the servers in use with something attached."""
    return [
        each
        for each in stage.sandbox.account.resources.list_all()
        if each.attached and each.condition is Condition.NORMAL and each.offer.service.code.endswith(".ec2")
    ]


async def draft_fresh(engine: Engine, catalog: Catalog, *ids: str) -> Plan:
    """Plan these resources as screens and commands do."""
    return engine.draft(await engine.catalog.read_afresh(catalog, ids), ids)


async def count_listing_calls(stage: EngineStage) -> tuple[Catalog, int]:
    """List the account, and count the calls."""
    calls: list[str] = []
    app = stage.sandbox.app

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        calls.append(str(scope["path"]))
        await app(scope, receive, send)

    stage.sandbox.app = counting
    engine = engine_for(stage, "reader")
    await engine.account.open()
    calls.clear()
    catalog = await engine.catalog.read_all()
    stage.sandbox.app = app
    await engine.close()
    return catalog, sum(each.endswith("/resources/query") for each in calls)


async def test_it_takes_at_most_twice_the_calls(stage: EngineStage) -> None:
    """Counted calls of a listing that changes on every page, and of one that stands still."""
    moving, moving_calls = await count_listing_calls(stage)
    stage.sandbox.account.behavior = Behavior()
    quiet, quiet_calls = await count_listing_calls(stage)
    assert moving.rows_at_risk
    assert not quiet.rows_at_risk
    assert 5 < quiet_calls <= moving_calls <= 2 * quiet_calls
    ids = [each.id for each in moving.resources]
    assert len(set(ids)) == len(ids) >= quiet.resource_count - moving.rows_at_risk


async def test_a_plan_has_the_state_that_was_read_again(stage: EngineStage) -> None:
    """With everything attached, also if the listing had none of it; what is gone is refused with a sentence."""
    planned, gone, other = servers(stage)[:3]
    engine = engine_for(stage, "alice")
    catalog = await open_and_list(engine)
    without = Catalog(rows_at_risk=9)
    attached = {each.resource_id for each in planned.attached}
    without.add_page([each for each in catalog.resources if each.id not in attached])
    stage.sandbox.account.resources.hide(stage.sandbox.account.resources.get(gone.resource_id) or gone)

    plan = await draft_fresh(engine, without, planned.resource_id, gone.resource_id)

    assert [item.id for item in plan.items] == [planned.resource_id]
    assert {each.id for each in plan.items[0].attached} == attached
    (refusal,) = plan.refused
    assert (refusal.resource.id, refusal.reason) == (gone.resource_id, BlockedReason.NOT_READ_AGAIN)
    assert "changed while it was read" in refusal_text(refusal, plan.action)
    assert not plan.unique_names
    assert plan.account_resource_count < len(without)
    # Nothing is planned from the listing alone.
    alone = engine.draft(without, [other.resource_id])
    assert [each.reason for each in alone.refused] == [BlockedReason.NOT_READ_AGAIN]
    assert engine.draft(without, [other.resource_id], quote_only=True).items
    await engine.close()


async def test_a_data_disk_alone_is_read_again_with_its_server(stage: EngineStage) -> None:
    """The listing alone is not enough for it either."""
    server = next(each for each in servers(stage) if len(each.attached) > 1)
    disk = server.attached[-1].resource_id
    engine = engine_for(stage, "alice")
    catalog = await open_and_list(engine)
    assert [each.reason for each in engine.draft(catalog, [disk]).refused] == [BlockedReason.NOT_READ_AGAIN]
    plan = await draft_fresh(engine, catalog, disk)
    assert [(item.id, item.server and item.server.id) for item in plan.items] == [(disk, server.resource_id)]
    await engine.close()


async def test_an_attached_resource_that_is_gone_is_not_planned(stage: EngineStage) -> None:
    """The listing is older than the query by id."""
    server = servers(stage)[0]
    engine = engine_for(stage, "alice")
    catalog = await open_and_list(engine)
    kept, *hidden = server.attached
    for each in hidden:
        stage.sandbox.account.resources.hide(each)
    plan = await draft_fresh(engine, catalog, server.resource_id)
    assert [each.id for each in plan.items[0].attached] == [kept.resource_id]
    await engine.close()


async def test_if_reading_again_fails_nothing_is_planned(stage: EngineStage) -> None:
    """The problem is that of the failed read."""
    engine = engine_for(stage, "alice")
    catalog = await open_and_list(engine)
    stage.set_faults({"operation": "query_resources", "action": "error", "status": 403})
    with pytest.raises(UnsubError) as caught:
        await draft_fresh(engine, catalog, servers(stage)[0].resource_id)
    assert caught.value.problem.kind is ProblemKind.PERMISSION
    await engine.close()
