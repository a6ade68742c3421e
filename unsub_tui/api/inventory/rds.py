"""Databases of RDS, their backups and their recycle bin.

Sources: API Explorer definitions, SDK 3.1.219.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

from unsub_tui.api.inventory.list_reader import Paging, by_offset
from unsub_tui.api.inventory.service_hosts import Service
from unsub_tui.api.inventory.service_pages import ListPage, charging_of, one_row, read_rows, tags_of_pairs
from unsub_tui.api.inventory.service_values import is_safe_id, optional_part, parse_service_time, required_id
from unsub_tui.api.inventory.session import InventorySession, ListCall, Operation, join_lists
from unsub_tui.api.json_object import JsonObject
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import (
    Database,
    DatabaseBackup,
    DatabaseBackupKind,
    ProjectRegion,
    RecycleBinPolicy,
)
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

PAGE_SIZE = 100
"""Maximum number of rows that RDS accepts; it rejects a larger one."""

LIST_INSTANCES = Operation(name="list_instances", service=Service.RDS, path="/v3/{project_id}/instances")
LIST_BACKUPS = Operation(name="list_backups_of_rds", service=Service.RDS, path="/v3/{project_id}/backups")
SHOW_RECYCLE_POLICY = Operation(
    name="show_recycle_policy_of_rds", service=Service.RDS, path="/v3/{project_id}/instances/recycle-policy"
)

_FULL_BACKUPS = {"manual": DatabaseBackupKind.MANUAL, "auto": DatabaseBackupKind.AUTOMATIC}
"""Kinds of full backups; all others need an automatic one."""
_CHARGING = {"prePaid": Charging.YEARLY_MONTHLY, "postPaid": Charging.PAY_PER_USE}
_BIN_DAYS = range(1, 366)
"""Numbers of days that a recycle bin can keep an instance; others are unknown."""


class RdsClient:
    """Reads databases and their backups."""

    def __init__(self, session: InventorySession) -> None:
        self._session = session

    async def instances(self, place: ProjectRegion) -> ServiceList[Database]:
        """Return all instances of a project."""
        decode = partial(read_rows, name="instances", decode=decode_database, total="total_count")
        return await self._session.read_list(LIST_INSTANCES, place, decode, ListCall(paging=by_offset(PAGE_SIZE)))

    async def backups(
        self, place: ProjectRegion, database_ids: Collection[str]
    ) -> Mapping[str, ServiceList[DatabaseBackup]]:
        """Return the backups of instances by their ids; one call each unless an instance has many.

        Of an instance with many backups, only the full ones are read: a day can have hundreds of the others.
        """
        ids = tuple(dict.fromkeys(database_ids))
        lists = await asyncio.gather(*(self._backups_of(place, each) for each in ids))
        return {each: replace(found, asked_ids=frozenset((each,))) for each, found in zip(ids, lists, strict=True)}

    async def recycle_bin(self, place: ProjectRegion) -> ServiceList[RecycleBinPolicy]:
        """Return the policy of the recycle bin, as the only row."""
        return await self._session.read_list(SHOW_RECYCLE_POLICY, place, _policy_page)

    async def _backups_of(self, place: ProjectRegion, database_id: str) -> ServiceList[DatabaseBackup]:
        if not is_safe_id(database_id):
            return ServiceList(place, problem=fact("inventory_ids_invalid", count=1))
        found = await self._read_backups(place, database_id, "", by_offset(PAGE_SIZE, max_rows=PAGE_SIZE))
        if found.problem is None or found.problem.code != "inventory_too_long":
            return found
        kinds = [self._read_backups(place, database_id, kind, by_offset(PAGE_SIZE)) for kind in _FULL_BACKUPS]
        full = join_lists(await asyncio.gather(*kinds), place)
        return replace(full, rows=tuple({each.backup_id: each for each in full.rows}.values()))

    async def _read_backups(
        self, place: ProjectRegion, database_id: str, kind: str, paging: Paging
    ) -> ServiceList[DatabaseBackup]:
        decode_row = partial(_decode_backup_of, database_id=database_id)
        decode = partial(read_rows, name="backups", decode=decode_row, total="total_count")
        query = {"instance_id": database_id} | ({"backup_type": kind} if kind else {})
        return await self._session.read_list(LIST_BACKUPS, place, decode, ListCall(query=query, paging=paging))


def decode_database(row: JsonObject) -> Database:
    """Return an instance. Raise ApiError if its id or its read replicas are unreadable."""
    related = [(each.text("type"), required_id(each, "id")) for each in row.objects("related_instance")]
    return Database(
        database_id=required_id(row, "id"),
        name=row.untrusted("name"),
        status=row.display("status"),
        type=row.display("type"),
        engine=optional_part(row, "datastore").display("type"),
        replica_ids=_related(related, "replica"),
        replica_of=next(iter(_related(related, "replica_of")), EMPTY),
        charging=charging_of(optional_part(row, "charge_info").text("charge_mode"), _CHARGING),
        backup_keep_days=optional_part(row, "backup_strategy").integer("keep_days"),
        created=parse_service_time(row.values.get("created")),
        tags=tags_of_pairs(row.values.get("tags")),
    )


def _related(related: list[tuple[str, UntrustedText]], kind: str) -> tuple[UntrustedText, ...]:
    return tuple(other for each, other in related if each == kind)


def decode_database_backup(row: JsonObject) -> DatabaseBackup:
    """Return a backup of an instance. Raise ApiError if its id, its instance or its kind is missing."""
    times = [parse_service_time(row.values.get(name)) for name in ("end_time", "begin_time")]
    return DatabaseBackup(
        backup_id=required_id(row, "id"),
        database_id=required_id(row, "instance_id"),
        kind=_FULL_BACKUPS.get(row.required_text("type"), DatabaseBackupKind.OTHER),
        status=row.display("status"),
        created=next((each for each in times if each is not None), None),
    )


def _decode_backup_of(row: JsonObject, database_id: str) -> DatabaseBackup:
    """Return a backup. Raise ApiError for one of another instance: the service ignored the filter."""
    backup = decode_database_backup(row)
    if backup.database_id.raw != database_id:
        raise row.invalid("instance_id")
    return backup


def decode_bin_policy(document: JsonObject) -> RecycleBinPolicy:
    """Return the policy of the recycle bin, which has no switch: it keeps deleted instances for a number of days."""
    days = document.integer("retention_period_in_days")
    if days is None or days not in _BIN_DAYS:
        return RecycleBinPolicy(is_on=None)
    return RecycleBinPolicy(is_on=True, kept=timedelta(days=days))


def _policy_page(document: JsonObject) -> ListPage[RecycleBinPolicy]:
    return one_row("policy", decode_bin_policy(document))
