"""Selects the figures for a plan: quotes, checked against its plan file, or the next auto-renewal charge."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from unsub_tui.domain.plan import Plan
from unsub_tui.domain.rules import SiteRules
from unsub_tui.engine.plan_files import refuse_amount_drift
from unsub_tui.engine.quotes import BillCache, QuoteProgress, quote_plan, quote_renewal_charges

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient


async def quote_by_action(
    client: BssClient, plan: Plan, rules: SiteRules, now: datetime, bill_cache: BillCache
) -> AsyncGenerator[QuoteProgress, None]:
    """Yield the plan repeatedly as its figures arrive; the last one is final.

    For a plan from a file, the last step refuses items whose amounts have drifted from the file. A plan of reversible
    changes has no amounts to compare.
    """
    reading = quote_plan if plan.action.creates_order else quote_renewal_charges
    async with aclosing(reading(client, plan, rules, now, bill_cache)) as progress:
        async for step in progress:
            yield step
            plan = step.plan
    if plan.saved_plan is None or not plan.items or not plan.action.creates_order:
        return
    plan_at_file_time = plan
    past = quote_plan(client, plan, rules, plan.saved_plan.as_of, bill_cache, with_next_charge=False)
    async with aclosing(past) as progress:
        async for step in progress:
            plan_at_file_time = step.plan
    yield replace(step, plan=refuse_amount_drift(plan, plan_at_file_time))
