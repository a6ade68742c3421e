"""JSON rows of CBR: vaults, backups, disks inside backups, policies and tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from unsub_tui.sandbox.account_fixtures import DOMAIN_ID, REGION_PROJECTS, project_id
from unsub_tui.sandbox.calls import DEFAULT_PROJECT, Payload
from unsub_tui.sandbox.estate.account_inventory import AccountInventory, ServerDisk
from unsub_tui.sandbox.estate.backup_entries import (
    CHILD_KIND,
    TASK_KIND,
    BackupEntry,
    copy_id,
    covered_disks,
    entries_of,
    is_copied,
    is_server,
)
from unsub_tui.sandbox.estate.backup_schedule import Backup, BackupStatus
from unsub_tui.sandbox.estate.cloud_resource import enterprise_project_id, is_frozen, is_yearly_monthly, order_id
from unsub_tui.sandbox.estate.draws import draw, named_id
from unsub_tui.sandbox.estate.part_ids import PartId, find_part
from unsub_tui.sandbox.estate.vault_plan import Vault, VaultKind, destination_of, excluded_disks, included_disks
from unsub_tui.sandbox.models import Resource, ResourceStatus
from unsub_tui.sandbox.timestamps import DAY, format_timestamp

DISK_TYPE = "OS::Cinder::Volume"
_SERVER_TYPE = "OS::Nova::Server"
_MEGABYTES = 1024
_MICROSECONDS = 7919
"""Factor that makes microseconds of seconds: a later second has other ones."""
_SHARE_OF_DISK = 0.3
"""Size of a backup as a share of the disks."""
_OPENED_SECONDS = 400 * DAY
"""Age of pay-per-use vaults at the first start of the sandbox."""

TASK_STATUSES: Mapping[BackupStatus, str] = {
    BackupStatus.AVAILABLE: "success",
    BackupStatus.DELETING: "success",
    BackupStatus.PROTECTING: "running",
    BackupStatus.ERROR: "failed",
}
"""Statuses of the tasks that made backups."""
_PATTERNS = (
    ("daily", "FREQ=DAILY;INTERVAL=1;BYHOUR=17;BYMINUTE=00", 7),
    ("weekly", "FREQ=WEEKLY;BYDAY=SU;BYHOUR=17;BYMINUTE=00", 30),
    ("copies", "FREQ=DAILY;INTERVAL=1;BYHOUR=20;BYMINUTE=00", 7),
    ("off", "FREQ=DAILY;INTERVAL=1;BYHOUR=17;BYMINUTE=00", 7),
)
"""Name, trigger and days of retention of the policies."""
_POLICY_BY_VAULT: Mapping[VaultKind, str] = {
    VaultKind.SUBSCRIBED: "daily",
    VaultKind.SERVERS: "daily",
    VaultKind.DISKS: "daily",
    VaultKind.LOCKED: "weekly",
    VaultKind.COPIES: "copies",
    VaultKind.FULL: "off",
}


def vault_values(vault: Vault) -> Mapping[str, str]:
    """Return the values of a vault that its list can be filtered by."""
    policy = _POLICY_BY_VAULT.get(vault.kind)
    return {
        "id": vault.vault_id,
        "name": vault.name,
        "policy_id": named_id("policy", vault.project_id, policy) if policy else "",
        "status": "frozen" if _is_frozen(vault) else "available",
        "cloud_type": "public",
        "object_type": "disk" if vault.kind is VaultKind.DISKS else "server",
        "protect_type": "replication" if vault.kind is VaultKind.COPIES else "backup",
    }


def vault_row(inventory: AccountInventory, vault: Vault) -> Payload:
    """Return the row of a vault."""
    values = vault_values(vault)
    bound = [_BoundResource.of(inventory, each) for each in vault.resources]
    used = sum(each.backup_size for each in bound)
    size = _vault_size(vault, used)
    owner = vault.subscription
    return {
        **{name: values[name] for name in ("id", "name", "policy_id")},
        "description": "",
        "project_id": vault.project_id,
        "provider_id": named_id("provider", values["object_type"]),
        "created_at": backup_time(_opened(inventory, vault)),
        "enterprise_project_id": owner_project(vault),
        "user_id": DOMAIN_ID,
        "auto_bind": False,
        "bind_rules": {"tags": []},
        "auto_expand": False,
        "smn_notify": True,
        "threshold": 80,
        "locked": vault.kind is VaultKind.LOCKED,
        "tags": [{"key": key, "value": value} for key, value in _tags(inventory, vault).items()],
        "billing": {
            **{name: values[name] for name in ("status", "cloud_type", "object_type", "protect_type")},
            "allocated": sum(each.size for each in bound),
            "charging_mode": "pre_paid" if owner and is_yearly_monthly(owner) else "post_paid",
            "consistent_level": "crash_consistent",
            "order_id": order_id(owner) if owner else "",
            "product_id": owner.product_id if owner else "",
            "size": size,
            "spec_code": f"vault.backup.{values['object_type']}.normal",
            "storage_unit": None,
            "used": min(used, size * _MEGABYTES),
            "frozen_scene": "ARREAR" if _is_frozen(vault) else "",
            "is_multi_az": False,
        },
        "resources": [each.row() for each in bound],
    }


@dataclass(frozen=True, slots=True)
class _BoundResource:
    """A resource that is bound to a vault."""

    resource: Resource
    size: int
    """Size in GB."""
    backup_count: int
    disk_ids: tuple[str, ...]

    @classmethod
    def of(cls, inventory: AccountInventory, resource: Resource) -> _BoundResource:
        """Return what the vault knows of a resource."""
        disks = inventory.disks_of(resource) if is_server(resource) else ()
        size = sum(disk.size for disk in disks) if is_server(resource) else resource.size or 0
        return cls(resource, size, len(inventory.backups_of(resource)), tuple(disk.disk_id for disk in disks))

    @property
    def backup_size(self) -> int:
        """Size of all its backups in MB."""
        return self.backup_count * int(self.size * _MEGABYTES * _SHARE_OF_DISK)

    def row(self) -> Payload:
        """Return the row of the resource, with the disks that the vault leaves out."""
        extra: Payload = {}
        if excluded := excluded_disks(self.resource, self.disk_ids):
            extra["exclude_volumes"] = list(excluded)
        if included := included_disks(self.resource, self.disk_ids):
            extra["include_volumes"] = [{"id": disk_id, "os_version": ""} for disk_id in included]
        return {
            "id": self.resource.resource_id,
            "name": self.resource.name,
            "type": type_of(self.resource),
            "protect_status": "available",
            "size": self.size,
            "backup_size": self.backup_size,
            "backup_count": self.backup_count,
            "auto_protect": False,
            "extra_info": extra,
        }


def _tags(inventory: AccountInventory, vault: Vault) -> Mapping[str, str]:
    if vault.subscription is None:
        return {"purpose": "backup"}
    return inventory.estate.project(vault.project_id).tags(vault.subscription)


def _vault_size(vault: Vault, used: int) -> int:
    """Return the size of a vault in GB: as bought, or for pay-per-use enough for twice what is used."""
    if vault.subscription is not None and vault.subscription.size is not None:
        return vault.subscription.size
    if vault.kind is VaultKind.FULL:
        return max(1, used // _MEGABYTES)
    return max(100, -(-used // (_MEGABYTES * 50)) * 100)


def _is_frozen(vault: Vault) -> bool:
    owner = vault.subscription
    is_owner_frozen = owner is not None and (is_frozen(owner) or owner.status is ResourceStatus.EXPIRED)
    return is_owner_frozen or vault.kind is VaultKind.FROZEN


def backup_row(inventory: AccountInventory, entry: BackupEntry, *, show_replication: bool) -> Payload:
    """Return the row of a backup of a server or disk."""
    backup, resource = entry.backup, entry.backup.resource
    disks = covered_disks(inventory, backup)
    row = _base_row(entry, entry.entry_id, resource.resource_id, resource.name, size_of(inventory, resource))
    row["resource_type"] = type_of(resource)
    row["parent_id"] = None
    row["extend_info"] = {
        **_extend_info(backup),
        "contain_system_disk": any(disk.is_system for disk in disks),
        "os_images_data": None,
    }
    row["children"] = (
        [_child_row(entry, place, disk) for place, disk in enumerate(disks)] if _names_children(resource) else []
    )
    row["replication_records"] = _replication_records(inventory, entry) if show_replication else []
    return row


def _base_row(entry: BackupEntry, row_id: str, resource_id: str, resource_name: str, size: int) -> Payload:
    """Return what backups of servers and of disks have in common."""
    backup = entry.backup
    created = backup_time(backup.created)
    return {
        "id": row_id,
        "checkpoint_id": entry.checkpoint_id,
        "name": entry.name,
        "description": "",
        "created_at": created,
        "updated_at": backup_time(backup.created + 900),
        "protected_at": created,
        "expired_at": None if backup.expires is None else backup_time(backup.expires),
        "image_type": image_type(entry),
        "project_id": entry.project_id,
        "provider_id": named_id("provider", "server"),
        "enterprise_project_id": owner_project(backup.resource),
        "resource_id": resource_id,
        "resource_name": resource_name,
        "resource_size": size,
        "resource_az": f"{backup.resource.region}a",
        "status": backup.status,
        "vault_id": entry.vault_id,
        "incremental": backup.is_automatic,
        "version": 0,
    }


def _extend_info(backup: Backup) -> Payload:
    return {
        "auto_trigger": backup.is_automatic,
        "bootable": True,
        "snapshot_id": "",
        "support_lld": True,
        "supported_restore_mode": "backup",
        "encrypted": False,
        "system_disk": False,
        "is_multi_az": False,
    }


def _child_row(entry: BackupEntry, place: int, disk: ServerDisk) -> Payload:
    """Return the backup of a disk inside a server's backup."""
    backup = entry.backup
    row_id = str(PartId(backup.resource, CHILD_KIND, backup.day, place << 1 | entry.is_copy))
    row = _base_row(entry, row_id, disk.disk_id, disk.name, disk.size)
    row["resource_type"] = DISK_TYPE
    row["parent_id"] = entry.entry_id
    row["extend_info"] = {**_extend_info(backup), "bootable": disk.is_system, "system_disk": disk.is_system}
    row["children"] = []
    row["replication_records"] = []
    return row


