"""Reads everything about selected resources, with calls by their ids: what they are attached to, what stays, backups.

The number of calls follows from the number of projects, not from that of the resources; only backups of databases and
nodes of clusters cost a call each.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeVar

from unsub_tui.api.inventory.ces import MetricTargets
from unsub_tui.domain.inventory.backups import Coverage, coverage_of
from unsub_tui.domain.inventory.finding import STALE_AFTER
from unsub_tui.domain.inventory.inventory import place_of
from unsub_tui.domain.inventory.place_index import PlaceIndex
from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, kind_of, service_ids
from unsub_tui.domain.inventory.service_lists import ServiceList, joined
from unsub_tui.domain.inventory.service_rows import Backup, Database, Disk, Eip, ProjectRegion, Server
from unsub_tui.domain.inventory.vaults import USABLE_BACKUPS
from unsub_tui.domain.resource import Resource
from unsub_tui.engine.inventory.list_jobs import InventoryProgress, Update, run_jobs

if TYPE_CHECKING:
    from unsub_tui.api.inventory.inventory_clients import InventoryClients

Row = TypeVar("Row")

_COMPUTE = frozenset({ResourceKind.SERVER, ResourceKind.DISK})
_CLUSTERS = frozenset({ResourceKind.CLUSTER})
_SERVER_TYPE = "OS::Nova::Server"

_NODE_TAG = "CCE-Cluster-ID"
"""Tag of servers that are nodes of a cluster."""


class Topic(Enum):
    """Findings that lists are read for."""

    TAGS = auto()
    RUN_STATES = auto()
    BACKUPS = auto()
    REST = auto()
    """Attachments, everything that stays, recycle bins, snapshots, clusters, activity."""


ALL_TOPICS = frozenset(Topic)


async def read_selected(
    clients: InventoryClients,
    resources: Iterable[Resource],
    known: Iterable[PlaceLists] = (),
    topics: Collection[Topic] = ALL_TOPICS,
) -> AsyncGenerator[InventoryProgress, None]:
    """Yield the lists about these resources that some topics need, project by project.

    `known` are the lists of all projects of the account, empty where nothing was read. A backup can lie in any project
    of its region, so those without recent backups there are asked for theirs.
    """
    by_place: defaultdict[ProjectRegion, list[Resource]] = defaultdict(list)
    for each in resources:
        if each.region_code and each.project_id:
            by_place[place_of(each)].append(each)
    others = {each.place: each for each in known if each.place not in by_place}
    ids = _protected_ids(by_place)
    jobs = [
        (place, _read_place(clients, place, some, topics))
        for place, some in sorted(by_place.items(), key=lambda each: each[0])
    ] + [
        (place, _read_backups(clients, place, sorted(ids[place.region])))
        for place, lists in sorted(others.items(), key=lambda each: each[0])
        if ids.get(place.region) and not _has_recent_backups(lists, clients.session.now)
    ]
    async with aclosing(run_jobs(jobs, others)) as progress:
        async for step in progress:
            yield step


def _protected_ids(by_place: Mapping[ProjectRegion, Iterable[Resource]]) -> Mapping[str, set[str]]:
    """Return the ids of the servers and disks, which may have backups, by their region."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for place, resources in by_place.items():
        for each in resources:
            if kind_of(each) in (ResourceKind.SERVER, ResourceKind.DISK):
                found[place.region].update(service_ids(each))
    return found


def _has_recent_backups(lists: PlaceLists, now: datetime) -> bool:
    """Return whether the backups of a whole project were read a short time ago."""
    found = lists.backups
    is_recent = found is not None and found.origin is not None and now - found.origin.at <= STALE_AFTER
    return is_recent and lists.vaults is not None


async def _read_backups(clients: InventoryClients, place: ProjectRegion, ids: Sequence[str]) -> Update:
    """Read the vaults and the backups of a project that none of the resources belongs to."""
    vaults, found = await asyncio.gather(clients.cbr.vaults(place), clients.cbr.backups(place, ids))
    return lambda lists: replace(lists, vaults=vaults, backups=found.whole, backups_of=found.by_resource)


async def _read_place(
    clients: InventoryClients, place: ProjectRegion, resources: Iterable[Resource], topics: Collection[Topic]
) -> Update:
    reads = SelectedReads(clients, place, resources, topics)
    found = await reads.read()
    return lambda _lists: found


