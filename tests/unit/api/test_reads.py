from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import httpx
import pytest

from tests.support.connections import connect, make_sandbox, with_credentials
from tests.support.stub_vendor import RecordingTransport, json_response, stub_sequence
from unsub_tui.api.client import BssClient
from unsub_tui.api.connection import Connection
from unsub_tui.api.errors import ApiError
from unsub_tui.domain.order import OrderType
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText
from unsub_tui.sandbox.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """A vendor that nobody changes, with more than two pages of resources."""
    return make_sandbox(1200)


@pytest.fixture
def recording_transport(sandbox: Sandbox) -> RecordingTransport:
    """Remembers what goes to that vendor."""
    return RecordingTransport(httpx.ASGITransport(app=sandbox.app))


@pytest.fixture
def connection(sandbox: Sandbox, recording_transport: RecordingTransport) -> Connection:
    """A connection to that vendor."""
    return replace(connect(sandbox), transport_factory=lambda: recording_transport)


async def list_all(client: BssClient) -> list[Resource]:
    """Return the whole list."""
    return await client.list_resources()


async def test_a_listing_is_whole(connection: Connection, sandbox: Sandbox) -> None:
    """All resources come, each once, in pages that all tell the same total."""
    async with connection.read_client() as client:
        pages = [page async for page in client.resource_pages()]

    ids = [each.id for page in pages for each in page.rows]
    assert {page.total for page in pages} == {len(ids)} == {len(set(ids))}
    assert len(pages) == -(-len(ids) // 500) > 2
    assert all(sandbox.account.resources.get(each) for each in ids)


async def test_what_a_resource_says(connection: Connection, sandbox: Sandbox) -> None:
    """Text stays foreign and unchanged, times know their zone, and attached resources name their main one."""
    async with connection.read_client() as client:
        listed = await list_all(client)

    attached = 0
    for each in listed:
        theirs = sandbox.account.resources.get(each.id)
        assert theirs is not None
        assert each.resource_name == UntrustedText(theirs.name)
        assert each.effective_time == datetime.fromtimestamp(theirs.effective, UTC)
        assert each.expire_time == datetime.fromtimestamp(theirs.expire, UTC)
        assert each.status == theirs.status
        assert each.is_main_resource == (theirs.parent is None)
        assert each.parent_resource_id.raw == (theirs.parent.resource_id if theirs.parent else "")
        attached += theirs.parent is not None
    assert attached
    assert any("\x1b" in each.resource_name.raw and "\x1b" not in each.resource_name.for_display() for each in listed)


async def test_resources_by_id(connection: Connection, recording_transport: RecordingTransport) -> None:
    """More than fifty ids take several calls; what is attached comes along, once, and unknown ids do not come."""
    async with connection.read_client() as client:
        listed = await list_all(client)
        mains = [each.id for each in listed if each.is_main_resource][:120]
        recording_transport.requests.clear()
        found = await client.resources_by_id([*mains, *mains, "no-such-resource"])

    expected = {each.id for each in listed if {each.id, each.parent_resource_id.raw} & set(mains)}
    assert {each.id for each in found} == expected > set(mains)
    assert len(found) == len(expected)
    asked = [body["resource_ids"] for body in recording_transport.bodies()]
    assert [len(each) for each in asked if isinstance(each, list)] == [50, 50, 21]


async def test_empty_id_list_is_never_sent(connection: Connection, recording_transport: RecordingTransport) -> None:
    """An empty list would mean the whole account: it is never sent."""
    async with connection.read_client() as client:
        assert await client.resources_by_id([]) == []

    assert recording_transport.requests == []


async def test_orders(connection: Connection, recording_transport: RecordingTransport, sandbox: Sandbox) -> None:
    """More than a hundred orders come in pages, each once, newest first, of the type that was asked for."""
    now = sandbox.clock.now_utc()
    async with connection.read_client() as client:
        orders = await client.orders(order_type=OrderType.NEW, created_from=now - timedelta(days=365), created_to=now)

    assert len(orders) > 100
    assert len(recording_transport.requests) == -(-len(orders) // 100)
    assert len({order.order_id for order in orders}) == len(orders)
    assert {order.order_type for order in orders} == {OrderType.NEW}
    created = [order.create_time for order in orders if order.create_time]
    assert len(created) == len(orders)
    assert created == sorted(created, reverse=True)
    assert {time.tzinfo for time in created} == {UTC}


async def test_a_window_in_another_zone(connection: Connection, recording_transport: RecordingTransport) -> None:
    """The service reads UTC, so UTC is what it is sent."""
    shanghai = timezone(timedelta(hours=8))
    async with connection.read_client() as client:
        await client.orders(
            created_from=datetime(2026, 1, 1, 6, tzinfo=shanghai), created_to=datetime(2026, 1, 2, tzinfo=shanghai)
        )

    query = recording_transport.requests[0].url.params
    assert (query["create_time_begin"], query["create_time_end"]) == ("2025-12-31T22:00:00Z", "2026-01-01T16:00:00Z")


async def test_no_rows_for_another_kind_of_order(connection: Connection, sandbox: Sandbox) -> None:
    """The service's refusal comes with its code."""
    now = sandbox.clock.now_utc()
    async with connection.read_client() as client:
        (order, *_) = await client.orders(order_type=1, created_from=now - timedelta(days=365), created_to=now)
        with pytest.raises(ApiError) as caught:
            await client.refund_rows(order.order_id)

    assert caught.value.problem.code == UntrustedText("CBC.99005026")
    assert caught.value.problem.request_id


@pytest.mark.parametrize("order_id", ["", ".", "..", "CS1/..", "CS1?x", "CS 1", "CS1#", "CS1%2F", "C" * 129])
async def test_an_id_that_is_none_is_not_asked_for(
    connection: Connection, recording_transport: RecordingTransport, order_id: str
) -> None:
    """What cannot be an order's id never becomes part of a path."""
    async with connection.read_client() as client:
        with pytest.raises(ApiError):
            await client.order(order_id)

    assert recording_transport.requests == []


async def test_payments_of_a_month_and_of_a_resource(connection: Connection, sandbox: Sandbox) -> None:
    """What a month holds for one resource is what the whole month holds for it."""
    cycle = f"{sandbox.clock.now_utc():%Y-%m}"
    async with connection.read_client() as client:
        everything = await client.payments(cycle)
        resource_id = everything[0].resource_id
        one = await client.payments(cycle, resource_id=resource_id)

    assert one == [payment for payment in everything if payment.resource_id == resource_id]
    for payment in everything:
        assert payment.currency == "USD"
        assert payment.paid == payment.payable - payment.coupon
        assert payment.term_start is not None
        assert payment.term_start.tzinfo is UTC
        assert payment.period_months


async def test_the_account(connection: Connection, recording_transport: RecordingTransport, sandbox: Sandbox) -> None:
    """The account is looked up with the keys alone, and named in every call after that."""
    async with with_credentials(connection, domain_id="").read_client() as client:
        account_id, name = await client.find_account()
        await client.resources_by_id(["x"])

    assert account_id == sandbox.domain_id
    assert name
    assert ["X-Domain-Id" in request.headers for request in recording_transport.requests] == [False, True]
    assert recording_transport.requests[1].headers["X-Domain-Id"] == sandbox.domain_id


async def test_an_account_without_a_name() -> None:
    """Where the identity service lists no account, the caller's identity tells its id."""
    vendor = stub_sequence(json_response({"domains": []}), json_response({"account_id": "acc-7"}))
    async with vendor.connection().read_client() as client:
        assert await client.find_account() == ("acc-7", EMPTY)

    assert [request.url.path for request in vendor.requests] == ["/v3/auth/domains", "/v5/caller-identity"]


@pytest.mark.parametrize("account_id", ["", "..", "a/b", "a b", "a\r\nX-Evil: 1", "\x1b[2J", "账号"])
async def test_an_account_whose_id_is_odd(account_id: str) -> None:
    """An id that would not be safe in a header or a file's name is a bad answer."""
    vendor = stub_sequence(json_response({"domains": [{"id": account_id, "name": "x"}]}))
    async with vendor.connection().read_client() as client:
        with pytest.raises(ApiError) as caught:
            await client.find_account()

    assert caught.value.problem.kind is ProblemKind.BAD_RESPONSE


async def test_an_account_with_a_field_whose_name_is_half_a_character() -> None:
    """JSON may hold half of a pair that no text can: a bad answer, and no error of a library."""
    vendor = stub_sequence(json_response({"domains": [{"\ud800": None}]}))
    async with vendor.connection().read_client() as client:
        with pytest.raises(ApiError) as caught:
            await client.find_account()

    assert caught.value.problem.kind is ProblemKind.BAD_RESPONSE


async def test_an_order_that_was_not_asked_for() -> None:
    """An answer about another order is a bad answer; the case of the letters does not matter."""
    order = {"order_id": "CS1A", "order_type": 4, "status": 5}
    vendor = stub_sequence(json_response({"total_count": 0, "order_info": order}))
    async with vendor.connection().read_client() as client:
        assert (await client.order("cs1a")).order_id == "CS1A"
        with pytest.raises(ApiError, match="other_order"):
            await client.order("CS2")


async def test_keys_that_are_wrong(connection: Connection) -> None:
    """The gateway's refusal is a CREDENTIALS problem, and is not repeated."""
    async with with_credentials(connection, access_key="NOSUCHKEY00000000001").read_client() as client:
        with pytest.raises(ApiError) as caught:
            await client.find_account()

    assert caught.value.problem.kind is ProblemKind.CREDENTIALS
    assert caught.value.problem.code == UntrustedText("APIGW.0301")


async def test_a_clock_that_is_wrong(connection: Connection) -> None:
    """Signatures of another hour are refused, and the difference that was measured is told."""
    slow = replace(connection.retry_policy, now=lambda: datetime.now(UTC) - timedelta(minutes=20))
    async with replace(connection, retry_policy=slow).read_client() as client:
        with pytest.raises(ApiError, match=r"clock_difference seconds=(1200|1199)") as caught:
            await client.find_account()

    assert caught.value.problem.kind is ProblemKind.CLOCK
