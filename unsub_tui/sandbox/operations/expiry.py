"""Operations for pay-per-use at expiry and for renewal prices."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.models import Condition, Resource, ResourceStatus
from unsub_tui.sandbox.pricing import renewal_price
from unsub_tui.sandbox.service_errors import ServiceError

_PAY_PER_USE = 1
_GRACE_PERIOD = 0
_MONTHS = {2: 1, 3: 12}
"""Months per period unit of a renewal price inquiry."""
_MESSAGES = {
    "CBC.99003012": "The resource ID does not exist.",
    "CBC.99003610": "The resource is in its grace or retention period.",
    "CBC.99003622": "A solution product cannot be changed to pay-per-use.",
    "CBC.99003623": "Another transaction of the resource is in progress.",
    "CBC.99003624": "The resource has been frozen.",
    "CBC.30050007": "The resource is not a main resource.",
    "CBC.30050009": "The resource has been deleted or is not known.",
    "CBC.30050010": "The resource is in an order that waits for payment.",
    "CBC.30050011": "The resource is being unsubscribed or changed.",
    "CBC.30050013": "The resource cannot be renewed.",
}


def to_on_demand(call: Call) -> Payload:
    """Set up or cancel pay-per-use at expiry. Some errors are listed per resource; others fail the request."""
    fields = call.parameters
    wanted = fields.choice("operation", frozenset({"SET_UP", "CANCEL"}), required=True)
    ids = fields.texts("resource_ids", max_items=100, required=True)
    fields.reject_unknown()
    failures: list[Payload] = []
    for resource_id in ids:
        resource = call.account.resources.get(resource_id)
        code = _rejection_code(resource)
        if code is None:
            call.account.set_policy(resource_id, _PAY_PER_USE if wanted == "SET_UP" else _GRACE_PERIOD)
        elif code in ("CBC.99003012", "CBC.99003610"):
            raise ServiceError(code, _MESSAGES[code], 200 if code == "CBC.99003610" else 400)
        else:
            failures.append({"id": resource_id, "error_code": code, "error_msg": _MESSAGES[code]})
    return {"error_details": failures}


def _rejection_code(resource: Resource | None) -> str | None:
    if resource is None or resource.status is ResourceStatus.CLOSED:
        return "CBC.99003012"
    if resource.status is ResourceStatus.EXPIRED:
        return "CBC.99003610"
    if resource.status is ResourceStatus.FROZEN:
        return "CBC.99003624"
    if resource.condition is Condition.SOLUTION:
        return "CBC.99003622"
    return (
        "CBC.99003623"
        if resource.pending_order_id is not None or resource.condition is Condition.IN_TRANSACTION
        else None
    )


def renew_rate(call: Call) -> Payload:
    """Return renewal prices of primary resources, with term discounts but without contract discounts or coupons."""
    fields = call.parameters
    ids = fields.texts("resource_ids", max_items=10, required=True)
    unit = fields.number("period_type", 2, 3, required=True) or 2
    count = fields.number("period_num", 1, 11, required=True) or 1
    with_attached = fields.boolean("include_relative_resources") or False
    fields.reject_unknown()
    mains = [_renewable_resource(call, each) for each in ids]
    months = _MONTHS[unit] * count
    rows = [(each, one) for each in mains for one in (each, *(each.attached if with_attached else ()))]
    prices = {main.resource_id: Decimal(0) for main, _ in rows}
    for main, one in rows:
        prices[main.resource_id] += renewal_price(one, months, call.account.site)
    return {
        "currency": call.account.site.currency,
        "renew_inquiry_results": [{"resource_id": each, "amount": str(price)} for each, price in prices.items()],
        "official_website_rating_result": {"official_website_amount": str(_sum(list(prices.values())))},
        "optional_discount_rating_results": [],
        "fail_resource_infos": [],
    }


def _renewable_resource(call: Call, resource_id: str) -> Resource:
    resource = call.account.resources.get(resource_id)
    if resource is None or resource.status is ResourceStatus.CLOSED:
        raise _renewal_error("CBC.30050009")
    if resource.parent is not None:
        raise _renewal_error("CBC.30050007")
    if resource.condition is Condition.UNPAID:
        raise _renewal_error("CBC.30050010")
    if resource.pending_order_id is not None or resource.condition is Condition.IN_TRANSACTION:
        raise _renewal_error("CBC.30050011")
    if resource.condition is Condition.TRIAL:
        raise _renewal_error("CBC.30050013")
    return resource


def _renewal_error(code: str) -> ServiceError:
    return ServiceError(code, _MESSAGES[code], 200)


def _sum(amounts: Sequence[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


OPERATIONS = (
    Operation(
        name="to_on_demand",
        method="POST",
        path="/v2/orders/subscriptions/resources/to-on-demand",
        handler=to_on_demand,
        needs_write_access=True,
        policy="billing:subscription:renew",
    ),
    Operation(
        name="renew_rate",
        method="POST",
        path="/v2/bills/ratings/period-resources/renew-rate",
        handler=renew_rate,
        policy="billing:contract:viewDiscount",
    ),
)
