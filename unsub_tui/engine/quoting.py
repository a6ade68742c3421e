"""Quotes for a plan: reads the bills it needs, month by month, and estimates each item as soon as it can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import TYPE_CHECKING

from unsub_tui.domain.estimate import estimate
from unsub_tui.domain.order import Order
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.quote import Payment
from unsub_tui.domain.rules import SiteRules

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient

BILL_ZONE = timezone(timedelta(hours=8))
"""The vendor's billing months are those of UTC+8."""

MONTHS_KEPT = 36
"""The vendor keeps about three years of bills."""

AT_ONCE = 4
"""Months read at the same time; the client's own limits hold besides."""

FEW = 2
"""Up to so many resources are asked for one by one instead of reading whole months."""


@dataclass(frozen=True, slots=True)
class QuoteProgress:
    """How far the reading of bills is; `plan` has every quote that is ready."""

    done: int
    total: int
    plan: Plan


async def quote_plan(client: BssClient, plan: Plan, rules: SiteRules, now: datetime) -> AsyncIterator[QuoteProgress]:
    """Yield the plan with more and more quotes; the last one is final.

    The number of calls grows with the months and pages of bills, not with the number of resources.
    """
    months = list(_months(plan, now))
    bills = _Bills({resource.id for item in plan.items for resource in (item.resource, *item.attached)})
    done = 0
    todo = iter(months)
    while chunk := list(islice(todo, AT_ONCE)):
        await asyncio.gather(*(bills.read(client, month) for month in chunk))
        done += len(chunk)
        ready = months[done - 1]
        items = (bills.quoted(item, rules, now) if first_month([item], now) >= ready else item for item in plan.items)
        plan = replace(plan, items=tuple(items))
        yield QuoteProgress(done, len(months), plan)


class _Bills:
    """The bill rows read so far of the resources of one plan."""

    def __init__(self, ids: set[str]) -> None:
        self._payments: dict[str, list[Payment]] = {resource_id: [] for resource_id in ids}
        self._unread: dict[str, str] = {}
        self._orders: dict[str, asyncio.Future[Order]] = {}

    async def read(self, client: BssClient, month: str) -> None:
        """Read one month; where that fails, keep why."""
        try:
            for row in await self._rows(client, month):
                if row.resource_id in self._payments:
                    self._payments[row.resource_id].append(await self._with_term(client, row))
        except UnsubError as error:
            self._unread[month] = error.problem.code.clean() or error.problem.kind.value

    async def _rows(self, client: BssClient, month: str) -> list[Payment]:
        if len(self._payments) > FEW:
            return await client.payments(month)
        return [row for each in sorted(self._payments) for row in await client.payments(month, resource_id=each)]

    async def _with_term(self, client: BssClient, payment: Payment) -> Payment:
        """Return the payment with the period it bought; where the bill does not say, its order may.

        An order's lines name no resource, so it tells only where all of them bought the same period.
        """
        if payment.term_end is not None or not payment.order_id:
            return payment
        if payment.order_id not in self._orders:
            self._orders[payment.order_id] = asyncio.ensure_future(client.order(payment.order_id))
        lines = (await self._orders[payment.order_id]).lines
        terms = {(line.effective_time, line.expire_time) for line in lines if line.expire_time}
        if len(terms) != 1:
            return payment
        start, end = terms.pop()
        return replace(payment, term_start=start, term_end=end)

    def quoted(self, item: PlanItem, rules: SiteRules, now: datetime) -> PlanItem:
        """Return the item with its quote from the rows read."""
        resources = (item.resource, *item.attached)
        own = [payment for resource in resources for payment in self._payments[resource.id]]
        since = first_month([item], now)
        missing = [f"the bill of {month} ({why})" for month, why in self._unread.items() if month >= since]
        return replace(item, quote=estimate(resources, own, rules, now, missing))


def _months(plan: Plan, now: datetime) -> Iterator[str]:
    """Yield the billing months from this one back to the first purchase, newest first."""
    first = first_month(plan.items, now)
    local = now.astimezone(BILL_ZONE)
    year, month = local.year, local.month
    while (label := f"{year:04}-{month:02}") >= first:
        yield label
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)


def first_month(items: Sequence[PlanItem], now: datetime) -> str:
    """Return the billing month of the earliest purchase that can still be read."""
    starts = [each.effective_time for item in items for each in (item.resource, *item.attached) if each.effective_time]
    # A day earlier: an order is billed when it is paid, and that can be just before it takes effect.
    earliest = min((start - timedelta(days=1) for start in starts), default=now)
    kept = now - timedelta(days=MONTHS_KEPT * 31)
    return min(max(earliest, kept), now).astimezone(BILL_ZONE).strftime("%Y-%m")
