"""One request and its answer: a deadline for the whole, a limit on the size, no redirects, no odd encodings."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import zlib
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self

import httpx

from unsub_tui import __version__
from unsub_tui.api.pacing import Pacing
from unsub_tui.api.signing import Signer, canonical_query
from unsub_tui.api.target import Target
from unsub_tui.domain.bounds import is_time_in_range
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.secret import Secret

SIZE_LIMIT = 8 * 1024 * 1024
"""Bytes of one answer, as it comes and after decoding."""

LONGEST_WAIT = 3600.0
"""Seconds that a Retry-After header can ask for at most; more is taken as this."""

for _name in ("httpx", "httpcore"):  # their DEBUG lines describe requests
    logging.getLogger(_name).setLevel(logging.WARNING)


class NotSentError(Exception):
    """No byte of the request has left this machine."""


class NoAnswerError(Exception):
    """The request may have been received; no usable answer came. The message says what happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One call, before it becomes a request."""

    operation: str
    """Our name of it."""
    method: str
    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def post(cls, operation: str, url: str, body: Mapping[str, object]) -> Question:
        """Return a POST of a JSON object."""
        return cls(operation=operation, method="POST", url=url, body=to_json(body))


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, read to its end."""

    status: int
    body: bytes
    request_id: str
    clock_offset: timedelta | None
    """The service's clock minus this machine's, to the second."""
    retry_after: float | None
    """Seconds that the service asks to wait."""
    token: Secret | None = None
    """What the identity service gives in a header."""


class Departure:
    """Watches whether the first byte of a request may have left."""

    def __init__(self) -> None:
        self.may_have_begun = False

    async def note(self, event: str, _: object) -> None:
        """Hear what the HTTP library does; what is sent to a proxy counts, too."""
        if "send_request" in event:
            self.may_have_begun = True


class Line:
    """A line to the service, signed. It verifies TLS, follows no redirect, keeps no cookie and repeats nothing."""

    def __init__(
        self, target: Target, pacing: Pacing, *, signer: Signer | None, connections: int, encoding: str
    ) -> None:
        """Take whom to talk to, and who signs: nobody where it is credentials that are asked for.

        `connections` may stay open between calls, at 0 each call has one of its own.
        """
        self._signer = signer
        self._target = target
        self._pacing = pacing
        self._connections = connections
        self._encoding = encoding
        self._stack = AsyncExitStack()
        self._http: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        self._http = await self._stack.enter_async_context(self._open())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._http = None
        await self._stack.aclose()

    async def exchange(self, question: Question, seconds: float, departure: Departure | None = None) -> Reply:
        """Send one request, once, and read its answer; raises NotSentError or NoAnswerError."""
        if self._http is None:
            raise NotSentError("the client is used outside its async with")
        request = self._request(self._http, question)
        departure = departure or Departure()
        departure.may_have_begun = self._target.transport is not None  # another transport does not say
        request.extensions["trace"] = departure.note
        try:
            return await self._send(self._http, request, seconds)
        except _BEFORE_CONNECTING as error:
            raise NotSentError(_reason(error)) from error
        except NoAnswerError:
            raise
        except (httpx.HTTPError, httpx.StreamError, OSError, ValueError) as error:
            late = isinstance(error, TimeoutError)
            reason = f"no whole answer within {seconds:g} s" if late else _reason(error)
            raise (NoAnswerError if departure.may_have_begun else NotSentError)(reason) from error

    async def _send(self, client: httpx.AsyncClient, request: httpx.Request, seconds: float) -> Reply:
        ends = self._pacing.monotonic() + seconds
        async with asyncio.timeout(seconds):
            response = await client.send(request, auth=self._signer, stream=True)
            try:
                body = await self._body(response, ends)
            finally:
                await response.aclose()
        now = self._pacing.now()
        return Reply(
            status=response.status_code,
            body=body,
            request_id=response.headers.get("X-Request-Id", ""),
            clock_offset=_offset(response.headers.get("Date"), now),
            retry_after=_retry_after(response.headers.get("Retry-After"), now),
            token=Secret(response.headers["X-Subject-Token"]) if "X-Subject-Token" in response.headers else None,
        )

    async def _body(self, response: httpx.Response, ends: float) -> bytes:
        """Read the body within its limits; gzip is decoded piece by piece, so that a bomb cannot unfold."""
        decode = self._decoder(response.headers.get("Content-Encoding", ""))
        body, received = bytearray(), 0
        async for piece in response.aiter_raw():
            received += len(piece)
            body += decode(piece, SIZE_LIMIT + 1 - len(body))
            if max(received, len(body)) > SIZE_LIMIT:
                raise NoAnswerError(f"the answer is larger than {SIZE_LIMIT // 1024 // 1024} MB")
            if self._pacing.monotonic() > ends:
                raise TimeoutError
        if received:
            decode(b"", 0)
        return bytes(body)

    def _decoder(self, encoding: str) -> Callable[[bytes, int], bytes]:
        name = encoding.strip().lower()
        if name in ("", "identity"):
            return _as_it_is
        if name == "gzip" and self._encoding == "gzip":
            return _Gzip()
        raise NoAnswerError("the answer is encoded in a way that was not asked for")

    def _request(self, client: httpx.AsyncClient, question: Question) -> httpx.Request:
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": self._encoding,
            "X-Language": self._target.language,
            **question.headers,
        }
        query = f"?{canonical_query(question.query.items())}" if question.query else ""
        return client.build_request(question.method, question.url + query, content=question.body, headers=headers)

    def _open(self) -> httpx.AsyncClient:
        """Return the HTTP client; raises CONFIG for what the environment says about proxies and certificates."""
        is_direct = self._target.hosts.is_direct
        most = max(self._connections, 1)
        try:
            return httpx.AsyncClient(
                transport=self._target.make_transport(),
                verify=_tls(trusts_anybody=not is_direct or self._target.hosts.bss.startswith("https:")),
                trust_env=not is_direct,
                limits=httpx.Limits(max_connections=most, max_keepalive_connections=self._connections),
                timeout=httpx.Timeout(self._pacing.call_seconds, connect=self._pacing.connect_seconds),
                headers={"User-Agent": f"unsub-tui/{__version__}"},
                cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
                follow_redirects=False,
            )
        except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
            detail = "the proxy or the certificates named in the environment cannot be used"
            raise UnsubError(Problem(kind=ProblemKind.CONFIG, detail=detail)) from error


