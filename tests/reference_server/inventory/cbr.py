"""CBR: vaults, and the backups in them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from tests.reference_server.inventory.estate import Backup, Estate, Vault, VaultMember
from tests.reference_server.inventory.failures import Json, flat
from tests.reference_server.inventory.formats import bare, listed_tags
from tests.reference_server.inventory.listing import marker_page, offset_page, visible
from tests.reference_server.inventory.routes import ServiceCall, route
from tests.reference_server.timestamps import stable_hex, stable_uuid

TYPES = {
    "server": "OS::Nova::Server",
    "disk": "OS::Cinder::Volume",
    "bare metal": "OS::Ironic::BareMetalServer",
    "turbo": "OS::Sfs::Turbo",
    "workspace": "OS::Workspace::DesktopV2",
    "native": "OS::Native::Server",
}
LIST_VAULTS, LIST_BACKUPS = "cbr:vaults:list", "cbr:backups:list"


@route(
    "cbr",
    "list_vault",
    "/v3/{project}/vaults",
    LIST_VAULTS,
    "limit offset id resource_ids object_type protect_type status name",
    scope="enterprise_project_id",
    takes_all_granted=True,
)
def list_vaults(call: ServiceCall) -> Json:
    """Answer vaults."""
    ids = {one for each in call.many("id") for one in each.split(",")}
    members = set(call.listed("resource_ids"))
    found = [
        each
        for each in visible(call, call.estate.vaults)
        if (not ids or each.id in ids)
        and (not members or members & {one.id for one in each.members})
        and call.one("object_type") in {"", each.object_type}
        and call.one("protect_type") in {"", each.protect_type}
        and call.one("status") in {"", each.status}
        and call.one("name") in each.name
    ]
    page = offset_page(call, found, most=1000, default=1000)
    return {
        "vaults": call.rows(page, lambda each: _vault_row(call.estate, each)),
        "count": call.total(len(found)),
        "limit": call.number("limit", 1, 1000, 1000),
        "offset": call.number("offset", 0, 2**31 - 1, 0),
    }


@route(
    "cbr",
    "list_backups",
    "/v3/{project}/backups",
    LIST_BACKUPS,
    "limit offset marker resource_id resource_type vault_id parent_id checkpoint_id status start_time end_time "
    "image_type own_type sort show_replication name",
    scope="enterprise_project_id",
    takes_all_granted=True,
)
def list_backups(call: ServiceCall) -> Json:
    """Answer backups: those that this project holds, unless others are asked for; in no order unless one is asked for.

    The disks of a server's backup are rows only for those who name their parent.
    """
    parent = call.one("parent_id")
    found = visible(call, [one for each in call.estate.backups for one in (_children(each) if parent else (each,))])
    found = _sorted(call, [each for each in found if _is_wanted(call, each)])
    pages = marker_page if call.one("marker") else offset_page
    page = pages(call, found, most=1000, default=1000)
    replication = bool(call.flag("show_replication"))
    return {
        "backups": call.rows(page, lambda each: _row(call.estate, each, replication=replication)),
        "count": call.total(len(found)),
        "limit": call.number("limit", 1, 1000, 1000),
        "offset": call.number("offset", 0, 2**31 - 1, 0),
    }


def _is_wanted(call: ServiceCall, backup: Backup) -> bool:
    own, statuses = call.one("own_type") or "private", call.many("status")
    if own not in {"private", "shared", "all_granted"}:
        raise call.refuse("invalid own_type")
    return (
        own in {"all_granted", "shared" if backup.is_from_other_project else "private"}
        and (not statuses or backup.status in statuses)
        and call.one("resource_id") in {"", backup.source_id}
        and call.one("resource_type") in {"", TYPES[backup.kind]}
        and call.one("vault_id") in {"", backup.vault_id}
        and call.one("parent_id") in {"", backup.parent_id}
        and call.one("checkpoint_id") in {"", checkpoint_of(backup)}
        and call.one("image_type") in {"", backup.image_type}
        and call.one("name") in backup.name
        and (not call.one("start_time") or backup.created >= _moment(call, "start_time"))
        and (not call.one("end_time") or backup.created <= _moment(call, "end_time"))
    )


def _moment(call: ServiceCall, key: str) -> datetime:
    try:
        return datetime.strptime(call.one(key), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise call.refuse(f"invalid {key}") from None


def _sorted(call: ServiceCall, found: list[Backup]) -> list[Backup]:
    wanted = call.one("sort")
    if not wanted:
        return sorted(found, key=lambda each: stable_hex(each.id))
    key, _, direction = wanted.partition(":")
    if key not in {"created_at", "id", "name", "status"} or direction not in {"", "asc", "desc"}:
        raise call.refuse("invalid sort")
    field = {"created_at": "created"}.get(key, key)
    return sorted(found, key=lambda each: getattr(each, field), reverse=direction != "asc")


def _children(backup: Backup) -> list[Backup]:
    """Return the disks inside a server's backup, where it says which these are."""
    if backup.kind != "server" or not backup.shows_disks:
        return []
    return [
        Backup(
            id=stable_uuid(f"{backup.id}/{disk_id}"),
            project_id=backup.project_id,
            vault_id=backup.vault_id,
            source_id=disk_id,
            kind="disk",
            name=backup.name,
            parent_id=backup.id,
            enterprise_project_id=backup.enterprise_project_id,
            status=backup.status,
            created=backup.created,
            expires=backup.expires,
            image_type=backup.image_type,
            is_from_other_project=backup.is_from_other_project,
        )
        for disk_id in backup.disk_ids
    ]


