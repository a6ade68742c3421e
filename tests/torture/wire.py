"""The way between a victim and the service: the victim's transport, and the service's application at the other end.

Calls go over a pipe between two processes. The victim's whole client is the real one; only the socket is another,
so that time can leap, and so that the service's end can kill the victim at any point of a call.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from multiprocessing.connection import Connection as Pipe
from urllib.parse import unquote

import httpx
from starlette.types import ASGIApp, Message

from unsub_tui.sandbox.asgi import ABORT_EXTENSION

Headers = list[tuple[bytes, bytes]]


class Trouble(Enum):
    """What can come over a victim's call besides an answer."""

    CUT = auto()
    """The connection is cut."""
    LATE = auto()
    """No answer within the victim's deadline."""
    ODD = auto()
    """Bytes that are not HTTP."""
    UNREACHABLE = auto()
    """There is no connection."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request on the pipe."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What comes back of it."""

    status: int = 0
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    trouble: Trouble | None = None
    is_half: bool = False
    """There is more to come, for which the victim asks."""

    def half(self) -> Reply:
        """Return the first half of it."""
        return replace(self, body=self.body[: len(self.body) // 2], is_half=True)


class More:
    """The victim has read half of an answer."""


_ERRORS: dict[Trouble, type[httpx.TransportError]] = {
    Trouble.CUT: httpx.ReadError,
    Trouble.LATE: httpx.ReadTimeout,
    Trouble.ODD: httpx.RemoteProtocolError,
    Trouble.UNREACHABLE: httpx.ConnectError,
}
"""What httpx makes of each."""


class PipeTransport(httpx.AsyncBaseTransport):
    """Carries the calls of a victim to the process that forked it."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and wait for what comes back; nothing else happens meanwhile."""
        url = request.url
        path, _, query = url.raw_path.decode().partition("?")
        self._pipe.send(Ask(request.method, path, query, request.headers.raw, await request.aread()))
        reply: Reply = self._pipe.recv()
        if reply.trouble is not None and not reply.status:
            raise _ERRORS[reply.trouble](reply.trouble.name)
        return httpx.Response(reply.status, headers=reply.headers, stream=_Body(self._pipe, reply))


class _Body(httpx.AsyncByteStream):
    def __init__(self, pipe: Pipe, reply: Reply) -> None:
        self._pipe = pipe
        self._reply = reply

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._reply.body
        if self._reply.is_half:
            self._pipe.send(More())
            self._pipe.recv()
        if self._reply.trouble is not None:
            raise _ERRORS[self._reply.trouble](self._reply.trouble.name)


class Service:
    """The sandbox's application, called without a socket."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()

    def answer(self, ask: Ask) -> Reply:
        """Let the application answer; a pause in it outlasts the client."""
        call = _Call(ask)
        self._loop.run_until_complete(self._app(call.scope(), call.receive, call.send))
        return call.reply


class _Call:
    """One call of an ASGI application."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._is_read = False
        self.reply = Reply()

    def scope(self) -> dict[str, object]:
        ask = self._ask
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": ask.method,
            "scheme": "http",
            "path": unquote(ask.path),
            "raw_path": ask.path.encode(),
            "query_string": ask.query.encode(),
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in ask.headers],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "extensions": {ABORT_EXTENSION: {"abort": self._cut, "write": self._scribble, "close": lambda: None}},
        }

    async def receive(self) -> Message:
        """Give the request; who asks again waits for a client that gives up."""
        if not self._is_read:
            self._is_read = True
            return {"type": "http.request", "body": self._ask.body}
        if self.reply.trouble is None and not self.reply.status:
            self.reply = replace(self.reply, trouble=Trouble.LATE)
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take what the application says, unless the client is gone."""
        if self.reply.trouble is not None:
            return
        if message["type"] == "http.response.start":
            self.reply = replace(self.reply, status=message["status"], headers=list(message["headers"]))
        else:
            self.reply = replace(self.reply, body=self.reply.body + message.get("body", b""))

    def _cut(self) -> None:
        self.reply = replace(self.reply, trouble=self.reply.trouble or Trouble.CUT)

    def _scribble(self, _: bytes) -> None:
        self.reply = replace(self.reply, trouble=Trouble.ODD)
