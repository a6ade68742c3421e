"""Asks the services after a run about the resources that were expected to stay behind, and journals their answers.

Nothing is submitted any more when this begins. Whatever cannot be read is unknown, and neither an outcome nor an exit
code depends on it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import NamedTuple, TypeVar

from unsub_tui.api.inventory.cbr import MAX_BACKUPS, BackupLists
from unsub_tui.api.inventory.inventory_clients import InventoryClients
from unsub_tui.domain.account import Actor
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.database_findings import COMPLETED
from unsub_tui.domain.inventory.finding import Origin
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import DatabaseBackup, DatabaseBackupKind, DiskSnapshot, ProjectRegion
from unsub_tui.domain.leftovers import ExpectedLeftover, LeftoverAnswer, LeftoverCheck, LeftoverState
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.run.context import RunContext
from unsub_tui.journal import events
from unsub_tui.journal.replay import UnitState

Row = TypeVar("Row")

MAX_SECONDS = 30.0
"""Maximum time of all these reads; what has not arrived by then is unknown."""


class _Group(NamedTuple):
    """Resources that one list of a service contains."""

    place: ProjectRegion
    kind: str


_Wanted = Mapping[str, ExpectedLeftover]
"""Leftovers by their ids."""
_Answers = Mapping[str, LeftoverAnswer]
"""Answers by the id of the resource."""


async def read_leftovers(context: RunContext, units: Sequence[UnitState]) -> None:
    """Ask the services about the expected leftovers of the settled units among these, and journal the answers.

    If the run is stopped, the recorded answers stay unchanged, and `resume` asks again.
    """
    settled = [unit for unit in units if unit.state is State.SETTLED and unit.expected_leftovers]
    if not settled or context.is_stopped or context.has_failed:
        return
    groups: defaultdict[_Group, dict[str, ExpectedLeftover]] = defaultdict(dict)
    for unit in settled:
        for each in unit.expected_leftovers or ():
            groups[_group_of(each)][each.resource_id] = each
    answers = await context.unless_stopped(_read_groups(context, groups))
    if answers is None:
        return
    for unit in settled:
        is_same_user = _user(context.config.actor) == _user(context.document(unit).actor)
        found = tuple(
            LeftoverCheck(each, _for_user(answers[_group_of(each)][each.resource_id], is_same_user=is_same_user))
            for each in unit.expected_leftovers or ()
        )
        context.record(unit, events.LeftoversRead(stays_behind=found))


def _group_of(leftover: ExpectedLeftover) -> _Group:
    return _Group(ProjectRegion(leftover.region, leftover.project_id), leftover.kind)


def _user(actor: Actor) -> str:
    return actor.user_id.raw or actor.access_key


def _for_user(answer: LeftoverAnswer, *, is_same_user: bool) -> LeftoverAnswer:
    """Return an answer, unknown if it is that of a user who may not see what the user of the run saw."""
    if answer.state is not LeftoverState.GONE or is_same_user:
        return answer
    return replace(answer, state=LeftoverState.UNKNOWN, reason=fact("leftover_not_seen_by_other_user"))


async def _read_groups(context: RunContext, groups: Mapping[_Group, _Wanted]) -> Mapping[_Group, _Answers]:
    """Return an answer about each resource; those that do not arrive in time are unknown."""
    late = fact("inventory_no_response", reason=fact("response_timeout", seconds=int(MAX_SECONDS)))
    answers: dict[_Group, _Answers] = {group: _all_unknown(ids, late) for group, ids in groups.items()}

    async def read(clients: InventoryClients, group: _Group, ids: _Wanted) -> None:
        try:
            answers[group] = await _read_group(clients, group, ids)
        except Exception as error:  # noqa: BLE001 - a wrong assumption about a service costs its rows only
            answers[group] = _all_unknown(ids, fact("inventory_failed", code=type(error).__name__))

    with suppress(Exception):  # nothing that happens to these reads is a problem of the run
        async with asyncio.timeout(MAX_SECONDS), context.config.connection.inventory_clients() as clients:
            await asyncio.gather(*(read(clients, group, ids) for group, ids in groups.items()))
    return answers


def _all_unknown(ids: Iterable[str], reason: Fact) -> _Answers:
    return dict.fromkeys(ids, LeftoverAnswer(state=LeftoverState.UNKNOWN, reason=reason))


async def _read_group(clients: InventoryClients, group: _Group, ids: _Wanted) -> _Answers:
    """Return the answers of the service of a kind of resources in a project."""
    place = group.place
    match group.kind:
        case "disk":
            disks = await clients.evs.disks_by_id(place, ids)
            return _answers(ids, disks, lambda row: (row.disk_id.raw, row.charging, row.status))
        case "eip":
            eips = await clients.eip.eips_by_id(place, ids)
            return _answers(ids, eips, lambda row: (row.eip_id.raw, row.charging, row.status))
        case "bandwidth":
            bandwidths = await clients.eip.bandwidths(place)
            return _answers(ids, bandwidths, lambda row: (row.bandwidth_id.raw, row.charging, ""))
        case "vault":
            vaults = await clients.cbr.vaults(place)
            return _answers(ids, vaults, lambda row: (row.vault_id.raw, row.charging, row.status))
        case "snapshots":
            snapshots = await clients.evs.snapshots(place)
            return _snapshots(ids, snapshots)
        case "backup":
            backups_of = dict.fromkeys(each.of_id for each in ids.values())
            return _backups(ids, await clients.cbr.backups(place, backups_of))
        case "manual_backups":
            manual = await clients.rds.backups(place, ids)
            return {each: _manual_backups(each, manual[each]) for each in ids}
        case _:  # from the record of a later version
            return _all_unknown(ids, fact("inventory_not_read"))


def _answers(
    ids: Iterable[str], found: ServiceList[Row], describe: Callable[[Row], tuple[str, Charging, str]]
) -> _Answers:
    """Return the answers of a list; `describe` returns id, charging and status of a row."""
    rows = {resource_id: (charging, status) for resource_id, charging, status in map(describe, found.rows)}
    absent = partial(_absent, found)
    return {each: _present(*rows[each], found.origin) if each in rows else absent(each) for each in ids}


def _present(charging: Charging, status: str, origin: Origin | None) -> LeftoverAnswer:
    is_charging_known = charging is not Charging.UNKNOWN
    state = LeftoverState.STILL_BILLING if is_charging_known else LeftoverState.STILL_THERE
    return LeftoverAnswer(state=state, charging=charging, status=status, origin=origin)


def _absent(found: ServiceList[Row], resource_id: str) -> LeftoverAnswer:
    """Return that a resource is gone, if the list must contain it as long as it exists."""
    absence = found.absence(resource_id)
    state = LeftoverState.GONE if absence.reason is None else LeftoverState.UNKNOWN
    return LeftoverAnswer(state=state, origin=absence.origin, reason=absence.reason)


def _manual_backups(database_id: str, found: ServiceList[DatabaseBackup]) -> LeftoverAnswer:
    """Return the answer about the manual backups of a database, whose rows do not say how they are charged."""
    count = sum(each.kind is DatabaseBackupKind.MANUAL and each.status == COMPLETED for each in found.rows)
    if not count:
        return _absent(found, database_id)
    return _counted(count, found)


def _snapshots(ids: Iterable[str], found: ServiceList[DiskSnapshot]) -> _Answers:
    """Return the answers about the snapshots of disks; those that a backup made are not counted."""
    counts = Counter(each.disk_id.raw for each in found.rows if not each.is_of_backup)
    return {each: _counted(counts[each], found) if counts[each] else _absent(found, each) for each in ids}


def _counted(count: int, found: ServiceList[Row]) -> LeftoverAnswer:
    return LeftoverAnswer(state=LeftoverState.STILL_THERE, count=count, origin=found.origin)


def _backups(ids: Iterable[str], found: BackupLists) -> _Answers:
    """Return the answers about backups, whose rows do not say how they are charged: their vault bills them."""
    lists = [found.whole] if found.whole is not None else list(found.by_resource.values())
    rows = {row.backup_id.raw: (row, each.origin) for each in lists for row in each.rows}
    answers = {
        resource_id: LeftoverAnswer(
            state=LeftoverState.STILL_THERE, status=row.status, expires=row.expires, origin=origin
        )
        for resource_id, (row, origin) in rows.items()
    }
    too_long = LeftoverAnswer(state=LeftoverState.UNKNOWN, reason=fact("inventory_too_long", count=MAX_BACKUPS))
    return {each: answers.get(each) or (_absent(found.whole, each) if found.whole else too_long) for each in ids}
