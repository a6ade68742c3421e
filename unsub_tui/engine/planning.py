"""From marks to a plan: what goes, what goes along, what is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from unsub_tui.domain.action import Action
from unsub_tui.domain.alternatives import change_blocked
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
    action: Action = Action.UNSUBSCRIBE,
) -> Plan:
    """Return the plan for these main resources, its quotes still unknown.

    A plan of exactly one resource may be of any service; several must all be on the vendor's batch list, but for what
    can be undone. With `figures_only` the plan is there to be quoted, never to be run: whatever could be unsubscribed
    in any way is in it.
    """
    chosen = [resource for resource in map(catalogue.get, dict.fromkeys(ids)) if resource is not None]
    why_not = _why_not(action, len(chosen), figures_only=figures_only)
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
        if action.is_undoable:
            quote = replace(quote, missing=())  # nothing is given back, so nothing is missing
        items.append(PlanItem(resource=resource, attached=attached, quote=quote, hidden=resource.id in hidden))
    return Plan(
        account=account,
        created=now,
        items=tuple(items),
        refused=tuple(refused),
        action=action,
        sentinel_id=_sentinel(catalogue, {item.id for item in items}),
        review_threshold=rules.review_threshold,
        unique_names=frozenset(_unique_names(catalogue, items)),
        main_resources=sum(each.is_main_resource for each in catalogue.resources),
    )


def _why_not(
    action: Action, count: int, *, figures_only: bool
) -> Callable[[Resource, SiteRules, datetime], Blocked | None]:
    """Return what is asked of each resource of so many."""
    if action.is_undoable:
        return lambda resource, rules, _now: change_blocked(action, resource, rules)
    if figures_only:
        return impossible
    return blocked if count == 1 else blocked_in_batch


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
