"""Backups of servers and disks in vaults: the newest one, what endangers it, and the newest one to rely on.

A disk can have backups of its own, or be in those of its servers. A backup of a server can leave disks out, and what
its vault includes today says nothing certain about a backup whose rows do not name its disks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum, auto

from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.inventory.finding import (
    Finding,
    FindingState,
    Origin,
    known,
    none_seen,
    oldest,
    unknown,
)
from unsub_tui.domain.inventory.place_index import PlaceIndex
from unsub_tui.domain.inventory.resource_findings import BackupCopy, NewestBackup
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, kind_of
from unsub_tui.domain.inventory.service_rows import Backup, Server
from unsub_tui.domain.inventory.subject import Subject
from unsub_tui.domain.inventory.vaults import USABLE_BACKUPS, vault_dangers
from unsub_tui.domain.untrusted_text import EMPTY

RUNNING_BACKUPS = frozenset({"protecting", "waiting_protect"})

MINOR_DANGERS = frozenset(
    {
        "inventory_backup_expires_later",
        "inventory_vault_expires_later",
        "inventory_vault_full",
        "inventory_later_backup_failed",
    }
)
"""Dangers that a backup can have and still be usable."""
UNCERTAIN_DANGERS = frozenset(
    {
        "inventory_backup_expiry_unread",
        "inventory_backup_disks_not_named",
        "inventory_backup_may_lack_disks",
        "inventory_vault_unread",
        "inventory_vault_expiry_unknown",
        "inventory_disks_unread",
    }
)
"""Dangers that may not exist: too little is known."""

COPIED = "success"
"""Status of a replication that succeeded."""


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Coverage(Enum):
    """Whether a backup holds a resource."""

    INCLUDED = auto()
    """A row of the backup names it."""
    UNNAMED = auto()
    """It is a backup of the whole server that names no disks. Its vault leaves none out today, but may have then."""
    PERHAPS = auto()
    EXCLUDED = auto()


_SEEN = (Coverage.INCLUDED, Coverage.UNNAMED)
"""Those with which a backup is seen; it is usable only if it names what it holds."""

_CONTENT_DANGERS: Mapping[Coverage, FactCode] = {
    Coverage.EXCLUDED: "inventory_backup_lacks_disks",
    Coverage.PERHAPS: "inventory_backup_may_lack_disks",
    Coverage.UNNAMED: "inventory_backup_disks_not_named",
}
"""Dangers of a server's backup for the disks that are not certainly in it."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A backup that may hold the resource."""

    row: Backup
    origin: Origin
    place: PlaceIndex
    kind: str
    coverage: Coverage = Coverage.INCLUDED

    @property
    def created(self) -> datetime | None:
        return self.row.created


@dataclass(frozen=True, slots=True)
class BackupFindings:
    """The findings about the backups of a resource."""

    newest: Finding[NewestBackup] | None = None
    lasting: Finding[NewestBackup] | None = None
    copies: Finding[tuple[BackupCopy, ...]] | None = None


def backup_findings_of(subject: Subject) -> BackupFindings:
    """Return the findings about the backups of a server or disk in vaults."""
    match subject.kind:
        case ResourceKind.SERVER:
            candidates, absence = _server_backups(subject), _absence(subject, subject.ids)
        case ResourceKind.DISK:
            candidates, absence = _disk_backups(subject), _disk_absence(subject)
        case _:
            return BackupFindings()
    alive = [each for each in candidates if _is_alive(each.row, subject.estate.now)]
    seen = sorted(
        (each for each in alive if each.coverage in _SEEN and each.created is not None),
        key=lambda each: each.created or _LONG_AGO,
        reverse=True,
    )
    copies = _copies(subject, seen)
    if not seen:
        none = _none(absence, candidates, alive)
        return BackupFindings(none, none, copies)
    described = [(each, _describe(subject, each, candidates)) for each in seen]
    newest, backup = described[0]
    origin = oldest(newest.origin, newest.place.vaults.list.origin)
    return BackupFindings(known(backup, origin), _lasting(described, absence), copies)


