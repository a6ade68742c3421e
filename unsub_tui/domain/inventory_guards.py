"""Guards on what the services say about resources: tags that protect, what runs, what has no backup.

A guard whose facts are not known is not fulfilled. What protects a resource can only be relied on if it was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.inventory.finding import NOT_READ, Finding, FindingState, unknown
from unsub_tui.domain.inventory.resource_findings import NewestBackup, ResourceFindings, RunState, RunStateFinding
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, kind_of
from unsub_tui.domain.inventory.run_states import run_state_of, tags_of
from unsub_tui.domain.inventory.service_rows import Tags
from unsub_tui.domain.inventory.subject import Subject
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.protection_patterns import tag_pattern
from unsub_tui.domain.resource import Resource

FindingsById = Mapping[str, ResourceFindings]
"""Findings by the id of the resource; one that is missing was not read."""

DATA_KINDS = frozenset({ResourceKind.SERVER, ResourceKind.DISK, ResourceKind.DATABASE, ResourceKind.OTHER})
"""Kinds that hold data, or may hold some: no backups of other services are read."""
_UnknownCode = Literal["tags_unknown", "run_state_unknown"]

RUNNING_KINDS = frozenset({ResourceKind.SERVER, ResourceKind.DATABASE})
"""Kinds of resources that run or are stopped."""
UNTAGGED_PARTS = frozenset({ResourceKind.BANDWIDTH, ResourceKind.OTHER})
"""Kinds whose tags no service lists. As an attached resource, such a part is protected by the tags of the others."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A guard that a resource does not fulfill."""

    resource: Resource
    reason: BlockedReason
    fact: Fact


def needs_findings(guards: Guards, action: Action) -> bool:
    """Return whether a guard that applies to this action depends on what the services say."""
    asks_before_deletion = guards.refuse_running or guards.require_backup is not None
    return bool(guards.tag_patterns) or (asks_before_deletion and action.deletes_resource)


def item_violations(
    item: PlanItem, action: Action, guards: Guards, findings: FindingsById, now: datetime
) -> Iterator[Violation]:
    """Yield the guards that an item does not fulfill: its resources, and the server of a disk that goes without it."""
    resources = item.resources if action.includes_attached else item.primary
    servers = () if item.server is None else (item.server,)
    yield from resource_violations((*resources, *servers), action, guards, findings)
    if action.deletes_resource:
        yield from backup_violations(item.resources, guards, findings, now)


def resource_violations(
    resources: Iterable[Resource], action: Action, guards: Guards, findings: FindingsById
) -> Iterator[Violation]:
    """Yield the guards that these resources do not fulfill; unknown facts fulfill none."""
    for each in resources:
        known = findings.get(each.id)
        if guards.tag_patterns and (each.is_main_resource or kind_of(each) not in UNTAGGED_PARTS):
            yield from _tag_violations(each, guards, NOT_READ if known is None else known.tags or NOT_READ)
        if guards.refuse_running and action.deletes_resource and kind_of(each) in RUNNING_KINDS:
            yield from _running_violations(each, guards, NOT_READ if known is None else known.run_state or NOT_READ)


def backup_violations(
    resources: Iterable[Resource], guards: Guards, findings: FindingsById, now: datetime
) -> Iterator[Violation]:
    """Yield the resources that hold data, or may hold some, and have no usable backup that is young enough.

    Parts of a database or another resource are in the backups of their primary resource, if in any.
    """
    if guards.require_backup is None:
        return
    for each in resources:
        kind = kind_of(each)
        is_part = not each.is_main_resource and kind in (ResourceKind.DATABASE, ResourceKind.OTHER)
        if kind not in DATA_KINDS or is_part:
            continue
        known = findings.get(each.id)
        finding = NOT_READ if known is None else known.lasting_backup or NOT_READ
        backup = finding.value
        if backup is not None and backup.is_usable and now - backup.created <= timedelta(days=guards.require_backup):
            continue
        yield Violation(each, BlockedReason.NO_BACKUP, _no_backup(each, guards, finding))


def _no_backup(resource: Resource, guards: Guards, finding: Finding[NewestBackup]) -> Fact:
    """Return that a resource has no usable backup that is young enough, and what is known instead."""
    if finding.value is not None:
        reason = fact("usable_backup_older", date=f"{finding.value.created:%Y-%m-%d}")
    elif kind_of(resource) is ResourceKind.OTHER:
        reason = fact("backups_not_listed")
    else:
        reason = finding.reason or fact("no_backup_seen")
    return fact("backup_missing", id=resource.id, guard=backup_setting(guards), reason=reason)


def check_findings(plan: Plan, guards: Guards) -> list[Problem]:
    """Return the violations of a plan by what the services say; one if they were not read, or not completely."""
    if not plan.items or not needs_findings(guards, plan.action):
        return []
    if plan.findings is None or plan.findings.is_reading:
        return [Problem(kind=ProblemKind.GUARD, facts=(fact("findings_not_read", guard=_setting(guards)),))]
    found = _violations_by_item(plan, guards).values()
    return [Problem(kind=ProblemKind.GUARD, facts=(each.fact,)) for each in found]


def refuse_violations(plan: Plan, guards: Guards) -> Plan:
    """Return the plan with the items refused that violate a guard by what the services say, once all was read.

    Items without a backup are kept and say so: that can be accepted, by its own check box or option.
    """
    if not needs_findings(guards, plan.action) or plan.findings is None or plan.findings.is_reading:
        return plan
    plan = _with_missing_backups(plan, guards)
    return _refuse(plan, _violations_by_item(plan, guards))