def children_of(inventory: AccountInventory, parent: str, project: str) -> list[Payload]:
    """Return the backups of disks inside a server's backup; for some servers there are none."""
    part = find_part(parent, inventory.resources)
    if part is None or draw(part.resource, "children", 3) == 0:
        return []
    return [
        _child_row(entry, place, disk)
        for entry in entries_of(inventory, project, part.resource)
        if entry.entry_id == parent
        for place, disk in enumerate(covered_disks(inventory, entry.backup))
    ]


def _names_children(resource: Resource) -> bool:
    """Return whether the list names the disks inside a server's backup; for others they must be asked for."""
    return draw(resource, "children", 3) == 2


def _replication_records(inventory: AccountInventory, entry: BackupEntry) -> list[Payload]:
    """Return the records of copying a backup to another region."""
    backup, resource = entry.backup, entry.backup.resource
    copies = inventory.vaults.copy_vault_of(resource)
    if copies is None or entry.vault is None or backup.status is not BackupStatus.AVAILABLE:
        return []
    has_succeeded = is_copied(backup)
    return [
        {
            "id": named_id("replication", backup.backup_id),
            "created_at": backup_time(backup.created + 1800),
            "status": "success" if has_succeeded else "fail",
            "source_region": resource.region,
            "source_project_id": resource.project_id,
            "source_backup_id": backup.backup_id,
            "source_checkpoint_id": entry.checkpoint_id,
            "vault_id": entry.vault_id,
            "destination_region": destination_of(resource.region),
            "destination_project_id": project_id(destination_of(resource.region)),
            "destination_backup_id": copy_id(backup) if has_succeeded else "",
            "destination_checkpoint_id": entry.checkpoint_id if has_succeeded else "",
            "destination_vault_id": copies.vault_id,
            "extra_info": {
                "progress": 100 if has_succeeded else 40,
                "fail_code": "" if has_succeeded else "BackupService.0201",
                "fail_reason": "" if has_succeeded else "The destination vault was full.",
                "auto_trigger": True,
                "destination_vault_id": copies.vault_id,
            },
        }
    ]


