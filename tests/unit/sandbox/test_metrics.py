"""Cloud Eye of the sandbox: points that are missing, and windows that are moved silently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support.sandbox_caller import UNSUBSCRIBE, Caller, Json
from tests.unit.sandbox.conftest import NOW, MakeCaller
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.account_fixtures import PROJECTS, project_id
from unsub_tui.sandbox.estate.account_inventory import AccountInventory
from unsub_tui.sandbox.estate.metric_values import Activity, activity_of, has_gaps
from unsub_tui.sandbox.models import Condition, Resource
from unsub_tui.sandbox.offers import DATABASE, SERVER

DAY = 86_400_000
MIDNIGHT = int(NOW.replace(hour=0).timestamp() * 1000)


async def test_a_window_that_is_too_long_is_moved(caller: Caller) -> None:
    """The response does not say so: only the oldest time shows it."""
    server = _long_running(caller, Activity.BUSY)
    fits = await _points(caller, [server] * 96, days=30)
    assert {len(each) for each in fits} == {30}
    moved = await _points(caller, [server] * 120, days=30)
    assert {len(each) for each in moved} == {25}
    assert moved[0] == fits[0][-25:]
    finer = await _points(caller, [server], days=30, period="3600")
    assert finer[0][0]["timestamp"] >= MIDNIGHT - 10 * DAY


async def test_a_day_that_is_not_over_has_a_smaller_value(caller: Caller) -> None:
    """A client that reads it for the whole day takes a busy server for a quiet one."""
    server = _long_running(caller, Activity.BUSY)
    body = {**_body([_metric(server)], days=1), "to": MIDNIGHT + DAY}
    unfinished = (await _send(caller, server.project_id, body)).json()["metrics"][0]["datapoints"][-1]
    assert unfinished["timestamp"] == MIDNIGHT
    caller.sandbox.clock.advance(86_400)
    finished = (await _send(caller, server.project_id, body)).json()["metrics"][0]["datapoints"][-1]
    assert finished["timestamp"] == MIDNIGHT
    assert finished["max"] > unfinished["max"]


async def test_points_are_missing_not_zero(caller: Caller) -> None:
    """A stopped server has no points since it was stopped, some have days without, and a new one has few."""
    inventory = _inventory(caller)
    gaps = _server(caller, lambda one: has_gaps(one.resource_id) and _is_long_running(inventory, one))
    (with_gaps,) = await _points(caller, [gaps], days=30)
    assert 20 <= len(with_gaps) < 30
    stopped = _server(caller, lambda one: inventory.stopped_at(one) is not None and not has_gaps(one.resource_id))
    (of_stopped,) = await _points(caller, [stopped], days=180)
    assert of_stopped[-1]["timestamp"] <= (inventory.stopped_at(stopped) or 0) * 1000
    new = _server(caller, lambda one: MIDNIGHT - 20 * DAY < inventory.created_at(one) * 1000 < MIDNIGHT - 2 * DAY)
    (of_new,) = await _points(caller, [new], days=30)
    assert of_new[0]["timestamp"] > inventory.created_at(new) * 1000 - DAY


async def test_the_quiet_and_the_busy(make_caller: MakeCaller) -> None:
    """The servers that ECS shows as left over do nothing; a third of them works on the last day of the month."""
    caller = make_caller(resources=2000)
    found = await _points(caller, [_long_running(caller, each) for each in Activity], days=30)
    busy, quiet, monthly = ([each["max"] for each in points] for points in found)
    assert max(quiet) < 3
    assert max(busy) > 3
    assert sum(each > 3 for each in monthly) == 1
    (averages,) = await _points(caller, [_long_running(caller, Activity.QUIET)], days=30, roll_up="average")
    assert [each["timestamp"] for each in averages] == [each["timestamp"] for each in found[1]]


async def test_disks_and_addresses_are_measured_where_they_are_used(make_caller: MakeCaller) -> None:
    """A disk is named by its server; an unbound EIP has no traffic; some regions need the bandwidth of an EIP too."""
    caller = make_caller(resources=2000)
    server = _long_running(caller, Activity.BUSY)
    project = caller.sandbox.account.estate.project(server.project_id)
    disk = project.server(server).disks[-1]
    names = [f"{server.resource_id}-{disk.device[5:]}", f"{server.resource_id}-volume-{disk.disk.resource_id}"]
    metrics = [
        _metric_of("SYS.EVS", "disk_device_write_bytes_rate", disk_name=each)
        for each in (*names, disk.disk.resource_id)
    ]
    by_device, by_id, alone = await _query(caller, server.project_id, metrics, days=10)
    assert by_device["datapoints"] == by_id["datapoints"]
    assert len(by_id["datapoints"]) == 10
    assert not alone["datapoints"]

    for region, needs_bandwidth in (("cn-north-4", False), ("cn-north-1", True)):
        project = caller.sandbox.account.estate.project(project_id(region))
        bound, unbound = (
            [each for each in map(project.address, project.addresses()) if bool(each.binding.kind) is is_bound]
            for is_bound in (True, False)
        )
        queries = [
            _metric_of("SYS.VPC", "upstream_bandwidth", publicip_id=bound[0].address_id),
            _metric_of(
                "SYS.VPC",
                "upstream_bandwidth",
                bandwidth_id=bound[0].bandwidth.bandwidth_id,
                publicip_id=bound[0].address_id,
            ),
            *(
                _metric_of(
                    "SYS.VPC",
                    "upstream_bandwidth",
                    bandwidth_id=each.bandwidth.bandwidth_id,
                    publicip_id=each.address_id,
                )
                for each in unbound
            ),
        ]
        rows = await _query(caller, project_id(region), queries, days=10)
        points = [bool(each["datapoints"]) for each in rows]
        assert points == [not needs_bandwidth, True, *[False] * len(unbound)]


async def test_a_deleted_server_has_points_for_three_hours(caller: Caller) -> None:
    """Then nothing is left of them."""
    server = _long_running(caller, Activity.BUSY)
    body = {"resource_ids": [server.resource_id], "unsubscribe_type": 1, "unsubscribe_reason_type": 2}
    assert (await caller.post(UNSUBSCRIBE, **body))["order_ids"]
    caller.sandbox.clock.advance(3600)
    assert len((await _points(caller, [server], days=30))[0]) == 30
    caller.sandbox.clock.advance(3 * 3600)
    assert await _points(caller, [server], days=30) == [[]]


async def test_dimensions_of_databases_follow_the_engine(caller: Caller) -> None:
    """Under the dimension of another engine, or for a metric of another one, there are no points."""
    database = next(
        each
        for each in caller.sandbox.account.resources.list_all()
        if each.offer.code == DATABASE.code and ".pg." in each.spec.code and each.effective * 1000 < MIDNIGHT - 3 * DAY
    )
    counts = {}
    for dimension in ("rds_cluster_id", "postgresql_cluster_id", "rds_cluster_sqlserver_id"):
        for name in ("rds001_cpu_util", "rds042_database_connections", "rds006_conn_count"):
            metric = _metric(database, "SYS.RDS", name, dimension)
            (points,) = await _query(caller, database.project_id, [metric], days=2)
            counts[dimension, name] = bool(points["datapoints"])
    assert {each for each, has_points in counts.items() if has_points} == {
        ("postgresql_cluster_id", "rds001_cpu_util"),
        ("postgresql_cluster_id", "rds042_database_connections"),
    }


@pytest.mark.parametrize(
    ("changes", "metrics"),
    [({}, 0), ({}, 501), ({"period": "7"}, 1), ({"filter": "median"}, 1), ({"from": MIDNIGHT}, 1)],
)
async def test_invalid_queries(caller: Caller, changes: Json, metrics: int) -> None:
    """Each query has 1 to 500 metrics, a known period and filter, and a start before its end."""
    server = _long_running(caller, Activity.BUSY)
    body = {**_body([_metric(server)] * metrics, days=1), **changes}
    answer = await _send(caller, server.project_id, body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "ces.0014")


async def test_limits_of_size_and_of_old_regions(caller: Caller) -> None:
    """A body has at most 512 KB; some regions accept only ten metrics in a query."""
    server = _long_running(caller, Activity.BUSY)
    large = _metric(server, name="x" * 2000)
    assert (await _send(caller, server.project_id, _body([large] * 300, days=1))).status_code == 400
    old = project_id("la-south-2")
    assert (await _send(caller, old, _body([_metric(server)] * 11, days=1))).status_code == 400
    assert (await _send(caller, old, _body([_metric(server)] * 10, days=1))).status_code == 200


async def test_the_limit_counts_a_minute() -> None:
    """After 500 calls in a minute come answers with a code of its own."""
    caller = Caller(build_sandbox(SandboxOptions(now=NOW, rate_scale=0.01)))
    server = _long_running(caller, Activity.BUSY)
    answers = [await _send(caller, server.project_id, _body([_metric(server)], days=1)) for _ in range(6)]
    assert [each.status_code for each in answers] == [200] * 5 + [429]
    assert answers[-1].json()["error_code"] == "ces.0429"


async def test_grants_for_enterprise_projects_are_not_enough(caller: Caller) -> None:
    """Cloud Eye knows only permissions for the whole account."""
    caller.sandbox.auth_state.grant_only(PROJECTS[0].project_id)
    server = _long_running(caller, Activity.BUSY)
    assert (await _send(caller, server.project_id, _body([_metric(server)], days=1))).status_code == 403


def _server(caller: Caller, wanted: Callable[[Resource], bool]) -> Resource:
    return caller.pick(Condition.NORMAL, SERVER, wanted=wanted)


def _inventory(caller: Caller) -> AccountInventory:
    caller.sandbox.account.now()
    return caller.sandbox.account.inventory


def _long_running(caller: Caller, activity: Activity) -> Resource:
    """Return a server that has been running for more than a month, and was measured every day."""
    inventory = _inventory(caller)

    def is_wanted(server: Resource) -> bool:
        is_quiet = inventory.estate.project(server.project_id).server(server).is_quiet
        return (
            activity_of(server.resource_id, is_quiet=is_quiet) is activity
            and not has_gaps(server.resource_id)
            and _is_long_running(inventory, server)
        )

    return _server(caller, is_wanted)


def _is_long_running(inventory: AccountInventory, server: Resource) -> bool:
    is_old = inventory.created_at(server) * 1000 < MIDNIGHT - 31 * DAY
    return is_old and inventory.stopped_at(server) is None


def _metric(
    resource: Resource, namespace: str = "SYS.ECS", name: str = "cpu_util", dimension: str = "instance_id"
) -> Json:
    return _metric_of(namespace, name, **{dimension: resource.resource_id})


def _metric_of(namespace: str, metric: str, **dimensions: str) -> Json:
    found = [{"name": name, "value": value} for name, value in dimensions.items()]
    return {"namespace": namespace, "metric_name": metric, "dimensions": found}


def _body(metrics: list[Json], *, days: int, period: str = "86400", roll_up: str = "max") -> Json:
    return {"metrics": metrics, "from": MIDNIGHT - days * DAY, "to": MIDNIGHT, "period": period, "filter": roll_up}


async def _send(caller: Caller, project: str, body: Json) -> httpx.Response:
    path = f"/V1.0/{project}/batch-query-metric-data"
    headers = {"x-project-id": project}
    return await caller.send(
        "POST", path, body=body, headers=headers, service="ces", signed="host;x-project-id;x-sdk-date"
    )


async def _query(caller: Caller, project: str, metrics: list[Json], **options: Any) -> list[Json]:
    found: list[Json] = (await _send(caller, project, _body(metrics, **options))).json()["metrics"]
    return found


async def _points(caller: Caller, servers: list[Resource], **options: Any) -> list[list[Json]]:
    found: dict[int, list[Json]] = {}
    for project in {each.project_id for each in servers}:
        places = [place for place, each in enumerate(servers) if each.project_id == project]
        rows = await _query(caller, project, [_metric(servers[place]) for place in places], **options)
        found |= {place: row["datapoints"] for place, row in zip(places, rows, strict=True)}
    return [found[place] for place in range(len(servers))]
