"""The list of the second vendor, with rows and totals that its contract allows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agreement.reference_stage import ReferenceStage
from tests.reference_server import ReferenceServer
from tests.support.connections import NO_DELAYS, connector
from unsub_tui.domain.resource import RowDefect
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.engine import Engine, EngineOptions


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[ReferenceStage]:
    """The engine on an account that takes requests as fast as an engine without waits sends them."""
    with ReferenceServer(settle_seconds=0.2, rate_factor=1000) as vendor:
        yield ReferenceStage(vendor, tmp_path / "state", NO_DELAYS)


@pytest.mark.parametrize("fields", [{}, {"status": 3}])
async def test_resources_that_are_listed_twice(stage: ReferenceStage, fields: dict[str, object]) -> None:
    """Rows that agree, and closed ones, change nothing; the total counts primary resources only at the same time."""
    before = await stage.catalog()
    account = stage.vendor.account
    account.extra_rows = {each: [fields] for each in account.resources}
    account.counts_attached = False

    assert (await stage.catalog()).resources == before.resources
    plan = await stage.plan(stage.ids("new-ecs-2days"))
    assert [each.state for each in await stage.run(plan)] == [State.SETTLED]


async def test_rows_that_cannot_be_read(stage: ReferenceStage) -> None:
    """They are listed with their defect, and every other resource is as without them."""
    before = await stage.catalog()
    nameless, odd, same = stage.ids("new-ecs-2days", "web-prod-1", "web-prod-2")
    account = stage.vendor.account
    account.row_changes = {nameless: {"resource_id": None}, odd: {"is_main_resource": None}}
    account.extra_rows = {same: [{"expire_policy": 4}]}

    after = await stage.catalog()

    gone = {nameless, odd, same}
    assert [each for each in after.resources if each.defect is None] == [
        each for each in before.resources if each.id not in gone
    ]
    assert sorted(each.defect or "" for each in after.resources if each.defect) == [
        *[RowDefect.CONTRADICTORY] * 2,
        *[RowDefect.UNREADABLE] * 2,
    ]


async def test_a_list_that_never_rests(stage: ReferenceStage) -> None:
    """Every page begins with another resource: what is shown is planned after it was read again, and settles."""
    account, (planned,) = stage.vendor.account, stage.ids("new-ecs-2days")
    account.extra_rows = {each: [{"number": number} for number in range(60)] for each in account.resources}
    account.never_rests = True
    options = EngineOptions(state_dir=stage.state_dir, site=stage.site, alias="second")
    engine = Engine(connector(stage.connection()), options)
    await engine.account.open()

    catalog = await engine.catalog.read_all()
    plan = engine.draft(await engine.catalog.read_afresh(catalog, [planned]), [planned])
    await engine.close()

    assert catalog.rows_at_risk
    assert {each.id for each in catalog.resources} <= account.resources.keys()
    assert [item.id for item in plan.items] == [planned]
    assert {each.id for each in plan.items[0].attached} == {
        each.resource_id for each in account.resources.values() if each.parent and each.parent.resource_id == planned
    }
    assert [each.state for each in await stage.run(plan)] == [State.SETTLED]


async def test_pages_of_primary_resources(stage: ReferenceStage) -> None:
    """The page size counts primary rows as the total does; with what is attached to them, pages are longer."""
    before, account = await stage.catalog(), stage.vendor.account
    parents = {each.parent.resource_id for each in account.resources.values() if each.parent}
    single = [each.resource_id for each in account.resources.values() if not each.parent]
    account.extra_rows = {each: [{"number": n} for n in range(60)] for each in single if each not in parents}
    account.counts_attached, account.pages_by_primary = False, True

    after = await stage.catalog()

    assert {each.id: each for each in after.resources} == {each.id: each for each in before.resources}
    assert not after.rows_at_risk
