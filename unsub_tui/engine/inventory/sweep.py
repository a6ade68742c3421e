"""Reads the lists of the services in all projects in which the account has yearly/monthly resources.

A list is read only where a resource of the account needs it. What costs a call for each resource is not read here:
backups of databases, metrics, and nodes of clusters if the account has many clusters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Collection, Coroutine, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.inventory.inventory import place_of
from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, kind_of
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import ClusterNode, ProjectRegion
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.engine.inventory.list_jobs import InventoryProgress, Update, run_jobs

if TYPE_CHECKING:
    from unsub_tui.api.inventory.inventory_clients import InventoryClients

_PROTECTED_BY_VAULTS = frozenset({ResourceKind.SERVER, ResourceKind.DISK, ResourceKind.VAULT})
_NETWORK = frozenset({ResourceKind.EIP, ResourceKind.BANDWIDTH})

MAX_CLUSTERS = 8
"""Maximum number of clusters in an account whose nodes are read: with more, their calls would outnumber the others."""


async def sweep(clients: InventoryClients, resources: Collection[Resource]) -> AsyncGenerator[InventoryProgress, None]:
    """Yield the lists of all projects of these resources as they arrive. A list that cannot be read has a problem."""
    clusters = sum(each.status != Status.CLOSED and kind_of(each) is ResourceKind.CLUSTER for each in resources)
    gap = None if clusters <= MAX_CLUSTERS else fact("inventory_nodes_not_read", count=clusters)
    jobs = [
        (place, job)
        for place, kinds in sorted(kinds_by_place(resources).items(), key=lambda each: each[0])
        for job in PlaceSweep(clients, place, gap).reads(kinds)
    ]
    async with aclosing(run_jobs(jobs, {})) as progress:
        async for each in progress:
            yield each


async def read_nodes(clients: InventoryClients, known: Iterable[PlaceLists]) -> AsyncGenerator[InventoryProgress, None]:
    """Yield these lists with the nodes of the clusters that a sweep left out, one call each, project by project."""
    left_out = {each.place: each for each in known if _lacks_nodes(each)}

    async def read(lists: PlaceLists) -> Update:
        nodes = await clients.cce.nodes(lists.place, lists.nodes_of_cluster)
        return lambda lists: replace(lists, nodes_of_cluster=nodes)

    async with aclosing(run_jobs([(place, read(lists)) for place, lists in left_out.items()], left_out)) as steps:
        async for step in steps:
            yield step


def _lacks_nodes(lists: PlaceLists) -> bool:
    problems = (each.problem for each in lists.nodes_of_cluster.values())
    return any(each is not None and each.code == "inventory_nodes_not_read" for each in problems)


def kinds_by_place(resources: Iterable[Resource]) -> Mapping[ProjectRegion, frozenset[ResourceKind]]:
    """Return the kinds of the resources that exist, by region and project."""
    found: defaultdict[ProjectRegion, set[ResourceKind]] = defaultdict(set)
    for each in resources:
        if each.status != Status.CLOSED and each.region_code and each.project_id:
            found[place_of(each)].add(kind_of(each))
    return {place: frozenset(kinds) for place, kinds in found.items()}


class PlaceSweep:
    """The reads of the whole lists of one project."""

    def __init__(self, clients: InventoryClients, place: ProjectRegion, nodes_gap: Fact | None) -> None:
        """Create the reads; `nodes_gap` is the reason why no nodes of clusters are read, if any."""
        self._clients = clients
        self._place = place
        self._nodes_gap = nodes_gap

    def reads(self, kinds: frozenset[ResourceKind]) -> Iterator[Coroutine[None, None, Update]]:
        """Yield the reads that a project with resources of these kinds needs."""
        wanted = {
            self._servers: {ResourceKind.SERVER, ResourceKind.DISK},
            self._disks: {ResourceKind.SERVER, ResourceKind.DISK},
            self._eips: {ResourceKind.SERVER, ResourceKind.DATABASE, *_NETWORK},
            self._bandwidths: _NETWORK,
            self._vaults: _PROTECTED_BY_VAULTS,
            self._backups: _PROTECTED_BY_VAULTS,
            self._databases: {ResourceKind.DATABASE},
            self._clusters: {ResourceKind.CLUSTER},
        }
        return (read() for read, reasons in wanted.items() if kinds & reasons)

    async def _servers(self) -> Update:
        found = await self._clients.ecs.servers(self._place)
        return lambda lists: replace(lists, servers=found)

    async def _disks(self) -> Update:
        found = await self._clients.evs.disks(self._place)
        return lambda lists: replace(lists, disks=found)

    async def _eips(self) -> Update:
        found = await self._clients.eip.eips(self._place)
        return lambda lists: replace(lists, eips=found)

    async def _bandwidths(self) -> Update:
        found = await self._clients.eip.bandwidths(self._place)
        return lambda lists: replace(lists, bandwidths=found)

    async def _vaults(self) -> Update:
        found = await self._clients.cbr.vaults(self._place)
        return lambda lists: replace(lists, vaults=found)

    async def _backups(self) -> Update:
        """Read the backups of the whole project; where it has too many, they are read for selected resources only."""
        found = await self._clients.cbr.backups(self._place, ())
        return lambda lists: replace(lists, backups=found.whole)

    async def _databases(self) -> Update:
        found = await self._clients.rds.instances(self._place)
        return lambda lists: replace(lists, databases=found)

    async def _clusters(self) -> Update:
        found = await self._clients.cce.clusters(self._place)
        ids = [each.cluster_id.raw for each in found.rows]
        if self._nodes_gap is None:
            nodes = await self._clients.cce.nodes(self._place, ids)
        else:
            nodes = dict.fromkeys(ids, ServiceList[ClusterNode](self._place, problem=self._nodes_gap))
        return lambda lists: replace(lists, clusters=found, nodes_of_cluster=nodes)
