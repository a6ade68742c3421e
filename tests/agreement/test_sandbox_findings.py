"""Findings about a whole account, read over HTTP, against what the sandbox knows itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from tests.support.connections import NO_DELAYS, administrator_credentials
from unsub_tui.api.connection import Connection, CredentialProvider
from unsub_tui.domain.inventory.finding import Finding, FindingState
from unsub_tui.domain.inventory.inventory import Inventory
from unsub_tui.domain.inventory.resource_findings import ResourceFindings, RunState
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, kind_of
from unsub_tui.domain.resource import Catalog, Resource, Status
from unsub_tui.engine.inventory.selected_reads import read_selected
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.account_fixtures import REGION_PROJECTS
from unsub_tui.sandbox.estate.backup_entries import BackupEntry, entries_of
from unsub_tui.sandbox.estate.backup_schedule import BackupStatus
from unsub_tui.sandbox.estate.database_instances import DatabaseBackupType, database_backups, find_instance
from unsub_tui.sandbox.estate.metric_values import Activity, activity_of, has_gaps
from unsub_tui.sandbox.models import Resource as SandboxResource
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer
from unsub_tui.sandbox.timestamps import DAY

Value = TypeVar("Value")

DAYS = 30


@dataclass(frozen=True)
class ReadAccount:
    """An account with the findings about all its resources."""

    sandbox: Sandbox
    resources: tuple[Resource, ...]
    inventory: Inventory

    def of_kind(self, kind: ResourceKind) -> list[tuple[SandboxResource, ResourceFindings]]:
        """Return the resources of a kind in the sandbox, with their findings."""
        return [
            (self.known(each.id), self.inventory.findings_of(each))
            for each in self.resources
            if kind_of(each) is kind and each.status == Status.IN_USE
        ]

    def known(self, resource_id: str) -> SandboxResource:
        """Return a resource in the sandbox."""
        found = self.sandbox.account.resources.get(resource_id)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def account() -> ReadAccount:
    """An account of 700 resources, read once with everything about all of them."""
    # No backup begins or expires at this time of day. The day is today's, because requests are signed with its time.
    now = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    return asyncio.run(_read(build_sandbox(SandboxOptions(resources=700, now=now, rate_scale=0))))


async def _read(sandbox: Sandbox) -> ReadAccount:
    with BackgroundServer(sandbox) as server:
        connection = Connection(
            site="intl",
            endpoint=server.endpoint,
            credential_provider=CredentialProvider.static(administrator_credentials(sandbox)),
            service_endpoints=server.service_endpoints,
            retry_policy=NO_DELAYS,
        )
        catalog = Catalog()
        async with connection.read_client() as client:
            async for page in client.resource_pages():
                catalog.add_page(page.rows)
        catalog = catalog.joined()
        inventory = Inventory(catalog, now=sandbox.clock.now_utc())
        async with connection.inventory_clients() as clients:
            async for step in read_selected(clients, catalog.resources):
                inventory.replace_place(step.lists)
    return ReadAccount(sandbox, tuple(catalog.resources), inventory)


def test_the_newest_backup_of_a_server(account: ReadAccount) -> None:
    """It is the newest usable one in its own region; failed and unfinished ones, and copies elsewhere, do not count."""
    states: Counter[FindingState] = Counter()
    for server, findings in account.of_kind(ResourceKind.SERVER):
        usable = _usable(account, server)
        found = findings.newest_backup
        assert found is not None
        states[found.state] += 1
        if not usable:
            assert found.state is FindingState.NONE_SEEN
            continue
        newest = max(usable, key=lambda each: each.backup.created)
        assert found.value is not None
        assert found.value.backup_id.raw == newest.entry_id
        assert found.value.vault_id.raw == newest.vault_id
        assert _seconds(found.value.created) == newest.backup.created
        assert (found.value.expires is None) == (newest.backup.expires is None)
    assert states[FindingState.KNOWN] > 20
    assert states[FindingState.NONE_SEEN] > 20


def test_the_newest_backup_of_a_disk(account: ReadAccount) -> None:
    """It is no older than the disk's own; without one, it is that of a server which the disk is attached to."""
    from_servers = 0
    for disk, findings in account.of_kind(ResourceKind.DISK):
        own = [each.backup.created for each in _usable(account, disk)] if disk.parent is None else []
        found = _value(findings.newest_backup)
        if own:
            assert found is not None
            assert _seconds(found.created) >= max(own)
        if found is not None and found.kind == "server":
            from_servers += 1
            servers = _servers_of(account, disk)
            times = [each.backup.created for one in servers for each in _usable(account, one)]
            assert _seconds(found.created) in times
    assert from_servers


