"""Rows of the services' own lists, reduced to the fields that findings need. All times are UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

Tags = Mapping[UntrustedText, UntrustedText]
"""Tags by key; a tag without a value has an empty one."""


@dataclass(frozen=True, slots=True, order=True)
class ProjectRegion:
    """A region and one of its projects: the scope of every regional call."""

    region: str
    project_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project of IAM: the account's own one of a region, or a sub-project."""

    project_id: str
    name: UntrustedText = EMPTY
    region: str = ""
    """Its region; empty if the name tells none, such as that of the project for object storage."""
    is_enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerDisk:
    """A disk in the row of its server."""

    disk_id: UntrustedText
    device: str = ""
    """Device name such as `/dev/vda`; the metrics of the disk are named after it."""
    is_deleted_with_server: bool | None = None
    """`delete_on_termination`, which speaks of plain deletion; None if the row does not say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server of ECS."""

    server_id: UntrustedText
    name: UntrustedText = EMPTY
    status: str = ""
    """Status such as ACTIVE or SHUTOFF, or one that this version does not know."""
    has_task: bool = False
    """Whether a task is in progress, so that the status will change."""
    is_missing: bool = False
    """Whether ECS answered the id with an error in place of a server."""
    created: datetime | None = None
    updated: datetime | None = None
    """Time of the last operation, such as a start or a stop."""
    charging: Charging = Charging.UNKNOWN
    is_frozen: bool = False
    disks: tuple[ServerDisk, ...] = ()
    tags: Tags | None = None
    """None if the response does not have them in a known form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskAttachment:
    """An attachment in the row of a disk."""

    server_id: UntrustedText
    device: str = ""
    attached: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A disk of EVS."""

    disk_id: UntrustedText
    name: UntrustedText = EMPTY
    status: str = ""
    """`available` is free, `in-use` is attached; everything else is in work."""
    attachments: tuple[DiskAttachment, ...] = ()
    service_type: str = ""
    """EVS, or DSS and DESS for disks on dedicated storage."""
    charging: Charging = Charging.UNKNOWN
    created: datetime | None = None
    tags: Tags | None = None
    """None if the response does not have them in a known form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskSnapshot:
    """A snapshot of a disk. It is removed with its disk, so it is no backup."""

    snapshot_id: UntrustedText
    disk_id: UntrustedText
    status: str = ""
    created: datetime | None = None
    is_of_backup: bool = False
    """Whether a backup task made it; such a snapshot is not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eip:
    """An EIP."""

    eip_id: UntrustedText
    address: UntrustedText = EMPTY
    name: UntrustedText = EMPTY
    status: str = ""
    """ACTIVE is bound, DOWN is unbound; ELB and VPN are bound to such a resource."""
    instance_type: str = ""
    """`associate_instance_type`: PORT, NATGW, ELB …; empty if unbound."""
    instance_id: UntrustedText = EMPTY
    """Id of the instance; for PORT that of a port, not of a server."""
    device_id: UntrustedText = EMPTY
    """`vnic.device_id`: id of the server, or of the NAT gateway."""
    vnic_instance_type: str = ""
    """`vnic.instance_type`, such as RDS."""
    vnic_instance_id: UntrustedText = EMPTY
    charging: Charging = Charging.UNKNOWN
    bandwidth_id: UntrustedText = EMPTY
    is_bandwidth_shared: bool = False
    bandwidth_charging: Charging = Charging.UNKNOWN
    tags: Tags | None = None
    """None if the service was not asked for them, or if the response does not have them in a known form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bandwidth:
    """A shared bandwidth, or the dedicated one of an EIP."""

    bandwidth_id: UntrustedText
    name: UntrustedText = EMPTY
    is_shared: bool = False
    charging: Charging = Charging.UNKNOWN
    eip_ids: tuple[UntrustedText, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultResource:
    """A resource that a vault protects."""

    resource_id: UntrustedText
    included_disks: tuple[str, ...] | None = None
    """Ids of the only disks of the server that are backed up; None if the vault names none."""
    excluded_disks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """A vault of CBR, which holds backups."""

    vault_id: UntrustedText
    name: UntrustedText = EMPTY
    status: str = ""
    charging: Charging = Charging.UNKNOWN
    is_frozen: bool = False
    used_mb: int | None = None
    size_gb: int | None = None
    resources: tuple[VaultResource, ...] = ()
    tags: Tags | None = None
    """None if the response does not have them in a known form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication:
    """A copy of a backup in another region, as the backup's row records it."""

    region: str
    project_id: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup of CBR."""

    backup_id: UntrustedText
    resource_id: UntrustedText
    """Id of the server, disk or other resource that was backed up."""
    resource_type: str = ""
    """Such as OS::Nova::Server or OS::Cinder::Volume."""
    status: str = ""
    """Only `available` and `restoring` are usable backups."""
    created: datetime | None = None
    expires: datetime | None = None
    """End of the backup's life; None if it is kept, or if `has_expiry_unread`."""
    has_expiry_unread: bool = False
    """Whether the row has an expiry that could not be read."""
    vault_id: UntrustedText = EMPTY
    is_replica: bool = False
    """Whether it is a copy of a backup in another region."""
    parent_id: str = ""
    """Id of the server's backup that it belongs to."""
    child_disk_ids: tuple[str, ...] = ()
    """Ids of the disks inside a server's backup; empty if the row names none."""
    replications: tuple[Replication, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An instance of RDS."""

    database_id: UntrustedText
    name: UntrustedText = EMPTY
    status: str = ""
    type: str = ""
    """Single, Ha or Replica."""
    engine: str = ""
    """MySQL, PostgreSQL, SQLServer …, as received."""
    replica_ids: tuple[UntrustedText, ...] = ()
    """Ids of its read replicas."""
    replica_of: UntrustedText = EMPTY
    """Id of its primary, if it is a read replica."""
    charging: Charging = Charging.UNKNOWN
    backup_keep_days: int | None = None
    """Days that automatic backups are kept; 0 is off, None unknown."""
    created: datetime | None = None
    tags: Tags | None = None
    """None if the response does not have them in a known form."""


class DatabaseBackupKind(StrEnum):
    """Kinds of database backups; only manual ones survive their instance."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseBackup:
    """A backup of an RDS instance."""

    backup_id: UntrustedText
    database_id: UntrustedText
    kind: DatabaseBackupKind
    status: str = ""
    """Only COMPLETED is a usable backup."""
    created: datetime | None = None
    """End of the backup, or else its beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A cluster of CCE."""

    cluster_id: UntrustedText
    name: UntrustedText = EMPTY
    phase: str = ""
    is_deletion_protected: bool | None = None
    tags: Tags | None = None
    """None if the response does not have them in a known form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterNode:
    """A node of a cluster; its yearly/monthly resource is the server."""

    cluster_id: UntrustedText
    server_id: UntrustedText = EMPTY
    """Empty while the node is being created."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecycleBinPolicy:
    """The recycle bin of a service in a project."""

    is_on: bool | None
    """None if the response does not say it in a known form."""
    min_age: timedelta | None = None
    """Age that a resource needs to enter the bin; None if there is no such rule."""
    kept: timedelta | None = None
    """Time that the bin keeps a resource; None if unknown."""


class Metric(StrEnum):
    """The metrics that findings use; `api/inventory/ces.py` has their names at Cloud Eye."""

    CPU = "cpu"
    """Percent, daily maximum."""
    NETWORK_IN = "network_in"
    """Bytes per second, daily average."""
    NETWORK_OUT = "network_out"
    """Bytes per second, daily average."""
    DISK_WRITE = "disk_write"
    """Bytes per second, daily average."""
    CONNECTIONS = "connections"
    """Connections to a database, daily maximum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSeries:
    """Daily values of one metric of one resource."""

    resource_id: UntrustedText
    metric: Metric
    points: tuple[tuple[datetime, Decimal], ...] = ()
    """Start of each day's window and its value, oldest first. A missing day is missing, not zero."""
    asked_from: datetime | None = None
    """Begin of the first day that was asked for. The service may move it without saying so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRow:
    """A resource in Config, which may be a day late: never the basis of a statement about safety."""

    resource_id: UntrustedText
    name: UntrustedText = EMPTY
    provider: str = ""
    type: str = ""
    region: str = ""
    project_id: str = ""
    status: str = ""
    """Status in its properties, if any."""
    updated: datetime | None = None
    tags: Tags | None = None
    """None if the response does not have them in a known form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRecorder:
    """The resource recorder of Config: without it, the rows of Config are not kept up to date."""

    is_on: bool
    records_all_types: bool = False
    types: tuple[str, ...] = ()

    def records(self, row: ConfigRow) -> bool:
        """Return whether it keeps a resource of this type up to date."""
        return self.is_on and (self.records_all_types or f"{row.provider}.{row.type}" in self.types)

    """Types that it records, such as `ecs.cloudservers`, unless it records all."""
