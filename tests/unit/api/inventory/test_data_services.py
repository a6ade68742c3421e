"""Backups, databases, clusters, metrics and Config, read over HTTP from the reference server.

It was written without our code, and answers in every form of the services: of times, of errors, of pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.reference_server import ReferenceServer
from tests.reference_server.inventory import estate as theirs
from tests.reference_server.inventory.behavior import ABSENT, Behavior, Failure, FieldChange
from tests.reference_server.inventory.failures import DENIALS, FORMS, SPOILS
from tests.support.effort import some
from tests.unit.api.inventory.service_reads import read
from unsub_tui.api.inventory import cbr
from unsub_tui.api.inventory.cbr import BackupLists
from unsub_tui.api.inventory.ces import DAYS, MetricTargets
from unsub_tui.api.inventory.inventory_clients import InventoryClients
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import (
    Backup,
    Cluster,
    ClusterNode,
    ConfigRecorder,
    Database,
    DatabaseBackup,
    DatabaseBackupKind,
    Disk,
    DiskAttachment,
    Eip,
    Metric,
    ProjectRegion,
    RecycleBinPolicy,
    Replication,
    Server,
    Vault,
    VaultResource,
)
from unsub_tui.domain.untrusted_text import UntrustedText as Text

Read = Callable[[InventoryClients], Awaitable[Any]]

HOME = theirs.Project(id="a" * 32, region="ap-southeast-3")
OTHER = theirs.Project(id="b" * 32, region="cn-east-3")
PLACE = ProjectRegion(HOME.region, HOME.id)
BORN = datetime(2025, 5, 4, 3, 2, 1, 123456, tzinfo=UTC)
SECOND = BORN.replace(microsecond=0)
DAY = timedelta(days=1)
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
P: dict[str, Any] = {"project_id": HOME.id, "created": BORN, "updated": BORN}
B: dict[str, Any] = {"project_id": HOME.id, "created": BORN}


def points(*values: float) -> tuple[theirs.Point, ...]:
    """Return the values of the last days, up to yesterday; the average is half of the maximum."""
    first = TODAY - len(values) * DAY
    return tuple(theirs.Point(at=first + n * DAY, highest=value, average=value / 2) for n, value in enumerate(values))


MONTH = tuple(float(n) for n in range(1, DAYS + 1))
ESTATE = theirs.Estate(
    projects=(HOME, OTHER),
    vaults=(
        theirs.Vault(
            id="v1",
            name="nightly",
            order_id="CS3",
            is_locked=True,
            tags=(("team", "财务"),),
            members=(
                theirs.VaultMember(id="s1", excluded_disk_ids=("d2",)),
                theirs.VaultMember(id="s2", included_disk_ids=("d4",)),
            ),
            **P,
        ),
        theirs.Vault(id="v2", status="frozen", frozen_scene="ARREAR", enterprise_project_id="ep1", **P),
    ),
    backups=(
        theirs.Backup(
            id="k1",
            vault_id="v1",
            source_id="s1",
            disk_ids=("d1",),
            replications=(theirs.Replication(region=OTHER.region, project_id=OTHER.id),),
            **B,
        ),
        theirs.Backup(
            id="k2",
            vault_id="v1",
            source_id="s2",
            disk_ids=("d3", "d4"),
            shows_disks="parent_id",
            expires=BORN + 9 * DAY,
            **{**B, "created": BORN + DAY},
        ),
        theirs.Backup(id="k3", vault_id="v2", source_id="d3", kind="disk", status="error", **B),
        theirs.Backup(
            id="k4",
            vault_id="v9",
            source_id="d3",
            kind="disk",
            is_from_other_project=True,
            image_type="replication",
            **B,
        ),
        theirs.Backup(id="elsewhere", project_id=OTHER.id, vault_id="v9", source_id="s1"),
    ),
    databases=(
        theirs.Database(id="r1in01", name="orders", order_id="CS4", form="Ha", tags=(("k", "v"),), **P),
        theirs.Database(id="r2in01", form="Replica", replica_of="r1in01", keep_days=0, **P),
        theirs.Database(id="r3in01", engine="PostgreSQL", status="SHUTDOWN", **P),
    ),
    database_backups=(
        theirs.DatabaseBackup(id="x1", database_id="r1in01", begun=BORN, ended=BORN + DAY),
        theirs.DatabaseBackup(id="x2", database_id="r1in01", kind="manual", begun=BORN, ended=BORN + DAY),
        theirs.DatabaseBackup(id="x3", database_id="r1in01", kind="manual", status="BUILDING", begun=BORN + 2 * DAY),
        theirs.DatabaseBackup(id="x4", database_id="r1in01", kind="incremental", ended=BORN),
    ),
    clusters=(
        theirs.Cluster(id="c1", name="prod", order_id="CS5", has_deletion_protection=True, tags=(("k", "v"),), **P),
        theirs.Cluster(id="c2", phase="Hibernation", **P),
    ),
    nodes=tuple(theirs.Node(id=f"n{number}", cluster_id="c1", server_id=f"s{number}") for number in range(3)),
    bins=(theirs.Bin(service="rds", project_id=HOME.id, kept_hours=72),),
    metrics=(
        theirs.Metric(
            project_id=HOME.id,
            namespace="SYS.ECS",
            name="cpu_util",
            dimensions=(("instance_id", "s1"),),
            points=points(*MONTH),
        ),
        theirs.Metric(
            project_id=HOME.id,
            namespace="SYS.ECS",
            name="network_incoming_bytes_aggregate_rate",
            dimensions=(("instance_id", "s1"),),
            unit="Byte/s",
            points=points(*MONTH),
        ),
        theirs.Metric(
            project_id=HOME.id,
            namespace="SYS.EVS",
            name="disk_device_write_bytes_rate",
            dimensions=(("disk_name", "s1-volume-d1"),),
            unit="byte/s",
            points=points(4.0, 6.0),
        ),
        theirs.Metric(
            project_id=HOME.id,
            namespace="SYS.RDS",
            name="rds042_database_connections",
            dimensions=(("postgresql_cluster_id", "r3in01"),),
            unit="count",
            points=points(7.0),
        ),
        theirs.Metric(
            project_id=HOME.id,
            namespace="SYS.VPC",
            name="upstream_bandwidth",
            dimensions=(("publicip_id", "e1"),),
            unit="bit/s",
            points=points(1600.0),
        ),
        theirs.Metric(
            project_id=HOME.id,
            namespace="SYS.VPC",
            name="upstream_bandwidth",
            dimensions=(("bandwidth_id", "b2"), ("publicip_id", "e2")),
            unit="bit/s",
            points=points(160.0),
        ),
    ),
    servers=(
        theirs.Server(id="s1", name="web", tags=(("team", "web"),), **P),
        theirs.Server(id="elsewhere", project_id=OTHER.id),
    ),
    config=theirs.ConfigView(as_of=BORN),
)
TARGETS = MetricTargets(
    servers=[Server(server_id=Text("s1"))],
    disks=[
        Disk(disk_id=Text("d1"), attachments=(DiskAttachment(server_id=Text("s1"), device="/dev/vda"),)),
        Disk(disk_id=Text("d9")),
    ],
    databases=[Database(database_id=Text("r3in01"), engine="PostgreSQL")],
    eips=[
        Eip(eip_id=Text("e1"), bandwidth_id=Text("b1")),
        Eip(eip_id=Text("e2"), bandwidth_id=Text("b2"), instance_id=Text("port")),
        Eip(eip_id=Text("e3"), bandwidth_id=Text("b3")),
    ],
)
READS: dict[str, Read] = {
    "cbr.list_vault": lambda clients: clients.cbr.vaults(PLACE),
    "cbr.list_backups": lambda clients: clients.cbr.backups(PLACE, ["s1"]),
    "rds.list_instances": lambda clients: clients.rds.instances(PLACE),
    "rds.list_backups": lambda clients: clients.rds.backups(PLACE, ["r1in01"]),
    "rds.show_recycle_policy": lambda clients: clients.rds.recycle_bin(PLACE),
    "cce.list_clusters": lambda clients: clients.cce.clusters(PLACE),
    "cce.list_nodes": lambda clients: clients.cce.nodes(PLACE, ["c1"]),
    "ces.batch_list_metric_data": lambda clients: clients.ces.daily_metrics(PLACE, TARGETS),
    "rms.show_tracker_config": lambda clients: clients.config.recorder(),
    "rms.list_all_resources": lambda clients: clients.config.resources_by_id(PLACE, ["s1"]),
}


def lists_in(result: Any) -> list[ServiceList[Any]]:
    """Return the lists of a result."""
    if isinstance(result, BackupLists):
        return [each for each in (result.whole, *result.by_resource.values()) if each is not None]
    return list(result.values()) if isinstance(result, dict) else [result]


def hold(vendor: ReferenceServer, **behavior: Any) -> None:
    """Let the services answer in another way."""
    vendor.inventory.hold(replace(ESTATE, behavior=Behavior(**behavior)))


def calls(vendor: ReferenceServer) -> Counter[str]:
    """Return how often each operation was called."""
    return Counter(each.operation for each in vendor.inventory.seen_calls)


def test_vaults(vendor: ReferenceServer) -> None:
    """All fields, of all enterprise projects."""
    found = read(vendor, lambda clients: clients.cbr.vaults(PLACE))
    assert found.is_complete
    assert {each.vault_id.raw: each for each in found.rows} == {
        "v1": Vault(
            vault_id=Text("v1"),
            name=Text("nightly"),
            status="available",
            charging=Charging.YEARLY_MONTHLY,
            used_mb=10,
            size_gb=100,
            resources=(
                VaultResource(resource_id=Text("s1"), excluded_disks=("d2",)),
                VaultResource(resource_id=Text("s2"), included_disks=("d4",)),
            ),
            tags={Text("team"): Text("财务")},
        ),
        "v2": Vault(
            vault_id=Text("v2"),
            status="frozen",
            charging=Charging.PAY_PER_USE,
            is_frozen=True,
            used_mb=10,
            size_gb=100,
            tags={},
        ),
    }


def test_backups(vendor: ReferenceServer) -> None:
    """Also those of other projects and regions that lie here, in one call."""
    found = read(vendor, lambda clients: clients.cbr.backups(PLACE, ["s1"])).whole
    assert found is not None
    assert found.is_complete
    server, disk = "OS::Nova::Server", "OS::Cinder::Volume"
    usual: dict[str, Any] = {"status": "available", "created": BORN}
    assert {each.backup_id.raw: each for each in found.rows} == {
        "k1": Backup(
            backup_id=Text("k1"),
            resource_id=Text("s1"),
            resource_type=server,
            vault_id=Text("v1"),
            child_disk_ids=("d1",),
            replications=(Replication(region=OTHER.region, project_id=OTHER.id, status="success"),),
            **usual,
        ),
        "k2": Backup(
            backup_id=Text("k2"),
            resource_id=Text("s2"),
            resource_type=server,
            vault_id=Text("v1"),
            expires=BORN + 9 * DAY,
            **{**usual, "created": BORN + DAY},
        ),
        "k3": Backup(
            backup_id=Text("k3"),
            resource_id=Text("d3"),
            resource_type=disk,
            vault_id=Text("v2"),
            **{**usual, "status": "error"},
        ),
        "k4": Backup(
            backup_id=Text("k4"),
            resource_id=Text("d3"),
            resource_type=disk,
            vault_id=Text("v9"),
            is_replica=True,
            **usual,
        ),
    }
    assert found.rows[0].backup_id == Text("k2"), "the newest one is the first"
    assert calls(vendor) == {"cbr.list_backups": 1}


def test_the_disks_inside_a_backup(vendor: ReferenceServer) -> None:
    """One call for each backup that does not name them."""

    async def reading(clients: InventoryClients) -> ServiceList[Backup]:
        found = (await clients.cbr.backups(PLACE, [])).whole
        assert found is not None
        return await clients.cbr.with_disks(found, ["k1", "k2", "unknown"])

    found = read(vendor, reading)
    assert {each.backup_id.raw: each.child_disk_ids for each in found.rows} == {
        "k1": ("d1",),
        "k2": ("d3", "d4"),
        "k3": (),
        "k4": (),
    }
    assert calls(vendor) == {"cbr.list_backups": 2}


def test_backups_by_resource(vendor: ReferenceServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """If there are too many to read them all: one call each, for a disk also by the ids of its servers."""
    monkeypatch.setattr(cbr, "PAGE_SIZE", 2)
    monkeypatch.setattr(cbr, "MAX_BACKUPS", 3)
    found = read(vendor, lambda clients: clients.cbr.backups(PLACE, ["d3", "s2", "d7", "d3"]))
    assert found.whole is None
    assert {key: sorted(each.backup_id.raw for each in rows.rows) for key, rows in found.by_resource.items()} == {
        "d3": ["k3", "k4"],
        "s2": ["k2"],
        "d7": [],
    }
    assert all(each.is_complete for each in found.by_resource.values())
    assert calls(vendor) == {"cbr.list_backups": 4}


def test_databases(vendor: ReferenceServer) -> None:
    """A primary names its replicas, and a replica its primary."""
    found = read(vendor, lambda clients: clients.rds.instances(PLACE))
    assert found.is_complete
    assert {each.database_id.raw: each for each in found.rows} == {
        "r1in01": Database(
            database_id=Text("r1in01"),
            name=Text("orders"),
            status="ACTIVE",
            type="Ha",
            engine="MySQL",
            replica_ids=(Text("r2in01"),),
            charging=Charging.YEARLY_MONTHLY,
            backup_keep_days=7,
            created=SECOND,
            tags={Text("k"): Text("v")},
        ),
        "r2in01": Database(
            database_id=Text("r2in01"),
            status="ACTIVE",
            type="Replica",
            engine="MySQL",
            replica_of=Text("r1in01"),
            charging=Charging.PAY_PER_USE,
            backup_keep_days=0,
            created=SECOND,
            tags={},
        ),
        "r3in01": Database(
            database_id=Text("r3in01"),
            status="SHUTDOWN",
            type="Single",
            engine="PostgreSQL",
            charging=Charging.PAY_PER_USE,
            backup_keep_days=7,
            created=SECOND,
            tags={},
        ),
    }


def test_backups_of_databases(vendor: ReferenceServer) -> None:
    """All kinds, each in its own list; an instance that does not exist is not one without backups."""
    found = read(vendor, lambda clients: clients.rds.backups(PLACE, ["r1in01", "r3in01", "unknown"]))
    kind = DatabaseBackupKind
    usual: dict[str, Any] = {"database_id": Text("r1in01"), "status": "COMPLETED", "created": SECOND + DAY}
    assert {each.backup_id.raw: each for each in found["r1in01"].rows} == {
        "x1": DatabaseBackup(backup_id=Text("x1"), kind=kind.AUTOMATIC, **usual),
        "x2": DatabaseBackup(backup_id=Text("x2"), kind=kind.MANUAL, **usual),
        "x3": DatabaseBackup(
            backup_id=Text("x3"), kind=kind.MANUAL, **{**usual, "status": "BUILDING", "created": SECOND + 2 * DAY}
        ),
        "x4": DatabaseBackup(backup_id=Text("x4"), kind=kind.OTHER, **{**usual, "created": SECOND}),
    }
    assert (found["r3in01"].rows, found["r3in01"].is_complete) == ((), True)
    assert found["unknown"].problem == fact("inventory_failed", code="DBS.200001")


def test_many_backups_of_a_database(vendor: ReferenceServer) -> None:
    """Full ones are found behind hundreds of others."""
    others = tuple(theirs.DatabaseBackup(id=f"i{n}", database_id="r1in01", kind="incremental") for n in range(150))
    vendor.inventory.hold(replace(ESTATE, database_backups=(*others, *ESTATE.database_backups)))
    found = read(vendor, lambda clients: clients.rds.backups(PLACE, ["r1in01"]))["r1in01"]
    assert found.is_complete
    assert sorted(each.backup_id.raw for each in found.rows) == ["x1", "x2", "x3"]
    assert calls(vendor) == {"rds.list_backups": 3}


def test_the_recycle_bin_of_databases(vendor: ReferenceServer) -> None:
    """Its days, or nothing."""
    found = read(vendor, lambda clients: clients.rds.recycle_bin(PLACE))
    assert found.rows == (RecycleBinPolicy(is_on=True, kept=timedelta(days=3)),)
    vendor.inventory.hold(replace(ESTATE, bins=()))
    assert read(vendor, lambda clients: clients.rds.recycle_bin(PLACE)).rows == (RecycleBinPolicy(is_on=None),)


def test_clusters_and_nodes(vendor: ReferenceServer) -> None:
    """The yearly/monthly resource of a node is its server."""
    found = read(vendor, lambda clients: clients.cce.clusters(PLACE))
    assert found.is_complete
    assert {each.cluster_id.raw: each for each in found.rows} == {
        "c1": Cluster(
            cluster_id=Text("c1"),
            name=Text("prod"),
            phase="Available",
            is_deletion_protected=True,
            tags={Text("k"): Text("v")},
        ),
        "c2": Cluster(
            cluster_id=Text("c2"),
            phase="Hibernation",
            is_deletion_protected=False,
            tags={},
        ),
    }
    nodes = read(vendor, lambda clients: clients.cce.nodes(PLACE, ["c1", "unknown"]))
    assert set(nodes["c1"].rows) == {ClusterNode(cluster_id=Text("c1"), server_id=Text(f"s{n}")) for n in range(3)}
    assert nodes["c1"].is_complete
    assert nodes["unknown"].problem == fact("inventory_failed", code="CCE.01404001")


@pytest.mark.parametrize(
    "behavior",
    [{}, {"includes_end": True}, {"tells_empty_metrics": False}, {"most_metrics": 10}],
    ids=lambda behavior: next(iter(behavior), "usual"),
)
def test_metrics(vendor: ReferenceServer, behavior: dict[str, Any]) -> None:
    """However Cloud Eye answers, each value is that of a whole day, and what was not measured has none."""
    hold(vendor, **behavior)
    found = read(vendor, lambda clients: clients.ces.daily_metrics(PLACE, TARGETS))
    assert found.is_complete
    values = {(each.resource_id.raw, each.metric): [value for _, value in each.points] for each in found.rows}
    assert len(values) == len(found.rows) == 15
    assert {key: value for key, value in values.items() if value} == {
        ("s1", Metric.CPU): [Decimal(n) for n in range(1, DAYS + 1)],
        ("s1", Metric.NETWORK_IN): [Decimal(n) / 2 for n in range(1, DAYS + 1)],
        ("d1", Metric.DISK_WRITE): [Decimal(2), Decimal(3)],
        ("r3in01", Metric.CONNECTIONS): [Decimal(7)],
        ("e1", Metric.NETWORK_OUT): [Decimal(100)],
        ("e2", Metric.NETWORK_OUT): [Decimal(10)],
    }
    assert all(each.asked_from == TODAY - DAYS * DAY for each in found.rows)
    assert all(day + DAY <= datetime.now(UTC) for each in found.rows for day, _ in each.points)
    if "most_metrics" not in behavior:
        assert calls(vendor) == {"ces.batch_list_metric_data": 3}, "maxima, averages, EIPs under their bandwidths"


def test_days_that_begin_elsewhere(vendor: ReferenceServer) -> None:
    """With the roll-up of China, a day is not over before 16:00 UTC: yesterday's is left out."""
    shifted = tuple(
        replace(
            each,
            points=tuple(
                theirs.Point(at=TODAY - n * DAY - timedelta(hours=8), highest=1.0, average=1.0) for n in range(DAYS + 3)
            ),
        )
        for each in ESTATE.metrics
    )
    vendor.inventory.hold(replace(ESTATE, metrics=shifted, behavior=Behavior(day_starts_hour=16, includes_end=True)))
    found = read(vendor, lambda clients: clients.ces.daily_metrics(PLACE, TARGETS))
    days = [day for day, _ in found.rows[0].points]
    assert len(days) == DAYS
    assert days[-1] == TODAY - 2 * DAY + timedelta(hours=16)
    assert {each.asked_from for each in found.rows} == {days[0]}


