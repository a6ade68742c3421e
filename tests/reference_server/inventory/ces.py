"""Cloud Eye: what was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tests.reference_server.inventory.estate import Metric, Point
from tests.reference_server.inventory.failures import Json, not_allowed
from tests.reference_server.inventory.formats import from_milliseconds, milliseconds
from tests.reference_server.inventory.routes import ServiceCall, route

DAY = 86400_000
MOST_POINTS = 3000
_FILTERS = {"max": "highest", "average": "average"}
_PERIODS = {"1", "60", "300", "1200", "3600", "14400", "86400"}


@route("ces", "batch_list_metric_data", "/V1.0/{project}/batch-query-metric-data", "ces:metricData:list", method="POST")
def batch_list_metric_data(call: ServiceCall) -> Json:
    """Answer the points of some metrics; where these are too many, the start is moved, and nobody is told."""
    behavior, metrics = call.estate.behavior, call.body.get("metrics")
    if behavior.granted is not None:
        raise not_allowed("ces", call.route.action)
    if not isinstance(metrics, list) or not 1 <= len(metrics) <= behavior.most_metrics:
        raise call.refuse(f"metrics: 1 to {behavior.most_metrics} are allowed")
    start, end, field = _asked(call)
    allowed = MOST_POINTS // len(metrics)
    if (end - start) / DAY > allowed:
        start = end - allowed * DAY
    start = _day_start(start, behavior.day_starts_hour)
    found = []
    for each in metrics:
        metric = _metric(call, each)
        points = _points(metric.points if metric else (), start, end, includes_end=behavior.includes_end)
        if points or behavior.tells_empty_metrics:
            unit = metric.unit if metric else ""
            rows = [{field: _cut(getattr(one, _FILTERS[field])), "timestamp": milliseconds(one.at)} for one in points]
            found.append({**each, "unit": unit, "datapoints": rows})
    return {"metrics": found}


def _asked(call: ServiceCall) -> tuple[int, int, str]:
    """Return start, end and filter of a request; only days are simulated."""
    start, end = call.body.get("from"), call.body.get("to")
    field, period = call.body.get("filter"), call.body.get("period")
    if type(start) is not int or type(end) is not int or not 0 < start < end:
        raise call.refuse("invalid from or to")
    if period not in _PERIODS:
        raise call.refuse("invalid period")
    if period != "86400" or field not in _FILTERS:
        raise call.refuse("not simulated: another period than 86400, another filter than max and average")
    return start, end, str(field)


def _day_start(moment: int, hour: int) -> int:
    shift = hour * 3600_000
    return (moment - shift) // DAY * DAY + shift


def _metric(call: ServiceCall, wanted: Any) -> Metric | None:
    try:
        namespace, name = wanted["namespace"], wanted["metric_name"]
        dimensions = tuple((str(each["name"]), str(each["value"])) for each in wanted["dimensions"])
    except (TypeError, KeyError):
        raise call.refuse("invalid metric") from None
    if not 1 <= len(dimensions) <= 4:
        raise call.refuse("invalid dimensions")
    hidden = call.estate.behavior.hidden
    for each in call.estate.metrics:
        if (each.project_id, each.namespace, each.name) == (call.project_id, namespace, name):
            same = sorted(each.dimensions) == sorted(dimensions)
            if same and not hidden & {value for _, value in each.dimensions}:
                return each
    return None


def _points(points: Sequence[Point], start: int, end: int, *, includes_end: bool) -> list[Point]:
    first, last = from_milliseconds(start), from_milliseconds(end)
    last = last if not includes_end else last + timedelta(milliseconds=1)
    return sorted((each for each in points if first <= each.at < last), key=lambda each: each.at)


def _cut(value: float) -> float:
    """Return a value as it is written: after two digits it is cut."""
    return math.trunc(value * 100) / 100
