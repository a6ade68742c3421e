"""The number of calls for the inventory of selected resources."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import replace
from functools import partial

import httpx
import pytest

from tests.support.connections import connect, make_sandbox
from tests.support.stub_vendor import RecordingTransport
from unsub_tui.api.inventory.inventory_clients import InventoryClients
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.finding import FindingState
from unsub_tui.domain.inventory.inventory import Inventory, place_of
from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, kind_of
from unsub_tui.domain.inventory.service_rows import ProjectRegion
from unsub_tui.domain.resource import Catalog, Resource, Status
from unsub_tui.engine.inventory.list_jobs import InventoryProgress
from unsub_tui.engine.inventory.selected_reads import Topic, read_selected
from unsub_tui.engine.inventory.sweep import MAX_CLUSTERS, read_nodes, sweep
from unsub_tui.sandbox.sandbox import Sandbox

SELECTED = {
    ResourceKind.SERVER: 40,
    ResourceKind.DISK: 30,
    ResourceKind.EIP: 15,
    ResourceKind.DATABASE: 10,
    ResourceKind.VAULT: 5,
}
MAX_CALLS = 100

Reader = Callable[[InventoryClients, Collection[Resource]], AsyncIterator[InventoryProgress]]


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """An account with some clusters, and two projects in some regions."""
    return make_sandbox(900)


async def read(
    sandbox: Sandbox, resources: Collection[Resource], reader: Reader = read_selected
) -> tuple[dict[ProjectRegion, PlaceLists], Counter[str]]:
    """Return the lists that a reader of these resources yields, and the number of calls by host and path without ids.

    Pass `sweep` as the reader for the lists of whole projects.
    """
    recorders = {key: RecordingTransport(httpx.ASGITransport(app=app)) for key, app in sandbox.service_apps.items()}
    transports = {key: (lambda each=each: each) for key, each in recorders.items()}
    lists: dict[ProjectRegion, PlaceLists] = {}
    async with replace(connect(sandbox), service_transports=transports).inventory_clients() as clients:
        async for step in reader(clients, resources):
            lists[step.lists.place] = step.lists
    calls = Counter(
        f"{key} {request.url.path.rpartition('/')[2]}" for key, each in recorders.items() for request in each.requests
    )
    return lists, calls


async def in_use(sandbox: Sandbox) -> list[Resource]:
    """Return the resources in use whose project is known."""
    async with connect(sandbox).read_client() as client:
        rows = await client.list_resources()
    return [each for each in rows if each.status == Status.IN_USE and each.project_id]


async def test_a_hundred_resources_in_five_projects_take_at_most_a_hundred_calls() -> None:
    """Servers, disks, EIPs, databases and vaults; the number follows from the projects, not from the resources."""
    sandbox = make_sandbox(3000)
    resources = await in_use(sandbox)
    places = [place for place, _ in Counter(map(place_of, resources)).most_common(5)]
    by_kind = {
        kind: [each for each in resources if kind_of(each) is kind and place_of(each) in places] for kind in SELECTED
    }
    selected = [each for kind, rows in by_kind.items() for each in rows[: SELECTED[kind]]]
    assert len(selected) >= 95
    lists, calls = await read(sandbox, selected)
    assert set(lists) == set(places)
    assert calls.total() <= MAX_CALLS, calls


async def test_nodes_are_read_only_of_clusters_that_matter(sandbox: Sandbox) -> None:
    """An account can have many clusters: those of the selected servers are named by their tags."""
    resources = await in_use(sandbox)
    servers = [each for each in resources if kind_of(each) is ResourceKind.SERVER]
    lists, _ = await read(sandbox, servers)
    nodes = {
        (place, cluster_id, node.server_id.raw)
        for place, found in lists.items()
        for cluster_id, rows in found.nodes_of_cluster.items()
        for node in rows.rows
    }
    place, cluster_id, server_id = min(each for each in nodes if each[2] in {one.id for one in servers})
    one, calls = await read(sandbox, [each for each in servers if each.id == server_id])
    assert set(one[place].nodes_of_cluster) == {cluster_id}
    assert calls["cce nodes"] == 1
    clusters = one[place].clusters
    assert clusters is not None
    assert len(clusters.rows) > 1


async def test_a_sweep_reads_nodes_only_of_few_clusters(sandbox: Sandbox) -> None:
    """With many clusters, a call for each would outnumber all others: their nodes are unknown until they are needed."""
    resources = await in_use(sandbox)
    clusters = [each for each in resources if kind_of(each) is ResourceKind.CLUSTER]
    assert len(clusters) > MAX_CLUSTERS
    lists, calls = await read(sandbox, resources, sweep)
    assert calls["cce nodes"] == 0
    nodes = [each for found in lists.values() for each in found.nodes_of_cluster.values()]
    assert len(nodes) >= len(clusters)
    assert {each.problem for each in nodes} == {fact("inventory_nodes_not_read", count=len(clusters))}

    few = [each for each in resources if each not in clusters[: len(clusters) - MAX_CLUSTERS]]
    for reader, some in ((lambda clients, _: read_nodes(clients, lists.values()), ()), (sweep, few)):
        read_again, calls = await read(sandbox, some, reader)
        found = [each for found in read_again.values() for each in found.nodes_of_cluster.values()]
        assert calls["cce nodes"] == len(found) > 0
        assert all(each.is_complete for each in found)


async def test_a_backup_can_lie_in_any_project_of_its_region(sandbox: Sandbox) -> None:
    """Other projects of the account there are asked for their backups, unless they were read a short time ago."""
    resources = await in_use(sandbox)
    catalog = Catalog()
    catalog.add_page(resources)
    inventory = Inventory(catalog, now=sandbox.clock.now_utc())
    projects = Counter(each.region for each in set(map(place_of, resources)))
    servers = [
        each for each in resources if kind_of(each) is ResourceKind.SERVER and projects[each.region_code.raw] == 2
    ]
    home = place_of(servers[0])
    servers = [each for each in servers if place_of(each) == home]

    async def read_servers() -> tuple[set[ProjectRegion], Counter[str]]:
        lists, calls = await read(sandbox, servers, partial(read_selected, known=inventory.known_places))
        for each in lists.values():
            inventory.replace_place(each)
        return set(lists), calls

    places, calls = await read_servers()
    assert len(places) == 2
    assert {each.region for each in places} == {home.region}
    assert calls["ecs detail"] == 1
    found = [inventory.findings_of(each).newest_backup for each in servers]
    assert {each.state for each in found if each is not None} == {FindingState.KNOWN, FindingState.NONE_SEEN}
    places, again = await read_servers()
    assert places == {home}
    assert again["cbr backups"] < calls["cbr backups"]


@pytest.mark.parametrize(
    ("topics", "kinds", "expected"),
    [
        ({Topic.RUN_STATES}, {ResourceKind.SERVER, ResourceKind.DISK}, {"ecs detail"}),
        ({Topic.TAGS}, {ResourceKind.SERVER, ResourceKind.DISK}, {"ecs detail", "evs detail"}),
        ({Topic.TAGS}, {ResourceKind.EIP, ResourceKind.VAULT}, {"vpc publicips", "cbr vaults"}),
        ({Topic.TAGS}, {ResourceKind.CLUSTER}, {"cce clusters"}),
        ({Topic.RUN_STATES}, {ResourceKind.DATABASE}, {"rds instances"}),
        ({Topic.BACKUPS}, {ResourceKind.DATABASE}, {"rds instances", "rds backups"}),
        ({Topic.BACKUPS}, {ResourceKind.SERVER}, {"ecs detail", "evs detail", "cbr vaults", "cbr backups"}),
        ({Topic.BACKUPS}, {ResourceKind.EIP}, set()),
    ],
)
async def test_only_the_lists_that_a_topic_needs_are_read(
    sandbox: Sandbox, topics: set[Topic], kinds: set[ResourceKind], expected: set[str]
) -> None:
    """The reads right before each request of a run are about its guards alone."""
    resources = await in_use(sandbox)
    ((home, _),) = Counter(map(place_of, resources)).most_common(1)
    resources = [each for each in resources if kind_of(each) in kinds and place_of(each) == home]
    _, calls = await read(sandbox, resources, partial(read_selected, topics=topics))
    assert set(calls) == expected