def test_config(vendor: ReferenceServer) -> None:
    """Single resources, with the time of their state."""
    found = read(vendor, lambda clients: clients.config.resources_by_id(PLACE, ["s1", "gone"]))
    assert found.is_complete
    (row,) = found.rows
    assert (row.resource_id, row.name, row.provider, row.type) == (Text("s1"), Text("web"), "ecs", "cloudservers")
    assert (row.region, row.project_id, row.status) == (HOME.region, HOME.id, "ACTIVE")
    assert row.tags == {Text("team"): Text("web")}
    assert row.updated is not None
    assert abs(row.updated - BORN) < timedelta(minutes=1)


def test_the_recorder_of_config(vendor: ReferenceServer) -> None:
    """It is off where the service knows none."""
    (recorder,) = read(vendor, lambda clients: clients.config.recorder()).rows
    assert recorder.is_on
    vendor.inventory.hold(replace(ESTATE, config=theirs.ConfigView(has_recorder=False)))
    found = read(vendor, lambda clients: clients.config.recorder())
    assert (found.rows, found.is_complete) == ((ConfigRecorder(is_on=False),), True)
    old = read(vendor, lambda clients: clients.config.resources_by_id(PLACE, ["s1"]))
    assert (old.rows, old.problem) == ((), fact("inventory_recorder_off"))


