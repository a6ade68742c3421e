"""The reading client: every question that the program asks of the service. It changes nothing and may repeat itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from unsub_tui.api import mapping, wire
from unsub_tui.api.errors import ApiError, bad_answer, incomplete
from unsub_tui.api.exchange import Question
from unsub_tui.api.listing import Page, Pages
from unsub_tui.api.pacing import Pacing
from unsub_tui.api.reading import CONNECTIONS, Reader
from unsub_tui.api.target import Target
from unsub_tui.domain.foreign import NOTHING, Foreign
from unsub_tui.domain.order import Order, RefundRow
from unsub_tui.domain.quote import Payment
from unsub_tui.domain.resource import Resource

__all__ = ["CONNECTIONS", "EVERYTHING", "PAGE", "QUERY_PATH", "BssClient", "ResourcePage", "ResourceQuery"]

QUERY_PATH = "/v2/orders/suscriptions/resources/query"
"""Spelt so by the service."""
ORDERS_PATH = "/v2/orders/customer-orders"
BILLS_PATH = "/v2/bills/customer-bills/res-records/query"
FEE_RECORDS_PATH = "/v2/bills/customer-bills/res-fee-records"
PAGE = 500
ID_LIMIT = 50
"""Ids that one resource query takes."""
ORDER_PAGE = 100
BILL_PAGE = 1000
YEARLY_MONTHLY = 1
"""`charge_mode` of the bills that concern us."""
DETAIL = 3
"""`statistic_type` whose rows have the period that was bought."""


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """Some of the account's resources, and how many there are in all."""

    resources: tuple[Resource, ...]
    total: int


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
        self._hosts = target.hosts
        self._reader = Reader(target, pacing)
        self._older_bills = False

    async def __aenter__(self) -> Self:
        await self._reader.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._reader.__aexit__()

    @property
    def server_time_offset(self) -> timedelta | None:
        """The service's clock minus this machine's, as of the last answer."""
        return self._reader.server_time_offset

    async def find_account(self) -> tuple[str, Foreign]:
        """Return the account's id and name, and name the account in every later call."""
        account_id, name = await self._look_up_account()
        if not _is_plain(account_id):
            raise bad_answer("find_account", "the account's id has characters that no id has")
        self._reader.signer.domain_id = self._reader.signer.domain_id or account_id
        return account_id, name

    async def resources(self, query: ResourceQuery = EVERYTHING) -> AsyncGenerator[ResourcePage, None]:
        """Yield all resources page by page as they arrive; raises INCOMPLETE unless the list was proved whole."""
        async with aclosing(self._resource_pages(query.body(), mapping.Sharing()).each()) as pages:
            async for page in pages:
                yield ResourcePage(page.rows, page.total)

    async def resources_by_id(
        self, ids: Sequence[str], *, statuses: Sequence[int] = (), only_main: bool = False
    ) -> list[Resource]:
        """Return those of these resources that the service knows, with what is attached to them unless `only_main`.

        Never asks with an empty list: the service would answer with the whole account.
        """
        share, wanted = mapping.Sharing(), list(dict.fromkeys(ids))
        narrowed: dict[str, object] = {}
        if statuses:
            narrowed["status_list"] = list(statuses)
        if only_main:
            narrowed["only_main_resource"] = 1
        found: dict[str, Resource] = {}
        for first in range(0, len(wanted), ID_LIMIT):
            body = {"resource_ids": wanted[first : first + ID_LIMIT], **narrowed}
            found |= {each.id: each for each in await self._resource_pages(body, share).all()}
        return list(found.values())

    async def order(self, order_id: str) -> Order:
        """Return an order with all its lines."""
        if not _is_plain(order_id):
            raise bad_answer("order", "the order's id has characters that no id has")
        found: list[wire.WireOrder] = []

        async def read(offset: int) -> Page[wire.WireOrderLine]:
            query = {"limit": str(ORDER_PAGE), "offset": str(offset)}
            details = await self._get("order", f"{ORDERS_PATH}/details/{order_id}", query, wire.WireOrderDetails)
            found.append(details.order_info)
            return Page(tuple(details.order_line_items or ()), details.total_count, offset)

        lines = await Pages(operation="order", size=ORDER_PAGE, read=read).all()
        if found[-1].order_id.casefold() != order_id.casefold():
            raise bad_answer("order", "the answer is about another order")
        return mapping.order(found[-1], lines)

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

        async def read(offset: int) -> Page[Order]:
            page = await self._get("list_orders", ORDERS_PATH, query | {"offset": str(offset)}, wire.WireOrderList)
            return Page(tuple(map(mapping.order, page.order_infos or ())), page.total_count, offset)

        return await Pages(operation="list_orders", size=ORDER_PAGE, read=read, key=lambda order: order.order_id).all()

    async def refund_rows(self, order_id: str) -> list[RefundRow]:
        """Return the money rows of an unsubscription order."""
        answer = await self._get(
            "refund_rows", f"{ORDERS_PATH}/refund-orders", {"order_id": order_id}, wire.WireRefunds
        )
        rows = answer.refund_infos or []
        if len(rows) != answer.total_count:
            raise incomplete("refund_rows", f"{len(rows)} rows of {answer.total_count} came")
        return [mapping.refund_row(row) for row in rows]

    async def payments(self, cycle: str, *, resource_id: str | None = None) -> list[Payment]:
        """Return what was paid for periods in one billing month (`2026-03`, UTC+8), for one resource or for all.

        Where the service does not publish the newer form of its bills, the older one is read, without periods.
        """
        if not self._older_bills:
            try:
                return await self._newer_payments(cycle, resource_id)
            except ApiError as error:
                if error.problem.http_status != 404:
                    raise
                self._older_bills = True
        return await self._older_payments(cycle, resource_id)

    async def _older_payments(self, cycle: str, resource_id: str | None) -> list[Payment]:
        query = {"cycle": cycle, "charge_mode": str(YEARLY_MONTHLY), "statistic_type": str(DETAIL)}
        query |= {"include_zero_record": "true", "limit": str(BILL_PAGE)}
        if resource_id is not None:
            query["resource_id"] = resource_id

        async def read(offset: int) -> Page[Payment | None]:
            page = await self._get("bills", FEE_RECORDS_PATH, query | {"offset": str(offset)}, wire.WireFeeRows)
            rows = tuple(mapping.fee_payment(row, page.currency) for row in page.fee_records or ())
            return Page(rows, page.total_count, offset)

        rows = await Pages(operation="bills", size=BILL_PAGE, read=read).all()
        return [row for row in rows if row is not None]

    async def _newer_payments(self, cycle: str, resource_id: str | None) -> list[Payment]:
        query: dict[str, object] = {
            "cycle": cycle,
            "charge_mode": YEARLY_MONTHLY,
            "statistic_type": DETAIL,
            "include_zero_record": True,  # a period that cost nothing was bought all the same
        }
        if resource_id is not None:
            query["res_instance_id"] = resource_id

        async def read(offset: int) -> Page[Payment | None]:
            body = {**query, "limit": BILL_PAGE, "offset": offset}
            page = await self._post("bills", BILLS_PATH, body, wire.WireBills)
            rows = tuple(mapping.payment(row, page.currency) for row in page.monthly_records or ())
            return Page(rows, page.total_count, offset)

        rows = await Pages(operation="bills", size=BILL_PAGE, read=read).all()
        return [row for row in rows if row is not None]

    def _resource_pages(self, body: Mapping[str, object], share: mapping.Sharing) -> Pages[Resource]:
        async def read(offset: int) -> Page[Resource]:
            question = Question.post(
                "list_resources", self._hosts.bss + QUERY_PATH, {**body, "limit": PAGE, "offset": offset}
            )
            page = await self._reader.ask(question, lambda answer: wire.parse_page(question.operation, answer))
            return Page(tuple(mapping.resource(row, share) for row in page.data or ()), page.total_count, offset)

        return Pages(operation="list_resources", size=PAGE, read=read, key=lambda resource: resource.id)

    async def _look_up_account(self) -> tuple[str, Foreign]:
        answer = await self._ask(
            Question(operation="find_account", method="GET", url=f"{self._hosts.iam}/v3/auth/domains"), wire.WireDomains
        )
        for found in answer.domains or ():
            return found.id, Foreign(found.name)
        caller = await self._ask(
            Question(operation="find_account", method="GET", url=f"{self._hosts.sts}/v5/caller-identity"),
            wire.WireCaller,
        )
        return caller.account_id, NOTHING

    async def _get(self, operation: str, path: str, query: Mapping[str, str], model: type[wire.Model]) -> wire.Model:
        url = self._hosts.bss + path
        return await self._ask(Question(operation=operation, method="GET", url=url, query=query), model)

    async def _post(self, operation: str, path: str, body: Mapping[str, object], model: type[wire.Model]) -> wire.Model:
        return await self._ask(Question.post(operation, self._hosts.bss + path, body), model)

    async def _ask(self, question: Question, model: type[wire.Model]) -> wire.Model:
        def decode(body: bytes) -> wire.Model:
            return wire.parse(question.operation, model, wire.strict(question.operation, body))

        return await self._reader.ask(question, decode)


def _is_plain(text: str) -> bool:
    """Whether this is an id that may stand in a path and in a file's name."""
    return Foreign(text).is_safe_id and bool(text.strip("."))


def _stamp(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