def checkpoint_of(backup: Backup) -> str:
    """Return the checkpoint of a backup."""
    return stable_uuid(f"checkpoint {backup.parent_id or backup.id}")


@route("cbr", "show_checkpoint", "/v3/{project}/checkpoints/{id}", LIST_BACKUPS)
def show_checkpoint(call: ServiceCall) -> Json:
    """Answer what a backup was made of, and what it left out."""
    for each in visible(call, call.estate.backups):
        if checkpoint_of(each) == call.names["id"]:
            break
    else:
        raise flat(404, "BackupService.6011", "Checkpoint not found")
    skipped = [
        {"id": one, "type": TYPES["disk"], "name": "", "code": "BackupService.0012", "reason": "disk is busy"}
        for one in each.skipped_disk_ids
    ]
    source = {"id": each.source_id, "name": "", "type": TYPES[each.kind], "protect_status": "available"}
    vault = {"id": each.vault_id, "name": "", "resources": [source], "skipped_resources": skipped}
    return {
        "checkpoint": {
            "id": call.names["id"],
            "project_id": each.project_id,
            "created_at": bare(each.created),
            "status": each.status,
            "vault": vault,
            "extra_info": {"name": each.name, "description": "", "retention_duration": -1},
        }
    }


@route(
    "cbr", "show_storage_usage", "/v3/{project}/storage_usage", LIST_BACKUPS, "limit offset resource_id resource_type"
)
def show_storage_usage(call: ServiceCall) -> Json:
    """Answer how many backups there are of each thing."""
    counts = Counter((each.source_id, TYPES[each.kind]) for each in visible(call, call.estate.backups))
    rows = [
        {
            "resource_id": key,
            "resource_name": "",
            "resource_type": kind,
            "backup_count": count,
            "backup_size": 1024 * count,
            "backup_size_multiaz": 0,
        }
        for (key, kind), count in sorted(counts.items())
        if call.one("resource_id") in {"", key} and call.one("resource_type") in {"", kind}
    ]
    first, limit = call.number("offset", 0, 2**31 - 1, 0), call.number("limit", 1, 1000, 1000)
    return {"resource_count": call.total(len(rows)), "storage_usage": rows[first : first + limit]}


