"""Operation for coupons: the one that paid a part of an order."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from unsub_tui.sandbox.account_fixtures import DOMAIN_ID
from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.models import Order, OrderLine
from unsub_tui.sandbox.order_store import OrderQuery, is_paid
from unsub_tui.sandbox.timestamps import format_timestamp

_DAY = 86400
_KEPT_DAYS = 365
"""Days after its expiry for which a used coupon is listed."""
_CASH_COUPON = 1
_USED = 3
_SINGLE_USE = 1


@partial(Operation, "GET", "/v2/promotions/benefits/coupons", policy="billing:coupon:view")
def coupons(call: Call) -> Payload:
    """Return a page of the used coupons, optionally of one order."""
    fields = call.parameters
    order_id = fields.text("order_id", max_length=64)
    coupon_id = fields.text("coupon_id", max_length=64)
    kind = fields.number("coupon_type", 1, 4)
    status = fields.number("status", 1, 5)
    fields.timestamp("active_start_time")
    fields.timestamp("active_end_time")
    fields.ignore("promotion_plan_id", "source_id")
    offset, limit = fields.page(max_limit=100)
    fields.reject_unknown()
    found = [
        row
        for order in _paid_orders(call, order_id)
        for row in _coupons(call, order)
        if coupon_id in (None, "", row["coupon_id"]) and kind in (None, _CASH_COUPON) and status in (None, _USED)
    ]
    return {"count": len(found), "user_coupons": found[offset : offset + limit]}


def _paid_orders(call: Call, order_id: str | None) -> Iterator[Order]:
    orders = call.account.orders
    for number in orders.query(OrderQuery(order_id=order_id or None)):
        order = orders.by_number(number)
        if is_paid(order.status):
            yield order


def _coupons(call: Call, order: Order) -> Iterator[Payload]:
    """Yield the coupon of an order, unless it paid nothing or expired too long ago."""
    value = sum((row.coupon for row in order.rows if isinstance(row, OrderLine)), Decimal(0))
    expire = order.created + call.account.behavior.coupon_days * _DAY
    if not value or expire + _KEPT_DAYS * _DAY < call.account.now():
        return
    number = f"{zlib.crc32(order.order_id.encode()):010d}"
    yield {
        "coupon_id": f"CPI{number}",
        "coupon_code": f"CP{number}",
        "status": _USED,
        "customer_id": DOMAIN_ID,
        "coupon_type": _CASH_COUPON,
        "measure_id": 1,
        "face_value": float(value),
        "valid_time": format_timestamp(order.created),
        "expire_time": format_timestamp(int(expire)),
        "order_id": order.order_id,
        "promotion_plan_id": f"PP{number}",
        "plan_name": "Cash coupon",
        "plan_desc": "",
        "media_type": 1,
        "fetch_method": 3,
        "use_limits": [],
        "active_time": format_timestamp(order.created),
        "reserve_time": format_timestamp(order.created),
        "promotion_id": None,
        "create_time": format_timestamp(order.created),
        "coupon_version": _SINGLE_USE,
        "balance": None,
        "lock_order_id": None,
        "coupon_usage": None,
        "is_frozen": "0",
        "currency": call.account.site.currency,
        "extend_param1": None,
        "source_id": None,
    }