def test_backups_of_databases(account: ReadAccount) -> None:
    """The newest manual and the newest automatic backup, of those that are complete."""
    states: Counter[tuple[DatabaseBackupType, bool]] = Counter()
    inventory = account.sandbox.account.inventory
    for resource, findings in account.of_kind(ResourceKind.DATABASE):
        instance = find_instance(resource.resource_id, inventory.resources)
        if instance is None:
            continue
        backups = database_backups(instance, epoch=inventory.epoch, gone=None, now=inventory.now)
        for kind, finding in (
            (DatabaseBackupType.MANUAL, findings.newest_backup),
            (DatabaseBackupType.AUTOMATIC, findings.automatic_backup),
        ):
            complete = [each for each in backups if each.kind is kind and not each.has_failed]
            found = _value(finding)
            states[kind, found is not None] += 1
            assert (found.backup_id.raw if found else None) == (complete[0].backup_id if complete else None)
    assert all(
        states[kind, seen]
        for kind in (DatabaseBackupType.MANUAL, DatabaseBackupType.AUTOMATIC)
        for seen in (True, False)
    )


def test_run_states_and_clusters(account: ReadAccount) -> None:
    """What ECS says unless a task is in progress, and the cluster of which a server is a node."""
    states: Counter[RunState] = Counter()
    nodes = 0
    for server, findings in account.of_kind(ResourceKind.SERVER):
        facts = account.sandbox.account.estate.project(server.project_id).server(server)
        state = _value(findings.run_state)
        assert (state is None) == (facts.task_state is not None)
        if state is not None:
            states[state.state] += 1
            assert state.status == facts.status
        assert findings.cluster is not None
        cluster = findings.cluster.value
        assert (cluster.resource_id.raw if cluster else None) == (facts.cluster.resource_id if facts.cluster else None)
        nodes += cluster is not None
    assert states[RunState.RUNNING] > states[RunState.STOPPED] > 0
    assert nodes


def test_quiet_servers(account: ReadAccount) -> None:
    """Those that do nothing, were measured every day and are old enough; no other."""
    found = set()
    wanted = set()
    inventory = account.sandbox.account.inventory
    for server, findings in account.of_kind(ResourceKind.SERVER):
        activity = _value(findings.activity)
        if activity is not None and activity.is_quiet:
            found.add(server.resource_id)
        facts = inventory.estate.project(server.project_id).server(server)
        is_old = facts.created < inventory.now - (DAYS + 2) * DAY
        kind = activity_of(server.resource_id, is_quiet=facts.is_quiet)
        if kind is Activity.QUIET and is_old and not has_gaps(server.resource_id):
            wanted.add(server.resource_id)
    assert found == wanted
    assert wanted


def _usable(account: ReadAccount, resource: SandboxResource) -> list[BackupEntry]:
    """Return the usable backups of a resource in its own project, and in others of its region."""
    projects = [key for key, each in REGION_PROJECTS.items() if each.region == resource.region]
    return [
        each
        for project in projects
        for each in entries_of(account.sandbox.account.inventory, project, resource)
        if each.backup.status is BackupStatus.AVAILABLE
    ]


def _servers_of(account: ReadAccount, disk: SandboxResource) -> list[SandboxResource]:
    facts = account.sandbox.account.estate.project(disk.project_id).disk(disk)
    servers = (each.server for each in facts.attachments)
    return [each for each in servers if isinstance(each, SandboxResource)]


def _value(finding: Finding[Value] | None) -> Value | None:
    return None if finding is None else finding.value


def _seconds(time: datetime) -> int:
    return int(time.astimezone(UTC).timestamp())
