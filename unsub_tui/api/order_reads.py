"""Reads of orders and refund rows."""

from __future__ import annotations

from datetime import datetime

from unsub_tui.api import mapping, schemas
from unsub_tui.api.base_client import is_safe_path_segment
from unsub_tui.api.errors import incomplete_listing, invalid_response
from unsub_tui.api.model_reads import ModelReads
from unsub_tui.api.pagination import Page, Paginator
from unsub_tui.api.timestamp_format import format_timestamp
from unsub_tui.domain.order import Order, RefundRow

ORDERS_PATH = "/v2/orders/customer-orders"
ORDER_PAGE_SIZE = 100

UNKNOWN_ORDER = "CBC.30000010"
"""Error code for an order that does not exist in the account."""


class OrderReads(ModelReads):
    """Reads of the account's orders."""

    async def order(self, order_id: str) -> Order:
        """Return the order with all its lines."""
        if not is_safe_path_segment(order_id):
            raise invalid_response("order", "the order's id has characters that no id has")
        found: list[schemas.WireOrder] = []

        async def read(offset: int) -> Page[schemas.WireOrderLine]:
            query = {"limit": str(ORDER_PAGE_SIZE), "offset": str(offset)}
            details = await self._get("order", f"{ORDERS_PATH}/details/{order_id}", query, schemas.WireOrderDetails)
            found.append(details.order_info)
            return Page(tuple(details.order_line_items or ()), details.total_count, offset)

        lines = await Paginator(operation="order", page_size=ORDER_PAGE_SIZE, read_page=read).read_all()
        if found[-1].order_id.casefold() != order_id.casefold():
            raise invalid_response("order", "the answer is about another order")
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
        """Return the orders created in a time window of at most one year, newest first."""
        query = {
            "create_time_begin": format_timestamp(created_from),
            "create_time_end": format_timestamp(created_to),
            "order_by": "-createTime",
            "limit": str(ORDER_PAGE_SIZE),
        }
        if order_type is not None:
            query["order_type"] = str(order_type)
        if status is not None:
            query["status"] = str(status)
        if service_type_code:
            query["service_type_code"] = service_type_code

        async def read(offset: int) -> Page[Order]:
            page = await self._get("list_orders", ORDERS_PATH, query | {"offset": str(offset)}, schemas.WireOrderList)
            return Page(tuple(map(mapping.order, page.order_infos or ())), page.total_count, offset)

        return await Paginator(
            operation="list_orders", page_size=ORDER_PAGE_SIZE, read_page=read, key=lambda order: order.order_id
        ).read_all()

    async def newest_order(
        self, *, order_type: int | None = None, created_from: datetime, created_to: datetime
    ) -> Order | None:
        """Return the newest order in a time window, without its lines, or None; uses one small call."""
        query = {"create_time_begin": format_timestamp(created_from), "create_time_end": format_timestamp(created_to)}
        query |= {"order_by": "-createTime", "limit": "1"}
        if order_type is not None:
            query["order_type"] = str(order_type)
        page = await self._get("list_orders", ORDERS_PATH, query, schemas.WireOrderList)
        return mapping.order(page.order_infos[0]) if page.order_infos else None

    async def refund_rows(self, order_id: str) -> list[RefundRow]:
        """Return the refund rows of an unsubscription order. Raise INCOMPLETE if rows are missing."""
        answer = await self._get(
            "refund_rows", f"{ORDERS_PATH}/refund-orders", {"order_id": order_id}, schemas.WireRefunds
        )
        rows = answer.refund_infos or []
        if len(rows) != answer.total_count:
            raise incomplete_listing("refund_rows", f"{len(rows)} rows of {answer.total_count} came")
        return [mapping.refund_row(row) for row in rows]
