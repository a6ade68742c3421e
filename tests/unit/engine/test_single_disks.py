"""Data disks of servers: unsubscribed alone where the list tells them from the system disk, and never twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.effort import by_effort
from tests.support.engine_stage import EngineStage, new_stage, run_plan
from unsub_tui.domain.action import Action
from unsub_tui.domain.disks import DataDiskEvidence, find_data_disk_evidence
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.resource import Catalog
from unsub_tui.domain.resource import Resource as Listed
from unsub_tui.domain.run import Run
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.page import plain_text
from unsub_tui.present.pages.confirmation import confirmation_entries
from unsub_tui.present.pages.resource import resource_page
from unsub_tui.present.pages.review import review_page
from unsub_tui.present.problems import problem_details
from unsub_tui.sandbox import Behavior, offers
from unsub_tui.sandbox.models import Condition, Resource, ResourceStatus

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
LATER = BEGAN + timedelta(days=9)


def server_with_disks(stage: EngineStage) -> tuple[Resource, Resource, Resource]:
    """Return a server, its system disk and its last data disk."""
    found = map(stage.resource, stage.ids(200))
    server = next(each for each in found if each.offer is offers.SERVER and len(each.attached) > 2)
    return server, server.attached[0], server.attached[-1]


def reasons(plan: Plan) -> dict[str, tuple[BlockedReason, str]]:
    """Return why resources are refused."""
    return {each.resource.id: (each.reason, facts_text(each.facts)) for each in plan.refused}


async def carry_out(stage: EngineStage, plan: Plan) -> Run:
    """Carry out a plan, and return its record."""
    return (await run_plan(stage, plan)).run


def listed(name: str, begins: datetime | None = BEGAN, parent: str = "server") -> Listed:
    """Return a disk, or a server if it has no parent."""
    service, kind = ("ebs", "volume") if parent else ("ec2", "vm")
    return Listed(
        resource_id=UntrustedText(name or "nameless"),
        resource_name=UntrustedText(name),
        service_type_code=UntrustedText(f"hws.service.type.{service}"),
        resource_type_code=UntrustedText(f"hws.resource.type.{kind}"),
        parent_resource_id=UntrustedText(parent),
        is_main_resource=not parent,
        effective_time=begins,
    )


def evidence(*disks: Listed, server: Listed | None = None) -> DataDiskEvidence | None:
    """Return what tells the first disk from the system disk of its server."""
    catalog = Catalog()
    catalog.add_page([server or listed("server", parent=""), *disks])
    return find_data_disk_evidence(disks[0], catalog)


def test_what_tells_a_data_disk_from_a_system_disk() -> None:
    """A later start beside an older disk, or the names of the console; else it counts as the system disk."""
    old, system, data = listed("old"), listed("web-volume-0000"), listed("web-volume-0001")
    assert evidence(listed("new", LATER), old) is DataDiskEvidence.ADDED_LATER
    assert evidence(data, system) is DataDiskEvidence.NAME
    assert evidence(replace(data, effective_time=LATER), system) is DataDiskEvidence.ADDED_LATER
    for disks in (
        (old, system, data),  # says nothing
        (system, old, data),  # says that it is the system disk
        (replace(system, effective_time=LATER), old),  # its operating system was changed
        (listed("new", LATER),),  # the only one
        (listed("new", LATER), listed("newer", LATER)),  # none of them is as old as the server
        (listed("new", BEGAN + timedelta(minutes=9)), old),  # bought with it, a little later
        (listed("new", None), old),
        (data, old),  # no system disk has such a name
        (listed("web-volume-0001"), listed("db-volume-0000")),
        (data, system, replace(system, resource_id=UntrustedText("x"))),
    ):
        assert evidence(*disks) is None, disks
    assert evidence(data, system, server=replace(listed("server", parent=""), is_main_resource=False)) is None
    assert evidence(data, system, server=listed("server", parent="other")) is None
    assert evidence(replace(data, parent_resource_id=UntrustedText("gone")), system) is None
    assert evidence(replace(data, is_main_resource=True), system) is None


@given(
    st.lists(
        st.builds(
            listed,
            st.sampled_from(["", "a", "web-volume-0000", "web-volume-0001", "web-volume-0002", "db-volume-0000"]),
            st.sampled_from([None, BEGAN, LATER]),
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda each: each.id,
    )
)
def test_a_server_keeps_one_disk_that_is_not_told_apart(disks: list[Listed]) -> None:
    """Whatever its disks are called and whenever they began, not all of them count as data disks."""
    assert any(evidence(each, *(other for other in disks if other is not each)) is None for each in disks)


async def test_a_data_disk_goes_alone_and_its_server_stays(stage: EngineStage) -> None:
    """One resource is shown, counted, requested, charged and deleted; the server and its other disks stay."""
    server, _, disk = server_with_disks(stage)
    plan = await stage.plan([disk.resource_id])
    (item,) = plan.items
    assert (plan.count, plan.phrase, item.resources) == (1, disk.name, (item.resource,))
    catalog = await stage.list_catalog()
    page = plain_text(resource_page(item.resource, catalog, "", plan.created))
    assert "A data disk, can be unsubscribed without its server: only its name tells it from the system disk" in page
    warning = f"a data disk of server {server.name} ({server.resource_id}), which stays:"
    assert warning in plain_text(review_page(plan, (), (), plan.created))
    assert any(warning in each.text for each in confirmation_entries(plan))

    run = await carry_out(stage, plan)

    (unit,) = run.units
    assert unit.state is State.SETTLED
    assert unit.refund_difference is not None
    assert abs(unit.refund_difference) < 1e-7
    assert unit.followup is not None
    assert unit.followup.is_clean
    assert server.resource_id not in {each.resource_id for each in unit.followup.leftovers}
    assert [each.resource_ids for each in stage.sandbox.account.request_log] == [(disk.resource_id,)]
    closed = {each.resource_id for each in (server, *server.attached) if each.status is ResourceStatus.CLOSED}
    assert closed == {disk.resource_id}

    rest = await carry_out(stage, await stage.plan([server.resource_id]))
    assert [unit.state for unit in rest.units] == [State.SETTLED]


@pytest.mark.parametrize("combined_bills", ["", "parts"])
async def test_the_quote_is_that_of_the_disk(tmp_path: Path, combined_bills: str) -> None:
    """Also where the bill names it as a part of its server."""
    stage = new_stage(tmp_path / "state", behavior=Behavior(combined_bills=combined_bills))
    server, _, disk = server_with_disks(stage)
    alone, whole = await stage.plan([disk.resource_id]), await stage.plan([server.resource_id])
    refund, all_refunds = (plan.items[0].quote.amounts.refund for plan in (alone, whole))
    assert refund is not None
    assert all_refunds is not None
    assert refund < all_refunds
    (unit,) = (await carry_out(stage, alone)).units
    assert unit.refund_difference is not None
    assert abs(unit.refund_difference) < 1e-7


async def test_one_bill_row_for_all_leaves_the_refund_of_the_disk_unknown(tmp_path: Path) -> None:
    """What the disk cost is not said, and nothing is guessed."""
    stage = new_stage(tmp_path / "state", behavior=Behavior(combined_bills="whole"))
    _, _, disk = server_with_disks(stage)
    plan = await stage.plan([disk.resource_id])
    assert plan.items[0].quote.amounts.refund is None


async def test_a_disk_that_may_be_the_system_disk_stays_blocked(stage: EngineStage) -> None:
    """With the reason; so do parts of anything else, and all other actions."""
    server, system, disk = server_with_disks(stage)
    plan = await stage.draft([system.resource_id])
    assert not plan.items
    reason, words = reasons(plan)[system.resource_id]
    assert reason is BlockedReason.ATTACHED
    assert "it may be the system disk" in words
    database = next(each for each in map(stage.resource, stage.ids(200)) if each.offer is offers.DATABASE)
    plan = await stage.draft([database.attached[0].resource_id])
    assert reasons(plan) == {database.attached[0].resource_id: (BlockedReason.ATTACHED, "")}
    for action in (Action.RENEWAL, Action.AUTO_RENEW_ON):
        assert (await stage.draft([disk.resource_id], action=action)).items == ()
    assert server.status is ResourceStatus.IN_USE


async def test_a_server_and_its_disk_are_one_item(stage: EngineStage) -> None:
    """In whatever order they are selected; a disk of another server is an item of its own."""
    server, system, disk = server_with_disks(stage)
    for ids in ([server, disk], [disk, server], [disk, system, server]):
        plan = await stage.draft([each.resource_id for each in ids])
        assert [item.id for item in plan.items] == [server.resource_id]
        assert not plan.refused
        assert plan.count == 1 + len(server.attached)
    stage.guards = Guards(protected=(f"id:{server.resource_id}",))
    plan = await stage.draft([server.resource_id, disk.resource_id])
    assert not plan.items
    assert {reason for reason, _ in reasons(plan).values()} == {BlockedReason.PROTECTED, BlockedReason.ATTACHED}


@pytest.mark.parametrize("protects", ["disk", "server"])
async def test_guards_of_disk_and_server_hold(stage: EngineStage, protects: str) -> None:
    """When it is planned, and again before the request."""
    server, _, disk = server_with_disks(stage)
    plan = await stage.plan([disk.resource_id])
    protected = disk if protects == "disk" else server
    stage.guards = Guards(protected=(f"id:{protected.resource_id}",))
    refused = await stage.draft([disk.resource_id])
    assert reasons(refused)[disk.resource_id][0] is BlockedReason.PROTECTED
    assert protected.resource_id in reasons(refused)[disk.resource_id][1] or protects == "disk"
    stage.guards = Guards()

    def protect(step: str) -> None:
        if step == "commit submitting done" or step.startswith("request"):
            raise AssertionError("sent although protected")

    started = stage.run_config(step=protect)
    late = Guards(protected=(f"id:{protected.resource_id}",))
    seen = iter([Guards()])  # none yet when the run begins
    (unit,) = (await run_plan(stage, plan, replace(started, get_guards=lambda: next(seen, late)))).run.units
    assert unit.state is State.SKIPPED
    assert not stage.request_count


async def test_a_disk_that_moved_goes_back_to_review(stage: EngineStage) -> None:
    """To another server, or away from all; so does one whose server is gone. Nothing is sent."""
    server, _, disk = server_with_disks(stage)
    plan = await stage.plan([disk.resource_id])
    other = next(each for each in map(stage.resource, stage.ids(200)) if each.attached and each is not server)
    for parent in (other, None):
        disk.parent = parent
        stage.sandbox.account.resources.clear_cache()
        (unit,) = (await carry_out(stage, plan)).units
        assert unit.state is State.SKIPPED
        assert unit.problem is not None
        assert "primary resource changed from" in problem_details(unit.problem)
    disk.parent = server
    stage.close(server.resource_id)
    (unit,) = (await carry_out(stage, plan)).units
    assert unit.problem is not None
    assert f"its server {server.resource_id} is no longer listed" in problem_details(unit.problem)
    assert not stage.request_count


async def test_a_server_sold_as_a_whole_keeps_its_disks(tmp_path: Path) -> None:
    """Huawei Cloud refuses, nothing is done, and the warning has said so."""
    stage = new_stage(tmp_path / "state", behavior=Behavior(sells_whole_servers=True))
    _, _, disk = server_with_disks(stage)
    plan = await stage.plan([disk.resource_id])
    assert "CBC.99003185" in facts_text(plan.items[0].warnings)
    (unit,) = (await carry_out(stage, plan)).units
    assert unit.state is State.REJECTED
    assert unit.problem is not None
    assert unit.problem.code.raw == "CBC.99003185"
    assert disk.status is ResourceStatus.IN_USE


async def test_an_open_request_for_the_disk_holds_its_server(stage: EngineStage) -> None:
    """A unit whose outcome is open blocks every other one that contains its resource."""
    server, _, disk = server_with_disks(stage)
    first = await stage.plan([disk.resource_id])
    second = await stage.plan([server.resource_id])
    stage.set_faults({"operation": "unsubscribe", "calls": [1], "action": "drop_before"})
    stage.pace = replace(stage.pace, unknown_limit_seconds=30)
    (unit,) = (await carry_out(stage, first)).units
    assert unit.state is State.UNKNOWN
    stage.set_faults()
    (unit,) = (await carry_out(stage, second)).units
    assert unit.state is State.SKIPPED
    assert unit.problem is not None
    assert "has already submitted it" in problem_details(unit.problem)


async def test_a_disk_that_was_added_later(stage: EngineStage) -> None:
    """Its own order is not that of the server, and the name says nothing."""
    server = stage.resource(stage.ids(1, Condition.ATTACHED_AFTER_RENEWAL)[0])
    *_, added = server.attached
    added.name = "scratch"
    stage.sandbox.account.resources.clear_cache()
    if len(server.attached) > 1:
        plan = await stage.plan([added.resource_id])
        assert "it was added after the server was bought" in facts_text(plan.items[0].warnings)
        assert [unit.state for unit in (await carry_out(stage, plan)).units] == [State.SETTLED]


async def test_what_to_do_first(stage: EngineStage) -> None:
    """Disks and addresses of their own; many items have one line with their number."""
    found = list(map(stage.resource, stage.ids(200)))
    disks = [each.resource_id for each in found if each.offer is offers.DISK and each.parent is None][:2]
    address = next(each.resource_id for each in found if each.offer is offers.ADDRESS)
    plan = await stage.draft([*disks, address])
    lines = [each.text for each in confirmation_entries(plan)]
    assert any(line.startswith("2 items: a disk must be detached from its server first") for line in lines)
    assert any(line.startswith("1 item: an address must be unbound first") for line in lines)
    review = plain_text(review_page(plan, (), (), plan.created))
    assert "Before you continue\n  2 items: a disk must be detached from its server first" in review
    assert review.count("detached from its server first") == 1
    assert "    an address must be unbound first" in review  # with its only item
    alone = plain_text(review_page(plan, disks[:1], (), plan.created))
    assert "    a disk must be detached from its server first" in alone


@settings(max_examples=by_effort(8, 60), deadline=None)
@given(data=st.data())
def test_whatever_is_selected_is_deleted_once(data: st.DataObject) -> None:
    """Servers and disks, also of each other: what is shown is what is deleted, and no id is requested twice."""
    with TemporaryDirectory() as directory:
        stage = new_stage(Path(directory), seed=data.draw(st.integers(0, 3)))
        servers = [each for each in map(stage.resource, stage.ids(40)) if each.offer is offers.SERVER]
        known = [each.resource_id for server in servers for each in (server, *server.attached)]
        ids = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=5, unique=True))

        plan = asyncio.run(stage.draft(ids))

        refused = {each.resource.id for each in plan.refused}
        affected = {each.id for each in plan.resources}
        assert set(ids) == refused | (affected & set(ids))
        assert not refused & affected
        if not plan.items:
            return
        run = asyncio.run(carry_out(stage, plan))
        assert {unit.state for unit in run.units} == {State.SETTLED}
        requested = [each for request in stage.sandbox.account.request_log for each in request.resource_ids]
        assert len(requested) == len(set(requested)) == len(plan.items)
        listed_now = stage.sandbox.account.resources.list_all()
        assert {each.resource_id for each in listed_now if each.status is ResourceStatus.CLOSED} == affected
