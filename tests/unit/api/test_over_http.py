"""Both clients against the sandbox over real HTTP: what only a socket can do wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.connections import NO_DELAYS, connect, make_sandbox, with_credentials
from unsub_tui.api.client import BssClient
from unsub_tui.api.connection import Connection
from unsub_tui.api.errors import ApiError
from unsub_tui.api.mutation_results import Accepted, MutationResult, Rejected, Throttled, Unauthorized, Unknown
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import blocked_reason_in_batch
from unsub_tui.domain.order import OrderStatus, OrderType
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer

COUNT = 1234


@pytest.fixture
def sandbox() -> Sandbox:
    """A sandbox with resources for three pages, hostile names among them."""
    return make_sandbox(COUNT)


@pytest.fixture
def connection(sandbox: Sandbox) -> Iterator[Connection]:
    """A connection to it over a loopback socket."""
    with BackgroundServer(sandbox) as server:
        yield connect(sandbox, endpoint=server.endpoint)


async def list_all(client: BssClient) -> list[Resource]:
    """Return all resources."""
    return [each async for page in client.resource_pages() for each in page.rows]


async def eligible_ids(client: BssClient, sandbox: Sandbox) -> list[Resource]:
    """Return what may be unsubscribed."""
    rules, now = load_rules("intl"), sandbox.clock.now_utc()
    return [each for each in await list_all(client) if blocked_reason_in_batch(each, rules, now) is None]


async def unsubscribe(connection: Connection, *ids: str) -> MutationResult:
    """Send the request for these resources."""
    async with connection.mutation_client() as client:
        return await client.send(client.prepare(Action.UNSUBSCRIBE, ids, reason_text="no longer needed"))


async def test_from_request_to_refund(sandbox: Sandbox, connection: Connection) -> None:
    """A request is accepted with one order, which can be found, read and accounted for once it is settled."""
    async with connection.read_client() as client:
        target = (await eligible_ids(client, sandbox))[0]
        before = sandbox.clock.now_utc()
        answer = await unsubscribe(connection, target.id)
        assert isinstance(answer, Accepted)
        (order_id,) = answer.order_ids
        sandbox.clock.advance(60)
        since, until = before - timedelta(minutes=2), before + timedelta(hours=1)
        found = await client.orders(order_type=OrderType.UNSUBSCRIPTION, created_from=since, created_to=until)
        order = await client.order(order_id)
        rows = await client.refund_rows(order_id)
        (gone,) = [each for each in await client.resources_by_id([target.id]) if each.id == target.id]
    assert order_id in {each.order_id for each in found}
    assert (order.order_type, order.status) == (OrderType.UNSUBSCRIPTION, OrderStatus.COMPLETED)
    assert order.lines
    assert order.user_name
    assert order.currency == "USD"
    assert order.amounts.net is not None
    assert sum(row.amount for row in rows if row.amount and row.amount < 0) == -order.amounts.net
    charged = sum(row.amount for row in rows if row.amount and row.amount > 0)
    assert charged == (order.amounts.consumed or 0) + (order.amounts.commission or 0)
    assert all(row.base_order_id for row in rows)
    assert gone.status == Status.CLOSED


ACTIONS: list[tuple[dict[str, object], type[MutationResult], bool]] = [
    ({"action": "drop_before"}, Unknown, False),
    ({"action": "drop_after"}, Unknown, True),
    ({"action": "truncate"}, Unknown, True),
    ({"action": "garbage"}, Unknown, True),
    ({"action": "empty"}, Unknown, True),
    ({"action": "stall_after", "seconds": 30}, Unknown, True),
    ({"action": "error", "status": 500}, Unknown, False),
    ({"action": "error", "status": 500, "acts": True}, Unknown, True),
    ({"action": "error", "status": 429, "error_code": "APIG.0308", "headers": {"Retry-After": "5"}}, Throttled, False),
    ({"action": "error", "status": 401, "error_code": "APIGW.0301"}, Unauthorized, False),
    ({"action": "error", "status": 403, "error_code": "CBC.0151"}, Rejected, False),
    ({"action": "ok_with_error", "error_code": "CBC.99003651"}, Rejected, False),
    ({"action": "ok_with_error", "error_code": "CBC.30000067"}, Unknown, False),
]


@pytest.mark.parametrize(
    ("fault", "expected", "acts"), ACTIONS, ids=[f"{each['action']} {each.get('status', '')}" for each, _, _ in ACTIONS]
)
async def test_a_fault_is_sent_once_and_never_taken_for_another(
    sandbox: Sandbox, connection: Connection, fault: dict[str, object], expected: type[MutationResult], *, acts: bool
) -> None:
    """The vendor's own record knows one request, and what became of it is never contradicted by our answer."""
    async with connection.read_client() as client:
        target = (await eligible_ids(client, sandbox))[0]
    sandbox.faults = parse_faults([{"operation": "unsubscribe", **fault}])
    quick = replace(connection, retry_policy=replace(NO_DELAYS, attempt_timeout_seconds=0.5))
    assert type(await unsubscribe(quick, target.id)) is expected
    (attempt,) = sandbox.account.request_log
    assert bool(attempt.executed) == acts
    assert attempt.resource_ids == (target.id,)