class SelectedReads:
    """The reads about the selected resources of one project.

    The first ones are about the resources, the second ones about what their rows name, the last one about backups.
    """

    def __init__(
        self,
        clients: InventoryClients,
        place: ProjectRegion,
        resources: Iterable[Resource],
        topics: Collection[Topic] = ALL_TOPICS,
    ) -> None:
        self._clients = clients
        self._topics = topics
        self._lists = PlaceLists(place=place)
        self._ids: defaultdict[ResourceKind, set[str]] = defaultdict(set)
        self._primary_ids: list[tuple[str, ...]] = []
        for each in resources:
            self._ids[kind_of(each)].update(service_ids(each))
            if each.is_main_resource:
                self._primary_ids.append(service_ids(each))

    async def read(self) -> PlaceLists:
        """Return everything that was read."""
        await self._apply(self._first_round())
        await self._apply(self._second_round())
        last = []
        if self._needs({Topic.BACKUPS: _COMPUTE, Topic.REST: _COMPUTE | {ResourceKind.VAULT}}):
            last.append(self._backups())
        if Topic.REST in self._topics and (untold := self._without_row()):
            last.append(self._config(untold))
        await self._apply(last)
        return self._lists

    def _needs(self, kinds: Mapping[Topic, Collection[ResourceKind]]) -> bool:
        """Return whether a topic needs a list that says something about these kinds of resources."""
        return any(self._ids[kind] for topic in self._topics for kind in kinds.get(topic, ()))

    async def _apply(self, reads: Iterable[Coroutine[None, None, Update]]) -> None:
        """Run these reads concurrently, and keep their lists."""
        for update in await asyncio.gather(*reads):
            self._lists = update(self._lists)

    def _first_round(self) -> Iterator[Coroutine[None, None, Update]]:
        """Yield the reads of the resources themselves, and of lists of which a project has about one page."""
        server, disk, eip, vault = ResourceKind.SERVER, ResourceKind.DISK, ResourceKind.EIP, ResourceKind.VAULT
        database = frozenset({ResourceKind.DATABASE})
        tags, backups, rest = Topic.TAGS, Topic.BACKUPS, Topic.REST
        wanted: Mapping[Callable[[], Coroutine[None, None, Update]], Mapping[Topic, Collection[ResourceKind]]] = {
            self._selected_servers: dict.fromkeys(Topic, frozenset({server})),
            self._server_bin: {rest: {server}},
            self._selected_disks: {tags: {disk}, backups: {disk}, rest: {disk}},
            self._disk_bin: {rest: _COMPUTE},
            self._snapshots: {rest: _COMPUTE},
            self._vaults: {tags: {vault}, backups: _COMPUTE, rest: _COMPUTE | {vault}},
            self._eips: {tags: {eip}, rest: {server, eip, *database}},
            self._bandwidths: {rest: {eip, ResourceKind.BANDWIDTH}},
            self._databases: dict.fromkeys(Topic, database),
            self._database_bin: {rest: database},
        }
        return (read() for read, kinds in wanted.items() if self._needs(kinds))

    def _second_round(self) -> Iterator[Coroutine[None, None, Update]]:
        """Yield the reads about resources that the rows of the first round name."""
        servers, disks, databases = _rows(self._lists.servers), _rows(self._lists.disks), _rows(self._lists.databases)
        mounted = {each.disk_id.raw for server in servers for each in server.disks} - self._ids[ResourceKind.DISK]
        users = {each.server_id.raw for disk in disks for each in disk.attachments} - self._ids[ResourceKind.SERVER]
        wanted = [each for each in databases if each.database_id.raw in self._ids[ResourceKind.DATABASE]]
        has_rest = Topic.REST in self._topics
        if has_rest or Topic.BACKUPS in self._topics:
            if mounted:
                yield self._disks(mounted)
            if users:
                yield self._servers(users)
            if wanted:
                yield self._database_backups(wanted)
        named = {value.raw for each in servers for key, value in (each.tags or {}).items() if key.raw == _NODE_TAG}
        if (has_rest and named) or self._needs({Topic.TAGS: _CLUSTERS, Topic.REST: _CLUSTERS}):
            yield self._clusters(named)
        if has_rest:
            yield self._metrics(servers, disks, wanted, _rows(self._lists.eips))

    async def _selected_servers(self) -> Update:
        return await self._servers(self._ids[ResourceKind.SERVER])

    async def _selected_disks(self) -> Update:
        return await self._disks(self._ids[ResourceKind.DISK])

    async def _servers(self, ids: Collection[str]) -> Update:
        found = await self._clients.ecs.servers_by_id(self._lists.place, ids)
        return lambda lists: replace(lists, servers=_joined(lists.servers, found, lambda row: row.server_id.raw))

    async def _disks(self, ids: Collection[str]) -> Update:
        found = await self._clients.evs.disks_by_id(self._lists.place, ids)
        return lambda lists: replace(lists, disks=_joined(lists.disks, found, lambda row: row.disk_id.raw))

    async def _snapshots(self) -> Update:
        found = await self._clients.evs.snapshots(self._lists.place)
        return lambda lists: replace(lists, snapshots=found)

    async def _eips(self) -> Update:
        """Read the selected EIPs, and those of the selected servers and databases, which may be charged apart.

        To ask for more than one kind takes more calls than the whole list, of which a project has about one page.
        """
        place, eips, has_rest = self._lists.place, self._clients.eip, Topic.REST in self._topics
        by_ids = {
            eips.eips_by_id: self._ids[ResourceKind.EIP],
            eips.eips_of_devices: self._ids[ResourceKind.SERVER] if has_rest else (),
            eips.eips_of_instances: self._ids[ResourceKind.DATABASE] if has_rest else (),
        }
        wanted = [(read, ids) for read, ids in by_ids.items() if ids]
        found = await wanted[0][0](place, wanted[0][1]) if len(wanted) == 1 else await eips.eips(place)
        return lambda lists: replace(lists, eips=found)

    async def _bandwidths(self) -> Update:
        found = await self._clients.eip.bandwidths(self._lists.place)
        return lambda lists: replace(lists, bandwidths=found)

    async def _vaults(self) -> Update:
        found = await self._clients.cbr.vaults(self._lists.place)
        return lambda lists: replace(lists, vaults=found)

    async def _backups(self) -> Update:
        """Read the backups of the servers and disks, and the disks inside those that may not hold all of them."""
        place, cbr = self._lists.place, self._clients.cbr
        attached = {each.server_id.raw for disk in _rows(self._lists.disks) for each in disk.attachments}
        ids = self._ids[ResourceKind.SERVER] | self._ids[ResourceKind.DISK] | attached
        found = await cbr.backups(place, sorted(ids))
        lists = replace(self._lists, backups=found.whole, backups_of=found.by_resource)
        if found.whole is not None:
            whole = await cbr.with_disks(found.whole, _unclear_backups(lists, found.whole.rows, ids))
            return lambda lists: replace(lists, backups=whole)
        by_id = {
            name: await cbr.with_disks(each, _unclear_backups(lists, each.rows, ids))
            for name, each in found.by_resource.items()
        }
        return lambda lists: replace(lists, backups_of=by_id)

    def _without_row(self) -> list[str]:
        """Return the ids of the primary resources of other services, and of those whose own list failed."""
        lists = self._lists
        told = {
            *(each.server_id.raw for each in _rows(lists.servers)),
            *(each.disk_id.raw for each in _rows(lists.disks)),
            *(each.eip_id.raw for each in _rows(lists.eips)),
            *(each.bandwidth_id.raw for each in _rows(lists.bandwidths)),
            *(each.database_id.raw for each in _rows(lists.databases)),
            *(each.cluster_id.raw for each in _rows(lists.clusters)),
            *(each.vault_id.raw for each in _rows(lists.vaults)),
        }
        return [each[-1] for each in self._primary_ids if told.isdisjoint(each)]

    async def _config(self, ids: Sequence[str]) -> Update:
        """Read from Config what no service told."""
        found = await self._clients.config.resources_by_id(self._lists.place, ids)
        return lambda lists: replace(lists, config=found)

    async def _databases(self) -> Update:
        found = await self._clients.rds.instances(self._lists.place)
        return lambda lists: replace(lists, databases=found)

    async def _database_backups(self, databases: Sequence[Database]) -> Update:
        found = await self._clients.rds.backups(self._lists.place, [each.database_id.raw for each in databases])
        return lambda lists: replace(lists, backups_of_database=found)

    async def _clusters(self, named: Collection[str]) -> Update:
        """Read the clusters, and except for tags the nodes of those that are selected or that tags of servers name.

        The value of the tag is not documented: if it is no id of a cluster, the nodes of all clusters are read.
        """
        place, cce = self._lists.place, self._clients.cce
        found = await cce.clusters(place)
        known = {each.cluster_id.raw for each in found.rows}
        wanted = known & {*named, *self._ids[ResourceKind.CLUSTER]} if known.issuperset(named) else known
        nodes = await cce.nodes(place, sorted(wanted) if Topic.REST in self._topics else ())
        return lambda lists: replace(lists, clusters=found, nodes_of_cluster=nodes)

    async def _server_bin(self) -> Update:
        found = await self._clients.ecs.recycle_bin(self._lists.place)
        return lambda lists: replace(lists, server_bin=found)

    async def _disk_bin(self) -> Update:
        found = await self._clients.evs.recycle_bin(self._lists.place)
        return lambda lists: replace(lists, disk_bin=found)

    async def _database_bin(self) -> Update:
        found = await self._clients.rds.recycle_bin(self._lists.place)
        return lambda lists: replace(lists, database_bin=found)

    async def _metrics(
        self, servers: Sequence[Server], disks: Sequence[Disk], databases: Sequence[Database], eips: Sequence[Eip]
    ) -> Update:
        """Read the daily metrics of the selected resources; a disk has some only while it is attached."""
        targets = MetricTargets(
            servers=[each for each in servers if each.server_id.raw in self._ids[ResourceKind.SERVER]],
            disks=[each for each in disks if each.disk_id.raw in self._ids[ResourceKind.DISK]],
            databases=databases,
            eips=[each for each in eips if each.eip_id.raw in self._ids[ResourceKind.EIP]],
        )
        found = await self._clients.ces.daily_metrics(self._lists.place, targets)
        return lambda lists: replace(lists, metrics=found)


