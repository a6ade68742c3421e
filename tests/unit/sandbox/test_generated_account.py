"""The generated estate: always the same, of every kind, and consistent with its orders and bills."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.sandbox_caller import DETAILS, FEE_RECORDS, QUERY, REFUNDS, RES_RECORDS, Caller
from tests.unit.sandbox.conftest import NOW, MakeCaller
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.account_fixtures import HOSTILE
from unsub_tui.sandbox.models import Condition, OrderType, ResourceStatus


def money(value: Any) -> Decimal:
    """Read an amount with the digits it was sent with."""
    return Decimal(repr(value))


@pytest.mark.parametrize("resources", [0, 1, 7, 20, 400, 3000])
def test_size(resources: int) -> None:
    """The account has exactly as many resources as asked for, no id twice."""
    found = build_sandbox(SandboxOptions(resources=resources, now=NOW)).account.resources.list_all()
    assert len({one.resource_id for one in found}) == len(found) == resources


async def test_same_options_same_catalog(make_caller: MakeCaller) -> None:
    """Nothing is left to chance."""
    first, second = make_caller(resources=150), make_caller(resources=150)
    assert await first.resources() == await second.resources()
    assert await first.orders() == await second.orders()


async def test_other_seed_other_catalog(make_caller: MakeCaller) -> None:
    """Another seed is another estate."""
    other = Caller(build_sandbox(SandboxOptions(resources=150, seed=2, now=NOW, rate_scale=0)))
    mine = {one["resource_id"] for one in await make_caller(resources=150).resources()}
    assert not mine & {one["resource_id"] for one in await other.resources()}


def test_relative_to_now() -> None:
    """A later first day moves every term, and changes nothing else."""
    first = build_sandbox(SandboxOptions(resources=60, now=NOW)).account.resources
    later = build_sandbox(SandboxOptions(resources=60, now=NOW + timedelta(days=400))).account.resources
    assert {(one.resource_id, one.name) for one in first.list_all()} == {
        (one.resource_id, one.name) for one in later.list_all()
    }


def test_every_kind_several_times(caller: Caller) -> None:
    """With 400 resources every plight and every offer occurs at least twice, but those that an option adds."""
    found = caller.sandbox.account.resources.list_all()
    plights = Counter(one.condition for one in found)
    rare = {plight for plight in Condition if plights[plight] < 2}
    assert rare == {Condition.UNSUBSCRIBED, Condition.LICENSED, Condition.REPLICATED}
    offers = Counter((one.offer.service.code, one.offer.code) for one in found)
    assert len(offers) == 15
    assert min(offers.values()) >= 2


def test_most_kinds_in_twenty() -> None:
    """A small estate is varied, too."""
    found = build_sandbox(SandboxOptions(resources=20, now=NOW)).account.resources.list_all()
    assert len({one.condition for one in found}) >= 5
    assert len({one.offer.code for one in found}) >= 8
    assert any(one.attached for one in found)


@pytest.mark.parametrize(("resources", "fewest"), [(20, 6), (400, 12)])
async def test_hostile_names(make_caller: MakeCaller, resources: int, fewest: int) -> None:
    """Names that attack a terminal arrive as they are."""
    names = {one["resource_name"] for one in await make_caller(resources=resources).resources()}
    assert len(names & set(HOSTILE)) >= fewest


def test_without_hostile_names() -> None:
    """For a picture to show around they can be left out."""
    found = build_sandbox(SandboxOptions(resources=60, now=NOW, hostile=False)).account.resources.list_all()
    assert not {one.name for one in found} & set(HOSTILE)


async def test_realistic_names(caller: Caller) -> None:
    """Some names are empty, some occur twice, some are Chinese; there are regions, projects and policies."""
    found = await caller.resources(only_main_resource=1)
    names = Counter(one["resource_name"] for one in found)
    assert names[""] >= 2
    assert any(count > 1 for name, count in names.items() if name)
    assert any("环境" in name for name in names)
    assert len({one["region_code"] for one in found}) == 9
    assert {one["enterprise_project"]["id"] for one in found} > {"0"}
    assert {one["expire_policy"] for one in found} == {0, 1, 2, 3, 4, 5}


async def test_parents(caller: Caller) -> None:
    """Every attached resource points to a main one that is listed; main ones point nowhere."""
    found = {one["resource_id"]: one for one in await caller.resources()}
    for one in found.values():
        parent = one["parent_resource_id"]
        assert (parent is None) == (one["is_main_resource"] == 1)
        assert parent is None or found[parent]["is_main_resource"] == 1
    assert any(one["parent_resource_id"] for one in found.values())


async def test_terms(caller: Caller) -> None:
    """Status and term agree: what is expired has ended, what is in use has not."""
    now = f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    found = await caller.resources()
    assert {one["status"] for one in found} == {2, 4, 5}
    assert all((one["expire_time"] <= now) == (one["status"] == 5) for one in found)
    assert any(one["effective_time"] > now for one in found)
    assert len({one["expire_time"][:4] for one in found}) >= 3


async def test_filters(caller: Caller) -> None:
    """Each filter gives the part of the whole list that it says."""
    everything = await caller.resources()
    by_service = await caller.resources(service_type_code="hws.service.type.rds")
    assert by_service == [one for one in everything if one["service_type_code"] == "hws.service.type.rds"]
    by_status = await caller.resources(status_list=[4, 5])
    assert by_status == [one for one in everything if one["status"] in (4, 5)]
    window = {"expire_time_begin": "2026-07-01T00:00:00Z", "expire_time_end": "2026-12-31T00:00:00Z"}
    assert await caller.resources(**window) == [
        one for one in everything if window["expire_time_begin"] <= one["expire_time"] <= window["expire_time_end"]
    ]


async def test_by_id(caller: Caller) -> None:
    """A main id brings its attached resources along, an attached id only itself."""
    attached = next(one for one in await caller.resources() if one["parent_resource_id"])
    main = attached["parent_resource_id"]
    with_attached = await caller.resources(resource_ids=[main])
    assert {main, attached["resource_id"]} <= {one["resource_id"] for one in with_attached}
    assert [one["resource_id"] for one in await caller.resources(resource_ids=[main], only_main_resource=1)] == [main]
    for only_main in (0, 1):
        found = await caller.resources(resource_ids=[attached["resource_id"]], only_main_resource=only_main)
        assert [one["resource_id"] for one in found] == [attached["resource_id"]]
    assert await caller.resources(resource_ids=["no-such-id"]) == []


async def test_orders_join_resources(caller: Caller) -> None:
    """Every resource is found by the order that bought it, as often as that order has lines."""
    unseen = {one["resource_id"] for one in await caller.resources()}
    for order_type in ("1", "11", "13"):
        for order in await caller.orders(order_type=order_type):
            details = await caller.get(f"{DETAILS}/{order['order_id']}", limit=100)
            bought = await caller.resources(order_id=order["order_id"])
            assert len(bought) in (0, details["total_count"])
            unseen -= {one["resource_id"] for one in bought}
    assert not unseen


async def test_lines_add_up(caller: Caller) -> None:
    """An order's amounts are the sums of its lines', and a line's term is a term."""
    for order in (await caller.orders())[:120]:
        details = await caller.get(f"{DETAILS}/{order['order_id']}", limit=100)
        lines = details["order_line_items"]
        assert len(lines) == details["total_count"]
        for name in ("amount_after_discount", "official_amount"):
            assert money(order[name]) == sum(money(line[name]) for line in lines)
        assert all(line["effective_time"] < line["expire_time"] for line in lines)


