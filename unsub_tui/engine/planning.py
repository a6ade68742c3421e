"""From marks to a plan: what goes, what goes along, what is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from unsub_tui.domain.eligibility import Blocked, blocked, blocked_in_batch, impossible
from unsub_tui.domain.estimate import Basis, kind_of
from unsub_tui.domain.guards import Guards, protections
from unsub_tui.domain.plan import AccountRef, Plan, PlanItem, Refusal
from unsub_tui.domain.quote import unknown_quote
from unsub_tui.domain.resource import Catalogue, Resource, Status
from unsub_tui.domain.rules import SiteRules

NOT_ASKED = "the bills: not yet read"
"""What a quote lacks before it was asked for."""


def draft_plan(
    *,
    account: AccountRef,
    catalogue: Catalogue,
    ids: Sequence[str],
    hidden: frozenset[str],
    rules: SiteRules,
    guards: Guards,
    now: datetime,
    figures_only: bool = False,
) -> Plan:
    """Return the plan for these main resources, its quotes still unknown.

    A plan of exactly one resource may be of any service; several must all be on the vendor's batch list. With
    `figures_only` the plan is there to be quoted, never to be run: whatever could be unsubscribed in any way is in it.
    """
    chosen = [resource for resource in map(catalogue.get, dict.fromkeys(ids)) if resource is not None]
    why_not = impossible if figures_only else blocked if len(chosen) == 1 else blocked_in_batch
    items: list[PlanItem] = []
    refused: list[Refusal] = []
    for resource in chosen:
        attached = tuple(catalogue.attached_to(resource))
        against = "" if figures_only else _protection(resource, attached, guards)
        reason = Blocked.PROTECTED if against else why_not(resource, rules, now)
        if reason is not None:
            refused.append(Refusal(resource=resource, reason=reason, detail=against, main=catalogue.main_of(resource)))
            continue
        quote = unknown_quote(kind_of(resource, Basis(rules=rules, now=now)), rules.currency, NOT_ASKED, now)
        items.append(PlanItem(resource=resource, attached=attached, quote=quote, hidden=resource.id in hidden))
    return Plan(
        account=account,
        created=now,
        items=tuple(items),
        refused=tuple(refused),
        sentinel_id=_sentinel(catalogue, {item.id for item in items}),
        review_threshold=rules.review_threshold,
        unique_names=frozenset(_unique_names(catalogue, items)),
        main_resources=sum(each.is_main_resource for each in catalogue.resources),
    )


def _protection(resource: Resource, attached: Sequence[Resource], guards: Guards) -> str:
    """Return which pattern protects a resource or what would go along with it, or nothing."""
    for found, says in protections([resource, *attached], guards):
        return says if found is resource else f"{found.resource_id.clean()} goes along, {says}"
    return ""


def _sentinel(catalogue: Catalogue, planned: set[str]) -> str:
    """Return the id of a resource in use outside the plan, or nothing where there is none."""
    return next((each.id for each in catalogue.resources if each.id not in planned and _is_witness(each)), "")


def _is_witness(resource: Resource) -> bool:
    return resource.is_main_resource and resource.status == Status.IN_USE and resource.resource_id.is_safe_id


def _unique_names(catalogue: Catalogue, items: Sequence[PlanItem]) -> Iterator[str]:
    counts = Counter(resource.resource_name.raw for resource in catalogue.resources)
    return (name for item in items if counts[name := item.resource.resource_name.raw] == 1)
