"""Unsubscribing: who is refused and why, what is settled when, and what it does to money."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.sandbox_caller import DETAILS, FEE_RECORDS, ORDERS, QUERY, REFUNDS, UNSUBSCRIBE, Caller
from tests.unit.sandbox.conftest import MakeCaller
from unsub_tui.sandbox import Behavior
from unsub_tui.sandbox import offers as sold
from unsub_tui.sandbox.models import Condition, Resource, ResourceStatus
from unsub_tui.sandbox.offers import Offer

BALANCES = "/v2/accounts/customer-accounts/balances"


def money(value: Any) -> Decimal:
    """Read an amount with the digits it was sent with."""
    return Decimal(repr(value))


def body(*resources: Resource, scope: int = 1) -> dict[str, Any]:
    """Word the request."""
    return {"resource_ids": [one.resource_id for one in resources], "unsubscribe_type": scope}


async def order_of(caller: Caller, order_id: str) -> dict[str, Any]:
    """Read an order."""
    info: dict[str, Any] = (await caller.get(f"{DETAILS}/{order_id}"))["order_info"]
    return info


REFUSED: list[tuple[Condition, Offer | None, int, str]] = [
    (Condition.IN_TRANSACTION, None, 1, "CBC.99003651"),
    (Condition.UNPAID, None, 1, "CBC.99003100"),
    (Condition.TRIAL, None, 1, "CBC.99003649"),
    (Condition.INVOICED, None, 1, "CBC.99003643"),
    (Condition.FROZEN_BY_POLICE, None, 1, "CBC.99003656"),
    (Condition.EXPIRED, None, 1, "CBC.99003645"),
    (Condition.SOLUTION, None, 1, "CBC.99003185"),
    (Condition.NORMAL, sold.STORAGE_PACKAGE, 1, "CBC.99003647"),
    (Condition.NORMAL, sold.IMAGE, 1, "CBC.99003650"),
    (Condition.NORMAL, sold.DEV_PACKAGE, 1, "CBC.99003652"),
    (Condition.NORMAL, sold.CLUSTER, 2, "CBC.99003128"),
    (Condition.HAS_BANDWIDTH_ADDON, None, 2, "CBC.99003654"),
]


@pytest.mark.parametrize(
    ("plight", "offer", "scope", "code"), REFUSED, ids=[f"{row[0].name}-{row[3]}-type{row[2]}" for row in REFUSED]
)
async def test_refused(caller: Caller, plight: Condition, offer: Offer | None, scope: int, code: str) -> None:
    """Each obstacle has its code, and nothing is done."""
    resource = caller.pick(plight, offer)
    assert await caller.refused("POST", UNSUBSCRIBE, body(resource, scope=scope)) == (400, code)
    ledger = caller.sandbox.account
    assert ledger.executions(resource.resource_id) == []
    assert ledger.request_log[-1].error_code == code


async def test_unknown(caller: Caller) -> None:
    """An id that does not exist is refused."""
    wanted = {"resource_ids": ["no-such-id"], "unsubscribe_type": 1}
    assert await caller.refused("POST", UNSUBSCRIBE, wanted) == (400, "CBC.99003012")


async def test_attached_alone(caller: Caller) -> None:
    """An attached resource does not go alone; with its main one it may be named, except for a server's disk."""
    address, server = caller.pick(offer=sold.ADDRESS), caller.pick(offer=sold.SERVER)
    assert await caller.refused("POST", UNSUBSCRIBE, body(address.attached[0])) == (400, "CBC.99003185")
    answer = await caller.post(UNSUBSCRIBE, **body(address, address.attached[0]))
    assert (len(answer["order_ids"]), answer["fail_resource_infos"]) == (1, [])
    answer = await caller.post(UNSUBSCRIBE, **body(server, server.attached[0]))
    assert [info["error_code"] for info in answer["fail_resource_infos"]] == ["CBC.99003185"]


