"""Builds a plan from selected resources: items, attached resources and refusals."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.action import Action
from unsub_tui.domain.databases import find_replicas, is_read_replica
from unsub_tui.domain.disks import as_primary, find_data_disk_evidence, server_of
from unsub_tui.domain.eligibility import (
    BlockedReason,
    blocked_reason,
    blocked_reason_for_plan,
    blocked_reason_for_renewal,
)
from unsub_tui.domain.estimate import unsubscription_kind
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.guards import Guards, protected_resources
from unsub_tui.domain.item_warnings import item_warnings, kind_notes
from unsub_tui.domain.leftovers import find_clusters, find_possible_leftovers
from unsub_tui.domain.paid_periods import NO_RENEWALS, Renewals
from unsub_tui.domain.plan import MAX_PRIMARY_PER_REQUEST, Plan, PlanItem, Refusal
from unsub_tui.domain.policy_change import blocked_reason_for_change
from unsub_tui.domain.quote import BILLS_NOT_READ, Payment, UnsubscriptionKind, unknown_quote
from unsub_tui.domain.resource import Catalog, Resource, RowDefect, Status
from unsub_tui.domain.rules import SiteRules


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftContext:
    """Everything that determines a plan, except the selection."""

    account: AccountRef
    catalog: Catalog
    rules: SiteRules
    guards: Guards
    now: datetime
    action: Action = Action.UNSUBSCRIBE
    renewals: Renewals = NO_RENEWALS
    one_by_one: bool = False
    """Queue mode: every item may be of any service."""
    quote_only: bool = False
    """Whether the plan is quoted and never run: it then has every resource that can be unsubscribed in any way."""


def draft_plan(
    context: DraftContext,
    ids: Sequence[str],
    *,
    hidden: frozenset[str] = frozenset(),
    bundles: Sequence[Sequence[str]] = (),
) -> Plan:
    """Return the plan for these primary resources, without quotes.

    A sole item, a bundle and the items in queue mode may be of any service. Otherwise, resources whose term has started
    must be on Huawei Cloud's batch list, except for renewal periods and reversible changes. The members of a bundle
    form one item; if one member is refused, all are. From a listing that changed while it was
    read, only resources that were read again are planned.
    """
    context = replace(context, catalog=context.catalog.joined())
    catalog, action = context.catalog, context.action
    chosen = [resource for resource in map(catalog.get, dict.fromkeys(ids)) if resource is not None]
    is_deleting = action.deletes_resource and not context.quote_only
    items, refused = _planned_and_refused(chosen, context, hidden, bundles if is_deleting else None)
    planned = {each.id for item in items for each in item.resources}
    living = {each.id for each in catalog.resources if each.id and each.status != Status.CLOSED}
    at_risk = catalog.rows_at_risk
    name_counts = Counter(resource.resource_name.raw for resource in catalog.resources)
    names = (item.resource.resource_name.raw for item in items)
    return Plan(
        account=context.account,
        created=context.now,
        action=action,
        one_by_one=context.one_by_one and action.deletes_resource,
        items=tuple(items),
        # A selected resource that is attached to a planned one is no separate item, and does not stay.
        refused=tuple(each for each in refused if not is_deleting or each.resource.id not in planned),
        sentinel_id=next((each.id for each in catalog.resources if _can_be_sentinel(each, planned)), ""),
        review_threshold=context.rules.review_threshold,
        # If rows are missing, a name may be that of another resource, and the account may have fewer than are listed.
        unique_names=frozenset(name for name in names if name_counts[name] == 1 and not at_risk),
        account_resource_count=max(len(living) - at_risk, len(planned)),
        possible_leftovers=find_possible_leftovers(items, catalog) if is_deleting else (),
        clusters=find_clusters(items, catalog) if is_deleting else (),
    )


def _planned_and_refused(
    chosen: Sequence[Resource],
    context: DraftContext,
    hidden: frozenset[str],
    bundles: Sequence[Sequence[str]] | None,
) -> tuple[list[PlanItem], list[Refusal]]:
    """Return the items, and what cannot be one; without `bundles`, each resource is an item of its own."""
    # Only the request of a deletion names several primary resources.
    groups = [[each] for each in chosen] if bundles is None else _groups(chosen, context.catalog, bundles)
    servers = _servers_of_single_disks(groups, context) if context.action.deletes_resource else {}
    items: list[PlanItem] = []
    refused: list[Refusal] = []
    for group in groups:
        parts = [_item(each, context, server=servers.get(each.id), is_hidden=each.id in hidden) for each in group]
        is_free = context.one_by_one or len(groups) == 1 or len(parts) > 1
        refusals = list(_refusals(parts, context, in_batch=not is_free))
        refused += refusals
        if not refusals:
            items.append(_merge_bundle(parts) if len(parts) > 1 else parts[0])
    return list(_with_warnings(items, context)), refused


def _groups(chosen: Sequence[Resource], catalog: Catalog, bundles: Sequence[Sequence[str]]) -> list[list[Resource]]:
    """Group the resources into plan items: a single resource, a bundle, or a database with its license."""
    bundles_of: defaultdict[str, list[Sequence[str]]] = defaultdict(list)
    for bundle in bundles:
        for each in bundle:
            bundles_of[each].append(bundle)
    groups: list[list[Resource]] = []
    taken: set[str] = set()
    for resource in chosen:
        if resource.id in taken:
            continue
        group: dict[str, Resource] = {}
        waiting = [resource.id]
        for each in waiting:  # grows during iteration: a database can bring its license, and be part of a bundle
            found = catalog.get(each)
            for one in catalog.license_pair(found) if found is not None and each not in group else ():
                group[one.id] = one
                waiting += itertools.chain(*bundles_of[one.id])
        groups.append(list(group.values()))
        taken |= group.keys()
    return groups


def _with_warnings(items: Sequence[PlanItem], context: DraftContext) -> Iterator[PlanItem]:
    catalog, action = context.catalog, context.action
    replicas = find_replicas([each for item in items for each in item.primary], catalog)
    for item in items:
        own = [replica for each in item.primary for replica in replicas.get(each.id, ())]
        item = replace(item, replicas=tuple({each.id: each for each in own}.values()))  # noqa: PLW2901 - completed
        yield replace(
            item,
            warnings=item_warnings(item, catalog, action),
            kind_notes=kind_notes(item, action, context.rules),
        )


def _servers_of_single_disks(groups: Sequence[Sequence[Resource]], context: DraftContext) -> dict[str, Resource]:
    """Return the data disks that are unsubscribed without their servers, each with its server, by the id of the disk.

    A disk whose server is selected as well is unsubscribed with it.
    """
    grouped = {each.id for group in groups for each in group}
    found: dict[str, Resource] = {}
    for each in (group[0] for group in groups if len(group) == 1):
        server = server_of(each, context.catalog)
        is_alone = server is not None and server.id not in grouped
        if server is not None and is_alone and find_data_disk_evidence(each, context.catalog) is not None:
            found[each.id] = server
    return found


def _refusals(parts: Sequence[PlanItem], context: DraftContext, *, in_batch: bool) -> Iterator[Refusal]:
    """Yield the refusals for an item; if one member of a bundle is refused, so are the others.

    The batch list applies only if `in_batch`.
    """
    if len(parts) > MAX_PRIMARY_PER_REQUEST:
        excess = fact("too_many_primary", count=len(parts), limit=MAX_PRIMARY_PER_REQUEST)
        yield from (Refusal(resource=part.resource, reason=BlockedReason.WHOLE_ONLY, facts=(excess,)) for part in parts)
        return
    found: dict[str, tuple[BlockedReason, tuple[Fact, ...]]] = {}
    for part in parts:
        protection = () if context.quote_only else _protection(part, context.guards)
        checked = part if part.server is None else replace(part, resource=as_primary(part.resource))
        reason = BlockedReason.PROTECTED if protection else _blocked_reason(checked, context, in_batch=in_batch)
        facts = protection
        if reason is BlockedReason.ATTACHED and context.action.deletes_resource:
            facts = _attachment_facts(part.resource, context.catalog)
        if reason is None and (unclear := next((each for each in part.attached if each.defect), None)) is not None:
            reason, facts = _row_defect(unclear)
        if reason is not None:
            found[part.id] = (reason, facts)
    refused_members = fact("members_refused", ids=", ".join(found))
    for part in parts if found else ():
        reason, facts = found.get(part.id) or (BlockedReason.WHOLE_ONLY, (refused_members,))
        main = context.catalog.primary_of(part.resource)
        yield Refusal(resource=part.resource, reason=reason, facts=facts, main=main)


def _attachment_facts(resource: Resource, catalog: Catalog) -> tuple[Fact, ...]:
    """Return why a disk cannot be unsubscribed without its server."""
    is_unclear = server_of(resource, catalog) is not None and find_data_disk_evidence(resource, catalog) is None
    return (fact("disk_may_be_system"),) if is_unclear else ()


def _row_defect(attached: Resource) -> tuple[BlockedReason, tuple[Fact, ...]]:
    """Return why the row of an attached resource rules out its primary resource."""
    if attached.defect is RowDefect.UNREADABLE:
        return BlockedReason.UNREADABLE, (fact("attached_unreadable", id=attached.id or "-"),)
    return BlockedReason.CONTRADICTORY, (fact("attached_contradictory", id=attached.id),)


def _protection(item: PlanItem, guards: Guards) -> tuple[Fact, ...]:
    """Return the pattern that protects an item, one of its attached resources or the server of a single disk."""
    for found, guard in protected_resources([item.server] if item.server is not None else [], guards):
        return (fact("server_is_protected", id=found.id, guard=guard),)
    for found, guard in protected_resources([item.resource, *item.attached], guards):
        is_own = found is item.resource
        return (guard if is_own else fact("attached_is_protected", id=found.id, guard=guard),)
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


def _item(resource: Resource, context: DraftContext, *, server: Resource | None, is_hidden: bool) -> PlanItem:
    attached = tuple(each for each in context.catalog.attached_to(resource) if each.status != Status.CLOSED)
    kind, periods = unsubscription_kind(resource, context.rules, context.now), list[Payment]()
    if context.action.shortens_term:
        kind = UnsubscriptionKind.RENEWAL_ONLY
        for each in (resource, *attached):
            periods += context.renewals.upcoming_payments(each, context.now)
    quote = unknown_quote(kind, context.rules.currency, BILLS_NOT_READ, context.now)
    if not context.action.creates_order:
        quote = replace(quote, missing=())  # a reversible change refunds nothing, so no amount is missing
    return PlanItem(
        resource=resource,
        attached=attached,
        server=server,
        quote=quote,
        is_hidden=is_hidden,
        renewal_payments=tuple(periods),
    )


def _blocked_reason(item: PlanItem, context: DraftContext, *, in_batch: bool) -> BlockedReason | None:
    """Return the reason why an item cannot be planned, apart from guards; None if it can."""
    resource, rules, now = item.resource, context.rules, context.now
    if not context.quote_only and not context.catalog.is_certain(resource):
        return BlockedReason.NOT_READ_AGAIN
    if context.action.unsubscribe_type is None:
        return blocked_reason_for_change(context.action, resource, rules)
    if context.quote_only:
        return blocked_reason(resource, rules, now)
    if context.action.shortens_term:
        own = context.renewals.upcoming_payments(resource, now)
        return blocked_reason_for_renewal(resource, item.attached, own, rules, now)
    return blocked_reason_for_plan(resource, rules, now, in_batch=in_batch)


def _can_be_sentinel(resource: Resource, planned: set[str]) -> bool:
    """Return whether a resource can prove that a listing is complete: it is in use and not part of the plan."""
    is_in_use = resource.is_main_resource and resource.status == Status.IN_USE and resource.defect is None
    # A read replica may disappear with a database of the plan.
    return (
        is_in_use and resource.id not in planned and resource.resource_id.is_safe_id and not is_read_replica(resource)
    )
