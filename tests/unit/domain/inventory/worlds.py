"""Generated accounts: what there is, and what a user with generated permissions is shown of it.

The rows of the services are the truth. `holds` and `loud_days` are what no service says: which disks are in the backup
of a server, and whether a day was quiet that is missing in the metrics.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from hypothesis import strategies as st

from tests.unit.domain.inventory.builders import (
    BANDWIDTH,
    CLUSTER,
    DATABASE,
    DISK,
    EIP,
    NOW,
    OTHER_PROJECT,
    OTHER_REGION,
    PLACE,
    SERVER,
    VAULT,
    resource,
    text,
)
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.finding import Origin
from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import (
    Backup,
    Bandwidth,
    Cluster,
    ClusterNode,
    Database,
    DatabaseBackup,
    DatabaseBackupKind,
    Disk,
    DiskAttachment,
    DiskSnapshot,
    Eip,
    Metric,
    MetricSeries,
    ProjectRegion,
    RecycleBinPolicy,
    Server,
    ServerDisk,
    Vault,
    VaultResource,
)
from unsub_tui.domain.resource import ExpirePolicy, Resource, Status
from unsub_tui.domain.untrusted_text import UntrustedText

Draw = Callable[[st.SearchStrategy["T"]], "T"]
T = TypeVar("T")
Row = TypeVar("Row")

PLACES = (PLACE, OTHER_PROJECT, OTHER_REGION)
SOME_PLACE = st.sampled_from([PLACE] * 5 + [OTHER_PROJECT, OTHER_REGION])
PERIOD = 30
TODAY = NOW.replace(hour=0)
BEGIN = TODAY - timedelta(days=PERIOD)
QUIET = {Metric.CPU: 1, Metric.NETWORK_IN: 10, Metric.NETWORK_OUT: 10, Metric.DISK_WRITE: 10}
LOUD = 10_000

CHARGING = st.sampled_from([Charging.PAY_PER_USE, Charging.YEARLY_MONTHLY])
DAYS = st.integers(1, 60).map(lambda days: timedelta(days=days))
TAGS = st.sampled_from([None, {}, {text("env"): text("prod")}])


@dataclass
class World:
    """An account."""

    rows: dict[ProjectRegion, dict[str, list[object]]] = field(default_factory=lambda: {place: {} for place in PLACES})
    """All rows of the services, by place and name of the list."""
    billed: list[Resource] = field(default_factory=list)
    """All yearly/monthly resources."""
    holds: dict[str, frozenset[str]] = field(default_factory=dict)
    """Ids of the server and the disks that each backup holds."""
    loud_days: dict[str, frozenset[int]] = field(default_factory=dict)
    """Days on which a server was not quiet."""

    def add(self, place: ProjectRegion, name: str, row: object) -> None:
        """Add a row to a list of a service."""
        self.rows[place].setdefault(name, []).append(row)

    def all(self, name: str, type_: type[Row]) -> list[Row]:
        """Return the rows of a list in all places."""
        return [row for lists in self.rows.values() for row in lists.get(name, ()) if isinstance(row, type_)]

    def bill(self, kind: tuple[str, str], row_id: UntrustedText, place: ProjectRegion, **fields: object) -> Resource:
        """Add a yearly/monthly resource."""
        made = resource(kind, row_id.raw, place=place, **fields)  # type: ignore[arg-type]
        self.billed.append(made)
        return made

    def billed_row(self, resource_id: str) -> Resource | None:
        """Return a yearly/monthly resource."""
        return next((each for each in self.billed if each.id == resource_id), None)

    def is_gone(self, resource_id: str, subject: Resource, selected: frozenset[str]) -> bool:
        """Return whether a resource is deleted if `subject` and the selected resources are unsubscribed from."""
        row = self.billed_row(resource_id)
        if row is None:
            return False
        own = subject.id if subject.is_main_resource else subject.parent_resource_id.raw
        owner = row.id if row.is_main_resource else row.parent_resource_id.raw
        return owner in selected or row.id in selected or (not row.is_main_resource and owner == own)


@st.composite
def worlds(draw: Draw) -> World:  # type: ignore[type-arg]
    """Generate an account."""
    world = World()
    kinds = (
        (_add_server, st.integers(1, 3)),
        (_add_disk, st.integers(1, 4)),
        (_add_eip, st.integers(0, 3)),
        (_add_vault, st.integers(0, 2)),
        (_add_backup, st.integers(0, 6)),
        (_add_database, st.integers(0, 2)),
    )
    for add, counts in kinds:
        for number in range(draw(counts)):
            add(draw, world, number)
    _add_cluster(draw, world)
    for place in PLACES:
        for name in ("server_bin", "disk_bin", "database_bin"):
            min_age = draw(st.none() | DAYS)
            world.add(place, name, RecycleBinPolicy(is_on=draw(st.sampled_from([True, False, None])), min_age=min_age))
    return world


def _add_server(draw: Draw, world: World, number: int) -> None:  # type: ignore[type-arg]
    place = draw(SOME_PLACE)
    row = Server(
        server_id=text(f"server-{number}"),
        status=draw(st.sampled_from(["ACTIVE", "ACTIVE", "SHUTOFF", "REBOOT"])),
        has_task=draw(st.integers(0, 4)) == 0,
        is_frozen=draw(st.integers(0, 4)) == 0,
        created=NOW - draw(DAYS),
        tags=draw(TAGS),
    )
    world.add(place, "servers", row)
    world.bill(SERVER, row.server_id, place)
    loud = frozenset(draw(st.sets(st.integers(0, PERIOD - 1), max_size=1)))
    world.loud_days[row.server_id.raw] = loud
    missing = draw(st.sets(st.integers(0, PERIOD - 1), max_size=1)) | set(range(draw(st.sampled_from([0, 0, 0, 5]))))
    for metric, value in QUIET.items():
        points = tuple(
            (BEGIN + timedelta(days=day), Decimal(LOUD if day in loud else value))
            for day in range(PERIOD)
            if day not in missing
        )
        series = MetricSeries(resource_id=row.server_id, metric=metric, points=points, asked_from=BEGIN)
        if draw(st.integers(0, 9)):
            world.add(place, "metrics", series)


def _add_disk(draw: Draw, world: World, number: int) -> None:  # type: ignore[type-arg]
    place = draw(SOME_PLACE)
    servers = [each for each in world.rows[place].get("servers", []) if isinstance(each, Server)]
    mounted = (
        draw(st.lists(st.sampled_from(servers), max_size=2, unique_by=lambda each: each.server_id)) if servers else []
    )
    row = Disk(
        disk_id=text(f"disk-{number}"),
        status=draw(st.sampled_from(["in-use", "in-use", "detaching"]))
        if mounted
        else draw(st.sampled_from(["available", "available", "error"])),
        charging=draw(CHARGING),
        created=NOW - draw(DAYS),
        attachments=tuple(DiskAttachment(server_id=each.server_id, attached=NOW - draw(DAYS)) for each in mounted),
        tags=draw(TAGS),
    )
    world.add(place, "disks", row)
    servers_of_place = world.rows[place].get("servers", [])
    for server in mounted:
        entry = ServerDisk(disk_id=row.disk_id, is_deleted_with_server=draw(st.sampled_from([True, False, None])))
        servers_of_place[servers_of_place.index(_current(servers_of_place, server))] = replace(
            _current(servers_of_place, server), disks=(*_current(servers_of_place, server).disks, entry)
        )
    if row.charging is Charging.YEARLY_MONTHLY:
        parent = draw(st.sampled_from(["", *(each.server_id.raw for each in mounted)]))
        world.bill(DISK, row.disk_id, place, parent=parent)
    for snapshot in range(draw(st.integers(0, 2))):
        is_of_backup = draw(st.booleans())
        snapshot_id = text(f"snapshot-{number}-{snapshot}")
        world.add(
            place, "snapshots", DiskSnapshot(snapshot_id=snapshot_id, disk_id=row.disk_id, is_of_backup=is_of_backup)
        )


def _current(servers: Sequence[object], server: Server) -> Server:
    """Return the current row of a server, which disks have been added to."""
    return next(each for each in servers if isinstance(each, Server) and each.server_id == server.server_id)


def _add_eip(draw: Draw, world: World, number: int) -> None:  # type: ignore[type-arg]
    place = draw(SOME_PLACE)
    servers = [each.server_id for each in world.rows[place].get("servers", []) if isinstance(each, Server)]
    device = draw(st.sampled_from([text(""), *servers]))
    shared = draw(st.booleans())
    row = Eip(
        eip_id=text(f"eip-{number}"),
        status=draw(st.sampled_from(["ACTIVE", "ACTIVE", "BINDING"]))
        if device
        else draw(st.sampled_from(["DOWN", "ERROR"])),
        instance_type="PORT" if device else "",
        device_id=device,
        charging=draw(CHARGING),
        is_bandwidth_shared=shared,
        bandwidth_id=text(f"bandwidth-{place.project_id}" if shared else f"own-{number}"),
        bandwidth_charging=Charging.PAY_PER_USE,
        tags=draw(TAGS),
    )
    world.add(place, "eips", row)
    if row.charging is Charging.YEARLY_MONTHLY:
        world.bill(EIP, row.eip_id, place)
    if shared:
        _add_bandwidth(draw, world, place, row)


def _add_bandwidth(draw: Draw, world: World, place: ProjectRegion, eip: Eip) -> None:  # type: ignore[type-arg]
    known = [each for each in world.rows[place].get("bandwidths", []) if isinstance(each, Bandwidth)]
    if known:
        world.rows[place]["bandwidths"] = [replace(known[0], eip_ids=(*known[0].eip_ids, eip.eip_id))]
        return
    charging = draw(CHARGING)
    row = Bandwidth(bandwidth_id=eip.bandwidth_id, is_shared=True, charging=charging, eip_ids=(eip.eip_id,))
    world.add(place, "bandwidths", row)
    if charging is Charging.YEARLY_MONTHLY:
        world.bill(BANDWIDTH, row.bandwidth_id, place)


def _add_vault(draw: Draw, world: World, number: int) -> None:  # type: ignore[type-arg]
    place = draw(SOME_PLACE)
    servers = [each for each in world.rows[place].get("servers", []) if isinstance(each, Server)]
    disks = [each.disk_id.raw for each in world.rows[place].get("disks", []) if isinstance(each, Disk)]
    some_disks = st.lists(st.sampled_from(disks), unique=True).map(tuple) if disks else st.just(())
    protected = [
        VaultResource(
            resource_id=each.server_id,
            included_disks=draw(st.none() | st.none() | some_disks),
            excluded_disks=draw(st.just(()) | some_disks),
        )
        for each in servers
        if draw(st.integers(0, 3))
    ]
    row = Vault(
        vault_id=text(f"vault-{number}"),
        status=draw(st.sampled_from(["available", "available", "available", "error"])),
        charging=draw(CHARGING),
        is_frozen=draw(st.integers(0, 5)) == 0,
        resources=tuple(protected),
    )
    world.add(place, "vaults", row)
    if row.charging is Charging.YEARLY_MONTHLY:
        world.bill(
            VAULT,
            row.vault_id,
            place,
            parent=draw(st.sampled_from(["", "", *(each.server_id.raw for each in servers)])),
            status=draw(st.sampled_from([Status.IN_USE, Status.IN_USE, Status.FROZEN])),
            expire_time=NOW + draw(DAYS),
            expire_policy=draw(st.sampled_from([ExpirePolicy.AUTO_RENEW, ExpirePolicy.GRACE_PERIOD])),
        )


def _add_backup(draw: Draw, world: World, number: int) -> None:  # type: ignore[type-arg]
    vaults = [(place, each) for place in PLACES for each in world.rows[place].get("vaults", [])]
    subjects = [
        (place, each) for place in PLACES for name in ("servers", "disks") for each in world.rows[place].get(name, [])
    ]
    if not vaults:
        return
    place, vault = draw(st.sampled_from(vaults))
    near = [each for at, each in subjects if at.region == place.region]
    if not near or not isinstance(vault, Vault):
        return
    subject = draw(st.sampled_from(near))
    assert isinstance(subject, Server | Disk)
    status = draw(st.sampled_from(["available", "available", "available", "restoring", "error", "protecting"]))
    row = Backup(
        backup_id=text(f"backup-{number}"),
        resource_id=subject.server_id if isinstance(subject, Server) else subject.disk_id,
        status=status,
        created=draw(st.none() | DAYS.map(lambda age: NOW - age) | DAYS.map(lambda age: NOW - age)),
        expires=draw(st.none() | st.integers(-5, 60).map(lambda days: NOW + timedelta(days=days))),
        has_expiry_unread=draw(st.integers(0, 9)) == 0,
        vault_id=vault.vault_id,
    )
    if row.expires is not None:
        row = replace(row, has_expiry_unread=False)
    if isinstance(subject, Disk):
        world.holds[row.backup_id.raw] = frozenset({subject.disk_id.raw})
    else:
        inside = _disks_inside(draw, world, vault, row)
        world.holds[row.backup_id.raw] = frozenset({subject.server_id.raw, *inside})
        if inside and draw(st.booleans()):
            row = replace(row, child_disk_ids=tuple(sorted(inside)))
        elif draw(st.booleans()):
            _add_children(draw, world, place, row, inside)
    world.add(place, "backups", row)


def _disks_inside(draw: Draw, world: World, vault: Vault, row: Backup) -> set[str]:  # type: ignore[type-arg]
    """Return the disks in the backup of a server: by the lists of its vault, or any if these have changed since."""
    mounted = {
        disk.disk_id.raw: mount.attached
        for disk in world.all("disks", Disk)
        for mount in disk.attachments
        if mount.server_id == row.resource_id
    }
    protection = next((each for each in vault.resources if each.resource_id == row.resource_id), None)
    lists_have_changed = draw(st.integers(0, 3)) == 0
    inside = set()
    for disk_id, attached in mounted.items():
        is_older = row.created is not None and attached is not None and attached < row.created
        if protection is None or lists_have_changed:
            is_included = draw(st.booleans())
        else:
            is_included = protection.included_disks is None or disk_id in protection.included_disks
            is_included = is_included and disk_id not in protection.excluded_disks
        if is_older and is_included:
            inside.add(disk_id)
    return inside


def _add_children(draw: Draw, world: World, place: ProjectRegion, row: Backup, inside: set[str]) -> None:  # type: ignore[type-arg]
    """Add the rows of the disks inside a server's backup, of which one may have failed."""
    for disk_id in sorted(inside):
        status = draw(st.sampled_from(["available", "available", "error"]))
        child_id = f"{row.backup_id.raw}-{disk_id}"
        child = replace(
            row, backup_id=text(child_id), resource_id=text(disk_id), parent_id=row.backup_id.raw, status=status
        )
        world.holds[child_id] = frozenset({disk_id}) if row.status in ("available", "restoring") else frozenset()
        if status == "error":
            world.holds[row.backup_id.raw] -= {disk_id}
        world.add(place, "backups", child)


