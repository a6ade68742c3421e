"""A capture of an account, served elsewhere, is the same account: same list, same findings. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.agreement.reference_stage import ReferenceStage
from tests.reference_server import ReferenceServer
from tests.support.connections import NO_DELAYS, connect, make_sandbox
from tests.support.contract_steps import connect_replay, read_contract
from tests.support.engine_stage import read_catalog
from unsub_tui.api.connection import Connection
from unsub_tui.api.mutation_results import Rejected
from unsub_tui.domain.action import Action
from unsub_tui.domain.contract import Assumption
from unsub_tui.domain.resource import Resource
from unsub_tui.engine.contract import known_values
from unsub_tui.engine.contract.capture import capture_text
from unsub_tui.engine.files import write_file
from unsub_tui.sandbox import Behavior, build_replay
from unsub_tui.sandbox.capture_server import Replay


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[ReferenceStage]:
    """The second vendor."""
    with ReferenceServer(settle_seconds=0.2, rate_factor=1000) as vendor:
        yield ReferenceStage(vendor, tmp_path / "state", NO_DELAYS)


async def capture_of(connection: Connection, path: Path) -> Replay:
    """Capture an account, and return what serves the file."""
    report, answers = await read_contract(connection)
    write_file(str(path), capture_text(report, answers, connection.site))
    return build_replay(path)


async def resources(connection: Connection) -> Sequence[Resource]:
    """List an account."""
    async with connection.read_client() as client:
        return (await read_catalog(client)).resources


def shape(rows: Sequence[Resource]) -> list[tuple[object, ...]]:
    """Return what a capture keeps of each resource, relations by position."""
    places = {each.id: number for number, each in enumerate(rows)}
    return [
        (
            places.get(each.parent_resource_id.raw),
            each.is_main_resource,
            each.status,
            each.expire_policy,
            each.defect,
            *(raw if raw in known else bool(raw) for raw, known in _codes(each)),
            each.expire_time.time() if each.expire_time else None,
            each.expire_time - each.effective_time if each.expire_time and each.effective_time else None,
        )
        for each in rows
    ]


def _codes(each: Resource) -> list[tuple[str, frozenset[str]]]:
    return [(each.service_type_code.raw, known_values.SERVICES), (each.resource_type_code.raw, known_values.TYPES)]


async def check_replay(connection: Connection, path: Path) -> None:
    """Compare an account with the replay of its capture."""
    before, (report, _) = await resources(connection), await read_contract(connection)
    replayed = connect_replay(await capture_of(connection, path))
    assert shape(await resources(replayed)) == shape(before)
    again, _ = await read_contract(replayed)
    assert [(each.assumption, each.result) for each in again.findings] == [
        (each.assumption, each.result) for each in report.findings
    ]


@pytest.mark.parametrize(
    "behavior",
    [
        Behavior(),
        Behavior(counts_attached=False),
        Behavior(pages_by_primary=True, counts_attached=False),
        Behavior(members=2),
        Behavior(combined_bills="parts"),
        Behavior(combined_bills="whole"),
    ],
)
async def test_the_sandbox(behavior: Behavior, tmp_path: Path) -> None:
    """In each of the ways that it knows."""
    sandbox = make_sandbox(200)
    sandbox.account.behavior = behavior
    await check_replay(connect(sandbox), tmp_path / "capture.json")


async def test_odd_rows(tmp_path: Path) -> None:
    """Repeated rows, contradictory ones, and rows without fields stay what they are."""
    sandbox = make_sandbox(100)
    one, two, three, four = (each.resource_id for each in sandbox.account.resources.list_all()[:4])
    sandbox.account.behavior = Behavior(
        row_changes={one: {"resource_id": None}, two: {"status": 9}, three: {"is_main_resource": "yes"}},
        extra_rows={four: [{}, {"status": 3}], two: [{"expire_policy": 4}]},
    )
    await check_replay(connect(sandbox), tmp_path / "capture.json")


async def test_the_second_vendor(stage: ReferenceStage, tmp_path: Path) -> None:
    """As it is, and with resources that are listed twice."""
    await check_replay(stage.connection(), tmp_path / "one.json")
    account = stage.vendor.account
    account.counts_attached, account.pages_by_primary = False, True
    account.extra_rows = {each: [{}] for each in stage.ids("new-ecs-2days", "web-prod-1")}
    await check_replay(stage.connection(), tmp_path / "two.json")


async def test_reads_that_failed_fail_again(tmp_path: Path) -> None:
    """With the status and code that were captured."""
    sandbox = make_sandbox(40)
    sandbox.auth_state.deny("list_orders")
    report, _ = await read_contract(connect(sandbox))
    replayed = connect_replay(await capture_of(connect(sandbox), tmp_path / "capture.json"))
    again, _ = await read_contract(replayed)
    codes = {each.assumption: each.problem.code.raw for each in again.findings if each.problem is not None}
    assert codes[Assumption.ORDER_STATUSES] == "CBC.0151"
    assert [each.result for each in again.findings] == [each.result for each in report.findings]


@pytest.mark.parametrize("action", list(Action))
async def test_a_replay_changes_nothing(action: Action, tmp_path: Path) -> None:
    """Every request that could is refused, as one that was not executed."""
    sandbox = make_sandbox(40)
    replay = connect_replay(await capture_of(connect(sandbox), tmp_path / "capture.json"))
    rows = await resources(replay)
    async with replay.mutation_client() as client:
        result = await client.send(client.prepare(action, [rows[0].id]))
    assert isinstance(result, Rejected)
    assert result.problem.code.raw == "CBC.0151"
    assert await resources(replay) == rows
