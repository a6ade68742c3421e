"""The estate of an account that bought resources, and the other way round: the rows of Billing for an estate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.reference_server import timestamps
from tests.reference_server.account_state import AccountState
from tests.reference_server.catalog import PROJECTS
from tests.reference_server.catalog import Project as EnterpriseProject
from tests.reference_server.inventory.account_extras import with_extras
from tests.reference_server.inventory.estate import (
    Attachment,
    Bandwidth,
    Binding,
    Cluster,
    Database,
    Disk,
    Eip,
    Estate,
    Item,
    Node,
    Project,
    Server,
    Vault,
)
from tests.reference_server.models import Resource
from tests.reference_server.timestamps import stable_hex, stable_uuid

_KINDS: tuple[tuple[type[Item], str], ...] = (
    (Server, "vm"),
    (Disk, "vol"),
    (Eip, "ip"),
    (Bandwidth, "bw"),
    (Vault, "cbr"),
    (Database, "rds"),
    (Cluster, "cce"),
)


def estate_of(account: AccountState) -> Estate:
    """Return what the services hold of an account's resources, and pay-per-use things beside them.

    Those that are unsubscribed already are in it, too, so that what stays behind of them is still there.
    """
    bought = list({**account.closed_resources, **account.resources}.values())
    servers = tuple(_server(each) for each in bought if each.kind_code == "vm")
    databases = tuple(_database(each, _primary_of(account, each)) for each in bought if _is_database(each))
    regions = sorted({each.region for each in bought})
    estate = Estate(
        projects=tuple(Project(id=stable_hex(f"project {each}"), region=each) for each in regions),
        servers=servers,
        disks=tuple(_disk(each, servers) for each in bought if each.kind_code == "vol"),
        eips=tuple(_eip(each, servers) for each in bought if each.kind_code == "ip"),
        bandwidths=tuple(_bandwidth(each) for each in bought if each.kind_code == "bw"),
        vaults=tuple(Vault(**_common(each)) for each in bought if each.kind_code == "cbr"),
        databases=databases,
        clusters=tuple(_cluster(each) for each in bought if each.kind_code == "cce"),
    )
    return with_extras(estate.replace(nodes=_nodes(estate)), timestamps.now())


def subscribe(account: AccountState, estate: Estate) -> None:
    """Let an account have bought what is yearly/monthly in an estate, and nothing else."""
    for each in (account.resources, account.closed_resources, account.orders, account.usage, account.row_changes):
        each.clear()
    regions = {each.id: each.region for each in estate.projects}
    bought = {each.id: each for each in estate.items() if each.order_id}
    for item in bought.values():
        if item.primary_id not in bought:
            attached = [each for each in bought.values() if each.primary_id == item.id]
            _buy(account, item, attached, regions.get(item.project_id, ""))


def _buy(account: AccountState, item: Item, attached: Sequence[Item], region: str) -> None:
    found = account.buy(
        _kind_code(item),
        item.name,
        (timestamps.now() - item.created).days,
        months=12,
        attached=[(_kind_code(each), each.name, {"seed": each.id}) for each in attached],
        seed=item.id,
        region=region,
        project=_enterprise_project(item.enterprise_project_id),
    )
    for resource, one in zip(found.with_attached, (item, *attached), strict=True):
        account.rename(resource, one.id)
        account.row_changes[one.id] = {"project_id": one.project_id}
        while resource.expires < timestamps.now():
            account.renew(found, months=12)


def _kind_code(item: Item) -> str:
    if isinstance(item, Database):
        return "mssql" if item.engine == "SQLServer" else "rdsrr" if item.form == "Replica" else "rds"
    return next(code for kind, code in _KINDS if isinstance(item, kind))


def _enterprise_project(wanted: str) -> EnterpriseProject:
    known = {each.project_id: each for each in PROJECTS}
    return known.get(wanted) or EnterpriseProject(wanted, f"project {wanted[:4]}", 1, "prod")


def _common(found: Resource) -> dict[str, Any]:
    """Return what all things have."""
    created: datetime = min(found.effective, timestamps.now())
    return {
        "id": found.resource_id,
        "project_id": stable_hex(f"project {found.region}"),
        "name": found.name or "",
        "enterprise_project_id": found.project.project_id if found.project else "0",
        "created": created,
        "updated": created,
        "order_id": min(found.order_ids, default=""),
        "primary_id": found.parent.resource_id if found.parent else "",
    }


def _chance(found: Resource | Item, topic: str, one_in: int) -> bool:
    """Return whether something is so that is so for one in so many; always the same for one thing."""
    key = found.resource_id if isinstance(found, Resource) else found.id
    return int(stable_hex(f"{topic} {key}", 6), 16) % one_in == 0


def _server(found: Resource) -> Server:
    server = Server(**_common(found), tags=(("team", "财务"), ("keep", "")) if _chance(found, "tags", 3) else ())
    if found.status != 2:
        return replace(server, status="SHUTOFF", is_frozen=True)
    if _chance(found, "stopped", 4):
        return replace(server, status="SHUTOFF", updated=max(server.created, timestamps.days_ago(41)))
    return server


def _disk(found: Resource, servers: Iterable[Server]) -> Disk:
    disk = Disk(**_common(found), size=int(found.size or 40))
    ids, name = {each.id: each for each in servers}, (found.name or "").removeprefix("disk-later-for-")
    server = ids.get(disk.primary_id) or next((each for each in ids.values() if name and each.name == name), None)
    if not server:
        return disk
    siblings = [each.resource_id for each in found.parent.attached if each.kind_code == "vol"] if found.parent else []
    number = siblings.index(disk.id) if disk.id in siblings else 7
    device = f"/dev/vd{chr(ord('a') + number)}"
    return replace(
        disk,
        attachments=(
            Attachment(
                server_id=server.id, device=device, attached=disk.created, is_system=bool(siblings) and not number
            ),
        ),
    )


def _eip(found: Resource, servers: Sequence[Server]) -> Eip:
    own = next((each for each in found.attached if each.kind_code == "bw"), found.parent)
    number = int(stable_hex(found.resource_id, 6), 16)
    address = f"203.0.{number % 250}.{number // 250 % 250}"
    eip = Eip(**_common(found), address=address, bandwidth_id=own.resource_id if own else "")
    near = [each for each in servers if each.project_id == eip.project_id]
    if not near or _chance(found, "unbound", 3):
        return eip
    server = near[number % len(near)]
    port = stable_uuid(f"port {server.id}")
    return replace(eip, binding=Binding(target_id=port, device_id=server.id, device_owner="compute:az1"))


def _bandwidth(found: Resource) -> Bandwidth:
    return Bandwidth(**_common(found), is_shared=not found.parent, size=int(found.size or 5))


def _is_database(found: Resource) -> bool:
    return found.kind_code in {"rds", "rdsrr", "mssql"}


def _primary_of(account: AccountState, found: Resource) -> str:
    return next((key for key, each in account.replicas.items() if found in each), "")


def _database(found: Resource, replica_of: str) -> Database:
    engine = "SQLServer" if found.kind_code == "mssql" else "MySQL"
    form = "Replica" if replica_of else "Ha" if (found.spec or "").endswith(".ha") else "Single"
    return Database(**_common(found), engine=engine, form=form, replica_of=replica_of)


def _cluster(found: Resource) -> Cluster:
    return Cluster(**_common(found), has_deletion_protection=_chance(found, "protection", 2))


def _nodes(estate: Estate) -> tuple[Node, ...]:
    """Return the nodes of clusters: servers whose names begin with that of a cluster."""
    return tuple(
        Node(
            id=stable_uuid(f"node {server.id}"),
            cluster_id=cluster.id,
            server_id=server.id,
            name=server.name,
            order_id=server.order_id,
            created=server.created + timedelta(minutes=4),
        )
        for cluster in estate.clusters
        for server in estate.servers
        if cluster.name and server.name.startswith(f"{cluster.name}-")
    )
