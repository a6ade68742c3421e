"""HTTP transport for a single exchange: overall deadline, size limit, no redirects, only requested encodings."""

from __future__ import annotations

import asyncio
import json
import ssl
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self

from unsub_tui import __version__
from unsub_tui.api.auth import Signer, canonical_query
from unsub_tui.api.endpoints import is_direct
from unsub_tui.api.errors import ExchangeError
from unsub_tui.api.http_library import http
from unsub_tui.api.request_log import LoggedRequest, is_logging, record_request
from unsub_tui.api.retry_policy import RetryPolicy
from unsub_tui.domain.bounds import is_time_in_range
from unsub_tui.domain.fact import FactCode, fact
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.secret import Secret
from unsub_tui.domain.untrusted_text import UntrustedText, for_display

MAX_RESPONSE_BYTES = 8 * 1024 * 1024
"""Maximum number of bytes in a response body, both compressed and decompressed."""

MAX_RETRY_AFTER_SECONDS = 3600.0
"""Upper bound on a Retry-After header, in seconds; larger values are reduced to it."""

Query = Mapping[str, str | tuple[str, ...]]
"""Query parameters; a parameter that may be repeated has a tuple of values."""

TransportFactory = Callable[[], http.AsyncBaseTransport]
"""Creates a transport other than the network, such as an in-process sandbox."""


class NotSentError(ExchangeError):
    """No byte of the request was sent."""


class NoResponseError(ExchangeError):
    """The request may have been received, but no usable response arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """An API call that has not been signed yet."""

    operation: str
    """Our name for the operation."""
    method: str
    url: str
    query: Query = field(default_factory=dict)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def get(cls, operation: str, url: str, fields: Mapping[str, object] | None = None) -> ApiRequest:
        """Return a GET request with these query parameters."""
        query = {name: str(value) for name, value in (fields or {}).items()}
        return cls(operation=operation, method="GET", url=url, query=query)

    @classmethod
    def post(cls, operation: str, url: str, body: Mapping[str, object]) -> ApiRequest:
        """Return a POST request with a JSON object as its body."""
        return cls(operation=operation, method="POST", url=url, body=to_json(body))


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A complete response."""

    status: int
    body: bytes
    request_id: str
    clock_offset: timedelta | None
    """The service's clock minus the local clock, with a resolution of one second."""
    retry_after: float | None
    """Value of Retry-After in seconds, if present."""
    token: Secret | None = None
    """IAM token from the X-Subject-Token header."""
    states_rate: bool = False
    """Whether a header states a rate limit; Huawei Cloud documents none."""


class SendTracker:
    """Records whether the first byte of a request may have been sent."""

    def __init__(self) -> None:
        self.may_have_been_sent = False

    async def trace(self, event: str, _: object) -> None:
        """Handle a trace event of httpcore; bytes sent to a proxy count as sent."""
        if "send_request" in event:
            self.may_have_been_sent = True


