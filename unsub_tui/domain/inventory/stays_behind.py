"""Resources that stay and keep billing when a server or database is unsubscribed from.

Only the list of yearly/monthly resources says what is deleted with a resource. Everything else that is attached to it
stays, or may be deleted with it: no service says what an unsubscription does with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.database_findings import manual_backups
from unsub_tui.domain.inventory.finding import Finding, FindingState, Origin, PartialFinding, known, none_seen, oldest
from unsub_tui.domain.inventory.resource_findings import StayingResource
from unsub_tui.domain.inventory.resource_kinds import ResourceKind
from unsub_tui.domain.inventory.service_rows import Disk, Eip, Server
from unsub_tui.domain.inventory.subject import Subject
from unsub_tui.domain.resource import Status
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

Staying = tuple[StayingResource, ...]


@dataclass(frozen=True, slots=True)
class _Parts:
    """The resources that were found, and the lists that could not be read."""

    staying: Staying
    gaps: tuple[Finding[object], ...]
    origins: tuple[Origin | None, ...]


def stays_behind_of(subject: Subject) -> Finding[Staying] | None:
    """Return the resources that stay; unknown, with those that were seen, if any list that it needs is not complete."""
    match subject.kind:
        case ResourceKind.SERVER:
            return _joined(subject, _of_server(subject))
        case ResourceKind.DATABASE:
            return _joined(subject, _of_database(subject))
    return None


def shared_bandwidths_of(subject: Subject) -> Finding[Staying] | None:
    """Return the shared bandwidths of a server's, a database's or an EIP's addresses; None for other resources."""
    place, owner = subject.place, subject.ids[-1]
    eips: Sequence[Eip] = ()
    match subject.kind:
        case ResourceKind.SERVER:
            eips = place.eips_by_device.get(owner, ())
        case ResourceKind.DATABASE:
            eips = place.eips_by_database.get(owner, ())
        case ResourceKind.EIP:
            eips = [each for each in (place.eips.get(owner),) if each is not None]
        case _:
            return None
    found = tuple(dict.fromkeys(each for eip in eips for each in _bandwidths(subject, eip)))
    origin = place.eips.list.origin
    return known(found, origin) if found and origin is not None else place.eips.list.absence(owner)


def _joined(subject: Subject, parts: _Parts) -> Finding[Staying]:
    origins = [each for each in parts.origins if each is not None]
    gap = next((each for each in parts.gaps if each.state is FindingState.UNKNOWN), None)
    reason = None if gap is None else gap.reason
    if not parts.staying and reason is None:
        reason = _doubt(subject)
    if not subject.estate.catalog.is_certain(subject.resource):
        reason = fact("inventory_tree_uncertain")
    if reason is not None:
        origin = oldest(*origins) if origins else None
        return PartialFinding(FindingState.UNKNOWN, None, origin, _with_seen(parts.staying, reason), parts.staying)
    return known(parts.staying, oldest(*origins)) if parts.staying else none_seen(oldest(*origins))


def _doubt(subject: Subject) -> Fact | None:
    """Return why "none seen" cannot be said even though everything was found: a list does not show everything."""
    place = subject.place
    lists = (place.servers, place.disks) if subject.kind is ResourceKind.SERVER else (place.databases,)
    return next((each.list.problem for each in lists if each.list.problem is not None), None)


def _with_seen(staying: Staying, reason: Fact) -> Fact:
    """Return the reason, with the resources that stay for certain."""
    ids = [each.resource_id.raw for each in staying if not each.is_deleted_perhaps]
    return fact("inventory_stays_at_least", count=len(ids), ids=", ".join(ids), reason=reason) if ids else reason


def _of_server(subject: Subject) -> _Parts:
    place, server_id = subject.place, subject.resource.id
    server = place.servers.find(*subject.ids)
    mounted = {} if server.value is None else {each.disk_id.raw: each for each in server.value.disks}
    gaps = (server, *(place.disks.find(each) for each in mounted), place.eips.list.absence(server_id))
    disks = {each.disk_id.raw: each for each in place.disks_by_server.get(server_id, ())}
    disks |= {each: disk for each in mounted if (disk := place.disks.get(each)) is not None}
    found = [_disk(subject, server.value, each) for each in disks.values()]
    eips = place.eips_by_device.get(server_id, ())
    found += [_eip(subject, each) for each in eips]
    staying = dict.fromkeys(each for each in found if each is not None)
    return _Parts(tuple(staying), gaps, (server.origin, place.disks.list.origin, place.eips.list.origin))


def _of_database(subject: Subject) -> _Parts:
    place = subject.place
    database = place.databases.find(*subject.ids)
    database_id = subject.resource.resource_id if database.value is None else database.value.database_id
    backups = manual_backups(subject)
    eips = place.eips_by_database.get(database_id.raw, ())
    found = [_eip(subject, each) for each in eips]
    if backups.value is not None:
        found.append(
            StayingResource(
                resource_id=database_id, kind="manual_backups", charging=Charging.PAY_PER_USE, count=backups.value
            )
        )
    gaps = (database, backups, place.eips.list.absence(database_id.raw))
    staying = dict.fromkeys(each for each in found if each is not None)
    return _Parts(tuple(staying), gaps, (database.origin, backups.origin, place.eips.list.origin))


def _disk(subject: Subject, server: Server | None, disk: Disk) -> StayingResource | None:
    mounts = () if server is None else server.disks
    is_kept = any(each.disk_id == disk.disk_id and each.is_deleted_with_server is False for each in mounts)
    # The flag speaks of plain deletion: if it is set or missing, the disk may be deleted.
    return _staying(subject, disk.disk_id, "disk", disk.charging, disk.name, is_kept=is_kept)


def _eip(subject: Subject, eip: Eip) -> StayingResource | None:
    return _staying(subject, eip.eip_id, "eip", eip.charging, eip.address or eip.name, is_kept=True)


def _bandwidths(subject: Subject, eip: Eip) -> Iterator[StayingResource]:
    """Yield the shared bandwidth of an EIP, which bills independently of it."""
    if eip.is_bandwidth_shared and eip.bandwidth_id:
        row = subject.place.bandwidths.get(eip.bandwidth_id.raw)
        name = EMPTY if row is None else row.name
        charging = eip.bandwidth_charging if row is None else row.charging
        if found := _staying(subject, eip.bandwidth_id, "bandwidth", charging, name, is_kept=True):
            yield found


def _staying(
    subject: Subject, resource_id: UntrustedText, kind: str, charging: Charging, name: UntrustedText, *, is_kept: bool
) -> StayingResource | None:
    """Return a related resource unless it is unsubscribed from as well; `is_kept` if nothing deletes it."""
    estate = subject.estate
    billed = estate.catalog.get(resource_id.raw)
    if billed is not None and billed.status == Status.CLOSED:
        billed = None
    if estate.is_selected(resource_id.raw):
        return None
    is_unclear = billed is None and charging is Charging.YEARLY_MONTHLY  # it may be part of the server's order
    if billed is not None:
        charging = Charging.YEARLY_MONTHLY
        if not billed.is_main_resource:
            primary, own = estate.primary_of(billed.id), estate.primary_of(subject.resource.id) or subject.resource
            if primary is not None and primary.id == own.id:
                return None  # deleted with it
            is_unclear = primary is None
        is_kept = True
    return StayingResource(
        resource_id=resource_id,
        kind=kind,
        charging=charging,
        name=name or (billed.resource_name if billed is not None else EMPTY),
        is_deleted_perhaps=is_unclear or not is_kept,
    )