def _add_database(draw: Draw, world: World, number: int) -> None:  # type: ignore[type-arg]
    place = draw(SOME_PLACE)
    primary = draw(st.sampled_from([None, *(each for each in world.rows[place].get("databases", []))]))
    database_id = text(f"db-{number}")
    is_replica = isinstance(primary, Database)
    row = Database(
        database_id=database_id,
        status=draw(st.sampled_from(["ACTIVE", "SHUTDOWN", "FROZEN"])),
        type="Replica" if is_replica else "Single",
        engine=draw(st.sampled_from(["MySQL", "PostgreSQL", "MariaDB"])),
        replica_of=primary.database_id if isinstance(primary, Database) else text(""),
        created=NOW - draw(DAYS),
        tags=draw(TAGS),
    )
    world.add(place, "databases", row)
    world.bill(DATABASE, database_id, place)
    for backup in range(draw(st.integers(0, 3))):
        made = DatabaseBackup(
            backup_id=text(f"{database_id.raw}-backup-{backup}"),
            database_id=database_id,
            kind=draw(st.sampled_from(DatabaseBackupKind)),
            status=draw(st.sampled_from(["COMPLETED", "COMPLETED", "FAILED"])),
            created=draw(st.none() | DAYS.map(lambda age: NOW - age)),
        )
        world.add(place, f"backups_of_database {database_id.raw}", made)


