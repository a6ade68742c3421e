"""Reads whose responses are returned as received, for the check of the API contract."""

from __future__ import annotations

from collections.abc import Mapping

from unsub_tui.api.client import BILLS_PATH, ORDERS_PATH, RESOURCES_PATH
from unsub_tui.api.endpoints import Hosts
from unsub_tui.api.errors import invalid_response
from unsub_tui.api.json_object import JsonObject
from unsub_tui.api.retrying_transport import RetryingTransport
from unsub_tui.api.transport import ApiRequest, is_safe_path_segment


class RawReads:
    """Sends reads with the given fields, retried as all reads. Every method may raise ApiError."""

    def __init__(self, hosts: Hosts, transport: RetryingTransport) -> None:
        self._hosts = hosts
        self._transport = transport

    async def resources(self, fields: Mapping[str, object]) -> JsonObject:
        """Return a page of resources."""
        return await self._fetch(ApiRequest.post("list_resources", f"{self._hosts.bss}{RESOURCES_PATH}", fields))

    async def orders(self, fields: Mapping[str, object]) -> JsonObject:
        """Return a page of orders."""
        return await self._fetch(ApiRequest.get("list_orders", f"{self._hosts.bss}{ORDERS_PATH}", fields))

    async def order(self, fields: Mapping[str, object]) -> JsonObject:
        """Return an order, named by `order_id`, with a page of its lines."""
        query = dict(fields)
        order_id = str(query.pop("order_id"))
        if not is_safe_path_segment(order_id):
            raise invalid_response("order", "field_invalid", name="order_id")
        return await self._fetch(ApiRequest.get("order", f"{self._hosts.bss}{ORDERS_PATH}/details/{order_id}", query))

    async def refund_rows(self, fields: Mapping[str, object]) -> JsonObject:
        """Return the refund rows of an unsubscription order."""
        return await self._fetch(ApiRequest.get("refund_rows", f"{self._hosts.bss}{ORDERS_PATH}/refund-orders", fields))

    async def bills(self, fields: Mapping[str, object]) -> JsonObject:
        """Return a page of a month's bill from the newer bill API."""
        url = f"{self._hosts.bss}{BILLS_PATH}res-records/query"
        return await self._fetch(ApiRequest.post("bills", url, fields))

    async def _fetch(self, request: ApiRequest) -> JsonObject:
        return await self._transport.fetch(request, JsonObject.parse)
