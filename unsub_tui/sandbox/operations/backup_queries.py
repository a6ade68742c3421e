"""Operations of CBR: vaults, backups, policies and tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from unsub_tui.sandbox.account_fixtures import DOMAIN_ID, PROJECTS, project_id
from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.cloud_services import CBR
from unsub_tui.sandbox.estate.account_inventory import AccountInventory, ServerDisk
from unsub_tui.sandbox.estate.backup_schedule import (
    BACKUP_KIND,
    SERVERS,
    Backup,
    BackupStatus,
    Protection,
    protection_of,
)
from unsub_tui.sandbox.estate.cloud_resource import is_frozen, is_yearly_monthly, order_id
from unsub_tui.sandbox.estate.part_ids import PartId, draw, find_part, named_id, spread
from unsub_tui.sandbox.estate.vault_plan import Vault, VaultKind, destination_of, excluded_disks, included_disks
from unsub_tui.sandbox.models import Resource, ResourceStatus
from unsub_tui.sandbox.service_errors import ServiceError, invalid_value
from unsub_tui.sandbox.timestamps import DAY, format_timestamp

_CHILD_KIND, _COPY_KIND, _CHECKPOINT_KIND, _TASK_KIND = 2, 3, 4, 9
"""Kinds of ids: disks inside a server's backup, copies in another region, checkpoints, tasks."""
_SERVER, _DISK = "OS::Nova::Server", "OS::Cinder::Volume"
_OWN_TYPES = frozenset({"private", "shared", "all_granted"})
_SORTS = frozenset({"created_at", "expired_at", "name", "status", "resource_name"})
_MOST_ROWS = 1000
_MEGABYTES = 1024
_SHARE_OF_DISK = 0.3
"""Size of a backup as a share of the disks."""
_OTHER_PROJECT = named_id("project of another account").replace("-", "")
_OPENED_SECONDS = 400 * DAY
"""Age of pay-per-use vaults at the first start of the sandbox."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row of the list of backups: a backup, or its copy in another region."""

    backup: Backup
    vault: Vault | None
    """None if it lies in a vault of another account."""
    is_copy: bool = False

    @property
    def entry_id(self) -> str:
        """Id of the backup or of the copy."""
        return _copy_id(self.backup) if self.is_copy else self.backup.backup_id

    @property
    def name(self) -> str:
        """Name of the backup."""
        kind = "autobk" if self.backup.is_automatic else "manualbk"
        return f"{kind}_{spread(self.backup.backup_id) % 0x10000:04x}"


@partial(Operation, "GET", "/v3/{project_id}/vaults", service=CBR, policy="cbr:vaults:list")
def list_vault(call: Call) -> Payload:
    """Return a page of the vaults of a project."""
    fields, inventory = call.parameters, call.account.inventory
    granted = call.granted_projects()
    ids, bound = frozenset(fields.repeated("id")), frozenset(fields.separated("resource_ids"))
    filters = {
        name: fields.text(name) for name in ("name", "status", "cloud_type", "protect_type", "object_type", "policy_id")
    }
    offset, limit = fields.page(max_limit=_MOST_ROWS, default=_MOST_ROWS)
    fields.reject_unknown()
    found = [
        (vault, row)
        for vault in _vaults(inventory, call.project_id)
        if (not ids or vault.vault_id in ids)
        and (not bound or any(each.resource_id in bound for each in vault.resources))
        and (granted is None or _enterprise_project(vault) in granted)
        and _fits(row := _vault_row(inventory, vault), filters)
    ]
    page = [row for _, row in found[offset : offset + limit]]
    return {"vaults": page, "count": len(found), "limit": limit, "offset": offset}


def _fits(row: Payload, filters: Mapping[str, str | None]) -> bool:
    """Return whether a vault fits the filters by name, policy and billing."""
    billing = row["billing"]
    values = {**row, **(billing if isinstance(billing, dict) else {})}
    return all(wanted is None or values.get(name) == wanted for name, wanted in filters.items())