@pytest.mark.parametrize("operation", READS)
@pytest.mark.parametrize("form", some(FORMS, 6))
def test_every_failure_is_a_fact(vendor: ReferenceServer, operation: str, form: str) -> None:
    """Nothing raises, nothing is concluded, and a missing permission is named."""
    if form.startswith("rows are") and ".show_" in operation:
        pytest.skip("an answer without rows")
    if form == "rows are null" and operation.startswith("cce."):
        pytest.skip("an empty list, as Go writes it")
    hold(vendor, failures=(Failure(operation=operation, form=form),))
    for found in lists_in(read(vendor, READS[operation])):
        problem = found.problem
        if form == "object without rows" and operation == "rds.show_recycle_policy":
            assert found.rows == (RecycleBinPolicy(is_on=None),)
            continue
        assert problem is not None, form
        assert problem.code.startswith("inventory_")
        assert form in SPOILS or not found.rows
        if form in DENIALS:
            assert problem.code.startswith("inventory_no_permission")
            assert ":" in str(dict(problem.values)["action"])


@pytest.mark.parametrize("form", ["throttled", "throttled by ces", "broken", "not available", "dropped", "cut off"])
def test_a_passing_failure_costs_nothing(vendor: ReferenceServer, form: str) -> None:
    """It is repeated; the list is whole."""
    for operation in some(list(READS), 3):
        hold(vendor, failures=(Failure(operation=operation, form=form, times=2),))
        assert all(each.is_complete for each in lists_in(read(vendor, READS[operation])))