async def test_a_data_disk_alone(caller: Caller) -> None:
    """It is closed and refunded, and its server stays with its other disks; the system disk does not go alone."""
    listed = caller.sandbox.account.resources.list_all()
    server = next(one for one in listed if len(one.attached) > 1 and one.offer is sold.SERVER and one.status == 2)
    system, *_, data = server.attached
    assert await caller.refused("POST", UNSUBSCRIBE, body(system)) == (400, "CBC.99003185")
    assert await caller.refused("POST", UNSUBSCRIBE, body(data, scope=2)) == (400, "CBC.99003185")
    behavior = caller.sandbox.account.behavior
    caller.sandbox.account.behavior = replace(behavior, sells_whole_servers=True)
    assert await caller.refused("POST", UNSUBSCRIBE, body(data)) == (400, "CBC.99003185")
    caller.sandbox.account.behavior = behavior

    order_id = (await caller.post(UNSUBSCRIBE, **body(data)))["order_ids"][0]
    caller.sandbox.clock.advance(4)

    rows = await caller.resources(resource_ids=[server.resource_id])
    left = {one["resource_id"]: one["status"] for one in rows}
    assert left == {one.resource_id: 3 if one is data else 2 for one in (server, *server.attached)}
    assert (await order_of(caller, order_id))["service_type_code"] == "hws.service.type.ebs"
    assert len((await caller.post(UNSUBSCRIBE, **body(server)))["order_ids"]) == 1


async def test_settles_later(caller: Caller) -> None:
    """A resource stays in use while its order is processed; then it is closed, and later gone."""
    resource = caller.pick(offer=sold.SERVER)
    ids = [resource.resource_id, *(one.resource_id for one in resource.attached)]
    order_id = (await caller.post(UNSUBSCRIBE, **body(resource)))["order_ids"][0]
    assert (await order_of(caller, order_id))["status"] == 3
    assert {one["status"] for one in await caller.resources(resource_ids=ids)} == {2}
    assert await caller.refused("POST", UNSUBSCRIBE, body(resource)) == (400, "CBC.99003651")

    caller.sandbox.clock.advance(4)
    assert (await order_of(caller, order_id))["status"] == 5
    assert await caller.resources(resource_ids=ids, status_list=[2]) == []
    assert {one["status"] for one in await caller.resources(resource_ids=ids)} == {3}
    assert await caller.refused("POST", UNSUBSCRIBE, body(resource)) == (400, "CBC.30000067")

    caller.sandbox.clock.advance(3700)
    assert await caller.resources(resource_ids=ids) == []
    assert len(await caller.resources()) == 400 - len(ids)
    assert await caller.refused("POST", UNSUBSCRIBE, body(resource)) == (400, "CBC.30000067")
    assert len(caller.sandbox.account.executions(resource.resource_id)) == 1


async def test_money_adds_up(caller: Caller) -> None:
    """Order, lines, refund rows, bill rows and balance tell the same story."""
    resource = caller.pick(offer=sold.SERVER)
    before = await _balance(caller)
    order_id = (await caller.post(UNSUBSCRIBE, **body(resource)))["order_ids"][0]
    assert (await caller.get(FEE_RECORDS, cycle="2026-06", trade_id=order_id))["total_count"] == 0
    caller.sandbox.clock.advance(4)
    order = await order_of(caller, order_id)
    refund = money(order["amount_after_discount"])
    amounts = order["amount_info"]
    paid = sum((one.paid for one in caller.sandbox.account.orders.placed_orders()[0].refund_lines), Decimal(0))
    assert refund > 0
    assert refund + money(amounts["commission_amount"]) + money(amounts["consumed_amount"]) == paid
    assert order["official_amount"] == order["amount_after_discount"]

    lines = (await caller.get(f"{DETAILS}/{order_id}"))["order_line_items"]
    assert sum(money(line["amount_after_discount"]) for line in lines) == refund
    assert {line["period_num"] for line in lines} == {None}
    rows = (await caller.get(REFUNDS, order_id=order_id))["refund_infos"]
    assert -sum(money(row["amount"]) for row in rows if row["amount"] < 0) == refund
    assert {row["measure_id"] for row in rows} == {"1"}
    bills = (await caller.get(FEE_RECORDS, cycle="2026-06", trade_id=order_id, bill_type=4))["fee_records"]
    assert {row["resource_id"] for row in bills} == {
        resource.resource_id,
        *(one.resource_id for one in resource.attached),
    }
    assert {row["relative_order_id"] for row in bills} == {row["base_order_id"] for row in rows}
    assert -sum(money(row["amount"]) for row in bills) == refund + money(amounts["coupon_amount"])
    assert abs(await _balance(caller) - before - refund) < Decimal("0.000001")


async def _balance(caller: Caller) -> Decimal:
    balances = (await caller.get(BALANCES))["account_balances"]
    return sum((money(one["amount"]) for one in balances), Decimal(0))