@partial(Operation, "GET", "/v3/{project_id}/backups", service=CBR, policy="cbr:backups:list")
def list_backups(call: Call) -> Payload:
    """Return a page of the backups of a project."""
    fields, inventory = call.parameters, call.account.inventory
    show_replication = fields.boolean("show_replication") or False
    parent = fields.text("parent_id")
    found = _BackupQuery.read(call).select(inventory, call.project_id)
    by, _, direction = (fields.text("sort") or "").partition(":")
    if by:
        if by not in _SORTS or direction not in ("", "asc", "desc"):
            raise invalid_value("sort", "the form is created_at:desc")
        found.sort(key=_SORT_KEYS[by], reverse=direction == "desc")
    marker = fields.text("marker")
    offset, limit = fields.page(max_limit=_MOST_ROWS, default=_MOST_ROWS)
    fields.ignore("dec", "resource_az", "member_status", "used_percent")
    fields.reject_unknown()
    if parent is not None:
        children = _children_of(inventory, parent, call.project_id)
        return {
            "backups": children[offset : offset + limit],
            "count": len(children),
            "offset": offset,
            "limit": limit,
        }
    first = offset
    if marker:
        places = [place for place, each in enumerate(found) if each.entry_id == marker]
        if not places:
            raise ServiceError("BackupService.6303", f"The backup {marker} does not exist.", 404, CBR.form)
        first += places[0] + 1
    rows = [_backup_row(inventory, each, show_replication=show_replication) for each in found[first : first + limit]]
    return {"backups": rows, "count": len(found), "offset": offset, "limit": limit}


@dataclass(frozen=True, slots=True, kw_only=True)
class _BackupQuery:
    """Filters of the list of backups."""

    own_type: str
    resource_id: str | None
    resource_type: str | None
    vault_id: str | None
    image_type: str | None
    checkpoint_id: str | None
    name: str | None
    resource_name: str | None
    statuses: frozenset[str]
    start: int | None
    end: int | None
    incremental: bool | None
    granted: frozenset[str] | None

    @classmethod
    def read(cls, call: Call) -> _BackupQuery:
        """Read the filters of a call."""
        fields = call.parameters
        return cls(
            own_type=fields.choice("own_type", _OWN_TYPES) or "private",
            resource_id=fields.text("resource_id"),
            resource_type=fields.text("resource_type"),
            vault_id=fields.text("vault_id"),
            image_type=fields.choice("image_type", frozenset({"backup", "replication"})),
            checkpoint_id=fields.text("checkpoint_id"),
            name=fields.text("name"),
            resource_name=fields.text("resource_name"),
            statuses=frozenset(fields.repeated("status")),
            start=fields.timestamp("start_time"),
            end=fields.timestamp("end_time"),
            incremental=fields.boolean("incremental"),
            granted=call.granted_projects(),
        )

    def select(self, inventory: AccountInventory, project: str) -> list[_Entry]:
        """Return the backups of a project that fit."""
        return [each for each in self._candidates(inventory, project) if self._fits(each)]

    def _candidates(self, inventory: AccountInventory, project: str) -> Iterable[_Entry]:
        if self.resource_id is None:
            return _entries(inventory, project)
        resource = inventory.resources.get(self.resource_id)
        return _entries_of(inventory, project, resource) if resource else ()

    def _fits(self, entry: _Entry) -> bool:
        backup = entry.backup
        resource = backup.resource
        return (
            (self.own_type == "all_granted" or backup.is_shared == (self.own_type == "shared"))
            and self.resource_type in (None, _type_of(resource))
            and self.vault_id in (None, _vault_id(entry))
            and self.image_type in (None, _image_type(entry))
            and self.checkpoint_id in (None, _checkpoint_id(backup))
            and self.name in (None, entry.name)
            and self.resource_name in (None, resource.name)
            and (not self.statuses or backup.status in self.statuses)
            and (self.start is None or backup.created >= self.start)
            and (self.end is None or backup.created <= self.end)
            and self.incremental in (None, backup.is_automatic)
            and (self.granted is None or _enterprise_project(resource) in self.granted)
        )


