"""Backups of servers and disks: each statement, and each trap that would let a resource look backed up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.inventory.builders import (
    DISK,
    EIP,
    NOW,
    OTHER_PROJECT,
    OTHER_REGION,
    PLACE,
    SERVER,
    VAULT,
    findings,
    listed,
    resource,
    text,
)
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.finding import Finding, FindingState
from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.inventory.resource_findings import NewestBackup, ResourceFindings, StayingResource
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import (
    Backup,
    Disk,
    DiskAttachment,
    Replication,
    Server,
    ServerDisk,
    Vault,
    VaultResource,
)
from unsub_tui.domain.resource import ExpirePolicy, Resource, Status

KNOWN, NONE_SEEN, UNKNOWN = FindingState.KNOWN, FindingState.NONE_SEEN, FindingState.UNKNOWN

WEB, DATA = resource(SERVER, "web"), resource(DISK, "data")
YESTERDAY, LAST_WEEK, LAST_YEAR = (NOW - timedelta(days=days) for days in (1, 7, 365))

OF_SERVER = Backup(
    backup_id=text("b-web"), resource_id=text("web"), status="available", created=YESTERDAY, vault_id=text("v")
)
NAMED = replace(OF_SERVER, child_disk_ids=("data",))
OF_DISK = replace(OF_SERVER, backup_id=text("b-data"), resource_id=text("data"))
OLDER = replace(OF_DISK, backup_id=text("b-old"), created=LAST_WEEK)
PROTECTED = Vault(vault_id=text("v"), name=text("Vault"), status="available", charging=Charging.PAY_PER_USE)
PROTECTED = replace(PROTECTED, resources=(VaultResource(resource_id=text("web")),))
WEB_ROW = Server(server_id=text("web"), disks=(ServerDisk(disk_id=text("data")),))
DATA_ROW = Disk(
    disk_id=text("data"),
    status="in-use",
    attachments=(DiskAttachment(server_id=text("web"), attached=LAST_YEAR),),
)


def lists(*backups: Backup, vault: Vault | None = PROTECTED, disk: Disk = DATA_ROW) -> PlaceLists:
    """Return a project with a server, its disk, a vault and these backups."""
    vaults = () if vault is None else (vault,)
    return PlaceLists(
        place=PLACE,
        servers=listed(WEB_ROW),
        disks=listed(disk),
        vaults=listed(*vaults),
        backups=listed(*backups),
    )


def value(finding: Finding[NewestBackup] | None) -> NewestBackup:
    """Return the backup of a known finding."""
    assert finding is not None
    assert finding.value is not None
    return finding.value


def state(finding: Finding[NewestBackup] | None) -> tuple[FindingState, str]:
    """Return the state of a finding and the code of its reason."""
    assert finding is not None
    return finding.state, finding.reason.code if finding.reason is not None else ""


def codes(finding: Finding[NewestBackup] | None) -> list[str]:
    """Return the codes of the dangers of a backup."""
    return [each.code for each in value(finding).dangers]


def test_the_newest_backup_of_a_disk() -> None:
    """The newest usable backup counts, be it of the disk or of its server."""
    found = findings(lists(OLDER, OF_DISK), DATA)
    assert value(found.newest_backup) == NewestBackup(
        backup_id=text("b-data"),
        kind="disk",
        created=YESTERDAY,
        vault_id=text("v"),
        vault_name=text("Vault"),
        project_id="project",
    )
    assert found.lasting_backup == found.newest_backup
    assert value(findings(lists(OLDER, NAMED), DATA).newest_backup).kind == "server"
    assert value(findings(lists(OLDER, NAMED), DATA).newest_backup).is_usable


def test_the_newest_backup_of_a_server() -> None:
    """A backup of the server's disk is none of the server."""
    found = findings(lists(NAMED, replace(OF_DISK, created=NOW)), WEB)
    assert (value(found.newest_backup).backup_id, value(found.newest_backup).kind) == (text("b-web"), "server")
    assert value(found.newest_backup).is_usable
    assert state(findings(lists(OF_DISK), WEB).newest_backup) == (NONE_SEEN, "")