def policy_rows(inventory: AccountInventory, project: str) -> list[Payload]:
    """Return the policies of a project: nightly, weekly, copies to another region, and one that is off."""
    vaults = inventory.vaults.in_project(project)
    rows = []
    for name, pattern, days in _PATTERNS:
        is_copying = name == "copies"
        bound = [each for each in vaults if _POLICY_BY_VAULT.get(each.kind) == name]
        rows.append(
            {
                "id": named_id("policy", project, name),
                "name": f"default-{name}",
                "enabled": name != "off",
                "operation_type": "replication" if is_copying else "backup",
                "policy_type": "user",
                "operation_definition": {
                    "retention_duration_days": days,
                    "max_backups": -1,
                    "timezone": "UTC+08:00",
                    **({"destination_region": destination_of(REGION_PROJECTS[project].region)} if is_copying else {}),
                },
                "trigger": {
                    "id": named_id("trigger", project, name),
                    "name": "default",
                    "type": "time",
                    "properties": {"pattern": [pattern], "start_time": "2025-01-01 17:00:00"},
                },
                "associated_vaults": [{"vault_id": each.vault_id} for each in bound],
            }
        )
    return rows


def task_row(entry: BackupEntry, project: str) -> Payload:
    """Return the row of the task that made a backup."""
    backup = entry.backup
    has_failed = backup.status is BackupStatus.ERROR
    ended = backup_time(backup.created + 900) if backup.status is not BackupStatus.PROTECTING else None
    created = format_timestamp(backup.created)
    return {
        "id": str(PartId(backup.resource, TASK_KIND, backup.day)),
        "checkpoint_id": entry.checkpoint_id,
        "created_at": created,
        "started_at": created,
        "updated_at": created,
        "ended_at": ended,
        "operation_type": "backup",
        "project_id": project,
        "provider_id": named_id("provider", "server"),
        "status": TASK_STATUSES[backup.status],
        "vault_id": entry.vault_id,
        "vault_name": entry.vault.name if entry.vault else "",
        "error_info": {
            "code": "BackupService.0103" if has_failed else "",
            "message": "The snapshot could not be created." if has_failed else "",
        },
        "extra_info": {
            "common": {"progress": 100, "request_id": "", "task_id": ""},
            "backup": {"backup_id": backup.backup_id, "backup_name": entry.name, "incremental": "true"},
            "resource": {
                "id": backup.resource.resource_id,
                "name": backup.resource.name,
                "type": type_of(backup.resource),
            },
        },
    }


