"""Backups as a project of IAM sees them: in its vaults, copied from other regions, or shared by another account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unsub_tui.sandbox.estate.account_inventory import AccountInventory, ServerDisk
from unsub_tui.sandbox.estate.backup_schedule import SERVERS, Backup, BackupStatus, Protection, protection_of
from unsub_tui.sandbox.estate.draws import named_id, spread
from unsub_tui.sandbox.estate.part_ids import PartId
from unsub_tui.sandbox.estate.vault_plan import Vault, VaultKind, excluded_disks, included_disks
from unsub_tui.sandbox.models import Resource

CHILD_KIND, TASK_KIND = 2, 9
"""Kinds of ids: disks inside a server's backup, tasks."""
_COPY_KIND, _CHECKPOINT_KIND = 3, 4
_OTHER_PROJECT = named_id("project of another account").replace("-", "")
_OTHER_VAULT = named_id("vault of another account")


@dataclass(frozen=True, slots=True)
class BackupEntry:
    """A row of the list of backups: a backup, or its copy in another region."""

    backup: Backup
    vault: Vault | None
    """None if it lies in a vault of another account."""
    is_copy: bool = False

    @property
    def entry_id(self) -> str:
        """Id of the backup or of the copy."""
        return copy_id(self.backup) if self.is_copy else self.backup.backup_id

    @property
    def checkpoint_id(self) -> str:
        """Id of the checkpoint that the backup belongs to."""
        return str(PartId(self.backup.resource, _CHECKPOINT_KIND, self.backup.day))

    @property
    def vault_id(self) -> str:
        """Id of the vault; that of another account is in no list of ours."""
        return self.vault.vault_id if self.vault else _OTHER_VAULT

    @property
    def project_id(self) -> str:
        """Id of the project that holds the backup."""
        return self.vault.project_id if self.vault else _OTHER_PROJECT

    @property
    def name(self) -> str:
        """Name of the backup."""
        kind = "autobk" if self.backup.is_automatic else "manualbk"
        return f"{kind}_{spread(self.backup.backup_id) % 0x10000:04x}"


def vaults_in(inventory: AccountInventory, project: str) -> Iterator[Vault]:
    """Yield the vaults of a project that exist: a yearly/monthly one goes when it is unsubscribed from."""
    for vault in inventory.vaults.in_project(project):
        if vault.subscription is None or inventory.gone_at(vault.subscription) is None:
            yield vault


def entries_in_project(inventory: AccountInventory, project: str) -> list[BackupEntry]:
    """Return all backups and copies in a project, without those in a vault that is gone."""
    found = [
        entry
        for vault in vaults_in(inventory, project)
        for resource in vault.resources
        for entry in _entries_in(inventory, resource, vault)
    ]
    for resource in inventory.vaults.shared_with(project):
        found += [BackupEntry(backup, None) for backup in inventory.backups_of(resource)]
    return found


def entries_of(inventory: AccountInventory, project: str, resource: Resource) -> list[BackupEntry]:
    """Return the backups and copies of a resource that lie in a project."""
    if protection_of(resource) is Protection.SHARED:
        own = resource.project_id == project
        return [BackupEntry(backup, None) for backup in inventory.backups_of(resource)] if own else []
    vaults = (inventory.vaults.vault_of(resource), inventory.vaults.copy_vault_of(resource))
    existing = set(map(id, vaults_in(inventory, project)))
    return [
        entry
        for vault in vaults
        if vault and id(vault) in existing
        for entry in _entries_in(inventory, resource, vault)
    ]


def _entries_in(inventory: AccountInventory, resource: Resource, vault: Vault) -> Iterator[BackupEntry]:
    """Yield the backups of a resource, or their copies if the vault is for copies."""
    is_copy = vault.kind is VaultKind.COPIES
    for backup in inventory.backups_of(resource):
        if not is_copy or is_copied(backup):
            yield BackupEntry(backup, vault, is_copy)


def is_copied(backup: Backup) -> bool:
    """Return whether copying a backup to another region has succeeded."""
    return backup.status is BackupStatus.AVAILABLE and spread(backup.backup_id) % 5 > 0


def copy_id(backup: Backup) -> str:
    """Return the id of a backup's copy in another region."""
    return str(PartId(backup.resource, _COPY_KIND, backup.day))


def covered_disks(inventory: AccountInventory, backup: Backup) -> tuple[ServerDisk, ...]:
    """Return the disks inside a server's backup; none for a disk's backup."""
    if not is_server(backup.resource):
        return ()
    skipped = skipped_disks(inventory, backup.resource)
    disks = inventory.disks_of(backup.resource)
    return tuple(disk for disk in disks if disk not in skipped and disk.created <= backup.created)


def skipped_disks(inventory: AccountInventory, resource: Resource) -> tuple[ServerDisk, ...]:
    """Return the disks that the backups of a server leave out."""
    disks = tuple(inventory.disks_of(resource)) if is_server(resource) else ()
    disk_ids = tuple(disk.disk_id for disk in disks)
    excluded, included = excluded_disks(resource, disk_ids), included_disks(resource, disk_ids)
    return tuple(disk for disk in disks if disk.disk_id in excluded or (included and disk.disk_id not in included))


def is_server(resource: Resource) -> bool:
    """Return whether a backup of this resource is one of a server, not of a disk."""
    return resource.offer.code in SERVERS