def test_no_backup_seen() -> None:
    """Only if the disk's own backups and those of its servers were read completely, in each project of the region."""

    def seen(places: PlaceLists | list[PlaceLists], *more: Resource) -> FindingState:
        return state(findings(places, DATA, *more).newest_backup)[0]

    nothing = lists()
    not_allowed = ServiceList[Backup](PLACE, problem=fact("permission_needed", name="cbr:backups:list", identity=""))
    assert seen(nothing) is NONE_SEEN
    assert seen(replace(nothing, backups=None)) is UNKNOWN
    assert seen(replace(nothing, backups=not_allowed)) is UNKNOWN
    assert seen(replace(nothing, backups=replace(listed(), problem=fact("inventory_partial", count=1)))) is UNKNOWN
    assert seen(replace(nothing, disks=None)) is UNKNOWN  # which servers it is attached to
    # Another project of the region may hold it.
    neighbor = resource(EIP, "other", place=OTHER_PROJECT)
    assert seen(nothing, neighbor) is UNKNOWN
    assert seen([nothing, PlaceLists(place=OTHER_PROJECT, backups=listed(place=OTHER_PROJECT))], neighbor) is NONE_SEEN
    # A vault that exists but is not seen: this user does not see everything.
    assert seen(nothing, resource(VAULT, "hidden")) is UNKNOWN
    assert seen(nothing, resource(SERVER, "hidden")) is UNKNOWN
    assert seen(nothing, resource(DISK, "hidden")) is UNKNOWN


def test_backups_read_for_single_resources() -> None:
    """Where a project has too many backups, the disk and each of its servers must have been asked for."""
    each: dict[str, ServiceList[Backup]] = {"data": listed(), "web": listed()}
    assert state(findings(replace(lists(), backups=None, backups_of=each), DATA).newest_backup)[0] is NONE_SEEN
    alone: dict[str, ServiceList[Backup]] = {"data": listed()}
    assert state(findings(replace(lists(), backups=None, backups_of=alone), DATA).newest_backup)[0] is UNKNOWN
    found = {"data": listed(), "web": listed(OF_SERVER)}
    assert value(findings(replace(lists(), backups=None, backups_of=found), DATA).newest_backup).kind == "server"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "error"}, "inventory_backup_failed"),
        ({"status": "deleting"}, "inventory_backup_failed"),
        ({"status": "protecting"}, "inventory_backup_in_progress"),
        ({"expires": NOW - timedelta(hours=1)}, "inventory_backup_expired"),
    ],
)
def test_a_backup_that_cannot_be_used(changes: dict[str, object], code: str) -> None:
    """Only an available, unexpired backup counts; one that cannot be used is named in the place of none."""
    broken = replace(OF_DISK, **changes)  # type: ignore[arg-type]
    assert state(findings(lists(broken), DATA).newest_backup) == (NONE_SEEN, code)
    assert state(findings(lists(broken), DATA).lasting_backup) == (NONE_SEEN, code)
    assert value(findings(lists(broken, OLDER), DATA).newest_backup).backup_id == text("b-old")


def test_a_later_backup_that_failed() -> None:
    """The newest usable backup says that a later one failed, and stays usable."""
    found = findings(lists(replace(OF_DISK, status="error"), OLDER), DATA)
    assert codes(found.newest_backup) == ["inventory_later_backup_failed"]
    assert value(found.newest_backup).is_usable
    assert codes(findings(lists(OF_DISK, replace(OLDER, status="error")), DATA).newest_backup) == []


def test_a_backup_without_a_time() -> None:
    """Whether it is the newest one is unknown, so there is not "none" either."""
    found = findings(lists(replace(OF_DISK, created=None)), DATA)
    assert state(found.newest_backup) == (UNKNOWN, "inventory_backup_time_unread")


@pytest.mark.parametrize(
    ("days", "code", "is_usable"),
    [(3, "inventory_backup_expires_soon", False), (20, "inventory_backup_expires_later", True), (90, "", True)],
)
def test_a_backup_that_expires(days: int, code: str, is_usable: bool) -> None:  # noqa: FBT001 - a case
    """A backup of some days is no lasting copy; an older one that lasts is what guards rely on."""
    expiring = replace(OF_DISK, expires=NOW + timedelta(days=days))
    found = findings(lists(expiring, OLDER), DATA)
    assert codes(found.newest_backup) == ([code] if code else [])
    assert value(found.newest_backup).is_usable is is_usable
    assert value(found.lasting_backup).backup_id == text("b-data" if is_usable else "b-old")
    if not is_usable:
        assert state(findings(lists(expiring), DATA).lasting_backup) == (NONE_SEEN, code)