@partial(Operation, "GET", "/v3/{project_id}/backups/{backup_id}", service=CBR, policy="cbr:backups:get")
def show_backup(call: Call) -> Payload:
    """Return a backup by id."""
    call.parameters.reject_unknown()
    return {"backup": _backup_row(call.account.inventory, _find_entry(call, BACKUP_KIND), show_replication=True)}


@partial(Operation, "GET", "/v3/{project_id}/checkpoints/{checkpoint_id}", service=CBR, policy="cbr:checkpoints:get")
def show_checkpoint(call: Call) -> Payload:
    """Return the checkpoint that a backup belongs to, with the disks that the backup left out."""
    call.parameters.reject_unknown()
    inventory = call.account.inventory
    entry = _find_entry(call, _CHECKPOINT_KIND)
    resource, vault = entry.backup.resource, entry.vault
    skipped = _skipped_disks(inventory, resource)
    return {
        "checkpoint": {
            "id": _checkpoint_id(entry.backup),
            "created_at": _moment(entry.backup.created, entry.entry_id),
            "project_id": call.project_id,
            "status": entry.backup.status,
            "vault": {
                "id": _vault_id(entry),
                "name": vault.name if vault else "",
                "resources": [
                    {
                        "id": resource.resource_id,
                        "name": resource.name,
                        "type": _type_of(resource),
                        "protect_status": "available",
                        "resource_size": str(_size_of(inventory, resource)),
                        "extra_info": "{}",
                    }
                ],
                "skipped_resources": [
                    {
                        "id": disk.disk_id,
                        "name": disk.name,
                        "type": _DISK,
                        "code": "BackupService.6113",
                        "reason": "The disk is not selected for the backup.",
                    }
                    for disk in skipped
                ],
            },
            "extra_info": {"name": entry.name, "description": "", "retention_duration": -1},
        }
    }


@partial(Operation, "GET", "/v3/{project_id}/policies", service=CBR, policy="cbr:policies:list")
def list_policies(call: Call) -> Payload:
    """Return all policies of a project."""
    fields = call.parameters
    kind, wanted_vault = fields.text("operation_type"), fields.text("vault_id")
    fields.reject_unknown()
    found = [
        policy
        for policy in _policies(call)
        if kind in (None, policy["operation_type"])
        and (wanted_vault is None or {"vault_id": wanted_vault} in _as_list(policy["associated_vaults"]))
    ]
    return {"policies": found, "count": len(found)}


@partial(Operation, "GET", "/v3/{project_id}/storage_usage", service=CBR, policy="cbr:backups:list")
def show_storage_usage(call: Call) -> Payload:
    """Return a page of the resources of a project that have backups, with the number of these."""
    fields, inventory = call.parameters, call.account.inventory
    wanted, kind = fields.text("resource_id"), fields.text("resource_type")
    offset, limit = fields.page(max_limit=_MOST_ROWS, default=_MOST_ROWS)
    fields.reject_unknown()
    counts: dict[str, list[_Entry]] = {}
    for entry in _entries(inventory, call.project_id):
        resource = entry.backup.resource
        if wanted in (None, resource.resource_id) and kind in (None, _type_of(resource)) and not entry.backup.is_shared:
            counts.setdefault(resource.resource_id, []).append(entry)
    rows: list[Payload] = [
        {
            "resource_id": resource_id,
            "resource_name": entries[0].backup.resource.name,
            "resource_type": _type_of(entries[0].backup.resource),
            "backup_count": len(entries),
            "backup_size": len(entries) * _backup_megabytes(inventory, entries[0].backup.resource),
            "backup_size_multiaz": 0,
        }
        for resource_id, entries in counts.items()
    ]
    return {"resource_count": len(rows), "storage_usage": rows[offset : offset + limit]}