def type_of(resource: Resource) -> str:
    """Return the type of a resource in CBR."""
    return _SERVER_TYPE if is_server(resource) else DISK_TYPE


def image_type(entry: BackupEntry) -> str:
    """Return whether it is a backup or a copy from another region."""
    return "replication" if entry.is_copy else "backup"


def owner_project(owner: Resource | Vault) -> str:
    """Return the id of the enterprise project; that of a pay-per-use vault is the default one."""
    resource = owner.subscription if isinstance(owner, Vault) else owner
    return enterprise_project_id(resource) if resource else DEFAULT_PROJECT


def _opened(inventory: AccountInventory, vault: Vault) -> int:
    return inventory.created_at(vault.subscription) if vault.subscription else inventory.epoch - _OPENED_SECONDS


def size_of(inventory: AccountInventory, resource: Resource) -> int:
    """Return the size of a disk, or of all disks of a server, in GB."""
    if is_server(resource):
        return sum(disk.size for disk in inventory.disks_of(resource))
    return resource.size or 0


def backup_megabytes(inventory: AccountInventory, resource: Resource) -> int:
    """Return the size of one backup of a resource in MB."""
    return int(size_of(inventory, resource) * _MEGABYTES * _SHARE_OF_DISK)


def backup_time(moment: int) -> str:
    """Return a time as CBR writes it: UTC with microseconds and without a zone."""
    return f"{format_timestamp(moment)[:-1]}.{moment * _MICROSECONDS % 1_000_000:06d}"