def test_an_expiry_that_cannot_be_read() -> None:
    """The backup may expire tomorrow."""
    found = findings(lists(replace(OF_DISK, has_expiry_unread=True)), DATA)
    assert codes(found.newest_backup) == ["inventory_backup_expiry_unread"]
    assert state(found.lasting_backup) == (UNKNOWN, "inventory_backup_expiry_unread")


def vault_found(*more: Resource, selected: str = "", vault: Vault = PROTECTED) -> ResourceFindings:
    """Return the findings about the disk if its backup is in this vault, which may be billed."""
    return findings(lists(OF_DISK, vault=vault), DATA, *more, selected={selected} - {""})


BILLED = resource(
    VAULT, "v", expire_time=NOW + timedelta(days=300), expire_policy=ExpirePolicy.GRACE_PERIOD, status=Status.IN_USE
)


def test_a_vault_that_is_selected_too() -> None:
    """The backups in a vault die with it, also if it is selected through its primary resource."""
    assert codes(vault_found(BILLED).newest_backup) == []
    assert codes(vault_found(BILLED, selected="v").newest_backup) == ["inventory_vault_selected"]
    assert state(vault_found(BILLED, selected="v").lasting_backup) == (NONE_SEEN, "inventory_vault_selected")
    bundled = replace(BILLED, parent_resource_id=text("flexus"), is_main_resource=False)
    flexus = resource(("hecs", "hecs"), "flexus")
    assert codes(vault_found(bundled, flexus).newest_backup) == []
    assert codes(vault_found(bundled, flexus, selected="flexus").newest_backup) == ["inventory_vault_selected"]


def test_a_vault_that_goes_with_the_resource() -> None:
    """A vault that is attached to the same primary resource is unsubscribed with it."""
    bundled = replace(BILLED, parent_resource_id=text("web"), is_main_resource=False)
    found = findings(lists(NAMED), WEB, bundled)
    assert codes(found.newest_backup) == ["inventory_vault_attached"]
    assert not value(found.newest_backup).is_usable
    disk = replace(DATA, parent_resource_id=text("web"), is_main_resource=False)
    assert codes(findings(lists(OF_DISK), disk, WEB, bundled).newest_backup) == ["inventory_vault_attached"]
    assert codes(findings(lists(OF_DISK), DATA, WEB, bundled).newest_backup) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"is_frozen": True}, "inventory_vault_frozen"),
        ({"status": "error"}, "inventory_vault_status"),
        ({"charging": Charging.YEARLY_MONTHLY}, "inventory_vault_expiry_unknown"),
    ],
)
def test_a_vault_in_a_bad_state(changes: dict[str, object], code: str) -> None:
    """A backup in such a vault cannot be relied on."""
    found = vault_found(vault=replace(PROTECTED, **changes))  # type: ignore[arg-type]
    assert codes(found.newest_backup) == [code]
    assert not value(found.newest_backup).is_usable


def test_a_full_vault() -> None:
    """It makes no new backups, but keeps the old ones."""
    found = vault_found(vault=replace(PROTECTED, used_mb=10 * 1024, size_gb=10))
    assert codes(found.newest_backup) == ["inventory_vault_full"]
    assert value(found.newest_backup).is_usable
    assert codes(vault_found(vault=replace(PROTECTED, used_mb=10 * 1024 - 1, size_gb=10)).newest_backup) == []


def test_a_yearly_monthly_vault_that_expires() -> None:
    """Its backups end with it, unless it renews by itself."""

    def found(days: int, policy: ExpirePolicy = ExpirePolicy.GRACE_PERIOD) -> tuple[list[str], bool]:
        billed = replace(BILLED, expire_time=NOW + timedelta(days=days), expire_policy=policy)
        newest = vault_found(billed, vault=replace(PROTECTED, charging=Charging.YEARLY_MONTHLY)).newest_backup
        return codes(newest), value(newest).is_usable

    assert found(3) == (["inventory_vault_expires_soon"], False)
    assert found(20) == (["inventory_vault_expires_later"], True)
    assert found(100) == ([], True)
    assert found(3, ExpirePolicy.AUTO_RENEW) == ([], True)
    frozen = vault_found(replace(BILLED, status=Status.FROZEN))
    assert codes(frozen.newest_backup) == ["inventory_vault_frozen"]
    unsure = vault_found(replace(BILLED, expire_time=None))
    assert codes(unsure.newest_backup) == ["inventory_vault_expiry_unknown"]