def _rows(rows: ServiceList[Row] | None) -> tuple[Row, ...]:
    return () if rows is None else rows.rows


def _joined(first: ServiceList[Row] | None, second: ServiceList[Row], id_of: Callable[[Row], str]) -> ServiceList[Row]:
    return second if first is None else joined(first, second, id_of)


def _unclear_backups(lists: PlaceLists, backups: Iterable[Backup], server_ids: Collection[str]) -> list[str]:
    """Return the ids of the newest usable backups of these servers that may not hold all their disks.

    Most rows do not name the disks. The disks that the vault includes today are not proof of those that it included
    then.
    """
    index = PlaceIndex(lists, {})
    return [
        each.backup_id.raw
        for each in _newest_of_servers(backups, server_ids)
        if any(
            coverage_of(index, each, disk_id, attached) in (Coverage.PERHAPS, Coverage.UNNAMED)
            for disk_id, attached in _disks_of(index, each.resource_id.raw).items()
        )
    ]


def _disks_of(index: PlaceIndex, server_id: str) -> dict[str, datetime | None]:
    """Return the ids of the disks of a server, with the time of their attachment if their own rows state it."""
    server = index.servers.get(server_id)
    disks: dict[str, datetime | None] = {} if server is None else {each.disk_id.raw: None for each in server.disks}
    for disk in index.disks_by_server.get(server_id, ()):
        mounts = (each.attached for each in disk.attachments if each.server_id.raw == server_id)
        disks[disk.disk_id.raw] = next(mounts, None)
    return disks


def _newest_of_servers(backups: Iterable[Backup], server_ids: Collection[str]) -> list[Backup]:
    """Return the newest usable backup of each of these servers."""
    newest: dict[str, tuple[datetime, Backup]] = {}
    for each in backups:
        is_usable = each.status in USABLE_BACKUPS and each.resource_type == _SERVER_TYPE and not each.parent_id
        if each.created is None or not is_usable or each.resource_id.raw not in server_ids:
            continue
        held = newest.get(each.resource_id.raw)
        if held is None or each.created > held[0]:
            newest[each.resource_id.raw] = each.created, each
    return [each for _, each in newest.values()]
