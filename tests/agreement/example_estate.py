"""A small estate with one of each thing that the read-only services of the reference server hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.reference_server.inventory.estate import (
    Attachment,
    Backup,
    Bandwidth,
    Bin,
    Binding,
    Cluster,
    ConfigView,
    Database,
    DatabaseBackup,
    Disk,
    Eip,
    Estate,
    Metric,
    Node,
    OffsiteBackup,
    Point,
    Project,
    Replication,
    Server,
    Snapshot,
    Vault,
    VaultMember,
)

HOME, OTHER = Project(id="a" * 32, region="cn-north-4"), Project(id="b" * 32, region="cn-east-3")
SUB = Project(id="c" * 32, region="cn-north-4", suffix="dev", parent_id=HOME.id)
DAY = datetime(2026, 5, 1, tzinfo=UTC)
BORN = datetime(2025, 5, 4, 3, 2, 1, 123456, tzinfo=UTC)
P: dict[str, Any] = {"project_id": HOME.id, "created": BORN, "updated": BORN + timedelta(hours=1)}
ESTATE = Estate(
    projects=(HOME, OTHER, SUB),
    servers=(
        Server(id="s1", name="web", order_id="CS1", tags=(("team", "web"), ("keep", "")), **P),
        Server(id="s2", status="SHUTOFF", enterprise_project_id="ep1", unlisted_disk_ids=("local",), **P),
        Server(id="s3", status="REBOOT", **P),
        Server(id="elsewhere", project_id=OTHER.id),
    ),
    disks=(
        Disk(id="d1", order_id="CS1", primary_id="s1", attachments=(Attachment(server_id="s1", is_system=True),), **P),
        Disk(
            id="d2",
            is_shared=True,
            attachments=(Attachment(server_id="s1", deletes_with_server=True), Attachment(server_id="s2")),
            tags=(("k", "v"),),
            **P,
        ),
        Disk(id="d3", enterprise_project_id="ep1", **P),
    ),
    snapshots=(Snapshot(id="n1", project_id=HOME.id, disk_id="d1"),),
    eips=(
        Eip(id="e1", bandwidth_id="b1", binding=Binding(target_id="port", device_id="s1"), tags=(("k", "v"),), **P),
        Eip(id="e2", address="203.0.113.80", bandwidth_id="b2", order_id="CS2", **P),
    ),
    bandwidths=(
        Bandwidth(id="b1", **P),
        Bandwidth(id="b2", is_shared=True, order_id="CS2", **P),
    ),
    vaults=(
        Vault(id="v1", order_id="CS3", members=(VaultMember(id="s1", excluded_disk_ids=("d2",)),), **P),
        Vault(id="v2", status="frozen", frozen_scene="ARREAR", members=(VaultMember(id="d3", kind="disk"),), **P),
    ),
    backups=(
        Backup(
            id="k1",
            project_id=HOME.id,
            vault_id="v1",
            source_id="s1",
            disk_ids=("d1",),
            skipped_disk_ids=("d2",),
            created=BORN,
            replications=(Replication(region="cn-east-3", project_id=OTHER.id),),
        ),
        Backup(
            id="k2",
            project_id=HOME.id,
            vault_id="v1",
            source_id="s1",
            disk_ids=("d1",),
            shows_disks="parent_id",
            created=BORN + timedelta(days=1),
            expires=BORN + timedelta(days=9),
        ),
        Backup(id="k3", project_id=HOME.id, vault_id="v2", source_id="d3", kind="disk", status="error"),
        Backup(id="k4", project_id=HOME.id, vault_id="v9", source_id="d3", kind="disk", is_from_other_project=True),
    ),
    databases=(
        Database(id="r1in01", order_id="CS4", form="Ha", tags=(("k", "v"),), **P),
        Database(id="r2in01", form="Replica", replica_of="r1in01", **P),
        Database(id="r3in01", engine="MariaDB", **P),
    ),
    database_backups=(
        DatabaseBackup(id="x1", database_id="r1in01", begun=BORN, ended=BORN),
        DatabaseBackup(id="x2", database_id="r1in01", kind="manual", ended=BORN),
        DatabaseBackup(id="x3", database_id="r3in01", kind="manual", ended=BORN),
    ),
    offsite_backups=(OffsiteBackup(id="o1", database_id="r1in01", region="cn-east-3", project_id=OTHER.id),),
    clusters=(Cluster(id="c1", name="prod", has_deletion_protection=True, **P),),
    nodes=tuple(Node(id=f"n{number}", cluster_id="c1", server_id="s1", created=BORN) for number in range(3)),
    metrics=(
        Metric(
            project_id=HOME.id,
            namespace="SYS.ECS",
            name="cpu_util",
            dimensions=(("instance_id", "s1"),),
            points=(Point(at=DAY, highest=2.5, average=1.25),),
        ),
    ),
    bins=(Bin(service="ecs", project_id=HOME.id), Bin(service="rds", project_id=HOME.id, kept_hours=72)),
    config=ConfigView(as_of=BORN, changed=(("s2", (("status", "ACTIVE"),)),)),
)
