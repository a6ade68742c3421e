"""Activity: figures of the days that were measured, and whether a server was quiet.

A missing value is missing, never zero. The service may move the begin of a period without saying so; only values within
the period that was asked for count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.finding import NOT_READ, Finding, Origin, known, unknown
from unsub_tui.domain.inventory.resource_findings import Activity
from unsub_tui.domain.inventory.resource_kinds import ResourceKind
from unsub_tui.domain.inventory.service_rows import Metric, MetricSeries
from unsub_tui.domain.inventory.subject import InventoryThresholds, Subject

DAY = timedelta(days=1)

_WITH_CPU = frozenset({ResourceKind.SERVER, ResourceKind.DATABASE})

_MEASURED = frozenset({ResourceKind.SERVER, ResourceKind.DATABASE, ResourceKind.DISK, ResourceKind.EIP})

_Values = Mapping[Metric, Mapping[int, Decimal]]
"""Values by metric and by the number of the day in the period."""


@dataclass(frozen=True, slots=True)
class _Period:
    """The full days that were asked for."""

    begin: datetime
    days: int

    def day_of(self, start: datetime) -> int | None:
        """Return the number of the day that begins at this time; None if the period does not include it.

        Days of Cloud Eye may begin at another hour: the first one is then the day in which the period begins.
        """
        number = -((self.begin - start) // DAY)
        return number if 0 <= number < self.days else None


def activity_of(subject: Subject) -> Finding[Activity] | None:
    """Return the figures of a server, database, disk or EIP; None for other resources."""
    if subject.kind not in _MEASURED:
        return None
    rows = subject.place.lists.metrics
    if rows is None or rows.origin is None:
        return NOT_READ if rows is None or rows.problem is None else unknown(rows.problem)
    series = [each for name in subject.ids for each in subject.place.metrics_by_resource.get(name, ())]
    period = _period(series, rows.origin)
    values = {} if period is None else _values(series, period)
    is_cpu_unread = rows.problem is not None and subject.kind in _WITH_CPU and Metric.CPU not in values
    if period is None or not values or is_cpu_unread:
        absence = rows.absence(subject.ids[-1])
        return unknown(absence.reason or fact("inventory_no_data"), rows.origin)
    return known(_activity(subject, period, values), rows.origin)


def _period(series: Iterable[MetricSeries], origin: Origin) -> _Period | None:
    """Return the period that all series have in common, up to the last day that was over when they were read."""
    begin = max((each.asked_from for each in series if each.asked_from is not None), default=None)
    if begin is None:
        return None
    today = datetime.combine(origin.at.astimezone(UTC), time.min, UTC)
    return _Period(begin, max(0, (today - begin) // DAY))


def _values(series: Iterable[MetricSeries], period: _Period) -> _Values:
    """Return the values of each metric that has any, by day; of several values of a day the highest one."""
    values: defaultdict[Metric, dict[int, Decimal]] = defaultdict(dict)
    for each in series:
        for start, value in each.points:
            day = period.day_of(start)
            if day is not None:
                values[each.metric][day] = max(value, values[each.metric].get(day, value))
    return values


def _activity(subject: Subject, period: _Period, values: _Values) -> Activity:
    """Return the figures. The CPU says on how many days a server or database was measured."""
    common = set.intersection(*(set(each) for each in values.values()))
    is_quiet = _is_older_running_server(subject, period) and _are_below(values, subject.estate.thresholds)
    network = [_highest(values, each) for each in (Metric.NETWORK_IN, Metric.NETWORK_OUT)]
    return Activity(
        days=period.days,
        days_measured=len(values.get(Metric.CPU, common)),
        cpu_max=_highest(values, Metric.CPU),
        network_max=max((each for each in network if each is not None), default=None),
        disk_write_max=_highest(values, Metric.DISK_WRITE),
        connections_max=_highest(values, Metric.CONNECTIONS),
        quiet_days=len(common) if is_quiet else 0,
    )


def _highest(values: _Values, metric: Metric) -> Decimal | None:
    return max(values.get(metric, {}).values(), default=None)


def _is_older_running_server(subject: Subject, period: _Period) -> bool:
    server = subject.place.servers.get(subject.resource.id)
    if subject.kind is not ResourceKind.SERVER or server is None or server.created is None:
        return False
    return server.status == "ACTIVE" and not server.has_task and server.created < period.begin


def _are_below(values: _Values, limits: InventoryThresholds) -> bool:
    """Return whether all values of all metrics are below the thresholds; a metric without values is not."""
    thresholds = {
        Metric.CPU: limits.quiet_cpu,
        Metric.NETWORK_IN: limits.quiet_network,
        Metric.NETWORK_OUT: limits.quiet_network,
        Metric.DISK_WRITE: limits.quiet_disk_write,
    }
    highest = [(_highest(values, metric), limit) for metric, limit in thresholds.items()]
    return all(found is not None and found < limit for found, limit in highest)
