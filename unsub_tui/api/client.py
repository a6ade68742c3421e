"""The reading client: every question that the program asks of the service. It changes nothing and may repeat itself."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import quote

import httpx

from unsub_tui.api import wire
from unsub_tui.api.errors import ApiError, TransientError, bad_answer, is_transient, network_problem, service_problem
from unsub_tui.api.exchange import NoAnswerError, NotSentError, Reply, exchange, make_http_client
from unsub_tui.api.listing import ResourcePage, list_pages
from unsub_tui.api.pacing import Pacing, TokenBucket
from unsub_tui.api.signing import Signer
from unsub_tui.api.strict import Json, StrictJsonError, loads
from unsub_tui.api.target import Target
from unsub_tui.domain.foreign import Foreign
from unsub_tui.domain.order import Order, RefundRow
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.quote import Payment
from unsub_tui.domain.resource import Resource

QUERY_PATH = "/v2/orders/suscriptions/resources/query"
"""Spelt so by the service."""
PAGE = 500
ID_LIMIT = 50
"""Ids that one resource query takes."""
ORDER_PAGE = 100
BILL_PAGE = 1000
CONNECTIONS = 8
YEARLY_MONTHLY = 1
"""`charge_mode` of the bills that concern us."""
DETAIL = 3
"""`statistic_type` whose rows have the period that was bought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceQuery:
    """What to list; empty means no filter."""

    service_type_code: str = ""
    status_list: tuple[int, ...] = ()
    order_id: str = ""
    only_main_resource: bool = False

    def body(self) -> dict[str, object]:
        """Return the filter as the service reads it; only what is set is sent."""
        fields: dict[str, object] = {
            "service_type_code": self.service_type_code,
            "status_list": list(self.status_list),
            "order_id": self.order_id,
            "only_main_resource": int(self.only_main_resource),
        }
        return {name: value for name, value in fields.items() if value}


EVERYTHING = ResourceQuery()
"""All yearly/monthly resources of the account."""


