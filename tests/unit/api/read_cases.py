"""Every read of the client, with the sandbox's name of its operation and a good answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from unsub_tui.api.client import BssClient

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)

RESOURCE = {
    "resource_id": "ecs-1",
    "resource_name": "web",
    "is_main_resource": 1,
    "status": 2,
    "parent_resource_id": None,
    "effective_time": "2026-01-01T02:00:00Z",
    "expire_time": "2027-01-01T15:59:59Z",
    "expire_policy": 3,
    "spec_size": 40,
    "enterprise_project": {"id": "0", "name": "default"},
}
AMOUNTS = {"coupon_amount": 0, "commission_amount": 100.0, "consumed_amount": "453.83"}
ORDER = {
    "order_id": "CS1",
    "order_type": 4,
    "status": 5,
    "currency": "CNY",
    "create_time": "2026-01-15T10:40:00Z",
    "amount_after_discount": 446.17,
    "amount_info": AMOUNTS,
    "measure_id": 1,
}
LINE = {"order_line_item_id": "CS1-1", "period_type": 2, "period_num": None, "amount_info": AMOUNTS}
REFUND = {"amount": -446.17, "measure_id": "1", "base_order_id": "CS0"}
BILL = {
    "res_instance_id": "ecs-1",
    "trade_id": "CS0",
    "bill_type": 1,
    "consume_amount": 12.5,
    "coupon_amount": "1",
    "measure_id": 1,
    "period_type": 20,
    "period_num": 3,
    "consume_time": "2026-01-15T10:40:00Z",
}


@dataclass(frozen=True)
class ReadCase:
    """A read."""

    operation: str
    """The sandbox's name of the operation."""
    answer: object
    """A good answer for the order `CS1` and the resource `ecs-1`."""
    read: Callable[[BssClient, str, str], Awaitable[object]]
    """Reads; takes the ids of an order and of a resource."""


READ_CASES = {
    "resources": ReadCase(
        "query_resources", {"total_count": 1, "data": [RESOURCE]}, lambda client, *_: client.list_resources()
    ),
    "resources by id": ReadCase(
        "query_resources",
        {"total_count": 1, "data": [RESOURCE]},
        lambda client, _, resource_id: client.resources_by_id([resource_id]),
    ),
    "order": ReadCase(
        "show_order",
        {"total_count": 1, "order_info": ORDER, "order_line_items": [LINE]},
        lambda client, order_id, _: client.order(order_id),
    ),
    "orders": ReadCase(
        "list_orders",
        {"total_count": 1, "order_infos": [ORDER]},
        lambda client, *_: client.orders(created_from=SINCE, created_to=UNTIL),
    ),
    "refund rows": ReadCase(
        "refund_orders",
        {"total_count": 1, "refund_infos": [REFUND]},
        lambda client, order_id, _: client.refund_rows(order_id),
    ),
    "bills": ReadCase(
        "res_records",
        {"total_count": 1, "currency": "CNY", "monthly_records": [BILL]},
        lambda client, *_: client.payments("2026-03"),
    ),
    "balance": ReadCase(
        "balances",
        {
            "account_balances": [{"account_type": 1, "amount": 10.5, "currency": "CNY", "measure_id": 1}],
            "debt_amount": 0,
            "measure_id": 1,
            "currency": "CNY",
        },
        lambda client, *_: client.balance(),
    ),
    "projects": ReadCase(
        "enterprise_projects",
        {"total_count": 1, "enterprise_projects": [{"id": "0", "name": "default", "status": 1}]},
        lambda client, *_: client.enterprise_projects(),
    ),
    "site": ReadCase(
        "service_types",
        {"total_count": 1, "service_types": [{"service_type_code": "a", "service_type_name": "b"}]},
        lambda client, *_: client.check_site(),
    ),
    "renewal prices": ReadCase(
        "renew_rate",
        {"currency": "CNY", "renew_inquiry_results": [{"resource_id": "ecs-1", "amount": "90.00"}]},
        lambda client, _, resource_id: client.renewal_prices([resource_id], months=1),
    ),
    "coupons": ReadCase(
        "coupons",
        {
            "count": 1,
            "user_coupons": [
                {"coupon_id": "c-1", "coupon_type": 1, "order_id": "CS1", "expire_time": "2026-12-31T15:59:59Z"}
            ],
        },
        lambda client, order_id, _: client.coupons(order_id),
    ),
    "account": ReadCase(
        "auth_domains",
        {"domains": [{"id": "acc-1", "name": "me"}], "account_id": "acc-1"},
        lambda client, *_: client.find_account(),
    ),
}
