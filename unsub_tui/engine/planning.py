"""From marks to a plan: what goes, what goes along, what is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.action import Action
from unsub_tui.domain.alternatives import change_blocked
from unsub_tui.domain.eligibility import Blocked, blocked_any, blocked_renewal, impossible
from unsub_tui.domain.estimate import Basis, kind_of
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.guards import Guards, protections
from unsub_tui.domain.leftovers import stays_behind
from unsub_tui.domain.licenses import license_pair
from unsub_tui.domain.plan import REQUEST_LIMIT, Plan, PlanItem, Refusal
from unsub_tui.domain.quote import NOT_ASKED, Kind, Payment, unknown_quote
from unsub_tui.domain.renewed import NO_RENEWALS, Renewals
from unsub_tui.domain.resource import Catalogue, Resource, Status
from unsub_tui.domain.rules import SiteRules


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What holds for every item of a plan."""

    action: Action
    renewals: Renewals
    rules: SiteRules
    now: datetime
    figures_only: bool
    alone: bool
    """Whether the plan is about one resource."""


def draft_plan(
    *,
    account: AccountRef,
    catalogue: Catalogue,
    ids: Sequence[str],
    hidden: frozenset[str],
    rules: SiteRules,
    guards: Guards,
    now: datetime,
    action: Action = Action.UNSUBSCRIBE,
    renewals: Renewals = NO_RENEWALS,
    figures_only: bool = False,
    bundles: Sequence[Sequence[str]] = (),
) -> Plan:
    """Return the plan for these primary resources, its quotes still unknown.

    A plan of exactly one resource may be of any service; of several, those that have begun must be on the vendor's
    batch list, unless only their renewed periods are given up, or what is done can be undone. With `figures_only` the
    plan is there to be quoted, never to be run: whatever could be unsubscribed in any way is in it. The members of a
    bundle are one item: where one of them is refused, all are.
    """
    chosen = [resource for resource in map(catalogue.get, dict.fromkeys(ids)) if resource is not None]
    is_grouped = action is Action.UNSUBSCRIBE and not figures_only
    groups = _groups(chosen, catalogue, bundles) if is_grouped else [[each] for each in chosen]
    case = _Case(
        action=action, renewals=renewals, rules=rules, now=now, figures_only=figures_only, alone=len(groups) == 1
    )
    items: list[PlanItem] = []
    refused: list[Refusal] = []
    for group in groups:
        parts = [_item(each, catalogue, case, is_hidden=each.id in hidden) for each in group]
        objections = list(_refusals(parts, catalogue, case, guards))
        refused += objections
        if not objections:
            items.append(_joined(parts) if len(parts) > 1 else parts[0])
    planned = {each.id for item in items for each in item.resources}
    return Plan(
        account=account,
        created=now,
        action=action,
        items=tuple(items),
        refused=tuple(refused),
        sentinel_id=_sentinel(catalogue, planned),
        review_threshold=rules.review_threshold,
        unique_names=frozenset(_unique_names(catalogue, items)),
        account_resources=len(catalogue),
        behind=stays_behind(items, catalogue) if action is Action.UNSUBSCRIBE and not figures_only else (),
    )


def _groups(chosen: Sequence[Resource], catalogue: Catalogue, bundles: Sequence[Sequence[str]]) -> list[list[Resource]]:
    """Return what each item of a plan is about: one resource, a bundle, or a database with its license."""
    bundle_of = {each: bundle for bundle in bundles for each in bundle}
    groups: list[list[Resource]] = []
    taken: set[str] = set()
    for resource in chosen:
        if resource.id in taken:
            continue
        members = [each for each in map(catalogue.get, bundle_of.get(resource.id, ())) if each is not None]
        group = {each.id: each for one in members or [resource] for each in license_pair(one, catalogue)}
        groups.append(list(group.values()))
        taken |= group.keys()
    return groups