async def test_a_resource_that_is_refused(sandbox: Sandbox, connection: Connection) -> None:
    """A second request for the same resource meets the first; an id that nobody has proves nothing."""
    async with connection.read_client() as client:
        target = (await eligible_ids(client, sandbox))[0]
    assert isinstance(await unsubscribe(connection, target.id), Accepted)
    again = await unsubscribe(connection, target.id)
    assert isinstance(again, Rejected | Unknown)
    assert isinstance(await unsubscribe(connection, "nobody-has-this"), Unknown)


async def test_keys_that_may_only_read(sandbox: Sandbox, connection: Connection) -> None:
    """They list, and are refused the rest for lack of permission."""
    reading = with_credentials(connection, access_key=sandbox.reader_access_key, secret_key=sandbox.reader_secret_key)
    async with reading.read_client() as client:
        target = (await eligible_ids(client, sandbox))[0]
    answer = await unsubscribe(reading, target.id)
    assert isinstance(answer, Rejected)
    assert answer.problem.kind is ProblemKind.PERMISSION


async def test_a_page_that_fails_is_read_again_or_fails_the_listing(sandbox: Sandbox, connection: Connection) -> None:
    """Faults that pass cost nothing but time; one that stays ends the listing with an error, never short."""
    passing: list[dict[str, object]] = [
        {"action": each} for each in ("drop_before", "drop_after", "truncate", "garbage")
    ]
    passing += [{"action": "error"}, {"action": "error", "status": 429, "error_code": "APIG.0308"}]
    sandbox.faults = parse_faults(
        {"operation": "query_resources", "calls": [number], **fault} for number, fault in enumerate(passing, start=2)
    )
    async with connection.read_client() as client:
        assert len(await list_all(client)) == COUNT
        sandbox.faults = parse_faults([{"operation": "query_resources", "calls": {"from": 3}, "action": "error"}])
        with pytest.raises(ApiError) as caught:
            await list_all(client)
    assert caught.value.problem.kind is ProblemKind.SERVICE


async def test_the_documented_rate_is_kept(sandbox: Sandbox) -> None:
    """With the vendor's limits on, a listing of many pages meets no refusal."""
    sandbox = make_sandbox(8000)
    sandbox.rate_limits.scale = 1.0
    with BackgroundServer(sandbox) as server:
        connection = connect(sandbox, endpoint=server.endpoint, pacing=replace(NO_DELAYS, rates={"list_resources": 30}))
        async with connection.read_client() as client:
            assert len(await list_all(client)) == 8000
