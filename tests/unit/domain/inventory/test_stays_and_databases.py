"""What stays and keeps billing, databases and their backups, recycle bins and snapshots."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.inventory.builders import (
    BANDWIDTH,
    DATABASE,
    DISK,
    EIP,
    NOW,
    PLACE,
    SERVER,
    catalog_of,
    findings,
    listed,
    resource,
    text,
    texts,
)
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.finding import Finding, FindingState, Origin
from unsub_tui.domain.inventory.inventory import Inventory
from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.inventory.resource_findings import BinFinding, StayingResource
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import (
    Database,
    DatabaseBackup,
    DatabaseBackupKind,
    Disk,
    DiskAttachment,
    DiskSnapshot,
    Eip,
    RecycleBinPolicy,
    Server,
    ServerDisk,
)
from unsub_tui.domain.resource import Resource, Status

KNOWN, NONE_SEEN, UNKNOWN = FindingState.KNOWN, FindingState.NONE_SEEN, FindingState.UNKNOWN

ORIGIN = Origin("vpc:list_publicips", PLACE.region, NOW)
WEB, DATA, DB = resource(SERVER, "web"), resource(DISK, "data"), resource(DATABASE, "db")
WEB_ROW = Server(
    server_id=text("web"), disks=(ServerDisk(disk_id=text("data"), is_deleted_with_server=False),), status="ACTIVE"
)
DATA_ROW = Disk(
    disk_id=text("data"),
    status="in-use",
    charging=Charging.PAY_PER_USE,
    attachments=(DiskAttachment(server_id=text("web")),),
)
EIP_ROW = Eip(
    eip_id=text("e"), address=text("192.0.2.7"), device_id=text("web"), status="ACTIVE", charging=Charging.PAY_PER_USE
)


def project(server: Server = WEB_ROW, disk: Disk = DATA_ROW, *eips: Eip) -> PlaceLists:
    """Return a project with a server, a disk and EIPs."""
    return PlaceLists(place=PLACE, servers=listed(server), disks=listed(disk), eips=listed(*eips))


def stays(lists: PlaceLists, *resources: Resource, selected: str = "") -> Finding[tuple[StayingResource, ...]]:
    """Return what stays of the first resource."""
    found = findings(lists, *resources, selected={selected} - {""}).stays_behind
    assert found is not None
    return found


def staying(finding: Finding[tuple[StayingResource, ...]]) -> list[tuple[str, str, str, bool]]:
    """Return the staying resources in short."""
    assert finding.value is not None
    return [(each.kind, each.resource_id.raw, each.charging.value, each.is_deleted_perhaps) for each in finding.value]


def test_disks_that_stay() -> None:
    """A disk without a subscription stays and bills, one of its own stays subscribed, an attached one is deleted."""
    lists = project()
    assert staying(stays(lists, WEB)) == [("disk", "data", "pay_per_use", False)]
    assert staying(stays(lists, WEB, DATA)) == [("disk", "data", "yearly_monthly", False)]
    assert stays(lists, WEB, DATA, selected="data").state is NONE_SEEN
    assert stays(lists, WEB, resource(DISK, "data", parent="web")).state is NONE_SEEN
    of_other = resource(DISK, "data", parent="other")
    assert staying(stays(lists, WEB, of_other, resource(SERVER, "other", status=4))) == [
        ("disk", "data", "yearly_monthly", False)
    ]
    assert staying(stays(lists, WEB, of_other)) == [("disk", "data", "yearly_monthly", True)]
    closed = resource(DISK, "data", parent="web", status=Status.CLOSED)
    assert staying(stays(lists, WEB, closed)) == [("disk", "data", "pay_per_use", False)]


@pytest.mark.parametrize("flag", [True, None])
def test_a_disk_that_may_be_deleted(flag: bool | None) -> None:  # noqa: FBT001 - a case
    """The flag of plain deletion, and an order that the list does not have, leave it open what happens to a disk."""
    flagged = replace(WEB_ROW, disks=(ServerDisk(disk_id=text("data"), is_deleted_with_server=flag),))
    assert staying(stays(project(flagged), WEB)) == [("disk", "data", "pay_per_use", True)]
    ordered = replace(DATA_ROW, charging=Charging.YEARLY_MONTHLY)
    assert staying(stays(project(WEB_ROW, ordered), WEB)) == [("disk", "data", "yearly_monthly", True)]


def test_eips_and_bandwidths_that_stay() -> None:
    """An EIP without a subscription stays and bills; the shared bandwidth that it is in bills independently."""
    assert staying(stays(project(WEB_ROW, DATA_ROW, EIP_ROW), WEB, DATA, selected="data")) == [
        ("eip", "e", "pay_per_use", False)
    ]
    sharing = replace(
        EIP_ROW,
        bandwidth_id=text("b"),
        is_bandwidth_shared=True,
        bandwidth_charging=Charging.PAY_PER_USE,
        charging=Charging.YEARLY_MONTHLY,
    )
    lists = project(WEB_ROW, DATA_ROW, sharing)
    billed, bandwidth = resource(EIP, "e", parent="b"), resource(BANDWIDTH, "b")
    assert staying(stays(lists, WEB, DATA, billed, bandwidth))[1:] == [("eip", "e", "yearly_monthly", False)]
    assert staying(stays(lists, WEB, DATA, billed, bandwidth, selected="b")) == [
        ("disk", "data", "yearly_monthly", False)
    ]

    def bandwidths(*resources: Resource, lists: PlaceLists = lists, selected: str = "") -> object:
        found = findings(lists, *resources, selected={selected} - {""}).shared_bandwidths
        assert found is not None
        return staying(found) if found.is_known else found.state

    assert bandwidths(WEB, billed, bandwidth) == [("bandwidth", "b", "yearly_monthly", False)]
    assert bandwidths(resource(EIP, "e"), WEB) == [("bandwidth", "b", "pay_per_use", False)]
    assert bandwidths(WEB, billed, bandwidth, selected="b") is NONE_SEEN
    assert bandwidths(resource(EIP, "e"), WEB, lists=project(WEB_ROW, DATA_ROW, EIP_ROW)) is NONE_SEEN
    assert bandwidths(WEB, lists=replace(lists, eips=None)) is UNKNOWN
    of_database = replace(sharing, device_id=text(""), vnic_instance_type="RDS", vnic_instance_id=text("db"))
    assert bandwidths(DB, lists=replace(databases(), eips=listed(of_database))) == [
        ("bandwidth", "b", "pay_per_use", False)
    ]
    assert findings(lists, DATA).shared_bandwidths is None


def test_what_stays_is_unknown() -> None:
    """Unless the server, each of its disks and the EIPs were read; what was seen is named."""
    not_allowed = fact("inventory_no_permission", action="vpc:publicIps:list")
    lists = replace(project(), eips=ServiceList(PLACE, problem=not_allowed))
    found = stays(lists, WEB)
    assert (found.state, found.reason) == (
        UNKNOWN,
        fact("inventory_stays_at_least", count=1, ids="data", reason=not_allowed),
    )
    assert stays(lists, WEB, resource(DISK, "data", parent="web")).reason == not_allowed
    two = replace(WEB_ROW, disks=(*WEB_ROW.disks, ServerDisk(disk_id=text("hidden"))))
    assert stays(project(two), WEB).state is UNKNOWN
    for name in ("servers", "disks", "eips"):
        assert stays(replace(project(), **{name: None}), WEB).state is UNKNOWN  # type: ignore[arg-type]
    catalog = catalog_of([WEB])
    catalog.rows_at_risk = 1
    risky = Inventory(catalog, [project()], now=NOW).findings_of(WEB).stays_behind
    assert risky is not None
    assert risky.state is UNKNOWN
    assert findings(project(), DATA).stays_behind is None
    goes = resource(DISK, "data", parent="web")
    assert stays(project(), WEB, goes).state is NONE_SEEN
    assert stays(project(), WEB, goes, resource(DISK, "hidden")).reason == fact("inventory_partial", count=1)


def test_a_query_by_ids_covers_the_servers_that_were_asked_about() -> None:
    """EIPs are asked for by server: an empty answer says nothing about other servers."""
    attached = resource(DISK, "data", parent="web")
    lists = replace(project(), eips=ServiceList(PLACE, (), ORIGIN, asked_ids=frozenset({"web"})))
    assert stays(lists, WEB, attached).state is NONE_SEEN
    other = replace(lists, servers=listed(WEB_ROW, Server(server_id=text("other"))))
    assert stays(other, resource(SERVER, "other"), WEB).state is UNKNOWN


DB_ROW = Database(database_id=text("db"), engine="MySQL", status="ACTIVE", type="Ha")
MANUAL = DatabaseBackup(
    backup_id=text("m"), database_id=text("db"), kind=DatabaseBackupKind.MANUAL, status="COMPLETED", created=NOW
)
AUTOMATIC = replace(MANUAL, backup_id=text("a"), kind=DatabaseBackupKind.AUTOMATIC)


def databases(*backups: DatabaseBackup, row: Database = DB_ROW, others: tuple[Database, ...] = ()) -> PlaceLists:
    """Return a project with a database and its backups."""
    return PlaceLists(
        place=PLACE, databases=listed(row, *others), eips=listed(), backups_of_database={"db": listed(*backups)}
    )


def test_manual_and_automatic_backups_of_a_database() -> None:
    """Manual backups stay and are relied on; automatic ones are deleted with the database."""
    older = replace(MANUAL, backup_id=text("o"), created=NOW - timedelta(days=1))
    found = findings(databases(older, MANUAL, AUTOMATIC), DB)
    assert found.newest_backup is not None
    assert found.newest_backup.value is not None
    assert (found.newest_backup.value.backup_id.raw, found.newest_backup.value.is_usable) == ("m", True)
    assert found.lasting_backup == found.newest_backup
    assert found.automatic_backup is not None
    assert found.automatic_backup.value is not None
    assert not found.automatic_backup.value.is_usable
    assert [each.code for each in found.automatic_backup.value.dangers] == ["inventory_deleted_with_database"]
    assert findings(databases(AUTOMATIC), DB).lasting_backup == findings(databases(), DB).lasting_backup
    assert findings(databases(MANUAL), resource(DATABASE, "db.marketimage")).newest_backup == found.newest_backup


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        (databases(), (NONE_SEEN, "")),
        (databases(replace(MANUAL, status="FAILED")), (NONE_SEEN, "inventory_backup_failed")),
        (databases(replace(MANUAL, created=None)), (UNKNOWN, "inventory_backup_time_unread")),
        (databases(row=replace(DB_ROW, engine="MariaDB")), (UNKNOWN, "inventory_engine_not_covered")),
        (databases(row=replace(DB_ROW, engine="PostgreSQL")), (NONE_SEEN, "")),
        (replace(databases(), backups_of_database={}), (UNKNOWN, "inventory_not_read")),
        (replace(databases(), databases=None), (UNKNOWN, "inventory_not_read")),
        (
            replace(
                databases(), backups_of_database={"db": ServiceList(PLACE, problem=fact("inventory_failed", code="x"))}
            ),
            (UNKNOWN, "inventory_failed"),
        ),
    ],
)
def test_no_manual_backup_seen(lists: PlaceLists, expected: tuple[FindingState, str]) -> None:
    """Only for engines whose backups the service lists, and only if they were read."""
    found = findings(lists, DB).newest_backup
    assert found is not None
    assert (found.state, found.reason.code if found.reason else "") == expected


def test_manual_backups_and_eips_of_a_database_stay() -> None:
    """They keep billing; automatic and failed backups do not count."""
    eip = replace(EIP_ROW, device_id=text(""), vnic_instance_type="RDS", vnic_instance_id=text("db"))
    lists = replace(
        databases(MANUAL, replace(MANUAL, backup_id=text("m2")), AUTOMATIC, replace(MANUAL, status="FAILED")),
        eips=listed(eip),
    )
    found = stays(lists, DB)
    assert staying(found) == [
        ("eip", "e", "pay_per_use", False),
        ("manual_backups", "db", "pay_per_use", False),
    ]
    assert found.value is not None
    assert found.value[1].count == 2
    assert stays(databases(AUTOMATIC), DB).state is NONE_SEEN
    for name, nothing in (("backups_of_database", {}), ("eips", None), ("databases", None)):
        assert stays(replace(databases(), **{name: nothing}), DB).state is UNKNOWN  # type: ignore[arg-type]


def test_replicas() -> None:
    """Replicas are those that the database names and those that name it; a replica names its primary."""
    row = replace(DB_ROW, replica_ids=texts("r1"))
    listed_one = Database(database_id=text("r1"), name=text("Reader"), type="Replica", replica_of=text("db"))
    other = replace(listed_one, database_id=text("r2"), name=text(""))
    lists = databases(row=row, others=(listed_one, other))
    found = findings(lists, DB, selected={"r2"})
    assert found.replicas is not None
    assert [(each.resource_id.raw, each.name.raw, each.is_selected) for each in found.replicas.value or ()] == [
        ("r1", "Reader", False),
        ("r2", "", True),
    ]
    assert found.replica_of is None
    reader = findings(lists, resource(DATABASE, "r1"))
    assert reader.replica_of is not None
    assert reader.replica_of.value is not None
    assert reader.replica_of.value.resource_id == text("db")
    lonely = findings(databases(), DB).replicas
    assert lonely is not None
    assert lonely.state is NONE_SEEN
    lost = databases(others=(replace(listed_one, replica_of=text("")),))
    unclear = findings(lost, resource(DATABASE, "r1")).replica_of
    assert unclear is not None
    assert unclear.state is UNKNOWN


def test_snapshots() -> None:
    """Snapshots are counted, without those that backups made; they are no backups."""
    own = DiskSnapshot(snapshot_id=text("s"), disk_id=text("data"))
    of_backup = replace(own, snapshot_id=text("t"), is_of_backup=True)
    lists = replace(project(), snapshots=listed(own, of_backup), backups=listed(), vaults=listed())
    found = findings(lists, DATA, WEB)
    assert found.snapshots is not None
    assert found.snapshots.value == 1
    assert found.newest_backup is not None
    assert found.newest_backup.state is NONE_SEEN
    none = findings(replace(lists, snapshots=listed(of_backup)), DATA, WEB).snapshots
    assert none is not None
    assert none.state is NONE_SEEN
    cut = replace(listed(own), problem=fact("inventory_changed"))
    unsure = findings(replace(lists, snapshots=cut), DATA, WEB).snapshots
    assert unsure is not None
    assert unsure.state is UNKNOWN
    limited = findings(lists, DATA, WEB, resource(DISK, "hidden")).snapshots
    assert limited is not None
    assert limited.state is UNKNOWN


WEEK = timedelta(days=7)
ON = RecycleBinPolicy(is_on=True, min_age=WEEK, kept=WEEK)


OLD_WEB = replace(WEB_ROW, created=NOW - 2 * WEEK)


def in_bin(policy: RecycleBinPolicy | None, subject: Resource = WEB, server: Server = OLD_WEB) -> Finding[BinFinding]:
    """Return what the recycle bin does with the server, the disk or the database."""
    rule = listed() if policy is None else listed(policy)
    lists = replace(
        project(server),
        server_bin=rule,
        disk_bin=rule,
        database_bin=rule,
        databases=listed(replace(DB_ROW, created=NOW)),
    )
    found = findings(lists, subject).recycle_bin
    assert found is not None
    return found


def test_the_recycle_bin_by_its_policy() -> None:
    """Kept if the policy is on, the resource old enough and in a normal state; a bin that is off keeps nothing."""
    assert in_bin(ON).value == BinFinding(is_kept=True, kept=WEEK)
    assert in_bin(replace(ON, is_on=False)).value == BinFinding(is_kept=False)
    assert in_bin(ON, server=replace(OLD_WEB, created=NOW - WEEK / 2)).value == BinFinding(is_kept=False, min_age=WEEK)
    assert in_bin(RecycleBinPolicy(is_on=True, kept=WEEK), DB).value == BinFinding(is_kept=True, kept=WEEK)


@pytest.mark.parametrize(
    ("policy", "subject", "server"),
    [
        (None, WEB, OLD_WEB),
        (replace(ON, is_on=None), WEB, OLD_WEB),
        (replace(ON, min_age=None), WEB, OLD_WEB),
        (ON, WEB, replace(OLD_WEB, is_frozen=True)),
        (ON, WEB, replace(OLD_WEB, status="ERROR")),
        (ON, WEB, replace(OLD_WEB, has_task=True)),
        (ON, WEB, replace(OLD_WEB, charging=Charging.SPOT)),
        (ON, WEB, replace(OLD_WEB, created=None)),
        (ON, replace(WEB, status=Status.FROZEN), OLD_WEB),
        (ON, DATA, OLD_WEB),
    ],
)
def test_the_recycle_bin_is_unknown(policy: RecycleBinPolicy | None, subject: Resource, server: Server) -> None:
    """A policy, an age or a state that is not known leaves it open; the row of the disk has no age."""
    assert in_bin(policy, subject, server).state is UNKNOWN


def test_a_recycle_bin_that_was_not_read() -> None:
    """It is unknown, not absent; disks that are deleted with their server have none of their own."""
    found = findings(project(), WEB).recycle_bin
    assert found is not None
    assert found.state is UNKNOWN
    denied = ServiceList[RecycleBinPolicy](PLACE, problem=fact("inventory_failed", code="EVS.2106"))
    unread = findings(replace(project(), disk_bin=denied), DATA, WEB).recycle_bin
    assert unread is not None
    assert unread.reason == denied.problem
    assert findings(project(), resource(DISK, "data", parent="web"), WEB).recycle_bin is None
    assert findings(project(), resource(EIP, "e")).recycle_bin is None
