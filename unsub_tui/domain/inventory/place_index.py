"""Indexes of everything that was read in one project: rows by id, and by the id of what they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Generic, TypeVar

from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.finding import NOT_READ, Finding, Origin, known, unknown
from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.inventory.resource_kinds import ResourceKind
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import (
    Backup,
    Bandwidth,
    Cluster,
    ConfigRow,
    Database,
    Disk,
    DiskSnapshot,
    Eip,
    MetricSeries,
    Server,
    Vault,
    VaultResource,
)

Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)

ExpectedIds = Mapping[ResourceKind, Collection[str]]
"""Ids of resources in use that the lists of the services must contain, by kind."""


Protection = tuple[Vault, VaultResource]
"""A vault, and how it protects a resource."""


class ListIndex(Generic[Row_co]):
    """A list of a service with its rows by id; it is partial if it lacks a row that it must contain."""

    def __init__(
        self, rows: ServiceList[Row_co], id_of: Callable[[Row_co], str], expected: Collection[str] = ()
    ) -> None:
        self._by_id = {id_of(each): each for each in rows.rows}
        self.list = rows.with_control_group(self._by_id.keys(), expected)

    def __iter__(self) -> Iterator[Row_co]:
        return iter(self._by_id.values())

    @property
    def is_partial(self) -> bool:
        """Whether the list lacks a resource in use, so that this user does not see everything."""
        return self.list.problem is not None and self.list.problem.code == "inventory_partial"

    def get(self, row_id: str) -> Row_co | None:
        """Return a row, or None."""
        return self._by_id.get(row_id)

    def find(self, *ids: str) -> Finding[Row_co]:
        """Return the row with the first of these ids that the list contains.

        Without a row the finding is unknown: what is not seen may exist.
        """
        row = next((self._by_id[each] for each in ids if each in self._by_id), None)
        if row is not None and self.list.origin is not None:
            return known(row, self.list.origin)
        absence = self.list.absence(ids[0])
        return absence if absence.reason is not None else self._missing

    @cached_property
    def _missing(self) -> Finding[Row_co]:
        """The finding about all resources without a row."""
        return unknown(fact("inventory_row_missing"), self.list.origin)


class BackupIndex:
    """Backups of a project: all of them, or those of some resources."""

    def __init__(self, whole: ServiceList[Backup], of_resources: Mapping[str, ServiceList[Backup]]) -> None:
        self._whole = whole
        self._of_resources = of_resources
        lists = [whole, *of_resources.values()]
        by_id = {row.backup_id.raw: row for each in lists for row in each.rows} if of_resources else {}
        self._rows: Sequence[Backup] = tuple(by_id.values()) if of_resources else whole.rows
        """Each backup once."""

    def origin_of(self, backup: Backup) -> Origin | None:
        """Return the origin of the list that contains a backup."""
        return self._of_resources.get(backup.resource_id.raw, self._whole).origin

    @cached_property
    def by_resource(self) -> Mapping[str, Sequence[Backup]]:
        """Backups by the id of the resource."""
        return _grouped((each.resource_id.raw, each) for each in self._rows)

    @cached_property
    def by_child(self) -> Mapping[str, Sequence[Backup]]:
        """Backups of servers by the ids of the disks that their rows name."""
        return _grouped((disk, each) for each in self._rows for disk in each.child_disk_ids)

    @cached_property
    def by_vault(self) -> Mapping[str, Sequence[Backup]]:
        """Backups by the id of their vault; a part of a server's backup is not counted beside the whole."""
        return _grouped((each.vault_id.raw, each) for each in self._rows if not each.parent_id)

    @cached_property
    def children(self) -> Mapping[str, Sequence[Backup]]:
        """Backups of disks by the id of the server's backup that they belong to."""
        return _grouped((each.parent_id, each) for each in self._rows)

    @cached_property
    def parents(self) -> Mapping[str, Backup]:
        """Backups of servers that contain listed ones of disks, by id."""
        return {each.backup_id.raw: each for each in self._rows if each.backup_id.raw in self.children}


