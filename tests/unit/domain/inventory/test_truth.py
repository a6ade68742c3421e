"""Every statement about a generated account is true, whatever the user may see of it; else it is unknown.

The checks read the account itself, not the lists, and share no code with the conclusions.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.effort import by_effort
from tests.unit.domain.inventory.builders import NOW, catalog_of
from tests.unit.domain.inventory.worlds import PERIOD, View, World, views, worlds
from unsub_tui.domain.inventory.finding import Finding, FindingState
from unsub_tui.domain.inventory.inventory import Inventory, place_of
from unsub_tui.domain.inventory.resource_findings import NewestBackup, ResourceFindings, RunState
from unsub_tui.domain.inventory.service_rows import (
    Backup,
    Bandwidth,
    ClusterNode,
    Database,
    DatabaseBackup,
    DatabaseBackupKind,
    Disk,
    DiskSnapshot,
    Eip,
    RecycleBinPolicy,
    Server,
    Vault,
)
from unsub_tui.domain.resource import ExpirePolicy, Resource, Status

WEEK = timedelta(days=7)
NONE_SEEN = FindingState.NONE_SEEN


@settings(max_examples=by_effort(40, 2000, 20000), deadline=None)
@given(st.data())
def test_every_statement_is_true(data: st.DataObject) -> None:
    """Generated accounts, permissions, failures and hidden rows."""
    world = data.draw(worlds())
    view = data.draw(views(world))
    main = [each.id for each in world.billed if each.is_main_resource]
    selected = frozenset(data.draw(st.sets(st.sampled_from(main))))
    inventory = Inventory(catalog_of(world.billed), view.places, now=NOW)
    for each in world.billed:
        found = inventory.findings_of(each, selected)
        Judge(world, view, each, selected).check(found)


@settings(max_examples=by_effort(20, 500, 5000), deadline=None)
@given(st.data())
def test_with_all_permissions_states_are_known(data: st.DataObject) -> None:
    """A user who sees everything is told what the services say."""
    world = data.draw(worlds())
    view = data.draw(views(world, is_full=True))
    inventory = Inventory(catalog_of(world.billed), view.places, now=NOW)
    for each in world.billed:
        found = inventory.findings_of(each)
        judge = Judge(world, view, each, frozenset())
        judge.check(found)
        server, disk = judge.server, judge.disk
        if server is not None and not server.has_task:
            assert found.run_state is not None
            assert found.run_state.is_known
        if disk is not None and disk.status in ("in-use", "available"):
            assert found.attached_to is not None
            assert found.attached_to.state is not FindingState.UNKNOWN
        if server is not None or disk is not None:
            assert found.stays_behind is None or found.stays_behind.state is not FindingState.UNKNOWN
            expected = judge.plain_backups()
            if expected:
                assert found.lasting_backup is not None
                assert found.lasting_backup.is_known


class Judge:
    """Compares the statements about a resource with the account."""

    def __init__(self, world: World, view: View, subject: Resource, selected: frozenset[str]) -> None:
        self.world, self.view, self.subject, self.selected = world, view, subject, selected
        self.id = subject.id
        self.server = next((each for each in world.all("servers", Server) if each.server_id.raw == self.id), None)
        self.disk = next((each for each in world.all("disks", Disk) if each.disk_id.raw == self.id), None)
        self.database = next(
            (each for each in world.all("databases", Database) if each.database_id.raw == self.id), None
        )

    def check(self, found: ResourceFindings) -> None:
        """Assert that all statements are true."""
        self.check_states(found)
        self.check_bindings(found)
        self.check_backup(found.newest_backup)
        self.check_backup(found.lasting_backup)
        if found.lasting_backup is not None and found.lasting_backup.value is not None:
            assert found.lasting_backup.value.is_usable
        self.check_database(found)
        self.check_stays(found)
        self.check_bin(found)
        self.check_activity(found)

    def check_states(self, found: ResourceFindings) -> None:
        """Run states, tags, snapshots, clusters."""
        if self.server is not None and found.run_state is not None and found.run_state.value is not None:
            states = {"ACTIVE": RunState.RUNNING, "SHUTOFF": RunState.STOPPED}
            assert not self.server.has_task
            assert found.run_state.value.state is states.get(self.server.status, RunState.OTHER)
        row = self.server or self.disk or self.database or self._eip()
        if row is not None and found.tags is not None and found.tags.state is not FindingState.UNKNOWN:
            assert row.tags is not None
            assert (found.tags.value or {}) == row.tags
        if found.snapshots is not None and found.snapshots.state is not FindingState.UNKNOWN:
            own = [each for each in self.world.all("snapshots", DiskSnapshot) if each.disk_id.raw == self.id]
            shown = [each for each in own if not each.is_of_backup]
            assert (found.snapshots.value or 0) <= len(shown)
            if self.is_complete("snapshots"):
                assert (found.snapshots.value or 0) == len(shown)
        if found.cluster is not None and found.cluster.state is not FindingState.UNKNOWN:
            nodes = self.world.all("nodes_of_cluster cluster-0", ClusterNode)
            is_node = self.id in {each.server_id.raw for each in nodes}
            if found.cluster.is_known or self.is_complete("nodes_of_cluster cluster-0"):
                assert found.cluster.is_known == is_node

    def check_bindings(self, found: ResourceFindings) -> None:
        """Attachments of disks, bindings of EIPs, other users of both."""
        if self.disk is not None and found.attached_to is not None:
            servers = [each.server_id.raw for each in self.disk.attachments]
            if found.attached_to.value is not None:
                assert [each.resource_id.raw for each in found.attached_to.value] == servers != []
            if found.attached_to.state is NONE_SEEN:
                assert (servers, self.disk.status) == ([], "available")
        self.check_binding_of_eip(found)
        self.check_sharing(found)

    def check_binding_of_eip(self, found: ResourceFindings) -> None:
        """The instance of an EIP."""
        eip = self._eip()
        if eip is not None and found.bound_to is not None:
            if found.bound_to.value is not None:
                assert found.bound_to.value.resource_id == eip.device_id
            if found.bound_to.state is NONE_SEEN:
                assert (eip.device_id.raw, eip.status) == ("", "DOWN")

    def check_sharing(self, found: ResourceFindings) -> None:
        """Other users of disks and bandwidths."""
        if found.shared_with is not None and found.shared_with.value is not None:
            for each in found.shared_with.value:
                assert each.is_selected == self.is_selected(each.resource_id.raw)
                assert each.resource_id.raw in self._sharers()
        if self.server is None and found.shared_with is not None and found.shared_with.state is NONE_SEEN:
            assert self.disk is None or len(self.disk.attachments) < 2

    def _sharers(self) -> set[str]:
        bandwidths = self.world.all("bandwidths", Bandwidth)
        eips = {eip.raw for each in bandwidths if each.bandwidth_id.raw == self.id for eip in each.eip_ids}
        disks = [
            each
            for each in self.world.all("disks", Disk)
            if self.id in (each.disk_id.raw, *(mount.server_id.raw for mount in each.attachments))
        ]
        return eips | {mount.server_id.raw for each in disks for mount in each.attachments}

    def _eip(self) -> Eip | None:
        return next((each for each in self.world.all("eips", Eip) if each.eip_id.raw == self.id), None)

    def is_complete(self, name: str) -> bool:
        """Return whether the user was shown all rows of a list in the project of the resource."""
        return (place_of(self.subject), name) in self.view.complete

    def is_selected(self, resource_id: str) -> bool:
        """Return whether a resource is unsubscribed from, itself or with its primary resource."""
        row = self.world.billed_row(resource_id)
        return resource_id in self.selected or (row is not None and row.parent_resource_id.raw in self.selected)

    def check_backup(self, finding: Finding[NewestBackup] | None) -> None:
        """Check a backup in a vault, or that none was seen."""
        if finding is None or (self.server is None and self.disk is None):
            return
        backups = {each.backup_id.raw: each for each in self.world.all("backups", Backup)}
        holding = [each for key, each in backups.items() if self.id in self.world.holds[key] and _is_alive(each)]
        if finding.value is not None:
            row = backups[finding.value.backup_id.raw]
            is_doubted = any(each.code == "inventory_backup_disks_not_named" for each in finding.value.dangers)
            assert row in holding or is_doubted
            assert finding.value.created == row.created
            if finding.value.is_usable:
                assert row in holding
                self.check_usable(row)
        if finding.state is NONE_SEEN and finding.reason is None:
            region = self.subject.region_code.raw
            names = [(each.place, "backups") for each in self.view.places if each.place.region == region]
            if all(each in self.view.complete for each in names):
                assert [each for each in holding if self._is_in_region(each)] == []

    def _is_in_region(self, row: Backup) -> bool:
        region = self.subject.region_code.raw
        return any(
            row in lists.get("backups", ()) for place, lists in self.world.rows.items() if place.region == region
        )

    def check_usable(self, row: Backup) -> None:
        """A usable backup outlives the resource, and holds every disk that is deleted with a server."""
        assert not row.has_expiry_unread
        assert row.expires is None or row.expires - NOW >= WEEK
        vault = next(each for each in self.world.all("vaults", Vault) if each.vault_id == row.vault_id)
        assert not vault.is_frozen
        assert vault.status == "available"
        assert not self.world.is_gone(vault.vault_id.raw, self.subject, self.selected)
        billed = self.world.billed_row(vault.vault_id.raw)
        if billed is not None:
            assert billed.status == Status.IN_USE
            assert billed.expire_time is not None
            assert billed.expire_policy == ExpirePolicy.AUTO_RENEW or billed.expire_time - NOW >= WEEK
        if self.server is not None:
            mounted = {each.disk_id.raw for each in self.server.disks}
            attached = {each.id for each in self.world.billed if each.parent_resource_id.raw == self.id}
            disks = {each.disk_id.raw for each in self.world.all("disks", Disk)}
            main = {each.id for each in self.world.billed if each.is_main_resource}
            assert (mounted | attached & disks) - main <= self.world.holds[row.backup_id.raw]

    def plain_backups(self) -> list[Backup]:
        """Return the backups that nothing endangers and that name what they hold."""
        return [
            each
            for each in self.world.all("backups", Backup)
            if each.resource_id.raw == self.id
            and each.status == "available"
            and each.created is not None
            and each.expires is None
            and not each.has_expiry_unread
            and not each.parent_id
            and self._is_in_region(each)
            and (self.disk is not None or {disk.disk_id.raw for disk in self._server_disks()} <= {*each.child_disk_ids})
            and not self._is_endangered(each)
        ]

    def _server_disks(self) -> list[Disk]:
        ids = () if self.server is None else [each.disk_id for each in self.server.disks]
        return [each for each in self.world.all("disks", Disk) if each.disk_id in ids]

    def _is_endangered(self, row: Backup) -> bool:
        vault = next(each for each in self.world.all("vaults", Vault) if each.vault_id == row.vault_id)
        return vault.is_frozen or vault.status != "available" or self.world.billed_row(vault.vault_id.raw) is not None

    def check_database(self, found: ResourceFindings) -> None:
        """Manual and automatic backups, replicas."""
        if self.database is None:
            return
        own = self.world.all(f"backups_of_database {self.id}", DatabaseBackup)
        for finding, kind in (
            (found.newest_backup, DatabaseBackupKind.MANUAL),
            (found.automatic_backup, DatabaseBackupKind.AUTOMATIC),
        ):
            assert finding is not None
            good = {each.backup_id: each for each in own if each.kind is kind and each.status == "COMPLETED"}
            if finding.value is not None:
                assert finding.value.created == good[finding.value.backup_id].created
                assert finding.value.is_usable == (kind is DatabaseBackupKind.MANUAL)
            if finding.state is NONE_SEEN:
                assert self.database.engine != "MariaDB"
                if self.is_complete(f"backups_of_database {self.id}"):
                    assert good == {}
        replicas = {
            each.database_id for each in self.world.all("databases", Database) if each.replica_of.raw == self.id
        }
        if found.replicas is not None and found.replicas.state is not FindingState.UNKNOWN:
            seen = {each.resource_id for each in found.replicas.value or ()}
            assert seen <= replicas
            if self.is_complete("databases"):
                assert seen == replicas

    def check_stays(self, found: ResourceFindings) -> None:
        """Each resource that is said to stay does; none is missing if the lists were complete."""
        finding = found.stays_behind
        if finding is None or finding.state is FindingState.UNKNOWN:
            return
        named = {each.resource_id.raw: each for each in finding.value or ()}
        for each in named.values():
            assert each.kind == "manual_backups" or not self.world.is_gone(
                each.resource_id.raw, self.subject, self.selected
            )
        if self.server is not None and self.is_complete("eips"):
            eips = [each for each in self.world.all("eips", Eip) if each.device_id.raw == self.id]
            related = {each.disk_id.raw for each in self.server.disks} | {each.eip_id.raw for each in eips}
            staying = {each for each in related if not self.world.is_gone(each, self.subject, self.selected)}
            assert named.keys() == staying
            flags = {each.disk_id.raw: each.is_deleted_with_server for each in self.server.disks}
            for key, each in named.items():
                is_billed = self.world.billed_row(key) is not None
                assert each.is_deleted_perhaps == (not is_billed and flags.get(key, False) is not False)

    def check_bin(self, found: ResourceFindings) -> None:
        """A bin keeps a resource only by a policy that is on."""
        if found.recycle_bin is None or found.recycle_bin.value is None:
            return
        name = "server_bin" if self.server is not None else "disk_bin" if self.disk is not None else "database_bin"
        policy = self.world.rows[place_of(self.subject)][name][0]
        row = self.server or self.disk or self.database
        assert isinstance(policy, RecycleBinPolicy)
        assert row is not None
        assert row.created is not None
        if found.recycle_bin.value.is_kept:
            assert policy.is_on
            assert policy.min_age is None or NOW - row.created > policy.min_age
            assert self.server is None or (not self.server.is_frozen and self.server.status in ("ACTIVE", "SHUTOFF"))
        else:
            assert policy.is_on is False or (policy.min_age is not None and NOW - row.created <= policy.min_age)

    def check_activity(self, found: ResourceFindings) -> None:
        """A quiet server was quiet on every day, also on those that the metrics lack."""
        if self.server is None or found.activity is None or found.activity.value is None:
            return
        activity = found.activity.value
        assert activity.days == PERIOD
        if activity.is_quiet:
            assert self.world.loud_days[self.id] == frozenset()
            assert self.server.status == "ACTIVE"
            assert self.server.created is not None
            assert NOW - self.server.created > timedelta(days=PERIOD)


def _is_alive(row: Backup) -> bool:
    return row.status in ("available", "restoring") and (row.expires is None or row.expires > NOW)


def test_the_generated_accounts_are_not_empty() -> None:
    """The statements that matter occur, known and unknown."""
    seen: set[tuple[str, FindingState]] = set()
    kinds = ("newest_backup", "lasting_backup", "attached_to", "stays_behind", "run_state")

    @settings(max_examples=100, deadline=None, database=None, derandomize=True)
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        world = data.draw(worlds())
        view = data.draw(views(world))
        inventory = Inventory(catalog_of(world.billed), view.places, now=NOW)
        found = [inventory.findings_of(each) for each in world.billed]
        findings = [(kind, getattr(each, kind)) for each in found for kind in kinds]
        seen.update((kind, each.state) for kind, each in findings if each is not None)

    collect()
    assert seen >= {(kind, state) for kind in kinds for state in (FindingState.KNOWN, FindingState.UNKNOWN)}
