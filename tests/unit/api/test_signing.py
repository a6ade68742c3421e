from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from unsub_tui.api.auth import (
    DATE_FORMAT,
    Signer,
    authorization_header,
    canonical_query,
    canonical_request,
    string_to_sign,
)
from unsub_tui.api.credential_provider import CredentialProvider
from unsub_tui.api.credentials import AccessKey
from unsub_tui.domain.secret import Secret

FILE = json.loads((Path(__file__).parents[2] / "data" / "signing-vectors.json").read_text(encoding="utf-8"))
VECTORS: list[dict[str, Any]] = FILE["vectors"]


def credentials_of(vector: dict[str, Any]) -> AccessKey:
    """Return the invented keys of a vector."""
    given = vector["input"]
    token = given["security_token"]
    return AccessKey(
        access_key=given["access_key"],
        secret_key=Secret(given["secret_key"]),
        security_token=Secret(token) if token else None,
        domain_id=given["domain_id"] or "",
    )


def request_of(vector: dict[str, Any]) -> httpx.Request:
    """Return the request with the very headers that the vendor's SDK sent, except its signature."""
    given, expected = vector["input"], vector["expected"]
    headers = {name: value for name, value in expected["request_headers"].items() if name != "Authorization"}
    body = given["body"] or ""
    return httpx.Request(given["method"], expected["url"], headers=headers, content=body.encode())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_every_step_is_the_vendors(vector: dict[str, Any]) -> None:
    """Canonical request and text to sign are those that the vendor's SDK made."""
    expected, request = vector["expected"], request_of(vector)
    signed = expected["signed_headers"].split(";")
    canonical = canonical_request(request, signed)
    assert canonical == expected["canonical_request"]
    assert string_to_sign(vector["input"]["sdk_date"], canonical) == expected["string_to_sign"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_signature_is_the_vendors(vector: dict[str, Any]) -> None:
    """Where the SDK signs the same headers as we do, the whole Authorization header is the same."""
    given, expected = vector["input"], vector["expected"]
    signer = Signer(
        CredentialProvider.static(credentials_of(vector)),
        lambda: datetime.strptime(given["sdk_date"], DATE_FORMAT).replace(tzinfo=UTC),
    )
    request = request_of(vector)
    (signed,) = list(signer.auth_flow(request))
    ours = signed.headers["Authorization"]
    assert ours == authorization_header(request, credentials_of(vector))
    if f"SignedHeaders={expected['signed_headers']}," in ours:
        assert ours == expected["authorization"]


def test_most_vectors_are_signed_with_the_same_headers() -> None:
    """The comparison above is not empty."""
    same = 0
    for vector in VECTORS:
        signed = vector["expected"]["signed_headers"].split(";")
        same += f"SignedHeaders={';'.join(signed)}," in authorization_header(request_of(vector), credentials_of(vector))
    assert same >= 5


def test_account_token_and_date_are_added() -> None:
    """X-Domain-Id when known, X-Security-Token when temporary, X-Sdk-Date by the given clock unless set before."""
    credentials = AccessKey(
        access_key="FAKEAK", secret_key=Secret("s"), security_token=Secret("the-token"), domain_id="acc-1"
    )
    signer = Signer(CredentialProvider.static(credentials), lambda: datetime(2026, 1, 15, 8, 30, tzinfo=UTC))
    fresh = next(signer.auth_flow(httpx.Request("GET", "https://bss.myhuaweicloud.com/v2/x")))
    assert fresh.headers["X-Domain-Id"] == "acc-1"
    assert fresh.headers["X-Security-Token"] == "the-token"
    assert fresh.headers["X-Sdk-Date"] == "20260115T083000Z"
    assert "host;x-domain-id;x-sdk-date;x-security-token" in fresh.headers["Authorization"]
    dated = httpx.Request("GET", "https://bss.myhuaweicloud.com/v2/x", headers={"X-Sdk-Date": "20250101T000000Z"})
    assert next(signer.auth_flow(dated)).headers["X-Sdk-Date"] == "20250101T000000Z"


def test_a_query_is_encoded_strictly() -> None:
    """What is sent is what is signed: sorted, a blank as %20, a colon as %3A."""
    assert canonical_query([("b", "2026-01-01T00:00:00Z"), ("a", "x y+z")]) == "a=x%20y%2Bz&b=2026-01-01T00%3A00%3A00Z"
