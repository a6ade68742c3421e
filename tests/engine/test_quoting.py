"""Quotes of a plan: what they rest on, what they cost in calls, and what comes of them when something is not there."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from tests.contract.test_money import quoted_plan
from tests.support import connect, make_sandbox
from unsub_tui.api.client import BssClient
from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.action import Action
from unsub_tui.domain.coverage import coverage_gaps
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.money import FigureSource
from unsub_tui.domain.order import OrderType
from unsub_tui.domain.plan import Plan, PlanItem, Risk
from unsub_tui.domain.quote import BILLS_NOT_READ, UnsubscriptionKind, unknown_quote
from unsub_tui.domain.renewal_forecast import CheaperOption, cheaper_options
from unsub_tui.domain.resource import Catalog, ExpirePolicy
from unsub_tui.engine.planning import draft_plan
from unsub_tui.engine.quotes import BillCache, BillDiskCache, RenewalCache, quote_plan, read_renewals
from unsub_tui.engine.quotes.bill_cache import is_settled
from unsub_tui.engine.quotes.order_history import END_MARGIN, MAX_QUERY_WINDOW, query_windows
from unsub_tui.engine.quotes.renewal_charges import quote_renewal_charges
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.present.money import format_money, plan_totals
from unsub_tui.present.pages.changes import charges_text
from unsub_tui.present.pages.plan_review import risk_text
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.models import Condition
from unsub_tui.sandbox.sandbox import Sandbox

BILLS = "/v2/bills/customer-bills/res-records/query"
FAR_ENDPOINT = "http://127.0.0.1"


class Counting(httpx.AsyncBaseTransport):
    """Leads into a sandbox, and counts what is asked."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.asked: list[tuple[str, dict[str, object]]] = []

    @property
    def paths(self) -> Counter[str]:
        """How often each path was asked."""
        return Counter(path for path, _ in self.asked)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass one request on."""
        content = await request.aread()
        self.asked.append((request.url.path, json.loads(content) if content else dict(request.url.params)))
        return await self._inner.handle_async_request(request)


class Desk:
    """A sandbox, a client into it, and the plans that are made of its resources."""

    def __init__(self, sandbox: Sandbox, client: BssClient, wire: Counting, site: str) -> None:
        self.sandbox, self.client, self.wire, self.site = sandbox, client, wire, site
        self.now = sandbox.clock.now_utc()
        self.catalogue = Catalog()

    async def load(self) -> None:
        """List the account."""
        async for page in self.client.resource_pages():
            self.catalogue.add_page(page.resources)
        self.wire.asked.clear()

    def draft(self, ids: list[str]) -> Plan:
        """Return a plan without figures."""
        return draft_plan(
            account=AccountRef(account_id=self.sandbox.domain_id, site=self.site),
            catalog=self.catalogue,
            ids=ids,
            hidden=frozenset(),
            rules=load_rules(self.site),
            guards=Guards(),
            now=self.now,
            quote_only=True,
        )

    async def quoted(self, ids: list[str], shelf: BillCache | None = None) -> Plan:
        """Return a plan with its final figures."""
        plan = self.draft(ids)
        async for progress in quote_plan(self.client, plan, load_rules(self.site), self.now, shelf):
            plan = progress.plan
        return plan

    def mains(self, plight: Condition) -> list[str]:
        """Return the main resources of this kind."""
        known = ((each, self.sandbox.account.resources.get(each.id)) for each in self.catalogue.resources)
        return [each.id for each, truth in known if each.is_main_resource and truth and truth.condition is plight]

    def misbehave(self, **rule: object) -> None:
        """Set one fault."""
        self.sandbox.faults = parse_faults([rule])


@pytest.fixture(params=["intl"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """A desk of a site: intl unless a test names another."""
    site = str(request.param)
    sandbox = make_sandbox(400, site=site)
    wire = Counting(httpx.ASGITransport(app=sandbox.app))
    async with replace(connect(sandbox, site=site), transport_factory=lambda: wire).read_client() as client:
        found = Desk(sandbox, client, wire, site)
        await found.load()
        yield found


@pytest.mark.parametrize(
    ("plight", "reason"), [(Condition.UNPAID, BlockedReason.UNPAID_ORDER), (Condition.TRIAL, BlockedReason.TRIAL)]
)
async def test_what_the_vendor_would_refuse_is_refused_before(
    desk: Desk, plight: Condition, reason: BlockedReason
) -> None:
    """An unpaid renewal, or an order of type trial, is seen in the orders; the other items keep their quotes."""
    held, fine = desk.mains(plight)[0], desk.mains(Condition.NORMAL)[0]
    plan = await desk.quoted([held, fine])
    assert [(each.resource.id, each.reason) for each in plan.refused] == [(held, reason)]
    assert [item.id for item in plan.items] == [fine]
    assert plan.items[0].quote.source is FigureSource.ESTIMATE


async def test_what_is_being_unsubscribed_is_refused(desk: Desk) -> None:
    """An unsubscription under way, of whomever, holds its resource; also one placed since the review began."""
    desk.sandbox.account.behavior = replace(desk.sandbox.account.behavior, settle_seconds=600)
    busy = desk.mains(Condition.NORMAL)[0]
    desk.sandbox.clock.advance(60)
    desk.sandbox.account.unsubscribe((busy,), 1)
    plan = await desk.quoted([busy])
    assert [each.reason for each in plan.refused] == [BlockedReason.IN_TRANSACTION]


@pytest.mark.parametrize("desk", ["cn"], indirect=True)
async def test_every_query_of_orders_reaches_past_now(desk: Desk) -> None:
    """Of whatever kind: orders placed while one reads are seen, and no window is longer than the service takes."""
    desk.misbehave(operation="res_records", action="error", status=403, error_code="CBC.0151")
    await desk.quoted([each.id for each in desk.catalogue.resources if each.is_main_resource])
    async for _ in read_renewals(desk.client, RenewalCache(), desk.catalogue.resources, desk.now):
        pass
    windows_of: dict[tuple[object, object], list[tuple[datetime, datetime]]] = {}
    for path, query in desk.wire.asked:
        if path.endswith("/customer-orders"):
            begin, end = (datetime.fromisoformat(str(query[f"create_time_{name}"])) for name in ("begin", "end"))
            assert timedelta() < end - begin <= MAX_QUERY_WINDOW
            windows_of.setdefault((query.get("order_type"), query.get("status")), []).append((begin, end))
    kinds = (OrderType.CHANGE, OrderType.RENEWAL, OrderType.UNSUBSCRIPTION)
    assert {kind for kind, _ in windows_of} == {None, *map(str, map(int, kinds))}
    assert all(max(end for _, end in each) > desk.now + END_MARGIN / 2 for each in windows_of.values())


async def test_a_purchase_and_its_change_are_both_found(desk: Desk) -> None:
    """A change covers the rest of a term; the purchase behind it is looked for all the same."""
    (changed, *_) = desk.mains(Condition.SPEC_CHANGED)
    (item,) = (await desk.quoted([changed])).items
    assert item.quote.source is FigureSource.ESTIMATE
    assert len(item.quote.order_ids) >= 2


async def test_where_changes_cannot_be_told_every_month_is_read(desk: Desk) -> None:
    """Without the list of changes the figures are the same, and take more calls."""
    (changed, *_) = desk.mains(Condition.SPEC_CHANGED)
    (known,) = (await desk.quoted([changed])).items
    few = desk.wire.paths[BILLS]
    desk.misbehave(operation="list_orders", action="error", status=400, error_code="CBC.0100")
    (blind,) = (await desk.quoted([changed])).items
    assert blind.quote.amounts == known.quote.amounts
    assert any("could not be read" in note for note in blind.quote.notes)
    assert desk.wire.paths[BILLS] - few >= few


async def test_bills_that_cannot_be_read_are_named(desk: Desk) -> None:
    """Neither bills nor orders: no figure, and each missing month with the vendor's code."""
    desk.sandbox.faults = parse_faults(
        [
            {"operation": each, "action": "error", "status": 403, "error_code": "CBC.0151"}
            for each in ("res_records", "list_orders")
        ]
    )
    (item,) = (await desk.quoted(desk.mains(Condition.NORMAL)[:1])).items
    assert item.quote.source is FigureSource.UNKNOWN
    assert any("the bill of" in each and "CBC.0151" in each for each in item.quote.missing)


