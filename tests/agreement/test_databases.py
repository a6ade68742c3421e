"""Databases of the second vendor: what is sold with them, and what is unsubscribed with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agreement.reference_stage import ReferenceStage
from tests.reference_server import ReferenceServer
from tests.reference_server.seed_data import add_read_replicas, add_sql_servers
from tests.support.connections import NO_DELAYS
from tests.support.effort import some
from unsub_tui.domain.leftovers import LeftoverReason
from unsub_tui.domain.unit_state import State
from unsub_tui.present.problems import problem_details


@pytest.fixture(params=some(["intl", "cn", "eu"], 1))
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ReferenceStage]:
    """The engine on an account that takes requests as fast as an engine without waits sends them."""
    with ReferenceServer(site=request.param, settle_seconds=0.2, rate_factor=1000) as vendor:
        yield ReferenceStage(vendor, tmp_path / "state", NO_DELAYS)


async def test_a_database_and_its_license_are_one_request(stage: ReferenceStage) -> None:
    """Two pairs in one run, the second one selected by its license: two orders each, charged as quoted."""
    first, first_license, second, second_license = (
        each.resource_id for each in add_sql_servers(stage.vendor.account, 2)
    )
    plan = await stage.plan([first, second_license])
    assert [item.id for item in plan.items] == [first, second]
    assert plan.count == 6

    units = await stage.run(plan)

    asked = [each.ids for each in stage.vendor.seen_requests if each.path.endswith("/unsubscribe")]
    assert asked == [(first, first_license), (second, second_license)]
    for unit in units:
        assert (unit.state, len(unit.attached_ids)) == (State.SETTLED, 2)
        assert unit.followup is not None
        assert unit.followup.is_clean
        if unit.estimate is not None and unit.estimate.refund is not None:
            assert unit.refund_difference is not None
            assert abs(unit.refund_difference) < stage.vendor.account.pricing.step * 10
    assert not {first, first_license, second, second_license} & stage.vendor.account.resources.keys()


async def test_a_license_that_the_list_left_out(stage: ReferenceStage) -> None:
    """Without its row, the review warns; with it, the request is not sent before both were reviewed."""
    database, license_ = add_sql_servers(stage.vendor.account)
    resources = stage.vendor.account.resources
    del resources[license_.resource_id]
    plan = await stage.plan([database.resource_id])
    assert "license_not_listed" in {each.code for item in plan.items for each in item.warnings}
    resources[license_.resource_id] = license_

    (unit,) = await stage.run(plan)

    assert unit.state is State.SKIPPED
    assert unit.problem is not None
    assert f"its license {license_.resource_id} is listed" in problem_details(unit.problem)
    assert not stage.vendor.unsubscribed_ids()


@pytest.mark.parametrize("takes_replicas", [False, True])
async def test_read_replicas_are_named_before_and_after(stage: ReferenceStage, takes_replicas: bool) -> None:  # noqa: FBT001
    """They are no part of the plan; those that are still listed afterwards are on the record."""
    database, *replicas = add_read_replicas(stage.vendor.account)
    stage.vendor.account.takes_replicas = takes_replicas
    plan = await stage.plan([database.resource_id])
    (item,) = plan.items
    assert plan.count == 1
    assert {each.id for each in item.replicas} >= {each.resource_id for each in replicas}

    (unit,) = await stage.run(plan)

    assert unit.state is State.SETTLED
    assert unit.followup is not None
    found = {each.resource_id for each in unit.followup.leftovers if each.reason is LeftoverReason.REPLICA}
    assert found.isdisjoint(each.resource_id for each in replicas) is takes_replicas
    if takes_replicas:
        return
    again = await stage.plan([each.resource_id for each in replicas])
    assert [each.state for each in await stage.run(again)] == [State.SETTLED] * 2
