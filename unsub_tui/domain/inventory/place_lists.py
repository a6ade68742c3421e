"""Everything that was read in one project of one region. The conclusions (`findings`) are drawn from this alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields

from unsub_tui.domain.fact import Fact
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import (
    Backup,
    Bandwidth,
    Cluster,
    ClusterNode,
    ConfigRow,
    Database,
    DatabaseBackup,
    Disk,
    DiskSnapshot,
    Eip,
    MetricSeries,
    ProjectRegion,
    RecycleBinPolicy,
    Server,
    Vault,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLists:
    """The lists of one project. A list that is None was not asked for."""

    place: ProjectRegion
    servers: ServiceList[Server] | None = None
    disks: ServiceList[Disk] | None = None
    snapshots: ServiceList[DiskSnapshot] | None = None
    eips: ServiceList[Eip] | None = None
    bandwidths: ServiceList[Bandwidth] | None = None
    vaults: ServiceList[Vault] | None = None
    backups: ServiceList[Backup] | None = None
    """All backups of the project."""
    backups_of: Mapping[str, ServiceList[Backup]] = field(default_factory=dict)
    """Backups by id of the resource, where the project has too many to read them all. A complete list holds all of
    them, or at least the newest ones down to a usable one."""
    databases: ServiceList[Database] | None = None
    backups_of_database: Mapping[str, ServiceList[DatabaseBackup]] = field(default_factory=dict)
    clusters: ServiceList[Cluster] | None = None
    nodes_of_cluster: Mapping[str, ServiceList[ClusterNode]] = field(default_factory=dict)
    server_bin: ServiceList[RecycleBinPolicy] | None = None
    """One row, if the policy was read; so are the next two."""
    disk_bin: ServiceList[RecycleBinPolicy] | None = None
    database_bin: ServiceList[RecycleBinPolicy] | None = None
    metrics: ServiceList[MetricSeries] | None = None
    config: ServiceList[ConfigRow] | None = None
    """Rows of Config: the fallback for tags and names."""

    def problems(self) -> Iterator[tuple[str, Fact]]:
        """Yield each list that is not complete, by the name of its field, with the reason."""
        for each in fields(self):
            content = getattr(self, each.name)
            for found in content.values() if isinstance(content, Mapping) else (content,):
                if isinstance(found, ServiceList) and found.problem is not None:
                    yield each.name, found.problem