def refuse_missing_backups(plan: Plan, guards: Guards) -> Plan:
    """Return the plan with the items refused that have no backup as a guard asks for."""
    strict = replace(plan, items=tuple(replace(each, missing_backup_days=0) for each in plan.items))
    return _refuse(plan, _violations_by_item(strict, guards)) if plan.findings is not None else plan


def _with_missing_backups(plan: Plan, guards: Guards) -> Plan:
    """Return the plan with the days of the guard in each item that has no such backup."""
    known, now = _findings_of(plan)
    missing = {
        item.id
        for item in plan.items
        if plan.action.deletes_resource and any(backup_violations(item.resources, guards, known, now))
    }
    items = (
        replace(each, missing_backup_days=(guards.require_backup or 0) if each.id in missing else 0)
        for each in plan.items
    )
    return replace(plan, items=tuple(items))


def _refuse(plan: Plan, found: Mapping[str, Violation]) -> Plan:
    reasons = {item_id: each.reason for item_id, each in found.items()}
    return plan.with_refused(reasons, {item_id: (each.fact,) for item_id, each in found.items()})


def _violations_by_item(plan: Plan, guards: Guards) -> Mapping[str, Violation]:
    """Return the first violation of each item that has one, by the id of the item."""
    known, now = _findings_of(plan)
    found: dict[str, Violation] = {}
    for item in plan.items:
        for each in item_violations(item, plan.action, guards, known, now):
            if not (each.reason is BlockedReason.NO_BACKUP and item.missing_backup_days):
                found.setdefault(item.id, each)
    return found


def _findings_of(plan: Plan) -> tuple[FindingsById, datetime]:
    return ({}, plan.created) if plan.findings is None else (plan.findings.by_id, plan.findings.now)


def _setting(guards: Guards) -> Fact:
    """Return the first guard that depends on what the services say."""
    if guards.tag_patterns:
        return guards.setting("protected", guards.tag_patterns[0])
    return guards.setting("refuse_running", "true") if guards.refuse_running else backup_setting(guards)


def backup_setting(guards: Guards) -> Fact:
    """Return the guard `require_backup` with its value and origin."""
    return guards.setting("require_backup", f"{guards.require_backup}d")


def known_violation(subject: Subject, action: Action, guards: Guards) -> BlockedReason | None:
    """Return why a resource certainly violates a guard: lists do not block what they have not read yet."""
    if guards.tag_patterns and _protecting_pattern(tags_of(subject).value or {}, guards) is not None:
        return BlockedReason.PROTECTED
    if guards.refuse_running and action.deletes_resource and subject.kind in RUNNING_KINDS:
        found = run_state_of(subject)
        if found is not None and found.value is not None and found.value.state is not RunState.STOPPED:
            return BlockedReason.RUNNING
    return None


def _tag_violations(resource: Resource, guards: Guards, tags: Finding[Tags]) -> Iterator[Violation]:
    is_late = tags.is_known and tags.origin is not None and tags.origin.is_from_config
    if is_late and _protecting_pattern(tags.value or {}, guards) is None:
        # It may have the tag since today.
        tags = unknown(tags.reason or fact("inventory_config_late"), tags.origin)
    if tags.state is FindingState.UNKNOWN:
        guard = guards.setting("protected", guards.tag_patterns[0])
        yield Violation(resource, BlockedReason.PROTECTED, _unknown("tags_unknown", resource, guard, tags))
        return
    pattern = _protecting_pattern(tags.value or {}, guards)
    if pattern is not None:
        guard = guards.setting("protected", pattern)
        yield Violation(resource, BlockedReason.PROTECTED, fact("tag_protects", id=resource.id, guard=guard))


def _running_violations(resource: Resource, guards: Guards, state: Finding[RunStateFinding]) -> Iterator[Violation]:
    """Yield that a resource runs, or is in a state that is not known to be stopped, such as RESIZE or BACKING UP."""
    guard = guards.setting("refuse_running", "true")
    if state.value is None:
        yield Violation(resource, BlockedReason.RUNNING, _unknown("run_state_unknown", resource, guard, state))
    elif state.value.state is not RunState.STOPPED:
        words = fact("not_stopped", id=resource.id, status=state.value.status, guard=guard)
        yield Violation(resource, BlockedReason.RUNNING, words)


def _unknown(code: _UnknownCode, resource: Resource, guard: Fact, finding: Finding[object]) -> Fact:
    """Return that a guard cannot be checked, and why."""
    is_listed = code == "run_state_unknown" or kind_of(resource) not in UNTAGGED_PARTS
    reason = finding.reason or fact("inventory_not_stated")
    return fact(code, id=resource.id, guard=guard, reason=reason if is_listed else fact("tags_not_listed"))


def _protecting_pattern(tags: Tags, guards: Guards) -> str | None:
    """Return the first pattern that matches one of these tags."""
    return next((each for each in guards.tag_patterns if matches_tags(each, tags)), None)


def matches_tags(pattern: str, tags: Tags) -> bool:
    """Return whether a pattern of tags matches one of these."""
    wanted = tag_pattern(pattern)
    return wanted is not None and any(wanted.matches(key.raw, value.raw) for key, value in tags.items())
