"""What is beside the resources that an account bought: pay-per-use things, backups, measurements, bins."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.reference_server.inventory.estate import (
    Attachment,
    Backup,
    Bandwidth,
    Bin,
    Binding,
    ConfigView,
    Database,
    DatabaseBackup,
    Disk,
    Eip,
    Estate,
    Item,
    Metric,
    Point,
    Server,
    Snapshot,
    Vault,
    VaultMember,
)
from tests.reference_server.timestamps import stable_hex, stable_uuid

DAYS = 30


def with_extras(estate: Estate, now: datetime) -> Estate:
    """Add pay-per-use things, backups and so on, which depend on the ids of the resources alone."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    servers = estate.servers
    for index, server in enumerate(servers):
        if index % 3 == 0:
            estate = _with_pay_per_use(estate, server)
    covered = [each for index, each in enumerate(servers) if index % 4 == 0]
    estate = _with_vault(estate, covered, now)
    return estate.replace(
        database_backups=tuple(one for each in estate.databases for one in _database_backups(each, now)),
        snapshots=tuple(_snapshot(each) for index, each in enumerate(estate.disks) if index % 5 == 0),
        metrics=tuple(one for each in servers if each.status == "ACTIVE" for one in _metrics(each, day)),
        bins=tuple(
            Bin(service=service, project_id=each.id, is_on=service == "ecs", kept_hours=168)
            for each in estate.projects
            for service in ("ecs", "evs", "rds")
        ),
        config=ConfigView(as_of=now - timedelta(hours=20)),
    )


def _with_pay_per_use(estate: Estate, server: Server) -> Estate:
    """Add a disk and an address that stay behind when a server is unsubscribed."""
    disk = Disk(
        **_beside(server, "disk"),
        size=120,
        attachments=(Attachment(server_id=server.id, device="/dev/vdx", attached=server.created),),
    )
    bandwidth = Bandwidth(**_beside(server, "bandwidth"), charge_mode="traffic")
    number = int(stable_hex(server.id, 6), 16)
    eip = Eip(
        **_beside(server, "eip"),
        address=f"198.51.{number % 250}.{number // 250 % 250}",
        bandwidth_id=bandwidth.id,
        binding=Binding(target_id=stable_uuid(f"port {server.id}"), device_id=server.id, device_owner="compute:az1"),
    )
    return estate.replace(
        disks=(*estate.disks, disk), eips=(*estate.eips, eip), bandwidths=(*estate.bandwidths, bandwidth)
    )


def _beside(item: Item, what: str) -> dict[str, Any]:
    return {
        "id": stable_uuid(f"{what} beside {item.id}"),
        "project_id": item.project_id,
        "name": f"{what}-beside-{item.name[:12]}",
        "enterprise_project_id": item.enterprise_project_id,
        "created": item.created,
        "updated": item.created,
    }


def _with_vault(estate: Estate, servers: list[Server], now: datetime) -> Estate:
    """Add a pay-per-use vault in each project, with backups of some servers; pay-per-use disks are left out."""
    vaults, backups = list(estate.vaults), list(estate.backups)
    for project in estate.projects:
        held = [each for each in servers if each.project_id == project.id]
        vault_id = stable_uuid(f"vault {project.id}")
        members = []
        for server in held:
            disks = [each for each in estate.disks if any(one.server_id == server.id for one in each.attachments)]
            left_out = tuple(each.id for each in disks if not each.order_id)
            members.append(VaultMember(id=server.id, excluded_disk_ids=left_out))
            inside = tuple(each.id for each in disks if each.order_id)
            backups += _server_backups(server, vault_id, inside, now)
        vaults.append(Vault(id=vault_id, project_id=project.id, name="vault-pay-per-use", members=tuple(members)))
    return estate.replace(vaults=tuple(vaults), backups=tuple(backups))


def _server_backups(server: Server, vault_id: str, disk_ids: tuple[str, ...], now: datetime) -> list[Backup]:
    """Return a good backup, and a newer one that failed."""
    good = Backup(
        id=stable_uuid(f"backup {server.id}"),
        project_id=server.project_id,
        vault_id=vault_id,
        source_id=server.id,
        disk_ids=disk_ids,
        enterprise_project_id=server.enterprise_project_id,
        created=now - timedelta(days=3, hours=5),
        expires=now + timedelta(days=27) if int(server.id[0], 16) % 2 else None,
    )
    failed = replace(
        good, id=stable_uuid(f"failed {server.id}"), status="error", disk_ids=(), created=now - timedelta(days=1)
    )
    return [good, failed]


def _database_backups(database: Database, now: datetime) -> list[DatabaseBackup]:
    automatic = [
        DatabaseBackup(
            id=stable_hex(f"auto {days} {database.id}") + "br01",
            database_id=database.id,
            begun=now - timedelta(days=days, minutes=4),
            ended=now - timedelta(days=days),
        )
        for days in (1, 2, 3)
    ]
    manual = replace(
        automatic[0],
        id=stable_hex(f"manual {database.id}") + "br01",
        kind="manual",
        begun=now - timedelta(days=40, minutes=9),
        ended=now - timedelta(days=40),
    )
    return [*automatic, manual] if int(stable_hex(database.id, 2), 16) % 2 else automatic


def _snapshot(disk: Disk) -> Snapshot:
    return Snapshot(id=stable_uuid(f"snapshot {disk.id}"), project_id=disk.project_id, disk_id=disk.id)


def _metrics(server: Server, day: datetime) -> list[Metric]:
    """Return thirty days of processor and network; a server that was bought later has fewer."""
    busy = int(stable_hex(f"busy {server.id}", 2), 16)
    days = [day - timedelta(days=back) for back in range(1, DAYS + 1)]
    days = [each for each in days if each >= server.created]
    return [
        Metric(
            project_id=server.project_id,
            namespace="SYS.ECS",
            name=name,
            dimensions=(("instance_id", server.id),),
            unit=unit,
            points=tuple(Point(at=each, highest=highest, average=highest / 3) for each in days),
        )
        for name, unit, highest in (
            ("cpu_util", "%", busy / 3),
            ("network_incoming_bytes_aggregate_rate", "Byte/s", busy * 11.119),
            ("network_outgoing_bytes_aggregate_rate", "Byte/s", busy * 7.031),
            ("disk_write_bytes_rate", "Byte/s", busy * 23.5),
        )
    ]
