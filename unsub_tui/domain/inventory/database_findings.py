"""Backups and read replicas of databases. Manual backups survive their database, automatic ones are deleted with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Never

from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.finding import NOT_READ, Finding, FindingState, known, none_seen, unknown
from unsub_tui.domain.inventory.resource_findings import NewestBackup, RelatedResource
from unsub_tui.domain.inventory.resource_kinds import ResourceKind
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import Database, DatabaseBackup, DatabaseBackupKind
from unsub_tui.domain.inventory.subject import Subject
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

COMPLETED = "COMPLETED"
REPLICA = "Replica"
COVERED_ENGINES = frozenset({"mysql", "postgresql", "sqlserver"})
"""Engines whose backups the service lists; for others an empty list says nothing."""


def manual_backup_of(subject: Subject) -> Finding[NewestBackup] | None:
    """Return the newest manual backup of a database, which stays; None for other resources."""
    return _newest(subject, DatabaseBackupKind.MANUAL)


def automatic_backup_of(subject: Subject) -> Finding[NewestBackup] | None:
    """Return the newest automatic backup of a database, which is deleted with it; None for other resources."""
    found = _newest(subject, DatabaseBackupKind.AUTOMATIC)
    deleted = (fact("inventory_deleted_with_database"),)
    return found and found.map(lambda backup: replace(backup, dangers=deleted, is_usable=False))


def manual_backups(subject: Subject) -> Finding[int]:
    """Return the number of manual backups of a database."""
    rows = _backups(subject)
    if rows is None:
        return NOT_READ
    count = sum(each.kind is DatabaseBackupKind.MANUAL and each.status == COMPLETED for each in rows.rows)
    absence = _absence(subject, rows)
    return (
        absence if absence.origin is None or absence.reason is not None or not count else known(count, absence.origin)
    )


def _newest(subject: Subject, kind: DatabaseBackupKind) -> Finding[NewestBackup] | None:
    if subject.kind is not ResourceKind.DATABASE:
        return None
    rows = _backups(subject)
    if rows is None:
        return NOT_READ
    own = [each for each in rows.rows if each.kind is kind]
    completed = [each for each in own if each.status == COMPLETED]
    found = [
        NewestBackup(backup_id=each.backup_id, kind=kind.value, created=each.created)
        for each in completed
        if each.created is not None
    ]
    if found and rows.origin is not None:
        return known(max(found, key=lambda each: each.created), rows.origin)
    if completed:
        return unknown(fact("inventory_backup_time_unread"), rows.origin)
    return _none(_absence(subject, rows), own)


def _none(absence: Finding[Never], own: Sequence[DatabaseBackup]) -> Finding[NewestBackup]:
    dated = [(each.created, each.status) for each in own if each.created is not None]
    if absence.state is FindingState.UNKNOWN or absence.origin is None or not dated:
        return absence
    created, status = max(dated)
    return none_seen(absence.origin, fact("inventory_backup_failed", date=f"{created:%Y-%m-%d}", status=status))


def _backups(subject: Subject) -> ServiceList[DatabaseBackup] | None:
    lists = subject.place.lists.backups_of_database
    return next((lists[each] for each in subject.ids if each in lists), None)


def _absence(subject: Subject, rows: ServiceList[DatabaseBackup]) -> Finding[Never]:
    """Return the finding without a backup: the service lists backups of some engines only."""
    database = subject.place.databases.find(*subject.ids)
    if database.value is None:
        return unknown(database.reason or fact("inventory_row_missing"), database.origin)
    engine = database.value.engine
    if engine.casefold().replace(" ", "") not in COVERED_ENGINES:
        return unknown(fact("inventory_engine_not_covered", engine=engine), rows.origin)
    return rows.absence(database.value.database_id.raw)


def replicas_of(subject: Subject) -> Finding[tuple[RelatedResource, ...]] | None:
    """Return the read replicas that are deleted with a database; None for other resources."""
    if subject.kind is not ResourceKind.DATABASE:
        return None
    place = subject.place
    database = place.databases.find(*subject.ids)
    if database.value is None or database.origin is None:
        return Finding(FindingState.UNKNOWN, None, database.origin, database.reason)
    listed = place.replicas_by_primary.get(database.value.database_id.raw, ())
    ids = dict.fromkeys([*database.value.replica_ids, *(each.database_id for each in listed)])
    replicas = tuple(_related(subject, each) for each in ids)
    return known(replicas, database.origin) if replicas else none_seen(database.origin)


def primary_of(subject: Subject) -> Finding[RelatedResource] | None:
    """Return the primary of a read replica; None for all other resources."""
    if subject.kind is not ResourceKind.DATABASE:
        return None
    database = subject.place.databases.find(*subject.ids)
    if database.value is None or database.origin is None or not _is_replica(database.value):
        return None
    if not database.value.replica_of:
        return unknown(fact("inventory_not_stated"), database.origin)
    return known(_related(subject, database.value.replica_of), database.origin)


def _is_replica(database: Database) -> bool:
    return database.type == REPLICA or bool(database.replica_of)


def _related(subject: Subject, database_id: UntrustedText) -> RelatedResource:
    row = subject.place.databases.get(database_id.raw)
    return subject.estate.related(database_id, "database", EMPTY if row is None else row.name)
