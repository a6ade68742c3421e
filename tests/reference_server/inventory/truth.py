"""What is true in an estate, for each statement that a program may make of its resources.

It is an oracle: it looks at the estate itself, never at answers of a service, and it knows what nobody may be able to
find out. What can be found out is in `visibility.py`; a statement of what was seen is right if it is true of
`seen(estate)`. Missing things are empty or None, and never an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from tests.reference_server.inventory.estate import (
    Backup,
    Database,
    DatabaseBackup,
    Disk,
    Eip,
    Estate,
    Item,
    Metric,
    Server,
    Vault,
)
from tests.reference_server.inventory.routes import Identified

T = TypeVar("T", bound=Identified)
QUIET = {
    "cpu_util": 3.0,
    "network_incoming_bytes_aggregate_rate": 1000.0,
    "network_outgoing_bytes_aggregate_rate": 1000.0,
    "disk_write_bytes_rate": 5000.0,
}
"""Below these a server is quiet: the highest value of the processor, the averages of the others."""


class Leftover(NamedTuple):
    """A thing that goes on after a server is unsubscribed."""

    resource_id: str
    kind: str
    is_pay_per_use: bool


def find(found: Iterable[T], wanted: str) -> T | None:
    """Return the thing with an id."""
    return next((each for each in found if each.id == wanted), None)


def item(estate: Estate, wanted: str) -> Item | None:
    """Return what could be a row of Billing, by its id."""
    return find(estate.items(), wanted)


# Servers


def run_state(estate: Estate, server_id: str) -> str:
    """Return `running` or `stopped`; empty while neither is for sure."""
    server = find(estate.servers, server_id)
    if not server or server.task_state:
        return ""
    return {"ACTIVE": "running", "SHUTOFF": "stopped"}.get(server.status, "")


def last_operation(estate: Estate, server_id: str) -> datetime | None:
    """Return when a server was last started, stopped or changed."""
    server = find(estate.servers, server_id)
    return server.updated if server else None


def disks_of(estate: Estate, server_id: str) -> list[Disk]:
    """Return the disks that are attached to a server."""
    return [each for each in estate.disks if is_attached(each, server_id)]


def cluster_of(estate: Estate, server_id: str) -> str:
    """Return the cluster of which a server is a node."""
    return next((each.cluster_id for each in estate.nodes if each.server_id == server_id), "")


def goes_with(estate: Estate, resource_id: str) -> frozenset[str]:
    """Return what is in the subscription of a resource, and ends with it."""
    return frozenset(each.id for each in estate.items() if each.primary_id == resource_id and each.order_id)


def stays_behind(estate: Estate, server_id: str) -> frozenset[Leftover]:
    """Return what a server leaves behind: its disks and addresses outside its subscription, vaults, and its node."""
    found = set()
    for each in (*disks_of(estate, server_id), *eips_of(estate, server_id)):
        if each.id not in goes_with(estate, server_id):
            kind = "disk" if isinstance(each, Disk) else "eip"
            found.add(Leftover(each.id, kind, is_pay_per_use=not each.order_id))
    vault_ids = {each.vault_id for each in estate.backups if each.source_id == server_id}
    found |= {Leftover(each.id, "vault", is_pay_per_use=True) for each in pay_per_use_vaults(estate, vault_ids)}
    found |= {Leftover(each.id, "node", is_pay_per_use=False) for each in estate.nodes if each.server_id == server_id}
    return frozenset(found)


def pay_per_use_vaults(estate: Estate, vault_ids: Iterable[str]) -> list[Vault]:
    """Return those of some vaults that are billed by use."""
    wanted = set(vault_ids)
    return [each for each in estate.vaults if each.id in wanted and not each.order_id]


def has_unlisted_disks(estate: Estate, server_id: str) -> bool:
    """Return whether a server has disks that EVS does not tell, so that what stays behind cannot be told."""
    server = find(estate.servers, server_id)
    return bool(server and server.unlisted_disk_ids)


# Disks


def is_attached(disk: Disk, server_id: str) -> bool:
    """Return whether a disk is attached to a server."""
    return any(each.server_id == server_id for each in disk.attachments)


def attached_to(estate: Estate, disk_id: str) -> frozenset[str]:
    """Return the servers that a disk is attached to."""
    disk = find(estate.disks, disk_id)
    return frozenset(each.server_id for each in disk.attachments) if disk else frozenset()


def is_unattached(estate: Estate, disk_id: str) -> bool:
    """Return whether a disk is free: attached to nothing, and not on its way to or from a server."""
    disk = find(estate.disks, disk_id)
    return bool(disk and not disk.attachments and disk.status in {"", "available"} and disk.service == "EVS")


def other_users(estate: Estate, disk_id: str, server_id: str) -> frozenset[str]:
    """Return the other servers that use a shared disk."""
    return attached_to(estate, disk_id) - {server_id}


def snapshot_count(estate: Estate, disk_id: str) -> int:
    """Return how many snapshots go with a disk; those that a backup made are none."""
    return sum(each.disk_id == disk_id and not each.name.startswith("autobk_snapshot_") for each in estate.snapshots)


# Addresses


def eips_of(estate: Estate, server_id: str) -> list[Eip]:
    """Return the addresses that are bound to a server."""
    return [each for each in estate.eips if each.binding and each.binding.device_id == server_id]


def bound_to(estate: Estate, eip_id: str) -> str:
    """Return what an address is bound to: a server, gateway, instance or balancer; empty if to nothing."""
    eip = find(estate.eips, eip_id)
    bound = eip.binding if eip else None
    return (bound.instance_id or bound.device_id or bound.target_id) if bound else ""


def is_unbound(estate: Estate, eip_id: str) -> bool:
    """Return whether an address is bound to nothing."""
    eip = find(estate.eips, eip_id)
    return bool(eip and not eip.binding and eip.status in {"", "DOWN"})


def sharers(estate: Estate, bandwidth_id: str) -> frozenset[str]:
    """Return the addresses that use a bandwidth."""
    return frozenset(each.id for each in estate.eips if each.bandwidth_id == bandwidth_id)


# Backups


def is_usable(backup: Backup, now: datetime) -> bool:
    """Return whether a backup can be restored: it is good, and has not expired."""
    return backup.status in {"available", "restoring"} and (backup.expires is None or backup.expires > now)


def covers(backup: Backup, resource_id: str) -> bool:
    """Return whether a server or disk is in a backup."""
    return backup.source_id == resource_id or (backup.kind == "server" and resource_id in backup.disk_ids)


def usable_backups(estate: Estate, resource_id: str, now: datetime) -> list[Backup]:
    """Return all usable backups that contain a server or disk, the newest first."""
    found = [each for each in estate.backups if covers(each, resource_id) and is_usable(each, now)]
    return sorted(found, key=lambda each: each.created, reverse=True)


def newest_backup(estate: Estate, resource_id: str, now: datetime) -> Backup | None:
    """Return the newest usable backup that contains a server or disk."""
    return next(iter(usable_backups(estate, resource_id, now)), None)


def unprotected_disks(estate: Estate, server_id: str, now: datetime) -> frozenset[str]:
    """Return the disks that go with a server, and that no usable backup contains."""
    ending = goes_with(estate, server_id)
    return frozenset(each.id for each in estate.disks if each.id in ending and not usable_backups(estate, each.id, now))


def is_lost_with(estate: Estate, backup: Backup, unsubscribed: Iterable[str]) -> bool:
    """Return whether a backup goes too: its vault is unsubscribed, or is in the subscription of what is."""
    ids = set(unsubscribed)
    return backup.vault_id in ids.union(*(goes_with(estate, each) for each in ids))


def copied_to(backup: Backup) -> frozenset[str]:
    """Return the regions that a backup was copied to."""
    return frozenset(each.region for each in backup.replications if each.status == "success")


# Databases


def newest_database_backup(estate: Estate, database_id: str, *kinds: str) -> DatabaseBackup | None:
    """Return the newest complete backup of some kinds: `manual` stays after its database, all others are deleted."""
    found = [
        each
        for each in estate.database_backups
        if (each.database_id, each.status) == (database_id, "COMPLETED") and each.kind in kinds
    ]
    return max(found, key=lambda each: each.ended, default=None)


def replicas(estate: Estate, database_id: str) -> frozenset[str]:
    """Return the read replicas that go with a database."""
    return frozenset(each.id for each in estate.databases if each.replica_of == database_id)


# Protections and recycle bins


def has_deletion_protection(estate: Estate, cluster_id: str) -> bool:
    """Return whether a cluster is protected from deletion."""
    cluster = find(estate.clusters, cluster_id)
    return bool(cluster and cluster.has_deletion_protection)


def kept_hours(estate: Estate, resource_id: str, now: datetime) -> int:
    """Return for how long the policy keeps what is unsubscribed; 0: not at all, or nobody can say."""
    found = item(estate, resource_id)
    service = {Server: "ecs", Disk: "evs", Database: "rds"}.get(type(found)) if found else None
    policy = next(
        (each for each in estate.bins if found and (each.service, each.project_id) == (service, found.project_id)), None
    )
    if not found or not policy or not policy.is_on:
        return 0
    if isinstance(found, Server) and (found.is_frozen or found.status not in {"ACTIVE", "SHUTOFF"}):
        return 0
    is_old_enough = now - found.created >= timedelta(days=policy.threshold_days)
    return policy.kept_hours if is_old_enough or isinstance(found, Database) else 0


# Activity


def measured(
    estate: Estate, resource_id: str, name: str, now: datetime, days: int = 30
) -> Mapping[datetime, tuple[float, float]]:
    """Return the highest value and the average of each of the last full days that has a point, cut to two digits.

    A day counts once it is over at midnight in UTC, whatever hour the days begin at.
    """
    metric = next((each for each in estate.metrics if _is_of(each, resource_id, name)), None)
    shift = timedelta(hours=estate.behavior.day_starts_hour)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    end = (midnight - shift).replace(hour=0) + shift
    points = metric.points if metric else ()
    return {
        each.at: (_cut(each.highest), _cut(each.average))
        for each in points
        if end - timedelta(days=days) <= each.at < end
    }


def _is_of(metric: Metric, resource_id: str, name: str) -> bool:
    """Return whether a metric is that of a resource: of several dimensions the last one names it."""
    return metric.name == name and metric.dimensions[-1][1] == resource_id


def _cut(value: float) -> float:
    return math.trunc(value * 100) / 100


def highest_cpu(estate: Estate, resource_id: str, now: datetime, days: int = 30) -> float | None:
    """Return the highest use of the processor of a server or database; None if nothing was measured."""
    values = cpu_of(estate, resource_id, now, days).values()
    return max((highest for highest, _ in values), default=None)


def cpu_of(estate: Estate, resource_id: str, now: datetime, days: int = 30) -> Mapping[datetime, tuple[float, float]]:
    """Return what was measured of the processor of a server or database."""
    name = "rds001_cpu_util" if find(estate.databases, resource_id) else "cpu_util"
    return measured(estate, resource_id, name, now, days)


def is_quiet(estate: Estate, server_id: str, now: datetime, days: int = 30) -> bool:
    """Return whether a running server did next to nothing on each of the last full days, all of which are measured."""
    server = find(estate.servers, server_id)
    if not server or server.status != "ACTIVE" or server.created > now - timedelta(days=days + 1):
        return False
    for name, limit in QUIET.items():
        values = measured(estate, server_id, name, now, days).values()
        asked = [highest if name == "cpu_util" else average for highest, average in values]
        if len(asked) < days or max(asked) >= limit:
            return False
    return True
