"""What a run concludes from the statuses and answers of the second vendor: its resources, orders and failures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.agreement.reference_stage import SHORT_POLICY, ReferenceStage
from tests.reference_server import ReferenceServer
from tests.reference_server.models import Resource
from tests.reference_server.seed_data import add_sql_servers
from tests.support.connections import NO_DELAYS
from unsub_tui.domain.run import Unit
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.run.policy import RunPolicy
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.units import unit_line

NAME = "web-prod-1"
"""A server with disks, which nothing forbids to take back."""

POLICY = replace(SHORT_POLICY, retained_limit_seconds=0.3, settle_limit_seconds=4, review_limit_seconds=4)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[ReferenceStage]:
    """The engine on an account that takes requests as fast as an engine without waits sends them."""
    with ReferenceServer(settle_seconds=0.2, rate_factor=1000) as vendor:
        yield ReferenceStage(vendor, tmp_path / "state", NO_DELAYS)


def resource(stage: ReferenceStage) -> Resource:
    """Return the server."""
    return stage.vendor.account.resources[stage.ids(NAME)[0]]


async def run_one(stage: ReferenceStage, policy: RunPolicy = POLICY) -> Unit:
    """Unsubscribe from the server, and return what the record says."""
    (unit,) = await stage.run(await stage.plan(stage.ids(NAME)), policy)
    assert len(stage.vendor.unsubscribed_ids()) == 1
    return unit


@pytest.mark.parametrize(
    ("status", "label"), [(4, "still listed as frozen"), (5, "still listed as expired"), (8, "still listed as closing")]
)
@pytest.mark.parametrize("twist", ["", "lost"])
async def test_a_resource_that_is_kept_after_its_order(
    stage: ReferenceStage, status: int, label: str, twist: str
) -> None:
    """The order is completed and the resource stays in this status for good: completed, and the status is named."""
    server = resource(stage)
    server.asked_status, server.kept_status, server.twist = 8, status, twist

    unit = await run_one(stage, replace(POLICY, unknown_limit_seconds=5))

    assert (unit.state, unit.resource_status) == (State.SETTLED, status)
    assert label in unit_line(unit)
    assert unit.exact is not None
    refunds = stage.vendor.account.orders[unit.order_id or ""].refunds
    assert unit.exact.refund == sum(each.amount for each in refunds)


@pytest.mark.parametrize("status", [2, 6, 7])
async def test_a_resource_that_contradicts_its_order(stage: ReferenceStage, status: int) -> None:
    """In use, freezing or unfreezing although its order is completed: it stays in progress."""
    resource(stage).kept_status = status

    unit = await run_one(stage, replace(POLICY, settle_limit_seconds=2))

    assert (unit.state, unit.exact) == (State.ACCEPTED, None)


@pytest.mark.parametrize(
    ("status", "state"), [(0, State.NOT_EXECUTED), *((each, State.UNKNOWN) for each in (4, 6, 7, 8))]
)
async def test_a_request_that_never_arrived(stage: ReferenceStage, status: int, state: State) -> None:
    """Only a resource that is as it was confirmed proves that nothing was executed."""
    server = resource(stage)
    plan = await stage.plan([server.resource_id])
    server.twist, server.asked_status = "unreached", status
    policy = replace(POLICY, quarantine_seconds=1, reconcile_limit_seconds=0.1, unknown_limit_seconds=4)

    (unit,) = await stage.run(plan, policy)

    assert unit.state is (State.UNKNOWN if status else State.NOT_EXECUTED)


@pytest.mark.parametrize(("status", "is_reviewed"), [(0, False), (7, False), (8, True), (11, False), (1, True)])
async def test_an_order_that_waits(stage: ReferenceStage, status: int, *, is_reviewed: bool) -> None:
    """Whatever its status is called, it is in progress until it is completed; waiting for approval is said."""
    resource(stage).waiting_status = status
    unit = await run_one(stage, replace(POLICY, settle_limit_seconds=0.5, review_limit_seconds=0.5))
    assert (unit.state, unit.order_status, unit.is_under_review) == (State.ACCEPTED, status, is_reviewed)


async def test_one_of_two_orders_waits(stage: ReferenceStage) -> None:
    """The order of the license awaits approval, and that of its database is processed: the former is said."""
    stage.vendor.account.settling_time *= 10
    database, license_ = add_sql_servers(stage.vendor.account)
    license_.waiting_status = 8
    plan = await stage.plan([database.resource_id])

    (unit,) = await stage.run(plan, replace(POLICY, settle_limit_seconds=0.5, review_limit_seconds=0.5))

    assert (unit.state, len(unit.order_ids), unit.is_under_review) == (State.ACCEPTED, 2, True)


@pytest.mark.parametrize("status", [0, 7, 8, 11])
async def test_an_order_that_waited(stage: ReferenceStage, status: int) -> None:
    """It is completed in the end."""
    resource(stage).waiting_status = status
    assert (await run_one(stage)).state is State.SETTLED


async def test_a_failure_of_a_disk_that_nobody_asked_for(stage: ReferenceStage) -> None:
    """It stands beside the order: the item is completed, and the disk is named with what the vendor said."""
    server = resource(stage)
    server.twist, disk = "disk fails", server.attached[0].resource_id

    unit = await run_one(stage)

    assert unit.state is State.SETTLED
    assert facts_text(unit.notes) == (
        f"Huawei Cloud says that {disk}, which was not requested, failed: It could not be freed. [CBC.99003651]"
    )
