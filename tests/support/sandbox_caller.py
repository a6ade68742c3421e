"""Calls a sandbox in the process, signed; without any client of ours."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from unsub_tui.sandbox.models import Condition, Resource
from unsub_tui.sandbox.offers import Offer
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.signature import SignedRequest, compute_signature

HOST = "sandbox.invalid"
QUERY = "/v2/orders/suscriptions/resources/query"
UNSUBSCRIBE = "/v2/orders/subscriptions/resources/unsubscribe"
ORDERS = "/v2/orders/customer-orders"
DETAILS = "/v2/orders/customer-orders/details"
REFUNDS = "/v2/orders/customer-orders/refund-orders"
FEE_RECORDS = "/v2/bills/customer-bills/res-fee-records"
RES_RECORDS = "/v2/bills/customer-bills/res-records/query"

Json = dict[str, Any]


def signed_headers(
    key: tuple[str, str], request: SignedRequest, *, date: datetime | None = None, signed: str = "host;x-sdk-date"
) -> dict[str, str]:
    """Sign a request; the date can be a wrong one."""
    text = f"{date or datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    headers = {**request.headers, "x-sdk-date": text}
    covered = SignedRequest(
        method=request.method, path=request.path, query=request.query, headers=headers, body=request.body
    )
    mark = compute_signature(covered, signed.split(";"), text, key[1])
    authorization = f"SDK-HMAC-SHA256 Access={key[0]}, SignedHeaders={signed}, Signature={mark}"
    return {**headers, "authorization": authorization}


@dataclass(frozen=True)
class Caller:
    """Calls as the administrator unless given another key."""

    sandbox: Sandbox
    key: tuple[str, str] = field(default=("", ""))

    async def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        *,
        service: str = "",
        signed: str = "host;x-sdk-date",
    ) -> httpx.Response:
        """Send one signed request, to billing or another service."""
        content = b"" if body is None else json.dumps(body).encode()
        request = SignedRequest(
            method=method,
            path=quote(path),
            query=urlencode(query or {}, doseq=True, quote_via=quote),
            headers={"host": HOST, "content-type": "application/json", **(headers or {})},
            body=content,
        )
        key = self.key if self.key[0] else (self.sandbox.access_key, self.sandbox.secret_key)
        return await self.raw(request, signed_headers(key, request, signed=signed), service)

    async def ask(
        self, service: str, path: str, project: str = "", *, named: str = "", **query: object
    ) -> httpx.Response:
        """Read from another service, signed for a project or else for the account; `named` stands in the header."""
        name, value = ("x-project-id", named or project) if project else ("x-domain-id", self.sandbox.domain_id)
        signed = f"host;{name};x-sdk-date"
        return await self.send("GET", path, query, headers={name: value}, service=service, signed=signed)

    async def raw(self, request: SignedRequest, headers: Mapping[str, str], service: str = "") -> httpx.Response:
        """Send a request as it is."""
        url = f"http://{HOST}{request.path}" + (f"?{request.query}" if request.query else "")
        transport = httpx.ASGITransport(app=self.sandbox.service_apps[service] if service else self.sandbox.app)
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.request(request.method, url, content=request.body, headers=dict(headers))

    def pick(
        self,
        condition: Condition = Condition.NORMAL,
        offer: Offer | None = None,
        *,
        wanted: Callable[[Resource], bool] = lambda _: True,
    ) -> Resource:
        """Return the newest primary resource that fits."""
        return next(
            one
            for one in self.sandbox.account.resources.list_all()
            if one.parent is None and one.condition is condition and offer in (None, one.offer) and wanted(one)
        )

    async def get(self, path: str, **query: object) -> Json:
        """Read, and expect an answer."""
        return _decode(await self.send("GET", path, query))

    async def post(self, path: str, **body: object) -> Json:
        """Post, and expect an answer."""
        return _decode(await self.send("POST", path, body=body))

    async def refused(self, method: str, path: str, values: Mapping[str, object]) -> tuple[int, str]:
        """Call, and expect status and code of a refusal."""
        if method == "GET":
            response = await self.send(method, path, query=values)
        else:
            response = await self.send(method, path, body=values)
        payload = response.json()
        assert set(payload) == {"error_code", "error_msg"}
        return response.status_code, payload["error_code"]

    async def resources(self, **body: object) -> list[Json]:
        """List every resource that fits, page by page."""
        return await _all_rows("data", lambda offset: self.post(QUERY, limit=500, offset=offset, **body))

    async def orders(self, **query: object) -> list[Json]:
        """List every order that fits, page by page."""
        return await _all_rows("order_infos", lambda offset: self.get(ORDERS, limit=100, offset=offset, **query))


async def _all_rows(name: str, read_page: Callable[[int], Awaitable[Json]]) -> list[Json]:
    found: list[Json] = []
    total = 1
    while len(found) < total:
        page = await read_page(len(found))
        total = page["total_count"]
        found += page[name]
        assert page[name] or not total
    return found


def _decode(response: httpx.Response) -> Json:
    assert response.status_code == 200, response.text
    payload = response.json()
    assert isinstance(payload, dict)
    return payload
