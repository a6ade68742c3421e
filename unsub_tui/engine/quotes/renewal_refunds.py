"""Quotes for unsubscribing from renewal periods only: payments are known already, orders add the rest."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.estimate import EstimateInputs, estimate_renewal
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.renewal_periods import first_paid_at
from unsub_tui.domain.rules import SiteRules
from unsub_tui.engine.quotes.bill_cache import BillCache
from unsub_tui.engine.quotes.order_history import OrderHistory, OrderScope, read_order_history

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient


async def quote_renewal_refunds(
    client: BssClient, bill_cache: BillCache, plan: Plan, rules: SiteRules, now: datetime
) -> AsyncGenerator[Plan, None]:
    """Yield the plan with quotes from the known periods, then again without the items that orders rule out."""
    plan = _quoted(plan, rules, now, ())
    yield plan
    history = await read_order_history(client, bill_cache, _order_scope(plan, now), rules, with_fee_history=False)
    if history.change_months is None:
        history.notes.append("whether it was changed after the renewal could not be read")
    plan = plan.with_refused(dict(_blocked_items(plan, history)))
    yield _quoted(plan, rules, now, history.notes)


def _quoted(plan: Plan, rules: SiteRules, now: datetime, notes: list[str] | tuple[str, ...]) -> Plan:
    basis = EstimateInputs(rules=rules, now=now, notes=tuple(notes))
    return replace(
        plan,
        items=tuple(
            replace(item, quote=estimate_renewal(item.resources, item.renewal_payments, basis)) for item in plan.items
        ),
    )


def _order_scope(plan: Plan, now: datetime) -> OrderScope:
    """Return the scope of the order history: the plan's resources since the first of these renewals was paid."""
    resources = [each for item in plan.items for each in item.resources]
    paid = [moment for item in plan.items if (moment := first_paid_at(item.renewal_payments)) is not None]
    return OrderScope(
        ids=frozenset(each.id for each in resources),
        services=frozenset(each.service_type_code.raw for each in resources),
        since=min(paid, default=now),
        now=now,
    )


def _blocked_items(plan: Plan, history: OrderHistory) -> Iterator[tuple[str, BlockedReason]]:
    """Yield the items blocked by another order or changed after their renewal was paid, with the reason."""
    for item in plan.items:
        ids = [each.id for each in item.resources]
        held = [history.blocked[each] for each in ids if each in history.blocked]
        if held:
            yield item.id, held[0]
        elif _was_changed(item, history):
            yield item.id, BlockedReason.CHANGED


def _was_changed(item: PlanItem, history: OrderHistory) -> bool:
    paid = first_paid_at(item.renewal_payments)
    times = (when for each in item.resources for when in history.change_times.get(each.id, ()))
    return paid is not None and any(when > paid for when in times)
