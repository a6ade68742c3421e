"""The next auto-renewal charges of a plan of reversible changes; they are its only figures and are not confirmed."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from unsub_tui.domain.action import Action
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.renewal_forecast import NO_FORECAST, forecast_renewal
from unsub_tui.domain.resource import ExpirePolicy
from unsub_tui.domain.rules import SiteRules
from unsub_tui.engine.quotes.bill_cache import BillCache
from unsub_tui.engine.quotes.builder import QuoteProgress, quote_plan

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient


async def quote_renewal_charges(
    client: BssClient, plan: Plan, rules: SiteRules, now: datetime, bill_cache: BillCache
) -> AsyncGenerator[QuoteProgress, None]:
    """Yield the plan with the next charge of each item that auto-renews now or would after the change.

    The renewal term is read from bills, as for a quote; no other data from the bills enters the plan.
    """
    renewing = tuple(each for item in plan.items if (each := _as_renewing(plan.action, item)) is not None)
    ahead = {each.id: forecast_renewal(each.resource, now) for each in renewing}
    plan = replace(plan, items=tuple(replace(item, forecast=ahead.get(item.id, item.forecast)) for item in plan.items))
    yield QuoteProgress(0, 0, plan)
    async with aclosing(quote_plan(client, replace(plan, items=renewing, refused=()), rules, now, bill_cache)) as steps:
        async for step in steps:
            ahead |= {each.id: each.forecast for each in step.plan.items if each.forecast != NO_FORECAST}
            for refused in step.plan.refused:  # a refused item still auto-renews, but its price is unknown
                why = f"the price of a renewal ({refused.reason.value.replace('_', ' ')})"
                ahead[refused.resource.id] = replace(ahead[refused.resource.id], next_charge=None, missing=why)
            items = (replace(item, forecast=ahead.get(item.id, item.forecast)) for item in plan.items)
            yield QuoteProgress(step.done, step.total, replace(plan, items=tuple(items)))


def _as_renewing(action: Action, item: PlanItem) -> PlanItem | None:
    """Return the item with auto-renewal on if it is on or the action turns it on; otherwise None."""
    if action.starts_auto_renewal:
        item = replace(item, resource=replace(item.resource, expire_policy=ExpirePolicy.AUTO_RENEW))
    if item.resource.expire_policy != ExpirePolicy.AUTO_RENEW:
        return None
    return item
