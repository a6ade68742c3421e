"""Vendors of this process that answer as a test says, and remember what they were asked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

import httpx

from tests.support.connections import NO_DELAYS
from unsub_tui.api.connection import AccessKey, Connection, CredentialProvider
from unsub_tui.api.retry_policy import RetryPolicy
from unsub_tui.domain.secret import Secret

SECRET_KEY = "canary-secret-key-b1946ac92492d234"
TOKEN = "canary-security-token-7c6a180b36896a0a"
STUB_CREDENTIALS = AccessKey(
    access_key="CANARYAK000000000001",
    secret_key=Secret(SECRET_KEY),
    security_token=Secret(TOKEN),
    domain_id="acc-1",
    source="a test",
)


@dataclass(frozen=True)
class StubResponse:
    """One answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str | bytes] = field(default_factory=dict)


def json_response(document: object, status: int = 200, **headers: str) -> StubResponse:
    """Return an answer with a JSON body; underscores in the headers' names become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return StubResponse(status, json.dumps(document).encode(), named)


class _Body(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


Responder = Callable[[httpx.Request], StubResponse]


class StubVendor(httpx.AsyncBaseTransport):
    """Answers every request as a function says, and remembers the requests."""

    def __init__(self, answer: Responder) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        await request.aread()
        self.requests.append(request)
        answer = self._answer(request)
        headers = [(name.encode(), _encode_header(value)) for name, value in answer.headers.items()]
        return httpx.Response(answer.status, headers=headers, stream=_Body(answer.body))

    def connection(self, pacing: RetryPolicy = NO_DELAYS) -> Connection:
        """Return a connection to this vendor."""
        return stub_connection("http://127.0.0.1", pacing, lambda: self)


def _encode_header(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


def stub_sequence(*answers: StubResponse) -> StubVendor:
    """Return a vendor that gives these answers one after the other, and the last one for ever."""
    left = list(answers)
    return StubVendor(lambda _: left.pop(0) if len(left) > 1 else left[0])


class RecordingTransport(httpx.AsyncBaseTransport):
    """Lets everything through to another transport, and remembers it."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.requests: list[httpx.Request] = []
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass one request on."""
        self.requests.append(request)
        return await self._inner.handle_async_request(request)

    def bodies(self) -> list[dict[str, object]]:
        """Return the JSON bodies that were sent."""
        return [json.loads(request.content) for request in self.requests if request.content]


def stub_connection(
    endpoint: str, pacing: RetryPolicy = NO_DELAYS, transport: Callable[[], httpx.AsyncBaseTransport] | None = None
) -> Connection:
    """Return a connection to an endpoint, with invented keys."""
    return Connection(
        site="intl",
        endpoint=endpoint,
        credential_provider=CredentialProvider.static(STUB_CREDENTIALS),
        transport_factory=transport,
        retry_policy=pacing,
    )
