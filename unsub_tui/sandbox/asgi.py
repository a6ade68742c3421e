"""ASGI helpers: requests, JSON responses, and aborted connections.

Over a socket, an abort closes the transport, which the server passes in the ASGI scope. In-process calls have no
connection to abort, so the application raises `ConnectionCutError` instead.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from unsub_tui.sandbox.service_errors import ServiceError
from unsub_tui.sandbox.signature import SignedRequest

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

ABORT_EXTENSION = "unsub_tui.abort"
"""Name of the ASGI scope extension with the transport's `abort`, `write` and `close`."""

_LOOK_SECONDS = 0.05


class ConnectionCutError(ConnectionError):
    """Replaces an aborted connection for in-process calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawResponse:
    """A response with its own status and headers."""

    content: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def to_json(payload: Mapping[str, object]) -> bytes:
    """Return the payload as a JSON response body."""
    # Ids of a request, which a response repeats, may contain lone surrogates, which UTF-8 cannot encode.
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace")


def error_response(error: ServiceError) -> RawResponse:
    """Return the response for an error."""
    return RawResponse(content=to_json(error.payload()), status=error.status)


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

    async def send_response(self, response: RawResponse) -> None:
        """Send a complete response."""
        await self._start(response)
        await self.send({"type": "http.response.body", "body": response.content})

    async def send_slowly(self, response: RawResponse, size: int, seconds: float) -> None:
        """Send a complete response in chunks of `size` bytes, `seconds` apart."""
        await self._start(response)
        for first in range(0, len(response.content), size):
            chunk = response.content[first : first + size]
            await self.send({"type": "http.response.body", "body": chunk, "more_body": True})
            await self.wait(seconds)
        await self.send({"type": "http.response.body", "body": b""})

    async def send_truncated(self, content: bytes) -> None:
        """Announce the full content length, send half of the content, then abort."""
        await self._start(RawResponse(content=content))
        await self.send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
        await self.abort()

    async def send_raw(self, content: bytes) -> None:
        """Send bytes that are not HTTP, then abort; in-process calls only abort."""
        extension = self.scope.get("extensions", {}).get(ABORT_EXTENSION)
        if extension is not None:
            extension["write"](content)
            extension["close"]()
        await self.abort()

    async def abort(self) -> None:
        """Abort the connection. Raise ConnectionCutError for in-process calls."""
        extension = self.scope.get("extensions", {}).get(ABORT_EXTENSION)
        if extension is None:
            raise ConnectionCutError("the connection was cut")
        extension["abort"]()
        await self._disconnected()

    async def wait(self, seconds: float, unless: Callable[[], bool] = lambda: False) -> None:
        """Wait until the time is over, the client disconnects or `unless` returns true."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        gone = loop.create_task(self._disconnected())
        try:
            while not gone.done() and not unless() and (left := end - loop.time()) > 0:
                await asyncio.wait((gone,), timeout=min(left, _LOOK_SECONDS))
        finally:
            gone.cancel()

    async def _disconnected(self) -> None:
        """Return when the client has disconnected."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def _start(self, response: RawResponse) -> None:
        request_id = uuid.uuid4().hex
        headers = {
            "content-type": "application/json;charset=utf-8",
            **({} if response.status == 204 else {"content-length": str(len(response.content))}),
            "date": format_datetime(datetime.now(UTC), usegmt=True),
            "x-request-id": request_id,
            "x-iam-trace-id": f"token_sandbox_{request_id}",
            **{name.lower(): value for name, value in response.headers.items()},
        }
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": response.status, "headers": raw})
