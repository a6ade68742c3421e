"""Quotes for giving up renewed periods alone: what was paid is known already, the orders tell the rest."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from unsub_tui.domain.eligibility import Blocked
from unsub_tui.domain.estimate import Basis, estimate_renewal
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.renewed import ordered_at
from unsub_tui.domain.rules import SiteRules
from unsub_tui.engine.quoting.history import Asked, History, read_history
from unsub_tui.engine.quoting.shelf import BillShelf

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient


async def quoted_renewals(
    client: BssClient, shelf: BillShelf, plan: Plan, rules: SiteRules, now: datetime
) -> AsyncGenerator[Plan, None]:
    """Yield the plan with its quotes: first as the periods tell, at last without what the orders speak against."""
    plan = _quoted(plan, rules, now, ())
    yield plan
    history = await read_history(client, shelf, _asked(plan, now), rules, learns=False)
    if history.changed is None:
        history.notes.append("whether it was changed after the renewal could not be read")
    plan = plan.refusing(dict(_refused(plan, history)))
    yield _quoted(plan, rules, now, history.notes)


def _quoted(plan: Plan, rules: SiteRules, now: datetime, notes: list[str] | tuple[str, ...]) -> Plan:
    basis = Basis(rules=rules, now=now, notes=tuple(notes))
    return replace(
        plan,
        items=tuple(replace(item, quote=estimate_renewal(item.resources, item.periods, basis)) for item in plan.items),
    )


def _asked(plan: Plan, now: datetime) -> Asked:
    """Return whose orders are of interest, and since when: the first of these renewals."""
    resources = [each for item in plan.items for each in item.resources]
    paid = [moment for item in plan.items if (moment := ordered_at(item.periods)) is not None]
    return Asked(
        ids=frozenset(each.id for each in resources),
        services=frozenset(each.service_type_code.raw for each in resources),
        since=min(paid, default=now),
        now=now,
    )


def _refused(plan: Plan, history: History) -> Iterator[tuple[str, Blocked]]:
    """Yield the items that another order holds, or that were changed after their renewal was paid."""
    for item in plan.items:
        ids = [each.id for each in item.resources]
        held = [history.held[each] for each in ids if each in history.held]
        if held:
            yield item.id, held[0]
        elif _was_changed(item, history):
            yield item.id, Blocked.CHANGED


def _was_changed(item: PlanItem, history: History) -> bool:
    paid = ordered_at(item.periods)
    moments = (when for each in item.resources for when in history.changes.get(each.id, ()))
    return paid is not None and any(when > paid for when in moments)
