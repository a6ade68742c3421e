"""Operations of Cloud Eye: metrics of servers, disks, EIPs, databases and vaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from unsub_tui.sandbox.account_inventory import AccountInventory
from unsub_tui.sandbox.asgi import to_json
from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.cloud_services import CES
from unsub_tui.sandbox.database_instances import Engine, find_instance
from unsub_tui.sandbox.metric_values import METRICS, metric_value
from unsub_tui.sandbox.models import Resource
from unsub_tui.sandbox.offers import HUGE_SERVER, SERVER
from unsub_tui.sandbox.service_errors import invalid_value
from unsub_tui.sandbox.timestamps import DAY, HOUR

_ROLL_UPS = frozenset({"average", "variance", "min", "max", "sum"})
_REACH: Mapping[int, int] = {
    1: 4 * HOUR,
    60: 4 * HOUR,
    300: DAY,
    1200: 3 * DAY,
    3600: 10 * DAY,
    14400: 30 * DAY,
    86400: 180 * DAY,
}
"""Time for which the roll-ups of a period are kept, in seconds by period in seconds."""
_MOST_METRICS, _MOST_POINTS, _MOST_BYTES = 500, 3000, 512 * 1024
_FEW_METRICS = 10
_OLD_REGIONS = frozenset({"la-south-2"})
"""Regions with the former maximum number of metrics in a query."""
_KEPT_AFTER_DELETION = 3 * HOUR
_POLICY = "ces:metricData:list"
_RDS_DIMENSIONS: Mapping[str, frozenset[Engine]] = {
    "rds_cluster_id": frozenset({Engine.MYSQL, Engine.MARIADB}),
    "postgresql_cluster_id": frozenset({Engine.POSTGRESQL}),
    "rds_cluster_sqlserver_id": frozenset({Engine.SQL_SERVER}),
}
"""Engines of the instances that a dimension names."""
_ENGINES_BY_METRIC: Mapping[str, frozenset[Engine]] = {
    "rds006_conn_count": frozenset({Engine.MYSQL, Engine.MARIADB}),
    "rds007_conn_active_count": frozenset({Engine.MYSQL, Engine.MARIADB}),
    "rds042_database_connections": frozenset({Engine.POSTGRESQL}),
    "active_connections": frozenset({Engine.POSTGRESQL}),
    "rds054_db_connections_in_use": frozenset({Engine.SQL_SERVER}),
}
"""Engines of the metrics that not all have."""

Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Series:
    """A resource that is measured, and the time for which there are values."""

    resource_id: str
    since: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """Time, period and roll-up of a query, in seconds."""

    start: int
    end: int
    period: int
    roll_up: str

    @classmethod
    def checked(cls, call: Call, *, start: int, end: int, period: int, roll_up: str, metrics: int) -> _Window:
        """Return the window that is answered: a start that is too early is moved, and the response does not say it."""
        if period not in _REACH:
            raise invalid_value("period", "it must be 1, 60, 300, 1200, 3600, 14400 or 86400")
        if roll_up not in _ROLL_UPS:
            raise invalid_value("filter", "the value is not known")
        if start >= end:
            raise invalid_value("from", "it must be before to")
        start = max(start, call.account.inventory.now - _REACH[period])
        if metrics * (end - start) > _MOST_POINTS * period:
            start = end - _MOST_POINTS // metrics * period
        return cls(start=start - start % period, end=end, period=period, roll_up=roll_up)


@partial(Operation, "POST", "/V1.0/{project_id}/batch-query-metric-data", service=CES, policy=_POLICY, per_minute=500)
def batch_list_metric_data(call: Call) -> Payload:
    """Return the points of several metrics."""
    _refuse_partial_grants(call)
    body = call.parameters.raw()
    region = call.region_project.region
    if len(to_json(body)) > _MOST_BYTES:
        raise invalid_value("body", "it must not be larger than 512 KB")
    metrics = body.get("metrics")
    most = _FEW_METRICS if region in _OLD_REGIONS else _MOST_METRICS
    if not isinstance(metrics, list) or not 1 <= len(metrics) <= most:
        raise invalid_value("metrics", f"it must hold 1 to {most} values")
    window = _Window.checked(
        call,
        start=_seconds("from", body.get("from", 0)),
        end=_seconds("to", body.get("to")),
        period=_number(body.get("period")) or 0,
        roll_up=str(body.get("filter")),
        metrics=len(metrics),
    )
    return {"metrics": [_answer(call, each, window) for each in metrics]}


@partial(Operation, "GET", "/V1.0/{project_id}/metric-data", service=CES, policy=_POLICY, per_minute=500)
def show_metric_data(call: Call) -> Payload:
    """Return the points of a metric."""
    _refuse_partial_grants(call)
    fields = call.parameters
    namespace, name = fields.text("namespace", required=True) or "", fields.text("metric_name", required=True) or ""
    given = [fields.text(f"dim.{place}", required=not place) for place in range(4)]
    dimensions = tuple((each.partition(",")[0], each.partition(",")[2]) for each in given if each)
    times = {each: fields.text(each) or "0" for each in ("from", "to", "period")}
    roll_up = fields.text("filter", required=True) or ""
    fields.reject_unknown()
    window = _Window.checked(
        call,
        start=_seconds("from", _number(times["from"])),
        end=_seconds("to", _number(times["to"])),
        period=_number(times["period"]) or 0,
        roll_up=roll_up,
        metrics=1,
    )
    return {"metric_name": name, "datapoints": _points(call, namespace, name, dimensions, window)}


def _refuse_partial_grants(call: Call) -> None:
    """Raise ServiceError for a user with grants for enterprise projects only: Cloud Eye does not know these."""
    if call.auth_state.granted_projects is not None:
        raise CES.denied(_POLICY)


def _seconds(name: str, value: object) -> int:
    """Return a time that is given in milliseconds."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid_value(name, "milliseconds are needed")
    return value // 1000