def test_a_vault_that_was_not_seen() -> None:
    """Nothing is known about its state, so guards do not rely on its backups."""
    found = findings(lists(OF_DISK, vault=None), DATA)
    assert codes(found.newest_backup) == ["inventory_vault_unread"]
    assert state(found.lasting_backup) == (UNKNOWN, "inventory_vault_unread")


def covered(
    backup: Backup = OF_SERVER, *more: Backup, disk: Disk = DATA_ROW, vault: Vault = PROTECTED
) -> tuple[FindingState, str]:
    """Return what is known about the disk if only its server has backups."""
    return state(findings(lists(backup, *more, vault=vault, disk=disk), DATA).newest_backup)


def protecting(**fields: object) -> Vault:
    """Return the vault with lists of included or excluded disks."""
    return replace(PROTECTED, resources=(replace(PROTECTED.resources[0], **fields),))  # type: ignore[arg-type]


PERHAPS = (UNKNOWN, "inventory_backup_perhaps_without_disk")
CHILD = replace(OF_SERVER, backup_id=text("b-child"), resource_id=text("data"), parent_id="b-web")


def test_a_disk_in_the_backup_of_its_server() -> None:
    """The row names the disk, or a row below it is of the disk; what the vault includes today proves nothing."""
    assert covered(vault=protecting(excluded_disks=("x",))) == PERHAPS
    assert covered(vault=protecting(excluded_disks=("data",))) == PERHAPS
    assert covered(vault=protecting(included_disks=("x",))) == PERHAPS
    assert covered(vault=protecting(included_disks=("data",))) == PERHAPS
    assert covered(vault=replace(PROTECTED, resources=())) == PERHAPS
    for attached in (None, NOW):
        later = DiskAttachment(server_id=text("web"), attached=attached)
        assert covered(disk=replace(DATA_ROW, attachments=(later,))) == PERHAPS
    # Whatever the vault includes today, the rows of the backup itself are certain.
    named = replace(OF_SERVER, child_disk_ids=("data", "x"))
    assert covered(named, vault=protecting(excluded_disks=("data",))) == (KNOWN, "")
    assert covered(replace(OF_SERVER, child_disk_ids=("x",))) == (NONE_SEEN, "inventory_backup_without_disk")
    assert covered(OF_SERVER, CHILD, vault=protecting(included_disks=("x",))) == (KNOWN, "")
    assert covered(OF_SERVER, replace(CHILD, status="error")) == (NONE_SEEN, "inventory_backup_failed")
    assert covered(OF_SERVER, replace(CHILD, resource_id=text("x"))) == PERHAPS


def test_a_backup_of_a_whole_server_that_names_no_disks() -> None:
    """It is said to be there, but its vault may have left disks out at the time: it is nothing to rely on."""
    of_disk = findings(lists(OF_SERVER, OLDER), DATA)
    assert codes(of_disk.newest_backup) == ["inventory_backup_disks_not_named"]
    assert not value(of_disk.newest_backup).is_usable
    assert value(of_disk.lasting_backup).backup_id == text("b-old")
    assert state(findings(lists(OF_SERVER), DATA).lasting_backup) == (UNKNOWN, "inventory_backup_disks_not_named")
    of_server = findings(lists(OF_SERVER), WEB)
    assert codes(of_server.newest_backup) == ["inventory_backup_disks_not_named"]
    assert state(of_server.lasting_backup) == (UNKNOWN, "inventory_backup_disks_not_named")


def test_a_disk_that_was_detached_since() -> None:
    """A backup of its former server that names it still holds it."""
    free = replace(DATA_ROW, status="available", attachments=())
    named = replace(OF_SERVER, child_disk_ids=("data",))
    found = findings(lists(named, disk=free), DATA)
    assert value(found.newest_backup).kind == "server"
    assert covered(OF_SERVER, disk=free) == (NONE_SEEN, "")


def test_a_part_of_a_servers_backup_ends_with_it() -> None:
    """Vault and expiry are those of the whole, and a broken whole proves nothing about its part."""
    whole = replace(OF_SERVER, expires=NOW + timedelta(days=2))
    part = replace(CHILD, vault_id=text(""), created=NOW)
    found = value(findings(lists(whole, part), DATA).newest_backup)
    assert (found.vault_id, found.expires, found.is_usable) == (text("v"), whole.expires, False)
    assert covered(replace(OF_SERVER, status="error"), part) == PERHAPS


