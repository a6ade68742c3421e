"""Operations of Cloud Eye: metrics of servers, disks, EIPs, databases and vaults."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from unsub_tui.sandbox.asgi import to_json
from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.cloud_services import CES
from unsub_tui.sandbox.estate.account_inventory import AccountInventory
from unsub_tui.sandbox.estate.cloud_resource import CloudResource, type_code
from unsub_tui.sandbox.estate.database_instances import Engine, find_instance
from unsub_tui.sandbox.estate.draws import spread
from unsub_tui.sandbox.estate.metric_values import METRICS, Activity, MetricSource, activity_of
from unsub_tui.sandbox.offers import ADDRESS, HUGE_SERVER, SERVER
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
_NESTED_ONLY = frozenset({"cn-north-1", "eu-west-101"})
"""Regions in which metrics of an EIP must name its bandwidth too."""
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

_QUIET_DATABASES = 4
"""One of so many databases is quiet."""
_ID_LENGTH = 36

Dimensions = tuple[tuple[str, str], ...]


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
    kind, find = METRICS.get(namespace, {}).get(name), _SOURCES.get(namespace)
    source = find(call, name, dict(dimensions)) if find and kind else None
    if kind is None or source is None:
        return []
    points: list[Payload] = []
    now = call.account.inventory.now
    for start in range(window.start, min(window.end, now + 1), window.period):
        value = source.value(kind, name, start, window.period, window.roll_up)
        if value is not None:
            passed = min(1, (now - start) / window.period)  # the last window is not over yet
            points.append({window.roll_up: math.floor(value * passed * 100) / 100, "timestamp": start * 1000})
    return points


def _source(
    inventory: AccountInventory,
    resource: CloudResource,
    *,
    is_quiet: bool,
    measured_id: str = "",
    stopped: int | None = None,
) -> MetricSource | None:
    """Return the source for a resource, or None if it was deleted too long ago."""
    gone = inventory.gone_at(resource)
    if gone is not None and inventory.now > gone + _KEPT_AFTER_DELETION:
        return None
    return MetricSource(
        measured_id or resource.resource_id,
        activity_of(resource.resource_id, is_quiet=is_quiet),
        inventory.created_at(resource),
        min((each for each in (gone, stopped) if each is not None), default=inventory.now + 1),
    )


def _server_source(
    call: Call, name: str, dimensions: Mapping[str, str], *, measured_id: str = ""
) -> MetricSource | None:
    """Return the source for a server, or for what belongs to it; a stopped server is not measured."""
    inventory = call.account.inventory
    server = inventory.find(call.project_id, dimensions.get("instance_id", ""))
    if server is None or type_code(server) != SERVER.code or len(dimensions) > 1:
        return None
    if name.startswith("network_") and server.spec in HUGE_SERVER.specs:
        return None  # SR-IOV
    is_quiet = call.project.server(server).is_quiet
    stopped = inventory.stopped_at(server)
    return _source(inventory, server, is_quiet=is_quiet, measured_id=measured_id, stopped=stopped)


def _disk_source(call: Call, name: str, dimensions: Mapping[str, str]) -> MetricSource | None:
    """Return the source for a disk, which is named by its server and by its device or id."""
    text = dimensions.get("disk_name", "")
    server = call.project.find(text[:_ID_LENGTH])
    if server is None or type_code(server) != SERVER.code or len(dimensions) > 1:
        return None
    for attached in call.project.server(server).disks:
        names = (attached.device.removeprefix("/dev/"), f"volume-{attached.disk.resource_id}")
        if text[_ID_LENGTH:].removeprefix("-") in names:
            measured_id = attached.disk.resource_id
            return _server_source(call, name, {"instance_id": server.resource_id}, measured_id=measured_id)
    return None


def _address_source(call: Call, name: str, dimensions: Mapping[str, str]) -> MetricSource | None:
    """Return the source for an EIP, which has no traffic while it is bound to nothing."""
    address_id, bandwidth_id = dimensions.get("publicip_id"), dimensions.get("bandwidth_id")
    address = call.project.get(address_id or "")
    if address is None or type_code(address) != ADDRESS.code:
        return None
    facts = call.project.address(address)
    is_nested = bandwidth_id is not None
    if bandwidth_id not in (None, facts.bandwidth.bandwidth_id) or not facts.binding.kind:
        return None
    if call.region_project.region in _NESTED_ONLY and not is_nested:
        return None
    if facts.binding.kind == "PORT":
        return _server_source(call, name, {"instance_id": facts.binding.instance_id}, measured_id=address.resource_id)
    return _source(call.account.inventory, address, is_quiet=False)


def _database_source(call: Call, name: str, dimensions: Mapping[str, str]) -> MetricSource | None:
    inventory = call.account.inventory
    if len(dimensions) != 1:
        return None
    ((dimension, instance_id),) = dimensions.items()
    instance = find_instance(instance_id, inventory.resources)
    engines = _RDS_DIMENSIONS.get(dimension, frozenset()) & _ENGINES_BY_METRIC.get(name, frozenset(Engine))
    if instance is None or instance.engine not in engines or instance.resource.project_id != call.project_id:
        return None
    if instance.is_stopped:
        return None
    is_quiet = spread(instance_id) % _QUIET_DATABASES == 0
    if instance.is_independent:
        activity = activity_of(instance_id, is_quiet=is_quiet)
        return MetricSource(instance_id, activity, inventory.created_at(instance.resource), inventory.now + 1)
    return _source(inventory, instance.resource, is_quiet=is_quiet, measured_id=instance_id)


def _vault_source(call: Call, _: str, dimensions: Mapping[str, str]) -> MetricSource | None:
    inventory = call.account.inventory
    if len(dimensions) != 1:
        return None
    for vault in inventory.vaults.in_project(call.project_id):
        if vault.vault_id == dimensions.get("instance_id"):
            if vault.subscription:
                return _source(inventory, vault.subscription, is_quiet=False)
            return MetricSource(vault.vault_id, Activity.BUSY, 0, inventory.now + 1)
    return None


_SOURCES: Mapping[str, Callable[[Call, str, Mapping[str, str]], MetricSource | None]] = {
    "SYS.ECS": _server_source,
    "SYS.EVS": _disk_source,
    "SYS.VPC": _address_source,
    "SYS.RDS": _database_source,
    "SYS.CBR": _vault_source,
}
"""Finders of what a metric's dimensions name, by namespace."""
