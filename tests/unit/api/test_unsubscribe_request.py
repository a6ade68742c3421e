from __future__ import annotations

import asyncio
import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.support.connections import NO_DELAYS
from tests.support.raw_server import (
    RawServer,
    ResponseAction,
    error_response,
    http_response,
    never_respond,
    raw_response,
    reset_connection,
)
from tests.support.stub_vendor import stub_connection
from unsub_tui.api.mutation_results import (
    Accepted,
    MutationResult,
    NotSent,
    Rejected,
    Throttled,
    Unauthorized,
    Unknown,
)
from unsub_tui.api.mutations import MutationClient, PreparedMutation
from unsub_tui.api.retry_policy import RetryPolicy
from unsub_tui.api.transport import create_tls_context
from unsub_tui.domain.action import Action
from unsub_tui.domain.fact import fact
from unsub_tui.domain.plan import UnsubscribeReason
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.present.fact_texts import fact_text

RESOURCE_ID = "ecs-0001"
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def prepare(client: MutationClient, *ids: str) -> PreparedMutation:
    """Return a request for our one resource, or for these."""
    return client.prepare(Action.UNSUBSCRIBE, ids or (RESOURCE_ID,))


async def send(endpoint: str, pacing: RetryPolicy = NO_DELAYS) -> MutationResult:
    """Send one request."""
    async with stub_connection(endpoint, pacing).mutation_client() as client:
        return await client.send(prepare(client))


def failed_response(code: str, resource_id: str = RESOURCE_ID, orders: tuple[str, ...] = ()) -> ResponseAction:
    """Answer that a resource failed."""
    failure = {"resource_id": resource_id, "error_code": code, "error_msg": "words"}
    return http_response(200, {"order_ids": list(orders), "fail_resource_infos": [failure]})


ACCEPTED = {"order_ids": ["CS1"], "fail_resource_infos": []}
WHOLE = json.dumps(ACCEPTED).encode()

