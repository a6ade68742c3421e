"""Metrics of Cloud Eye: few calls, only whole days, and no value that was not measured."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.support.stub_vendor import StubResponse, StubVendor, json_response
from tests.unit.api.inventory.service_reads import NOW, PLACE, read_services
from unsub_tui.api.inventory.ces import MAX_METRICS, MetricTargets, Window
from unsub_tui.api.inventory.service_values import milliseconds_of
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.finding import FindingState
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import Database, Disk, DiskAttachment, Eip, Metric, MetricSeries, Server
from unsub_tui.domain.untrusted_text import UntrustedText

DAY = timedelta(days=1)
TODAY = NOW.replace(hour=0, minute=0)
BEGIN = TODAY - 30 * DAY

SERVER = Server(server_id=UntrustedText("srv-1"))
DISK = Disk(
    disk_id=UntrustedText("d-1"),
    attachments=(DiskAttachment(server_id=UntrustedText("srv-1"), device="/dev/vdb"),),
)
EIP = Eip(
    eip_id=UntrustedText("eip-1"), bandwidth_id=UntrustedText("bw-1"), device_id=UntrustedText("srv-1"), status="ACTIVE"
)


def database(engine: str) -> Database:
    """Return a database of an engine."""
    return Database(database_id=UntrustedText("db-1"), engine=engine)


def servers(count: int) -> list[Server]:
    """Return so many servers."""
    return [replace(SERVER, server_id=UntrustedText(f"srv-{number}")) for number in range(count)]


Values = Callable[[dict[str, Any]], Sequence[tuple[datetime, float]]]


def every_day(_: dict[str, Any]) -> list[tuple[datetime, float]]:
    """Return a value for each day of the window, and for the one before and the one after it."""
    return [(BEGIN + number * DAY, float(number)) for number in range(-1, 31)]


class CloudEye:
    """Cloud Eye with these values, which moves the begin of calls for too many points."""

    def __init__(
        self, values: Values = every_day, *, most: int = 500, unit: str | None = None, points: int = 3000
    ) -> None:
        self.values, self.most, self.unit, self.points = values, most, unit, points

    def __call__(self, request: httpx.Request) -> StubResponse:
        """Answer a request."""
        body = json.loads(request.content)
        metrics = body["metrics"]
        if len(metrics) > self.most:
            return json_response({"error_code": "ces.0014", "error_msg": "too many metrics"}, 400)
        begin = max(body["from"], body["to"] - self.points // len(metrics) * 86_400_000)
        found = []
        for each in metrics:
            points = [
                {body["filter"]: value, "timestamp": milliseconds_of(day)}
                for day, value in self.values(each)
                if begin - 86_400_000 < milliseconds_of(day) <= body["to"]  # rounded down to the begin of a day
            ]
            unit = self.unit if self.unit is not None else "%" if "cpu" in each["metric_name"] else ""
            found.append({**each, "unit": unit, "datapoints": points})
        return json_response({"metrics": found})


def read(service: Any, **targets: Any) -> tuple[ServiceList[MetricSeries], StubVendor]:
    """Return the metrics of these resources."""
    return read_services(service, lambda clients: clients.ces.daily_metrics(PLACE, MetricTargets(**targets)))


def asked(vendor: StubVendor) -> list[tuple[str, str, dict[str, str]]]:
    """Return filter, metric and dimensions of all that was asked for."""
    return [
        (body["filter"], each["metric_name"], {one["name"]: one["value"] for one in each["dimensions"]})
        for body in (json.loads(request.content) for request in vendor.requests)
        for each in body["metrics"]
    ]


def test_a_server_takes_two_calls() -> None:
    """One for maxima, one for averages, both of thirty whole days."""
    found, vendor = read(CloudEye(), servers=[SERVER])
    assert asked(vendor) == [
        ("max", "cpu_util", {"instance_id": "srv-1"}),
        ("average", "network_incoming_bytes_aggregate_rate", {"instance_id": "srv-1"}),
        ("average", "network_outgoing_bytes_aggregate_rate", {"instance_id": "srv-1"}),
        ("average", "disk_write_bytes_rate", {"instance_id": "srv-1"}),
    ]
    body = json.loads(vendor.requests[0].content)
    assert (body["from"], body["to"], body["period"]) == (milliseconds_of(BEGIN), milliseconds_of(TODAY), "86400")
    assert vendor.requests[0].url.path == f"/V1.0/{PLACE.project_id}/batch-query-metric-data"
    assert found.is_complete
    assert found.asked_ids == frozenset({"srv-1"})
    assert [each.metric for each in found.rows] == [
        Metric.CPU,
        Metric.NETWORK_IN,
        Metric.NETWORK_OUT,
        Metric.DISK_WRITE,
    ]
    for series in found.rows:
        assert series.points == tuple((BEGIN + number * DAY, Decimal(number)) for number in range(30))
        assert series.asked_from == BEGIN


@pytest.mark.parametrize("hours", [-8, 0, 5, 16])
@pytest.mark.parametrize("time", ["00:00", "12:30", "23:59"])
def test_thirty_whole_days_are_read_whatever_hour_they_begin_at(hours: int, time: str) -> None:
    """The time zone of the roll-up is not documented: days that are not over at midnight in UTC are left out."""
    hour, minute = map(int, time.split(":"))
    window = Window.before(NOW.replace(hour=hour, minute=minute))
    shift = timedelta(hours=hours)
    days = [day for day in (TODAY + n * DAY + shift for n in range(-40, 3)) if window.contains(day)]
    assert len(days) == 30
    assert days[-1] + DAY <= TODAY
    assert window.first_day(days) == window.first_day(days[5:6]) == days[0]
    assert window.first_day([]) == window.first_day([BEGIN, BEGIN + timedelta(hours=1)]) == BEGIN


def test_all_series_begin_with_the_same_day() -> None:
    """Also those without values: else their first day would count as missing."""

    def values(metric: dict[str, Any]) -> list[tuple[datetime, float]]:
        is_silent = metric["metric_name"] == "disk_write_bytes_rate"
        return [] if is_silent else [(BEGIN + n * DAY - timedelta(hours=8), 1.0) for n in range(32)]

    found, _ = read(CloudEye(values), servers=[SERVER])
    assert {each.asked_from for each in found.rows} == {BEGIN - timedelta(hours=8)}
    assert [len(each.points) for each in found.rows] == [30, 30, 30, 0]


def test_a_missing_day_is_missing() -> None:
    """Values that are none are not zero either, and no value is not one."""
    values: list[tuple[datetime, Any]] = [(BEGIN, 1.5), (BEGIN + DAY, None), (BEGIN + 2 * DAY, "3"), (TODAY, 9)]
    values += [(BEGIN + 3 * DAY, -1), (BEGIN + 4 * DAY, True), (BEGIN + 5 * DAY, 10**30), (BEGIN + 6 * DAY, 0)]
    found, _ = read(CloudEye(lambda _: values), servers=[SERVER])
    assert found.rows[0].points == (
        (BEGIN, Decimal("1.5")),
        (BEGIN + 6 * DAY, Decimal(0)),
    )
    silent, _ = read(CloudEye(lambda _: ()), servers=[SERVER])
    assert [each.points for each in silent.rows] == [()] * 4
    left_out, _ = read(json_response({"metrics": []}), servers=[SERVER])
    assert left_out.is_complete
    assert [each.points for each in left_out.rows] == [()] * 4


@pytest.mark.parametrize(
    ("engine", "dimension", "connections"),
    [
        ("MySQL", "rds_cluster_id", "rds006_conn_count"),
        ("MariaDB", "rds_cluster_id", "rds006_conn_count"),
        ("PostgreSQL", "postgresql_cluster_id", "rds042_database_connections"),
        ("SQLServer", "rds_cluster_sqlserver_id", "rds054_db_connections_in_use"),
    ],
)
def test_databases_are_named_by_their_engine(engine: str, dimension: str, connections: str) -> None:
    """Each engine has a dimension and a metric of its own."""
    found, vendor = read(CloudEye(), databases=[database(engine)])
    assert {name for _, name, _ in asked(vendor)} == {
        "rds001_cpu_util",
        "rds004_bytes_in",
        "rds005_bytes_out",
        connections,
    }
    assert all(dimensions == {dimension: "db-1"} for _, _, dimensions in asked(vendor))
    assert {each.metric for each in found.rows} == set(Metric) - {Metric.DISK_WRITE}


def test_what_has_no_metric_is_not_asked_for() -> None:
    """A disk that is attached to nothing, and a database of another engine."""
    found, vendor = read(CloudEye(), disks=[Disk(disk_id=UntrustedText("d"))], databases=[database("Newest")])
    assert (found.rows, vendor.requests) == ((), [])
    assert not found.is_complete
    found, vendor = read(CloudEye(), servers=[SERVER], disks=[Disk(disk_id=UntrustedText("d"))])
    assert found.absence("d").state is FindingState.NONE_SEEN, "there is no value of it, nor will there be one"


def test_a_disk_is_asked_for_under_both_names() -> None:
    """Only one of them has values; the highest value of each day counts."""

    def values(metric: dict[str, Any]) -> list[tuple[datetime, float]]:
        is_device = metric["dimensions"][0]["value"] == "srv-1-vdb"
        return [(BEGIN, 1.0)] if is_device else [(BEGIN, 3.0), (BEGIN + DAY, 2.0)]

    found, vendor = read(CloudEye(values), disks=[DISK])
    names = [dimensions["disk_name"] for _, _, dimensions in asked(vendor)]
    assert names == ["srv-1-vdb", "srv-1-volume-d-1"]
    (series,) = found.rows
    assert series.points == ((BEGIN, Decimal(3)), (BEGIN + DAY, Decimal(2)))


def test_an_eip_is_asked_for_again_under_its_bandwidth() -> None:
    """Only if it has no value under its own id; its values are in bits, ours in bytes."""
    found, vendor = read(CloudEye(lambda _: [(BEGIN, 80.0)]), eips=[EIP])
    assert len(vendor.requests) == 1
    assert {each.points for each in found.rows} == {((BEGIN, Decimal(10)),)}

    def only_nested(metric: dict[str, Any]) -> list[tuple[datetime, float]]:
        return [(BEGIN, 80.0)] if len(metric["dimensions"]) == 2 else []

    found, vendor = read(CloudEye(only_nested), eips=[EIP])
    assert [dimensions for _, _, dimensions in asked(vendor)[2:]] == [
        {"bandwidth_id": "bw-1", "publicip_id": "eip-1"}
    ] * 2
    assert [(each.metric, each.points) for each in found.rows] == [
        (Metric.NETWORK_IN, ((BEGIN, Decimal(10)),)),
        (Metric.NETWORK_OUT, ((BEGIN, Decimal(10)),)),
    ]
    unbound = replace(EIP, device_id=UntrustedText(""))
    found, vendor = read(CloudEye(only_nested), eips=[unbound])
    assert len(vendor.requests) == 1
    assert [each.points for each in found.rows] == [(), ()]


def test_many_metrics_take_few_calls() -> None:
    """As many as the 3,000 points of a response allow for 31 days."""
    found, vendor = read(CloudEye(), servers=servers(40))
    assert MAX_METRICS == 96
    assert [len(json.loads(request.content)["metrics"]) for request in vendor.requests] == [40, 96, 24]
    assert len(found.rows) == 160
    assert all(len(each.points) == 30 for each in found.rows)


def test_an_older_region_is_asked_for_ten_metrics_a_call() -> None:
    """It rejects more, and is not asked for more again."""
    found, vendor = read(CloudEye(most=10), servers=servers(12))
    assert found.is_complete
    assert len(found.rows) == 48
    sizes = [len(json.loads(request.content)["metrics"]) for request in vendor.requests]
    assert sorted(sizes) == [2, 6, 10, 10, 10, 10, 12, 36]


def test_a_moved_begin_is_noticed() -> None:
    """Cloud Eye does not say that it moved it: the metrics are asked for again in smaller parts."""
    found, vendor = read(CloudEye(points=600), servers=servers(12))
    assert all(len(each.points) == 30 for each in found.rows)
    assert len(vendor.requests) > 2


def test_new_resources_have_few_days() -> None:
    """Their first day is later than asked for however small the parts are; that is not repeated for ever."""
    found, vendor = read(CloudEye(lambda _: [(TODAY - DAY, 1.0)]), servers=servers(12))
    assert all(len(each.points) == 1 for each in found.rows)
    assert found.is_complete
    assert len(vendor.requests) == 2 + 2 + 4


def test_a_rejected_call_costs_only_its_metrics() -> None:
    """The others are kept, and the list says that it is not whole."""

    def answer(request: httpx.Request) -> StubResponse:
        is_maximum = json.loads(request.content)["filter"] == "max"
        return json_response({"error_code": "ces.0014"}, 400) if is_maximum else CloudEye()(request)

    found, _ = read(answer, servers=[SERVER])
    assert found.problem == fact("inventory_failed", code="ces.0014")
    assert {each.metric for each in found.rows} == {Metric.NETWORK_IN, Metric.NETWORK_OUT, Metric.DISK_WRITE}


def test_a_throttled_call_is_repeated() -> None:
    """Cloud Eye has a code of its own for that."""
    left = [json_response({"error_code": "ces.0429", "error_msg": "Too Many Requests"}, 429)]
    found, vendor = read(lambda request: left.pop() if left else CloudEye()(request), servers=[SERVER])
    assert found.is_complete
    assert len(vendor.requests) == 3


@pytest.mark.parametrize("unit", ["KB/s", "furlong"])
def test_a_figure_in_an_unknown_unit_is_none(unit: str) -> None:
    """It would be a wrong one."""
    found, _ = read(CloudEye(unit=unit), servers=[SERVER])
    assert found.rows == ()
    assert found.problem == fact("inventory_rows_unreadable", count=1)


@pytest.mark.parametrize("unit", ["byte/s", "Byte/s", "bytes/s"])
def test_known_units(unit: str) -> None:
    """Their spelling differs from service to service."""
    found, _ = read(CloudEye(lambda _: [(BEGIN, 5.0)], unit=unit), servers=[SERVER])
    rates = [each for each in found.rows if each.metric is not Metric.CPU]
    assert {each.points for each in rates} == {((BEGIN, Decimal(5)),)}


@pytest.mark.parametrize(
    "fields", [{"namespace": None}, {"dimensions": []}, {"metric_name": "other"}, {"dimensions": 5}]
)
def test_a_series_of_something_else_is_unreadable(fields: dict[str, Any]) -> None:
    """It must name the metric that was asked for: a wrong figure is worse than none."""

    def answer(request: httpx.Request) -> StubResponse:
        document = json.loads(CloudEye()(request).body)
        return json_response({"metrics": [{**each, **fields} for each in document["metrics"]]})

    found, _ = read(answer, eips=[EIP])
    assert not found.rows
    assert not found.is_complete