@partial(Operation, "GET", "/v3/{project_id}/operation-logs", service=CBR, policy="cbr:tasks:list")
def list_op_logs(call: Call) -> Payload:
    """Return a page of the backup tasks of a project, newest first."""
    fields, inventory = call.parameters, call.account.inventory
    wanted = {name: fields.text(name) for name in ("resource_id", "vault_id", "status", "operation_type")}
    start, end = fields.timestamp("start_time"), fields.timestamp("end_time")
    call.granted_projects()
    fields.ignore("provider_id", "resource_name", "vault_name")
    offset, limit = fields.page(max_limit=_MOST_ROWS, default=_MOST_ROWS)
    fields.reject_unknown()
    found = [
        entry
        for entry in sorted(_entries(inventory, call.project_id), key=lambda each: -each.backup.created)
        if not entry.is_copy
        and wanted["resource_id"] in (None, entry.backup.resource.resource_id)
        and wanted["vault_id"] in (None, _vault_id(entry))
        and wanted["status"] in (None, _TASK_STATUSES[entry.backup.status])
        and wanted["operation_type"] in (None, "backup")
        and (start is None or entry.backup.created >= start)
        and (end is None or entry.backup.created <= end)
    ]
    rows = [_task_row(each, call.project_id) for each in found[offset : offset + limit]]
    return {"operation_logs": rows, "count": len(found), "limit": limit, "offset": offset}


_TASK_STATUSES: Mapping[BackupStatus, str] = {
    BackupStatus.AVAILABLE: "success",
    BackupStatus.DELETING: "success",
    BackupStatus.PROTECTING: "running",
    BackupStatus.ERROR: "failed",
}


def _vaults(inventory: AccountInventory, project: str) -> Iterator[Vault]:
    """Yield the vaults of a project that exist: a yearly/monthly one goes when it is unsubscribed from."""
    for vault in inventory.vaults.in_project(project):
        if vault.subscription is None or inventory.gone_at(vault.subscription) is None:
            yield vault


def _entries(inventory: AccountInventory, project: str) -> list[_Entry]:
    """Return all backups and copies in a project, without those in a vault that is gone."""
    found = [
        entry
        for vault in _vaults(inventory, project)
        for resource in vault.resources
        for entry in _entries_in(inventory, resource, vault)
    ]
    for resource in inventory.vaults.shared_with(project):
        found += [_Entry(backup, None) for backup in inventory.backups_of(resource)]
    return found


def _entries_of(inventory: AccountInventory, project: str, resource: Resource) -> list[_Entry]:
    """Return the backups and copies of a resource that lie in a project."""
    if protection_of(resource) is Protection.SHARED:
        own = resource.project_id == project
        return [_Entry(backup, None) for backup in inventory.backups_of(resource)] if own else []
    vaults = (inventory.vaults.vault_of(resource), inventory.vaults.copy_vault_of(resource))
    existing = set(map(id, _vaults(inventory, project)))
    return [
        entry
        for vault in vaults
        if vault and id(vault) in existing
        for entry in _entries_in(inventory, resource, vault)
    ]


def _entries_in(inventory: AccountInventory, resource: Resource, vault: Vault) -> Iterator[_Entry]:
    """Yield the backups of a resource, or their copies if the vault is for copies."""
    is_copy = vault.kind is VaultKind.COPIES
    for backup in inventory.backups_of(resource):
        if not is_copy or _is_copied(backup):
            yield _Entry(backup, vault, is_copy)


def _is_copied(backup: Backup) -> bool:
    """Return whether copying a backup to another region has succeeded."""
    return backup.status is BackupStatus.AVAILABLE and spread(backup.backup_id) % 5 > 0


def _find_entry(call: Call, kind: int) -> _Entry:
    """Return the backup with the id in the path. Raise ServiceError (404) if there is none."""
    inventory = call.account.inventory
    wanted = call.path_params["backup_id" if kind == BACKUP_KIND else "checkpoint_id"]
    part = find_part(wanted, inventory.resources)
    for entry in _entries_of(inventory, call.project_id, part.resource) if part else ():
        if wanted in (entry.entry_id, _checkpoint_id(entry.backup)):
            return entry
    raise ServiceError("BackupService.6303", f"The backup {wanted} does not exist.", 404, CBR.form)