async def test_renewal_periods(caller: Caller) -> None:
    """Type 2 gives the paid renewals back in full, keeps the resource, and sets its expiry back; only once."""
    resource = caller.pick(Condition.RENEWED, sold.SERVER)
    before = resource.expire
    answer = await caller.post(UNSUBSCRIBE, **body(resource, scope=2))
    order = await order_of(caller, answer["order_ids"][0])
    assert (order["amount_info"]["commission_amount"], order["amount_info"]["consumed_amount"]) == (0, 0)
    caller.sandbox.clock.advance(4)
    listed = await caller.resources(resource_ids=[resource.resource_id])
    assert {one["status"] for one in listed} == {2}
    assert resource.expire < before
    assert {one.expire for one in resource.attached} == {resource.expire}
    assert await caller.refused("POST", UNSUBSCRIBE, body(resource, scope=2)) == (400, "CBC.99003128")
    whole = await caller.post(UNSUBSCRIBE, **body(resource))
    charged = caller.sandbox.account.orders.placed_orders()
    assert whole["order_ids"]
    assert not {one.order_id for one in charged[0].refund_lines} & {one.order_id for one in charged[1].refund_lines}


async def test_renewals_go_along(caller: Caller) -> None:
    """Type 1 takes what is in use by the rules and the renewals that have not begun in full."""
    resource = caller.pick(Condition.RENEWED, sold.DATABASE)
    await caller.post(UNSUBSCRIBE, **body(resource))
    charges = caller.sandbox.account.orders.placed_orders()[0].refund_lines
    assert {one.fee > 0 for one in charges} == {True, False}
    assert all(one.refund == one.paid for one in charges if not one.fee)


async def test_inactive_comes_back_in_full(caller: Caller) -> None:
    """What has not begun costs nothing to give back; coupons return."""
    for resource in caller.sandbox.account.resources.list_all():
        if resource.condition is Condition.NOT_STARTED and resource.parent is None:
            await caller.post(UNSUBSCRIBE, **body(resource))
    orders = caller.sandbox.account.orders.placed_orders()
    assert len(orders) >= 4
    for one in (charge for order in orders for charge in order.refund_lines):
        assert not one.fee + one.consumed
        assert one.refund == one.paid


async def test_solution_as_a_whole(caller: Caller) -> None:
    """A portfolio goes with all its parts in one order."""
    first = caller.pick(Condition.SOLUTION)
    mains = [one for one in caller.sandbox.account.resources.in_purchase(first.purchase_number) if one.parent is None]
    answer = await caller.post(UNSUBSCRIBE, **body(*mains))
    assert len(mains) > 1
    assert (len(answer["order_ids"]), answer["fail_resource_infos"]) == (1, [])


async def test_partial_failure(caller: Caller) -> None:
    """Of several ids the good ones are carried out, the bad ones named."""
    good, bad = caller.pick(offer=sold.SERVER), caller.pick(Condition.IN_TRANSACTION)
    answer = await caller.post(UNSUBSCRIBE, **body(good, bad))
    assert len(answer["order_ids"]) == 1
    [info] = answer["fail_resource_infos"]
    assert (info["resource_id"], info["error_code"]) == (bad.resource_id, "CBC.99003651")
    assert caller.sandbox.account.request_log[-1].executed == (good.resource_id,)


async def test_orders_of_a_batch(caller: Caller) -> None:
    """A batch yields an order each."""
    two = [one for one in caller.sandbox.account.resources.list_all() if one.offer is sold.CLUSTER][:2]
    answer = await caller.post(UNSUBSCRIBE, **body(*two))
    assert len(answer["order_ids"]) == 2
    caller.sandbox.clock.advance(4)
    caller.sandbox.account.now()
    assert {one.status for one in two} == {ResourceStatus.CLOSED}


async def test_review(make_caller: MakeCaller) -> None:
    """A large refund waits for approval, is processed, and completed."""
    caller = make_caller()
    resource = caller.pick(offer=sold.HUGE_SERVER)
    order_id = (await caller.post(UNSUBSCRIBE, **body(resource)))["order_ids"][0]
    order = await order_of(caller, order_id)
    assert order["amount_after_discount"] > 7000
    statuses = [order["status"]]
    for seconds in (59, 2, 3):
        caller.sandbox.clock.advance(seconds)
        statuses.append((await order_of(caller, order_id))["status"])
    assert statuses == [1, 1, 3, 5]


async def test_review_refused(make_caller: MakeCaller) -> None:
    """An account manager can say no: the order is cancelled, the resource stays and can be tried again."""
    caller = make_caller(behavior=Behavior(reject_reviewed=True))
    resource = caller.pick(offer=sold.HUGE_SERVER)
    order_id = (await caller.post(UNSUBSCRIBE, **body(resource)))["order_ids"][0]
    caller.sandbox.clock.advance(61)
    assert (await order_of(caller, order_id))["status"] == 4
    assert {one["status"] for one in await caller.resources(resource_ids=[resource.resource_id])} == {2}
    assert (await caller.post(UNSUBSCRIBE, **body(resource)))["order_ids"]


