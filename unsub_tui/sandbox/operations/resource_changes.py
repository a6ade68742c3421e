"""Operations that change resources, and renewal prices: unsubscription, auto-renewal, pay-per-use."""

from __future__ import annotations

from functools import partial

from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.models import Condition, OrderStatus, Resource, ResourceStatus
from unsub_tui.sandbox.offers import ADDRESS, STORAGE_PACKAGE
from unsub_tui.sandbox.pricing import renewal_price
from unsub_tui.sandbox.service_errors import MESSAGES, ServiceError, invalid_value
from unsub_tui.sandbox.state_file import UnsubscribeRequest
from unsub_tui.sandbox.unsubscribe_rules import TO_PAY_PER_USE

_AUTO_RENEWAL_PATH = "/v2/orders/subscriptions/resources/autorenew/{resource_id}"
_RENEWAL_POLICY = "billing:subscription:renew"
_GRACE_PERIOD = 0
_PAY_PER_USE = 1
_AUTOMATIC = 3
_LONGEST_ID = 64
_READ_REPLICA_SUFFIX = ".rr"
"""End of the specification codes of RDS read replicas."""
_MONTHS = {2: 1, 3: 12}
"""Months per period unit of a renewal price inquiry."""


@partial(
    Operation,
    "POST",
    "/v2/orders/subscriptions/resources/unsubscribe",
    needs_write_access=True,
    is_logged=True,
    policy="billing:subscription:unsubscribe",
)
def unsubscribe(call: Call) -> Payload:
    """Unsubscribe from resources, or only from their renewal periods; this is irreversible."""
    fields = call.parameters
    ids = tuple(dict.fromkeys(fields.texts("resource_ids", max_items=10, required=True)))
    unsubscribe_type = fields.number("unsubscribe_type", 1, 2, required=True) or 0
    fields.number("unsubscribe_reason_type", 1, 5)
    fields.text("unsubscribe_reason", max_length=512)
    fields.reject_unknown()
    outcome = call.account.unsubscribe(ids, unsubscribe_type)
    if not outcome.order_ids:
        raise ServiceError(next(iter(outcome.failures.values())))
    call.account.log_request(
        UnsubscribeRequest(
            moment=call.account.moment,
            resource_ids=ids,
            unsubscribe_type=unsubscribe_type,
            executed=tuple(each for each in ids if each not in outcome.failures),
            order_ids=outcome.order_ids,
        )
    )
    failures = [_failure("resource_id", resource_id, code) for resource_id, code in outcome.failures.items()]
    if call.account.behavior.names_attached_failure:
        attached = [
            one.resource_id for each in ids if (main := call.account.resources.get(each)) for one in main.attached
        ]
        failures += [_failure("resource_id", each, "CBC.99003651") for each in attached[:1] if each not in ids]
    return {"order_ids": list(outcome.order_ids), "fail_resource_infos": failures}


def _failure(id_name: str, resource_id: str, code: str) -> Payload:
    return {id_name: resource_id, "error_code": code, "error_msg": MESSAGES[code]}


@partial(Operation, "POST", _AUTO_RENEWAL_PATH, needs_write_access=True, policy=_RENEWAL_POLICY)
def autorenew_on(call: Call) -> None:
    """Turn auto-renewal on, including that of the attached resources."""
    call.parameters.number("auto_renew_times", 0, 99)
    call.parameters.choice("period_type", frozenset({"MONTH", "YEAR"}))
    call.parameters.reject_unknown()
    resource = _renewable_resource_of_path(call)
    if resource.status is not ResourceStatus.IN_USE:
        raise ServiceError("CBC.99003602")
    call.account.set_policy(resource.resource_id, _AUTOMATIC)


@partial(Operation, "DELETE", _AUTO_RENEWAL_PATH, needs_write_access=True, policy=_RENEWAL_POLICY)
def autorenew_off(call: Call) -> None:
    """Turn auto-renewal off; the resource then enters its grace period at expiry."""
    call.parameters.reject_unknown()
    resource = _renewable_resource_of_path(call)
    if resource.policy != _AUTOMATIC:
        raise ServiceError("CBC.99003605")
    call.account.set_policy(resource.resource_id, _GRACE_PERIOD)


def _renewable_resource_of_path(call: Call) -> Resource:
    """Return the resource of the path; refuse EIPs and read replicas, for which no error code is published."""
    resource_id = call.path_params["resource_id"]
    if len(resource_id) > _LONGEST_ID:
        raise invalid_value("resource_id", f"the length must be 1 to {_LONGEST_ID}")
    resource = call.account.resources.get(resource_id)
    if resource is None or resource.status is ResourceStatus.CLOSED:
        raise ServiceError("CBC.99003012")
    if resource.offer is ADDRESS or resource.spec.code.endswith(_READ_REPLICA_SUFFIX):
        raise invalid_value("resource_id", "auto-renewal of this kind of resource cannot be changed")
    return resource


