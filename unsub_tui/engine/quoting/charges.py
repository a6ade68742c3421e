"""What automatic renewal would charge: the only figures of a plan that can be undone, no part of what is confirmed."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from unsub_tui.domain.action import Action
from unsub_tui.domain.outlook import NOTHING_AHEAD, outlook
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.resource import ExpirePolicy
from unsub_tui.domain.rules import SiteRules
from unsub_tui.engine.quoting.quotes import QuoteProgress, quote_plan
from unsub_tui.engine.quoting.shelf import BillShelf

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient


async def quote_renewals(
    client: BssClient, plan: Plan, rules: SiteRules, now: datetime, shelf: BillShelf
) -> AsyncGenerator[QuoteProgress, None]:
    """Yield the plan with what automatic renewal charges next, where it is on or is to be on.

    Which term it buys is told by the bills, as for a quote; nothing else of that gets into the plan.
    """
    asked = tuple(each for item in plan.items if (each := _as_renewing(plan.action, item)) is not None)
    ahead = {each.id: outlook(each.resource, now) for each in asked}
    plan = replace(plan, items=tuple(replace(item, outlook=ahead.get(item.id, item.outlook)) for item in plan.items))
    yield QuoteProgress(0, 0, plan)
    async with aclosing(quote_plan(client, replace(plan, items=asked, refused=()), rules, now, shelf)) as steps:
        async for step in steps:
            ahead |= {each.id: each.outlook for each in step.plan.items if each.outlook != NOTHING_AHEAD}
            for refused in step.plan.refused:  # what is not taken back renews all the same, at a price nobody tells
                why = f"the price of a renewal ({refused.reason.value.replace('_', ' ')})"
                ahead[refused.resource.id] = replace(ahead[refused.resource.id], next_charge=None, missing=why)
            items = (replace(item, outlook=ahead.get(item.id, item.outlook)) for item in plan.items)
            yield QuoteProgress(step.done, step.total, replace(plan, items=tuple(items)))


def _as_renewing(action: Action, item: PlanItem) -> PlanItem | None:
    """Return an item as one that renews itself, where it does or would by what is planned."""
    if action is Action.AUTO_RENEW_ON:
        item = replace(item, resource=replace(item.resource, expire_policy=ExpirePolicy.AUTO_RENEW))
    if item.resource.expire_policy != ExpirePolicy.AUTO_RENEW:
        return None
    return item