def _server_backups(subject: Subject) -> list[_Candidate]:
    return [_Candidate(row, origin, place, "server") for place, origin, row in _rows_of(subject, subject.ids)]


def _disk_backups(subject: Subject) -> list[_Candidate]:
    disk_id = subject.resource.id
    found = [_own_backup(place, origin, row) for place, origin, row in _rows_of(subject, subject.ids)]
    mounts = _mounts(subject)
    for place, origin, row in _rows_of(subject, mounts):
        coverage = coverage_of(place, row, disk_id, mounts[row.resource_id.raw])
        found.append(_Candidate(row, origin, place, "server", coverage))
    # The row of a server that the disk was detached from since may still name it.
    for place in subject.region:
        for row in place.backups.by_child.get(disk_id, ()):
            origin_of_row = place.backups.origin_of(row)
            if origin_of_row is not None and row.resource_id.raw not in mounts:
                found.append(_Candidate(row, origin_of_row, place, "server"))
    return found


def _own_backup(place: PlaceIndex, origin: Origin, row: Backup) -> _Candidate:
    """Return the backup of a disk; one that is part of a server's backup ends with it."""
    parent = place.backups.parents.get(row.parent_id)
    if parent is None:
        return _Candidate(row, origin, place, "server" if row.parent_id else "disk")
    ends = [each for each in (row.expires, parent.expires) if each is not None]
    whole = replace(
        row,
        expires=min(ends, default=None),
        has_expiry_unread=row.has_expiry_unread or parent.has_expiry_unread,
        vault_id=row.vault_id or parent.vault_id,
    )
    is_certain = parent.status in USABLE_BACKUPS
    return _Candidate(whole, origin, place, "server", Coverage.INCLUDED if is_certain else Coverage.PERHAPS)


def _mounts(subject: Subject) -> dict[str, datetime | None]:
    """Return the ids of the servers that a disk is attached to, with the time of the attachment."""
    disk = subject.place.disks.get(subject.resource.id)
    return {each.server_id.raw: each.attached for each in disk.attachments} if disk is not None else {}


def _rows_of(subject: Subject, ids: Iterable[str]) -> Iterator[tuple[PlaceIndex, Origin, Backup]]:
    for place in subject.region:
        for each in ids:
            for row in place.backups.by_resource.get(each, ()):
                origin = place.backups.origin_of(row)
                if origin is not None:
                    yield place, origin, row


def coverage_of(place: PlaceIndex, backup: Backup, disk_id: str, attached: datetime | None) -> Coverage:
    """Return whether the backup of a server holds one of its disks, which is `attached` since then."""
    children = place.backups.children.get(backup.backup_id.raw, ())
    own = [each for each in children if each.resource_id.raw == disk_id]
    if disk_id in backup.child_disk_ids or any(each.status in USABLE_BACKUPS for each in own):
        return Coverage.INCLUDED
    if own or backup.child_disk_ids:
        return Coverage.EXCLUDED
    known = place.protections.get(backup.resource_id.raw, ())
    protection = next((each for vault, each in known if vault.vault_id == backup.vault_id), None)
    if children or protection is None or protection.included_disks is not None or protection.excluded_disks:
        return Coverage.PERHAPS  # what the vault includes today may differ from what it included then
    is_older = attached is not None and backup.created is not None and attached < backup.created
    return Coverage.UNNAMED if is_older else Coverage.PERHAPS


def _is_alive(backup: Backup, now: datetime) -> bool:
    return backup.status in USABLE_BACKUPS and (backup.expires is None or backup.expires > now)


def _absence(subject: Subject, ids: Iterable[str]) -> Finding[Backup]:
    """Return the finding if no backup of these ids was found: all projects of the region must have been read."""
    found = [place.backups_absence(each) for place in subject.region for each in ids]
    gap = next((each for each in found if each.state is FindingState.UNKNOWN), None)
    return gap or none_seen(oldest(*(each.origin for each in found if each.origin is not None)))


