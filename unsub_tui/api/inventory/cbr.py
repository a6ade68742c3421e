"""Vaults and backups of CBR.

Sources: API Explorer definitions, SDK 3.1.219, Huawei Cloud's page ListBackups.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial

from unsub_tui.api.inventory.list_reader import Paging, PagingStyle, by_offset
from unsub_tui.api.inventory.service_hosts import Service
from unsub_tui.api.inventory.service_pages import charging_of, read_rows, tags_of_pairs
from unsub_tui.api.inventory.service_values import is_safe_id, optional_part, parse_service_time, required_id
from unsub_tui.api.inventory.session import InventorySession, ListCall, Operation
from unsub_tui.api.json_object import JsonObject
from unsub_tui.api.wire_format import Json
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import Backup, ProjectRegion, Replication, Vault, VaultResource

PAGE_SIZE = 1000
"""Number of rows per page."""
MAX_BACKUPS = 3000
"""Maximum number of backups of a project that are read as a whole; with more, only those of certain resources."""
NEWEST_BACKUPS = 100
"""Number of backups that are read of one resource if a project has too many."""
USABLE = frozenset({"available", "restoring"})
"""Statuses of backups that can be restored."""

LIST_VAULT = Operation(name="list_vault", service=Service.CBR, path="/v3/{project_id}/vaults", has_projects=True)
LIST_BACKUPS = Operation(name="list_backups", service=Service.CBR, path="/v3/{project_id}/backups", has_projects=True)

_VISIBLE = {"own_type": "all_granted", "show_replication": "true", "sort": "created_at:desc"}
"""Also the backups that other projects share and those copied from other regions, the newest first."""
_CHARGING = {"post_paid": Charging.PAY_PER_USE, "pre_paid": Charging.YEARLY_MONTHLY}
_REPLICA = "replication"
"""`image_type` of a copy of a backup in another region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupLists:
    """Backups of a project: all of them, or those of certain resources."""

    whole: ServiceList[Backup] | None = None
    """None if the project has more than `MAX_BACKUPS`."""
    by_resource: Mapping[str, ServiceList[Backup]] = field(default_factory=dict)
    """The newest backups by id of the resource, if `whole` is None."""


class CbrClient:
    """Reads vaults and backups."""

    def __init__(self, session: InventorySession) -> None:
        self._session = session

    async def vaults(self, place: ProjectRegion) -> ServiceList[Vault]:
        """Return all vaults of a project; backups lie even in vaults that protect no resource any more."""
        decode = partial(read_rows, name="vaults", decode=decode_vault, total="count")
        return await self._session.read_list(LIST_VAULT, place, decode, ListCall(paging=by_offset(PAGE_SIZE)))

    async def backups(self, place: ProjectRegion, resource_ids: Collection[str]) -> BackupLists:
        """Return the backups of a project, or only those of these resources if it has too many.

        The backup of a server holds its disks: the ids for a disk are its own and those of its servers.
        """
        paging = by_offset(PAGE_SIZE, max_rows=MAX_BACKUPS)
        whole = await self._read_backups(place, {}, decode_backup, paging)
        if whole.problem is None or whole.problem.code != "inventory_too_long":
            return BackupLists(whole=whole)
        ids = tuple(dict.fromkeys(resource_ids))
        lists = await asyncio.gather(*(self._newest_backups(place, each) for each in ids))
        return BackupLists(by_resource=dict(zip(ids, lists, strict=True)))

    async def with_disks(self, backups: ServiceList[Backup], backup_ids: Collection[str]) -> ServiceList[Backup]:
        """Return a list with the ids of the disks inside these backups of servers, if usable and their rows name none.

        A backup of which they cannot be read still names none. One without a usable disk is left out as unreadable.
        """
        wanted = [
            each.backup_id.raw
            for each in backups.rows
            if each.backup_id.raw in backup_ids and each.status in USABLE and not each.child_disk_ids
        ]
        lists = await asyncio.gather(*(self._children(backups.place, each) for each in wanted))
        disks = {
            parent: tuple(child.resource_id.raw for child in found.rows if child.status in USABLE)
            for parent, found in zip(wanted, lists, strict=True)
            if found.is_complete and found.rows
        }
        rows = tuple(
            replace(each, child_disk_ids=disks.get(each.backup_id.raw, each.child_disk_ids))
            for each in backups.rows
            if disks.get(each.backup_id.raw) != ()
        )
        left_out = len(backups.rows) - len(rows)
        problem = fact("inventory_rows_unreadable", count=left_out) if left_out else None
        return replace(backups, rows=rows, problem=backups.problem or problem)

    async def _newest_backups(self, place: ProjectRegion, resource_id: str) -> ServiceList[Backup]:
        if not is_safe_id(resource_id):
            return ServiceList(place, problem=fact("inventory_ids_invalid", count=1))
        decode = partial(_decode_filtered, name="resource_id", value=resource_id)
        paging = Paging(style=PagingStyle.SINGLE, limit=NEWEST_BACKUPS)
        found = await self._read_backups(place, {"resource_id": resource_id}, decode, paging)
        return replace(found, asked_ids=frozenset((resource_id,)))

    async def _children(self, place: ProjectRegion, parent_id: str) -> ServiceList[Backup]:
        if not is_safe_id(parent_id):
            return ServiceList(place, problem=fact("inventory_ids_invalid", count=1))
        decode = partial(_decode_filtered, name="parent_id", value=parent_id)
        return await self._read_backups(place, {"parent_id": parent_id}, decode, by_offset(PAGE_SIZE))

    async def _read_backups(
        self, place: ProjectRegion, query: Mapping[str, str], decode: Callable[[JsonObject], Backup], paging: Paging
    ) -> ServiceList[Backup]:
        read_page = partial(read_rows, name="backups", decode=decode, total="count")
        call = ListCall(query={**_VISIBLE, **query}, paging=paging)
        return await self._session.read_list(LIST_BACKUPS, place, read_page, call)


