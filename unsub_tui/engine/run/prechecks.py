"""Checks before a run starts and before each request, among them the read of the resource (rule S3).

The checks of the confirmation do not rely on those in the screen or the command.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.guards import check_guards, guard_violations
from unsub_tui.domain.inventory.resource_findings import ResourceFindings
from unsub_tui.domain.inventory_guards import backup_violations, check_findings, resource_violations
from unsub_tui.domain.plan import MAX_PRIMARY_PER_REQUEST, MAX_REASON_TEXT_LENGTH, Confirmation, Plan
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.resource import Catalog, Resource, RowDefect, Status, state_changes
from unsub_tui.engine.run.context import RunConfig, RunContext
from unsub_tui.engine.run.external_orders import find_cancellation
from unsub_tui.journal.replay import UnitState


def check_confirmation(plan: Plan, confirmation: Confirmation, config: RunConfig) -> None:
    """Raise GUARD unless the confirmation matches exactly this plan and the guards allow it."""
    for violation in _violations(plan, confirmation, config):
        raise UnsubError(Problem(kind=ProblemKind.GUARD, facts=(violation,)))
    guards = config.get_guards()
    for problem in (*check_guards(plan, guards, config.actor), *check_findings(plan, guards)):
        raise UnsubError(problem)


def _violations(plan: Plan, confirmation: Confirmation, config: RunConfig) -> Iterator[Fact]:
    yield from _unsendable(plan, config)
    if confirmation.digest != plan.digest:
        yield fact("confirmed_other_plan")
    # Without a screen, another process did the review; only the digest in the phrase identifies the plan.
    if confirmation.phrase.strip() != (
        plan.phrase if config.attended or plan.saved_plan is None else plan.plan_file_phrase
    ):
        yield fact("phrase_wrong")
    if not confirmation.acknowledged >= set(plan.risks):
        yield fact("risks_not_acknowledged")
    if len(confirmation.reason_text) > MAX_REASON_TEXT_LENGTH:
        yield fact("reason_too_long", limit=MAX_REASON_TEXT_LENGTH)


def _unsendable(plan: Plan, config: RunConfig) -> Iterator[Fact]:
    """Yield the reasons why a plan cannot be submitted regardless of its confirmation."""
    if not plan.items:
        yield fact("plan_empty")
    if (plan.account.account_id, plan.account.site) != (config.account.account_id, config.account.site):
        yield fact("plan_of_other_account")
    named = [each for item in plan.items for each in item.primary]
    if len({each.id for each in named}) < len(named) or not all(each.resource_id.is_safe_id for each in named):
        yield fact("plan_ids_invalid")
    if any(len(item.primary) > MAX_PRIMARY_PER_REQUEST for item in plan.items):
        yield fact("bundle_too_large", limit=MAX_PRIMARY_PER_REQUEST)


def send_blocker(context: RunContext) -> Problem | None:
    """Return why nothing may be sent now: lock lost, process suspended, or no recent heartbeat (rule S5)."""
    if not context.lock.is_held:
        return Problem(kind=ProblemKind.LOCKED, facts=(fact("lock_replaced"),))
    silence, limit = context.control.longest_heartbeat_gap(), context.policy.heartbeat_seconds
    if context.control.is_held:
        return Problem(kind=ProblemKind.STOPPED, facts=(fact("program_suspended"),))
    if not context.config.attended or silence <= limit:
        return None
    return Problem(kind=ProblemKind.STOPPED, facts=(fact("screen_silent", seconds=round(silence)),))


def guard_violation(context: RunContext, unit: UnitState, resources: Sequence[Resource] = ()) -> Problem | None:
    """Return a violation of the current guards, which may be stricter than at the start of the run."""
    config, run = context.config, context.journal.state.runs[unit.run_id]
    violations = guard_violations(
        config.get_guards(),
        action=unit.action,
        account=config.account,
        count=run.document.count,
        account_resource_count=run.document.account_resources,
        amounts=[each.item.estimate for each in run.units],
        resources=resources,
        planner=run.document.plan_file.planner if run.document.plan_file is not None else None,
        actor=run.document.actor,
    )
    return next(violations, None)


def findings_violation(
    context: RunContext, unit: UnitState, resources: Sequence[Resource], findings: Mapping[str, ResourceFindings]
) -> Problem | None:
    """Return a violation of the current guards by what the services say about these resources."""
    guards = context.config.get_guards()
    found = list(resource_violations(resources, unit.action, guards, findings))
    if unit.action.deletes_resource and not unit.item.missing_backup_days:
        own = [each for each in resources if each.id in unit.item.all_ids]
        found += backup_violations(own, guards, findings, context.clock.now())
    return Problem(kind=ProblemKind.GUARD, facts=(found[0].fact,)) if found else None


def open_attempt_problem(context: RunContext, unit: UnitState) -> Problem | None:
    """Return why a resource in another open unit must not be submitted again (rule S2).

    An unsubscription also concerns the attached resources: one of them may be in a unit of its own.
    """
    for other in context.journal.state.open_units():
        if not _affected_ids(other).isdisjoint(_affected_ids(unit)):
            return _drift([fact("submitted_before", run_id=other.run_id, state=other.state.value)])
    return None


def _affected_ids(unit: UnitState) -> frozenset[str]:
    return unit.item.all_ids if unit.action.includes_attached else frozenset(unit.item.requested_ids)


@dataclass(frozen=True, slots=True)
class PrecheckResult:
    """Result of the read, with its start on the monotonic clock in seconds."""

    started: float
    drift: Problem | None
    """The difference from the confirmed state; None if there is none."""
    resources: tuple[Resource, ...] = ()
    """The current primary and attached resources, and the server of a single disk: guards compare all of them."""


async def revalidate(context: RunContext, unit: UnitState) -> PrecheckResult:
    """Read the unit's resources with everything attached to them, and compare them with the confirmed state."""
    started = context.clock.monotonic()
    found = await list_unit(context, unit)
    main = found.get(unit.item.resource_id)
    doubts = list({(each.id, each.defect): _doubt(each) for each in found.resources if each.defect}.values())
    if main is None and doubts:  # an unreadable row without an id can be this one
        return PrecheckResult(started, _drift(doubts))
    if main is None or main.status == Status.CLOSED:
        state = fact("not_listed" if main is None else "closed")
        return PrecheckResult(started, _drift([state, await find_cancellation(context, unit)]))
    primary = [each for each in map(found.get, unit.item.requested_ids) if each is not None]
    bundled = [each for each in primary if each is not main]
    living = {each.id for each in found.resources if each.status != Status.CLOSED}
    attached = [each for one in primary for each in found.attached_to(one) if each.id in living]
    changes = state_changes(unit.item.fingerprint, main.fingerprint([*attached, *bundled], bundled))
    known = {each.id for each in (*primary, *attached)}
    changes += doubts
    unexpected = living - known
    changes += [
        _unexpected_attachment(each) for each in found.resources if not each.is_main_resource and each.id in unexpected
    ]
    licenses = [found.get(each) for each in _unplanned_license_ids(unit)]
    changes += [fact("license_listed", id=each.id) for each in licenses if each is not None and _is_subscribed(each)]
    servers = await read_server(context, unit)
    if unit.item.server_id and not servers:
        changes.append(fact("server_not_listed", id=unit.item.server_id))
    return PrecheckResult(started, _drift(changes) if changes else None, (main, *bundled, *attached, *servers))


