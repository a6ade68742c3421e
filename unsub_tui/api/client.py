"""Client for all reads of an account. Reads change nothing, so they may be retried.

The first page of resources needs neither `mapping` nor the domain types that it creates. Each method that needs them
imports them, so that the page appears earlier.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Self

from unsub_tui.api.endpoints import Hosts
from unsub_tui.api.errors import ApiError, invalid_response
from unsub_tui.api.json_object import JsonObject
from unsub_tui.api.moving_listing import iter_moving_pages
from unsub_tui.api.pagination import NO_TOTAL, Page, Paginator
from unsub_tui.api.resource_pages import StringInterner, decode_page
from unsub_tui.api.retrying_transport import RetryingTransport
from unsub_tui.api.transport import ApiRequest, is_safe_path_segment
from unsub_tui.api.wire_format import format_timestamp
from unsub_tui.domain.resource import Resource, join_rows
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

if TYPE_CHECKING:
    from unsub_tui.domain.account import BalanceSummary, EnterpriseProject
    from unsub_tui.domain.coupons import OrderCoupons
    from unsub_tui.domain.order import Order, OrderLine, RefundRow
    from unsub_tui.domain.quote import Payment
    from unsub_tui.domain.renewal_forecast import RenewalPrices

RESOURCE_PAGE_SIZE = 500
ORDER_PAGE_SIZE = 100
BILL_PAGE_SIZE = 1000
PROJECT_PAGE_SIZE = 1000
MAX_QUERY_IDS = 50
"""Maximum number of ids in a resource query."""
MAX_PRICE_IDS = 10
"""Maximum number of ids in a renewal price inquiry."""

UNKNOWN_ORDER = "CBC.30000010"
"""Error code for an order that does not exist in the account."""
_SINGLE_RESOURCE_ERROR_PREFIX = "CBC.300500"
"""Prefix of error codes that reject a whole price inquiry because of one resource, without naming the resource."""
RESOURCES_PATH = "/v2/orders/suscriptions/resources/query"
"""The spelling `suscriptions` is that of the API."""
ORDERS_PATH = "/v2/orders/customer-orders"
BILLS_PATH = "/v2/bills/customer-bills/"
_OWN: Mapping[str, object] = {"method": "oneself"}
"""Only this account: by default, a master account's bills contain the rows of its members."""
_BILL_FILTER: Mapping[str, object] = {"charge_mode": 1, "statistic_type": 3, **_OWN}
"""The account's own yearly/monthly bills, in rows that contain the purchased period."""