async def test_last_paid_line_ends_with_the_resource(caller: Caller) -> None:
    """A resource expires when the last term that was paid for it ends."""
    ledger = caller.sandbox.account
    for resource in ledger.resources.list_all():
        lines = [
            line
            for order in ledger.orders.paid_orders(resource.purchase_number)
            for line in order.lines
            if line.position == resource.position
        ]
        assert max(line.end for line in lines) == resource.expire
        assert min(line.start for line in lines) == resource.effective


@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("day", [0, 17, 45, 258], ids=lambda day: f"day {day}")
def test_histories(seed: int, day: int) -> None:
    """Whatever the seed and the day: orders lie in the past, follow each other, and buy terms without a gap."""
    now = NOW + timedelta(days=day)
    ledger = build_sandbox(SandboxOptions(resources=300, seed=seed, now=now)).account
    today = int(now.timestamp())
    ids: set[str] = set()
    for resource in ledger.resources.list_all():
        orders = ledger.get_purchase(resource.purchase_number).orders
        ids.update(order.order_id for order in orders)
        assert all(order.created < today for order in orders)
        bought = [
            order.lines[0]
            for order in orders
            if order.order_type in (OrderType.NEW, OrderType.RENEWAL, OrderType.CONVERSION)
        ]
        terms = [line for line in bought if line.position == 0]  # what was attached later has terms of its own
        assert all(later.start == earlier.end + 1 for earlier, later in itertools.pairwise(terms))
        created = [order.created for order in orders if order.order_type is not OrderType.CHANGE]
        assert created == sorted(created)
        assert (resource.expire <= today) == (resource.status is ResourceStatus.EXPIRED)
        assert (resource.effective > today) == (resource.condition is Condition.NOT_STARTED)
    assert len({order_id[-7:] for order_id in ids}) == len(ids)
    assert all(len(order_id) <= 64 for order_id in ids)


