"""The sandbox's signature check against the vendor's own signatures, and against forgeries."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.sandbox_caller import HOST, QUERY, UNSUBSCRIBE, Caller, signed_headers
from unsub_tui.sandbox.auth_state import Key
from unsub_tui.sandbox.service_errors import ServiceError
from unsub_tui.sandbox.signature import SignedRequest, authenticate, canonical_request

VECTORS = json.loads((Path(__file__).parents[2] / "data" / "signing-vectors.json").read_text(encoding="utf-8"))
REQUEST = SignedRequest(method="POST", path=QUERY, query="", headers={"host": HOST}, body=b"{}")


def _request(vector: Any, *, body: str | None = None) -> SignedRequest:
    target = urlsplit(vector["expected"]["request_target"])
    headers = vector["expected"]["request_headers"]
    return SignedRequest(
        method=vector["input"]["method"],
        path=target.path,
        query=target.query,
        headers={name.lower(): value for name, value in headers.items()},
        body=(vector["input"]["body"] if body is None else body).encode(),
    )


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
class TestVectors:
    """Signatures made by the vendor's SDK."""

    key = Key(VECTORS["access_key"], VECTORS["secret_key"], can_write=True)
    now = datetime.strptime(VECTORS["sdk_date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    def test_canonical_request(self, vector: Any) -> None:
        """What is signed is the vendor's text to the letter."""
        signed = vector["expected"]["signed_headers"].split(";")
        assert canonical_request(_request(vector), signed) == vector["expected"]["canonical_request"]

    def test_accepted(self, vector: Any) -> None:
        """The vendor's signature is good."""
        assert authenticate(_request(vector), {self.key.access_key: self.key}, self.now) is self.key

    def test_tampered_body(self, vector: Any) -> None:
        """The signature covers the body."""
        with pytest.raises(ServiceError) as refusal:
            authenticate(_request(vector, body="{} "), {self.key.access_key: self.key}, self.now)
        assert (refusal.value.status, refusal.value.code) == (401, "APIGW.0301")


@pytest.mark.parametrize(("minutes", "status"), [(-16, 401), (-14, 200), (0, 200), (14, 200), (16, 401)], ids=str)
async def test_clock_skew(caller: Caller, minutes: int, status: int) -> None:
    """Requests are good for 15 minutes of the real clock, however far the ledger's clock is ahead."""
    key = (caller.sandbox.access_key, caller.sandbox.secret_key)
    date = datetime.now(UTC) + timedelta(minutes=minutes)
    response = await caller.raw(REQUEST, signed_headers(key, REQUEST, date=date))
    assert response.status_code == status
    assert status == 200 or response.json()["error_code"] == "APIGW.0303"


@pytest.mark.parametrize(
    ("key", "signed"),
    [
        (("NOSUCHKEY", "x"), "host;x-sdk-date"),
        (("SANDBOXADMIN00000001", "wrong"), "host;x-sdk-date"),
        (("SANDBOXADMIN00000001", "wrong"), "x-sdk-date"),
        (("SANDBOXADMIN00000001", "wrong"), "host"),
    ],
    ids=["unknown key", "wrong secret", "host not signed", "date not signed"],
)
async def test_forged(caller: Caller, key: tuple[str, str], signed: str) -> None:
    """Whoever cannot sign is turned away by the gateway."""
    response = await caller.raw(REQUEST, signed_headers(key, REQUEST, signed=signed))
    assert (response.status_code, response.json()["error_code"]) == (401, "APIGW.0301")


async def test_unsigned(caller: Caller) -> None:
    """A request without a signature is turned away, with request id and date all the same."""
    response = await caller.raw(REQUEST, {"host": HOST})
    assert response.status_code == 401
    assert response.headers["x-request-id"]
    assert response.headers["date"].endswith("GMT")


async def test_other_account(caller: Caller) -> None:
    """Keys do not work for an account that they do not belong to."""
    response = await caller.send("POST", QUERY, body={}, headers={"x-domain-id": "another"})
    assert (response.status_code, response.json()["error_code"]) == (403, "CBC.0155")


async def test_reader_may_not_unsubscribe(caller: Caller) -> None:
    """The read-only key lists, but does not unsubscribe."""
    reader = Caller(caller.sandbox, (caller.sandbox.reader_access_key, caller.sandbox.reader_secret_key))
    listed = await reader.resources(only_main_resource=1)
    wanted = {"resource_ids": [listed[0]["resource_id"]], "unsubscribe_type": 1}
    assert await reader.refused("POST", UNSUBSCRIBE, wanted) == (403, "CBC.0151")
    assert not caller.sandbox.account.executions(listed[0]["resource_id"])


async def test_correct_spelling_does_not_exist(caller: Caller) -> None:
    """The query's path is misspelt at the vendor; the correct one is unknown to the gateway."""
    response = await caller.send("POST", "/v2/orders/subscriptions/resources/query", body={})
    assert response.status_code == 404
    assert response.json()["error_msg"].startswith("API not exist or not published")
