"""Orders and their money."""

from __future__ import annotations

from datetime import datetime

from unsub_tui.api import mapping, wire
from unsub_tui.api.errors import bad_answer, incomplete
from unsub_tui.api.listing import Page, Pages
from unsub_tui.api.model_reads import ModelReads
from unsub_tui.api.reads import is_plain
from unsub_tui.api.times import stamp
from unsub_tui.domain.order import Order, RefundRow

ORDERS_PATH = "/v2/orders/customer-orders"
ORDER_PAGE = 100

UNKNOWN_ORDER = "CBC.30000010"
"""The service's code for an order that the account does not have."""


class OrderReads(ModelReads):
    """Reads of the account's orders."""

    async def order(self, order_id: str) -> Order:
        """Return an order with all its lines."""
        if not is_plain(order_id):
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
        self,
        *,
        order_type: int | None = None,
        status: int | None = None,
        service_type_code: str = "",
        created_from: datetime,
        created_to: datetime,
    ) -> list[Order]:
        """Return the orders created in a window of at most a year, newest first."""
        query = {
            "create_time_begin": stamp(created_from),
            "create_time_end": stamp(created_to),
            "order_by": "-createTime",
            "limit": str(ORDER_PAGE),
        }
        if order_type is not None:
            query["order_type"] = str(order_type)
        if status is not None:
            query["status"] = str(status)
        if service_type_code:
            query["service_type_code"] = service_type_code

        async def read(offset: int) -> Page[Order]:
            page = await self._get("list_orders", ORDERS_PATH, query | {"offset": str(offset)}, wire.WireOrderList)
            return Page(tuple(map(mapping.order, page.order_infos or ())), page.total_count, offset)

        return await Pages(operation="list_orders", size=ORDER_PAGE, read=read, key=lambda order: order.order_id).all()

    async def newest_order(
        self, *, order_type: int | None = None, created_from: datetime, created_to: datetime
    ) -> Order | None:
        """Return the newest order of a window, without its lines, or None: one small call."""
        query = {"create_time_begin": stamp(created_from), "create_time_end": stamp(created_to)}
        query |= {"order_by": "-createTime", "limit": "1"}
        if order_type is not None:
            query["order_type"] = str(order_type)
        page = await self._get("list_orders", ORDERS_PATH, query, wire.WireOrderList)
        return mapping.order(page.order_infos[0]) if page.order_infos else None

    async def refund_rows(self, order_id: str) -> list[RefundRow]:
        """Return the money rows of an unsubscription order."""
        answer = await self._get(
            "refund_rows", f"{ORDERS_PATH}/refund-orders", {"order_id": order_id}, wire.WireRefunds
        )
        rows = answer.refund_infos or []
        if len(rows) != answer.total_count:
            raise incomplete("refund_rows", f"{len(rows)} rows of {answer.total_count} came")
        return [mapping.refund_row(row) for row in rows]
