"""The lists of the sandbox's services, read over HTTP, agree with its list of yearly/monthly resources."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.support.connections import connect, make_sandbox
from unsub_tui.api.connection import Connection
from unsub_tui.api.inventory.ces import DAYS, MetricTargets
from unsub_tui.api.inventory.inventory_clients import InventoryClients
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, is_listed_by_service, kind_of
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import Database, Metric, ProjectRegion, Server
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer


@contextmanager
def served(sandbox: Sandbox) -> Iterator[Connection]:
    """Serve a sandbox; yield a connection to it."""
    with BackgroundServer(sandbox) as server:
        yield replace(connect(sandbox, endpoint=server.endpoint), service_endpoints=server.service_endpoints)


@dataclass
class PlaceRead:
    """What was read in one place."""

    lists: dict[str, ServiceList[Any]] = field(default_factory=dict)
    ids: dict[ResourceKind, set[str]] = field(default_factory=dict)


async def read_all(connection: Connection) -> tuple[Mapping[ProjectRegion, PlaceRead], list[Resource]]:
    """Return everything in all places, and the resources."""
    async with connection.read_client() as reader:
        resources = await reader.list_resources()
    by_place: dict[ProjectRegion, list[Resource]] = defaultdict(list)
    for each in resources:
        if each.project_id:
            by_place[ProjectRegion(each.region_code.raw, each.project_id.raw)].append(each)
    async with connection.inventory_clients() as clients:
        return {place: await read_place(clients, place, rows) for place, rows in by_place.items()}, resources


async def read_place(clients: InventoryClients, place: ProjectRegion, resources: list[Resource]) -> PlaceRead:
    """Return the lists of a place by name."""
    found = PlaceRead()
    vaults, databases = await clients.cbr.vaults(place), await clients.rds.instances(place)
    clusters = await clients.cce.clusters(place)
    backups = (await clients.cbr.backups(place, [])).whole
    assert backups is not None
    servers = [Server(server_id=each.resource_id) for each in resources if kind_of(each) is ResourceKind.SERVER]
    targets = MetricTargets(servers=servers, databases=databases.rows)
    found.lists = {
        "vaults": vaults,
        "databases": databases,
        "clusters": clusters,
        "backups": await clients.cbr.with_disks(backups, [each.backup_id.raw for each in backups.rows]),
        "bin": await clients.rds.recycle_bin(place),
        "metrics": await clients.ces.daily_metrics(place, targets),
    }
    of_databases = await clients.rds.backups(place, [each.database_id.raw for each in databases.rows])
    of_clusters = await clients.cce.nodes(place, [each.cluster_id.raw for each in clusters.rows])
    found.lists |= {f"backups of {key}": rows for key, rows in of_databases.items()}
    found.lists |= {f"nodes of {key}": rows for key, rows in of_clusters.items()}
    found.ids = {
        ResourceKind.VAULT: {each.vault_id.raw for each in vaults.rows},
        ResourceKind.DATABASE: {each.database_id.raw for each in databases.rows},
        ResourceKind.CLUSTER: {each.cluster_id.raw for each in clusters.rows},
    }
    return found


@pytest.fixture(scope="module")
def account() -> tuple[Mapping[ProjectRegion, PlaceRead], list[Resource]]:
    """Everything in a sandbox."""
    with served(make_sandbox(600)) as connection:
        return asyncio.run(read_all(connection))


Account = tuple[Mapping[ProjectRegion, PlaceRead], list[Resource]]


def test_all_lists_are_whole(account: Account) -> None:
    """No row is unreadable, no call is refused."""
    places, _ = account
    problems = {
        (place.region, name): str(rows.problem)
        for place, found in places.items()
        for name, rows in found.lists.items()
        if not rows.is_complete
    }
    assert not problems


def test_resources_in_use_are_in_their_lists(account: Account) -> None:
    """The lists of the services contain each vault, database and cluster that the list of resources has."""
    places, resources = account
    kinds = (ResourceKind.VAULT, ResourceKind.DATABASE, ResourceKind.CLUSTER)
    expected = [
        each
        for each in resources
        if kind_of(each) in kinds and each.status == Status.IN_USE and is_listed_by_service(each) and each.project_id
    ]
    assert {kind_of(each) for each in expected} == set(kinds)
    for each in expected:
        place = ProjectRegion(each.region_code.raw, each.project_id.raw)
        assert each.id in places[place].ids[kind_of(each)], each.id


def test_backups_lie_in_vaults_that_exist(account: Account) -> None:
    """Usable and failed ones, of servers and disks; those of servers name their disks."""
    places, _ = account
    backups = [(found, row) for found in places.values() for row in found.lists["backups"].rows]
    assert {row.resource_type for _, row in backups} >= {"OS::Nova::Server", "OS::Cinder::Volume"}
    assert {"available", "error"} <= {row.status for _, row in backups}
    assert any(row.child_disk_ids for _, row in backups)
    known = {each for found, _ in backups for each in found.ids[ResourceKind.VAULT]}
    assert any(row.vault_id.raw in known for _, row in backups)
    assert all(row.created is not None and not row.has_expiry_unread for _, row in backups)


def test_databases_have_backups_of_all_kinds(account: Account) -> None:
    """And replicas that name their primaries."""
    places, _ = account
    databases: list[Database] = [row for found in places.values() for row in found.lists["databases"].rows]
    assert any(each.replica_of for each in databases)
    kinds = {
        row.kind
        for found in places.values()
        for key in found.lists
        if key.startswith("backups of ")
        for row in found.lists[key].rows
    }
    assert len(kinds) == 3


def test_metrics_have_values_of_whole_days(account: Account) -> None:
    """Some servers have all days, new ones fewer."""
    places, _ = account
    series = [row for found in places.values() for row in found.lists["metrics"].rows]
    assert {each.metric for each in series if each.points} == set(Metric)
    lengths = {len(each.points) for each in series if each.metric is Metric.CPU}
    assert DAYS in lengths
    assert max(lengths) == DAYS