@pytest.mark.parametrize("site", ["intl", "cn"])
async def test_bills_add_up_to_orders(make_caller: MakeCaller, site: str) -> None:
    """The bill rows of an order are what was payable; each row is the sum of its parts."""
    caller = make_caller(site=site)
    billed: defaultdict[str, Decimal] = defaultdict(Decimal)
    rows: Counter[str] = Counter()
    for month in range(37):
        year, zero_based = divmod(2026 * 12 + 5 - month, 12)
        for row in await _records(caller, f"{year}-{zero_based + 1:02d}"):
            parts = ("cash_amount", "credit_amount", "coupon_amount")
            assert money(row["amount"]) == sum(money(row[part]) for part in parts)
            assert row["bill_date"].startswith(f"{year}-{zero_based + 1:02d}")
            billed[row["trade_id"]] += money(row["amount"])
            rows[row["trade_id"]] += 1
    orders = [one for one in await caller.orders(create_time_begin="2023-07-01T00:00:00Z") if one["status"] == 5]
    assert len(orders) > 300
    for order in orders:
        due = money(order["amount_after_discount"]) + money(order["amount_info"]["coupon_amount"])
        # A bill row has as many digits as the site's bills; what it sums up is computed with more.
        rounding = rows[order["order_id"]] * Decimal("0.005") if site == "cn" and order["order_type"] == 4 else 0
        assert abs(billed[order["order_id"]] - (-due if order["order_type"] == 4 else due)) <= rounding


async def test_coupons_and_credit(caller: Caller) -> None:
    """Some payments took coupons, some went on credit, some both ways."""
    rows = [row for month in range(1, 7) for row in await _records(caller, f"2026-{month:02d}")]
    assert any(row["coupon_amount"] > 0 for row in rows)
    assert any(row["credit_amount"] > 0 and row["cash_amount"] > 0 for row in rows)
    assert any(row["credit_amount"] > 0 and not row["cash_amount"] for row in rows)


async def _records(caller: Caller, cycle: str) -> list[dict[str, Any]]:
    page = await caller.get(FEE_RECORDS, cycle=cycle, limit=1000)
    assert len(page["fee_records"]) == page["total_count"]
    records: list[dict[str, Any]] = page["fee_records"]
    return records


async def test_bill_filters(caller: Caller) -> None:
    """Filters narrow a month down; an empty text and another charge mode leave nothing."""
    rows = await _records(caller, "2026-06")
    one = rows[0]
    for name, key in (("resource_id", "resource_id"), ("trade_id", "trade_id"), ("bill_type", "bill_type")):
        page = await caller.get(FEE_RECORDS, cycle="2026-06", limit=1000, **{name: one[key]})
        assert page["fee_records"] == [row for row in rows if row[key] == one[key]]
    for nothing in ({"resource_id": ""}, {"region": ""}, {"charge_mode": "3"}, {"trade_id": "CSNONE"}):
        assert (await caller.get(FEE_RECORDS, cycle="2026-06", **nothing))["total_count"] == 0
    days = {"bill_date_begin": "2026-06-01", "bill_date_end": "2026-06-07"}
    page = await caller.get(FEE_RECORDS, cycle="2026-06", limit=1000, **days)
    assert page["fee_records"] == [row for row in rows if "2026-06-01" <= row["bill_date"] <= "2026-06-07"]
    assert (await caller.get(FEE_RECORDS, cycle="2023-05"))["total_count"] == 0
    assert {row["bill_type"] for row in rows} >= {1, 2, 8}


