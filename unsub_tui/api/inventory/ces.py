"""Daily values of metrics from Cloud Eye.

One response has at most 3,000 points. For more, Cloud Eye moves the begin of the period without saying so. It rolls up
each day in a time zone that is not documented: the days that are read are those that end within the period asked for.
Sources: API Explorer definitions, SDK 3.1.219, Huawei Cloud's page ces_03_0034, its exporter for the names.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from unsub_tui.api.inventory.list_reader import BY_IDS
from unsub_tui.api.inventory.service_hosts import Service
from unsub_tui.api.inventory.service_pages import read_rows
from unsub_tui.api.inventory.service_values import milliseconds_of, time_of_milliseconds
from unsub_tui.api.inventory.session import InventorySession, ListCall, Operation, join_lists
from unsub_tui.api.json_object import JsonObject
from unsub_tui.domain.bounds import amount_in_range
from unsub_tui.domain.fact import Fact
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import (
    Database,
    Disk,
    Eip,
    Metric,
    MetricSeries,
    ProjectRegion,
    Server,
)
from unsub_tui.domain.problem import Problem
from unsub_tui.domain.untrusted_text import UntrustedText

DAYS = 30
"""Number of days that are read."""
DAY = timedelta(days=1)
MAX_POINTS = 3000
"""Maximum number of points in a response."""
MAX_METRICS = MAX_POINTS // (DAYS + 1)
"""Maximum number of metrics in a call, because the begin of the period is rounded down to one more day."""
MAX_METRICS_OF_OLD_REGIONS = 10
"""Maximum number of metrics in a call that older regions accept."""

METRIC_DATA = Operation(
    name="batch_list_metric_data", service=Service.CES, path="/V1.0/{project_id}/batch-query-metric-data"
)

_DAILY_MAXIMUM = frozenset({Metric.CPU, Metric.CONNECTIONS})
"""Metrics of which the maximum of each day is read; of the others it is the average."""
_SERVER_METRICS = {
    Metric.CPU: "cpu_util",
    Metric.NETWORK_IN: "network_incoming_bytes_aggregate_rate",
    Metric.NETWORK_OUT: "network_outgoing_bytes_aggregate_rate",
    Metric.DISK_WRITE: "disk_write_bytes_rate",
}
"""Metrics of a server that need no agent in it."""
_DISK_METRICS = {Metric.DISK_WRITE: "disk_device_write_bytes_rate"}
_DATABASE_METRICS = {
    Metric.CPU: "rds001_cpu_util",
    Metric.NETWORK_IN: "rds004_bytes_in",
    Metric.NETWORK_OUT: "rds005_bytes_out",
}
_ENGINES = {
    "mysql": ("rds_cluster_id", "rds006_conn_count"),
    "mariadb": ("rds_cluster_id", "rds006_conn_count"),
    "postgresql": ("postgresql_cluster_id", "rds042_database_connections"),
    "sqlserver": ("rds_cluster_sqlserver_id", "rds054_db_connections_in_use"),
}
"""Dimension of an instance and name of the metric of its connections, by database engine."""
_EIP_METRICS = {Metric.NETWORK_IN: "downstream_bandwidth", Metric.NETWORK_OUT: "upstream_bandwidth"}
_UNIT_OF_EIP_METRICS, _UNIT_OF_RATES = "bit/s", "byte/s"
"""Units of rates whose row states none."""
_SCALES = {
    "byte/s": Decimal(1),
    "bytes/s": Decimal(1),
    "bit/s": Decimal("0.125"),
    "bits/s": Decimal("0.125"),
}
"""Bytes per second by unit in lower case. A rate in any other unit is unreadable."""
_ONE = Decimal(1)
_NO_TIME = timedelta(0)

Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricQuery:
    """A metric of Cloud Eye, and the metric of the resource that it measures."""

    resource_id: UntrustedText
    metric: Metric
    namespace: str
    name: str
    dimensions: Dimensions

    @property
    def key(self) -> str:
        """The identity of the metric at Cloud Eye."""
        return _key(self.namespace, self.name, self.dimensions)

    @property
    def aggregation(self) -> str:
        """The daily value that is asked for."""
        return "max" if self.metric in _DAILY_MAXIMUM else "average"

    def empty_series(self) -> MetricSeries:
        """Return the series without points."""
        return MetricSeries(resource_id=self.resource_id, metric=self.metric)

    def to_body(self) -> dict[str, object]:
        """Return the query as part of a request."""
        dimensions = [{"name": name, "value": value} for name, value in self.dimensions]
        return {"namespace": self.namespace, "metric_name": self.name, "dimensions": dimensions}


@dataclass(frozen=True, slots=True)
class Window:
    """The period that is asked for. Exactly `DAYS` days end in it, whatever hour they begin at."""

    begin: datetime
    end: datetime

    @classmethod
    def before(cls, now: datetime) -> Window:
        """Return the last whole days in UTC, so that none is unfinished."""
        end = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return cls(end - DAYS * DAY, end)

    def contains(self, day: datetime) -> bool:
        """Return whether a day that begins at this time ends in the period; Cloud Eye rounds its begin down to one."""
        return self.begin - DAY < day <= self.end - DAY

    def first_day(self, days: Iterable[datetime]) -> datetime:
        """Return the begin of the first day, if these are begins of other days; that of the period if they differ."""
        hours = {(day - self.begin) % DAY for day in days}
        shift = hours.pop() if len(hours) == 1 else _NO_TIME
        return self.begin + shift - DAY if shift else self.begin


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricTargets:
    """The resources of a project whose metrics are wanted."""

    servers: Sequence[Server] = ()
    disks: Sequence[Disk] = ()
    databases: Sequence[Database] = ()
    eips: Sequence[Eip] = ()

    def ids(self) -> frozenset[str]:
        """Return the ids of all resources, also of those without metrics, such as a disk without an attachment."""
        servers, disks = (each.server_id for each in self.servers), (each.disk_id for each in self.disks)
        databases, eips = (each.database_id for each in self.databases), (each.eip_id for each in self.eips)
        return frozenset(each.raw for each in (*servers, *disks, *databases, *eips))

    def queries(self) -> list[MetricQuery]:
        """Return all metrics, those of EIPs under their own id alone."""
        return [
            *(query for each in self.servers for query in queries_of_server(each)),
            *(query for each in self.disks for query in queries_of_disk(each)),
            *(query for each in self.databases for query in queries_of_database(each)),
            *(query for each in self.eips for query in queries_of_eip(each)),
        ]


class CesClient:
    """Reads metrics."""

    def __init__(self, session: InventorySession) -> None:
        self._session = session
        self._old_regions: set[str] = set()
        """Regions that rejected a call with many metrics."""

    async def daily_metrics(self, place: ProjectRegion, targets: MetricTargets) -> ServiceList[MetricSeries]:
        """Return the values of the last `DAYS` whole days, one series for each metric of each resource.

        A series without points was asked for and has none. One that is missing could not be read.
        """
        window = Window.before(self._session.now)
        queries = targets.queries()
        if not queries:
            return ServiceList(place, asked_ids=targets.ids())
        found = await self._read(place, queries, window)
        silent = {each.resource_id for each in found.rows} - {each.resource_id for each in found.rows if each.points}
        nested = [
            query
            for each in targets.eips
            if each.eip_id in silent and each.bandwidth_id and (each.instance_id or each.device_id)
            for query in queries_of_eip(each, is_nested=True)
        ]
        if nested:  # newer regions know an EIP only under its bandwidth; an unbound one has no traffic anyway
            found = join_lists([found, await self._read(place, nested, window)], place)
        begin = window.first_day(day for each in found.rows for day, _ in each.points)
        rows = tuple(replace(each, asked_from=begin) for each in merged(found.rows))
        return replace(found, rows=rows, asked_ids=targets.ids())

    async def _read(
        self, place: ProjectRegion, queries: Sequence[MetricQuery], window: Window
    ) -> ServiceList[MetricSeries]:
        size = MAX_METRICS_OF_OLD_REGIONS if place.region in self._old_regions else MAX_METRICS
        return await self._read_chunks(place, chunks(queries, size), window)

    async def _read_chunks(
        self, place: ProjectRegion, some: Iterable[Sequence[MetricQuery]], window: Window
    ) -> ServiceList[MetricSeries]:
        return join_lists(await asyncio.gather(*(self._read_chunk(place, each, window) for each in some)), place)

    async def _read_chunk(
        self, place: ProjectRegion, queries: Sequence[MetricQuery], window: Window
    ) -> ServiceList[MetricSeries]:
        """Return the values of some metrics; in smaller parts if the call is rejected or its begin was moved."""
        rejected: list[Problem] = []

        def explain(problem: Problem) -> Fact | None:
            if problem.http_status == 400:
                rejected.append(problem)
            return None

        asked = {each.key: each for each in queries}
        decode_row = partial(decode_series, queries=asked, window=window)
        decode = partial(read_rows, name="metrics", decode=decode_row, id_of=_key_of_row)
        call = ListCall(body=request_body(queries, window), paging=BY_IDS, explain=explain)
        found = await self._session.read_list(METRIC_DATA, place, decode, call)
        if len(queries) > MAX_METRICS_OF_OLD_REGIONS and (rejected or _is_moved(found, window)):
            if rejected:
                self._old_regions.add(place.region)
            return await self._read_chunks(place, chunks(queries, MAX_METRICS_OF_OLD_REGIONS), window)
        if found.origin is None or found.problem is not None:
            return found
        answered = {(each.resource_id, each.metric) for each in found.rows}
        silent = (each for each in queries if (each.resource_id, each.metric) not in answered)
        return replace(found, rows=(*found.rows, *(each.empty_series() for each in silent)))


def queries_of_server(server: Server) -> list[MetricQuery]:
    """Return the metrics of a server."""
    return _queries(server.server_id, "SYS.ECS", _SERVER_METRICS, (("instance_id", server.server_id.raw),))


def queries_of_disk(disk: Disk) -> list[MetricQuery]:
    """Return the metrics of a disk for each of its attachments; a disk that is attached to nothing has none.

    Cloud Eye names a disk after its server and either its device or its id. Both names are asked for.
    """
    names = [
        f"{each.server_id.raw}-{part}"
        for each in disk.attachments
        for part in (each.device.rpartition("/")[2], f"volume-{disk.disk_id.raw}")
        if part
    ]
    return [
        query for name in names for query in _queries(disk.disk_id, "SYS.EVS", _DISK_METRICS, (("disk_name", name),))
    ]


def queries_of_database(database: Database) -> list[MetricQuery]:
    """Return the metrics of an instance; none for an engine that is not known."""
    dimension, connections = _ENGINES.get(database.engine.lower(), ("", ""))
    if not dimension:
        return []
    names = {**_DATABASE_METRICS, Metric.CONNECTIONS: connections}
    return _queries(database.database_id, "SYS.RDS", names, ((dimension, database.database_id.raw),))


def queries_of_eip(eip: Eip, *, is_nested: bool = False) -> list[MetricQuery]:
    """Return the metrics of an EIP, which newer regions nest under its bandwidth."""
    above: Dimensions = (("bandwidth_id", eip.bandwidth_id.raw),) if is_nested else ()
    return _queries(eip.eip_id, "SYS.VPC", _EIP_METRICS, (*above, ("publicip_id", eip.eip_id.raw)))


def _queries(
    resource_id: UntrustedText, namespace: str, names: Mapping[Metric, str], dimensions: Dimensions
) -> list[MetricQuery]:
    return [
        MetricQuery(resource_id=resource_id, metric=metric, namespace=namespace, name=name, dimensions=dimensions)
        for metric, name in names.items()
    ]


def _key(namespace: str, name: str, dimensions: Iterable[tuple[str, str]]) -> str:
    return json.dumps([namespace, name, sorted(dimensions)])


def chunks(queries: Iterable[MetricQuery], size: int) -> Iterator[list[MetricQuery]]:
    """Yield the queries in parts of at most `size`, each with one aggregation."""
    for aggregation in ("max", "average"):
        some = [each for each in queries if each.aggregation == aggregation]
        for first in range(0, len(some), size):
            yield some[first : first + size]


def request_body(queries: Sequence[MetricQuery], window: Window) -> dict[str, object]:
    """Return the body of a call for queries with the same aggregation."""
    return {
        "metrics": [each.to_body() for each in queries],
        "from": milliseconds_of(window.begin),
        "to": milliseconds_of(window.end),
        "period": str(DAY // timedelta(seconds=1)),
        "filter": queries[0].aggregation,
    }


def _key_of_row(row: JsonObject) -> str:
    dimensions = [(each.required_text("name"), each.required_text("value")) for each in row.objects("dimensions")]
    return _key(row.required_text("namespace"), row.required_text("metric_name"), dimensions)


def decode_series(row: JsonObject, queries: Mapping[str, MetricQuery], window: Window) -> MetricSeries:
    """Return the values of a metric. Raise ApiError if it is none of these queries or has an unknown unit."""
    query = queries.get(_key_of_row(row))
    if query is None:
        raise row.invalid("metric_name")
    scale = _scale(query, row.text("unit"))
    if scale is None:
        raise row.invalid("unit")
    points = dict(_points(row, query.aggregation, window))
    return replace(query.empty_series(), points=tuple((day, points[day] * scale) for day in sorted(points)))


def _points(row: JsonObject, aggregation: str, window: Window) -> Iterator[tuple[datetime, Decimal]]:
    """Yield the readable values of whole days; a day without one is missing.

    Reads the values without a `JsonObject` for each: a response has three thousand of them.
    """
    for point in row.elements("datapoints"):
        if not isinstance(point, dict):
            raise row.invalid("datapoints")
        milliseconds, number = point.get("timestamp"), point.get(aggregation)
        day = time_of_milliseconds(milliseconds) if isinstance(milliseconds, int) else None
        if day is None or not window.contains(day) or not isinstance(number, int | Decimal) or isinstance(number, bool):
            continue
        value = amount_in_range(Decimal(number))
        if value is not None and value >= 0:
            yield day, value


def _scale(query: MetricQuery, unit: str) -> Decimal | None:
    """Return the factor from a unit to that of the metric, or None if the unit is unknown."""
    match query.metric:
        case Metric.CPU:
            return _ONE if unit in ("", "%") else None
        case Metric.CONNECTIONS:
            return _ONE
        case _:
            default = _UNIT_OF_EIP_METRICS if query.name in _EIP_METRICS.values() else _UNIT_OF_RATES
            return _SCALES.get(unit.lower() or default)


def _is_moved(found: ServiceList[MetricSeries], window: Window) -> bool:
    """Return whether all series of a response begin later than asked for: the service may have moved the begin."""
    oldest = min((each.points[0][0] for each in found.rows if each.points), default=window.begin)
    return oldest >= window.begin + DAY


def merged(series: Iterable[MetricSeries]) -> tuple[MetricSeries, ...]:
    """Return one series for each metric of each resource, with the highest value of each day.

    A disk has several: under each of its names, and on each server that shares it.
    """
    groups: dict[tuple[UntrustedText, Metric], MetricSeries] = {}
    for each in series:
        known = groups.setdefault((each.resource_id, each.metric), each)
        points = dict(known.points)
        for day, value in each.points:
            points[day] = max(value, points.get(day, value))
        groups[each.resource_id, each.metric] = replace(known, points=tuple(sorted(points.items())))
    return tuple(groups.values())