def _refusals(parts: Sequence[PlanItem], catalogue: Catalogue, case: _Case, guards: Guards) -> Iterator[Refusal]:
    """Yield why a resource, or a bundle, cannot be in the plan; if one member is refused, so are the others."""
    if len(parts) > 1:
        case = replace(case, alone=True)
    if len(parts) > REQUEST_LIMIT:
        detail = f"{len(parts)} resources, more than the {REQUEST_LIMIT} that one request may name"
        yield from (Refusal(resource=part.resource, reason=Blocked.WHOLE_ONLY, detail=detail) for part in parts)
        return
    found = {part.id: objection for part in parts if (objection := _objection_or_guard(part, case, guards)) is not None}
    named = ", ".join(clean(each) for each in found)
    for part in parts if found else ():
        reason, detail = found.get(part.id) or (Blocked.WHOLE_ONLY, f"{named} cannot be unsubscribed")
        yield Refusal(resource=part.resource, reason=reason, detail=detail, main=catalogue.main_of(part.resource))


def _objection_or_guard(item: PlanItem, case: _Case, guards: Guards) -> tuple[Blocked, str] | None:
    """Return why an item cannot be in the plan, with its detail; None where it can."""
    against = "" if case.figures_only else _protection(item.resource, item.attached, guards)
    reason = Blocked.PROTECTED if against else _objection(item, case)
    return None if reason is None else (reason, against)


def _protection(resource: Resource, attached: Sequence[Resource], guards: Guards) -> str:
    """Return which pattern protects a resource or one that is attached to it, or nothing."""
    for found, says in protections([resource, *attached], guards):
        return says if found is resource else f"{found.resource_id.clean()} is attached to it, {says}"
    return ""


def _joined(items: Sequence[PlanItem]) -> PlanItem:
    """Return one item of several: its first resource stands for all, the others go in the same request."""
    first, *others = items
    along = [each for item in others for each in item.resources]
    return replace(
        first,
        attached=(*first.attached, *along),
        together=tuple(item.resource for item in others),
        hidden=any(item.hidden for item in items),
        quote=replace(first.quote, kind=Kind.WHOLE),
    )


def _item(resource: Resource, catalogue: Catalogue, case: _Case, *, is_hidden: bool) -> PlanItem:
    attached = tuple(catalogue.attached_to(resource))
    kind, periods = kind_of(resource, Basis(rules=case.rules, now=case.now)), list[Payment]()
    if case.action is Action.RENEWAL:
        kind = Kind.RENEWAL_ONLY
        periods = [period for each in (resource, *attached) for period in case.renewals.of(each, case.now)]
    quote = unknown_quote(kind, case.rules.currency, NOT_ASKED, case.now)
    if case.action.is_undoable:
        quote = replace(quote, missing=())  # nothing is given back, so nothing is missing
    return PlanItem(
        resource=resource,
        attached=attached,
        quote=quote,
        hidden=is_hidden,
        periods=tuple(periods),
    )


def _objection(item: PlanItem, case: _Case) -> Blocked | None:
    """Return why an item cannot be in the plan, or None."""
    if case.action.is_undoable:
        return change_blocked(case.action, item.resource, case.rules)
    if case.figures_only:
        return impossible(item.resource, case.rules, case.now)
    if case.action is Action.RENEWAL:
        own = case.renewals.of(item.resource, case.now)
        return blocked_renewal(item.resource, item.attached, own, case.rules, case.now)
    return blocked_any(item.resource, case.rules, case.now, alone=case.alone)


def _sentinel(catalogue: Catalogue, planned: set[str]) -> str:
    """Return the id of a resource in use outside the plan, or nothing where there is none."""
    return next((each.id for each in catalogue.resources if each.id not in planned and _is_witness(each)), "")


def _is_witness(resource: Resource) -> bool:
    return resource.is_main_resource and resource.status == Status.IN_USE and resource.resource_id.is_safe_id


def _unique_names(catalogue: Catalogue, items: Sequence[PlanItem]) -> Iterator[str]:
    counts = Counter(resource.resource_name.raw for resource in catalogue.resources)
    return (name for item in items if counts[name := item.resource.resource_name.raw] == 1)
