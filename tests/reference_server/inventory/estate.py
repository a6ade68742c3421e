"""What the services of an account hold: plain data that a test writes, and nothing that computes.

Moments are aware of their zone. Where a thing is yearly/monthly, it names the order that it was bought with; without
one it is pay-per-use. Rows of Billing are made of these things (`account_estate.py`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.reference_server.inventory.behavior import Behavior

Tags = tuple[tuple[str, str], ...]
_USUAL = Behavior()
LONG_AGO = datetime(2024, 3, 1, 8, 30, 15, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project of IAM: that of a region, or one below it, which has a suffix."""

    id: str
    region: str
    suffix: str = ""
    parent_id: str = ""
    """Empty: the account."""
    is_enabled: bool = True

    @property
    def name(self) -> str:
        """Its name."""
        return f"{self.region}_{self.suffix}" if self.suffix else self.region


@dataclass(frozen=True, kw_only=True)
class Item:
    """What can be a row of Billing."""

    id: str
    project_id: str
    name: str = ""
    enterprise_project_id: str = "0"
    tags: Tags = ()
    created: datetime = LONG_AGO
    updated: datetime = LONG_AGO
    order_id: str = ""
    """The order of a yearly/monthly one."""
    primary_id: str = ""
    """The primary resource of its order, if its row is that of an attached resource."""


@dataclass(frozen=True, kw_only=True)
class Server(Item):
    """A server of ECS; its disks and addresses are told by these."""

    status: str = "ACTIVE"
    task_state: str = ""
    is_locked: bool = False
    is_frozen: bool = False
    description: str = ""
    unlisted_disk_ids: tuple[str, ...] = ()
    """Disks that it has, and that EVS does not tell (local ones, those of other storage)."""


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """That a disk is attached to a server."""

    server_id: str
    device: str = "/dev/vdb"
    attached: datetime = LONG_AGO
    is_system: bool = False
    deletes_with_server: bool = False


@dataclass(frozen=True, kw_only=True)
class Disk(Item):
    """A disk of EVS."""

    status: str = ""
    """Empty: in-use or available, by its attachments."""
    size: int = 40
    is_shared: bool = False
    service: str = "EVS"
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A snapshot of a disk; the name of one that a backup made begins with `autobk_snapshot_`."""

    id: str
    project_id: str
    disk_id: str
    name: str = "snapshot"
    status: str = "available"
    created: datetime = LONG_AGO
    size: int = 40


@dataclass(frozen=True, kw_only=True)
class Bandwidth(Item):
    """A bandwidth of one address, or a shared one."""

    is_shared: bool = False
    size: int = 5
    charge_mode: str = "bandwidth"


@dataclass(frozen=True, kw_only=True)
class Binding:
    """What an address is bound to: PORT, NATGW, ELB, ELBV1 or VPN."""

    kind: str = "PORT"
    target_id: str = ""
    """The port, gateway or balancer."""
    device_id: str = ""
    """The server, or the NAT gateway."""
    device_owner: str = ""
    instance_type: str = ""
    instance_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Eip(Item):
    """An address of EIP."""

    address: str = "203.0.113.7"
    bandwidth_id: str = ""
    binding: Binding | None = None
    status: str = ""
    """Empty: by its binding."""
    goes_with_instance: bool = False


@dataclass(frozen=True, kw_only=True)
class VaultMember:
    """A server or disk whose backups go into a vault; of a server, perhaps not all disks do."""

    id: str
    kind: str = "server"
    included_disk_ids: tuple[str, ...] = ()
    excluded_disk_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Vault(Item):
    """A vault of CBR."""

    object_type: str = "server"
    protect_type: str = "backup"
    status: str = "available"
    frozen_scene: str = ""
    size: int = 100
    used: int = 10
    is_locked: bool = False
    members: tuple[VaultMember, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Replication:
    """That a backup was copied to another region."""

    region: str
    project_id: str
    status: str = "success"


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A backup of CBR, of a server, a disk or something else; `disk_ids` are the disks that are really in it."""

    id: str
    project_id: str
    vault_id: str
    source_id: str
    kind: str = "server"
    disk_ids: tuple[str, ...] = ()
    skipped_disk_ids: tuple[str, ...] = ()
    """Disks that only its checkpoint says to be left out."""
    name: str = "backup"
    enterprise_project_id: str = "0"
    status: str = "available"
    created: datetime = LONG_AGO
    expires: datetime | None = None
    image_type: str = "backup"
    shows_disks: str = "children"
    """Where the disks of a server's backup are told: its `children`, a query by `parent_id`, or "" for nowhere."""
    replications: tuple[Replication, ...] = ()
    is_from_other_project: bool = False
    """Held by another project, and shared with this one."""
    is_automatic: bool = True
    parent_id: str = ""
    """The server's backup that a disk's is inside of; the service makes such rows of `disk_ids`."""


