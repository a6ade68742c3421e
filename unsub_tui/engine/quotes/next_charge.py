"""The next auto-renewal charge of each plan item; prices are read for ten resources per call."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from unsub_tui.domain.fact import fact
from unsub_tui.domain.plan import PlanItem
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.renewal_forecast import RENEWAL_TERMS, RenewalForecast, RenewalPrices, forecast_renewal

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient
    from unsub_tui.domain.rules import SiteRules


async def with_renewal_forecasts(
    client: BssClient, items: Sequence[PlanItem], rules: SiteRules, now: datetime
) -> tuple[PlanItem, ...]:
    """Return the items with their renewal forecasts. An unreadable price is listed as missing and raises no error."""
    ahead = {
        item.id: replace(
            forecast_renewal(item.resource, now),
            is_auto_renewal_fixed=rules.forbids_auto_renewal_change(item.resource),
        )
        for item in items
    }
    by_months: dict[int, list[PlanItem]] = {}
    for item in items:
        months = item.quote.last_term_months or 0
        if ahead[item.id].next_charge_at is None:
            continue
        if months in RENEWAL_TERMS:
            by_months.setdefault(months, []).append(item)
        else:
            ahead[item.id] = replace(ahead[item.id], missing=fact("renewal_term_unknown"))
    answers = await asyncio.gather(*(_prices(client, group, months) for months, group in by_months.items()))
    for group, prices in zip(by_months.values(), answers, strict=True):
        for item in group:
            ahead[item.id] = _with_price(ahead[item.id], item, prices)
    return tuple(replace(item, forecast=ahead[item.id]) for item in items)


async def _prices(client: BssClient, items: Sequence[PlanItem], months: int) -> RenewalPrices | str:
    """Return the prices of renewals by so many months, or the error code as text."""
    try:
        return await client.renewal_prices([item.id for item in items], months)
    except UnsubError as error:
        return error.problem.short_code


def _with_price(ahead: RenewalForecast, item: PlanItem, prices: RenewalPrices | str) -> RenewalForecast:
    months = item.quote.last_term_months
    if isinstance(prices, str):
        return replace(ahead, months=months, missing=fact("renewal_price_unread", error=prices))
    own = prices.prices.get(item.id)
    refused = [prices.problems[each.id] for each in (item.resource, *item.attached) if each.id in prices.problems]
    if own is None or refused:
        error = (refused[0].code.for_display() or next(iter(refused[0].facts), "")) if refused else ""
        missing = fact("renewal_price_unread", error=error) if error else fact("no_renewal_price")
        return replace(ahead, months=months, missing=missing)
    # the renewal of the primary resource renews the attached ones, each at its own price
    along = sum((prices.prices.get(each.id, Decimal(0)) for each in item.attached), own)
    return replace(ahead, months=months, next_charge=along, currency=prices.currency)
