"""Server-side verification of SDK-HMAC-SHA256 signatures, over the headers listed by the client."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from unsub_tui.sandbox.auth_state import Key
from unsub_tui.sandbox.service_errors import signature_expired, unauthorized

ALGORITHM = "SDK-HMAC-SHA256"
SKEW_SECONDS = 15 * 60
_NEEDED = frozenset({"host", "x-sdk-date"})
_NO_NAMES: frozenset[str] = frozenset()
_AUTHORIZATION = re.compile(rf"{ALGORITHM} Access=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{{64}})")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """The parts of a request that its signature covers."""

    method: str
    path: str
    """Path as sent, percent-encoded."""
    query: str
    headers: Mapping[str, str]
    """Header values by lowercase name."""
    body: bytes


def canonical_path(path: str) -> str:
    """Return the canonical path: decoded once, each segment percent-encoded, with a trailing slash."""
    encoded = "/".join(quote(segment, safe="~") for segment in unquote(path).split("/"))
    return encoded if encoded.endswith("/") else encoded + "/"


def canonical_query(query: str) -> str:
    """Return the canonical query: percent-encoded pairs, sorted by name and value."""
    pairs = []
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        pairs.append((unquote(name), unquote(value)))
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(pairs))


def canonical_request(request: SignedRequest, signed: list[str]) -> str:
    """Return the canonical request."""
    digest = hashlib.sha256(request.body).hexdigest()
    if request.body:
        digest = request.headers.get("x-sdk-content-sha256", digest)
    return "\n".join(
        (
            request.method.upper(),
            canonical_path(request.path),
            canonical_query(request.query),
            *(f"{name}:{request.headers[name].strip()}" for name in signed),
            "",
            ";".join(signed),
            digest,
        )
    )


def compute_signature(request: SignedRequest, signed: list[str], date: str, secret: str) -> str:
    """Return the expected signature of the request."""
    canonical = hashlib.sha256(canonical_request(request, signed).encode()).hexdigest()
    to_sign = f"{ALGORITHM}\n{date}\n{canonical}"
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def authenticate(
    request: SignedRequest, keys: Mapping[str, Key], now: datetime, further: frozenset[str] = _NO_NAMES
) -> Key:
    """Return the key that signed the request, and the `further` headers with it.

    Raise ServiceError with the gateway's message for a bad signature.
    """
    match = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if match is None:
        raise unauthorized("missing or malformed authorization")
    access, names, given = match.groups()
    signed = names.split(";")
    missing = sorted((_NEEDED | further).difference(signed)) or [name for name in signed if name not in request.headers]
    if missing:
        raise unauthorized(f"header {missing[0]} is not signed")
    _check_date(request.headers["x-sdk-date"], now)
    key = keys.get(access)
    if key is None:
        raise unauthorized(f"AK {access} does not exist")
    right = compute_signature(request, signed, request.headers["x-sdk-date"], key.secret_key)
    if not hmac.compare_digest(right, given):
        raise unauthorized("verify aksk signature fail")
    return key


def _check_date(text: str, now: datetime) -> None:
    try:
        date = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise unauthorized("x-sdk-date is malformed") from None
    if abs((now - date).total_seconds()) > SKEW_SECONDS:
        raise signature_expired()
