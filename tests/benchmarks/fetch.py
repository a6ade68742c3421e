"""Listing many resources over a loopback socket, against a bare loop that reads the same bytes, and the vendor's SDK.

The server is a process of its own that sends ready-made pages, so that only the clients' own time differs.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from tests.benchmarks import budgets
from tests.benchmarks.page_server import page_server
from tests.benchmarks.report import Measure, Report, percentile
from tests.support.connections import NO_DELAYS, connect, make_sandbox
from unsub_tui.api.client import RESOURCE_PAGE_SIZE
from unsub_tui.api.retry_policy import DEFAULT_RETRY_POLICY, RateLimiter, RetryPolicy
from unsub_tui.api.retrying_transport import MAX_CONNECTIONS
from unsub_tui.domain.resource import Resource
from unsub_tui.engine.catalog import gc_paused

SANDBOX = make_sandbox(0)
TICK_SECONDS = 0.005
BARE = "bare loop, 8 connections, nothing parsed"
PACED = "bare loop, 30 calls a second"


async def list_bare(port: int, count: int, connections: int, pacing: RetryPolicy) -> None:
    """Read every page over plain sockets, and look at none."""
    offsets = iter(range(0, count, RESOURCE_PAGE_SIZE))
    limit = RateLimiter(pacing.rates.get("list_resources", 1e9), pacing)

    async def read() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 21)
        for offset in offsets:
            await limit.acquire()
            body = json.dumps({"limit": RESOURCE_PAGE_SIZE, "offset": offset}).encode()
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
        writer.close()

    await asyncio.gather(*(read() for _ in range(connections)))


async def list_with_client(port: int, count: int, pacing: RetryPolicy) -> list[Resource]:
    """List with the real client, as the engine does."""
    found: list[Resource] = []
    connection = connect(SANDBOX, endpoint=f"http://127.0.0.1:{port}", pacing=pacing)
    async with gc_paused(), connection.read_client() as client:
        async for page in client.resource_pages(may_move=True):
            found += page.rows
    assert len(found) == count
    return found


def list_with_sdk(port: int, count: int, threads: int) -> None:
    """List with the vendor's own SDK, which knows no pages: the loop is the caller's."""
    sdk = importlib.import_module("huaweicloudsdkbss.v2")
    core = importlib.import_module("huaweicloudsdkcore.auth.credentials")
    keys = core.GlobalCredentials(SANDBOX.access_key, SANDBOX.secret_key, SANDBOX.domain_id)
    client: Any = sdk.BssClient.new_builder().with_credentials(keys).with_endpoint(f"http://127.0.0.1:{port}").build()

    def read(offset: int) -> int:
        body = sdk.QueryResourcesReq(limit=RESOURCE_PAGE_SIZE, offset=offset)
        return len(
            client.list_pay_per_use_customer_resources(sdk.ListPayPerUseCustomerResourcesRequest(body=body)).data
        )

    with ThreadPoolExecutor(threads) as pool:
        assert sum(pool.map(read, range(0, count, RESOURCE_PAGE_SIZE))) == count


def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Return the milliseconds of one listing."""

    async def run() -> float:
        began = time.perf_counter()
        await work()
        return (time.perf_counter() - began) * 1000

    return asyncio.run(run())


def timed_blocking(work: Callable[[], object]) -> float:
    """Return the milliseconds of one listing that needs no loop."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def compare(report: Report, count: int, latency_seconds: float, *, rounds: int) -> None:
    """Report our client and its rivals, without a limit of calls, and then ours under the documented one."""
    with report.table(budgets.listing(count, latency_seconds)), page_server(count, latency_seconds) as port:
        measures = {
            BARE: Measure(lambda: timed(lambda: list_bare(port, count, 8, NO_DELAYS))),
            f"bare loop, {MAX_CONNECTIONS} connections": Measure(
                lambda: timed(lambda: list_bare(port, count, MAX_CONNECTIONS, NO_DELAYS)), BARE
            ),
            "our client": Measure(lambda: timed(lambda: list_with_client(port, count, NO_DELAYS)), BARE),
            "the vendor's SDK, 8 threads": Measure(lambda: timed_blocking(lambda: list_with_sdk(port, count, 8)), BARE),
        }
        if count * latency_seconds <= 1000:
            measures["the vendor's SDK, one after the other"] = Measure(
                lambda: timed_blocking(lambda: list_with_sdk(port, count, 1)), BARE
            )
        report.compare(measures, rounds)
        if latency_seconds:
            paced = {
                PACED: Measure(lambda: timed(lambda: list_bare(port, count, 8, DEFAULT_RETRY_POLICY))),
                "our client, 30 calls a second": Measure(
                    lambda: timed(lambda: list_with_client(port, count, DEFAULT_RETRY_POLICY)), PACED
                ),
            }
            report.compare(paced, rounds)


async def tick_delays(port: int, count: int) -> list[float]:
    """Return how late, in milliseconds, a tick comes while resources are listed."""
    late: list[float] = []

    async def tick() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK_SECONDS)
            late.append((time.perf_counter() - began - TICK_SECONDS) * 1000)

    task = asyncio.ensure_future(tick())
    await list_with_client(port, count, NO_DELAYS)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return late


def report_pauses_and_memory(report: Report) -> None:
    """Report pauses of the event loop while 100,000 resources arrive, and what one of them holds in memory."""
    count = 100_000
    with report.table(budgets.ARRIVING), page_server(count, 0.08) as port:
        late = [each for _ in range(3) for each in asyncio.run(tick_delays(port, count))]
        report.add("pauses of the event loop, p99", percentile(late, 0.99), "ms")
        report.add("pauses of the event loop, worst", max(late), "ms")
        tracemalloc.start()
        try:
            found = asyncio.run(list_with_client(port, count, NO_DELAYS))
            report.add("memory that one resource holds", tracemalloc.get_traced_memory()[0] / len(found), "B")
        finally:
            tracemalloc.stop()


def run(report: Report) -> None:
    """Report everything."""
    for count, latency_seconds, rounds in ((10_000, 0.0, 5), (10_000, 0.08, 5), (100_000, 0.0, 3), (100_000, 0.08, 3)):
        compare(report, count, latency_seconds, rounds=rounds)
    report_pauses_and_memory(report)