def decode_vault(row: JsonObject) -> Vault:
    """Return a vault. Raise ApiError if its id or the resources that it protects are unreadable."""
    billing = optional_part(row, "billing")
    return Vault(
        vault_id=required_id(row, "id"),
        name=row.untrusted("name"),
        status=billing.display("status"),
        charging=charging_of(billing.text("charging_mode"), _CHARGING),
        is_frozen=billing.text("status") == "frozen" or bool(billing.values.get("frozen_scene")),
        used_mb=billing.integer("used"),
        size_gb=billing.integer("size"),
        resources=tuple(map(_vault_resource, row.objects("resources"))),
        tags=tags_of_pairs(row.values.get("tags")),
    )


def _vault_resource(row: JsonObject) -> VaultResource:
    extra = row.optional_object("extra_info")
    included = () if extra is None else _ids(extra, "include_volumes")
    return VaultResource(
        resource_id=required_id(row, "id"),
        included_disks=included or None,
        excluded_disks=() if extra is None else _ids(extra, "exclude_volumes"),
    )


def _ids(extra: JsonObject, name: str) -> tuple[str, ...]:
    """Return ids given as texts or as objects. Raise ApiError for another form, which may exclude any disk."""
    return tuple(_id(extra, name, each) for each in extra.elements(name))


def _id(extra: JsonObject, name: str, element: Json) -> str:
    value = element.get("id") if isinstance(element, dict) else element
    if not isinstance(value, str) or not value:
        raise extra.invalid(name)
    return value


def decode_backup(row: JsonObject) -> Backup:
    """Return a backup. Raise ApiError if its id, its resource or the disks inside it are unreadable."""
    expires, status = parse_service_time(row.values.get("expired_at")), row.display("status")
    children = row.objects("children")
    disk_ids = tuple(required_id(each, "resource_id").raw for each in children if each.text("status") in USABLE)
    if children and not disk_ids and status in USABLE:
        raise row.invalid("children")  # usable, but none of its disks is
    return Backup(
        backup_id=required_id(row, "id"),
        resource_id=required_id(row, "resource_id"),
        resource_type=row.display("resource_type"),
        status=status,
        created=parse_service_time(row.values.get("created_at")),
        expires=expires,
        has_expiry_unread=expires is None and row.values.get("expired_at") not in (None, ""),
        vault_id=row.untrusted("vault_id"),
        is_replica=row.text("image_type") == _REPLICA,
        parent_id=row.display("parent_id"),
        child_disk_ids=disk_ids,
        replications=_shared_replications(tuple(_replications(row.values.get("replication_records")))),
    )


def _decode_filtered(row: JsonObject, name: str, value: str) -> Backup:
    """Return a backup. Raise ApiError for one that the request did not ask for: the service ignored the filter."""
    if row.text(name) != value:
        raise row.invalid(name)
    return decode_backup(row)


@lru_cache(maxsize=64)
def _shared_replications(replications: tuple[Replication, ...]) -> tuple[Replication, ...]:
    """Return one object for equal ones: all backups of a vault are copied to the same places."""
    return replications


def _replications(value: Json) -> Iterator[Replication]:
    for each in value if isinstance(value, list) else ():
        if isinstance(each, dict):
            record = JsonObject("", each)
            yield Replication(
                region=record.display("destination_region"),
                project_id=record.display("destination_project_id"),
                status=record.display("status"),
            )