def _disk_absence(subject: Subject) -> Finding[Backup]:
    """Return the same for a disk: its backups and those of all its servers."""
    disk = subject.place.disks.find(*subject.ids)
    if disk.value is None:
        return Finding(FindingState.UNKNOWN, None, disk.origin, disk.reason)
    servers = [each.server_id.raw for each in disk.value.attachments]
    return _absence(subject, [*subject.ids, *servers])


def _none(
    absence: Finding[Backup], candidates: Sequence[_Candidate], alive: Sequence[_Candidate]
) -> Finding[NewestBackup]:
    """Return the finding without a usable backup that certainly holds the resource."""
    perhaps = [each for each in alive if each.coverage is Coverage.PERHAPS]
    unread = [each for each in alive if each.coverage in _SEEN]
    if perhaps:
        newest = max(perhaps, key=lambda each: each.created or _LONG_AGO)
        return unknown(fact("inventory_backup_perhaps_without_disk", date=_date(newest.created)), newest.origin)
    if unread:
        return unknown(fact("inventory_backup_time_unread"), unread[0].origin)
    if absence.state is FindingState.UNKNOWN or absence.origin is None:
        return Finding(FindingState.UNKNOWN, None, absence.origin, absence.reason)
    return none_seen(absence.origin, _seen_instead(candidates))


def _seen_instead(candidates: Sequence[_Candidate]) -> Fact | None:
    """Return what the newest backup is that cannot be used, or None."""
    dated = [each for each in candidates if each.created is not None]
    if not dated:
        return None
    newest = max(dated, key=lambda each: each.created or _LONG_AGO)
    if newest.row.status in RUNNING_BACKUPS:
        return fact("inventory_backup_in_progress", date=_date(newest.created))
    if newest.row.status not in USABLE_BACKUPS:
        return fact("inventory_backup_failed", date=_date(newest.created), status=newest.row.status)
    if newest.coverage is Coverage.EXCLUDED:
        return fact("inventory_backup_without_disk", date=_date(newest.created))
    return fact("inventory_backup_expired", date=_date(newest.row.expires))


def _date(time: datetime | None) -> str | None:
    return None if time is None else f"{time:%Y-%m-%d}"


def _describe(subject: Subject, candidate: _Candidate, candidates: Sequence[_Candidate]) -> NewestBackup:
    row, place = candidate.row, candidate.place
    vault = place.vaults.get(row.vault_id.raw)
    dangers = [
        *_expiry_dangers(subject, row),
        *vault_dangers(subject, place, row.vault_id),
        *_content_dangers(subject, candidate),
        *_failure_danger(candidate, candidates),
    ]
    return NewestBackup(
        backup_id=row.backup_id,
        kind=candidate.kind,
        created=row.created or subject.estate.now,
        expires=row.expires,
        vault_id=row.vault_id,
        vault_name=EMPTY if vault is None else vault.name,
        project_id=place.lists.place.project_id,
        dangers=tuple(dangers),
        is_usable=all(each.code in MINOR_DANGERS for each in dangers),
    )


def _expiry_dangers(subject: Subject, row: Backup) -> Iterator[Fact]:
    limits = subject.estate.thresholds
    if row.has_expiry_unread:
        yield fact("inventory_backup_expiry_unread")
    elif row.expires is not None and row.expires - subject.estate.now < limits.expiry_warned:
        is_soon = row.expires - subject.estate.now < limits.min_backup_life
        code: FactCode = "inventory_backup_expires_soon" if is_soon else "inventory_backup_expires_later"
        yield fact(code, date=_date(row.expires))


def _failure_danger(candidate: _Candidate, candidates: Iterable[_Candidate]) -> Iterator[Fact]:
    """Yield that a later backup failed, so that newer data is in none."""
    failed = [
        each.created
        for each in candidates
        if each.created is not None
        and candidate.created is not None
        and each.created > candidate.created
        and each.row.status not in USABLE_BACKUPS | RUNNING_BACKUPS
    ]
    if failed:
        yield fact("inventory_later_backup_failed", date=_date(max(failed)))


