from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
from dataclasses import dataclass, field, replace
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
from unsub_tui.api.client import BssClient
from unsub_tui.api.errors import ApiError
from unsub_tui.api.retry_policy import RetryPolicy
from unsub_tui.domain.fact import fact
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.untrusted_text import UntrustedText

GOOD = http_response(200, {"total_count": 0, "refund_infos": []})


async def read_error(server: RawServer, pacing: RetryPolicy = NO_DELAYS) -> Problem | None:
    """Ask for the rows of an order; return what went wrong."""
    async with stub_connection(server.endpoint, pacing).read_client() as client:
        try:
            await client.refund_rows("CS1")
        except ApiError as error:
            return error.problem
    return None


TRANSIENT_FAULTS: dict[str, tuple[ResponseAction, ProblemKind]] = {
    "cut": (reset_connection, ProblemKind.NETWORK),
    "closed": (raw_response(b""), ProblemKind.NETWORK),
    "cut in the body": (http_response(200, b"{", {"Content-Length": "100"}), ProblemKind.NETWORK),
    "not HTTP": (raw_response(b"\x00\r\n\r\n"), ProblemKind.NETWORK),
    "over the limit": (http_response(200, b" " * (8 * 1024 * 1024 + 1)), ProblemKind.NETWORK),
    "cut gzip": (http_response(200, gzip.compress(b"{}")[:-4], {"Content-Encoding": "gzip"}), ProblemKind.NETWORK),
    "no gzip": (http_response(200, b"{}", {"Content-Encoding": "gzip"}), ProblemKind.NETWORK),
    "gzip and more": (
        http_response(200, gzip.compress(b"{}") + b"x", {"Content-Encoding": "gzip"}),
        ProblemKind.NETWORK,
    ),
    "another encoding": (http_response(200, b"{}", {"Content-Encoding": "zstd"}), ProblemKind.NETWORK),
    "twice encoded": (http_response(200, b"{}", {"Content-Encoding": "gzip, gzip"}), ProblemKind.NETWORK),
    "empty": (http_response(200, b""), ProblemKind.BAD_RESPONSE),
    "no JSON": (http_response(200, b"<html>"), ProblemKind.BAD_RESPONSE),
    "a key twice": (http_response(200, b'{"total_count": 0, "total_count": 1}'), ProblemKind.BAD_RESPONSE),
    "deep": (http_response(200, b"[" * 100_000), ProblemKind.BAD_RESPONSE),
    "429": (error_response(429, "APIG.0308"), ProblemKind.THROTTLED),
    "200 with flow control": (error_response(200, "CBC.0250"), ProblemKind.THROTTLED),
    "200 with an internal error": (error_response(200, "CBC.0999"), ProblemKind.SERVICE),
    "500": (error_response(500, "CBC.0999"), ProblemKind.SERVICE),
    "502": (http_response(502, b"<html>"), ProblemKind.SERVICE),
    "408": (http_response(408, b""), ProblemKind.SERVICE),
}


@pytest.mark.parametrize(("act", "kind"), TRANSIENT_FAULTS.values(), ids=TRANSIENT_FAULTS)
async def test_what_may_pass_is_tried_five_times(act: ResponseAction, kind: ProblemKind) -> None:
    """It is told after the fifth time, and forgotten when a later try is answered well."""
    async with RawServer(act) as server:
        problem = await read_error(server)
    assert problem is not None
    assert problem.kind is kind
    assert problem.operation == "refund_rows"
    assert len(server.requests) == 5
    async with RawServer(act, act, GOOD) as server:
        assert await read_error(server) is None
    assert len(server.requests) == 3


