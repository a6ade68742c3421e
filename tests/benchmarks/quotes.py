"""Quoting resources of mixed age: calls and time, against asking for each resource and month; and how true it is."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import httpx

from tests.agreement.test_sandbox_charges import charged_amounts, differences, quoted_plan
from tests.benchmarks.report import Measure, Report
from tests.support.connections import NO_DELAYS, connect, make_sandbox
from unsub_tui.api.client import BssClient
from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.durations import vendor_month
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.money import FigureSource
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.engine.planning import DraftContext, draft_plan
from unsub_tui.engine.quotes.bills import BillCache, first_month, months_back
from unsub_tui.engine.quotes.builder import quote_plan
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.sandbox.sandbox import Sandbox

COUNT = 100
MONTHS = 24
LATENCY_SECONDS = 0.08
OURS = "the planner"
NAIVE = "one query a resource and month"


class DelayedTransport(httpx.AsyncBaseTransport):
    """Leads into a sandbox, each answer late, and counts the calls."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.calls = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass one request on."""
        self.calls += 1
        await asyncio.sleep(LATENCY_SECONDS)
        return await self._inner.handle_async_request(request)


def mixed_ages(catalog: Catalog, now: datetime) -> list[Resource]:
    """Return main resources bought in as many different months of the last two years as there are, in turn."""
    by_month: dict[str, list[Resource]] = {}
    for each in catalog.resources:
        bought = each.effective_time
        if each.is_main_resource and bought and now - timedelta(days=31 * MONTHS) < bought <= now:
            by_month.setdefault(vendor_month(bought), []).append(each)
    chosen: list[Resource] = []
    while len(chosen) < COUNT and any(by_month.values()):
        chosen += [group.pop() for group in by_month.values() if group]
    return chosen[:COUNT]


async def planner(client: BssClient, plan: Plan, now: datetime) -> None:
    """Quote as the app does."""
    async for _ in quote_plan(BillCache(client), plan, load_rules("intl"), now):
        pass


async def naive(client: BssClient, plan: Plan, now: datetime) -> None:
    """Ask for each resource and each month since it was bought, as many at once as the client allows."""
    resources = [each for item in plan.items for each in (item.resource, *item.attached)]
    questions = [(month, each.id) for each in resources for month in months_back(first_month(each, now), now)]
    await asyncio.gather(*(client.payments(month, resource_id=each) for month, each in questions))


def report_calls_and_time(report: Report) -> None:
    """Report both ways, without the pacing of the real client."""
    sandbox = make_sandbox(3000)
    plan, now = asyncio.run(draft_mixed_plan(sandbox))
    months = {vendor_month(item.resource.effective_time) for item in plan.items if item.resource.effective_time}
    attached = sum(len(item.attached) for item in plan.items)
    counts: dict[str, int] = {}

    def timed(name: str, work: Callable[[BssClient, Plan, datetime], Awaitable[None]]) -> Callable[[], float]:
        async def once() -> float:
            wire = DelayedTransport(httpx.ASGITransport(app=sandbox.app))
            connection = replace(connect(sandbox, pacing=NO_DELAYS), transport_factory=lambda: wire)
            async with connection.read_client() as client:
                began = time.perf_counter()
                await work(client, plan, now)
                counts[name] = wire.calls
                return (time.perf_counter() - began) * 1000

        return lambda: asyncio.run(once())

    with report.table(
        f"Quoting {len(plan.items)} resources and {attached} attached ones, bought in {len(months)} months, 80 ms"
    ):
        measures = {NAIVE: Measure(timed(NAIVE, naive)), OURS: Measure(timed(OURS, planner), NAIVE)}
        report.compare(measures, 3)
        for name, count in counts.items():
            ratio = count / counts[NAIVE] if NAIVE in counts else None
            report.add(f"{name}: calls", count, "calls", ratio=ratio, reference=f"{NAIVE}: calls")


async def draft_mixed_plan(sandbox: Sandbox) -> tuple[Plan, datetime]:
    """Return a plan of resources of mixed age, and its moment."""
    catalog, now = Catalog(), sandbox.clock.now_utc()
    async with connect(sandbox).read_client() as client:
        async for page in client.resource_pages():
            catalog.add_page(page.rows)
    context = DraftContext(
        account=AccountRef(account_id=sandbox.domain_id, site="intl"),
        catalog=catalog,
        rules=load_rules("intl"),
        guards=Guards(),
        now=now,
        quote_only=True,
    )
    plan = draft_plan(context, [each.id for each in mixed_ages(catalog, now)])
    return plan, now


async def compare_with_charges(site: str, count: int) -> Counter[str]:
    """Return how the estimates of a whole account compare with what the sandbox charges."""
    sandbox = make_sandbox(count, site=site)
    connection = connect(sandbox, site=site)
    found: Counter[str] = Counter()
    async with connection.read_client() as client, connection.mutation_client() as submitter:
        plan = await quoted_plan(sandbox, client, site)
        for item in plan.items:
            amounts = await charged_amounts(client, submitter, item, plan)
            if amounts is None:
                found["refused by the vendor"] += 1
            elif item.quote.source is FigureSource.UNKNOWN:
                found["said to be unknown"] += 1
            else:
                found["off" if differences(item.quote, amounts) else "equal to the cent"] += 1
    return found


def run(report: Report) -> None:
    """Report everything."""
    report_calls_and_time(report)
    for site in ("intl", "eu", "cn"):
        with report.table(f"Estimates of 2,500 resources against what the sandbox charges, {site}"):
            for name, count in asyncio.run(compare_with_charges(site, 2500)).most_common():
                report.add(name, count, "items")
