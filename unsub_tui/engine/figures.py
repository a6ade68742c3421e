"""Which figures a plan gets: quotes, compared with those of its file; or what automatic renewal would charge."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from unsub_tui.domain.plan import Plan
from unsub_tui.domain.rules import SiteRules
from unsub_tui.engine.filing import amount_drift
from unsub_tui.engine.quoting import BillShelf, QuoteProgress, quote_plan, quote_renewals

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient


async def figures(
    client: BssClient, plan: Plan, rules: SiteRules, now: datetime, shelf: BillShelf
) -> AsyncGenerator[QuoteProgress, None]:
    """Yield the plan with more and more figures; the last one is final.

    Of a plan from a file, those items are refused at last whose amounts are no longer what the file says. A plan that
    can be undone has no amounts.
    """
    reading = quote_renewals if plan.action.is_undoable else quote_plan
    async with aclosing(reading(client, plan, rules, now, shelf)) as progress:
        async for step in progress:
            yield step
            plan = step.plan
    if plan.filed is None or not plan.items or plan.action.is_undoable:
        return
    then = plan
    past = quote_plan(client, plan, rules, plan.filed.as_of, shelf, looks_ahead=False)
    async with aclosing(past) as progress:
        async for step in progress:
            then = step.plan
    yield replace(step, plan=amount_drift(plan, then))