def test_rights_for_some_enterprise_projects(vendor: ReferenceServer) -> None:
    """CBR lists what the user may see; the others say that they do not allow it, or list a part."""
    hold(vendor, granted=frozenset({"ep1"}))
    assert [each.vault_id.raw for each in read(vendor, READS["cbr.list_vault"]).rows] == ["v2"]
    metrics = read(vendor, READS["ces.batch_list_metric_data"])
    assert metrics.problem == fact("inventory_no_permission", action="ces:metricData:list")
    hold(vendor, knows_all_granted=False)
    vaults = read(vendor, READS["cbr.list_vault"])
    assert len(vaults.rows) == 2
    assert vaults.problem == fact("inventory_some_projects")


@pytest.mark.parametrize("operation", ["cbr.list_vault", "cbr.list_backups", "rds.list_instances", "rds.list_backups"])
@pytest.mark.parametrize("difference", [1, -1])
def test_a_wrong_total_makes_a_list_partial(vendor: ReferenceServer, operation: str, difference: int) -> None:
    """There may be a row that was not seen."""
    hold(vendor, wrong_counts=((operation, difference),))
    for found in lists_in(read(vendor, READS[operation])):
        assert found.rows
        assert found.problem == fact("inventory_changed")


@pytest.mark.parametrize(
    ("operation", "change"),
    [
        ("cbr.list_vault", FieldChange(id="v1", field="resources", value=[{"id": 5}])),
        ("cbr.list_backups", FieldChange(id="k1", field="resource_id", value=ABSENT)),
        ("cbr.list_backups", FieldChange(id="k1", field="children", value={})),
        ("rds.list_instances", FieldChange(id="r1in01", field="related_instance", value="r2in01")),
        ("rds.list_backups", FieldChange(id="x2", field="type", value=None)),
        ("rds.list_backups", FieldChange(id="x2", field="instance_id", value="r3in01")),
        ("cce.list_clusters", FieldChange(id="c1", field="metadata", value=[])),
        ("cce.list_nodes", FieldChange(id="n1", field="status", value="Active")),
    ],
    ids=lambda value: value if isinstance(value, str) else value.field,
)
def test_an_unreadable_row_makes_its_list_partial(vendor: ReferenceServer, operation: str, change: FieldChange) -> None:
    """It costs itself and what the list would say about others; the rest is kept."""
    hold(vendor, field_changes=(change,))
    (found,) = lists_in(read(vendor, READS[operation]))
    assert found.problem == fact("inventory_rows_unreadable", count=1)
    assert found.rows