PERMANENT_FAULTS: dict[str, tuple[ResponseAction, ProblemKind]] = {
    "400": (error_response(400, "CBC.0100"), ProblemKind.SERVICE),
    "200 with an error": (error_response(200, "CBC.99005026"), ProblemKind.SERVICE),
    "200 without permission": (error_response(200, "CBC.0151"), ProblemKind.PERMISSION),
    "404": (http_response(404, {"error_code": "APIGW.0101", "error_msg": "API not exist"}), ProblemKind.SERVICE),
    "401": (error_response(401, "APIGW.0301"), ProblemKind.CREDENTIALS),
    "401 nested": (http_response(401, {"error": {"code": 401, "message": "expired"}}), ProblemKind.CREDENTIALS),
    "401 without words": (http_response(401, b""), ProblemKind.CREDENTIALS),
    "403": (error_response(403, "CBC.0155"), ProblemKind.PERMISSION),
    "403 without words": (http_response(403, b"<html>"), ProblemKind.PERMISSION),
    "403 other site": (error_response(403, "CBC.0150"), ProblemKind.WRONG_SITE),
    "302": (http_response(302, b"", {"Location": "/elsewhere"}), ProblemKind.SERVICE),
    "304": (raw_response(b"HTTP/1.1 304 Not Modified\r\n\r\n"), ProblemKind.SERVICE),
    "a needed field is missing": (http_response(200, {"refund_infos": []}), ProblemKind.BAD_RESPONSE),
    "a list": (http_response(200, []), ProblemKind.BAD_RESPONSE),
    "fewer rows than it says": (http_response(200, {"total_count": 2, "refund_infos": []}), ProblemKind.INCOMPLETE),
}


@pytest.mark.parametrize(("act", "kind"), PERMANENT_FAULTS.values(), ids=PERMANENT_FAULTS)
async def test_what_lasts_is_tried_once(act: ResponseAction, kind: ProblemKind) -> None:
    """A refusal, a redirect and a wrong document do not get better by asking again."""
    async with RawServer(act) as server:
        problem = await read_error(server)
    assert problem is not None
    assert problem.kind is kind
    assert len(server.requests) == 1


async def test_nobody_listens() -> None:
    """That the service cannot be reached is told as such."""
    async with RawServer(GOOD) as server:
        pass
    problem = await read_error(server)
    assert problem is not None
    assert problem.kind is ProblemKind.NETWORK


async def test_gzip_is_asked_for_and_read() -> None:
    """A compressed answer is read; so is one that is not."""
    body = gzip.compress(json.dumps({"total_count": 1, "refund_infos": [{"amount": "-1.50"}]}).encode())
    act = http_response(200, body, {"Content-Encoding": "gzip"})
    async with RawServer(act) as server, stub_connection(server.endpoint).read_client() as client:
        (row,) = await client.refund_rows("CS1")
    assert str(row.amount) == "-1.50"
    assert b"accept-encoding: gzip\r\n" in server.requests[0].lower()


LARGE: dict[str, tuple[bytes, dict[str, str], bool]] = {
    "too many bytes": (b" " * (8 * 1024 * 1024 + 1), {}, True),
    "200 MB in 200 kB": (gzip.compress(b" " * 200 * 1024 * 1024, 9), {"Content-Encoding": "gzip"}, True),
    "deep": (b"[" * 8 * 1024 * 1024, {}, False),
}


@pytest.mark.parametrize(("body", "headers", "is_too_large"), LARGE.values(), ids=LARGE)
async def test_a_large_answer_takes_little_memory(body: bytes, headers: dict[str, str], *, is_too_large: bool) -> None:
    """It is refused before more than the limit is held, by the reader of lists as well."""
    act, once = http_response(200, body, headers), replace(NO_DELAYS, max_attempts=1)
    tracemalloc.start()
    try:
        async with RawServer(act) as server, stub_connection(server.endpoint, once).read_client() as client:
            problem = await read_error(server, once)
            with pytest.raises(ApiError):
                await client.list_resources()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert problem is not None
    assert (problem.facts == (fact("response_too_large", megabytes=8),)) is is_too_large
    assert peak < 64 * 1024 * 1024


@dataclass
class FakeTime:
    """A clock that stands still but for the pauses."""

    seconds: float = 1000.0
    pauses: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.pauses.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)

    def retry_policy(self) -> RetryPolicy:
        """Return the default pacing by this clock, with the longest jitter."""
        return RetryPolicy(monotonic=lambda: self.seconds, sleep=self.sleep, random_fraction=lambda: 1.0)


@pytest.mark.parametrize(
    ("value", "pauses"),
    [
        ("3", [3.0, 3.0, 3.0, 3.0]),
        ("25", [25.0, 25.0]),  # a third would end after the minute
        ("120", []),
        ("never", [0.5, 1.0, 2.0, 4.0]),
    ],
)
async def test_the_service_may_say_how_long(value: str, pauses: list[float]) -> None:
    """Retry-After beats the formula, within a minute in all."""
    time = FakeTime()
    async with RawServer(http_response(503, b"", {"Retry-After": value})) as server:
        await read_error(server, time.retry_policy())
    assert time.pauses == pauses