async def read_server(context: RunContext, unit: UnitState) -> list[Resource]:
    """Return the server of a disk that is unsubscribed alone; nothing for other units, or if it is not listed.

    It is queried by itself: with the disk, Huawei Cloud would list the disk only.
    """
    server_id = unit.item.server_id
    rows = await context.reader.resources_by_id([server_id]) if server_id else []
    return [each for each in rows if each.id == server_id and each.status != Status.CLOSED]


async def list_unit(context: RunContext, unit: UnitState) -> Catalog:
    """Return the unit's primary resources and everything attached to them.

    The first query names primary resources only: if it named an attached one, Huawei Cloud would list only the named
    resources and hide newly attached ones. Attached resources missing from the answer, because they are attached to
    other attached resources, are then queried by id, and so is the license that a database may have got since.
    """
    found = Catalog()
    found.add_page(await context.reader.resources_by_id(unit.item.requested_ids))
    left_out = [each for each in unit.item.attached_ids if found.get(each) is None]
    left_out += _unplanned_license_ids(unit)
    if left_out:
        found.add_page(await context.reader.resources_by_id(left_out))
    return found.joined()


def _unplanned_license_ids(unit: UnitState) -> Sequence[str]:
    """Return the ids that licenses of the unit's databases would have, if it deletes them without a license."""
    return unit.item.unplanned_license_ids if unit.action.deletes_resource else ()


def _is_subscribed(license_: Resource) -> bool:
    return license_.is_main_resource and license_.status != Status.CLOSED


def _doubt(resource: Resource) -> Fact:
    """Return why a row of a resource says nothing certain about it."""
    if resource.defect is RowDefect.UNREADABLE:
        return fact("row_unreadable", id=resource.id or None)
    return fact("rows_contradict", id=resource.id)


def _unexpected_attachment(resource: Resource) -> Fact:
    """Return the drift for a resource that is listed with the item but attached to something else."""
    parent = resource.parent_resource_id.raw
    if not parent:
        return fact("listed_unattached", id=resource.id)
    return fact("listed_attached", id=resource.id, parent=parent)


def _drift(facts: Sequence[Fact]) -> Problem:
    return Problem(kind=ProblemKind.DRIFT, facts=tuple(facts))