async def test_what_no_bill_shows_yet_is_told_by_its_order(desk: Desk) -> None:
    """Bought today: no bill has it, its order does, and the estimate is the one the bill gives."""
    fresh = desk.mains(Condition.RECENTLY_BOUGHT)
    billed = {item.id: item.quote.amounts for item in (await desk.quoted(fresh)).items}
    nothing = json.dumps({"total_count": 0, "monthly_records": [], "currency": "USD"})
    desk.misbehave(operation="res_records", action="body", body=nothing)
    ordered = {item.id: item.quote for item in (await desk.quoted(fresh)).items}
    told = {each: quote.amounts for each, quote in ordered.items() if quote.source is FigureSource.ESTIMATE}
    assert told
    assert all(amounts == billed[each] for each, amounts in told.items())
    assert all(quote.missing for each, quote in ordered.items() if each not in told)  # lines that could be of several


async def test_calls_grow_with_months_not_with_resources(desk: Desk) -> None:
    """All items of an account take little more calls than there are billing months."""
    everything = [each.id for each in desk.catalogue.resources if each.is_main_resource]
    plan = await desk.quoted(everything)
    months = {str(body.get("cycle")) for path, body in desk.wire.asked if path == BILLS}
    assert len(plan.items) > 100
    assert len(months) <= 37
    assert desk.wire.paths[BILLS] < 1.25 * len(months)  # a month may be asked for one resource first, then for all


