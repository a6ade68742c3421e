"""Requests of the reads: paths, page sizes and filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from unsub_tui.api.endpoints import Hosts
from unsub_tui.api.transport import ApiRequest
from unsub_tui.api.wire_format import format_timestamp

RESOURCES_PATH = "/v2/orders/suscriptions/resources/query"
"""The spelling `suscriptions` is that of the API."""
ORDERS_PATH = "/v2/orders/customer-orders"
MONTHLY_RECORDS_PATH = "/v2/bills/customer-bills/res-records/query"
FEE_RECORDS_PATH = "/v2/bills/customer-bills/res-fee-records"
BALANCES_PATH = "/v2/accounts/customer-accounts/balances"
SERVICES_PATH = "/v2/products/service-types"
RENEWAL_PRICES_PATH = "/v2/bills/ratings/period-resources/renew-rate"
PROJECTS_PATH = "/v1.0/enterprise-projects"

RESOURCE_PAGE_SIZE = 500
ORDER_PAGE_SIZE = 100
BILL_PAGE_SIZE = 1000
PROJECT_PAGE_SIZE = 1000
MAX_QUERY_IDS = 50
"""Maximum number of ids in a resource query."""
MAX_PRICE_IDS = 10
"""Maximum number of ids in a renewal price inquiry."""

YEARLY_MONTHLY = 1
"""`charge_mode` of yearly/monthly bills."""
DETAIL = 3
"""`statistic_type` of rows that contain the purchased period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceQuery:
    """Filter of a resource listing; empty fields do not filter."""

    order_id: str = ""
    only_main_resource: bool = False

    def body(self) -> dict[str, object]:
        """Return the filter as a request body, without unset fields."""
        return _without_empty({"order_id": self.order_id, "only_main_resource": int(self.only_main_resource)})


ALL_RESOURCES = ResourceQuery()
"""All yearly/monthly resources of the account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillQuery:
    """Filter of a billing month's rows. Empty fields are not sent, because an empty string would filter."""

    cycle: str
    """Billing month in UTC+8, such as `2026-03`."""
    resource_id: str = ""
    service_type_code: str = ""


def account(hosts: Hosts) -> ApiRequest:
    """Return the request for the accounts that the credentials can act for."""
    return ApiRequest(operation="find_account", method="GET", url=f"{hosts.iam}/v3/auth/domains")


def caller(hosts: Hosts, operation: str) -> ApiRequest:
    """Return the request for the identity of the credentials."""
    return ApiRequest(operation=operation, method="GET", url=f"{hosts.sts}/v5/caller-identity")


def resources(hosts: Hosts, fields: Mapping[str, object], offset: int, limit: int = RESOURCE_PAGE_SIZE) -> ApiRequest:
    """Return the request for a page of resources that match these body fields."""
    return ApiRequest.post("list_resources", hosts.bss + RESOURCES_PATH, {**fields, "limit": limit, "offset": offset})


def order(hosts: Hosts, order_id: str, offset: int) -> ApiRequest:
    """Return the request for an order and a page of its lines."""
    return _get("order", f"{hosts.bss}{ORDERS_PATH}/details/{order_id}", limit=ORDER_PAGE_SIZE, offset=offset)


def orders(
    hosts: Hosts,
    window: tuple[datetime, datetime],
    fields: Mapping[str, object],
    offset: int = 0,
    limit: int = ORDER_PAGE_SIZE,
) -> ApiRequest:
    """Return the request for a page of the orders of a time window, newest first; None does not filter."""
    known = {name: value for name, value in fields.items() if value is not None}
    begin, end = map(format_timestamp, window)
    return _get(
        "list_orders",
        hosts.bss + ORDERS_PATH,
        create_time_begin=begin,
        create_time_end=end,
        order_by="-createTime",
        **known,
        limit=limit,
        offset=offset,
    )


def refund_rows(hosts: Hosts, order_id: str) -> ApiRequest:
    """Return the request for the refund rows of an unsubscription order; they are not paginated."""
    return _get("refund_rows", f"{hosts.bss}{ORDERS_PATH}/refund-orders", order_id=order_id)


def monthly_records(hosts: Hosts, query: BillQuery, offset: int) -> ApiRequest:
    """Return the request for a page of a month's bill rows."""
    fields: dict[str, object] = {
        "cycle": query.cycle,
        "charge_mode": YEARLY_MONTHLY,
        "statistic_type": DETAIL,
        "include_zero_record": True,  # a free period was bought as well
        **_without_empty({"res_instance_id": query.resource_id, "cloud_service_type": query.service_type_code}),
        "limit": BILL_PAGE_SIZE,
        "offset": offset,
    }
    return ApiRequest.post("bills", hosts.bss + MONTHLY_RECORDS_PATH, fields)


def fee_records(hosts: Hosts, query: BillQuery, order_id: str, offset: int) -> ApiRequest:
    """Return the request for a page of a month's bill rows from the older API, which can also filter by order."""
    named = {
        "resource_id": query.resource_id,
        "cloud_service_type": query.service_type_code,
        "trade_id": order_id,
    }
    return _get(
        "bills",
        hosts.bss + FEE_RECORDS_PATH,
        cycle=query.cycle,
        charge_mode=YEARLY_MONTHLY,
        statistic_type=DETAIL,
        include_zero_record="true",
        **_without_empty(named),
        limit=BILL_PAGE_SIZE,
        offset=offset,
    )


def balance(hosts: Hosts) -> ApiRequest:
    """Return the request for the account's balances."""
    return _get("balance", hosts.bss + BALANCES_PATH)


def projects(hosts: Hosts, offset: int) -> ApiRequest:
    """Return the request for a page of the account's enterprise projects."""
    return _get("enterprise_projects", hosts.eps + PROJECTS_PATH, limit=PROJECT_PAGE_SIZE, offset=offset)


def first_service(hosts: Hosts) -> ApiRequest:
    """Return the smallest request that a site answers only to its own accounts."""
    return _get("services", hosts.bss + SERVICES_PATH, limit=1, offset=0)


def renewal_prices(hosts: Hosts, ids: Sequence[str], months: int) -> ApiRequest:
    """Return the request for the prices of renewing up to `MAX_PRICE_IDS` resources by months or by years."""
    is_years = months >= 12
    body: dict[str, object] = {
        "resource_ids": list(ids),
        "period_type": 3 if is_years else 2,
        "period_num": months // 12 if is_years else months,
        "include_relative_resources": True,  # attached resources are renewed as well
    }
    return ApiRequest.post("renewal_prices", hosts.bss + RENEWAL_PRICES_PATH, body)


def _get(operation: str, url: str, **query: object) -> ApiRequest:
    fields = {name: str(value) for name, value in query.items()}
    return ApiRequest(operation=operation, method="GET", url=url, query=fields)


def _without_empty(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value}