def test_a_servers_backup_without_one_of_its_disks() -> None:
    """Disks that are deleted with the server and may not be in its backup are named; disks that stay do not count."""
    left_out = replace(OF_SERVER, child_disk_ids=("system",))
    found = findings(lists(left_out), WEB)
    assert value(found.newest_backup).dangers == (fact("inventory_backup_lacks_disks", count=1, ids="data"),)
    assert state(found.lasting_backup) == (NONE_SEEN, "inventory_backup_lacks_disks")
    assert codes(findings(lists(left_out), WEB, DATA).newest_backup) == []
    unsure = findings(lists(OF_SERVER, vault=protecting(excluded_disks=("x",))), WEB)
    assert codes(unsure.newest_backup) == ["inventory_backup_may_lack_disks"]
    assert state(unsure.lasting_backup) == (UNKNOWN, "inventory_backup_may_lack_disks")
    detached = replace(resource(DISK, "spare", parent="web"))
    assert codes(findings(lists(OF_SERVER), WEB, detached).newest_backup) == [
        "inventory_backup_may_lack_disks",
        "inventory_backup_disks_not_named",
    ]
    unread = findings(replace(lists(OF_SERVER), servers=None), WEB)
    assert codes(unread.newest_backup) == ["inventory_disks_unread"]


def test_copies_in_other_regions() -> None:
    """A recorded replication is not checked; a row that was read there is. No trace is no statement."""
    done, failed = Replication(region="q", status="success"), Replication(region="r", status="fail")
    recorded = findings(lists(replace(OF_DISK, replications=(done, failed))), DATA).backup_copies
    assert recorded is not None
    assert [(each.region, each.is_recorded_only) for each in recorded.value or ()] == [("q", True)]
    copy = replace(OF_DISK, is_replica=True)
    there = PlaceLists(place=OTHER_REGION, backups=listed(copy, place=OTHER_REGION))
    read = findings([lists(), there], DATA)
    assert read.backup_copies is not None
    assert [(each.region, each.is_recorded_only) for each in read.backup_copies.value or ()] == [
        (OTHER_REGION.region, False)
    ]
    assert state(read.newest_backup)[0] is NONE_SEEN
    other = PlaceLists(place=OTHER_REGION, backups=listed(OF_DISK, place=OTHER_REGION))
    assert findings([lists(), other], DATA).backup_copies is None
    assert findings(lists(OF_DISK), DATA).backup_copies is None


def test_backups_in_a_vault() -> None:
    """They are deleted with it; a part of a server's backup is not counted beside the whole."""

    def inside(places: PlaceLists) -> tuple[FindingState, int | None]:
        found = findings(places, BILLED).backups_inside
        assert found is not None
        return found.state, found.value

    elsewhere = replace(OF_DISK, backup_id=text("x"), vault_id=text("other"))
    assert inside(lists(OF_SERVER, CHILD, OLDER, elsewhere, replace(OF_DISK, status="error"))) == (KNOWN, 2)
    assert inside(lists(elsewhere)) == (NONE_SEEN, None)
    assert inside(replace(lists(), backups=None)) == (UNKNOWN, None)
    assert inside(replace(lists(), backups=replace(listed(OF_DISK), problem=fact("inventory_changed")))) == (
        UNKNOWN,
        None,
    )
    assert findings(lists(OF_DISK), DATA).backups_inside is None


def test_vaults_that_stay() -> None:
    """Vaults that protect a resource or hold its backups keep billing, unless they are unsubscribed from."""
    pay_per_use = StayingResource(
        resource_id=text("v"), kind="vault", charging=Charging.PAY_PER_USE, name=text("Vault")
    )

    def vaults(subject: Resource, *more: Resource, selected: str = "") -> Finding[tuple[StayingResource, ...]]:
        found = findings(lists(OF_DISK), subject, *more, selected={selected} - {""}).vaults
        assert found is not None
        return found

    assert vaults(WEB).value == (pay_per_use,)
    assert vaults(DATA).value == (pay_per_use,)
    assert vaults(DATA, BILLED).value == (replace(pay_per_use, charging=Charging.YEARLY_MONTHLY),)
    assert vaults(DATA, BILLED, selected="v").state is NONE_SEEN
    assert vaults(WEB, replace(BILLED, parent_resource_id=text("web"), is_main_resource=False)).state is NONE_SEEN
    unread = findings(replace(lists(), vaults=None), DATA).vaults
    assert unread is not None
    assert unread.state is UNKNOWN
    assert findings(lists(), resource(EIP, "e")).vaults is None