async def test_one_resource_takes_few_calls(desk: Desk) -> None:
    """A yearly disk bought long ago: its purchase's month is read, not all since."""
    old = min(
        (
            each
            for each in desk.catalogue.resources
            if each.id in desk.mains(Condition.NORMAL)
            and each.expire_time
            and each.effective_time
            and timedelta(days=364) < each.expire_time - each.effective_time < timedelta(days=368)
            and not desk.catalogue.attached_to(each)
        ),
        key=lambda each: each.effective_time or desk.now,
    )
    assert old.effective_time is not None
    assert desk.now - old.effective_time > timedelta(days=100)
    (item,) = (await desk.quoted([old.id])).items
    assert item.quote.source is FigureSource.ESTIMATE
    assert desk.wire.paths[BILLS] <= 2


async def test_a_second_look_costs_no_bill(desk: Desk) -> None:
    """Rows are kept while the program runs; what may have changed is read anew when asked."""
    ids, shelf = desk.mains(Condition.NORMAL)[:20], BillCache()
    first = await desk.quoted(ids, shelf)
    desk.wire.asked.clear()
    again = await desk.quoted(ids, shelf)
    assert [item.quote.amounts for item in again.items] == [item.quote.amounts for item in first.items]
    assert not desk.wire.paths[BILLS]
    shelf.evict_stale(desk.now, force=True)
    await desk.quoted(ids, shelf)
    assert {is_settled(str(body["cycle"]), desk.now) for path, body in desk.wire.asked if path == BILLS} == {False}


async def test_settled_months_are_kept_on_disk(desk: Desk, tmp_path: Path) -> None:
    """For their owner only, for this account and host only; a file that was damaged is not believed."""
    ids = desk.mains(Condition.NORMAL)[:40]
    archive = BillDiskCache(tmp_path / "cache", account_id="one", host=FAR_ENDPOINT)
    first = await desk.quoted(ids, BillCache(archive))
    files = sorted((tmp_path / "cache/bills").iterdir())
    assert files
    assert {each.stat().st_mode & 0o777 for each in files} == {0o600}
    assert (tmp_path / "cache/bills").stat().st_mode & 0o777 == 0o700
    desk.wire.asked.clear()
    again = await desk.quoted(ids, BillCache(BillDiskCache(tmp_path / "cache", account_id="one", host=FAR_ENDPOINT)))
    assert [item.quote.amounts for item in again.items] == [item.quote.amounts for item in first.items]
    assert not {str(body["cycle"]) for path, body in desk.wire.asked if path == BILLS and len(body) < 7} & {
        each.stem[-7:] for each in files
    }
    other = BillDiskCache(tmp_path / "cache", account_id="two", host=FAR_ENDPOINT)
    assert all(other.read(each.stem[-7:], "") is None for each in files)
    for each in files:
        each.write_text("{}")
    assert all(archive.read(each.stem[-7:], "") is None for each in files)


