"""Unsubscribing: the one call that cannot be undone."""

from __future__ import annotations

from unsub_tui.sandbox.admission import message, refusal
from unsub_tui.sandbox.calls import Call, Operation, Payload


def unsubscribe(call: Call) -> Payload:
    """Give resources back, or their renewal periods."""
    fields = call.parameters
    ids = fields.texts("resource_ids", most=10, required=True)
    scope = fields.number("unsubscribe_type", 1, 2, required=True) or 0
    fields.number("unsubscribe_reason_type", 1, 5)
    fields.text("unsubscribe_reason", most=512)
    fields.close()
    outcome = call.ledger.unsubscribe(tuple(dict.fromkeys(ids)), scope)
    if not outcome.order_ids:
        raise refusal(next(iter(outcome.failures.values())))
    return {
        "order_ids": list(outcome.order_ids),
        "fail_resource_infos": [
            {"resource_id": resource_id, "error_code": code, "error_msg": message(code)}
            for resource_id, code in outcome.failures.items()
        ],
    }


OPERATIONS = (
    Operation(
        name="unsubscribe",
        policy="billing:subscription:unsubscribe",
        method="POST",
        path="/v2/orders/subscriptions/resources/unsubscribe",
        act=unsubscribe,
        writes=True,
        counts=True,
    ),
)
