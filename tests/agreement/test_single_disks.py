"""Disks of the second vendor's servers: which go alone, and what comes back for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agreement.reference_stage import ReferenceStage
from tests.reference_server import ReferenceServer
from tests.support.connections import NO_DELAYS
from unsub_tui.domain.unit_state import State


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[ReferenceStage]:
    """The engine on an account that takes requests as fast as an engine without waits sends them."""
    with ReferenceServer(settle_seconds=0.2, rate_factor=1000) as vendor:
        yield ReferenceStage(vendor, tmp_path / "state", NO_DELAYS)


@pytest.mark.parametrize("combined_bills", [False, True])
async def test_a_data_disk_is_charged_alone(stage: ReferenceStage, combined_bills: bool) -> None:  # noqa: FBT001
    """As quoted, also where the bill has it as a part of its server; the server is charged for the rest later."""
    account = stage.vendor.account
    account.has_combined_bills = combined_bills
    (server_id,) = stage.ids("web-prod-1")
    server = account.resources[server_id]
    system, data = server.attached
    assert not (await stage.plan([system.resource_id])).items
    plan = await stage.plan([data.resource_id])
    assert plan.count == 1

    (unit,) = await stage.run(plan)

    assert unit.state is State.SETTLED
    assert unit.refund_difference is not None
    assert abs(unit.refund_difference) < account.pricing.step * 10
    assert data.resource_id not in account.resources
    assert {server_id, system.resource_id} <= account.resources.keys()
    rest = await stage.plan([server_id])
    assert rest.count == 2
    assert [each.state for each in await stage.run(rest)] == [State.SETTLED]
    assert sorted(stage.vendor.unsubscribed_ids()) == sorted([data.resource_id, server_id])


async def test_a_server_sold_as_a_whole(stage: ReferenceStage) -> None:
    """The vendor refuses a disk of it, and nothing is done."""
    stage.vendor.account.sells_whole_servers = True
    data = stage.vendor.account.resources[stage.ids("web-prod-1")[0]].attached[1]
    (unit,) = await stage.run(await stage.plan([data.resource_id]))
    assert unit.state is State.REJECTED
    assert unit.problem is not None
    assert unit.problem.code.raw == "CBC.99003185"
    assert data.resource_id in stage.vendor.account.resources