CASES: list[tuple[str, ResponseAction, type[MutationResult]]] = [
    ("an order", http_response(200, ACCEPTED), Accepted),
    ("an order, and nothing else", http_response(200, {"order_ids": ["CS1"]}), Accepted),
    ("an order, and success said", http_response(200, {**ACCEPTED, "error_code": "CBC.0000"}), Accepted),
    (
        "an order, nulls",
        http_response(200, {"order_ids": ["CS1"], "fail_resource_infos": None, "error_code": None}),
        Accepted,
    ),
    ("an order, another failed", failed_response("CBC.99003651", "evs-0002", ("CS1",)), Accepted),
    # the wire
    ("cut after the request", reset_connection, Unknown),
    ("closed after the request", raw_response(b""), Unknown),
    ("cut in the head", raw_response(b"HTTP/1.1 200 OK\r\nContent-Le"), Unknown),
    ("cut in the body", http_response(200, WHOLE[:10], {"Content-Length": str(len(WHOLE))}), Unknown),
    ("not HTTP", raw_response(b"\x00\x01\x02 garbage\r\n\r\n"), Unknown),
    ("another protocol", raw_response(b"SSH-2.0-OpenSSH_9.2\r\n"), Unknown),
    ("a wrong chunk", raw_response(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), Unknown),
    ("an endless head", raw_response(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 50_000), Unknown),
    ("gzip, which was not asked for", http_response(200, gzip.compress(WHOLE), {"Content-Encoding": "gzip"}), Unknown),
    ("another encoding", http_response(200, WHOLE, {"Content-Encoding": "br"}), Unknown),
    ("over the limit", http_response(200, WHOLE + b" " * 8 * 1024 * 1024), Unknown),
    # the body
    ("empty", http_response(200, b""), Unknown),
    ("no JSON", http_response(200, b"<html>502 Bad Gateway</html>"), Unknown),
    (
        "a transaction, cut in the body",
        http_response(400, {"error_code": "CBC.99003651", "error_msg": "words"}, {"Content-Length": "500"}),
        Unknown,
    ),
    ("cut JSON", http_response(200, WHOLE[:-3]), Unknown),
    ("a key twice", http_response(200, b'{"order_ids": ["CS1"], "order_ids": []}'), Unknown),
    ("not a number", http_response(200, b'{"order_ids": ["CS1"], "n": NaN}'), Unknown),
    ("deep", http_response(200, b'{"order_ids": ["CS1"], "n": ' + b"[" * 100_000), Unknown),
    ("an object without anything", http_response(200, {}), Unknown),
    ("null", http_response(200, b"null"), Unknown),
    ("a list", http_response(200, ["CS1"]), Unknown),
    ("no order", http_response(200, {"order_ids": [], "fail_resource_infos": []}), Unknown),
    ("an order without an id", http_response(200, {"order_ids": [None, ""]}), Unknown),
    ("an order that is a number", http_response(200, {"order_ids": [1]}), Unknown),
    ("orders of another type", http_response(200, {"order_ids": "CS1"}), Unknown),
    ("an order's id with an escape", http_response(200, {"order_ids": ["CS1\x1b[2J"]}), Unknown),
    ("an order and an error", http_response(200, {**ACCEPTED, "error_code": "CBC.99003651"}), Unknown),
    ("an order and our failure", failed_response("CBC.99003651", orders=("CS1",)), Unknown),
    ("another failed, no order", failed_response("CBC.99003651", "evs-0002"), Unknown),
    ("201", http_response(201, ACCEPTED), Unknown),
    ("204", raw_response(b"HTTP/1.1 204 No Content\r\n\r\n"), Unknown),
    # the status
    ("301", http_response(301, b"", {"Location": "/"}), Unknown),
    ("307", http_response(307, WHOLE, {"Location": "/v2/orders/subscriptions/resources/unsubscribe"}), Unknown),
    ("408", error_response(408, "CBC.0100"), Unknown),
    ("500", error_response(500, "CBC.0999"), Unknown),
    ("502 of a proxy", http_response(502, b"<html>"), Unknown),
    ("503 with a code of flow control", error_response(503, "APIG.0308"), Unknown),
    ("400 of somebody on the way", http_response(400, b"<html>"), Unknown),
    ("403 of somebody on the way", http_response(403, b"<html>"), Unknown),
    ("404 without a code", http_response(404, {}), Unknown),
    # gone, or not known yet
    ("failed without a code", failed_response(""), Unknown),
    ("200 with an unknown code", error_response(200, "CBC.42424242"), Unknown),
    # definite
    ("400 with an unknown code", error_response(400, "CBC.42424242"), Rejected),
    ("404 no such API", error_response(404, "APIGW.0101"), Rejected),
    ("failed: an unknown code", failed_response("CBC.42424242"), Rejected),
    ("403 permission", error_response(403, "CBC.0151"), Rejected),
    ("403 wrong site", error_response(403, "CBC.0156"), Rejected),
    # not executed
    ("429", error_response(429, "APIG.0308"), Throttled),
    ("429 of the service", error_response(429, "CBC.0250"), Throttled),
    ("429 without words", http_response(429, b""), Throttled),
    ("200 with a code of flow control", error_response(200, "CBC.0250"), Throttled),
    ("401", error_response(401, "APIGW.0301"), Unauthorized),
    ("401 without words", http_response(401, b"<html>"), Unauthorized),
    (
        "401 nested",
        http_response(401, {"error": {"code": 401, "message": "expired", "title": "Unauthorized"}}),
        Unauthorized,
    ),
]