async def test_two_forms_of_bills(caller: Caller) -> None:
    """Both bill queries tell of the same money; the second one of the terms, too."""
    first = await _records(caller, "2026-06")
    page = await caller.post(RES_RECORDS, cycle="2026-06", limit=1000, statistic_type=3)
    second = page["monthly_records"]
    assert [(row["resource_id"], row["cash_amount"]) for row in first] == [
        (row["res_instance_id"], row["cash_amount"]) for row in second
    ]
    assert all(row["effective_time"] < row["expire_time"] for row in second)
    assert "resource_Type_code" in second[0]
    assert "resource_type_code" not in second[0]
    named = await caller.post(RES_RECORDS, cycle="2026-06", res_instance_id=second[0]["res_instance_id"])
    assert named["total_count"] == 1


async def test_earlier_unsubscriptions(caller: Caller) -> None:
    """The account has given things up before: orders that show paid, consumed and fee of settled cases."""
    orders = await caller.orders(order_type="4")
    assert len(orders) >= 3
    for order in orders:
        assert order["status"] == 5
        rows = (await caller.get(REFUNDS, order_id=order["order_id"]))["refund_infos"]
        amounts = order["amount_info"]
        refund = sum(money(row["amount"]) for row in rows if row["amount"] < 0)
        charged = sum(money(row["amount"]) for row in rows if row["amount"] > 0)
        assert -refund == money(order["amount_after_discount"])
        assert charged == money(amounts["commission_amount"]) + money(amounts["consumed_amount"])


async def test_order_filters(caller: Caller) -> None:
    """Orders are found by id in any case, by type, status, service and time, newest first."""
    everything = await caller.orders()
    created = [one["create_time"] for one in everything]
    assert created == sorted(created, reverse=True)
    assert [one["create_time"] for one in await caller.orders(order_by="createTime")] == sorted(created)
    some = everything[7]
    assert await caller.orders(order_id=some["order_id"].lower()) == [some]
    unpaid = await caller.orders(status=6)
    assert unpaid == [one for one in everything if one["status"] == 6]
    assert unpaid
    assert await caller.orders(payment_time_begin="2000-01-01T00:00:00Z") == [
        one for one in everything if one["status"] != 6
    ]
    window = {"create_time_begin": created[9], "create_time_end": created[3]}
    assert await caller.orders(**window) == [
        one for one in everything if created[9] <= one["create_time"] <= created[3]
    ]
    clusters = await caller.orders(service_type_code="HWS.service.type.cce")
    assert {one["service_type_code"] for one in clusters} == {"hws.service.type.cce"}


async def test_pages_of_lines(caller: Caller) -> None:
    """The lines of an order come in pages, numbered through."""
    order = next(
        one
        for one in caller.sandbox.account.resources.list_all()
        if one.condition is Condition.RECENTLY_BOUGHT and one.position == 9
    )
    order_id = caller.sandbox.account.orders.paid_orders(order.purchase_number)[0].order_id
    pages = [await caller.get(f"{DETAILS}/{order_id}", limit=4, offset=offset) for offset in (0, 4, 8)]
    numbers = [line["order_line_item_id"][-6:] for page in pages for line in page["order_line_items"]]
    assert numbers == [f"{number:06d}" for number in range(1, 11)]
    assert {page["total_count"] for page in pages} == {10}


async def test_query_pages(caller: Caller) -> None:
    """Pages follow each other without gap or overlap."""
    everything = [one["resource_id"] for one in await caller.resources()]
    parts: list[str] = []
    for offset in range(0, 420, 70):
        page = await caller.post(QUERY, limit=70, offset=offset)
        parts += [one["resource_id"] for one in page["data"]]
    assert parts == everything