class BssClient:
    """Client for all reads of an account. Use one client per event loop; every method may raise ApiError."""

    def __init__(self, hosts: Hosts, transport: RetryingTransport) -> None:
        self._hosts = hosts
        self.transport = transport
        """Sends the reads; has the clock difference and the reduced rates that it observed."""
        self._has_monthly_records = True
        """Whether the newer bill API is published; the older one has no periods."""

    async def __aenter__(self) -> Self:
        await self.transport.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.transport.__aexit__()

    async def find_account(self) -> tuple[str, UntrustedText]:
        """Return the account's id and name, and send the id with all later calls."""
        request = ApiRequest.get("find_account", f"{self._hosts.iam}/v3/auth/domains")
        domains = (await self.transport.fetch(request, JsonObject.parse)).objects("domains")
        known = next((each for each in domains if is_safe_path_segment(each.text("id"))), None)
        if known is not None:
            account_id, name = known.text("id"), known.untrusted("name")
        else:
            caller = await _read_caller(self.transport, self._hosts, "find_account")
            account_id, name = caller.required_text("account_id"), EMPTY
        if not is_safe_path_segment(account_id):
            raise invalid_response("find_account", "field_invalid", name="account_id")
        self.transport.signer.account_id = account_id
        return account_id, name

    async def find_caller(self) -> tuple[UntrustedText, UntrustedText]:
        """Return id and name of the user that the keys belong to; for an agency session, the whole URN as the name."""
        caller = await _read_caller(self.transport, self._hosts, "caller")
        urn = caller.text("principal_urn")  # `iam::ACCOUNT:user:NAME`, or the URN of an agency session
        return caller.untrusted("principal_id"), UntrustedText(urn.partition(":user:")[2] or urn)

    def resource_pages(
        self, *, order_id: str = "", only_main_resource: bool = False, may_move: bool = False
    ) -> AsyncGenerator[Page[Resource], None]:
        """Yield all rows of resources, with unreadable ones, page by page as they arrive.

        If the list changes during the read, its pages are read again, and the first page that replaces the earlier ones
        has `restarted` set. Raise INCOMPLETE unless the list is verified as complete or `may_move` (`moving_listing`).
        """
        listing = self._resources(order_id=order_id, only_main_resource=int(only_main_resource) or None)
        return iter_moving_pages(listing) if may_move else listing.iter_pages()

    async def list_resources(self, *, order_id: str = "", only_main_resource: bool = False) -> list[Resource]:
        """Return all resources, their rows joined (`join_rows`). Raise INCOMPLETE if a row is missing.

        An unreadable row may be of any resource: if one of them has no id, the absence of a resource proves nothing.
        """
        listing = self._resources(order_id=order_id, only_main_resource=int(only_main_resource) or None)
        return join_rows(await listing.read_all())

    async def count_resources(self, *, only_main_resource: bool = False) -> int:
        """Return the `total_count` of the resources, using one small call."""
        listing = self._resources(page_size=1, only_main_resource=int(only_main_resource) or None)
        total = (await listing.read_page(0)).total
        if total == NO_TOTAL:
            raise invalid_response("list_resources", "field_missing", name="total_count")
        return total

    async def resources_by_id(self, ids: Sequence[str]) -> list[Resource]:
        """Return the resources with these ids that exist, in any status, with their attached ones, their rows joined.

        Unreadable rows are among them, as in `list_resources`. Send no request for an empty list, because the service
        would return all resources of the account.
        """
        wanted, found = list(dict.fromkeys(ids)), dict[str, list[Resource]]()
        for first in range(0, len(wanted), MAX_QUERY_IDS):
            some = wanted[first : first + MAX_QUERY_IDS]
            listing = self._resources(resource_ids=some)
            rows = join_rows(await listing.read_all())
            found |= {each.id: [] for each in rows}  # the newest answer about a resource counts
            for each in rows:
                found[each.id].append(each)
        return [each for rows in found.values() for each in rows]

    async def order(self, order_id: str) -> Order:
        """Return the order with all its lines."""
        from unsub_tui.api import mapping

        if not is_safe_path_segment(order_id):
            raise invalid_response("order", "field_invalid", name="order_id")
        found: list[Order] = []

        def decode(operation: str, body: bytes) -> Page[OrderLine]:
            order, lines = mapping.order_page(operation, body)
            found.append(order)
            return lines

        url = f"{self._hosts.bss}{ORDERS_PATH}/details/{order_id}"
        lines = await self.transport.listing(
            ApiRequest.get, "order", url, {}, decode, page_size=ORDER_PAGE_SIZE
        ).read_all()
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
        with_unreadable: bool = False,
    ) -> list[Order]:
        """Return the orders created in a time window of at most one year, newest first, without their lines.

        Raise BAD_RESPONSE if one of them is not readable, unless `with_unreadable`.
        """
        orders = await self._orders(created_from, created_to, order_type, status).read_all()
        unreadable = sum(not each.is_readable for each in orders)
        if unreadable and not with_unreadable:
            raise invalid_response("list_orders", "orders_unreadable", count=unreadable)
        return orders

    async def newest_order(
        self, *, order_type: int | None = None, created_from: datetime, created_to: datetime
    ) -> Order | None:
        """Return the newest order in a time window, without its lines, or None; uses one small call."""
        page = await self._orders(created_from, created_to, order_type, page_size=1).read_page(0)
        return next(iter(page.rows), None)

    async def refund_rows(self, order_id: str) -> list[RefundRow]:
        """Return the refund rows of an unsubscription order. Raise INCOMPLETE if rows are missing."""
        from unsub_tui.api import mapping

        url = f"{self._hosts.bss}{ORDERS_PATH}/refund-orders"
        return await self.transport.fetch(
            ApiRequest.get("refund_rows", url, {"order_id": order_id}), mapping.refund_rows
        )

    async def payments(self, cycle: str, *, resource_id: str = "") -> list[Payment]:
        """Return payments and refunds for periods in a billing month (`2026-03`, UTC+8)."""
        bills, first = await self._bills(cycle, resource_id=resource_id)
        return _payments_in(await bills.read_all(first))

    async def payments_up_to(self, cycle: str, service_type_code: str, *, max_pages: int) -> list[Payment] | None:
        """Return a month's payments for a service (all if empty), or None after the first of more than `max_pages`."""
        bills, first = await self._bills(cycle, service_type_code=service_type_code)
        max_rows = (BILL_PAGE_SIZE - 1) * max_pages  # each page repeats a row of the previous one
        return _payments_in(await bills.read_all(first)) if first.total <= max_rows else None

    async def payments_of_order(self, cycle: str, order_id: str) -> list[Payment]:
        """Return the payments of an order in a billing month; they split the order's total by resource."""
        rows = _payments_in(await self._fee_records(cycle, trade_id=order_id).read_all())
        return [row for row in rows if row.order_id == order_id]

    async def balance(self) -> BalanceSummary:
        """Return the account's balances and debt."""
        from unsub_tui.api import mapping

        url = f"{self._hosts.bss}/v2/accounts/customer-accounts/balances"
        return await self.transport.fetch(ApiRequest.get("balance", url), mapping.balance)

    async def enterprise_projects(self) -> list[EnterpriseProject]:
        """Return all enterprise projects of the account, including disabled projects."""
        from unsub_tui.api import mapping

        listing = self.transport.listing(
            ApiRequest.get,
            "enterprise_projects",
            f"{self._hosts.eps}/v1.0/enterprise-projects",
            {},
            mapping.projects_page,
            page_size=PROJECT_PAGE_SIZE,
        )
        return await listing.read_all()

    async def check_site(self) -> None:
        """Raise ApiError unless the site accepts the account; uses its smallest call that needs an account."""
        request = ApiRequest.get("services", f"{self._hosts.bss}/v2/products/service-types", {"limit": 1, "offset": 0})
        (await self.transport.fetch(request, JsonObject.parse)).total_count()

    async def renewal_prices(self, ids: Sequence[str], months: int) -> RenewalPrices:
        """Return the prices of renewing these primary resources by a term, and problems for those without a price."""
        from unsub_tui.api import mapping

        found = mapping.NO_PRICES
        unit, count = (3, months // 12) if months >= 12 else (2, months)  # years or months
        chunks = [ids[first : first + MAX_PRICE_IDS] for first in range(0, len(ids), MAX_PRICE_IDS)]
        for some in chunks:
            fields = {
                "resource_ids": list(some),
                "period_type": unit,
                "period_num": count,
                "include_relative_resources": True,  # attached resources are renewed as well
            }
            url = f"{self._hosts.bss}/v2/bills/ratings/period-resources/renew-rate"
            request = ApiRequest.post("renewal_prices", url, fields)
            try:
                prices = await self.transport.fetch(request, partial(mapping.renewal_prices, ids=some))
            except ApiError as error:
                if not error.problem.code.raw.startswith(_SINGLE_RESOURCE_ERROR_PREFIX):
                    raise
                if len(some) > 1:
                    chunks += [[each] for each in some]  # a single resource made the inquiry fail
                    continue
                prices = replace(mapping.NO_PRICES, problems={some[0]: error.problem})
            found = found.merged_with(prices)
        return found

    async def coupons(self, order_id: str) -> OrderCoupons:
        """Return the cash coupons that an order was paid with."""
        from unsub_tui.api import mapping

        url = f"{self._hosts.bss}/v2/promotions/benefits/coupons"
        request = ApiRequest.get("coupons", url, {"order_id": order_id})
        return await self.transport.fetch(request, partial(mapping.coupons, order_id=order_id))

    def _resources(self, page_size: int = RESOURCE_PAGE_SIZE, **fields: object) -> Paginator[Resource]:
        url, decode = self._hosts.bss + RESOURCES_PATH, partial(decode_page, interner=StringInterner())
        return self.transport.listing(
            ApiRequest.post,
            "list_resources",
            url,
            fields,
            decode,
            page_size=page_size,
            is_counted=_is_counted,
            lineage=_lineage,
            may_repeat_rows=True,
        )

    def _orders(
        self,
        created_from: datetime,
        created_to: datetime,
        order_type: int | None,
        status: int | None = None,
        page_size: int = ORDER_PAGE_SIZE,
    ) -> Paginator[Order]:
        from unsub_tui.api import mapping

        fields = {
            "create_time_begin": format_timestamp(created_from),
            "create_time_end": format_timestamp(created_to),
            "order_by": "-createTime",
            "order_type": order_type,
            "status": status,
            **_OWN,
        }
        url, decode = self._hosts.bss + ORDERS_PATH, mapping.orders_page
        return self.transport.listing(ApiRequest.get, "list_orders", url, fields, decode, page_size=page_size)

    async def _bills(
        self, cycle: str, *, resource_id: str = "", service_type_code: str = ""
    ) -> tuple[Paginator[Payment | None], Page[Payment | None]]:
        """Return a month's bill and its first page; use the older API if the newer one is not published."""
        from unsub_tui.api import mapping

        if self._has_monthly_records:
            fields: dict[str, object] = {
                "cycle": cycle,
                **_BILL_FILTER,
                "include_zero_record": True,  # a free period was bought as well
                "res_instance_id": resource_id,
                "cloud_service_type": service_type_code,
            }
            url = f"{self._hosts.bss}{BILLS_PATH}res-records/query"
            decode = partial(mapping.bills_page, fields=mapping.MONTHLY_RECORDS)
            bills = self.transport.listing(ApiRequest.post, "bills", url, fields, decode, page_size=BILL_PAGE_SIZE)
            try:
                return bills, await bills.read_page(0)
            except ApiError as error:
                if error.problem.http_status != 404:
                    raise
                self._has_monthly_records = False
        bills = self._fee_records(cycle, resource_id=resource_id, cloud_service_type=service_type_code)
        return bills, await bills.read_page(0)

    def _fee_records(self, cycle: str, **filters: str) -> Paginator[Payment | None]:
        """Return a month's bill from the older API, which can also filter by order (`trade_id`)."""
        from unsub_tui.api import mapping

        fields: dict[str, object] = {"cycle": cycle, **_BILL_FILTER, "include_zero_record": "true", **filters}
        url = f"{self._hosts.bss}{BILLS_PATH}res-fee-records"
        decode = partial(mapping.bills_page, fields=mapping.FEE_RECORDS)
        return self.transport.listing(ApiRequest.get, "bills", url, fields, decode, page_size=BILL_PAGE_SIZE)


async def _read_caller(transport: RetryingTransport, hosts: Hosts, operation: str) -> JsonObject:
    request = ApiRequest.get(operation, f"{hosts.sts}/v5/caller-identity")
    return await transport.fetch(request, JsonObject.parse)


def _is_counted(row: Resource) -> bool | None:
    """Return whether a `total_count` of primary resources counts a row; None for an unreadable row."""
    return row.is_main_resource if row.defect is None else None


def _lineage(row: Resource) -> tuple[str, str]:
    """Return the id of a row and that of the resource it is attached to, or an empty text."""
    return row.id, "" if row.is_main_resource else row.parent_resource_id.raw


def _payments_in(rows: Sequence[Payment | None]) -> list[Payment]:
    return [row for row in rows if row is not None]
