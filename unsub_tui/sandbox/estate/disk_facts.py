"""The state of a disk: its attachments and its snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unsub_tui.sandbox.estate.cloud_resource import CloudResource, created_at, exists
from unsub_tui.sandbox.estate.draws import Draws
from unsub_tui.sandbox.estate.relations import Relations
from unsub_tui.sandbox.estate.tags import tags_of
from unsub_tui.sandbox.models import Resource
from unsub_tui.sandbox.timestamps import DAY, HOUR

_BUSY = 0.012
"""Share of the attached disks that are being changed."""
_BROKEN = 0.03
"""Share of the disks without a server that are in an error state."""
_WITH_SNAPSHOTS = 0.12
_WITH_BACKUP_SNAPSHOT = 0.10
_NAMES = ("before-upgrade", "monthly", "snapshot", "before-migration")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A disk at a server."""

    server: CloudResource
    device: str
    attached: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskFacts:
    """A disk at this moment."""

    source: CloudResource
    created: int
    updated: int
    status: str
    attachments: tuple[Attachment, ...]
    is_shared: bool
    """Whether it can be attached to several servers."""
    is_bootable: bool
    tags: dict[str, str]

    @property
    def disk_id(self) -> str:
        """Id of the disk."""
        return self.source.resource_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A snapshot of a disk."""

    snapshot_id: str
    name: str
    disk: CloudResource
    created: int


def disk_facts(disk: CloudResource, relations: Relations, draws: Draws, epoch: int, *, is_hostile: bool) -> DiskFacts:
    """Return what an existing disk is doing."""
    key = disk.resource_id
    created = created_at(disk, epoch)
    servers = relations.servers_of.get(key, ())
    present = [each for each in servers if exists(each)]
    attachments = tuple(
        Attachment(
            server=each,
            device=f"/dev/vd{chr(ord('a') + _place(relations, each, disk))}",
            attached=max(created, created_at(each, epoch)) + 5,
        )
        for each in present
    )
    if attachments:
        status = "extending" if draws.fraction(key, "busy") < _BUSY else "in-use"
        updated = max(each.attached for each in attachments)
    else:
        status = "error" if not servers and draws.fraction(key, "broken") < _BROKEN else "available"
        freed = draws.between(key, "freed", max(created, epoch - 300 * DAY), max(created + 1, epoch - 40 * DAY))
        updated = max((each.updated for each in servers if isinstance(each, Resource)), default=freed)
    system = bool(servers) and _place(relations, servers[0], disk) == 0
    return DiskFacts(
        source=disk,
        created=created,
        updated=updated,
        status=status,
        attachments=attachments,
        is_shared=len(servers) > 1,
        is_bootable=system,
        tags=tags_of(disk, draws, is_left_over=not servers, is_hostile=is_hostile),
    )


def _place(relations: Relations, server: CloudResource, disk: CloudResource) -> int:
    return next(place for place, each in enumerate(relations.disks_of[server.resource_id]) if each is disk)


def snapshots(disk: CloudResource, draws: Draws, epoch: int) -> Iterator[Snapshot]:
    """Yield the snapshots of a disk; those that backups made have a prefix of their own."""
    key = disk.resource_id
    count = 1 + draws.below(key, "snapshots", 3) if draws.fraction(key, "has snapshots") < _WITH_SNAPSHOTS else 0
    names = [f"{draws.choice(key, f'snapshot name {number}', _NAMES)}-{number + 1}" for number in range(count)]
    if draws.fraction(key, "backup snapshot") < _WITH_BACKUP_SNAPSHOT:
        names.append(f"autobk_snapshot_{draws.new_id(key, 'backup')}")
    created = created_at(disk, epoch)
    for number, name in enumerate(names):
        made = draws.between(key, f"snapshot {number}", created, max(created + 1, epoch - 3 * HOUR))
        yield Snapshot(snapshot_id=draws.new_id(key, f"snapshot {number}"), name=name, disk=disk, created=made)
