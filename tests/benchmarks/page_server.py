"""A server of ready-made pages in a process of its own: it costs the client under measure nothing but the wire.

    python -m tests.benchmarks.page_server COUNT LATENCY_SECONDS

The pages are the sandbox's own answers, made once; signatures are not checked. Prints its port.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx

from tests.benchmarks.measured_programs import read_first_line
from tests.support.connections import connect, make_sandbox
from unsub_tui.api.client import RESOURCE_PAGE_SIZE


class BodyRecorder(httpx.AsyncBaseTransport):
    """Leads into a sandbox, and keeps every body that comes out, by its offset."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.bodies: dict[int, bytes] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass one request on."""
        response = await self._inner.handle_async_request(request)
        body = await response.aread()
        self.bodies[json.loads(request.content)["offset"]] = body
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(body))


async def make_rows(count: int) -> list[bytes]:
    """Return every row as the sandbox writes it."""
    sandbox = make_sandbox(count)
    recorder = BodyRecorder(httpx.ASGITransport(app=sandbox.app))
    async with replace(connect(sandbox), transport_factory=lambda: recorder).read_client() as client:
        async for _ in client.resource_pages():
            pass
    rows: dict[int, bytes] = {}
    for offset, body in recorder.bodies.items():
        for place, row in enumerate(json.loads(body)["data"], start=offset):
            rows[place] = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace")
    return [rows[place] for place in range(count)]


class PageServer:
    """Answers every request with the rows that its offset and limit name."""

    def __init__(self, rows: list[bytes], latency_seconds: float) -> None:
        self._rows = rows
        self._latency_seconds = latency_seconds
        self._made: dict[int, bytes] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until its end."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                asked = json.loads(await reader.readexactly(length))
                if self._latency_seconds:
                    await asyncio.sleep(self._latency_seconds)
                writer.write(self._page(int(asked.get("offset", 0))))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _page(self, offset: int) -> bytes:
        if offset not in self._made:
            rows = b",".join(self._rows[offset : offset + RESOURCE_PAGE_SIZE])
            body = b'{"total_count":%d,"data":[%b]}' % (len(self._rows), rows)
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
            self._made[offset] = head + body
        return self._made[offset]


@contextmanager
def page_server(count: int, latency_seconds: float) -> Iterator[int]:
    """Run the server in a process of its own; gives its port."""
    words = [sys.executable, "-m", "tests.benchmarks.page_server", str(count), str(latency_seconds)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(read_first_line(process))
        finally:
            process.kill()


async def main() -> None:
    """Serve until killed."""
    count, latency = sys.argv[1:]
    server = PageServer(await make_rows(int(count)), float(latency))
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, limit=1 << 20)
    sys.stdout.write(f"{listener.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await listener.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