def test_a_hundred_resources_in_five_regions_take_few_calls(vendor: ReferenceServer) -> None:
    """The calls of these services for 40 servers, 30 disks, 15 EIPs and 10 databases are about half of a hundred."""
    projects = [theirs.Project(id=f"{n:032x}", region=f"cn-east-{n}") for n in range(1, 6)]
    databases = [theirs.Database(id=f"r{n}in01", project_id=projects[n % 5].id) for n in range(10)]
    vendor.inventory.hold(theirs.Estate(projects=tuple(projects), databases=tuple(databases)))
    servers = [Server(server_id=Text(f"s{n}")) for n in range(8)]
    disks = [
        Disk(disk_id=Text(f"d{n}"), attachments=(DiskAttachment(server_id=Text(f"s{n}"), device="/dev/vda"),))
        for n in range(6)
    ]
    eips = [Eip(eip_id=Text(f"e{n}"), bandwidth_id=Text(f"b{n}"), device_id=Text(f"s{n}")) for n in range(3)]

    async def reading(clients: InventoryClients) -> None:
        await clients.config.recorder()
        for project in projects:
            place = ProjectRegion(project.region, project.id)
            await clients.cbr.vaults(place)
            await clients.cbr.backups(place, [each.server_id.raw for each in servers])
            found = await clients.rds.instances(place)
            await clients.rds.backups(place, [each.database_id.raw for each in found.rows])
            await clients.rds.recycle_bin(place)
            await clients.ces.daily_metrics(
                place, MetricTargets(servers=servers, disks=disks, databases=found.rows, eips=eips)
            )

    read(vendor, reading)
    assert calls(vendor) == {
        "rms.show_tracker_config": 1,
        "cbr.list_vault": 5,
        "cbr.list_backups": 5,
        "rds.list_instances": 5,
        "rds.list_backups": 10,
        "rds.show_recycle_policy": 5,
        "ces.batch_list_metric_data": 15,
    }