def _add_cluster(draw: Draw, world: World) -> None:  # type: ignore[type-arg]
    place = draw(SOME_PLACE)
    if draw(st.booleans()):
        cluster = Cluster(
            cluster_id=text("cluster-0"), phase="Available", is_deletion_protected=draw(st.none() | st.booleans())
        )
        world.add(place, "clusters", cluster)
        world.bill(CLUSTER, cluster.cluster_id, place)
        for server in world.rows[place].get("servers", []):
            if isinstance(server, Server) and draw(st.booleans()):
                node = ClusterNode(cluster_id=cluster.cluster_id, server_id=server.server_id)
                world.add(place, "nodes_of_cluster cluster-0", node)


LISTS = (
    *("servers", "disks", "snapshots", "eips", "bandwidths", "vaults", "backups", "databases", "clusters", "metrics"),
    *("server_bin", "disk_bin", "database_bin"),
)

DENIED = fact("inventory_no_permission", action="service:list")


@dataclass(frozen=True)
class View:
    """What a user is shown of an account."""

    places: tuple[PlaceLists, ...]
    complete: frozenset[tuple[ProjectRegion, str]]
    """The lists that were read to their end and hide no row."""


@st.composite
def views(draw: Draw, world: World, *, is_full: bool = False) -> View:  # type: ignore[type-arg]
    """Generate permissions, failures and rows of enterprise projects that the user does not see."""
    complete: set[tuple[ProjectRegion, str]] = set()
    made = []
    for place in PLACES:

        def shown(name: str, at: ProjectRegion = place) -> ServiceList[object] | None:
            rows = tuple(world.rows[at].get(name, ()))
            origin = Origin(f"service:{name}", at.region, NOW)
            way = "whole" if is_full else draw(st.sampled_from(["whole"] * 14 + ["denied", "cut", "hidden", "none"]))
            match way:
                case "none":
                    return None
                case "denied":
                    return ServiceList(at, (), None, DENIED)
                case "cut":
                    return ServiceList(at, rows[: draw(st.integers(0, len(rows)))], origin, fact("inventory_changed"))
                case "hidden":
                    kept = tuple(each for each in rows if draw(st.booleans()))
                    if len(kept) == len(rows):
                        complete.add((at, name))
                    return ServiceList(at, kept, origin)
            complete.add((at, name))
            return ServiceList(at, rows, origin)

        lists = {name: shown(name) for name in LISTS}
        per_resource = {
            kind: {
                key.split()[1]: found
                for key in [*(f"{kind} {each}" for each in _owners(world, place, kind))]
                if (found := shown(key)) is not None
            }
            for kind in ("backups_of_database", "nodes_of_cluster")
        }
        made.append(PlaceLists(place=place, **lists, **per_resource))  # type: ignore[arg-type]
    return View(tuple(made), frozenset(complete))


def _owners(world: World, place: ProjectRegion, kind: str) -> list[str]:
    if kind == "backups_of_database":
        return [each.database_id.raw for each in world.rows[place].get("databases", []) if isinstance(each, Database)]
    return [each.cluster_id.raw for each in world.rows[place].get("clusters", []) if isinstance(each, Cluster)]
