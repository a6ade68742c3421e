"""Listing many resources over a loopback socket, against a bare loop that reads the same pages and parses nothing."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import httpx

from tests.bench.report import heading, in_turn, ratios
from tests.support import FAST, connect, make_sandbox
from unsub_tui.api.client import CONNECTIONS, PAGE, QUERY_PATH
from unsub_tui.api.connection import Connection
from unsub_tui.api.signing import Signer
from unsub_tui.sandbox.serve import BackgroundServer


async def bare(connection: Connection, count: int) -> None:
    """Read every page with eight connections, and look at none."""
    signer = Signer(connection.credentials, FAST.now)
    offsets = iter(range(0, count, PAGE))
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=CONNECTIONS)) as client:

        async def read() -> None:
            for offset in offsets:
                body = json.dumps({"limit": PAGE, "offset": offset})
                headers = {"Content-Type": "application/json"}
                await client.post(connection.endpoint + QUERY_PATH, content=body, headers=headers, auth=signer)

        await asyncio.gather(*(read() for _ in range(CONNECTIONS)))


async def ours(connection: Connection, count: int) -> None:
    """List with the real client."""
    async with connection.reader() as client:
        assert sum([len(page.resources) async for page in client.resources()]) == count


def timed(work: Callable[[Connection, int], Awaitable[None]], connection: Connection, count: int) -> float:
    """Return the milliseconds of one listing."""

    async def run() -> float:
        began = time.perf_counter()
        await work(connection, count)
        return (time.perf_counter() - began) * 1000

    return asyncio.run(run())


def run() -> None:
    """Report a table for each size."""
    for count, rounds in ((10_000, 5), (100_000, 3)):
        sandbox = make_sandbox(count)
        with BackgroundServer(sandbox) as server:
            connection = connect(sandbox, endpoint=server.endpoint)
            heading(f"Listing {count:,} resources over loopback; the server shares this process")
            measures = {
                "bare pages, nothing parsed": lambda c=connection, n=count: timed(bare, c, n),
                "our client": lambda c=connection, n=count: timed(ours, c, n),
            }
            ratios(in_turn(measures, rounds), "bare pages, nothing parsed")
