"""ASGI helpers: read requests, send JSON responses, and abort connections.

Over a socket, an abort closes the transport, which the server passes in the ASGI scope. In-process calls have no
connection to abort, so the application raises `ConnectionCutError` instead.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.types import Receive, Scope, Send

from unsub_tui.sandbox.signature import SignedRequest

ABORT_EXTENSION = "unsub_tui.abort"
"""Name of the ASGI scope extension with the transport's `abort`, `write` and `close`."""


_WORTH_ZIPPING = 1000
_LOOK_SECONDS = 0.05


class ConnectionCutError(ConnectionError):
    """Replaces an aborted connection for in-process calls."""


def to_json(payload: Mapping[str, object]) -> bytes:
    """Return the payload as a JSON response body."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace")


@dataclass(frozen=True, slots=True)
class AsgiExchange:
    """An ASGI request and its response channel."""

    scope: Scope
    receive: Receive
    send: Send

    async def read_request(self) -> SignedRequest:
        """Return the complete request."""
        parts = []
        more = True
        while more:
            message = await self.receive()
            parts.append(message.get("body", b""))
            more = message["type"] == "http.request" and message.get("more_body", False)
        scope = self.scope
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        return SignedRequest(
            method=scope["method"],
            path=raw_path.decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
            body=b"".join(parts),
        )

    async def send_response(self, status: int, content: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Send a complete response."""
        await self._start(status, content, headers or {})
        await self.send({"type": "http.response.body", "body": content})

    async def send_slowly(self, status: int, content: bytes, size: int, seconds: float) -> None:
        """Send a complete response in chunks of `size` bytes, `seconds` apart."""
        await self._start(status, content, {})
        for first in range(0, len(content), size):
            await self.send({"type": "http.response.body", "body": content[first : first + size], "more_body": True})
            await self.wait(seconds)
        await self.send({"type": "http.response.body", "body": b""})

    async def send_raw(self, content: bytes) -> None:
        """Send bytes that are not HTTP, then abort; in-process calls only abort."""
        extension = self.scope.get("extensions", {}).get(ABORT_EXTENSION)
        if extension is not None:
            extension["write"](content)
            extension["close"]()
        await self.abort()

    async def send_gzipped(self, status: int, content: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Send a complete response, compressed if it is large and the client accepts gzip."""
        accepted = self._header(b"accept-encoding")
        if b"gzip" not in accepted or len(content) < _WORTH_ZIPPING:
            await self.send_response(status, content, headers)
        else:
            zipped = {**(headers or {}), "content-encoding": "gzip"}
            await self.send_response(status, gzip.compress(content, 1), zipped)

    async def send_truncated(self, content: bytes) -> None:
        """Announce the full content length, send half of the content, then abort."""
        await self._start(200, content, {})
        await self.send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
        await self.abort()

    async def abort(self) -> None:
        """Abort the connection. Raise ConnectionCutError for in-process calls."""
        extension = self.scope.get("extensions", {}).get(ABORT_EXTENSION)
        if extension is None:
            raise ConnectionCutError("the connection was cut")
        extension["abort"]()
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def wait(self, seconds: float, unless: Callable[[], bool] = lambda: False) -> None:
        """Wait until the time is over, the client disconnects or `unless` returns true."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not unless():
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_LOOK_SECONDS):
                            if (await self.receive())["type"] == "http.disconnect":
                                return

    def _header(self, wanted: bytes) -> bytes:
        return next((value for name, value in self.scope["headers"] if name.lower() == wanted), b"")

    async def _start(self, status: int, content: bytes, more: Mapping[str, str]) -> None:
        request_id = uuid.uuid4().hex
        headers = {
            "content-type": "application/json;charset=utf-8",
            **({} if status == 204 else {"content-length": str(len(content))}),
            "date": format_datetime(datetime.now(UTC), usegmt=True),
            "x-request-id": request_id,
            "x-iam-trace-id": f"token_sandbox_{request_id}",
            **{name.lower(): value for name, value in more.items()},
        }
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})