class _Gzip:
    """Decodes one gzip stream, within the room that is left."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)

    def __call__(self, piece: bytes, room: int) -> bytes:
        if not room:  # the end of the body
            if not self._inflate.eof:
                raise NoAnswerError("the answer was cut off")
            return b""
        try:
            decoded = self._inflate.decompress(piece, room)
        except zlib.error as error:
            raise NoAnswerError("the answer is not valid gzip") from error
        if self._inflate.unused_data:
            raise NoAnswerError("the answer goes on after its end")
        return decoded


_BEFORE_CONNECTING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""What happens before there is a connection that could carry the request."""

_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (httpx.ConnectTimeout, "no connection in time"),
    (httpx.PoolTimeout, "no connection became free in time"),
    (httpx.ProxyError, "the proxy refused the connection"),
    (httpx.TimeoutException, "no answer in time"),
    (httpx.RemoteProtocolError, "the answer was cut off, or is not HTTP"),
    (httpx.NetworkError, "the connection broke"),
    (OSError, "the connection broke"),
)


def to_json(body: Mapping[str, object]) -> bytes:
    """Return a body as the service reads it: compact, everything beyond ASCII escaped."""
    return json.dumps(body, separators=(",", ":")).encode()


def _tls(*, trusts_anybody: bool) -> ssl.SSLContext:
    """Return how certificates are verified: always. Where none is due, none is loaded either, which takes time."""
    context = httpx.create_ssl_context() if trusts_anybody else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _as_it_is(piece: bytes, _: int) -> bytes:
    return piece


def _reason(error: Exception) -> str:
    """Return what happened in a few words of ours; others' words may quote a header, and headers hold the signature."""
    if isinstance(error, httpx.ConnectError):
        return clean(str(error)) or "no connection"
    return next((words for kind, words in _WORDS if isinstance(error, kind)), "the request could not be made")


def _offset(date: str | None, now: datetime) -> timedelta | None:
    try:
        when = None if date is None else parsedate_to_datetime(date)
    except (TypeError, ValueError, OverflowError):
        return None
    if when is None:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return when - now if is_time_in_range(when) else None


def _retry_after(value: str | None, now: datetime) -> float | None:
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_WAIT)
    offset = _offset(value, now)
    return None if offset is None else min(max(0.0, offset.total_seconds()), LONGEST_WAIT)
