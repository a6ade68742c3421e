"""A server of raw bytes on a loopback socket: it answers as a test says, however wrong, and counts what arrives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Self

ResponseAction = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""What is done with one request once it has been read."""


def http_response(
    status: int = 200, body: bytes | object = b"", headers: Mapping[str, str] | None = None
) -> ResponseAction:
    """Answer well-formed HTTP; what is not bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"Content-Length": str(len(content)), "Connection": "close", **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return raw_response(f"HTTP/1.1 {status} Any\r\n{head}\r\n".encode("latin-1") + content)


def error_response(status: int, code: str) -> ResponseAction:
    """Answer with an error as the service does."""
    return http_response(status, {"error_code": code, "error_msg": "words"})


def raw_response(content: bytes) -> ResponseAction:
    """Send these bytes, and close."""

    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()

    return act


async def reset_connection(writer: asyncio.StreamWriter) -> None:
    """Reset the connection."""
    writer.transport.abort()


async def never_respond(_: asyncio.StreamWriter) -> None:
    """Say nothing until the test is over."""
    await asyncio.Event().wait()


class RawServer:
    """Serves a list of acts, one a request; the last one is repeated."""

    def __init__(self, *acts: ResponseAction, reads: bool = True) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self.endpoint = ""
        self.request_received = asyncio.Event()
        self._actions: Sequence[ResponseAction] = acts
        self._reads = reads
        self._served = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.endpoint = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._serve(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._reads:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0
            )
            self.requests.append(head + await reader.readexactly(length))
        act = self._actions[min(self._served, len(self._actions) - 1)]
        self._served += 1
        self.request_received.set()
        await act(writer)