def _vault_row(inventory: AccountInventory, vault: Vault) -> Payload:
    used = sum(len(inventory.backups_of(each)) * _backup_megabytes(inventory, each) for each in vault.resources)
    size = _vault_size(vault, used)
    status, scene = _vault_status(vault)
    policy = _POLICY_BY_VAULT.get(vault.kind)
    return {
        "id": vault.vault_id,
        "name": vault.name,
        "description": "",
        "project_id": vault.project_id,
        "provider_id": named_id("provider", _object_type(vault)),
        "created_at": _moment(_opened(inventory, vault), vault.vault_id),
        "enterprise_project_id": _enterprise_project(vault),
        "user_id": DOMAIN_ID,
        "auto_bind": False,
        "bind_rules": {"tags": []},
        "auto_expand": False,
        "smn_notify": True,
        "threshold": 80,
        "locked": vault.kind is VaultKind.LOCKED,
        "tags": [{"key": key, "value": value} for key, value in _tags(inventory, vault).items()],
        "policy_id": named_id("policy", vault.project_id, policy) if policy else "",
        "billing": {
            "allocated": sum(_size_of(inventory, each) for each in vault.resources),
            "charging_mode": "pre_paid"
            if vault.subscription and is_yearly_monthly(vault.subscription)
            else "post_paid",
            "cloud_type": "public",
            "consistent_level": "crash_consistent",
            "object_type": _object_type(vault),
            "order_id": order_id(vault.subscription) if vault.subscription else "",
            "product_id": vault.subscription.product_id if vault.subscription else "",
            "protect_type": "replication" if vault.kind is VaultKind.COPIES else "backup",
            "size": size,
            "spec_code": f"vault.backup.{_object_type(vault)}.normal",
            "status": status,
            "storage_unit": None,
            "used": min(used, size * _MEGABYTES),
            "frozen_scene": scene,
            "is_multi_az": False,
        },
        "resources": [_bound_row(inventory, each) for each in vault.resources],
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


def _vault_status(vault: Vault) -> tuple[str, str]:
    """Return status and scene of freezing."""
    owner = vault.subscription
    if vault.kind is VaultKind.FROZEN or (owner and (is_frozen(owner) or owner.status is ResourceStatus.EXPIRED)):
        return "frozen", "ARREAR"
    return "available", ""


def _bound_row(inventory: AccountInventory, resource: Resource) -> Payload:
    disk_ids = tuple(disk.disk_id for disk in inventory.disks_of(resource)) if _is_server(resource) else ()
    extra: Payload = {}
    if excluded := excluded_disks(resource, disk_ids):
        extra["exclude_volumes"] = list(excluded)
    if included := included_disks(resource, disk_ids):
        extra["include_volumes"] = [{"id": disk_id, "os_version": ""} for disk_id in included]
    backups = inventory.backups_of(resource)
    return {
        "id": resource.resource_id,
        "name": resource.name,
        "type": _type_of(resource),
        "protect_status": "available",
        "size": _size_of(inventory, resource),
        "backup_size": len(backups) * _backup_megabytes(inventory, resource),
        "backup_count": len(backups),
        "auto_protect": False,
        "extra_info": extra,
    }


def _backup_row(inventory: AccountInventory, entry: _Entry, *, show_replication: bool) -> Payload:
    backup, resource = entry.backup, entry.backup.resource
    disks = _covered_disks(inventory, backup)
    row = _base_row(entry, entry.entry_id, resource.resource_id, resource.name, _size_of(inventory, resource))
    row["resource_type"] = _type_of(resource)
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


def _base_row(entry: _Entry, row_id: str, resource_id: str, resource_name: str, size: int) -> Payload:
    """Return what backups of servers and of disks have in common."""
    backup = entry.backup
    created = _moment(backup.created, row_id)
    return {
        "id": row_id,
        "checkpoint_id": _checkpoint_id(backup),
        "name": entry.name,
        "description": "",
        "created_at": created,
        "updated_at": _moment(backup.created + 900, row_id),
        "protected_at": created,
        "expired_at": None if backup.expires is None else _moment(backup.expires, row_id),
        "image_type": _image_type(entry),
        "project_id": entry.vault.project_id if entry.vault else _OTHER_PROJECT,
        "provider_id": named_id("provider", "server"),
        "enterprise_project_id": _enterprise_project(backup.resource),
        "resource_id": resource_id,
        "resource_name": resource_name,
        "resource_size": size,
        "resource_az": f"{backup.resource.region}a",
        "status": backup.status,
        "vault_id": _vault_id(entry),
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


def _child_row(entry: _Entry, place: int, disk: ServerDisk) -> Payload:
    """Return the backup of a disk inside a server's backup."""
    backup = entry.backup
    row_id = str(PartId(backup.resource, _CHILD_KIND, backup.day, place << 1 | entry.is_copy))
    row = _base_row(entry, row_id, disk.disk_id, disk.name, disk.size)
    row["resource_type"] = _DISK
    row["parent_id"] = entry.entry_id
    row["extend_info"] = {**_extend_info(backup), "bootable": disk.is_system, "system_disk": disk.is_system}
    row["children"] = []
    row["replication_records"] = []
    return row


def _children_of(inventory: AccountInventory, parent: str, project: str) -> list[Payload]:
    """Return the backups of disks inside a server's backup; for some servers there are none."""
    part = find_part(parent, inventory.resources)
    if part is None or draw(part.resource, "children", 3) == 0:
        return []
    return [
        _child_row(entry, place, disk)
        for entry in _entries_of(inventory, project, part.resource)
        if entry.entry_id == parent
        for place, disk in enumerate(_covered_disks(inventory, entry.backup))
    ]


def _names_children(resource: Resource) -> bool:
    """Return whether the list names the disks inside a server's backup; for others they must be asked for."""
    return draw(resource, "children", 3) == 2


def _covered_disks(inventory: AccountInventory, backup: Backup) -> tuple[ServerDisk, ...]:
    """Return the disks inside a server's backup; none for a disk's backup."""
    if not _is_server(backup.resource):
        return ()
    skipped = _skipped_disks(inventory, backup.resource)
    disks = inventory.disks_of(backup.resource)
    return tuple(disk for disk in disks if disk not in skipped and disk.created <= backup.created)


def _skipped_disks(inventory: AccountInventory, resource: Resource) -> tuple[ServerDisk, ...]:
    """Return the disks that the backups of a server leave out."""
    disks = tuple(inventory.disks_of(resource)) if _is_server(resource) else ()
    disk_ids = tuple(disk.disk_id for disk in disks)
    excluded, included = excluded_disks(resource, disk_ids), included_disks(resource, disk_ids)
    return tuple(disk for disk in disks if disk.disk_id in excluded or (included and disk.disk_id not in included))


def _replication_records(inventory: AccountInventory, entry: _Entry) -> list[Payload]:
    """Return the records of copying a backup to another region."""
    backup, resource = entry.backup, entry.backup.resource
    copies = inventory.vaults.copy_vault_of(resource)
    if copies is None or entry.vault is None or backup.status is not BackupStatus.AVAILABLE:
        return []
    has_succeeded = _is_copied(backup)
    return [
        {
            "id": named_id("replication", backup.backup_id),
            "created_at": _moment(backup.created + 1800, backup.backup_id),
            "status": "success" if has_succeeded else "fail",
            "source_region": resource.region,
            "source_project_id": resource.project_id,
            "source_backup_id": backup.backup_id,
            "source_checkpoint_id": _checkpoint_id(backup),
            "vault_id": _vault_id(entry),
            "destination_region": destination_of(resource.region),
            "destination_project_id": project_id(destination_of(resource.region)),
            "destination_backup_id": _copy_id(backup) if has_succeeded else "",
            "destination_checkpoint_id": _checkpoint_id(backup) if has_succeeded else "",
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


def _policies(call: Call) -> list[Payload]:
    """Return the policies of a project: nightly, weekly, copies to another region, and one that is off."""
    vaults = call.account.inventory.vaults.in_project(call.project_id)
    rows = []
    for name, pattern, days in _PATTERNS:
        is_copying = name == "copies"
        bound = [each for each in vaults if _POLICY_BY_VAULT.get(each.kind) == name]
        rows.append(
            {
                "id": named_id("policy", call.project_id, name),
                "name": f"default-{name}",
                "enabled": name != "off",
                "operation_type": "replication" if is_copying else "backup",
                "policy_type": "user",
                "operation_definition": {
                    "retention_duration_days": days,
                    "max_backups": -1,
                    "timezone": "UTC+08:00",
                    **({"destination_region": destination_of(call.region_project.region)} if is_copying else {}),
                },
                "trigger": {
                    "id": named_id("trigger", call.project_id, name),
                    "name": "default",
                    "type": "time",
                    "properties": {"pattern": [pattern], "start_time": "2025-01-01 17:00:00"},
                },
                "associated_vaults": [{"vault_id": each.vault_id} for each in bound],
            }
        )
    return rows


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


def _task_row(entry: _Entry, project: str) -> Payload:
    backup = entry.backup
    has_failed = backup.status is BackupStatus.ERROR
    ended = _moment(backup.created + 900, backup.backup_id) if backup.status is not BackupStatus.PROTECTING else None
    created = format_timestamp(backup.created)
    return {
        "id": str(PartId(backup.resource, _TASK_KIND, backup.day)),
        "checkpoint_id": _checkpoint_id(backup),
        "created_at": created,
        "started_at": created,
        "updated_at": created,
        "ended_at": ended,
        "operation_type": "backup",
        "project_id": project,
        "provider_id": named_id("provider", "server"),
        "status": _TASK_STATUSES[backup.status],
        "vault_id": _vault_id(entry),
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
                "type": _type_of(backup.resource),
            },
        },
    }


def _is_server(resource: Resource) -> bool:
    return resource.offer.code in SERVERS


def _type_of(resource: Resource) -> str:
    return _SERVER if _is_server(resource) else _DISK


def _image_type(entry: _Entry) -> str:
    return "replication" if entry.is_copy else "backup"


def _object_type(vault: Vault) -> str:
    return "disk" if vault.kind is VaultKind.DISKS else "server"


def _vault_id(entry: _Entry) -> str:
    """Return the id of the vault; that of another account is in no list of ours."""
    return entry.vault.vault_id if entry.vault else named_id("vault of another account")


def _copy_id(backup: Backup) -> str:
    return str(PartId(backup.resource, _COPY_KIND, backup.day))


def _checkpoint_id(backup: Backup) -> str:
    return str(PartId(backup.resource, _CHECKPOINT_KIND, backup.day))


def _enterprise_project(owner: Resource | Vault) -> str:
    """Return the id of the enterprise project; that of a pay-per-use vault is the default one."""
    resource = owner.subscription if isinstance(owner, Vault) else owner
    return PROJECTS[resource.project_index].project_id if resource else PROJECTS[0].project_id


def _opened(inventory: AccountInventory, vault: Vault) -> int:
    return inventory.created_at(vault.subscription) if vault.subscription else inventory.epoch - _OPENED_SECONDS


def _size_of(inventory: AccountInventory, resource: Resource) -> int:
    """Return the size of a disk, or of all disks of a server, in GB."""
    if _is_server(resource):
        return sum(disk.size for disk in inventory.disks_of(resource))
    return resource.size or 0


def _backup_megabytes(inventory: AccountInventory, resource: Resource) -> int:
    return int(_size_of(inventory, resource) * _MEGABYTES * _SHARE_OF_DISK)


def _moment(moment: int, seed: str) -> str:
    """Return a time as CBR writes it: UTC with microseconds and without a zone."""
    return f"{format_timestamp(moment)[:-1]}.{_microsecond(seed):06d}"


def _microsecond(seed: str) -> int:
    return spread(seed) % 1_000_000


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


_SORT_KEYS: Mapping[str, Callable[[_Entry], tuple[float | str, int, str]]] = {
    "created_at": lambda entry: (entry.backup.created, _microsecond(entry.entry_id), entry.entry_id),
    "expired_at": lambda entry: (entry.backup.expires or float("inf"), _microsecond(entry.entry_id), entry.entry_id),
    "name": lambda entry: (entry.name, 0, entry.entry_id),
    "status": lambda entry: (entry.backup.status, 0, entry.entry_id),
    "resource_name": lambda entry: (entry.backup.resource.name, 0, entry.entry_id),
}
"""Sort keys of backups; the id makes the order definite."""