def _content_dangers(subject: Subject, candidate: _Candidate) -> Iterator[Fact]:
    """Yield that a server's backup does not hold disks, or perhaps not."""
    if subject.kind is ResourceKind.SERVER:
        yield from _disk_dangers(subject, candidate)
    elif candidate.coverage is Coverage.UNNAMED:
        yield fact("inventory_backup_disks_not_named", count=1, ids=subject.resource.id)


def _disk_dangers(subject: Subject, candidate: _Candidate) -> Iterator[Fact]:
    """Yield the disks of a server, deleted with it, that its backup does not hold, or perhaps not."""
    server = subject.place.servers.get(subject.resource.id)
    if server is None:
        yield fact("inventory_disks_unread")
        return
    coverages = {
        each: coverage_of(candidate.place, candidate.row, each, _attached(subject, each))
        for each in _lost_disks(subject, server)
    }
    for coverage, code in _CONTENT_DANGERS.items():
        if disks := [each for each, found in coverages.items() if found is coverage]:
            yield fact(code, count=len(disks), ids=", ".join(disks))


def _lost_disks(subject: Subject, server: Server) -> list[str]:
    """Return the ids of a server's disks, without those that have a subscription of their own and stay."""
    catalog = subject.estate.catalog
    tree = [each.id for each in catalog.attached_to(subject.resource) if kind_of(each) is ResourceKind.DISK]
    own = [each.disk_id.raw for each in server.disks]
    main = {each for each in own if (row := catalog.get(each)) is not None and row.is_main_resource}
    return [*dict.fromkeys(each for each in (*own, *tree) if each not in main)]


def _attached(subject: Subject, disk_id: str) -> datetime | None:
    """Return since when a disk is attached to the server, if its own row says so."""
    disk = subject.place.disks.get(disk_id)
    mounts = () if disk is None else disk.attachments
    return next((each.attached for each in mounts if each.server_id.raw == subject.resource.id), None)


def _lasting(described: Sequence[tuple[_Candidate, NewestBackup]], absence: Finding[Backup]) -> Finding[NewestBackup]:
    """Return the newest usable backup, or why none is usable."""
    for candidate, backup in described:
        if backup.is_usable:
            return known(backup, candidate.origin)
    newest, backup = described[0]
    reason = next(each for each in backup.dangers if each.code not in MINOR_DANGERS)
    dangers = {each.code for _candidate, other in described for each in other.dangers}
    if dangers & UNCERTAIN_DANGERS or absence.state is FindingState.UNKNOWN:
        return unknown(reason, newest.origin)
    return none_seen(newest.origin, reason)


def _copies(subject: Subject, backups: Iterable[_Candidate]) -> Finding[tuple[BackupCopy, ...]] | None:
    """Return the copies in other regions: those that were read there, and those that the backups record."""
    read: dict[str, tuple[BackupCopy, Origin]] = {}
    for place in subject.other_regions:
        for row in _replicas(place, subject):
            copy = BackupCopy(region=place.lists.place.region, is_recorded_only=False, created=row.created)
            origin = place.backups.origin_of(row)
            if origin is not None:
                read[copy.region] = copy, origin
    for each in backups:
        for record in each.row.replications:
            if record.status == COPIED and record.region not in read:
                read[record.region] = BackupCopy(region=record.region, created=each.created), each.origin
    if not read:
        return None
    copies, origins = zip(*read.values(), strict=True)
    return known(tuple(copies), oldest(*origins))


def _replicas(place: PlaceIndex, subject: Subject) -> Iterator[Backup]:
    for each in subject.ids:
        for row in place.backups.by_resource.get(each, ()):
            if row.is_replica and _is_alive(row, subject.estate.now):
                yield row
