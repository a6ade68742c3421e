"""Builds a plan from selected resources: items, attached resources and refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import (
    BlockedReason,
    blocked_reason,
    blocked_reason_for_plan,
    blocked_reason_for_renewal,
)
from unsub_tui.domain.estimate import unsubscription_kind
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.guards import Guards, protected_resources
from unsub_tui.domain.leftovers import find_possible_leftovers
from unsub_tui.domain.paid_periods import NO_RENEWALS, Renewals
from unsub_tui.domain.plan import MAX_PRIMARY_PER_REQUEST, Plan, PlanItem, Refusal
from unsub_tui.domain.policy_change import blocked_reason_for_change
from unsub_tui.domain.quote import BILLS_NOT_READ, Payment, UnsubscriptionKind, unknown_quote
from unsub_tui.domain.resource import Catalog, Resource, Status
from unsub_tui.domain.rules import SiteRules


@dataclass(frozen=True, slots=True, kw_only=True)
class _DraftContext:
    """Settings that apply to every item of a plan."""

    action: Action
    renewals: Renewals
    rules: SiteRules
    now: datetime
    quote_only: bool
    is_single: bool
    """Whether the batch list does not apply: the plan has one item, or the item is a bundle."""


def draft_plan(
    *,
    account: AccountRef,
    catalog: Catalog,
    ids: Sequence[str],
    hidden: frozenset[str],
    rules: SiteRules,
    guards: Guards,
    now: datetime,
    action: Action = Action.UNSUBSCRIBE,
    renewals: Renewals = NO_RENEWALS,
    quote_only: bool = False,
    bundles: Sequence[Sequence[str]] = (),
) -> Plan:
    """Return the plan for these primary resources, without quotes.

    A sole item or a bundle may be of any service. Otherwise, resources whose term has started must be on Huawei Cloud's
    batch list, except for renewal periods and reversible changes. With `quote_only`, the plan is quoted and never run,
    so it contains every resource that can be unsubscribed in any way. The members of a bundle form one item; if one
    member is refused, all are.
    """
    chosen = [resource for resource in map(catalog.get, dict.fromkeys(ids)) if resource is not None]
    is_grouped = action.deletes_resource and not quote_only
    groups = _groups(chosen, catalog, bundles) if is_grouped else [[each] for each in chosen]
    context = _DraftContext(
        action=action, renewals=renewals, rules=rules, now=now, quote_only=quote_only, is_single=len(groups) == 1
    )
    items: list[PlanItem] = []
    refused: list[Refusal] = []
    for group in groups:
        parts = [_item(each, catalog, context, is_hidden=each.id in hidden) for each in group]
        objections = list(_refusals(parts, catalog, context, guards))
        refused += objections
        if not objections:
            items.append(_merge_bundle(parts) if len(parts) > 1 else parts[0])
    planned = {each.id for item in items for each in item.resources}
    return Plan(
        account=account,
        created=now,
        action=action,
        items=tuple(items),
        refused=tuple(refused),
        sentinel_id=_sentinel(catalog, planned),
        review_threshold=rules.review_threshold,
        unique_names=frozenset(_unique_names(catalog, items)),
        account_resource_count=len(catalog),
        possible_leftovers=find_possible_leftovers(items, catalog)
        if action.deletes_resource and not quote_only
        else (),
    )


def _groups(chosen: Sequence[Resource], catalog: Catalog, bundles: Sequence[Sequence[str]]) -> list[list[Resource]]:
    """Group the resources into plan items: a single resource, a bundle, or a database with its license."""
    bundle_of = {each: bundle for bundle in bundles for each in bundle}
    groups: list[list[Resource]] = []
    taken: set[str] = set()
    for resource in chosen:
        if resource.id in taken:
            continue
        members = [each for each in map(catalog.get, bundle_of.get(resource.id, ())) if each is not None]
        group = {each.id: each for one in members or [resource] for each in catalog.license_pair(one)}
        groups.append(list(group.values()))
        taken |= group.keys()
    return groups


def _refusals(parts: Sequence[PlanItem], catalog: Catalog, context: _DraftContext, guards: Guards) -> Iterator[Refusal]:
    """Yield the refusals for an item; if one member of a bundle is refused, so are the others."""
    if len(parts) > 1:
        context = replace(context, is_single=True)
    if len(parts) > MAX_PRIMARY_PER_REQUEST:
        excess = fact("too_many_primary", count=len(parts), limit=MAX_PRIMARY_PER_REQUEST)
        yield from (Refusal(resource=part.resource, reason=BlockedReason.WHOLE_ONLY, facts=(excess,)) for part in parts)
        return
    found = {
        part.id: objection
        for part in parts
        if (objection := _blocked_reason_or_guard(part, context, guards)) is not None
    }
    refused_members = fact("members_refused", ids=", ".join(found))
    for part in parts if found else ():
        reason, facts = found.get(part.id) or (BlockedReason.WHOLE_ONLY, (refused_members,))
        yield Refusal(resource=part.resource, reason=reason, facts=facts, main=catalog.primary_of(part.resource))


def _blocked_reason_or_guard(
    item: PlanItem, context: _DraftContext, guards: Guards
) -> tuple[BlockedReason, tuple[Fact, ...]] | None:
    """Return the reason and further facts for refusing an item; None if it can be planned."""
    against = () if context.quote_only else _protection(item.resource, item.attached, guards)
    reason = BlockedReason.PROTECTED if against else _blocked_reason(item, context)
    return None if reason is None else (reason, against)


def _protection(resource: Resource, attached: Sequence[Resource], guards: Guards) -> tuple[Fact, ...]:
    """Return the pattern that protects a resource or one of its attached resources; empty if none does."""
    for found, guard in protected_resources([resource, *attached], guards):
        return (guard if found is resource else fact("attached_is_protected", id=found.id, guard=guard),)
    return ()


def _merge_bundle(items: Sequence[PlanItem]) -> PlanItem:
    """Merge items into one bundle item: the first resource represents it, and one request names them all."""
    first, *others = items
    along = [each for item in others for each in item.resources]
    return replace(
        first,
        attached=(*first.attached, *along),
        bundled=tuple(item.resource for item in others),
        is_hidden=any(item.is_hidden for item in items),
        quote=replace(first.quote, kind=UnsubscriptionKind.BUNDLE),
    )


def _item(resource: Resource, catalog: Catalog, context: _DraftContext, *, is_hidden: bool) -> PlanItem:
    attached = tuple(catalog.attached_to(resource))
    kind, periods = unsubscription_kind(resource, context.rules, context.now), list[Payment]()
    if context.action.shortens_term:
        kind = UnsubscriptionKind.RENEWAL_ONLY
        periods = [
            period for each in (resource, *attached) for period in context.renewals.upcoming_payments(each, context.now)
        ]
    quote = unknown_quote(kind, context.rules.currency, BILLS_NOT_READ, context.now)
    if not context.action.creates_order:
        quote = replace(quote, missing=())  # a reversible change refunds nothing, so no amount is missing
    return PlanItem(
        resource=resource,
        attached=attached,
        quote=quote,
        is_hidden=is_hidden,
        renewal_payments=tuple(periods),
    )


def _blocked_reason(item: PlanItem, context: _DraftContext) -> BlockedReason | None:
    """Return the reason why an item cannot be planned, apart from guards; None if it can."""
    if not context.action.creates_order:
        return blocked_reason_for_change(context.action, item.resource, context.rules)
    if context.quote_only:
        return blocked_reason(item.resource, context.rules, context.now)
    if context.action.shortens_term:
        own = context.renewals.upcoming_payments(item.resource, context.now)
        return blocked_reason_for_renewal(item.resource, item.attached, own, context.rules, context.now)
    return blocked_reason_for_plan(item.resource, context.rules, context.now, is_single=context.is_single)


def _sentinel(catalog: Catalog, planned: set[str]) -> str:
    """Return the id of a resource in use outside the plan; empty if there is none."""
    return next((each.id for each in catalog.resources if each.id not in planned and _can_be_sentinel(each)), "")


def _can_be_sentinel(resource: Resource) -> bool:
    return resource.is_main_resource and resource.status == Status.IN_USE and resource.resource_id.is_safe_id


def _unique_names(catalog: Catalog, items: Sequence[PlanItem]) -> Iterator[str]:
    counts = Counter(resource.resource_name.raw for resource in catalog.resources)
    return (name for item in items if counts[name := item.resource.resource_name.raw] == 1)
