"""Recycle bins by their policy, and snapshots, which are removed with their disk."""

from __future__ import annotations

from datetime import datetime

from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.attachments import ATTACHED_DISK, FREE_DISK
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.finding import NOT_READ, Finding, FindingState, Origin, known, oldest, unknown
from unsub_tui.domain.inventory.resource_findings import BinFinding
from unsub_tui.domain.inventory.resource_kinds import ResourceKind
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import RecycleBinPolicy
from unsub_tui.domain.inventory.subject import Subject
from unsub_tui.domain.resource import Status


def snapshots_of(subject: Subject) -> Finding[int] | None:
    """Return the number of snapshots of a disk; None for other resources."""
    if subject.kind is not ResourceKind.DISK:
        return None
    if subject.place.disks.is_partial:  # then this user may not see all snapshots either
        return subject.place.disks.list.absence()
    absence = subject.place.snapshots.absence(subject.resource.id)
    rows = subject.place.snapshots_by_disk.get(subject.resource.id, ())
    return (
        absence
        if absence.origin is None or absence.reason is not None or not rows
        else known(len(rows), absence.origin)
    )


def recycle_bin_of(subject: Subject) -> Finding[BinFinding] | None:
    """Return what the recycle bin does with a server, disk or database that is unsubscribed from, by its policy.

    None for other resources, and for disks that are deleted with their server: their bin is that of the server.
    """
    lists, kind = subject.place.lists, subject.kind
    match kind:
        case ResourceKind.SERVER:
            policy = lists.server_bin
        case ResourceKind.DISK if subject.resource.is_main_resource:
            policy = lists.disk_bin
        case ResourceKind.DATABASE:
            policy = lists.database_bin
        case _:
            return None
    return _policy(policy).then(lambda rule, origin: _by_policy(subject, kind, rule, origin))


def _policy(policy: ServiceList[RecycleBinPolicy] | None) -> Finding[RecycleBinPolicy]:
    if policy is None:
        return NOT_READ
    if policy.origin is None or policy.problem is not None:
        return unknown(policy.problem or fact("inventory_not_read"), policy.origin)
    row = next(iter(policy.rows), None)
    return known(row, policy.origin) if row is not None else unknown(fact("inventory_not_stated"), policy.origin)


def _by_policy(subject: Subject, kind: ResourceKind, policy: RecycleBinPolicy, origin: Origin) -> Finding[BinFinding]:
    if policy.is_on is False:
        return known(BinFinding(is_kept=False), origin)
    # Only databases have no minimum age.
    if policy.is_on is None or (policy.min_age is None and kind is not ResourceKind.DATABASE):
        return unknown(fact("inventory_not_stated"), origin)
    state = _state(subject, kind)
    if state.value is None:
        return Finding(FindingState.UNKNOWN, None, state.origin, state.reason)
    origin = oldest(origin, state.origin)
    if policy.min_age is not None and subject.estate.now - state.value <= policy.min_age:
        return known(BinFinding(is_kept=False, min_age=policy.min_age), origin)
    return known(BinFinding(is_kept=True, kept=policy.kept), origin)


def _state(subject: Subject, kind: ResourceKind) -> Finding[datetime]:
    """Return the creation time of a resource that is in a state in which the bin takes it."""
    place, ids = subject.place, subject.ids
    match kind:
        case ResourceKind.SERVER:
            found = place.servers.find(*ids).map(
                lambda row: (
                    row.status in ("ACTIVE", "SHUTOFF")
                    and not row.has_task
                    and not row.is_frozen
                    and row.charging is not Charging.SPOT,
                    row.created,
                )
            )
        case ResourceKind.DISK:
            found = place.disks.find(*ids).map(lambda row: (row.status in (FREE_DISK, ATTACHED_DISK), row.created))
        case _:
            found = place.databases.find(*ids).map(lambda row: (row.status == "ACTIVE", row.created))
    return found.then(lambda state, origin: _healthy(subject, *state, origin))


def _healthy(subject: Subject, is_healthy: bool, created: datetime | None, origin: Origin) -> Finding[datetime]:  # noqa: FBT001
    if not is_healthy or subject.resource.status != Status.IN_USE:
        return unknown(fact("inventory_bin_state"), origin)
    return known(created, origin) if created is not None else unknown(fact("inventory_not_stated"), origin)
