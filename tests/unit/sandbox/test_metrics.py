"""Cloud Eye of the sandbox: points that are missing, and windows that are moved silently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support.sandbox_caller import UNSUBSCRIBE, Caller, Json
from tests.unit.sandbox.conftest import NOW
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.account_fixtures import PROJECTS, project_id
from unsub_tui.sandbox.metric_values import Activity, activity_of
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


async def test_points_are_missing_not_zero(caller: Caller) -> None:
    """A stopped server has no points since it was stopped, some have days without, and a new one has few."""
    gaps = _long_running(caller, Activity.WITH_GAPS)
    (with_gaps,) = await _points(caller, [gaps], days=30)
    assert 20 <= len(with_gaps) < 30
    new = _server(caller, lambda one: MIDNIGHT - 20 * DAY < one.effective * 1000 < MIDNIGHT - 2 * DAY)
    (of_new,) = await _points(caller, [new], days=30)
    assert of_new[0]["timestamp"] > new.effective * 1000 - DAY


async def test_the_quiet_and_the_busy(caller: Caller) -> None:
    """Most servers are busy, some do nothing, and one kind works only on the last day of the month."""
    quiet, busy, monthly = await _points(
        caller,
        [_long_running(caller, each) for each in (Activity.QUIET, Activity.BUSY, Activity.ON_LAST_OF_MONTH)],
        days=30,
    )
    assert max(each["max"] for each in quiet) < 3
    assert max(each["max"] for each in busy) > 3
    assert sum(each["max"] > 3 for each in monthly) == 1
    (averages,) = await _points(caller, [_long_running(caller, Activity.QUIET)], days=30, roll_up="average")
    assert [each["timestamp"] for each in averages] == [each["timestamp"] for each in quiet]


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


def _long_running(caller: Caller, activity: Activity) -> Resource:
    """Return a server that has been running for more than a month."""
    caller.sandbox.account.now()
    return _server(
        caller,
        lambda one: activity_of(one.resource_id) is activity and one.effective * 1000 < MIDNIGHT - 31 * DAY,
    )


def _metric(
    resource: Resource, namespace: str = "SYS.ECS", name: str = "cpu_util", dimension: str = "instance_id"
) -> Json:
    dimensions = [{"name": dimension, "value": resource.resource_id}]
    return {"namespace": namespace, "metric_name": name, "dimensions": dimensions}


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
