"""Operation that unsubscribes resources, which is irreversible."""

from __future__ import annotations

from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.unsubscribe_rules import error_message, unsubscribe_error


def unsubscribe(call: Call) -> Payload:
    """Unsubscribe from resources, or only from their renewal periods."""
    fields = call.parameters
    ids = fields.texts("resource_ids", max_items=10, required=True)
    unsubscribe_type = fields.number("unsubscribe_type", 1, 2, required=True) or 0
    fields.number("unsubscribe_reason_type", 1, 5)
    fields.text("unsubscribe_reason", max_length=512)
    fields.reject_unknown()
    outcome = call.account.unsubscribe(tuple(dict.fromkeys(ids)), unsubscribe_type)
    if not outcome.order_ids:
        raise unsubscribe_error(next(iter(outcome.failures.values())))
    return {
        "order_ids": list(outcome.order_ids),
        "fail_resource_infos": [
            {"resource_id": resource_id, "error_code": code, "error_msg": error_message(code)}
            for resource_id, code in outcome.failures.items()
        ],
    }


OPERATIONS = (
    Operation(
        name="unsubscribe",
        policy="billing:subscription:unsubscribe",
        method="POST",
        path="/v2/orders/subscriptions/resources/unsubscribe",
        handler=unsubscribe,
        needs_write_access=True,
        is_logged=True,
    ),
)