def _number(value: object) -> int | None:
    """Return the number in a text, or None if it is none."""
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 15 else None


def _answer(call: Call, metric: object, window: _Window) -> Payload:
    """Return the points of a metric of the body."""
    if not isinstance(metric, dict) or not isinstance(metric.get("dimensions"), list):
        raise invalid_value("metrics", "namespace, metric_name and dimensions are needed")
    namespace, name = str(metric.get("namespace")), str(metric.get("metric_name"))
    given = [each for each in metric["dimensions"] if isinstance(each, dict)]
    dimensions = tuple((str(each.get("name")), str(each.get("value"))) for each in given)
    kind = METRICS.get(namespace, {}).get(name)
    return {
        "namespace": namespace,
        "metric_name": name,
        "dimensions": [{"name": dimension, "value": value} for dimension, value in dimensions],
        "unit": kind.unit if kind else "",
        "datapoints": _points(call, namespace, name, dimensions, window),
    }


def _points(call: Call, namespace: str, name: str, dimensions: Dimensions, window: _Window) -> list[Payload]:
    """Return the points of a metric, oldest first; none if nothing is measured."""
    kind = METRICS.get(namespace, {}).get(name)
    find = _SERIES.get(namespace)
    series = find(call, name, dimensions) if find and kind and dimensions else None
    if kind is None or series is None:
        return []
    points: list[Payload] = []
    now = call.account.inventory.now
    for start in range(window.start, min(window.end, now + 1), window.period):
        if series.since < start + window.period and start < series.until:
            value = metric_value(kind, name, series.resource_id, start, window.roll_up)
            if value is not None:
                points.append({window.roll_up: value, "timestamp": start * 1000})
    return points


def _series_of(inventory: AccountInventory, resource: Resource) -> _Series | None:
    """Return the series of a resource; None if it was deleted too long ago."""
    gone = inventory.gone_at(resource)
    if gone is not None and inventory.now > gone + _KEPT_AFTER_DELETION:
        return None
    return _Series(resource.resource_id, resource.effective, inventory.now + 1 if gone is None else gone)


def _own(call: Call, resource_id: str, *codes: str) -> Resource | None:
    """Return a resource of billing of these types in the project that is asked."""
    resource = call.account.inventory.resources.get(resource_id)
    if resource is None or resource.offer.code not in codes or resource.project_id != call.project_id:
        return None
    return resource


def _server_series(call: Call, name: str, dimensions: Dimensions) -> _Series | None:
    (dimension, server_id), *more = dimensions
    server = _own(call, server_id, SERVER.code)
    if server is None or dimension != "instance_id" or more:
        return None
    if name.startswith("network_") and server.spec in HUGE_SERVER.specs:
        return None  # SR-IOV
    inventory = call.account.inventory
    return _series_of(inventory, server)


def _disk_series(call: Call, _: str, dimensions: Dimensions) -> _Series | None:
    """Return the series of a disk, which is named by its server and by its device or id."""
    (dimension, text), *more = dimensions
    server = _own(call, text[:36], SERVER.code)
    if server is None or dimension != "disk_name" or more or text[36:37] != "-":
        return None
    inventory = call.account.inventory
    for disk in inventory.disks_of(server):
        if text[37:] in (disk.device.removeprefix("/dev/"), f"volume-{disk.disk_id}"):
            of_server = _series_of(inventory, server)
            return _Series(disk.disk_id, of_server.since, of_server.until) if of_server else None
    return None


def _database_series(call: Call, name: str, dimensions: Dimensions) -> _Series | None:
    (dimension, instance_id), *more = dimensions
    inventory = call.account.inventory
    instance = find_instance(instance_id, inventory.resources)
    if instance is None or more or instance.resource.project_id != call.project_id:
        return None
    engines = _RDS_DIMENSIONS.get(dimension, frozenset()) & _ENGINES_BY_METRIC.get(name, frozenset(Engine))
    series = _series_of(inventory, instance.resource)
    return _Series(instance.instance_id, series.since, series.until) if series and instance.engine in engines else None


def _vault_series(call: Call, _: str, dimensions: Dimensions) -> _Series | None:
    (dimension, vault_id), *more = dimensions
    inventory = call.account.inventory
    for vault in inventory.vaults.in_project(call.project_id):
        if vault.vault_id == vault_id and dimension == "instance_id" and not more:
            if vault.subscription:
                return _series_of(inventory, vault.subscription)
            return _Series(vault_id, 0, inventory.now + 1)
    return None


_SERIES: Mapping[str, Callable[[Call, str, Dimensions], _Series | None]] = {
    "SYS.ECS": _server_series,
    "SYS.EVS": _disk_series,
    "SYS.RDS": _database_series,
    "SYS.CBR": _vault_series,
}
"""Finders of what a metric's dimensions name, by namespace."""
