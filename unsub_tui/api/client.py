"""Client for all reads of an account. Reads change nothing, so they may be retried.

The first page of resources needs neither the pydantic models (`schemas`) nor `mapping`, whose creation takes longer
than everything else before that page. Each method that needs them imports them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Hashable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar

from unsub_tui.api import read_requests
from unsub_tui.api.endpoints import Hosts
from unsub_tui.api.errors import ApiError, invalid_response
from unsub_tui.api.pagination import Page, Paginator
from unsub_tui.api.read_requests import ALL_RESOURCES, BillQuery, ResourceQuery
from unsub_tui.api.resource_pages import (
    StringInterner,
    decode_caller,
    decode_domains,
    decode_page,
    decode_total,
)
from unsub_tui.api.retrying_transport import RetryingTransport
from unsub_tui.api.transport import ApiRequest
from unsub_tui.api.wire_format import text_of
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

if TYPE_CHECKING:
    from unsub_tui.domain.account import BalanceSummary, EnterpriseProject
    from unsub_tui.domain.order import Order, OrderLine, RefundRow
    from unsub_tui.domain.quote import Payment
    from unsub_tui.domain.renewal_forecast import RenewalPrices

UNKNOWN_ORDER = "CBC.30000010"
"""Error code for an order that does not exist in the account."""
_SINGLE_RESOURCE_ERROR_PREFIX = "CBC.300500"
"""Prefix of error codes that reject a whole price inquiry because of one resource, without naming the resource."""

Row = TypeVar("Row")


class BssClient:
    """Client for all reads of an account. Use one client per event loop; every method may raise ApiError."""

    def __init__(self, hosts: Hosts, transport: RetryingTransport) -> None:
        self._hosts = hosts
        self._transport = transport
        self._has_monthly_records = True
        """Whether the newer bill API is published; the older one has no periods."""

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.__aexit__()

    @property
    def server_time_offset(self) -> timedelta | None:
        """The service's clock minus the local clock, from the latest response."""
        return self._transport.server_time_offset

    @property
    def reduced_rates(self) -> Mapping[str, float]:
        """Current rate in calls per second of each operation that Huawei Cloud has throttled."""
        return self._transport.reduced_rates

    async def find_account(self) -> tuple[str, UntrustedText]:
        """Return the account's id and name, and send the id with all later calls."""
        listed = await self._transport.fetch(read_requests.account(self._hosts), decode_domains)
        if listed:
            account_id, name = listed[0].id, UntrustedText(text_of(listed[0].name))
        else:
            caller = await self._transport.fetch(read_requests.caller(self._hosts, "find_account"), decode_caller)
            account_id, name = caller.account_id, EMPTY
        if not _is_safe_path_segment(account_id):
            raise invalid_response("find_account", "field_invalid", name="account_id")
        self._transport.set_account_id(account_id)
        return account_id, name

    async def find_caller(self) -> tuple[UntrustedText, UntrustedText]:
        """Return id and name of the user that the keys belong to; for an agency session, the whole URN as the name."""
        found = await self._transport.fetch(read_requests.caller(self._hosts, "caller"), decode_caller)
        urn = text_of(found.principal_urn)
        return UntrustedText(text_of(found.principal_id)), UntrustedText(urn.partition(":user:")[2] or urn)

    async def resource_pages(self, query: ResourceQuery = ALL_RESOURCES) -> AsyncGenerator[Page[Resource], None]:
        """Yield all resources page by page as they arrive. Raise INCOMPLETE unless the list is verified as complete.

        If the list changes during the read, it is read again, and its first page has `restarted` set.
        """
        async with aclosing(self._resources(query.body(), StringInterner()).iter_pages()) as pages:
            async for page in pages:
                yield page

    async def list_resources(self, query: ResourceQuery = ALL_RESOURCES) -> list[Resource]:
        """Return the complete list of resources. Raise INCOMPLETE with the reason if it cannot be completed."""
        return await self._resources(query.body(), StringInterner()).read_all()

    async def count_resources(self) -> int:
        """Return the number of resources, using one small call."""
        request = read_requests.resources(self._hosts, {}, offset=0, limit=1)
        return (await self._transport.fetch(request, partial(decode_page, interner=StringInterner()))).total

    async def resources_by_id(self, ids: Sequence[str], *, statuses: Sequence[int] = ()) -> list[Resource]:
        """Return the resources with these ids that exist, with their attached resources.

        Sends no request for an empty list, because the service would return all resources of the account.
        """
        interner, wanted = StringInterner(), list(dict.fromkeys(ids))
        narrowed: dict[str, object] = {"status_list": list(statuses)} if statuses else {}
        found: dict[str, Resource] = {}
        for first in range(0, len(wanted), read_requests.MAX_QUERY_IDS):
            body = {"resource_ids": wanted[first : first + read_requests.MAX_QUERY_IDS], **narrowed}
            found |= {each.id: each for each in await self._resources(body, interner).read_all()}
        return list(found.values())

    async def order(self, order_id: str) -> Order:
        """Return the order with all its lines."""
        from unsub_tui.api import mapping

        if not _is_safe_path_segment(order_id):
            raise invalid_response("order", "field_invalid", name="order_id")
        found: list[Order] = []

        def decode(operation: str, body: bytes) -> Page[OrderLine]:
            order, lines = mapping.order_page(operation, body)
            found.append(order)
            return lines

        request = partial(read_requests.order, self._hosts, order_id)
        lines = await _paginator(self._transport, request, decode, read_requests.ORDER_PAGE_SIZE).read_all()
        if found[-1].order_id.casefold() != order_id.casefold():
            raise invalid_response("order", "other_order")
        return replace(found[-1], lines=tuple(lines))

    async def orders(
        self,
        *,
        order_type: int | None = None,
        status: int | None = None,
        created_from: datetime,
        created_to: datetime,
    ) -> list[Order]:
        """Return the orders created in a time window of at most one year, newest first, without their lines."""
        from unsub_tui.api import mapping

        fields = {"order_type": order_type, "status": status}
        request = partial(read_requests.orders, self._hosts, (created_from, created_to), fields)
        pages = _paginator(
            self._transport,
            request,
            mapping.orders_page,
            read_requests.ORDER_PAGE_SIZE,
            key=lambda order: order.order_id,
        )
        return await pages.read_all()

    async def newest_order(
        self, *, order_type: int | None = None, created_from: datetime, created_to: datetime
    ) -> Order | None:
        """Return the newest order in a time window, without its lines, or None; uses one small call."""
        from unsub_tui.api import mapping

        fields = {"order_type": order_type}
        request = read_requests.orders(self._hosts, (created_from, created_to), fields, limit=1)
        return next(iter((await self._transport.fetch(request, mapping.orders_page)).rows), None)

    async def refund_rows(self, order_id: str) -> list[RefundRow]:
        """Return the refund rows of an unsubscription order. Raise INCOMPLETE if rows are missing."""
        from unsub_tui.api import mapping

        return await self._transport.fetch(read_requests.refund_rows(self._hosts, order_id), mapping.refund_rows)

    async def payments(self, cycle: str, *, resource_id: str = "") -> list[Payment]:
        """Return payments and refunds for periods in a billing month (`2026-03`, UTC+8)."""
        pages, first = await self._bills(BillQuery(cycle=cycle, resource_id=resource_id))
        return _payments_in(await pages.read_all(first))

    async def payments_up_to(self, query: BillQuery, *, max_rows: int) -> list[Payment] | None:
        """Return the payments of a query, or None after the first page if there are more than `max_rows` rows."""
        pages, first = await self._bills(query)
        return _payments_in(await pages.read_all(first)) if first.total <= max_rows else None

    async def payments_of_order(self, cycle: str, order_id: str) -> list[Payment]:
        """Return the payments of an order in a billing month; they split the order's total by resource."""
        rows = _payments_in(await self._fee_records(BillQuery(cycle=cycle), order_id).read_all())
        return [row for row in rows if row.order_id == order_id]

    async def balance(self) -> BalanceSummary:
        """Return the account's balances and debt."""
        from unsub_tui.api import mapping

        return await self._transport.fetch(read_requests.balance(self._hosts), mapping.balance)

    async def enterprise_projects(self) -> list[EnterpriseProject]:
        """Return all enterprise projects of the account, including disabled projects."""
        from unsub_tui.api import mapping

        request = partial(read_requests.projects, self._hosts)
        pages = _paginator(
            self._transport,
            request,
            mapping.projects_page,
            read_requests.PROJECT_PAGE_SIZE,
            key=lambda each: each.project_id,
        )
        return await pages.read_all()

    async def check_site(self) -> None:
        """Raise ApiError unless the site accepts the account; uses one small call."""
        await self._transport.fetch(read_requests.first_service(self._hosts), decode_total)

    async def renewal_prices(self, ids: Sequence[str], months: int) -> RenewalPrices:
        """Return the prices of renewing these primary resources by a term, and problems for those without a price."""
        from unsub_tui.api import mapping

        found = mapping.NO_PRICES
        for first in range(0, len(ids), read_requests.MAX_PRICE_IDS):
            some = ids[first : first + read_requests.MAX_PRICE_IDS]
            found = found.merged_with(await _read_prices(self._transport, self._hosts, some, months))
        return found

    async def _bills(self, query: BillQuery) -> tuple[Paginator[Payment | None], Page[Payment | None]]:
        """Return the listing of a query and its first page; use the older API if the newer one is not published."""
        from unsub_tui.api import mapping

        if self._has_monthly_records:
            request = partial(read_requests.monthly_records, self._hosts, query)
            pages = _paginator(self._transport, request, mapping.monthly_records_page, read_requests.BILL_PAGE_SIZE)
            try:
                return pages, await pages.read_page(0)
            except ApiError as error:
                if error.problem.http_status != 404:
                    raise
                self._has_monthly_records = False
        pages = self._fee_records(query)
        return pages, await pages.read_page(0)

    def _fee_records(self, query: BillQuery, order_id: str = "") -> Paginator[Payment | None]:
        from unsub_tui.api import mapping

        request = partial(read_requests.fee_records, self._hosts, query, order_id)
        return _paginator(self._transport, request, mapping.fee_records_page, read_requests.BILL_PAGE_SIZE)

    def _resources(self, body: Mapping[str, object], interner: StringInterner) -> Paginator[Resource]:
        request, decode = partial(read_requests.resources, self._hosts, body), partial(decode_page, interner=interner)
        return _paginator(
            self._transport, request, decode, read_requests.RESOURCE_PAGE_SIZE, key=lambda resource: resource.id
        )