class HttpTransport:
    """Signed HTTP connection to the service. It verifies TLS, ignores redirects and cookies, and never retries."""

    def __init__(
        self,
        url: str,
        retry_policy: RetryPolicy,
        signer: Signer | None = None,
        transport_factory: TransportFactory | None = None,
        *,
        connections: int = 0,
        encoding: str = "identity",
    ) -> None:
        """Create a transport to the host of `url`; `signer` is None for calls that obtain credentials.

        `connections` is the maximum number of idle connections; with 0, every call opens its own connection.
        """
        self._url = url
        self._retry_policy = retry_policy
        self.signer = signer
        self._transport_factory = transport_factory
        self._connections = connections
        self._encoding = encoding
        self._http: http.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        self._http = self._build_client()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            http, self._http = self._http, None
            await http.aclose()

    async def send(self, api_request: ApiRequest, seconds: float, tracker: SendTracker | None = None) -> ApiResponse:
        """Send the request once and return the response. Raise NotSentError or NoResponseError on failure."""
        if not is_logging():
            return await self._send_once(api_request, seconds, tracker)
        started, begin = self._retry_policy.now(), self._retry_policy.monotonic()
        result, request_id = "canceled", ""
        try:
            response = await self._send_once(api_request, seconds, tracker)
            result, request_id = str(response.status), response.request_id
        except ExchangeError as error:
            result = error.fact.code
            raise
        finally:
            record_request(
                LoggedRequest(
                    started=started,
                    seconds=self._retry_policy.monotonic() - begin,
                    operation=api_request.operation,
                    method=api_request.method,
                    url=api_request.url,
                    parameters=tuple(api_request.query),
                    result=result,
                    request_id=request_id,
                )
            )
        return response

    async def _send_once(self, api_request: ApiRequest, seconds: float, tracker: SendTracker | None) -> ApiResponse:
        if self._http is None:
            raise NotSentError("request_impossible")
        request = self._build_request(self._http, api_request)
        tracker = tracker or SendTracker()
        tracker.may_have_been_sent = self._transport_factory is not None  # custom transports are not traced
        request.extensions["trace"] = tracker.trace
        try:
            return await self._send_within_deadline(self._http, request, seconds)
        except _BEFORE_CONNECTING as error:
            raise _failure(NotSentError, error, seconds) from error
        except NoResponseError:
            raise
        except (http.HTTPError, http.StreamError, OSError, ValueError) as error:
            kind = NoResponseError if tracker.may_have_been_sent else NotSentError
            raise _failure(kind, error, seconds) from error

    async def _send_within_deadline(
        self, client: http.AsyncClient, request: http.Request, seconds: float
    ) -> ApiResponse:
        ends = self._retry_policy.monotonic() + seconds
        async with asyncio.timeout(seconds):
            response = await client.send(request, auth=self.signer, stream=True)
            try:
                body = await self._body(response, ends)
            finally:
                await response.aclose()
        now = self._retry_policy.now()
        return ApiResponse(
            status=response.status_code,
            body=body,
            request_id=response.headers.get("X-Request-Id", ""),
            clock_offset=_offset(response.headers.get("Date"), now),
            retry_after=_retry_after(response.headers.get("Retry-After"), now),
            token=Secret(response.headers["X-Subject-Token"]) if "X-Subject-Token" in response.headers else None,
            states_rate=any("ratelimit" in name.lower().replace("-", "") for name in response.headers),
        )

    async def _body(self, response: http.Response, ends: float) -> bytes:
        """Return the body; gzip is decompressed in chunks so that a decompression bomb hits the size limit."""
        decode = self._decoder(response.headers.get("Content-Encoding", ""))
        body, received = bytearray(), 0
        async for piece in response.aiter_raw():
            received += len(piece)
            body += decode(piece, MAX_RESPONSE_BYTES + 1 - len(body))
            if max(received, len(body)) > MAX_RESPONSE_BYTES:
                raise NoResponseError("response_too_large", megabytes=MAX_RESPONSE_BYTES // 1024 // 1024)
            if self._retry_policy.monotonic() > ends:
                raise TimeoutError
        if received:
            decode(b"", 0)  # a gzip stream that is cut off is damaged; an empty body has none
        return bytes(body)

    def _decoder(self, encoding: str) -> Callable[[bytes, int], bytes]:
        name = encoding.strip().lower()
        if name in ("", "identity"):
            return _identity_decoder
        if name == "gzip" and self._encoding == "gzip":
            return _Gzip()
        raise NoResponseError("response_encoding")

    def _build_request(self, client: http.AsyncClient, api_request: ApiRequest) -> http.Request:
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": self._encoding,
            "X-Language": "en_US",
            **api_request.headers,
        }
        query = f"?{canonical_query(_pairs(api_request.query))}" if api_request.query else ""
        return client.build_request(
            api_request.method, api_request.url + query, content=api_request.body, headers=headers
        )

    def _build_client(self) -> http.AsyncClient:
        """Return the HTTP client. Raise CONFIG if proxies or certificates named in the environment are unusable."""
        needs_certificates = self._url.startswith("https:") or not is_direct(self._url)
        try:
            return http.AsyncClient(
                transport=self._transport_factory() if self._transport_factory else None,
                verify=create_tls_context(needs_certificates=needs_certificates),
                trust_env=not is_direct(self._url),
                limits=http.Limits(
                    max_connections=max(self._connections, 1), max_keepalive_connections=self._connections
                ),
                timeout=http.Timeout(
                    self._retry_policy.attempt_timeout_seconds, connect=self._retry_policy.connect_timeout_seconds
                ),
                headers={"User-Agent": f"unsub-tui/{__version__}"},
                cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),  # none is kept
                follow_redirects=False,
            )
        except (OSError, ValueError, ImportError, http.InvalidURL) as error:
            raise UnsubError(Problem(kind=ProblemKind.CONFIG, facts=(fact("network_environment"),))) from error


