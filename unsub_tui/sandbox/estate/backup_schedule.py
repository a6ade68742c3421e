"""Backups of servers and disks: which exist at a moment, by rules and without storing any."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from unsub_tui.sandbox import offers
from unsub_tui.sandbox.estate.draws import draw
from unsub_tui.sandbox.estate.part_ids import PartId
from unsub_tui.sandbox.models import Resource
from unsub_tui.sandbox.timestamps import DAY, HOUR

BACKUP_KIND = 1
"""Kind of ids of backups; `day` is the day on which the backup began, in days since 1970."""

SERVERS = frozenset({offers.SERVER.code})
DISKS = frozenset({offers.DISK.code})


class Protection(enum.Enum):
    """The backup schedule of a server or disk."""

    NONE = enum.auto()
    """In no vault."""
    NEVER_RUN = enum.auto()
    """In a vault, but no backup was made yet."""
    DAILY = enum.auto()
    WEEKLY = enum.auto()
    OLD = enum.auto()
    """A single backup made by hand long ago, without an expiry."""
    RECENT = enum.auto()
    """A single backup made by hand a few days ago, without an expiry."""
    ONLY_FAILED = enum.auto()
    """A single backup, and it failed."""
    NEWEST_FAILED = enum.auto()
    """Weekly backups, which have failed since the week before the sandbox was first started."""
    EXPIRING = enum.auto()
    """A single backup that expires within a week."""
    BEING_DELETED = enum.auto()
    """A single backup that is being deleted."""
    IN_PROGRESS = enum.auto()
    """An old backup, and a new one that is not finished."""
    SHARED = enum.auto()
    """Only a backup that another project shares with this one."""


_OF_SERVERS = (
    Protection.NONE,
    Protection.DAILY,
    Protection.NONE,
    Protection.OLD,
    Protection.NONE,
    Protection.DAILY,
    Protection.ONLY_FAILED,
    Protection.NONE,
    Protection.WEEKLY,
    Protection.EXPIRING,
    Protection.NONE,
    Protection.DAILY,
    Protection.OLD,
    Protection.NONE,
    Protection.NEWEST_FAILED,
    Protection.RECENT,
    Protection.NEVER_RUN,
    Protection.BEING_DELETED,
    Protection.IN_PROGRESS,
    Protection.SHARED,
)
_OF_DISKS = (
    Protection.NONE,
    Protection.DAILY,
    Protection.NONE,
    Protection.OLD,
    Protection.NONE,
    Protection.NONE,
    Protection.EXPIRING,
    Protection.NONE,
    Protection.ONLY_FAILED,
    Protection.RECENT,
)
_NOTHING = (Protection.NONE, Protection.NEVER_RUN)
_SHORT, _LONG = 7, 30
"""Days that automatic backups are kept."""
_SCHEDULES: Mapping[Protection, tuple[int, int]] = {
    Protection.DAILY: (1, _SHORT),
    Protection.WEEKLY: (7, _LONG),
    Protection.NEWEST_FAILED: (7, _LONG),
}
"""Days between the backups of a policy, and days that they are kept."""


class BackupStatus(enum.StrEnum):
    """Statuses of backups in the API, as far as they occur here."""

    AVAILABLE = "available"
    PROTECTING = "protecting"
    ERROR = "error"
    DELETING = "deleting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup of a server or disk."""

    resource: Resource
    day: int
    """Day on which it began, in days since 1970: a resource has at most one backup a day."""
    created: int
    expires: int | None = None
    """None if it is kept until someone deletes it."""
    status: BackupStatus = BackupStatus.AVAILABLE
    is_automatic: bool = False
    is_shared: bool = False
    """Whether it lies in a project of another account, which shares it."""

    @property
    def backup_id(self) -> str:
        """Id of the backup."""
        return str(PartId(self.resource, BACKUP_KIND, self.day))


def protection_of(resource: Resource) -> Protection:
    """Return how a resource is backed up; attached disks only with their server."""
    if resource.offer.code in SERVERS:
        return _OF_SERVERS[draw(resource, "protection", len(_OF_SERVERS))]
    if resource.offer.code in DISKS and resource.parent is None:
        return _OF_DISKS[draw(resource, "protection", len(_OF_DISKS))]
    return Protection.NONE


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the backups of a resource, all of which begin at the same time of day."""

    resource: Resource
    second: int
    """Seconds after midnight UTC; night in UTC+8."""

    def at(
        self,
        day: int,
        *,
        status: BackupStatus = BackupStatus.AVAILABLE,
        kept: int | None = None,
        at_midnight: bool = False,
        is_shared: bool = False,
    ) -> Backup:
        """Return the backup of a day; it is automatic if it is kept for a number of days."""
        created = day * DAY + (0 if at_midnight else self.second)
        return Backup(
            resource=self.resource,
            day=day,
            created=created,
            expires=None if kept is None else created + kept * DAY,
            status=status,
            is_automatic=kept is not None,
            is_shared=is_shared,
        )


def backups_of(resource: Resource, *, epoch: int, until: int, now: int) -> Iterator[Backup]:
    """Yield the backups that exist now, newest first.

    `epoch` is the time at which the sandbox was first started: single backups are dated relative to it. `until` is the
    time at which the resource was unsubscribed from, or `now`.
    """
    for backup in _planned(resource, protection_of(resource), epoch=epoch, until=until):
        is_made = resource.effective <= backup.created <= until
        if is_made and (backup.expires is None or backup.expires > now):
            yield backup


def _planned(resource: Resource, protection: Protection, *, epoch: int, until: int) -> Iterator[Backup]:
    """Yield the backups of a schedule, newest first, whether they exist yet or still."""
    if protection in _NOTHING:
        return
    start = epoch // DAY
    make = _Maker(resource, 17 * HOUR + draw(resource, "second", 3 * HOUR))
    if protection not in _SCHEDULES:
        yield from _single(make, protection, start)
        return
    every, kept = _SCHEDULES[protection]
    newest = (until - make.second) // DAY
    newest -= (newest - draw(resource, "weekday", every)) % every
    for day in range(newest, newest - kept - every, -every):
        has_failed = protection is Protection.NEWEST_FAILED and day > start - every
        yield make.at(day, kept=kept, status=BackupStatus.ERROR if has_failed else BackupStatus.AVAILABLE)


def _single(make: _Maker, protection: Protection, start: int) -> Iterator[Backup]:
    """Yield the backups that no policy repeats, dated relative to the day of the first start."""
    chance = draw(make.resource, "day", 1000)
    match protection:
        case Protection.OLD:
            yield make.at(max(start - 90 - chance % 300, make.resource.effective // DAY + 1))
        case Protection.RECENT:
            yield make.at(start - 1 - chance % 3)
        case Protection.ONLY_FAILED:
            yield make.at(start - 2 - chance % 5, status=BackupStatus.ERROR, kept=_LONG)
        case Protection.EXPIRING:
            yield make.at(start - _LONG + 3 + chance % 4, kept=_LONG)
        case Protection.BEING_DELETED:
            yield make.at(start - 20 - chance % 60, status=BackupStatus.DELETING)
        case Protection.IN_PROGRESS:
            yield make.at(start, status=BackupStatus.PROTECTING, at_midnight=True)
            yield make.at(start - 45 - chance % 60)
        case Protection.SHARED:
            yield make.at(start - 10 - chance % 60, is_shared=True)