@partial(
    Operation,
    "POST",
    "/v2/orders/subscriptions/resources/to-on-demand",
    needs_write_access=True,
    policy=_RENEWAL_POLICY,
)
def to_on_demand(call: Call) -> Payload:
    """Set up or cancel pay-per-use at expiry. Some errors are listed per resource; others fail the request."""
    fields = call.parameters
    wanted = fields.choice("operation", frozenset({"SET_UP", "CANCEL"}), required=True)
    ids = fields.texts("resource_ids", max_items=100, required=True)
    fields.reject_unknown()
    failures: list[Payload] = []
    for resource_id in ids:
        code = _pay_per_use_rejection(call.account.resources.get(resource_id))
        if code is None:
            call.account.set_policy(resource_id, _PAY_PER_USE if wanted == "SET_UP" else _GRACE_PERIOD)
        elif code in ("CBC.99003012", "CBC.99003610"):
            raise ServiceError(code, status=200 if code == "CBC.99003610" else 400)
        else:
            failures.append(_failure("id", resource_id, code))
    return {"error_details": failures}


@partial(
    Operation,
    "POST",
    "/v2/orders/subscriptions/resources/to-on-demand/instantly",
    needs_write_access=True,
    is_logged=True,
    policy="billing:subscription:toDemand",
)
def to_on_demand_now(call: Call) -> Payload:
    """Change resources to pay-per-use immediately, with a refund; only the China site has this operation."""
    if call.account.site.name != "cn":
        raise ServiceError("APIG.0101", "API not exist or not published in the environment", 404)
    ids = tuple(dict.fromkeys(call.parameters.texts("resource_ids", max_items=10, required=True)))
    call.parameters.reject_unknown()
    results: list[Payload] = []
    executed: list[str] = []
    order_ids: list[str] = []
    for resource_id in ids:
        code = _immediate_rejection(call.account.resources.get(resource_id))
        outcome = call.account.unsubscribe((resource_id,), TO_PAY_PER_USE) if code is None else None
        if outcome is None or not outcome.order_ids:
            code = code or next(iter(outcome.failures.values() if outcome else ()))
            result = {"result": "FAIL", "order_id": None, "error_code": code, "error_msg": MESSAGES[code]}
        else:
            (order_id,) = outcome.order_ids
            order = call.account.orders.find(order_id)
            is_reviewed = order is not None and order.status is not OrderStatus.PROCESSING
            result = {"result": "AUDIT" if is_reviewed else "SUCCESS", "order_id": order_id}
            executed.append(resource_id)
            order_ids.append(order_id)
        results.append({"resource_id": resource_id, **result})
    call.account.log_request(
        UnsubscribeRequest(
            moment=call.account.moment,
            resource_ids=ids,
            unsubscribe_type=TO_PAY_PER_USE,
            executed=tuple(executed),
            order_ids=tuple(order_ids),
        )
    )
    return {"to_ondemand_service_results": results}


def _immediate_rejection(resource: Resource | None) -> str | None:
    if resource is not None and resource.offer is STORAGE_PACKAGE:
        return "CBC.99003611"
    if resource is not None and resource.parent is not None:  # only primary resources
        return "CBC.99003012"
    return _pay_per_use_rejection(resource)


def _pay_per_use_rejection(resource: Resource | None) -> str | None:
    if resource is None or resource.status is ResourceStatus.CLOSED:
        return "CBC.99003012"
    if resource.status is ResourceStatus.EXPIRED:
        return "CBC.99003610"
    if resource.status is ResourceStatus.FROZEN:
        return "CBC.99003624"
    if resource.condition is Condition.SOLUTION:
        return "CBC.99003622"
    return "CBC.99003623" if resource.is_in_transaction else None


@partial(Operation, "POST", "/v2/bills/ratings/period-resources/renew-rate", policy="billing:contract:viewDiscount")
def renew_rate(call: Call) -> Payload:
    """Return renewal prices of primary resources, with term discounts but without contract discounts or coupons."""
    fields = call.parameters
    ids = fields.texts("resource_ids", max_items=10, required=True)
    unit = fields.number("period_type", 2, 3, required=True) or 2
    count = fields.number("period_num", 1, 11, required=True) or 1
    with_attached = fields.boolean("include_relative_resources")
    fields.reject_unknown()
    prices = {}
    for main in (_renewable(call, each) for each in ids):
        priced = (main, *(main.attached if with_attached else ()))
        prices[main.resource_id] = sum(renewal_price(one, _MONTHS[unit] * count, call.account.site) for one in priced)
    return {
        "currency": call.account.site.currency,
        "renew_inquiry_results": [{"resource_id": each, "amount": str(price)} for each, price in prices.items()],
        "official_website_rating_result": {"official_website_amount": str(sum(prices.values()))},
        "optional_discount_rating_results": [],
        "fail_resource_infos": [],
    }


def _renewable(call: Call, resource_id: str) -> Resource:
    resource = call.account.resources.get(resource_id)
    if resource is None or resource.status is ResourceStatus.CLOSED:
        raise ServiceError("CBC.30050009", status=200)
    for code, is_rejected in (
        ("CBC.30050007", resource.parent is not None),
        ("CBC.30050010", resource.condition is Condition.UNPAID),
        ("CBC.30050011", resource.is_in_transaction),
        ("CBC.30050013", resource.condition is Condition.TRIAL),
    ):
        if is_rejected:
            raise ServiceError(code, status=200)  # the service sends its refusals of renewals with status 200
    return resource