class BssClient:
    """Reads of one account. One client an event loop; every method raises ApiError."""

    def __init__(self, target: Target, pacing: Pacing) -> None:
        self._target = target
        self._pacing = pacing
        self._signer = Signer(target.credentials, pacing.now)
        self._stack = AsyncExitStack()
        self._http: httpx.AsyncClient | None = None
        self._buckets: dict[str, TokenBucket] = {}
        self.server_time_offset: timedelta | None = None
        """The service's clock minus this machine's, as of the last answer."""

    async def __aenter__(self) -> Self:
        self._http = await self._stack.enter_async_context(
            make_http_client(self._pacing, self._target.make_transport(), CONNECTIONS)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def find_account(self) -> tuple[str, Foreign]:
        """Return the account's id and name."""
        document = await self._get("find_account", "/v3/auth/domains", {}, base=self._target.hosts.iam)
        found = wire.parse("find_account", wire.WireDomains, document).domains or []
        if found:
            return found[0].id, Foreign(found[0].name)
        document = await self._get("find_account", "/v5/caller-identity", {}, base=self._target.hosts.sts)
        return wire.parse("find_account", wire.WireCaller, document).account_id, Foreign("")

    async def resources(self, query: ResourceQuery = EVERYTHING) -> AsyncIterator[ResourcePage]:
        """Yield all resources page by page as they arrive; raises INCOMPLETE unless the list was proved whole."""
        share = wire.Sharing()

        async def read(offset: int) -> ResourcePage:
            return await self._resource_page(query.body(), offset, share)

        async for page in list_pages(read, PAGE):
            yield page

    async def resources_by_id(
        self, ids: Sequence[str], *, statuses: Sequence[int] = (), only_main: bool = False
    ) -> list[Resource]:
        """Return these resources, with what is attached to them unless `only_main`.

        Never asks with an empty list: the service would answer with the whole account.
        """
        share = wire.Sharing()
        found: list[Resource] = []
        for first in range(0, len(ids), ID_LIMIT):
            body: dict[str, object] = {"resource_ids": list(ids[first : first + ID_LIMIT])}
            if statuses:
                body["status_list"] = list(statuses)
            if only_main:
                body["only_main_resource"] = 1
            offset, total = 0, 1
            while offset < total:
                page = await self._resource_page(body, offset, share)
                found += page.resources
                offset, total = offset + PAGE, page.total
        return list({resource.id: resource for resource in found}.values())

    async def order(self, order_id: str) -> Order:
        """Return an order with all its lines."""
        path = f"/v2/orders/customer-orders/details/{quote(order_id, safe='')}"
        info: wire.WireOrder | None = None
        lines: list[wire.WireOrderLine] = []
        offset, total = 0, 1
        while offset < total:
            query = {"limit": str(ORDER_PAGE), "offset": str(offset)}
            document = await self._get("order", path, query)
            page = wire.parse("order", wire.WireOrderDetails, document)
            info, total = info or page.order_info, page.total_count
            lines += page.order_line_items or []
            offset += ORDER_PAGE
        if info is None or info.order_id != order_id:
            raise bad_answer("order", "the answer is about another order")
        return wire.order(info, lines)

    async def orders(
        self, *, order_type: int | None = None, created_from: datetime, created_to: datetime
    ) -> list[Order]:
        """Return the orders created in a window of at most a year, newest first."""
        query = {
            "create_time_begin": _stamp(created_from),
            "create_time_end": _stamp(created_to),
            "order_by": "-createTime",
            "limit": str(ORDER_PAGE),
        }
        if order_type is not None:
            query["order_type"] = str(order_type)
        found: dict[str, Order] = {}
        offset, total = 0, 1
        while offset < total:
            document = await self._get("list_orders", "/v2/orders/customer-orders", query | {"offset": str(offset)})
            page = wire.parse("list_orders", wire.WireOrderList, document)
            total = page.total_count
            found |= {info.order_id: wire.order(info) for info in page.order_infos or []}
            offset += ORDER_PAGE
        if len(found) < total:
            raise _incomplete("list_orders", len(found), total)
        return list(found.values())

    async def refund_rows(self, order_id: str) -> list[RefundRow]:
        """Return the money rows of an unsubscription order."""
        document = await self._get("refund_rows", "/v2/orders/customer-orders/refund-orders", {"order_id": order_id})
        return [
            wire.refund_row(row) for row in wire.parse("refund_rows", wire.WireRefunds, document).refund_infos or []
        ]

    async def payments(self, cycle: str, *, resource_id: str | None = None) -> list[Payment]:
        """Return what was paid for periods in one billing month (`2026-03`, UTC+8), for one resource or for all."""
        body: dict[str, object] = {"cycle": cycle, "charge_mode": YEARLY_MONTHLY, "statistic_type": DETAIL}
        if resource_id is not None:
            body["res_instance_id"] = resource_id
        found: list[Payment] = []
        seen, offset, total = 0, 0, 1
        while offset < total:
            document = await self._post(
                "bills", "/v2/bills/customer-bills/res-records/query", body | {"limit": BILL_PAGE, "offset": offset}
            )
            page = wire.parse("bills", wire.WireBills, document)
            rows = page.monthly_records or []
            found += [each for row in rows if (each := wire.payment(row, page.currency)) is not None]
            seen, offset, total = seen + len(rows), offset + BILL_PAGE, page.total_count
        if seen < total:
            raise _incomplete("bills", seen, total)
        return found

    async def _resource_page(self, body: Mapping[str, object], offset: int, share: wire.Sharing) -> ResourcePage:
        operation = "list_resources"
        request = self._request(
            "POST", self._target.hosts.bss + QUERY_PATH, body={**body, "limit": PAGE, "offset": offset}
        )
        reply = await self._read(operation, request)
        page = wire.parse_page(operation, reply.body)
        if page.error_code not in (None, "", "CBC.0000"):
            raise ApiError(self._problem(operation, reply))
        return ResourcePage(tuple(wire.resource(row, share) for row in page.data), page.total_count)

    async def _get(self, operation: str, path: str, query: Mapping[str, str], base: str = "") -> Json:
        request = self._request("GET", (base or self._target.hosts.bss) + path, query=query)
        return await self._document(operation, request)

    async def _post(self, operation: str, path: str, body: Mapping[str, object]) -> Json:
        return await self._document(operation, self._request("POST", self._target.hosts.bss + path, body=body))

    async def _document(self, operation: str, request: httpx.Request) -> Json:
        reply = await self._read(operation, request)
        document = wire.object_of(operation, wire.strict(operation, reply.body))
        if wire.has_error(document):
            raise ApiError(self._problem(operation, reply))
        return dict(document)

    def _request(
        self, method: str, url: str, *, query: Mapping[str, str] | None = None, body: Mapping[str, object] | None = None
    ) -> httpx.Request:
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "gzip",
            "X-Language": self._target.language,
        }
        content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        return self._open_http().build_request(method, url, params=query, content=content, headers=headers)

    async def _read(self, operation: str, request: httpx.Request) -> Reply:
        """Send a read until it is answered well: at most five tries and a minute in all."""
        began = self._pacing.monotonic()
        for tried in range(self._pacing.tries):
            try:
                return await self._try(operation, request)
            except TransientError as error:
                pause = self._pacing.pause(tried, error.wait_seconds)
                spent = self._pacing.monotonic() - began
                if tried + 1 == self._pacing.tries or spent + pause > self._pacing.total_seconds:
                    raise
                await self._pacing.sleep(pause)
        raise AssertionError("unreachable: the last try raises")

    async def _try(self, operation: str, request: httpx.Request) -> Reply:
        await self._bucket(operation).take()
        request.headers.pop("X-Sdk-Date", None)  # a later try is signed anew
        try:
            reply = await exchange(self._open_http(), request, self._signer, self._pacing)
        except (NotSentError, NoAnswerError) as error:
            raise TransientError(network_problem(operation, str(error))) from error
        self.server_time_offset = reply.clock_offset or self.server_time_offset
        if 200 <= reply.status < 300:
            return reply
        problem = self._problem(operation, reply)
        raise TransientError(problem, reply.retry_after) if is_transient(problem) else ApiError(problem)

    def _problem(self, operation: str, reply: Reply) -> Problem:
        try:
            document = loads(reply.body)
        except StrictJsonError:
            document = None
        return service_problem(operation, reply.status, document, reply.request_id, self.server_time_offset)

    def _bucket(self, operation: str) -> TokenBucket:
        rate = self._pacing.rates.get(operation, self._pacing.default_rate)
        return self._buckets.setdefault(operation, TokenBucket(rate, self._pacing))

    def _open_http(self) -> httpx.AsyncClient:
        if self._http is None:
            raise ApiError(Problem(kind=ProblemKind.INTERNAL, detail="the client is used outside its async with"))
        return self._http


def _incomplete(operation: str, found: int, total: int) -> ApiError:
    detail = f"{found} of {total} came"
    return ApiError(Problem(kind=ProblemKind.INCOMPLETE, operation=operation, detail=detail))


def _stamp(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
