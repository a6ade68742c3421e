"""Who asks: access keys, permissions, and the signature as the contract describes it."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote, unquote

from tests.reference_server.parameters import RefusedError
from tests.reference_server.timestamps import now_precise

SIGNATURE_LASTS = timedelta(minutes=15)
_FORM = re.compile(r"SDK-HMAC-SHA256 Access=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})")


@dataclass(frozen=True)
class User:
    """A user of the account with one pair of keys; without a list of permissions all is allowed."""

    name: str
    permissions: frozenset[str] | None = None
    access_key: str = field(default_factory=lambda: "HPUA" + secrets.token_hex(8).upper())
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(30))

    def may(self, permission: str) -> bool:
        """Whether an operation that needs this is allowed; some need none."""
        return not permission or self.permissions is None or permission in self.permissions


class Request(NamedTuple):
    """One request as it arrived; names of headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


def authenticate(users: Sequence[User], domain_id: str, request: Request) -> tuple[User, bool]:
    """Return whose request it is, and whether it names the account; raises RefusedError."""
    headers = request.headers
    found = _FORM.fullmatch(headers.get("authorization", ""))
    if not found:
        raise _refused("x-auth-token not found")
    user = next((each for each in users if each.access_key == found[1]), None)
    if not user:
        raise _refused(f"Get secretKey failed,ak:{found[1]},err:ak not exist")
    signed = found[2].split(";")
    if not {"host", "x-sdk-date"} <= set(signed) or signed != sorted(signed):
        raise _refused("SignedHeaders must contain host and x-sdk-date")
    _check_date(headers.get("x-sdk-date", ""))
    expected = _signature(user.secret_key, headers["x-sdk-date"], _canonical(request, signed))
    if not hmac.compare_digest(expected, found[3]):
        raise _refused("verify aksk signature fail")
    named = headers.get("x-domain-id", "")
    if named and named != domain_id:
        raise _refused("x-domain-id does not match the access key")
    return user, bool(named)


def _refused(why: str, code: str = "APIG.0301") -> RefusedError:
    return RefusedError(401, code, f"Incorrect IAM authentication information: {why}")


def _check_date(text: str) -> None:
    try:
        moment = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise _refused("parse x-sdk-date fail") from None
    if abs(now_precise() - moment) > SIGNATURE_LASTS:
        raise _refused("signature expired, x-sdk-date differs by more than 15 minutes", "APIG.0303")


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")


def _canonical(request: Request, signed: Sequence[str]) -> str:
    method, target, headers, body = request
    path, _, query = target.partition("?")
    uri = "/".join(_encode(each) for each in unquote(path).split("/"))
    pairs = (each.partition("=") for each in query.split("&") if each)
    ordered = sorted((unquote(key), unquote(value)) for key, _, value in pairs)
    lines = [f"{each}:{headers.get(each, '').strip()}" for each in signed]
    payload = hashlib.sha256(body).hexdigest()
    return "\n".join(
        (
            method,
            uri if uri.endswith("/") else f"{uri}/",
            "&".join(f"{_encode(key)}={_encode(value)}" for key, value in ordered),
            *lines,
            "",
            ";".join(signed),
            headers.get("x-sdk-content-sha256") or payload if body else payload,
        )
    )


def _signature(secret: str, date: str, canonical: str) -> str:
    text = f"SDK-HMAC-SHA256\n{date}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