async def test_a_date_says_how_long() -> None:
    """Retry-After may be a date, too; one that is past means at once."""
    now = datetime(2026, 6, 1, tzinfo=UTC)
    for offset, expected in ((8, 8.0), (-8, 0.0)):
        time = FakeTime()
        pacing = replace(time.retry_policy(), now=lambda: now, max_attempts=2)
        date = format_datetime(now + timedelta(seconds=offset), usegmt=True)
        async with RawServer(http_response(503, b"", {"Retry-After": date})) as server:
            await read_error(server, pacing)
        assert time.pauses == [expected]


async def test_the_last_try_gets_what_is_left_of_the_minute() -> None:
    """A try that hangs does not prolong the whole beyond its limit."""
    async with RawServer(never_respond) as server:
        problem = await read_error(server, replace(NO_DELAYS, attempt_timeout_seconds=0.2, deadline_seconds=0.05))
    assert problem is not None
    assert problem.kind is ProblemKind.NETWORK
    assert len(server.requests) <= 1  # none, if the machine is too busy to read it within the minimum of 0.1 s


async def test_every_try_is_signed_anew() -> None:
    """A later try carries its own date."""
    dates = iter(datetime(2026, 6, 1, 0, 0, second, tzinfo=UTC) for second in range(60))
    pacing = replace(NO_DELAYS, now=lambda: next(dates))
    async with RawServer(reset_connection, reset_connection, GOOD) as server:
        assert await read_error(server, pacing) is None
    stamps = [
        next(line for line in each.split(b"\r\n") if line[:11].lower() == b"x-sdk-date:") for each in server.requests
    ]
    assert len(set(stamps)) == 3


async def test_the_clocks_are_compared() -> None:
    """The Date header of every answer counts, also of a refusal; no difference counts as well."""
    now = datetime(2026, 6, 1, tzinfo=UTC)
    dates = [format_datetime(now + timedelta(minutes=minutes), usegmt=True) for minutes in (20, 0)]
    acts = [http_response(401, {"error_code": "APIGW.0303", "error_msg": "expired"}, {"Date": date}) for date in dates]
    async with (
        RawServer(*acts, http_response(401, b"", {"Date": "soon"})) as server,
        stub_connection(server.endpoint, replace(NO_DELAYS, now=lambda: now)).read_client() as client,
    ):
        assert client.transport.server_time_offset is None
        with pytest.raises(ApiError) as caught:
            await client.refund_rows("CS1")
        assert caught.value.problem.kind is ProblemKind.CLOCK
        assert caught.value.problem.facts == (fact("clock_difference", seconds=1200),)
        assert client.transport.server_time_offset == timedelta(minutes=20)
        for _ in range(2):
            with pytest.raises(ApiError):
                await client.refund_rows("CS1")
            assert client.transport.server_time_offset == timedelta(0)


async def test_the_problem_is_told() -> None:
    """The service's words stay foreign; its request id goes with them."""
    act = http_response(400, {"error_code": "CBC.99005026", "error_msg": "[red]no\x1b"}, {"X-Request-Id": "req-7"})
    async with RawServer(act) as server:
        problem = await read_error(server)
    assert problem == Problem(
        kind=ProblemKind.SERVICE,
        operation="refund_rows",
        code=UntrustedText("CBC.99005026"),
        message=UntrustedText("[red]no\x1b"),
        request_id=UntrustedText("req-7"),
        http_status=400,
    )


async def test_connections_are_kept_between_reads() -> None:
    """Reads share connections: each new one would cost round trips."""
    body = b'{"total_count": 0}'
    whole = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    async def serve_on(writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            writer.write(whole)
            await writer.drain()
        await asyncio.Event().wait()

    async with RawServer(raw_response(whole)) as closing, stub_connection(closing.endpoint).read_client() as client:
        await client.refund_rows("CS1")
        await client.refund_rows("CS1")
    assert closing.connections == 2
    async with RawServer(serve_on) as keeping, stub_connection(keeping.endpoint).read_client() as client:
        await client.refund_rows("CS1")
    assert keeping.connections == 1


async def test_a_closed_client_says_so() -> None:
    """Outside its context a client asks nobody."""
    client: BssClient = stub_connection("http://127.0.0.1:1").read_client()
    with pytest.raises(ApiError):
        await client.refund_rows("CS1")
