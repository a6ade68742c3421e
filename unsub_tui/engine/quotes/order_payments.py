"""Payments that no bill contains because they are too recent or older than the retention; they are read from orders.

Order lines name no resource. A line is attributed to a resource only if all lines of its resource type are equal.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from unsub_tui.api.list_client import ResourceQuery
from unsub_tui.domain.order import Order, OrderLine, OrderStatus, OrderType
from unsub_tui.domain.quote import BillType, Payment
from unsub_tui.domain.resource import Resource
from unsub_tui.engine.quotes.bill_cache import BillCache
from unsub_tui.engine.quotes.order_history import END_MARGIN, query_windows

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient

ORDER_DATE_TOLERANCE = timedelta(days=1)
"""Maximum time between the creation of an order and the start of the term that it bought."""

UNBILLED_AGE = timedelta(days=3)
"""Age below which an order may not be in a bill yet."""

MAX_ORDERS = 30
"""Maximum number of orders to examine; two calls each."""

BILL_TYPE_BY_ORDER_TYPE = {
    OrderType.NEW: BillType.PURCHASE,
    OrderType.CONVERSION: BillType.PURCHASE,
    OrderType.TRIAL: BillType.PURCHASE,
    OrderType.RENEWAL: BillType.RENEWAL,
    OrderType.CHANGE: BillType.CHANGE,
}
"""Order types that buy a period, with the bill type of the corresponding rows."""

_MONTHS = {2: 1, 3: 12}
"""Months per order period type: 2 is a month, 3 is a year."""

Window = tuple[datetime, datetime]


async def payments_by_order(
    client: BssClient, bill_cache: BillCache, resources: Sequence[Resource], now: datetime
) -> AsyncGenerator[list[Payment], None]:
    """Yield the payments for these resources found in each order. Raise ApiError on failure."""
    wanted = {each.id: each for each in resources}
    services = frozenset(each.service_type_code.raw for each in resources)
    looked: set[str] = set()
    for begin, end in _windows(resources, now):
        for order in await client.orders(created_from=begin, created_to=end):
            if order.order_id in looked or len(looked) >= MAX_ORDERS or not _is_purchase(order, services):
                continue
            looked.add(order.order_id)
            bought = [
                each
                async for page in client.resource_pages(ResourceQuery(order_id=order.order_id))
                for each in page.resources
            ]
            mine = [each for each in bought if each.id in wanted]
            if mine:
                details = await bill_cache.order(client, order.order_id)
                found = ((payment_of(each, details) or _unreadable(each, details)) for each in mine)
                yield [payment for payment in found if payment is not None]


def _windows(resources: Sequence[Resource], now: datetime) -> list[Window]:
    """Return the windows in which the orders may have been placed: recently, and around the start of each resource.

    Overlapping windows are merged, and long ones are split to the maximum span of a query.
    """
    until = now + END_MARGIN
    found = [(now - UNBILLED_AGE, until)]
    found += [
        (each.effective_time - ORDER_DATE_TOLERANCE, min(until, each.effective_time + ORDER_DATE_TOLERANCE))
        for each in resources
        if each.effective_time is not None and each.effective_time - ORDER_DATE_TOLERANCE < until
    ]
    joined: list[Window] = []
    for begin, end in sorted(found):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return [window for begin, end in joined for window in query_windows(begin, end)]


def _is_purchase(order: Order, services: frozenset[str]) -> bool:
    """Return whether an order may have bought a period for one of these services."""
    return (
        order.order_type in BILL_TYPE_BY_ORDER_TYPE
        and order.status == OrderStatus.COMPLETED
        and order.concerns(*services)
    )


def payment_of(resource: Resource, order: Order) -> Payment | None:
    """Return the payment that an order made for a resource, or None if its lines are ambiguous."""
    lines = _lines_of(resource, order)
    facts = {(line.amounts, line.effective_time, line.expire_time) for line in lines}
    if len(facts) != 1 or lines[0].amounts.net is None or lines[0].amounts.out_of_range:
        return None
    return _line_payment(resource, order, lines[0], lines[0].amounts.net)


def period_of(resource: Resource, order: Order) -> Payment | None:
    """Return the period that an order bought for a resource, without an amount; None if its lines are ambiguous."""
    lines = _lines_of(resource, order)
    if len({(line.effective_time, line.expire_time) for line in lines}) != 1:
        return None
    payment = _line_payment(resource, order, lines[0], Decimal(0))
    unreadable = tuple(dict.fromkeys(name for line in lines for name in line.amounts.out_of_range))
    return None if payment is None else replace(payment, is_amount_stated=False, out_of_range=unreadable)


def _unreadable(resource: Resource, order: Order) -> Payment | None:
    """Return the period that an order bought for a resource if its amount is out of range; otherwise None."""
    payment = period_of(resource, order)
    return payment if payment is not None and payment.out_of_range else None


def _lines_of(resource: Resource, order: Order) -> list[OrderLine]:
    return [line for line in order.lines if line.resource_type_code.raw == resource.resource_type_code.raw]


def _line_payment(resource: Resource, order: Order, line: OrderLine, net: Decimal) -> Payment | None:
    if line.expire_time is None:
        return None
    coupon = line.amounts.coupon or Decimal(0)
    return Payment(
        resource_id=resource.id,
        order_id=order.order_id,
        bill_type=BILL_TYPE_BY_ORDER_TYPE[OrderType(order.order_type)],
        currency=order.currency,
        payable=net + coupon + line.amounts.cards,
        coupon=coupon,
        paid_at=order.payment_time or order.create_time,
        term_start=line.effective_time,
        term_end=line.expire_time,
        period_months=_months(line),
    )


def _months(line: OrderLine) -> int | None:
    months = _MONTHS.get(line.period_type if line.period_type is not None else -1)
    return line.period_num * months if months and line.period_num else None
