"""Judges what a program says of the resources of an estate, in the form in which it says it to scripts.

A fact is an object with a `state`: `known` with a `value`, `none_seen`, or `unknown`. To say that something is unknown
is never wrong; whether it need be is asked of `ideal_facts`, what a program can say that overlooks nothing. All else is
wrong unless it is true of what can be seen, and that there is none may only be said of lists that are conclusive.

Rows with odd fields may say what is not so in a way that nobody can notice, and of what changes while it is read nobody
knows what was read: such estates are not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.reference_server.inventory import truth
from tests.reference_server.inventory.estate import Backup, Database, Disk, Eip, Estate, Item, Server
from tests.reference_server.inventory.visibility import is_conclusive, seen

Fact = Mapping[str, Any]
Facts = Mapping[str, Fact]
UNKNOWN: Fact = {"state": "unknown"}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "newest_backup": ("backups", "disks"),
    "stays_behind": ("servers", "disks", "eips"),
    "snapshots": ("snapshots",),
    "cluster": ("clusters", "nodes"),
}
"""By fact, the lists that must be conclusive where it is said that there is none; of others the own row says it."""


class Judge:
    """What may be said of the resources of one estate at one moment."""

    def __init__(self, estate: Estate, now: datetime) -> None:
        self._estate, self._now = estate, now
        self._seen = seen(estate)

    def violations(self, resource_id: str, facts: Facts) -> Iterator[str]:
        """Yield each fact of a resource that is wrong, or that nobody can know."""
        item = truth.item(self._estate, resource_id)
        behavior = self._estate.behavior
        if not item or behavior.field_changes or behavior.page_changes:
            return
        checks: Mapping[str, Callable[[Item, Any], bool]] = {
            "run_state": self._is_run_state,
            "attached_to": lambda each, value: set(value) == truth.attached_to(self._seen, each.id) != set(),
            "bound_to": self._is_bound_to,
            "tags": self._are_tags,
            "newest_backup": self._is_newest_backup,
            "snapshots": lambda each, value: value == truth.snapshot_count(self._seen, each.id),
            "replicas": lambda each, value: set(value) == truth.replicas(self._estate, each.id) != set(),
            "stays_behind": lambda each, value: self._is_left_behind(each, value) and bool(value),
            "cluster": self._is_cluster,
            "activity": self._is_activity,
        }
        for name, fact in facts.items():
            state, value = fact["state"], fact.get("value")
            if name not in checks or state == "unknown":
                continue
            if state == "known" and not checks[name](item, value):
                yield f"{name} of {resource_id} is not {value!r}"
            if state == "none_seen" and not (self._is_none(name, item) and self._may_say_none(name, item)):
                yield f"{name} of {resource_id}: it is not said that there is none"

    def ideal_facts(self, resource_id: str) -> Facts:
        """Return what can be said of a resource by somebody who reads everything and overlooks nothing."""
        item = truth.item(self._seen, resource_id)
        if not item:
            return {}
        values: dict[str, object] = {"tags": dict(item.tags)}
        if isinstance(item, Server):
            values |= {
                "run_state": truth.run_state(self._seen, item.id),
                "cluster": truth.cluster_of(self._seen, item.id),
                "activity": self._activity(item),
                "stays_behind": self._leftovers(item),
            }
        if isinstance(item, Disk):
            values |= {
                "attached_to": sorted(truth.attached_to(self._seen, item.id)),
                "snapshots": truth.snapshot_count(self._seen, item.id),
            }
        if isinstance(item, Server | Disk):
            values["newest_backup"] = _backup_value(self._newest_provable(item))
        if isinstance(item, Eip):
            values["bound_to"] = truth.bound_to(self._seen, item.id)
        if isinstance(item, Database):
            values["replicas"] = sorted(truth.replicas(self._estate, item.id))
        return {name: self._ideal_fact(name, item, value) for name, value in values.items()}

    def _ideal_fact(self, name: str, item: Item, value: object) -> Fact:
        if name == "stays_behind" and not self._sees_all_disks(item):
            return UNKNOWN
        if value or name == "tags":
            return {"state": "known", "value": value}
        if self._is_none(name, item) and self._may_say_none(name, item):
            return {"state": "none_seen"}
        return UNKNOWN

    def _may_say_none(self, name: str, item: Item) -> bool:
        return all(is_conclusive(self._estate, each, item.project_id) for each in NEEDED.get(name, ()))

    def _is_none(self, name: str, item: Item) -> bool:
        """Return whether there is none of something, as far as can be seen."""
        found = self._seen
        checks: Mapping[str, Callable[[], bool]] = {
            "attached_to": lambda: truth.is_unattached(found, item.id),
            "bound_to": lambda: truth.is_unbound(found, item.id),
            "newest_backup": lambda: not truth.usable_backups(found, item.id, self._now),
            "snapshots": lambda: not truth.snapshot_count(found, item.id),
            "replicas": lambda: not truth.replicas(self._estate, item.id),
            "stays_behind": lambda: self._is_left_behind(item, []),
            "cluster": lambda: not truth.cluster_of(found, item.id),
            "tags": lambda: not item.tags,
        }
        return name in checks and checks[name]()

    def _is_run_state(self, item: Item, value: object) -> bool:
        if isinstance(item, Database):
            return value in {item.status, {"ACTIVE": "running", "SHUTDOWN": "stopped"}.get(item.status)}
        return value == truth.run_state(self._seen, item.id) != ""

    def _is_bound_to(self, item: Item, value: object) -> bool:
        eip = truth.find(self._seen.eips, item.id)
        bound = eip.binding if eip else None
        return bool(bound and value and value in {bound.device_id, bound.instance_id, bound.target_id})

    def _are_tags(self, item: Item, value: Mapping[str, str]) -> bool:
        """Return whether tags are right; texts that may have been cleaned are only counted."""
        held = dict(item.tags)
        if all(each.isascii() and each.isprintable() for pair in item.tags for each in pair):
            return dict(value) == held
        return len(value) <= len(held)

    def _is_newest_backup(self, item: Item, value: Mapping[str, Any]) -> bool:
        """Return whether a backup is usable, contains the resource, and is not older than one that surely does."""
        usable = truth.usable_backups(self._seen, item.id, self._now)
        stated = truth.find(usable, value["id"])
        provable = self._newest_provable(item)
        return bool(
            stated
            and value["vault_id"] == stated.vault_id
            and _is_same_moment(value["created_at"], stated.created)
            and _is_same_moment(value["expires_at"], stated.expires)
            and not (provable and provable.created > stated.created)
        )

    def _newest_provable(self, item: Item) -> Backup | None:
        """Return the newest usable backup of which it can be found out that it contains a resource."""
        usable = truth.usable_backups(self._seen, item.id, self._now)
        return next((each for each in usable if each.source_id == item.id or self._tells_disks(each)), None)

    def _tells_disks(self, backup: Backup) -> bool:
        """Return whether rows tell which disks are in a backup, or nothing is left out of it."""
        vault = truth.find(self._seen.vaults, backup.vault_id)
        member = truth.find(vault.members, backup.source_id) if vault else None
        return bool(backup.shows_disks) or bool(member and not (member.included_disk_ids or member.excluded_disk_ids))

    def _leftovers(self, item: Item) -> list[dict[str, str]]:
        """Return disks and addresses that stay behind, as they are printed."""
        return [
            {
                "resource_id": each.resource_id,
                "kind": each.kind,
                "charging": "pay_per_use" if each.is_pay_per_use else "yearly_monthly",
            }
            for each in sorted(truth.stays_behind(self._seen, item.id))
            if each.kind in {"disk", "eip"}
        ]

    def _sees_all_disks(self, item: Item) -> bool:
        """Return whether each disk of a server is known to EVS; its row tells the ids of all."""
        is_seen = truth.find(self._seen.servers, item.id) is not None
        disks = {each.id for each in truth.disks_of(self._estate, item.id)}
        eips_answer = is_conclusive(self._estate, "eips", item.project_id)
        return (
            is_seen
            and eips_answer
            and not truth.has_unlisted_disks(self._estate, item.id)
            and disks <= {each.id for each in self._seen.disks}
        )

    def _is_left_behind(self, item: Item, value: Iterable[Mapping[str, str]]) -> bool:
        """Return whether all disks and addresses are named, and nothing that does not stay."""
        stated = {each["resource_id"] for each in value}
        left = truth.stays_behind(self._seen, item.id)
        must = {each.resource_id for each in left if each.kind in {"disk", "eip"}}
        return self._sees_all_disks(item) and must <= stated <= {each.resource_id for each in left}

    def _is_cluster(self, item: Item, value: object) -> bool:
        return bool(value) and value in {truth.cluster_of(self._seen, item.id), dict(item.tags).get("CCE-Cluster-ID")}

    def _activity(self, item: Item) -> dict[str, object]:
        days = truth.measured(self._seen, item.id, "cpu_util", self._now)
        highest = truth.highest_cpu(self._seen, item.id, self._now)
        return {"cpu_max": highest, "days_measured": len(days), "days": 30} if days else {}

    def _is_activity(self, item: Item, value: Mapping[str, Any]) -> bool:
        days = int(value["days"])
        measured = truth.measured(self._seen, item.id, "cpu_util", self._now, days)
        highest = truth.highest_cpu(self._seen, item.id, self._now, days)
        return (value["cpu_max"], value["days_measured"]) == (highest, len(measured))


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


def _is_same_moment(text: str | None, moment: datetime | None) -> bool:
    """Return whether a text in RFC 3339 is a moment, to the second."""
    if text is None or moment is None:
        return text is None and moment is None
    return abs(datetime.fromisoformat(text) - moment) < timedelta(seconds=1)