@dataclass(frozen=True, kw_only=True)
class Database(Item):
    """An instance of RDS."""

    engine: str = "MySQL"
    version: str = "8.0"
    status: str = "ACTIVE"
    form: str = "Single"
    replica_of: str = ""
    keep_days: int = 7
    """Days for which automatic backups are kept; 0: none are made."""
    size: int = 100
    public_ips: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DatabaseBackup:
    """A backup of RDS: auto, manual, fragment or incremental."""

    id: str
    database_id: str
    kind: str = "auto"
    status: str = "COMPLETED"
    name: str = "backup"
    begun: datetime = LONG_AGO
    ended: datetime = LONG_AGO
    size: int = 2803


@dataclass(frozen=True, kw_only=True)
class OffsiteBackup:
    """A backup of RDS that lies in another region."""

    id: str
    database_id: str
    region: str
    project_id: str
    status: str = "COMPLETED"
    ended: datetime = LONG_AGO


@dataclass(frozen=True, kw_only=True)
class Cluster(Item):
    """A cluster of CCE."""

    phase: str = "Available"
    has_deletion_protection: bool = False
    is_locked: bool = False


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node of a cluster: its own id is not that of its server."""

    id: str
    cluster_id: str
    server_id: str
    name: str = "node"
    phase: str = "Active"
    public_ip: str = ""
    order_id: str = ""
    created: datetime = LONG_AGO


@dataclass(frozen=True, kw_only=True)
class Point:
    """The roll-up of a day (`at` is its start): the highest value and the average."""

    at: datetime
    highest: float
    average: float


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What Cloud Eye measured of one thing."""

    project_id: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    unit: str = "%"
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Bin:
    """The recycle bin of a service (ecs, evs or rds) in a project; what is younger than the threshold is not kept."""

    service: str
    project_id: str
    is_on: bool = True
    switch: str = ""
    """The word for it that ECS answers, which is not documented; empty: on or off."""
    threshold_days: int = 3
    kept_hours: int = 24


@dataclass(frozen=True, kw_only=True)
class ConfigView:
    """What Config knows, which may be old: `changed` has other properties of some resources, `absent` are not there."""

    has_recorder: bool = True
    recorded_types: tuple[str, ...] = ()
    """Empty: all supported ones."""
    as_of: datetime = LONG_AGO
    changed: tuple[tuple[str, tuple[tuple[str, object], ...]], ...] = ()
    absent: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Estate:
    """All that services of one account hold, and how they answer."""

    projects: tuple[Project, ...] = ()
    servers: tuple[Server, ...] = ()
    disks: tuple[Disk, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    eips: tuple[Eip, ...] = ()
    bandwidths: tuple[Bandwidth, ...] = ()
    vaults: tuple[Vault, ...] = ()
    backups: tuple[Backup, ...] = ()
    databases: tuple[Database, ...] = ()
    database_backups: tuple[DatabaseBackup, ...] = ()
    offsite_backups: tuple[OffsiteBackup, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    nodes: tuple[Node, ...] = ()
    metrics: tuple[Metric, ...] = ()
    bins: tuple[Bin, ...] = ()
    config: ConfigView = ConfigView()
    has_operation_protection: bool = False
    behavior: Behavior = _USUAL

    def items(self) -> Iterator[Item]:
        """Return all that can be a row of Billing."""
        yield from self.servers
        yield from self.disks
        yield from self.eips
        yield from self.bandwidths
        yield from self.vaults
        yield from self.databases
        yield from self.clusters

    def replace(self, **changes: object) -> Estate:
        """Return another estate that differs in this."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    def behaving(self, **changes: object) -> Estate:
        """Return the same things in services that answer in another way."""
        return self.replace(behavior=dataclasses.replace(self.behavior, **changes))  # type: ignore[arg-type]