async def test_cancelled_order(caller: Caller) -> None:
    """A test can let any order under way fail."""
    resource = caller.pick(offer=sold.CLUSTER)
    order_id = (await caller.post(UNSUBSCRIBE, **body(resource)))["order_ids"][0]
    assert caller.sandbox.account.cancel(order_id)
    caller.sandbox.clock.advance(60)
    assert (await order_of(caller, order_id))["status"] == 4
    assert resource.status is ResourceStatus.IN_USE
    assert not caller.sandbox.account.cancel(order_id)


async def test_slower_settlement(caller: Caller) -> None:
    """The delay is a setting that may change while the sandbox runs."""
    ledger = caller.sandbox.account
    ledger.behavior = replace(ledger.behavior, settle_seconds=600)
    order_id = (await caller.post(UNSUBSCRIBE, **body(caller.pick(offer=sold.CLUSTER))))["order_ids"][0]
    caller.sandbox.clock.advance(590)
    assert (await order_of(caller, order_id))["status"] == 3
    caller.sandbox.clock.advance(11)
    assert (await order_of(caller, order_id))["status"] == 5


async def test_bill_lag(make_caller: MakeCaller) -> None:
    """Refunds can appear in the bill later than the order is completed."""
    caller = make_caller(behavior=Behavior(bill_lag_seconds=7200))
    order_id = (await caller.post(UNSUBSCRIBE, **body(caller.pick(offer=sold.CLUSTER))))["order_ids"][0]
    counts = []
    for seconds in (60, 7200):
        caller.sandbox.clock.advance(seconds)
        page = await caller.get(FEE_RECORDS, cycle="2026-06", trade_id=order_id)
        counts.append(page["total_count"])
    assert counts == [0, 1]


async def test_five_days_in_china(make_caller: MakeCaller) -> None:
    """China takes ten fresh resources a year back in full, bound ones counted with theirs; the next one costs."""
    caller = make_caller(site="cn", resources=1200)
    fresh = [
        one
        for one in caller.sandbox.account.resources.list_all()
        if one.condition is Condition.RECENTLY_BOUGHT and one.parent is None
    ]
    for resource in fresh[:12]:
        await caller.post(UNSUBSCRIBE, **body(resource))
    orders = caller.sandbox.account.orders.placed_orders()
    free = [all(not one.fee and not one.consumed for one in order.refund_lines) for order in orders]
    assert free == [True] * 10 + [False] * 2


async def test_fresh_costs_elsewhere(caller: Caller) -> None:
    """Other sites know no five-day rule."""
    await caller.post(UNSUBSCRIBE, **body(caller.pick(Condition.RECENTLY_BOUGHT)))
    assert all(one.fee > 0 for one in caller.sandbox.account.orders.placed_orders()[0].refund_lines)


async def test_time_passes(caller: Caller) -> None:
    """Terms run out as the ledger's clock goes on."""
    before = len(await caller.resources(status_list=[5]))
    caller.sandbox.clock.advance(40 * 86400)
    assert len(await caller.resources(status_list=[5])) > before


async def test_ordinary_order_has_no_refund(caller: Caller) -> None:
    """A purchase is no unsubscription."""
    order = (await caller.get(ORDERS, order_type="1", limit=1))["order_infos"][0]
    assert await caller.refused("GET", REFUNDS, {"order_id": order["order_id"]}) == (400, "CBC.99005026")


async def test_listing_moves_under_the_reader(caller: Caller) -> None:
    """Between two pages of a filtered listing a settled resource drops out: the total says so."""
    first = await caller.post(QUERY, status_list=[2], limit=100)
    await caller.post(UNSUBSCRIBE, **body(caller.pick(offer=sold.CLUSTER)))
    caller.sandbox.clock.advance(4)
    second = await caller.post(QUERY, status_list=[2], limit=100, offset=100)
    assert second["total_count"] == first["total_count"] - 1


async def test_another_transaction_can_end(caller: Caller) -> None:
    """The resource is free again 25 seconds after the first request for it, unless another time is set."""
    resource = caller.pick(condition=Condition.IN_TRANSACTION)

    assert await caller.refused("POST", UNSUBSCRIBE, body(resource)) == (400, "CBC.99003651")
    caller.sandbox.clock.advance(24)
    assert await caller.refused("POST", UNSUBSCRIBE, body(resource)) == (400, "CBC.99003651")
    caller.sandbox.clock.advance(2)
    assert len((await caller.post(UNSUBSCRIBE, **body(resource)))["order_ids"]) == 1