def _row(estate: Estate, backup: Backup, *, replication: bool) -> Json:
    children = _children(backup) if backup.shows_disks == "children" else []
    found: Json = {
        "id": backup.id,
        "name": backup.name,
        "checkpoint_id": checkpoint_of(backup),
        "parent_id": backup.parent_id or None,
        "project_id": backup.project_id,
        "vault_id": backup.vault_id,
        "resource_id": backup.source_id,
        "resource_name": "",
        "resource_type": TYPES[backup.kind],
        "resource_size": 40,
        "resource_az": "az1",
        "status": backup.status,
        "created_at": bare(backup.created),
        "updated_at": bare(backup.created),
        "protected_at": bare(backup.created),
        "expired_at": bare(backup.expires) if backup.expires else None,
        "image_type": backup.image_type,
        "description": "",
        "provider_id": stable_uuid("provider"),
        "enterprise_project_id": backup.enterprise_project_id,
        "children": [_row(estate, each, replication=replication) for each in children],
        "incremental": False,
        "version": 3,
        "extend_info": {
            "auto_trigger": backup.is_automatic,
            "contain_system_disk": any(
                one.is_system for each in estate.disks if each.id in backup.disk_ids for one in each.attachments
            ),
            "bootable": backup.kind == "server",
            "snapshot_id": stable_uuid(f"snapshot {backup.id}"),
            "support_lld": True,
            "supported_restore_mode": "backup",
            "os_images_data": [],
            "system_disk": False,
            "encrypted": False,
            "is_multi_az": False,
        },
    }
    if replication:
        found["replication_records"] = [
            {
                "id": stable_uuid(f"{backup.id} to {each.region}"),
                "created_at": bare(backup.created),
                "destination_region": each.region,
                "destination_project_id": each.project_id,
                "source_backup_id": backup.id,
                "source_project_id": backup.project_id,
                "status": each.status,
                "vault_id": backup.vault_id,
                "extra_info": {"progress": 100, "fail_code": "", "fail_reason": "", "auto_trigger": True},
            }
            for each in backup.replications
        ]
    return found


def _vault_row(estate: Estate, vault: Vault) -> Json:
    counts = Counter(each.source_id for each in estate.backups if each.vault_id == vault.id)
    return {
        "id": vault.id,
        "name": vault.name,
        "description": "",
        "project_id": vault.project_id,
        "enterprise_project_id": vault.enterprise_project_id,
        "provider_id": stable_uuid("provider"),
        "created_at": bare(vault.created),
        "tags": listed_tags(vault.tags),
        "auto_bind": False,
        "bind_rules": {"tags": []},
        "auto_expand": False,
        "smn_notify": True,
        "threshold": 80,
        "sys_lock_source_service": "",
        "locked": vault.is_locked,
        "user_id": stable_hex("user owner"),
        "billing": {
            "allocated": vault.size * 2,
            "charging_mode": "pre_paid" if vault.order_id else "post_paid",
            "order_id": vault.order_id or None,
            "product_id": "OFFI1" if vault.order_id else None,
            "cloud_type": "public",
            "consistent_level": "crash_consistent",
            "object_type": vault.object_type,
            "protect_type": vault.protect_type,
            "size": vault.size,
            "used": vault.used,
            "spec_code": f"vault.{vault.protect_type}.{vault.object_type}.normal",
            "status": vault.status,
            "storage_unit": None,
            "frozen_scene": vault.frozen_scene or None,
            "is_multi_az": False,
        },
        "resources": [_member_row(each, counts[each.id]) for each in vault.members],
    }


def _member_row(member: VaultMember, count: int) -> Json:
    extra: Json = {}
    if member.included_disk_ids:
        extra["include_volumes"] = [{"id": each, "os_version": "Ubuntu"} for each in member.included_disk_ids]
    if member.excluded_disk_ids:
        extra["exclude_volumes"] = list(member.excluded_disk_ids)
    return {
        "id": member.id,
        "name": "",
        "type": TYPES[member.kind],
        "protect_status": "available",
        "size": 40,
        "backup_size": 1024 * count,
        "backup_count": count,
        "auto_protect": True,
        "extra_info": extra,
    }
