"""Judges what a program says of the resources of an estate, in the form in which it says it to scripts.

A fact is an object with a `state`: `known` with a `value`, `none_seen`, or `unknown`. To say that something is unknown
is never wrong; whether it need be is asked of `ideal_facts`, what a program can say that overlooks nothing. All else is
wrong unless it is true, at least of what can be seen; that there is none may only be said of lists that are conclusive.

Rows with odd fields may say what is not so in a way that nobody can notice, and of what changes while it is read nobody
knows what was read: such estates are not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.reference_server.inventory import truth
from tests.reference_server.inventory.estate import Backup, Bandwidth, Database, Disk, Eip, Estate, Item, Server
from tests.reference_server.inventory.visibility import is_conclusive, is_whole, seen

Fact = Mapping[str, Any]
Facts = Mapping[str, Fact]
UNKNOWN: Fact = {"state": "unknown"}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "newest_backup": ("backups",),
    "snapshots": ("snapshots",),
    "cluster": ("clusters", "nodes"),
}
"""By fact, the lists that must be conclusive where it is said that there is none; of others the own row says it."""
EXISTENCE = (
    *("run_state", "attached_to", "bound_to", "tags", "newest_backup", "automatic_backup", "snapshots", "replicas"),
    *("stays_behind", "cluster", "activity"),
)
"""Facts of which it is judged whether there is none; to say that no backup lasts is never wrong."""


class Judge:
    """What may be said of the resources of one estate at one moment."""

    def __init__(self, estate: Estate, now: datetime) -> None:
        self._estate = estate
        self._seen = _View(seen(estate), estate, now)
        self._known = _View(estate, estate, now)
        """All that is true may be said, even where it is a riddle how it was found out."""

    def violations(self, resource_id: str, facts: Facts) -> Iterator[str]:
        """Yield each fact of a resource that is wrong, or that nobody can know."""
        behavior, item = self._estate.behavior, truth.item(self._estate, resource_id)
        if not item or behavior.field_changes or behavior.page_changes:
            return
        for name, fact in facts.items():
            state, value = fact["state"], fact.get("value")
            if state == "known" and not (self._seen.is_so(name, item, value) or self._known.is_so(name, item, value)):
                yield f"{name} of {resource_id} is not {value!r}"
            if state == "none_seen" and name in EXISTENCE and not self._may_say_none(name, item):
                yield f"{name} of {resource_id}: it is not known that there is none"

    def ideal_facts(self, resource_id: str) -> Facts:
        """Return what can be said of a resource by somebody who reads everything and overlooks nothing."""
        item = truth.item(self._seen.found, resource_id)
        if not item:
            return {}
        return {name: self._ideal_fact(name, item, value) for name, value in self._seen.values(item).items()}

    def _ideal_fact(self, name: str, item: Item, value: object) -> Fact:
        if name == "stays_behind" and not self._seen.sees_all_of(item):
            return UNKNOWN
        if value or name == "tags":
            return {"state": "known", "value": value}
        is_open = name == "cluster" or (name == "newest_backup" and self._is_backup_open(item))
        return {"state": "none_seen"} if self._may_say_none(name, item) and not is_open else UNKNOWN

    def _is_backup_open(self, item: Item) -> bool:
        """Return whether a backup may be where nobody was asked to look, or in one that does not tell its disks."""
        regions = {each.id: each.region for each in self._estate.projects}
        has_other_projects = list(regions.values()).count(regions[item.project_id]) > 1
        return has_other_projects or self._seen.is_perhaps_in_a_backup(item)

    def _may_say_none(self, name: str, item: Item) -> bool:
        lists = ("database_backups",) if isinstance(item, Database) and "backup" in name else NEEDED.get(name, ())
        is_whole = all(is_conclusive(self._estate, each, item.project_id) for each in lists)
        return is_whole and self._seen.is_none(name, item)


@dataclass(frozen=True)
class _View:
    """What is true of the resources of an estate, or of the part of it that is seen."""

    found: Estate
    whole: Estate
    now: datetime

    def is_so(self, name: str, item: Item, value: Any) -> bool:
        """Return whether a fact has this value; facts that are not judged may have any."""
        checks: Mapping[str, Callable[[], bool]] = {
            "run_state": lambda: self._is_run_state(item, value),
            "attached_to": lambda: set(value) == truth.attached_to(self.found, item.id) != set(),
            "bound_to": lambda: self._is_bound_to(item, value),
            "tags": lambda: _are_tags(item, value),
            "newest_backup": lambda: self._is_newest_backup(item, value),
            "lasting_backup": lambda: self._is_lasting_backup(item, value),
            "automatic_backup": lambda: self._is_automatic_backup(item, value),
            "snapshots": lambda: value == truth.snapshot_count(self.found, item.id),
            "replicas": lambda: set(value) == truth.replicas(self.whole, item.id) != set(),
            "stays_behind": lambda: bool(value) and self._are_left_behind(item, value),
            "cluster": lambda: self._is_cluster(item, value),
            "activity": lambda: self._is_activity(item, value),
        }
        return name not in checks or checks[name]()

    def is_none(self, name: str, item: Item) -> bool:
        """Return whether there is none of something."""
        checks: Mapping[str, Callable[[], bool]] = {
            "attached_to": lambda: truth.is_unattached(self.found, item.id),
            "bound_to": lambda: truth.is_unbound(self.found, item.id),
            "newest_backup": lambda: self._has_no_backup(item, "manual"),
            "automatic_backup": lambda: self._has_no_backup(item, "auto"),
            "snapshots": lambda: not truth.snapshot_count(self.found, item.id),
            "replicas": lambda: not truth.replicas(self.whole, item.id),
            "stays_behind": lambda: self._are_left_behind(item, []),
            "cluster": lambda: not truth.cluster_of(self.found, item.id),
            "tags": lambda: not item.tags,
        }
        return name in checks and checks[name]()

    def values(self, item: Item) -> dict[str, object]:
        """Return the facts of a resource by their names; an empty value if there is none, or nobody can tell."""
        values: dict[str, object] = {} if isinstance(item, Bandwidth) else {"tags": dict(item.tags)}
        if isinstance(item, Server):
            values |= {
                "run_state": truth.run_state(self.found, item.id),
                "cluster": truth.cluster_of(self.found, item.id),
                "activity": self._activity(item),
                "stays_behind": self._leftovers(item),
            }
        if isinstance(item, Disk):
            values |= {
                "attached_to": [] if item.status else sorted(truth.attached_to(self.found, item.id)),
                "snapshots": truth.snapshot_count(self.found, item.id),
            }
        if isinstance(item, Server | Disk):
            values["newest_backup"] = _backup_value(self._newest_provable(item))
        if isinstance(item, Eip):
            values["bound_to"] = "" if item.status else truth.bound_to(self.found, item.id)
        if isinstance(item, Database):
            values["activity"] = self._activity(item)
            values["replicas"] = sorted(truth.replicas(self.whole, item.id))
        return values

    def sees_all_of(self, item: Item) -> bool:
        """Return whether each disk of a server is known to EVS (its row tells the ids of all), and its addresses."""
        disks = {each.id for each in truth.disks_of(self.whole, item.id)}
        return (
            truth.find(self.found.servers, item.id) is not None
            and is_whole(self.whole, "eips", item.project_id)
            and not truth.has_unlisted_disks(self.whole, item.id)
            and disks <= {each.id for each in self.found.disks}
        )

    def _is_run_state(self, item: Item, value: object) -> bool:
        if isinstance(item, Database):
            return value in {item.status, {"ACTIVE": "running", "SHUTDOWN": "stopped"}.get(item.status)}
        return value == truth.run_state(self.found, item.id) != ""

    def _is_bound_to(self, item: Item, value: object) -> bool:
        eip = truth.find(self.found.eips, item.id)
        bound = eip.binding if eip else None
        return bool(bound and value and value in {bound.device_id, bound.instance_id, bound.target_id})

    def _is_newest_backup(self, item: Item, value: Mapping[str, Any]) -> bool:
        """Return whether a backup contains the resource, and is not older than one that surely does.

        One that a program itself does not call usable only needs to be there.
        """
        if isinstance(item, Database):
            return self._is_database_backup(item, value, "manual")
        if not value.get("is_usable", True):
            stated = truth.find(self.found.backups, value["id"])
            return stated is not None and _is_told_right(stated, value)
        stated = truth.find(truth.usable_backups(self.found, item.id, self.now), value["id"])
        provable = self._newest_provable(item)
        return bool(stated and _is_told_right(stated, value) and not (provable and provable.created > stated.created))

    def _is_lasting_backup(self, item: Item, value: Mapping[str, Any]) -> bool:
        """Return whether a backup contains the resource, and stays when that is unsubscribed."""
        if isinstance(item, Database):
            return self._is_database_backup(item, value, "manual")
        stated = truth.find(truth.usable_backups(self.found, item.id, self.now), value["id"])
        return bool(stated and _is_told_right(stated, value) and not truth.is_lost_with(self.found, stated, [item.id]))

    def _is_automatic_backup(self, item: Item, value: Mapping[str, Any]) -> bool:
        """Return whether it is the newest full backup, or one newer that builds on it."""
        return self._is_database_backup(item, value, "auto") or self._is_database_backup(
            item, value, "auto", "incremental", "fragment"
        )

    def _is_database_backup(self, item: Item, value: Mapping[str, Any], *kinds: str) -> bool:
        found = truth.newest_database_backup(self.found, item.id, *kinds)
        return bool(
            found and found.id == value["id"] and _is_same_moment(value["created_at"], found.begun, found.ended)
        )

    def _has_no_backup(self, item: Item, kind: str) -> bool:
        if isinstance(item, Database):
            return truth.newest_database_backup(self.found, item.id, kind) is None
        return not truth.usable_backups(self.found, item.id, self.now)

    def is_perhaps_in_a_backup(self, item: Item) -> bool:
        """Return whether a backup of its server may contain a disk, and no row tells."""
        servers = truth.attached_to(self.found, item.id)
        return any(each.source_id in servers and not self._tells_disks(each) for each in self.found.backups)

    def _newest_provable(self, item: Item) -> Backup | None:
        """Return the newest usable backup of which it can be found out that it contains a resource."""
        usable = truth.usable_backups(self.found, item.id, self.now)
        return next((each for each in usable if each.source_id == item.id or self._tells_disks(each)), None)

    def _tells_disks(self, backup: Backup) -> bool:
        """Return whether rows tell which disks are in a backup, or nothing is left out of it."""
        vault = truth.find(self.found.vaults, backup.vault_id)
        member = truth.find(vault.members, backup.source_id) if vault else None
        leaves_nothing_out = bool(member and not (member.included_disk_ids or member.excluded_disk_ids))
        return bool(backup.shows_disks and backup.disk_ids) or leaves_nothing_out

    def _leftovers(self, item: Item) -> list[dict[str, str]]:
        """Return disks and addresses that stay behind, as they are printed."""
        return [
            {
                "resource_id": each.resource_id,
                "kind": each.kind,
                "charging": "pay_per_use" if each.is_pay_per_use else "yearly_monthly",
            }
            for each in sorted(truth.stays_behind(self.found, item.id))
            if each.kind in {"disk", "eip"}
        ]

    def _are_left_behind(self, item: Item, value: Iterable[Mapping[str, str]]) -> bool:
        """Return whether all disks and addresses are named, and nothing that does not stay."""
        stated = {each["resource_id"] for each in value}
        left = truth.stays_behind(self.found, item.id)
        must = {each.resource_id for each in left if each.kind in {"disk", "eip"}}
        return self.sees_all_of(item) and must <= stated <= {each.resource_id for each in left}

    def _is_cluster(self, item: Item, value: object) -> bool:
        return bool(value) and value in {truth.cluster_of(self.found, item.id), dict(item.tags).get("CCE-Cluster-ID")}

    def _activity(self, item: Item) -> dict[str, object]:
        days = truth.cpu_of(self.found, item.id, self.now)
        highest = truth.highest_cpu(self.found, item.id, self.now)
        return {"cpu_max": highest, "days_measured": len(days), "days": 30} if days else {}

    def _is_activity(self, item: Item, value: Mapping[str, Any]) -> bool:
        """Return whether the processor's figures are right; that of an address has none."""
        days = int(value["days"])
        measured = truth.cpu_of(self.found, item.id, self.now, days)
        highest = truth.highest_cpu(self.found, item.id, self.now, days)
        return value["cpu_max"] == highest and (not measured or value["days_measured"] == len(measured))


def _is_told_right(backup: Backup, value: Mapping[str, Any]) -> bool:
    return bool(
        value["vault_id"] == backup.vault_id
        and _is_same_moment(value["created_at"], backup.created)
        and (_is_same_moment(value["expires_at"], backup.expires) if backup.expires else value["expires_at"] is None)
    )


def _are_tags(item: Item, value: Mapping[str, str]) -> bool:
    """Return whether tags are right; texts that a program may have cleaned are only counted."""
    held = dict(item.tags)
    if all(each.isascii() and each.isprintable() for pair in item.tags for each in pair):
        return dict(value) == held
    return len(value) <= len(held)


def _backup_value(backup: Backup | None) -> dict[str, str | None]:
    if not backup:
        return {}
    return {
        "id": backup.id,
        "created_at": backup.created.isoformat(),
        "expires_at": backup.expires.isoformat() if backup.expires else None,
        "vault_id": backup.vault_id,
        "kind": backup.kind,
    }


def _is_same_moment(text: str | None, *moments: datetime) -> bool:
    """Return whether a text in RFC 3339 is one of some moments, to the second."""
    return text is not None and any(abs(datetime.fromisoformat(text) - each) < timedelta(seconds=1) for each in moments)
