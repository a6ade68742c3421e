"""Asks the services about resources that were expected to stay behind after an unsubscription.

A resource counts as gone only if its list is complete and contains its control group.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple, TypeVar

from unsub_tui.api.inventory.cbr import MAX_BACKUPS, BackupLists
from unsub_tui.api.inventory.inventory_clients import InventoryClients
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.database_findings import COMPLETED
from unsub_tui.domain.inventory.finding import Origin
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import DatabaseBackup, DatabaseBackupKind, DiskSnapshot, ProjectRegion
from unsub_tui.domain.leftovers import ExpectedLeftover, LeftoverAnswer, LeftoverState

Row = TypeVar("Row")


class LeftoverGroup(NamedTuple):
    """A project and a kind of resources: what one list of a service contains."""

    place: ProjectRegion
    kind: str

    @classmethod
    def of(cls, leftover: ExpectedLeftover) -> LeftoverGroup:
        """Return the group of a leftover."""
        return cls(ProjectRegion(leftover.region, leftover.project_id), leftover.kind)


Leftovers = Mapping[str, ExpectedLeftover]
"""Leftovers of a group by their ids."""
Answers = Mapping[str, LeftoverAnswer]
"""Answers by the id of the leftover."""


_HELD_KINDS = frozenset({"backup", "snapshots", "manual_backups"})
"""Kinds without rows in the lists of resources: vaults, disks and databases hold them."""


def all_unknown(ids: Iterable[str], reason: Fact) -> Answers:
    """Return that nothing is known about these leftovers."""
    return dict.fromkeys(ids, LeftoverAnswer(state=LeftoverState.UNKNOWN, reason=reason))


async def ask_about(
    clients: InventoryClients, group: LeftoverGroup, leftovers: Leftovers, control_ids: Collection[str]
) -> Answers:
    """Return the answers of a service about a group; `control_ids` are of resources that its list must contain."""
    gap: Fact | None = None if control_ids else fact("leftover_unproven")
    if group.kind not in _HELD_KINDS:
        answers = await _ask_about_listed(clients, group, leftovers, control_ids)
    elif not control_ids:
        answers = await _ask_about_held(clients, group, leftovers)
    else:
        answers, gap = await asyncio.gather(
            _ask_about_held(clients, group, leftovers), _gap(clients, group, control_ids)
        )
    return {each: _unless_hidden(answer, gap) for each, answer in answers.items()}


async def _ask_about_listed(
    clients: InventoryClients, group: LeftoverGroup, leftovers: Leftovers, control_ids: Collection[str]
) -> Answers:
    """Return the answers about resources whose lists contain the control group, too."""
    place = group.place
    match group.kind:
        case "disk":
            disks = await clients.evs.disks_by_id(place, [*leftovers, *control_ids])
            return _answers(leftovers, disks, control_ids, lambda row: (row.disk_id.raw, row.charging, row.status))
        case "eip":
            eips = await clients.eip.eips_by_id(place, [*leftovers, *control_ids])
            return _answers(leftovers, eips, control_ids, lambda row: (row.eip_id.raw, row.charging, row.status))
        case "bandwidth":
            bandwidths = await clients.eip.bandwidths(place)
            return _answers(leftovers, bandwidths, control_ids, lambda row: (row.bandwidth_id.raw, row.charging, ""))
        case "vault":
            vaults = await clients.cbr.vaults(place)
            return _answers(leftovers, vaults, control_ids, lambda row: (row.vault_id.raw, row.charging, row.status))
        case _:  # from the record of a later version
            return all_unknown(leftovers, fact("inventory_not_read"))


async def _ask_about_held(clients: InventoryClients, group: LeftoverGroup, leftovers: Leftovers) -> Answers:
    """Return the answers about backups and snapshots, whose lists need not contain any resource."""
    place = group.place
    match group.kind:
        case "backup":
            of_ids = dict.fromkeys(each.of_id for each in leftovers.values())
            return _backups(leftovers, await clients.cbr.backups(place, of_ids))
        case "snapshots":
            return _snapshots(leftovers, await clients.evs.snapshots(place))
        case _:
            manual = await clients.rds.backups(place, leftovers)
            return {each: _manual_backups(each, manual[each]) for each in leftovers}


async def _gap(clients: InventoryClients, group: LeftoverGroup, control_ids: Collection[str]) -> Fact | None:
    """Return why the service may not show this user all backups or snapshots; None if it shows the control group.

    These are vaults, disks or databases: whoever may not see them may not see what they hold either.
    """
    match group.kind:
        case "backup":
            vaults = await clients.cbr.vaults(group.place)
            return vaults.with_control_group({each.vault_id.raw for each in vaults.rows}, control_ids).problem
        case "snapshots":
            disks = await clients.evs.disks_by_id(group.place, control_ids)
            return disks.with_control_group({each.disk_id.raw for each in disks.rows}, control_ids).problem
        case _:
            databases = await clients.rds.instances(group.place)
            return databases.with_control_group({each.database_id.raw for each in databases.rows}, control_ids).problem


def _unless_hidden(answer: LeftoverAnswer, gap: Fact | None) -> LeftoverAnswer:
    """Return an answer, unknown instead of gone for this reason why the user may not see everything."""
    if gap is None or answer.state is not LeftoverState.GONE:
        return answer
    return replace(answer, state=LeftoverState.UNKNOWN, reason=gap)


def _answers(
    ids: Iterable[str],
    found: ServiceList[Row],
    control_ids: Collection[str],
    describe: Callable[[Row], tuple[str, Charging, str]],
) -> Answers:
    """Return the answers of a list; `describe` returns id, charging and status of a row."""
    rows = {resource_id: (charging, status) for resource_id, charging, status in map(describe, found.rows)}
    checked = found.with_control_group(rows.keys(), control_ids)
    return {each: _present(*rows[each], found.origin) if each in rows else _absent(checked, each) for each in ids}


def _present(charging: Charging, status: str, origin: Origin | None) -> LeftoverAnswer:
    is_charging_known = charging is not Charging.UNKNOWN
    state = LeftoverState.STILL_BILLING if is_charging_known else LeftoverState.STILL_THERE
    return LeftoverAnswer(state=state, charging=charging, status=status, origin=origin)


def _absent(found: ServiceList[Row], resource_id: str) -> LeftoverAnswer:
    """Return that a resource is gone, if the list must contain it as long as it exists."""
    absence = found.absence(resource_id)
    state = LeftoverState.GONE if absence.reason is None else LeftoverState.UNKNOWN
    return LeftoverAnswer(state=state, origin=absence.origin, reason=absence.reason)


def _counted(count: int, resource_id: str, found: ServiceList[Row]) -> LeftoverAnswer:
    """Return the answer about backups or snapshots by their number; their rows do not say how they are charged."""
    if not count:
        return _absent(found, resource_id)
    return LeftoverAnswer(state=LeftoverState.STILL_THERE, count=count, origin=found.origin)


def _manual_backups(database_id: str, found: ServiceList[DatabaseBackup]) -> LeftoverAnswer:
    count = sum(each.kind is DatabaseBackupKind.MANUAL and each.status == COMPLETED for each in found.rows)
    return _counted(count, database_id, found)


def _snapshots(ids: Iterable[str], found: ServiceList[DiskSnapshot]) -> Answers:
    """Return the answers about the snapshots of disks; those that a backup made are not counted."""
    counts = Counter(each.disk_id.raw for each in found.rows if not each.is_of_backup)
    return {each: _counted(counts[each], each, found) for each in ids}


def _backups(ids: Iterable[str], found: BackupLists) -> Answers:
    """Return the answers about backups, which their vault bills."""
    lists = [found.whole] if found.whole is not None else list(found.by_resource.values())
    answers = {
        row.backup_id.raw: LeftoverAnswer(
            state=LeftoverState.STILL_THERE, status=row.status, expires=row.expires, origin=each.origin
        )
        for each in lists
        for row in each.rows
    }
    too_long = LeftoverAnswer(state=LeftoverState.UNKNOWN, reason=fact("inventory_too_long", count=MAX_BACKUPS))
    return {each: answers.get(each) or (_absent(found.whole, each) if found.whole else too_long) for each in ids}