@pytest.mark.parametrize(("act", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
async def test_what_an_answer_proves(act: ResponseAction, expected: type[MutationResult]) -> None:
    """Each outcome has its class, and exactly one request was made over exactly one connection."""
    async with RawServer(act) as server:
        got = await send(server.endpoint)
    assert type(got) is expected, got
    assert (server.connections, len(server.requests)) == (1, 1)


@pytest.mark.parametrize("count", [1, 10, 11, 300])
async def test_failures_of_others_are_kept_beside_the_order(count: int) -> None:
    """What the answer says of resources that were not asked for is a note each, up to a bound; null ids are unknown."""
    failures = [
        {
            "resource_id": f"evs-{number}" if number else None,
            "error_code": "CBC.99003651",
            "error_msg": "\x1b[31m" * 200,
        }
        for number in range(count)
    ]
    async with RawServer(http_response(200, {"order_ids": ["CS1"], "fail_resource_infos": failures})) as server:
        got = await send(server.endpoint)

    assert isinstance(got, Accepted)
    assert got.order_ids == ("CS1",)
    assert len(got.notes) == min(count, 11)
    texts = [fact_text(note) for note in got.notes]
    assert texts[0].startswith("Huawei Cloud says that unknown, which was not requested, failed")
    assert all("\x1b" not in text and len(text) < 3000 for text in texts)
    assert (count > 10) == texts[-1].startswith("and ")


async def test_cut_before_the_request_was_read() -> None:
    """Who is cut off while sending cannot know how much arrived."""
    async with RawServer(reset_connection, reads=False) as server:
        assert type(await send(server.endpoint)) is Unknown
    assert server.connections == 1


async def test_refused() -> None:
    """Nobody listens: nothing was sent."""
    async with RawServer(reset_connection) as server:
        pass
    got = await send(server.endpoint)
    assert isinstance(got, NotSent)
    assert got.problem.kind is ProblemKind.NETWORK
    assert server.connections == 0


async def test_no_tls() -> None:
    """Whoever does not speak TLS gets nothing of the request."""
    async with RawServer(raw_response(b"HTTP/1.1 400 Bad Request\r\n\r\n"), reads=False) as server:
        got = await send(server.endpoint.replace("http:", "https:"))
    assert type(got) is NotSent
    assert (server.connections, server.requests) == (1, [])


async def test_a_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy does not let us through: the request itself has not left, and no password is told."""
    async with RawServer(http_response(403, b"no")) as server:
        proxy = server.endpoint.replace("http://", "http://user:canary@")
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        got = await send("https://bss.invalid")
    assert isinstance(got, NotSent)
    assert "canary" not in str(got.problem)
    (request,) = server.requests
    assert request.startswith(b"CONNECT bss.invalid:443 ")
    assert b"SDK-HMAC" not in request


async def test_no_proxy_hears_of_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request to this machine goes there directly, whatever the environment says."""
    async with RawServer(http_response(200, ACCEPTED)) as server, RawServer(http_response(200, ACCEPTED)) as proxy:
        for name in PROXY_VARIABLES:
            monkeypatch.setenv(name, proxy.endpoint)
        assert type(await send(server.endpoint)) is Accepted
    assert (server.connections, proxy.connections) == (1, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("HTTPS_PROXY", "ftp://canary"), ("HTTPS_PROXY", "socks5://canary"), ("SSL_CERT_FILE", "/canary/no/such/file")],
)
async def test_an_environment_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A proxy or a certificate file that is wrong is a CONFIG problem before anything is sent."""
    monkeypatch.setenv(name, value)
    create_tls_context.cache_clear()  # of an earlier test, with certificates that could be used
    for make in (
        stub_connection("https://bss.invalid").mutation_client,
        stub_connection("https://bss.invalid").read_client,
    ):
        with pytest.raises(UnsubError) as caught:
            await make().__aenter__()
        assert caught.value.problem.kind is ProblemKind.CONFIG
        assert "canary" not in str(caught.value)


async def test_no_answer_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline is for the whole call; it passes on the loop's clock, which the test moves."""
    loop, moved = asyncio.get_running_loop(), [0.0]
    clock = loop.time
    monkeypatch.setattr(loop, "time", lambda: clock() + moved[0])
    async with RawServer(never_respond) as server:
        sending = asyncio.create_task(send(server.endpoint, replace(NO_DELAYS, attempt_timeout_seconds=300)))
        await server.request_received.wait()
        moved[0] = 300.0
        got = await sending
    assert isinstance(got, Unknown)
    assert got.problem.facts == (fact("response_timeout", seconds="300"),)
    assert (server.connections, len(server.requests)) == (1, 1)


async def test_an_answer_that_drips() -> None:
    """Bytes that keep coming do not prolong the deadline, which goes by the clock that only grows."""
    seconds = iter(range(0, 1_000_000, 20))
    pacing = replace(NO_DELAYS, monotonic=lambda: float(next(seconds)))

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0)

    async with RawServer(drip) as server:
        got = await send(server.endpoint, pacing)
    assert isinstance(got, Unknown)
    assert got.problem.facts == (fact("response_timeout", seconds="30"),)
    assert (server.connections, len(server.requests)) == (1, 1)


@pytest.mark.parametrize("action", [Action.UNSUBSCRIBE, Action.AUTO_RENEW_OFF, Action.PAY_PER_USE])
async def test_cancelled_in_flight(action: Action) -> None:
    """A cancelled call says `Unknown`, so that it can be put on record; then the cancellation takes effect."""
    got: list[MutationResult] = []

    async def work(endpoint: str) -> None:
        async with stub_connection(endpoint).mutation_client() as client:
            got.append(await client.send(client.prepare(action, [RESOURCE_ID])))
        await asyncio.sleep(0)
        raise AssertionError("the cancellation was lost")

    async with RawServer(never_respond) as server:
        task = asyncio.ensure_future(work(server.endpoint))
        await server.request_received.wait()
        task.cancel()
        await asyncio.wait({task})
    assert task.cancelled()
    assert [type(each) for each in got] == [Unknown]
    assert (server.connections, len(server.requests)) == (1, 1)


async def test_cancelled_before_anything_left() -> None:
    """Cancelled while the connection is still being secured: nothing has happened, the cancellation goes its way."""
    async with RawServer(never_respond, reads=False) as server:
        task = asyncio.ensure_future(send(server.endpoint.replace("http:", "https:")))
        await server.request_received.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert server.requests == []