class _Gzip:
    """Decompresses a single gzip stream, up to a number of bytes given with each chunk."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)

    def __call__(self, piece: bytes, room: int) -> bytes:
        if not room:  # the end of the body
            if not self._inflate.eof:
                raise NoResponseError("response_damaged")
            return b""
        try:
            decoded = self._inflate.decompress(piece, room)
        except zlib.error as error:
            raise NoResponseError("response_damaged") from error
        if self._inflate.unused_data:
            raise NoResponseError("response_damaged")
        return decoded


_BEFORE_CONNECTING = (
    http.ConnectError,
    http.ConnectTimeout,
    http.PoolTimeout,
    http.ProxyError,
    http.UnsupportedProtocol,
)
"""Errors raised before a connection exists, which prove that the request was not sent."""

_FAILURES: tuple[tuple[type[Exception], FactCode], ...] = (
    (http.ConnectError, "connection_failed"),
    (http.ConnectTimeout, "connection_timeout"),
    (http.PoolTimeout, "connections_busy"),
    (http.ProxyError, "proxy_refused"),
    (http.TimeoutException, "response_timeout"),
    (TimeoutError, "response_timeout"),
    (http.RemoteProtocolError, "not_http"),
    (http.NetworkError, "connection_broken"),
    (OSError, "connection_broken"),
)


def is_safe_path_segment(text: str) -> bool:
    """Return whether this is an id that is safe in a URL path and in a file name."""
    return UntrustedText(text).is_safe_id and bool(text.strip("."))


def to_json(body: Mapping[str, object]) -> bytes:
    """Return the body as compact JSON with all non-ASCII characters escaped."""
    return json.dumps(body, separators=(",", ":")).encode()


@cache
def create_tls_context(*, needs_certificates: bool) -> ssl.SSLContext:
    """Return a TLS 1.2+ context that verifies certificates.

    CA certificates are slow to load: only on demand, and once for all transports of the process.
    """
    context = http.create_ssl_context() if needs_certificates else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _pairs(query: Query) -> Iterator[tuple[str, str]]:
    for name, value in query.items():
        for each in (value,) if isinstance(value, str) else value:
            yield name, each


def _identity_decoder(piece: bytes, _: int) -> bytes:
    return piece


def _failure(failure: type[NotSentError | NoResponseError], error: Exception, seconds: float) -> ExchangeError:
    """Return the failure for an error of httpx, whose message may quote headers, which hold the signature."""
    code: FactCode = next((code for kind, code in _FAILURES if isinstance(error, kind)), "request_impossible")
    if code == "connection_failed":  # before any header is written
        return failure(code, error=for_display(str(error)))
    return failure(code, seconds=f"{seconds:g}") if code == "response_timeout" else failure(code)


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
        return min(float(text), MAX_RETRY_AFTER_SECONDS)
    offset = _offset(value, now)
    return None if offset is None else min(max(0.0, offset.total_seconds()), MAX_RETRY_AFTER_SECONDS)
