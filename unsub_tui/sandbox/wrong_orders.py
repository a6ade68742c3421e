"""Answers to an unsubscription that name an order which is not the one of the unsubscription."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from unsub_tui.sandbox.attempts import asked
from unsub_tui.sandbox.books import OrderQuery, resources_of
from unsub_tui.sandbox.calls import Answer
from unsub_tui.sandbox.faults import Action, Fault
from unsub_tui.sandbox.ledger import Ledger
from unsub_tui.sandbox.records import Kind
from unsub_tui.sandbox.wire import to_json


def with_wrong_order(fault: Fault, ledger: Ledger, request: bytes, done: Answer) -> Answer:
    """Return the answer with the order that the fault asks for, or as it is if it names none or there is none."""
    if fault.action not in (Action.ANSWER_WITH_PURCHASE_ORDER, Action.ANSWER_WITH_ORDER_OF_OTHER):
        return done
    document, (ids, _) = json.loads(done.content), asked(request)
    if not isinstance(document, dict) or not document.get("order_ids"):
        return done
    find = _purchase_order if fault.action is Action.ANSWER_WITH_PURCHASE_ORDER else _order_of_other
    with ledger.lock:
        order_id = find(ledger, ids)
    return replace(done, content=to_json({**document, "order_ids": [order_id]})) if order_id else done


def _purchase_order(ledger: Ledger, ids: Sequence[str]) -> str | None:
    """Return the order by which the first of the resources was bought."""
    resource = ledger.estate.get(ids[0])
    orders = ledger.books.paid_orders(resource.purchase) if resource is not None else ()
    return next((order.order_id for order in orders), None)


def _order_of_other(ledger: Ledger, ids: Sequence[str]) -> str | None:
    """Return the newest unsubscription order that is about none of the resources."""
    for number in ledger.books.listing(OrderQuery(kind=Kind.UNSUBSCRIPTION)):
        order = ledger.books.at(number)
        if not {each.resource_id for each in resources_of(order, ledger.recall)} & set(ids):
            return order.order_id
    return None
