"""Disks of EVS, their snapshots, and the recycle bin of a project.

Sources: API Explorer definitions and SDK 3.1.219 (`list_volumes`, `list_snapshots`, `show_recycle_policy`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from unsub_tui.api.inventory.list_reader import BY_IDS, by_last_id, by_offset
from unsub_tui.api.inventory.service_hosts import Service
from unsub_tui.api.inventory.service_pages import (
    ListPage,
    flag,
    one_row,
    read_rows,
    required_objects,
    tags_of_object,
    time_span,
)
from unsub_tui.api.inventory.session import InventorySession, ListCall, Operation, read_in_groups
from unsub_tui.api.json_object import JsonObject
from unsub_tui.api.wire_format import text_of
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import Disk, DiskAttachment, DiskSnapshot, ProjectRegion, RecycleBinPolicy

PAGE_SIZE = 1000
MAX_IDS = 60
"""Maximum number of ids in one request."""

LIST_DISKS = Operation(
    name="list_volumes", service=Service.EVS, path="/v2/{project_id}/cloudvolumes/detail", has_projects=True
)
LIST_SNAPSHOTS = Operation(
    name="list_snapshots", service=Service.EVS, path="/v2/{project_id}/cloudsnapshots/detail", has_projects=True
)
SHOW_RECYCLE_POLICY = Operation(
    name="show_recycle_policy", service=Service.EVS, path="/v3/{project_id}/recycle-bin-volumes/policy"
)

_BACKUP_PREFIX = "autobk_snapshot_"
"""Beginning of the names of snapshots that a backup task makes and deletes again."""


class EvsClient:
    """Reads disks and snapshots."""

    def __init__(self, session: InventorySession) -> None:
        self._session = session

    async def disks(self, place: ProjectRegion) -> ServiceList[Disk]:
        """Return all disks of a project."""
        return await self._session.read_list(LIST_DISKS, place, _disks, ListCall(paging=by_last_id(PAGE_SIZE)))

    async def disks_by_id(self, place: ProjectRegion, ids: Collection[str]) -> ServiceList[Disk]:
        """Return the disks with these ids; the service silently drops those that it does not know."""

        async def read(group: list[str]) -> ServiceList[Disk]:
            call = ListCall(query={"ids": _literal(group)}, paging=BY_IDS)
            return await self._session.read_list(LIST_DISKS, place, _disks, call)

        return await read_in_groups(ids, MAX_IDS, place, read)

    async def snapshots(self, place: ProjectRegion) -> ServiceList[DiskSnapshot]:
        """Return all snapshots of a project."""
        call = ListCall(paging=by_offset(PAGE_SIZE))
        return await self._session.read_list(LIST_SNAPSHOTS, place, _snapshots, call)

    async def recycle_bin(self, place: ProjectRegion) -> ServiceList[RecycleBinPolicy]:
        """Return the policy of the recycle bin as the only row."""
        return await self._session.read_list(SHOW_RECYCLE_POLICY, place, _recycle_bin)


def _literal(ids: Collection[str]) -> str:
    """Return ids in the form that the service requires: quoted, in brackets."""
    return "[" + ",".join(f"'{each}'" for each in ids) + "]"


def _disks(document: JsonObject) -> ListPage[Disk]:
    return read_rows(document, "volumes", decode_disk, total="count")


def decode_disk(row: JsonObject) -> Disk:
    """Return a disk. Raise ApiError if its row is unreadable."""
    metadata = row.values.get("metadata")
    order_id = text_of(metadata.get("orderID")) if isinstance(metadata, dict) else None
    charging = Charging.UNKNOWN
    if order_id is not None:
        charging = Charging.YEARLY_MONTHLY if order_id else Charging.PAY_PER_USE
    return Disk(
        disk_id=row.untrusted("id"),
        name=row.untrusted("name"),
        status=row.display("status"),
        attachments=tuple(_attachment(each) for each in required_objects(row, "attachments")),
        service_type=row.display("service_type"),
        charging=charging,
        created=row.timestamp("created_at"),
        tags=tags_of_object(row.values.get("tags")),
    )


def _attachment(row: JsonObject) -> DiskAttachment:
    return DiskAttachment(
        server_id=row.required_untrusted("server_id"),
        device=row.display("device"),
        attached=row.timestamp("attached_at"),
    )


def _snapshots(document: JsonObject) -> ListPage[DiskSnapshot]:
    return read_rows(document, "snapshots", decode_snapshot, total="count")


def decode_snapshot(row: JsonObject) -> DiskSnapshot:
    """Return a snapshot. Raise ApiError if its row is unreadable."""
    return DiskSnapshot(
        snapshot_id=row.untrusted("id"),
        disk_id=row.required_untrusted("volume_id"),
        status=row.display("status"),
        created=row.timestamp("created_at"),
        is_of_backup=row.text("name").startswith(_BACKUP_PREFIX),
    )


def _recycle_bin(document: JsonObject) -> ListPage[RecycleBinPolicy]:
    return one_row(
        "policy",
        RecycleBinPolicy(
            is_on=flag(document.values.get("switch")),
            min_age=time_span(document.integer("threshold_time"), timedelta(days=1)),
            kept=time_span(document.integer("keep_time"), timedelta(days=1)),
        ),
    )
