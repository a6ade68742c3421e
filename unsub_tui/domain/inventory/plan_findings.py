"""The findings about the resources of a plan: which have no backup seen, what stays, what has changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, TypeVar

from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.control_groups import ControlGroups
from unsub_tui.domain.inventory.finding import Finding, FindingState, PartialFinding
from unsub_tui.domain.inventory.resource_findings import (
    NO_FINDINGS,
    NewestBackup,
    RelatedResource,
    ResourceFindings,
    StayingResource,
)
from unsub_tui.domain.inventory.resource_kinds import BANDWIDTH_TYPE, EIP_TYPE, VAULT_SERVICE, VPC_SERVICE
from unsub_tui.domain.inventory.service_rows import ProjectRegion
from unsub_tui.domain.leftovers import ExpectedLeftover
from unsub_tui.domain.resource import RDS_SERVICE, Resource
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

if TYPE_CHECKING:
    from unsub_tui.domain.inventory.place_lists import PlaceLists
    from unsub_tui.domain.plan import PlanItem

Value = TypeVar("Value")

_CODES = {
    "disk": ("hws.service.type.ebs", "hws.resource.type.volume"),
    "eip": (VPC_SERVICE, EIP_TYPE),
    "bandwidth": (VPC_SERVICE, BANDWIDTH_TYPE),
    "vault": (VAULT_SERVICE, ""),
    "manual_backups": (RDS_SERVICE, ""),
}
"""Service and type of the kinds of resources that stay."""


_CONTROL_KINDS = {"backup": "vault", "snapshots": "disk", "manual_backups": "database"}
"""Kinds of resources that prove what a user sees of the backups and snapshots beside them."""


class BackupState(IntEnum):
    """The knowledge about the backups of a resource; a higher value deserves more attention."""

    LASTING = 0
    """A backup was seen that outlives the resource."""
    UNKNOWN = 1
    ENDANGERED = 2
    """Backups were seen, none of which outlives the resource for certain."""
    NONE_SEEN = 3


@dataclass(frozen=True, slots=True)
class Staying:
    """A resource that stays and keeps billing, and the resource of the plan that it belongs to."""

    resource: StayingResource
    of: Resource

    def as_row(self) -> Resource:
        """Return it in the form of a yearly/monthly resource, with what is known of it."""
        service, type_ = _CODES[self.resource.kind]
        return Resource(
            resource_id=self.resource.resource_id,
            resource_name=self.resource.name or (self.of.resource_name if self.resource.count > 1 else EMPTY),
            service_type_code=UntrustedText(service),
            resource_type_code=UntrustedText(type_),
            region_code=self.of.region_code,
            project_id=self.of.project_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFindings:
    """The findings about the resources of a plan, attached ones included."""

    now: datetime
    """Time for which the ages of findings are shown."""
    by_id: Mapping[str, ResourceFindings] = field(default_factory=dict)
    """Findings by the id of the resource."""
    user: str = ""
    """Name of the user whose permissions limit what is seen; empty if it is not known."""
    places: Sequence[PlaceLists] = ()
    """What was read of each project, with the reasons why lists are not complete; empty before all was read."""
    done: int = 0
    """Number of projects that have been read."""
    total: int = 0
    """Number of projects with resources of the plan."""
    changes: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)
    """Changes since the user reviewed it, by the id of the resource."""
    control_groups: ControlGroups = field(default_factory=dict)
    """Resources outside the plan that the lists of the services must contain, for the check after the run."""
    is_rereading_skipped: bool = False
    """Whether the findings were not read again before the confirmation."""

    @property
    def is_reading(self) -> bool:
        """Whether more findings are on their way."""
        return self.done < self.total

    def of(self, resource: Resource) -> ResourceFindings:
        """Return the findings about a resource."""
        return self.by_id.get(resource.id, NO_FINDINGS)

    def backup_state(self, resource: Resource) -> BackupState | None:
        """Return what is known of the backups of a resource; None if it has none by its kind, or none was read yet."""
        found = self.of(resource)
        newest, lasting = found.newest_backup, found.lasting_backup
        if newest is None or (self.is_reading and _is_unread(newest)):
            return None
        if newest.state is FindingState.NONE_SEEN:
            return BackupState.NONE_SEEN
        if newest.value is None:
            return BackupState.UNKNOWN
        is_lasting = newest.value.is_usable or (lasting is not None and lasting.is_known)
        return BackupState.LASTING if is_lasting else BackupState.ENDANGERED

    def backup_state_of(self, item: PlanItem) -> BackupState | None:
        """Return the state of the resource of an item that deserves the most attention."""
        return max((state for each in item.resources if (state := self.backup_state(each)) is not None), default=None)

    def with_state(self, resources: Iterable[Resource], wanted: BackupState) -> list[Resource]:
        """Return the resources with this state."""
        return [each for each in resources if self.backup_state(each) is wanted]

    def staying(self, items: Iterable[PlanItem]) -> list[Staying]:
        """Return what stays and keeps billing when these items are unsubscribed from, each once."""
        found: dict[tuple[str, str], Staying] = {}
        for item in items:
            for resource in item.resources:
                finding = self.of(resource).stays_behind
                for each in finding.value or () if finding is not None else ():
                    found.setdefault((each.kind, each.resource_id.raw), Staying(each, resource))
        return list(found.values())

    def expected_leftovers(self, item: PlanItem) -> tuple[ExpectedLeftover, ...]:
        """Return everything about which the services are asked after an item is unsubscribed from, each once."""
        found = {
            (each.kind, each.resource_id): each
            for resource in item.resources
            for each in _expected_leftovers(resource, self.of(resource))
        }
        return tuple(replace(each, control_ids=self._control_ids(each)) for each in found.values())

    def _control_ids(self, leftover: ExpectedLeftover) -> tuple[str, ...]:
        kind = _CONTROL_KINDS.get(leftover.kind, leftover.kind)
        return self.control_groups.get((ProjectRegion(leftover.region, leftover.project_id), kind), ())

    def leftovers_unknown(self, item: PlanItem) -> Fact | None:
        """Return why more than the expected leftovers of an item may stay behind; None if everything was read."""
        findings = (finding for resource in item.resources for finding in _staying_findings(self.of(resource)))
        return next((each.reason for each in findings if each.state is FindingState.UNKNOWN), None)

    def knows_what_stays(self, resource: Resource) -> bool:
        """Return whether all that stays without this resource was read."""
        finding = self.of(resource).stays_behind
        return finding is not None and finding.state is not FindingState.UNKNOWN

    def changes_of(self, item: PlanItem) -> list[Fact]:
        """Return what has changed about the resources of an item since it was reviewed."""
        return [each for resource in item.resources for each in self.changes.get(resource.id, ())]


def find_changes(before: PlanFindings, after: PlanFindings) -> dict[str, tuple[Fact, ...]]:
    """Return what has changed, by the id of the resource. What is or was unknown has not changed."""
    found = {
        each: tuple(_changes(before.by_id.get(each, NO_FINDINGS), findings)) for each, findings in after.by_id.items()
    }
    return {each: facts for each, facts in found.items() if facts}


def _staying_findings(findings: ResourceFindings) -> Iterator[Finding[tuple[StayingResource, ...]]]:
    """Yield the findings about resources that stay behind without another one."""
    for each in (findings.stays_behind, findings.shared_bandwidths, findings.vaults):
        if each is not None:
            yield each


def _expected_leftovers(resource: Resource, findings: ResourceFindings) -> Iterator[ExpectedLeftover]:
    """Yield what stays behind without a resource, the backups of it, and its snapshots."""
    region, project_id = resource.region_code.raw, resource.project_id.raw
    for staying in _staying_findings(findings):
        if staying.origin is None:
            continue
        seen = staying.seen if isinstance(staying, PartialFinding) else staying.value
        for each in seen or ():
            yield ExpectedLeftover(
                resource_id=each.resource_id.raw,
                kind=each.kind,
                name=each.name,
                region=region,
                project_id=project_id,
                charging=each.charging,
                origin=staying.origin,
                of_id=resource.id,
            )
    for backup in (findings.newest_backup, findings.lasting_backup):
        if backup is not None and backup.origin is not None and backup.value is not None and backup.value.project_id:
            yield ExpectedLeftover(
                resource_id=backup.value.backup_id.raw,
                kind="backup",
                region=backup.origin.where,
                project_id=backup.value.project_id,
                charging=Charging.UNKNOWN,
                origin=backup.origin,
                of_id=resource.id,
            )
    snapshots = findings.snapshots
    if snapshots is not None and snapshots.origin is not None and snapshots.value:
        yield ExpectedLeftover(
            resource_id=resource.id,
            kind="snapshots",
            name=resource.resource_name,
            region=region,
            project_id=project_id,
            charging=Charging.UNKNOWN,
            origin=snapshots.origin,
            of_id=resource.id,
        )


def _changes(before: ResourceFindings, after: ResourceFindings) -> Iterator[Fact]:
    run = _both_known(before.run_state, after.run_state)
    if run is not None and run[0] is not None and run[1] is not None and run[0].status != run[1].status:
        yield fact("changed_run_state", before=run[0].status, state=run[1].status)
    attached = _both_known(before.attached_to, after.attached_to)
    if attached is not None and _ids(attached[0] or ()) != _ids(attached[1] or ()):
        yield fact("changed_attachments" if attached[1] else "changed_to_unattached", names=_names(attached[1] or ()))
    bound = _both_known(before.bound_to, after.bound_to)
    if bound is not None:
        now = [each for each in bound[1:] if each is not None]
        if _ids(each for each in bound[:1] if each is not None) != _ids(now):
            yield fact("changed_binding" if now else "changed_to_unbound", names=_names(now))
    backups = _both_known(before.newest_backup, after.newest_backup)
    if backups is not None and _backup(backups[0]) != _backup(backups[1]):
        date = None if backups[1] is None else f"{backups[1].created:%Y-%m-%d}"
        yield fact("changed_backup", date=date) if backups[1] is not None else fact("changed_to_no_backup")


def _both_known(
    before: Finding[Value] | None, after: Finding[Value] | None
) -> tuple[Value | None, Value | None] | None:
    """Return two values, None for "none seen"; None if one of the findings is unknown."""
    if before is None or after is None or FindingState.UNKNOWN in (before.state, after.state):
        return None
    return before.value, after.value


def _ids(resources: Iterable[RelatedResource]) -> frozenset[str]:
    return frozenset(each.resource_id.raw for each in resources)


def _names(resources: Iterable[RelatedResource]) -> str:
    return ", ".join(each.name.raw or each.resource_id.raw for each in resources)


def _backup(backup: NewestBackup | None) -> object:
    return None if backup is None else (backup.backup_id.raw, backup.is_usable)


def _is_unread(finding: Finding[object]) -> bool:
    return finding.reason is not None and finding.reason.code == "inventory_not_read"
