"""Activity: figures of measured days only, and the label `quiet` under all of its conditions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.unit.domain.inventory.builders import (
    CLUSTER,
    DATABASE,
    EIP,
    NOW,
    PLACE,
    SERVER,
    catalog_of,
    findings,
    listed,
    resource,
    text,
)
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.finding import Finding, FindingState
from unsub_tui.domain.inventory.inventory import Inventory
from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.inventory.resource_findings import Activity
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import Metric, MetricSeries, Server
from unsub_tui.domain.inventory.subject import InventoryThresholds

DAY = timedelta(days=1)
TODAY = datetime(2026, 11, 30, tzinfo=UTC)
BEGIN = TODAY - 30 * DAY
WEB = resource(SERVER, "web")
WEB_ROW = Server(server_id=text("web"), status="ACTIVE", created=BEGIN - DAY)
LOW = {
    Metric.CPU: Decimal("1.2"),
    Metric.NETWORK_IN: Decimal(400),
    Metric.NETWORK_OUT: Decimal(300),
    Metric.DISK_WRITE: Decimal(10),
}


def series(values: dict[Metric, Decimal], days: Iterable[int] = range(30), owner: str = "web") -> list[MetricSeries]:
    """Return series with the same value on each of these days."""
    return [
        MetricSeries(
            resource_id=text(owner),
            metric=metric,
            points=tuple((BEGIN + day * DAY, value) for day in days),
            asked_from=BEGIN,
        )
        for metric, value in values.items()
    ]


def activity(rows: Iterable[MetricSeries], server: Server = WEB_ROW) -> Finding[Activity]:
    """Return the activity of the server."""
    found = findings(PlaceLists(place=PLACE, servers=listed(server), metrics=listed(*rows)), WEB).activity
    assert found is not None
    return found


def is_quiet(rows: Iterable[MetricSeries], server: Server = WEB_ROW) -> bool:
    """Return whether the server was quiet."""
    found = activity(rows, server).value
    assert found is not None
    return found.is_quiet


def test_figures() -> None:
    """Maxima over the measured days, with their number."""
    rows = series(LOW)
    rows[0] = replace(rows[0], points=(*rows[0].points[:-1], (BEGIN + 29 * DAY, Decimal("2.9"))))
    found = activity(rows)
    assert found.value == Activity(
        days=30,
        days_measured=30,
        cpu_max=Decimal("2.9"),
        network_max=Decimal(400),
        disk_write_max=Decimal(10),
        quiet_days=30,
    )
    assert found.value.is_quiet


@pytest.mark.parametrize(
    ("metric", "limit"),
    [
        (Metric.CPU, Decimal(3)),
        (Metric.NETWORK_IN, Decimal(1000)),
        (Metric.NETWORK_OUT, Decimal(1000)),
        (Metric.DISK_WRITE, Decimal(5000)),
    ],
)
def test_each_threshold(metric: Metric, limit: Decimal) -> None:
    """A value at the threshold is not below it; without a metric nothing is quiet."""
    assert not is_quiet(series(LOW | {metric: limit}))
    assert is_quiet(series(LOW | {metric: limit - Decimal("0.01")}))
    assert not is_quiet(series({each: value for each, value in LOW.items() if each is not metric}))


def test_a_missing_day() -> None:
    """It is missing, not zero: the server is quiet in 29 of 30 days measured."""
    found = activity(series(LOW, range(29))).value
    assert found is not None
    assert (found.days_measured, found.quiet_days, found.is_quiet) == (29, 29, False)
    partly = activity([*series(LOW, range(30))[:3], *series({Metric.DISK_WRITE: Decimal(1)}, range(20))]).value
    assert partly is not None
    assert (partly.days_measured, partly.quiet_days, partly.is_quiet) == (30, 20, False)


@pytest.mark.parametrize(
    "changes", [{"status": "SHUTOFF"}, {"has_task": True}, {"created": BEGIN + DAY}, {"created": None}]
)
def test_a_server_that_is_never_quiet(changes: dict[str, object]) -> None:
    """It must run now, and be older than the period."""
    assert not is_quiet(series(LOW), replace(WEB_ROW, **changes))  # type: ignore[arg-type]


def test_points_outside_of_the_period() -> None:
    """Days before the period, and the day that is not over, do not count; days may begin at another hour."""
    outside = [-1, 30]
    assert activity(series(LOW, outside)).reason == fact("inventory_no_data")
    shifted = [
        replace(each, points=tuple((start + 16 * timedelta(hours=1), value) for start, value in each.points))
        for each in series(LOW)
    ]
    found = activity(shifted).value
    assert found is not None
    assert found.days_measured == 29
    earlier = [
        replace(each, points=tuple((start - 8 * timedelta(hours=1), value) for start, value in each.points))
        for each in series(LOW)
    ]
    assert is_quiet(earlier)
    loud = series(LOW | {Metric.CPU: Decimal(90)}, outside)[:1]
    assert is_quiet([*series(LOW), *loud])


def test_no_data() -> None:
    """Without a point, without a period, without the list: the reason says which."""

    def reason(finding: Finding[Activity] | None) -> str:
        assert finding is not None
        assert finding.state is FindingState.UNKNOWN
        return finding.reason.code if finding.reason else ""

    assert reason(activity(series(LOW, ()))) == "inventory_no_data"
    assert reason(activity([replace(each, asked_from=None) for each in series(LOW)])) == "inventory_no_data"
    assert reason(activity(series(LOW, owner="other"))) == "inventory_no_data"
    assert reason(findings(PlaceLists(place=PLACE), WEB).activity) == "inventory_not_read"
    without_cpu = replace(listed(*series(LOW)[1:]), problem=fact("inventory_failed", code="ces.0429"))
    assert reason(findings(PlaceLists(place=PLACE, metrics=without_cpu), WEB).activity) == "inventory_failed"
    denied = ServiceList[MetricSeries](PLACE, problem=fact("inventory_failed", code="ces.0429"))
    assert reason(findings(PlaceLists(place=PLACE, metrics=denied), WEB).activity) == "inventory_failed"
    assert findings(PlaceLists(place=PLACE), resource(CLUSTER, "c")).activity is None


def test_figures_of_other_resources() -> None:
    """Connections of a database and traffic of an EIP are shown; neither is ever called quiet."""
    rows = series({Metric.CPU: Decimal(1), Metric.CONNECTIONS: Decimal(0)}, owner="db")
    found = findings(PlaceLists(place=PLACE, metrics=listed(*rows)), resource(DATABASE, "db")).activity
    assert found is not None
    assert found.value == Activity(days=30, days_measured=30, cpu_max=Decimal(1), connections_max=Decimal(0))
    rows = series({Metric.NETWORK_IN: Decimal(1), Metric.NETWORK_OUT: Decimal(2)}, owner="e")
    found = findings(PlaceLists(place=PLACE, metrics=listed(*rows)), resource(EIP, "e")).activity
    assert found is not None
    assert found.value == Activity(days=30, days_measured=30, network_max=Decimal(2))


def test_thresholds_can_be_set() -> None:
    """The settings decide what is below the thresholds."""
    lists = PlaceLists(place=PLACE, servers=listed(WEB_ROW), metrics=listed(*series(LOW)))
    strict = InventoryThresholds(quiet_cpu=Decimal(1))
    found = Inventory(catalog_of([WEB]), [lists], now=NOW, thresholds=strict).findings_of(WEB).activity
    assert found is not None
    assert found.value is not None
    assert not found.value.is_quiet
