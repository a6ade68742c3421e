"""The way between a victim and the service: the victim's transport, and the service's application at the other end.

Calls go over a pipe between two processes. The victim's whole client is the real one; only the socket is another,
so that time can leap, and so that the service's end can kill the victim at any point of a call.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from hashlib import sha256
from multiprocessing.connection import Connection as Pipe
from urllib.parse import unquote

import httpx

from unsub_tui.sandbox.asgi import ABORT_EXTENSION, AsgiApp, Message

Headers = list[tuple[bytes, bytes]]


class TransportFault(Enum):
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
class PipeRequest:
    """A request on the pipe."""

    method: str
    url: str
    path: str
    query: str
    headers: Headers
    body: bytes
    service: str = ""
    """The key of the service besides billing that it is for."""

    @property
    def digest(self) -> str:
        """The hash by which the record identifies the request."""
        return sha256(f"{self.method} {self.url}\n".encode() + self.body).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class PipeResponse:
    """What comes back of it."""

    status: int = 0
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    fault: TransportFault | None = None
    has_more: bool = False
    """There is more to come, for which the victim asks."""

    def first_half(self) -> PipeResponse:
        """Return the first half of it."""
        return replace(self, body=self.body[: len(self.body) // 2], has_more=True)


class HalfBodyRead:
    """The victim has read half of an answer."""


_ERRORS: dict[TransportFault, type[httpx.TransportError]] = {
    TransportFault.CUT: httpx.ReadError,
    TransportFault.LATE: httpx.ReadTimeout,
    TransportFault.ODD: httpx.RemoteProtocolError,
    TransportFault.UNREACHABLE: httpx.ConnectError,
}
"""What httpx makes of each."""


class PipeTransport(httpx.AsyncBaseTransport):
    """Carries the calls of a victim to the process that forked it."""

    def __init__(self, pipe: Pipe, service: str = "") -> None:
        self._pipe = pipe
        self._service = service

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and wait for what comes back; nothing else happens meanwhile."""
        url = request.url
        path, _, query = url.raw_path.decode().partition("?")
        body = await request.aread()
        self._pipe.send(
            PipeRequest(request.method, str(url), path, query, request.headers.raw, body, service=self._service)
        )
        response: PipeResponse = self._pipe.recv()
        if response.fault is not None and not response.status:
            raise _ERRORS[response.fault](response.fault.name)
        return httpx.Response(response.status, headers=response.headers, stream=_Body(self._pipe, response))


class _Body(httpx.AsyncByteStream):
    def __init__(self, pipe: Pipe, response: PipeResponse) -> None:
        self._pipe = pipe
        self._reply = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._reply.body
        if self._reply.has_more:
            self._pipe.send(HalfBodyRead())
            self._pipe.recv()
        if self._reply.fault is not None:
            raise _ERRORS[self._reply.fault](self._reply.fault.name)


class InProcessService:
    """The sandbox's applications, called without a socket."""

    def __init__(self, app: AsgiApp, service_apps: Mapping[str, AsgiApp]) -> None:
        self._apps = {"": app, **service_apps}
        self._loop = asyncio.new_event_loop()

    def respond(self, request: PipeRequest) -> PipeResponse:
        """Let the application of the request's service answer; a pause in it outlasts the client."""
        call = _AsgiCall(request)
        self._loop.run_until_complete(self._apps[request.service](call.scope(), call.receive, call.send))
        return call.response


class _AsgiCall:
    """One call of an ASGI application."""

    def __init__(self, request: PipeRequest) -> None:
        self._ask = request
        self._is_read = False
        self.response = PipeResponse()

    def scope(self) -> dict[str, object]:
        request = self._ask
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote(request.path),
            "raw_path": request.path.encode(),
            "query_string": request.query.encode(),
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "extensions": {ABORT_EXTENSION: {"abort": self._abort, "write": self._send_garbage, "close": lambda: None}},
        }

    async def receive(self) -> Message:
        """Give the request; who asks again waits for a client that gives up."""
        if not self._is_read:
            self._is_read = True
            return {"type": "http.request", "body": self._ask.body}
        if self.response.fault is None and not self.response.status:
            self.response = replace(self.response, fault=TransportFault.LATE)
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take what the application says, unless the client is gone."""
        if self.response.fault is not None:
            return
        if message["type"] == "http.response.start":
            self.response = replace(self.response, status=message["status"], headers=list(message["headers"]))
        else:
            self.response = replace(self.response, body=self.response.body + message.get("body", b""))

    def _abort(self) -> None:
        self.response = replace(self.response, fault=self.response.fault or TransportFault.CUT)

    def _send_garbage(self, _: bytes) -> None:
        self.response = replace(self.response, fault=TransportFault.ODD)
