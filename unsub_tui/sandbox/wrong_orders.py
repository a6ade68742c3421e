"""Fault effects that put a wrong order id into unsubscribe responses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from unsub_tui.sandbox.account_state import AccountState
from unsub_tui.sandbox.asgi import to_json
from unsub_tui.sandbox.calls import RawResponse
from unsub_tui.sandbox.faults import Fault, FaultAction
from unsub_tui.sandbox.models import OrderType
from unsub_tui.sandbox.order_store import OrderQuery, order_resources
from unsub_tui.sandbox.request_log import parse_unsubscribe_body


def replace_order_id(fault: Fault, account: AccountState, request: bytes, response: RawResponse) -> RawResponse:
    """Return the response with the wrong order id of the fault; unchanged for other faults or without such an order."""
    if fault.action not in (FaultAction.ANSWER_WITH_PURCHASE_ORDER, FaultAction.ANSWER_WITH_ORDER_OF_OTHER):
        return response
    document, (ids, _) = json.loads(response.content), parse_unsubscribe_body(request)
    if not isinstance(document, dict) or not document.get("order_ids"):
        return response
    find = _purchase_order if fault.action is FaultAction.ANSWER_WITH_PURCHASE_ORDER else _unrelated_order
    with account.lock:
        order_id = find(account, ids)
    return replace(response, content=to_json({**document, "order_ids": [order_id]})) if order_id else response


def _purchase_order(account: AccountState, ids: Sequence[str]) -> str | None:
    """Return the id of the order that bought the first resource."""
    resource = account.resources.get(ids[0])
    orders = account.orders.paid_orders(resource.purchase_number) if resource is not None else ()
    return next((order.order_id for order in orders), None)


def _unrelated_order(account: AccountState, ids: Sequence[str]) -> str | None:
    """Return the id of the newest unsubscription order with none of the resources."""
    for number in account.orders.query(OrderQuery(order_type=OrderType.UNSUBSCRIPTION)):
        order = account.orders.by_number(number)
        if not {each.resource_id for each in order_resources(order, account.get_purchase)} & set(ids):
            return order.order_id
    return None