def _paginator(
    transport: RetryingTransport,
    request: Callable[[int], ApiRequest],
    decode: Callable[[str, bytes], Page[Row]],
    page_size: int,
    key: Callable[[Row], Hashable] | None = None,
) -> Paginator[Row]:
    """Return the reader of a listing whose pages are requested by offset."""

    async def read(offset: int) -> Page[Row]:
        return replace(await transport.fetch(request(offset), decode), offset=offset)

    return Paginator(operation=request(0).operation, page_size=page_size, read_page=read, key=key)


async def _read_prices(transport: RetryingTransport, hosts: Hosts, ids: Sequence[str], months: int) -> RenewalPrices:
    """Query all prices at once; if a single resource makes the inquiry fail, query each resource separately."""
    from unsub_tui.api import mapping

    try:
        request = read_requests.renewal_prices(hosts, ids, months)
        return await transport.fetch(request, partial(mapping.renewal_prices, ids=ids))
    except ApiError as error:
        if not error.problem.code.raw.startswith(_SINGLE_RESOURCE_ERROR_PREFIX):
            raise
        if len(ids) == 1:
            return replace(mapping.NO_PRICES, problems={ids[0]: error.problem})
    found = mapping.NO_PRICES
    for each in ids:
        found = found.merged_with(await _read_prices(transport, hosts, [each], months))
    return found


def _is_safe_path_segment(text: str) -> bool:
    """Return whether this is an id that is safe in a URL path and in a file name."""
    return UntrustedText(text).is_safe_id and bool(text.strip("."))


def _payments_in(rows: Sequence[Payment | None]) -> list[Payment]:
    return [row for row in rows if row is not None]
