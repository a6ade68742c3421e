"""Operations of CBR: vaults, backups, policies and tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.cloud_services import CBR
from unsub_tui.sandbox.estate.account_inventory import AccountInventory
from unsub_tui.sandbox.estate.backup_entries import (
    BackupEntry,
    entries_in_project,
    entries_of,
    skipped_disks,
    vaults_in,
)
from unsub_tui.sandbox.estate.part_ids import find_part
from unsub_tui.sandbox.operations.backup_rows import (
    DISK_TYPE,
    TASK_STATUSES,
    backup_megabytes,
    backup_row,
    backup_time,
    children_of,
    image_type,
    owner_project,
    policy_rows,
    size_of,
    task_row,
    type_of,
    vault_row,
    vault_values,
)
from unsub_tui.sandbox.service_errors import ServiceError, invalid_value

_OWN_TYPES = frozenset({"private", "shared", "all_granted"})
_SORTS = frozenset({"created_at", "expired_at", "name", "status", "resource_name"})
_MOST_ROWS = 1000


@partial(Operation, "GET", "/v3/{project_id}/vaults", service=CBR, policy="cbr:vaults:list")
def list_vault(call: Call) -> Payload:
    """Return a page of the vaults of a project."""
    fields, inventory = call.parameters, call.account.inventory
    granted = call.granted_projects()
    ids, bound = frozenset(fields.repeated("id")), frozenset(fields.separated("resource_ids"))
    names = ("name", "status", "cloud_type", "protect_type", "object_type", "policy_id")
    filters = {name: value for name in names if (value := fields.text(name)) is not None}
    offset, limit = fields.page(max_limit=_MOST_ROWS, default=_MOST_ROWS)
    fields.reject_unknown()
    found = [
        vault
        for vault in vaults_in(inventory, call.project_id)
        if (not ids or vault.vault_id in ids)
        and (not bound or any(each.resource_id in bound for each in vault.resources))
        and (granted is None or owner_project(vault) in granted)
        and filters.items() <= vault_values(vault).items()
    ]
    rows = [vault_row(inventory, each) for each in found[offset : offset + limit]]
    return {"vaults": rows, "count": len(found), "limit": limit, "offset": offset}


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
        children = children_of(inventory, parent, call.project_id)
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
    rows = [backup_row(inventory, each, show_replication=show_replication) for each in found[first : first + limit]]
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

    def select(self, inventory: AccountInventory, project: str) -> list[BackupEntry]:
        """Return the backups of a project that fit."""
        return [each for each in self._candidates(inventory, project) if self._fits(each)]

    def _candidates(self, inventory: AccountInventory, project: str) -> Iterable[BackupEntry]:
        if self.resource_id is None:
            return entries_in_project(inventory, project)
        resource = inventory.resources.get(self.resource_id)
        return entries_of(inventory, project, resource) if resource else ()

    def _fits(self, entry: BackupEntry) -> bool:
        backup = entry.backup
        resource = backup.resource
        return (
            (self.own_type == "all_granted" or backup.is_shared == (self.own_type == "shared"))
            and self.resource_type in (None, type_of(resource))
            and self.vault_id in (None, entry.vault_id)
            and self.image_type in (None, image_type(entry))
            and (self.checkpoint_id is None or self.checkpoint_id == entry.checkpoint_id)  # an id takes long to make
            and (self.name is None or self.name == entry.name)
            and self.resource_name in (None, resource.name)
            and (not self.statuses or backup.status in self.statuses)
            and (self.start is None or backup.created >= self.start)
            and (self.end is None or backup.created <= self.end)
            and self.incremental in (None, backup.is_automatic)
            and (self.granted is None or owner_project(resource) in self.granted)
        )


@partial(Operation, "GET", "/v3/{project_id}/backups/{backup_id}", service=CBR, policy="cbr:backups:get")
def show_backup(call: Call) -> Payload:
    """Return a backup by id."""
    call.parameters.reject_unknown()
    return {"backup": backup_row(call.account.inventory, _find_entry(call, "backup_id"), show_replication=True)}


@partial(Operation, "GET", "/v3/{project_id}/checkpoints/{checkpoint_id}", service=CBR, policy="cbr:checkpoints:get")
def show_checkpoint(call: Call) -> Payload:
    """Return the checkpoint that a backup belongs to, with the disks that the backup left out."""
    call.parameters.reject_unknown()
    inventory = call.account.inventory
    entry = _find_entry(call, "checkpoint_id")
    resource, vault = entry.backup.resource, entry.vault
    skipped = skipped_disks(inventory, resource)
    return {
        "checkpoint": {
            "id": entry.checkpoint_id,
            "created_at": backup_time(entry.backup.created),
            "project_id": call.project_id,
            "status": entry.backup.status,
            "vault": {
                "id": entry.vault_id,
                "name": vault.name if vault else "",
                "resources": [
                    {
                        "id": resource.resource_id,
                        "name": resource.name,
                        "type": type_of(resource),
                        "protect_status": "available",
                        "resource_size": str(size_of(inventory, resource)),
                        "extra_info": "{}",
                    }
                ],
                "skipped_resources": [
                    {
                        "id": disk.disk_id,
                        "name": disk.name,
                        "type": DISK_TYPE,
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
        for policy in policy_rows(call.account.inventory, call.project_id)
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
    counts: dict[str, list[BackupEntry]] = {}
    for entry in entries_in_project(inventory, call.project_id):
        resource = entry.backup.resource
        if wanted in (None, resource.resource_id) and kind in (None, type_of(resource)) and not entry.backup.is_shared:
            counts.setdefault(resource.resource_id, []).append(entry)
    rows: list[Payload] = [
        {
            "resource_id": resource_id,
            "resource_name": entries[0].backup.resource.name,
            "resource_type": type_of(entries[0].backup.resource),
            "backup_count": len(entries),
            "backup_size": len(entries) * backup_megabytes(inventory, entries[0].backup.resource),
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
        for entry in sorted(entries_in_project(inventory, call.project_id), key=lambda each: -each.backup.created)
        if not entry.is_copy
        and wanted["resource_id"] in (None, entry.backup.resource.resource_id)
        and wanted["vault_id"] in (None, entry.vault_id)
        and wanted["status"] in (None, TASK_STATUSES[entry.backup.status])
        and wanted["operation_type"] in (None, "backup")
        and (start is None or entry.backup.created >= start)
        and (end is None or entry.backup.created <= end)
    ]
    rows = [task_row(each, call.project_id) for each in found[offset : offset + limit]]
    return {"operation_logs": rows, "count": len(found), "limit": limit, "offset": offset}


def _find_entry(call: Call, name: str) -> BackupEntry:
    """Return the backup with the id in the path. Raise ServiceError (404) if there is none."""
    inventory = call.account.inventory
    wanted = call.path_params[name]
    part = find_part(wanted, inventory.resources)
    for entry in entries_of(inventory, call.project_id, part.resource) if part else ():
        if wanted in (entry.entry_id, entry.checkpoint_id):
            return entry
    raise ServiceError("BackupService.6303", f"The backup {wanted} does not exist.", 404, CBR.form)


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _by_time(entry: BackupEntry, moment: float) -> tuple[float, int, int]:
    return moment, entry.backup.resource.purchase_number, entry.backup.resource.position


_SORT_KEYS: Mapping[str, Callable[[BackupEntry], tuple[float | str, ...]]] = {
    "created_at": lambda entry: _by_time(entry, entry.backup.created),
    "expired_at": lambda entry: _by_time(entry, entry.backup.expires or float("inf")),
    "name": lambda entry: (entry.name, entry.entry_id),
    "status": lambda entry: (entry.backup.status, entry.entry_id),
    "resource_name": lambda entry: (entry.backup.resource.name, entry.entry_id),
}
"""Sort keys of backups, which make their order definite."""