class PlaceIndex:
    """The lists of one project with their indexes, each made when it is first needed."""

    def __init__(self, lists: PlaceLists, expected: ExpectedIds, before: PlaceIndex | None = None) -> None:
        """Create indexes; those `before` are used again, as far as their lists are the same."""
        self.lists = lists
        self.expected = expected
        """Ids that the lists must contain."""
        if before is not None and before.expected is expected:
            for name, sources in SOURCES.items():
                is_same = all(getattr(lists, each) is getattr(before.lists, each) for each in sources)
                if is_same and name in before.__dict__:
                    self.__dict__[name] = before.__dict__[name]  # where `cached_property` keeps it

    @cached_property
    def servers(self) -> ListIndex[Server]:
        """Servers by id; one that ECS answers with an error in place of a row is not listed."""
        servers = self._read(self.lists.servers)
        listed = replace(servers, rows=tuple(each for each in servers.rows if not each.is_missing))
        return ListIndex(listed, lambda each: each.server_id.raw, self.expected.get(ResourceKind.SERVER, ()))

    @cached_property
    def disks(self) -> ListIndex[Disk]:
        """Disks by id."""
        expected = self.expected.get(ResourceKind.DISK, ())
        return ListIndex(self._read(self.lists.disks), lambda each: each.disk_id.raw, expected)

    @cached_property
    def eips(self) -> ListIndex[Eip]:
        """EIPs by id."""
        expected = self.expected.get(ResourceKind.EIP, ())
        return ListIndex(self._read(self.lists.eips), lambda each: each.eip_id.raw, expected)

    @cached_property
    def bandwidths(self) -> ListIndex[Bandwidth]:
        """Shared bandwidths by id; the dedicated ones of EIPs are not in this list."""
        dedicated = {each.bandwidth_id.raw for each in self.eips if not each.is_bandwidth_shared}
        expected = set(self.expected.get(ResourceKind.BANDWIDTH, ())) - dedicated
        return ListIndex(self._read(self.lists.bandwidths), lambda each: each.bandwidth_id.raw, expected)

    @cached_property
    def databases(self) -> ListIndex[Database]:
        """Databases and read replicas by id."""
        expected = self.expected.get(ResourceKind.DATABASE, ())
        return ListIndex(self._read(self.lists.databases), lambda each: each.database_id.raw, expected)

    @cached_property
    def clusters(self) -> ListIndex[Cluster]:
        """Clusters by id."""
        expected = self.expected.get(ResourceKind.CLUSTER, ())
        return ListIndex(self._read(self.lists.clusters), lambda each: each.cluster_id.raw, expected)

    @cached_property
    def vaults(self) -> ListIndex[Vault]:
        """Vaults by id."""
        expected = self.expected.get(ResourceKind.VAULT, ())
        return ListIndex(self._read(self.lists.vaults), lambda each: each.vault_id.raw, expected)

    @cached_property
    def config(self) -> ListIndex[ConfigRow]:
        """Rows of Config by the id of the resource, of this project only."""
        rows, place = self._read(self.lists.config), self.lists.place
        own = tuple(each for each in rows.rows if each.project_id in ("", place.project_id))
        return ListIndex(replace(rows, rows=own), lambda each: each.resource_id.raw)

    @cached_property
    def disks_by_server(self) -> Mapping[str, Sequence[Disk]]:
        """Disks by the id of each server that they are attached to."""
        return _grouped((mount.server_id.raw, disk) for disk in self.disks for mount in disk.attachments)

    @cached_property
    def eips_by_device(self) -> Mapping[str, Sequence[Eip]]:
        """EIPs by the id of the server or gateway."""
        return _grouped((each.device_id.raw, each) for each in self.eips)

    @cached_property
    def eips_by_database(self) -> Mapping[str, Sequence[Eip]]:
        """EIPs by the id of the database."""
        return _grouped((each.vnic_instance_id.raw, each) for each in self.eips if each.vnic_instance_type == "RDS")

    @cached_property
    def replicas_by_primary(self) -> Mapping[str, Sequence[Database]]:
        """Read replicas by the id of their primary."""
        return _grouped((each.replica_of.raw, each) for each in self.databases)

    @cached_property
    def cluster_by_node(self) -> Mapping[str, tuple[str, Origin]]:
        """Id of the cluster by the id of a node's server, with the origin of the list of nodes."""
        return {
            node.server_id.raw: (cluster_id, nodes.origin)
            for cluster_id, nodes in self.lists.nodes_of_cluster.items()
            if nodes.origin is not None
            for node in nodes.rows
            if node.server_id
        }

    @cached_property
    def snapshots(self) -> ServiceList[DiskSnapshot]:
        """Snapshots of disks."""
        return self._read(self.lists.snapshots)

    @cached_property
    def snapshots_by_disk(self) -> Mapping[str, Sequence[DiskSnapshot]]:
        """Snapshots by the id of their disk, without those that a backup made."""
        return _grouped((each.disk_id.raw, each) for each in self.snapshots.rows if not each.is_of_backup)

    @cached_property
    def metrics_by_resource(self) -> Mapping[str, Sequence[MetricSeries]]:
        """Series of metrics by the id of the resource."""
        return _grouped((each.resource_id.raw, each) for each in self._read(self.lists.metrics).rows)

    @cached_property
    def protections(self) -> Mapping[str, Sequence[Protection]]:
        """The vaults that protect a resource, and how, by the id of the resource."""
        return _grouped((each.resource_id.raw, (vault, each)) for vault in self.vaults for each in vault.resources)

    @cached_property
    def backups(self) -> BackupIndex:
        """Backups in vaults."""
        return BackupIndex(self._read(self.lists.backups), self.lists.backups_of)

    def backups_absence(self, resource_id: str) -> Finding[Backup]:
        """Return the finding for a backup of this resource that was not found.

        A user who does not see all vaults, servers or disks of the project may not see all backups either.
        """
        for index in (self.vaults, self.servers, self.disks):
            if index.is_partial:
                return unknown(index.list.problem or fact("inventory_not_read"), index.list.origin)
        rows = self.lists.backups_of.get(resource_id, self.lists.backups)
        return NOT_READ if rows is None else rows.absence(resource_id)

    def _read(self, rows: ServiceList[Row] | None) -> ServiceList[Row]:
        return ServiceList(self.lists.place) if rows is None else rows


def _grouped(pairs: Iterable[tuple[str, Row]]) -> Mapping[str, Sequence[Row]]:
    """Return the rows by their keys; those with an empty key belong to nothing."""
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for key, row in pairs:
        if key:
            groups[key].append(row)
    return {key: tuple(rows) for key, rows in groups.items()}  # most groups have one row, and a list room for four


SOURCES: Mapping[str, Sequence[str]] = {
    "servers": ("servers",),
    "disks": ("disks",),
    "eips": ("eips",),
    "bandwidths": ("bandwidths", "eips"),
    "databases": ("databases",),
    "clusters": ("clusters",),
    "vaults": ("vaults",),
    "config": ("config",),
    "disks_by_server": ("disks",),
    "eips_by_device": ("eips",),
    "eips_by_database": ("eips",),
    "replicas_by_primary": ("databases",),
    "cluster_by_node": ("nodes_of_cluster",),
    "snapshots": ("snapshots",),
    "snapshots_by_disk": ("snapshots",),
    "metrics_by_resource": ("metrics",),
    "protections": ("vaults",),
    "backups": ("backups", "backups_of"),
}
"""Indexes, and the lists that each is made from."""
