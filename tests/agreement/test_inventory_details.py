"""Metrics, database backups and cluster nodes, read from generated estates: nothing invented or wrongly absent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings

from tests.reference_server import ReferenceServer
from tests.reference_server.inventory import truth
from tests.reference_server.inventory.estate import Estate
from tests.reference_server.inventory.strategies import estates
from tests.reference_server.inventory.visibility import seen
from tests.support.connections import NO_DELAYS
from tests.support.effort import by_effort
from unsub_tui.api.connection import AccessKey, Connection, CredentialProvider
from unsub_tui.api.inventory.ces import DAYS, MetricTargets
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import Metric, MetricSeries, ProjectRegion, Server
from unsub_tui.domain.secret import Secret
from unsub_tui.domain.untrusted_text import UntrustedText

NAMES = {
    Metric.CPU: "cpu_util",
    Metric.NETWORK_IN: "network_incoming_bytes_aggregate_rate",
    Metric.NETWORK_OUT: "network_outgoing_bytes_aggregate_rate",
    Metric.DISK_WRITE: "disk_write_bytes_rate",
}
MIDNIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
"""End of the days that are asked for; read once, so that a test may run across midnight."""


@dataclass(frozen=True)
class ProjectReads:
    """What was read in a project."""

    metrics: ServiceList[MetricSeries]
    backups: Mapping[str, ServiceList[Any]]
    nodes: Mapping[str, ServiceList[Any]]


@pytest.fixture(scope="module")
def vendor() -> Iterator[ReferenceServer]:
    """One account, which holds one estate after the other."""
    with ReferenceServer() as running:
        yield running


def read_all(vendor: ReferenceServer, estate: Estate) -> dict[str, ProjectReads]:
    """Return what is read in each project about its servers, databases and clusters."""
    vendor.inventory.hold(estate)
    keys = AccessKey(
        access_key=vendor.access_key, secret_key=Secret(vendor.secret_key), domain_id=vendor.domain_id, source="a test"
    )
    connection = Connection(
        site="intl",
        endpoint=vendor.endpoint,
        service_endpoints=vendor.service_endpoints,
        credential_provider=CredentialProvider.static(keys),
        retry_policy=NO_DELAYS,
    )

    async def reading() -> dict[str, ProjectReads]:
        found = {}
        async with connection.inventory_clients() as clients:
            for each in estate.projects:
                place = ProjectRegion(each.region, each.id)
                servers = [
                    Server(server_id=UntrustedText(one.id)) for one in estate.servers if one.project_id == each.id
                ]
                found[each.id] = ProjectReads(
                    metrics=await clients.ces.daily_metrics(place, MetricTargets(servers=servers)),
                    backups=await clients.rds.backups(
                        place, [one.id for one in estate.databases if one.project_id == each.id]
                    ),
                    nodes=await clients.cce.nodes(
                        place, [one.id for one in estate.clusters if one.project_id == each.id]
                    ),
                )
        return found

    return asyncio.run(reading())


@settings(max_examples=by_effort(30, 300), deadline=None, suppress_health_check=list(HealthCheck))
@given(estates(MIDNIGHT + timedelta(hours=9)))
def test_values_are_those_that_were_measured(vendor: ReferenceServer, estate: Estate) -> None:
    """Of the last whole days, whatever hour they begin at; a list that is whole has a series of each metric."""
    visible = seen(estate)
    for project_id, reads in read_all(vendor, estate).items():
        servers = [each.id for each in estate.servers if each.project_id == project_id]
        values = {(each.resource_id.raw, each.metric): each for each in reads.metrics.rows}
        assert set(values) <= {(server, metric) for server in servers for metric in NAMES}
        if servers and reads.metrics.is_complete:
            event("metrics complete")
            assert len(values) == len(servers) * len(NAMES)
        for (server, metric), series in values.items():
            if server in estate.behavior.hidden:
                assert not series.points
                continue
            measured = truth.measured(visible, server, NAMES[metric], MIDNIGHT)
            wanted = {day: highest if metric is Metric.CPU else average for day, (highest, average) in measured.items()}
            assert {day: float(value) for day, value in series.points} == wanted
            assert series.asked_from is not None
            assert all(series.asked_from <= day < series.asked_from + DAYS * timedelta(days=1) for day in wanted)


@settings(max_examples=by_effort(30, 300), deadline=None, suppress_health_check=list(HealthCheck))
@given(estates(MIDNIGHT + timedelta(hours=9)))
def test_lists_of_databases_and_clusters(vendor: ReferenceServer, estate: Estate) -> None:
    """A list that says that it is whole has every backup or node that can be seen."""
    visible = seen(estate)
    engines = {each.id: each.engine for each in estate.databases}
    for reads in read_all(vendor, estate).values():
        for database_id, found in reads.backups.items():
            ids = {each.backup_id.raw for each in found.rows}
            assert ids <= {each.id for each in estate.database_backups if each.database_id == database_id}
            if found.is_complete and engines[database_id] != "MariaDB":  # of which the service lists no backup
                event("backups complete")
                assert {each.id for each in visible.database_backups if each.database_id == database_id} <= ids
        for cluster_id, found in reads.nodes.items():
            servers = sorted(each.server_id.raw for each in found.rows)
            if found.is_complete:
                event("nodes complete")
                # They are asked for by the id of the cluster, so they are listed even if the clusters are not.
                shown = [each for each in estate.nodes if each.id not in estate.behavior.hidden]
                assert servers == sorted(each.server_id for each in shown if each.cluster_id == cluster_id)