async def test_it_can_be_given_up_at_any_time(desk: Desk) -> None:
    """Leaving the review ends the reading; nothing is left running."""
    before = asyncio.all_tasks()
    plan = desk.draft(desk.mains(Condition.NORMAL))
    async with aclosing(quote_plan(desk.client, plan, load_rules("intl"), desk.now)) as steps:
        async for step in steps:
            assert step.plan.items
            break
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("desk", ["cn"], indirect=True)
async def test_the_quota_of_full_refunds(desk: Desk) -> None:
    """Ten a year: those that were used count, those of this plan count, and the eleventh keeps its fee."""
    fresh = [each for each in desk.mains(Condition.RECENTLY_BOUGHT) if desk.draft([each]).items]
    assert len(fresh) >= 12
    used, rest = fresh[:2], fresh[2:]
    for each in used:
        desk.sandbox.account.unsubscribe((each,), 1)
    desk.sandbox.clock.advance(60)
    desk.sandbox.account.now()
    plan = await desk.quoted(rest)
    kinds = [item.quote.kind for item in plan.items]
    assert kinds[:8] == [UnsubscriptionKind.FIVE_DAY] * 8
    assert set(kinds[8:]) == {UnsubscriptionKind.IN_USE}
    assert "at least 2 of 10 used" in plan.items[0].quote.rule
    assert "7 by this plan" in plan.items[7].quote.rule
    assert plan.items[8].quote.notes[0].endswith("used up, 8 of them by items of this plan that come before")
    assert not any("promotion" in note for item in plan.items[8:] for note in item.quote.notes)
    assert all(item.quote.source is FigureSource.ESTIMATE for item in plan.items[:8])


@pytest.mark.parametrize("desk", ["cn"], indirect=True)
async def test_rates_are_learned_from_past_orders(desk: Desk) -> None:
    """Where no table is published, past orders of the account give the rate and are named."""
    plan = await desk.quoted(desk.mains(Condition.NORMAL))
    learned = [item.quote for item in plan.items if "as charged on CS" in item.quote.rule]
    assert len(learned) > len(plan.items) / 2
    unknown = [item.quote for item in plan.items if item.quote.source is FigureSource.UNKNOWN]
    assert all(quote.missing for quote in unknown)


async def test_what_would_not_be_taken_back_renews_all_the_same(desk: Desk) -> None:
    """A trial, or what waits for payment: its charge is named as unknown with the reason, never left out of the sum."""
    ids = [desk.mains(each)[0] for each in (Condition.TRIAL, Condition.UNPAID, Condition.NORMAL)]
    chosen = [each for each in desk.catalogue.resources if each.id in ids]
    assert len(chosen) == len(ids)
    items = tuple(
        PlanItem(resource=each, quote=unknown_quote(UnsubscriptionKind.IN_USE, "USD", BILLS_NOT_READ, desk.now))
        for each in chosen
    )
    plan = replace(desk.draft(ids), items=items, refused=(), action=Action.AUTO_RENEW_ON)
    shelf = BillCache()
    steps = [step async for step in quote_renewal_charges(desk.client, plan, load_rules("intl"), desk.now, shelf)]
    ahead = {item.id: item.forecast for item in steps[-1].plan.items}
    assert all(each.next_charge_at for each in ahead.values())
    assert [ahead[each].missing for each in ids] == [
        "the price of a renewal (trial)",
        "the price of a renewal (unpaid order)",
        "",
    ]
    assert ahead[ids[2]].next_charge
    assert charges_text(steps[-1].plan).endswith("unknown for 2")


