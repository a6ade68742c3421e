"""One request and its answer: a deadline for the whole, a limit on the size, no redirects, no odd encodings."""

from __future__ import annotations

import asyncio
import logging
import ssl
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from unsub_tui.api.pacing import Pacing

SIZE_LIMIT = 8 * 1024 * 1024
"""Bytes of one answer, after decoding."""

for _name in ("httpx", "httpcore"):  # their DEBUG lines describe requests
    logging.getLogger(_name).setLevel(logging.WARNING)


class NotSentError(Exception):
    """No byte of the request has left this machine."""


class NoAnswerError(Exception):
    """The request may have been received; no usable answer came. The message says what happened."""


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


def make_http_client(pacing: Pacing, transport: httpx.AsyncBaseTransport | None, connections: int) -> httpx.AsyncClient:
    """Return an HTTP client that verifies TLS, follows no redirect and repeats nothing; 0 keeps no connection."""
    limits = httpx.Limits(max_connections=max(connections, 1), max_keepalive_connections=connections)
    timeout = httpx.Timeout(pacing.call_seconds, connect=pacing.connect_seconds)
    if transport is not None:
        return httpx.AsyncClient(transport=transport, timeout=timeout, follow_redirects=False)
    context = httpx.create_ssl_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return httpx.AsyncClient(verify=context, limits=limits, timeout=timeout, follow_redirects=False)


async def exchange(client: httpx.AsyncClient, request: httpx.Request, auth: httpx.Auth, pacing: Pacing) -> Reply:
    """Send one request, once; raises NotSentError or NoAnswerError."""
    try:
        async with asyncio.timeout(pacing.call_seconds):
            response = await client.send(request, auth=auth, stream=True)
            try:
                body = await _body(response)
            finally:
                await response.aclose()
    except (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.ProxyError,
        httpx.UnsupportedProtocol,
    ) as error:
        raise NotSentError(_reason(error)) from error
    except TimeoutError as error:
        raise NoAnswerError(f"no whole answer within {pacing.call_seconds:g} s") from error
    except (httpx.HTTPError, httpx.StreamError, OSError) as error:
        raise NoAnswerError(_reason(error)) from error
    return Reply(
        status=response.status_code,
        body=body,
        request_id=response.headers.get("X-Request-Id", ""),
        clock_offset=_offset(response.headers.get("Date"), pacing.now()),
        retry_after=_retry_after(response.headers.get("Retry-After"), pacing.now()),
    )


async def _body(response: httpx.Response) -> bytes:
    """Read the body within the limit; gzip is decoded piece by piece, so that a bomb cannot unfold."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", ""):
        raise NoAnswerError("the answer is encoded in a way that was not asked for")
    inflate = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    body = bytearray()
    async for piece in response.aiter_raw():
        try:
            body += inflate.decompress(piece, SIZE_LIMIT + 1 - len(body)) if inflate else piece
        except zlib.error as error:
            raise NoAnswerError("the answer is not valid gzip") from error
        if len(body) > SIZE_LIMIT:
            raise NoAnswerError(f"the answer is larger than {SIZE_LIMIT // 1024 // 1024} MB")
    if inflate and not inflate.eof:
        raise NoAnswerError("the answer was cut off")
    return bytes(body)


def _reason(error: Exception) -> str:
    """Return what happened in a few words; never the request, whose headers hold the signature."""
    return str(error) or type(error).__name__


def _offset(date: str | None, now: datetime) -> timedelta | None:
    try:
        return None if date is None else parsedate_to_datetime(date) - now
    except (TypeError, ValueError):
        return None


def _retry_after(value: str | None, now: datetime) -> float | None:
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    offset = _offset(value, now)
    return None if offset is None else max(0.0, offset.total_seconds())