async def test_every_request_has_a_connection_of_its_own() -> None:
    """No connection is kept, so that none can have died meanwhile; nothing of one call is in the next."""
    keep = {"Connection": "keep-alive", "Set-Cookie": "session=crumb; Path=/"}
    async with (
        RawServer(http_response(200, ACCEPTED, keep)) as server,
        stub_connection(server.endpoint).mutation_client() as client,
    ):
        for _ in range(3):
            assert await client.send(prepare(client)) == Accepted(("CS1",))
    assert (server.connections, len(server.requests)) == (3, 3)
    assert not any(b"cookie" in request.lower() or b"crumb" in request for request in server.requests)


async def test_what_is_sent() -> None:
    """The body is exactly what was prepared and hashed; its date is the one that was put on record."""
    async with (
        RawServer(http_response(200, ACCEPTED)) as server,
        stub_connection(server.endpoint).mutation_client() as client,
    ):
        prepared = client.prepare(Action.RENEWAL, ["a-1", "b-2"], UnsubscribeReason.TOO_COMPLEX, "zu 复杂")
        await client.send(prepared)
    (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert lines[0] == "post /v2/orders/subscriptions/resources/unsubscribe http/1.1"
    assert f"x-sdk-date: {prepared.sdk_date.lower()}" in lines
    assert "x-domain-id: acc-1" in lines
    assert "accept-encoding: identity" in lines
    assert body == prepared.request.body
    assert json.loads(body) == {
        "resource_ids": ["a-1", "b-2"],
        "unsubscribe_type": 2,
        "unsubscribe_reason_type": 3,
        "unsubscribe_reason": "zu 复杂",
    }
    assert prepared.resource_ids == ("a-1", "b-2")


@pytest.mark.parametrize("ids", [[], ["x"] * 11, ["ecs 1"], [""], ["ecs\n1"], ["e" * 129]], ids=repr)
def test_ids_that_must_not_be_sent(ids: list[str]) -> None:
    """Never an empty list, never more than ten, never an id with odd characters."""
    client = stub_connection("http://127.0.0.1:1").mutation_client()
    with pytest.raises(ValueError, match="1 to 10 plain ids"):
        client.prepare(Action.UNSUBSCRIBE, ids)


async def test_outside_its_context() -> None:
    """A client that was not opened, or is closed, sends nothing."""
    client = stub_connection("http://127.0.0.1:1").mutation_client()
    assert isinstance(await client.send(prepare(client)), NotSent)
    async with client:
        pass
    assert isinstance(await client.send(prepare(client)), NotSent)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "CBC.0150", ProblemKind.WRONG_SITE),
        (403, "CBC.0156", ProblemKind.WRONG_SITE),
        (403, "CBC.0151", ProblemKind.PERMISSION),
        (403, "CBC.0155", ProblemKind.PERMISSION),
        (401, "APIGW.0301", ProblemKind.CREDENTIALS),
        (401, "APIGW.0303", ProblemKind.CLOCK),
        (429, "APIG.0308", ProblemKind.THROTTLED),
        (400, "CBC.99003651", ProblemKind.SERVICE),
        (500, "CBC.0999", ProblemKind.SERVICE),
    ],
)
async def test_the_problem_is_told(status: int, code: str, kind: ProblemKind) -> None:
    """Kind, code, the service's own words, its request id and the status are all there."""
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=20), usegmt=True)
    headers = {"X-Request-Id": "req-1", "Date": date}
    async with RawServer(http_response(status, {"error_code": code, "error_msg": "why\x1b[2J"}, headers)) as server:
        got = await send(server.endpoint)
    assert not isinstance(got, Accepted)
    problem = got.problem
    assert (problem.kind, problem.code, problem.http_status) == (kind, UntrustedText(code), status)
    assert (problem.message, problem.request_id) == (UntrustedText("why\x1b[2J"), UntrustedText("req-1"))
    assert problem.operation == "unsubscribe"
    assert any(each.code == "clock_difference" for each in problem.facts) == (kind is ProblemKind.CLOCK)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("0", 0.0), ("9" * 400, 3600.0), ("-1", None), ("²", None), ("soon", None), ("", None)],
    ids=lambda value: str(value)[:8],
)
async def test_how_long_to_wait(value: str, seconds: float | None) -> None:
    """Retry-After counts where it makes sense."""
    async with RawServer(http_response(429, b"", {"Retry-After": value})) as server:
        got = await send(server.endpoint)
    assert isinstance(got, Throttled)
    assert got.retry_after_seconds == seconds