async def test_what_a_coupon_loses_is_agreed_to(desk: Desk) -> None:
    """It is in the sums and in what is ticked, also where no fee is charged."""
    plan = await desk.quoted([each.id for each in desk.catalogue.resources if each.is_main_resource])
    losing = [item for item in plan.items if item.quote.amounts.coupon_lost]
    assert losing
    alone = replace(plan, items=(losing[0],))
    free = replace(losing[0].quote.amounts, handling_fee=Decimal(0))
    for each in (alone, replace(alone, items=(replace(losing[0], quote=replace(losing[0].quote, amounts=free)),))):
        assert Risk.FEE in each.risks
        assert f"coupon lost {format_money(free.coupon_lost, free.currency)}" in risk_text(Risk.FEE, each)
    without = [item for item in plan.items if item.quote.amounts.coupon_lost == 0]
    assert "coupon" not in " ".join(plan_totals(replace(plan, items=tuple(without))))


async def test_what_lies_ahead(desk: Desk) -> None:
    """What automatic renewal would charge and when, and which way is the cheaper one."""
    plan = await desk.quoted([each.id for each in desk.catalogue.resources if each.is_main_resource])
    automatic = [item for item in plan.items if item.resource.expire_policy == ExpirePolicy.AUTO_RENEW]
    priced = [item for item in automatic if item.forecast.next_charge]
    assert len(priced) > 5
    for item in automatic:
        assert item.forecast.next_charge is not None or item.forecast.missing
        assert item.forecast.next_charge_at is not None
        assert item.forecast.next_charge_at > desk.now
    assert all(item.forecast.next_charge_at is None for item in plan.items if item not in automatic)
    renewed = [item for item in plan.items if item.quote.renewal_refund]
    assert renewed
    assert all(CheaperOption.DROP_RENEWAL in cheaper_options(item.quote, item.forecast) for item in renewed)


def test_a_gap_of_today_is_a_bill_that_is_not_there_yet() -> None:
    """Within a day of the purchase the bill may be late; later it is missing."""
    sandbox = make_sandbox(60)

    async def first() -> None:
        async with connect(sandbox).read_client() as client:
            page = await anext(client.resource_pages())
            bought = sandbox.clock.now_utc()
            resource = replace(page.resources[0], effective_time=bought, expire_time=bought + timedelta(days=30))
            assert "not yet available" in coverage_gaps(resource, [], bought + timedelta(hours=2))[0]
            assert "a bill for the period" in coverage_gaps(resource, [], bought + timedelta(days=3))[0]

    asyncio.run(first())


@pytest.mark.parametrize(
    ("month", "day", "settled"),
    [("2026-10", 24, True), ("2026-11", 24, False), ("2026-10", 3, False), ("2026-09", 3, True)],
)
def test_when_a_month_is_settled(month: str, day: int, settled: bool) -> None:  # noqa: FBT001 - a column of a table
    """From the fifth day of the next month on."""
    assert is_settled(month, datetime.fromisoformat(f"2026-11-{day:02}T12:00:00+00:00")) is settled


def test_windows_of_a_year() -> None:
    """No window is longer than the service takes, and together they are the whole."""
    until = datetime.fromisoformat("2026-11-24T00:00:00+00:00")
    since = until - timedelta(days=800)
    found = list(query_windows(since, until))
    assert len(found) == 3
    assert found[0][1] == until
    assert found[-1][0] == since
    assert all(end - begin <= timedelta(days=365) for begin, end in found)


async def test_the_older_bills_give_the_same_figures() -> None:
    """Where the newer operation is not published, the older one is read, and orders tell the periods."""
    newer, older = make_sandbox(80), make_sandbox(80)
    older.faults = parse_faults(
        [{"operation": "res_records", "action": "error", "status": 404, "error_code": "APIGW.0101"}]
    )
    async with connect(newer).read_client() as one, connect(older).read_client() as other:
        expected = {item.id: item.quote.amounts for item in (await quoted_plan(newer, one, "intl")).items}
        found = (await quoted_plan(older, other, "intl")).items
    known = [item for item in found if item.quote.source is FigureSource.ESTIMATE]
    assert len(known) > len(found) / 2
    assert all(item.quote.amounts.refund == expected[item.id].refund for item in known)
