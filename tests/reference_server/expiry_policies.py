"""What happens to a resource at its expiry, and what a renewal would cost."""

from __future__ import annotations

from decimal import Decimal

from tests.reference_server.account_state import AccountState
from tests.reference_server.catalog import CURRENCY, REFUSALS
from tests.reference_server.models import IN_REVIEW, Resource
from tests.reference_server.operations import Call, Json, operation
from tests.reference_server.parameters import Parameter, RefusedError, id_list, invalid_parameter, number, one_of
from tests.reference_server.pricing import YEARLY_DISCOUNT
from tests.reference_server.timestamps import now

_AUTO_RENEW = "/v2/orders/subscriptions/resources/autorenew/{name}"
_RENEW = "bss:renewal:update"


@operation("POST", _AUTO_RENEW, {"auto_renew_times": number(0, 99)}, permission=_RENEW)
def autorenew_on(call: Call) -> None:
    """Let a main resource and what is attached to it renew itself."""
    found = _switchable(call)
    if found.status != 2 or found.is_busy:
        raise invalid_parameter("The resource has expired or has been frozen.", "CBC.99003602")
    _set(found, 3)


@operation("DELETE", _AUTO_RENEW, permission=_RENEW)
def autorenew_off(call: Call) -> None:
    """Let it end by the vendor's rules."""
    found = _switchable(call)
    if found.policy != 3:
        raise invalid_parameter("Auto-renewal is already disabled.", "CBC.99003605")
    _set(found, 0)


@operation(
    "POST",
    "/v2/orders/subscriptions/resources/to-on-demand",
    {"operation": one_of("SET_UP", "CANCEL", required=True), "resource_ids": id_list(1, 100, required=True)},
    permission=_RENEW,
)
def to_on_demand(call: Call) -> Json:
    """Let main resources become pay-per-use at their expiry, or take that back; says which could not be changed."""
    found = [_main(call.account, each) for each in call.parameters["resource_ids"]]
    is_cancel, errors = call.parameters["operation"] == "CANCEL", []
    for each in found:
        code = "CBC.99003610" if each.status == 5 else "CBC.99003623" if each.is_busy else each.pay_per_use_block
        if not code:
            _set(each, 1 if not is_cancel else 0 if each.policy == 1 else each.policy)
        elif len(found) == 1 and code != "CBC.99003610":
            raise invalid_parameter("The resource cannot be changed to pay-per-use.", code)
        else:
            errors.append({"id": each.resource_id, "error_code": code, "error_msg": "该资源不支持到期转按需。"})
    return {"error_details": errors or None}


@operation(
    "POST",
    "/v2/orders/subscriptions/resources/to-on-demand/instantly",
    {"resource_ids": id_list(1, 10, required=True)},
    permission="billing:subscription:toDemand",
)
def to_on_demand_instantly(call: Call) -> Json:
    """Let main resources go on as pay-per-use at once: each with its own result; only the Chinese site has this."""
    if call.account.site != "cn":
        raise RefusedError(404, "APIG.0101", "API not exist or not published in the environment")
    results = [_convert(call.account, each) for each in call.parameters["resource_ids"]]
    return {"to_ondemand_service_results": results}


def _convert(account: AccountState, resource_id: str) -> Json:
    found = account.resources.get(resource_id)
    code = "CBC.99003012" if not found or found.parent else found.pay_per_use_block
    if found and found.is_busy:
        code = "CBC.99003623"
    if not found or code:
        error = {"error_code": code, "error_msg": "该资源不支持即时转按需。"}
        return {"resource_id": resource_id, "result": "FAIL", "order_id": "", **error}
    order = account.convert(found, now())
    result = "AUDIT" if order.status == IN_REVIEW else "SUCCESS"
    return {"order_id": order.order_id, "result": result, "resource_id": resource_id, "error_code": None}


def _main(account: AccountState, resource_id: str) -> Resource:
    found = account.resources.get(resource_id)
    if not found or found.status == 3:
        raise invalid_parameter(REFUSALS["CBC.99003012"], "CBC.99003012")
    if found.parent:
        raise invalid_parameter(f"Invalid parameter: {resource_id} is not a main resource")
    return found


def _switchable(call: Call) -> Resource:
    """Find the resource of a path; what an address or a read replica does at its end is fixed when it is bought."""
    found = _main(call.account, call.name)
    if found.kind_code == "ip" or (found.spec or found.kind.spec or "").endswith(".rr"):
        raise invalid_parameter("The product does not support automatic renewal.", "CBC.30050013")
    return found


def _set(found: Resource, policy: int) -> None:
    for each in found.with_attached:
        each.policy, each.updated = policy, now()


@operation(
    "POST",
    "/v2/bills/ratings/period-resources/renew-rate",
    {
        "resource_ids": id_list(1, 10, required=True),
        "period_type": one_of(2, 3, required=True),
        "period_num": number(1, 11, required=True),
        "include_relative_resources": Parameter(lambda value: isinstance(value, bool)),
    },
)
def renew_rate(call: Call) -> Json:
    """Answer prices of a renewal as texts; years have a discount. With no price at all it is an error with HTTP 200."""
    given, money = call.parameters, call.account.pricing
    is_years = given["period_type"] == 3
    if is_years and given["period_num"] > 3:
        raise RefusedError(200, "CBC.30050008", "The period does not exist.")
    codes = {each: _no_price(call.account.resources.get(each)) for each in given["resource_ids"]}
    fails = [
        {"resource_id": each, "error_code": code, "error_msg": "Renewal inquiry failed."}
        for each, code in codes.items()
        if code
    ]
    mains = [call.account.resources[each] for each, code in codes.items() if not code]
    if not mains:
        raise RefusedError(200, fails[0]["error_code"], fails[0]["error_msg"])
    found = [
        one for each in mains for one in (each.with_attached if given.get("include_relative_resources") else [each])
    ]
    months = given["period_num"] * (12 if is_years else 1)
    official = {each.resource_id: money.price(each.kind.price, months) for each in found}
    share = 1 - YEARLY_DISCOUNT if is_years else Decimal(1)
    prices = {each: money.quantize(price * share) for each, price in official.items()}
    whole, due = sum(official.values(), Decimal(0)), sum(prices.values(), Decimal(0))
    discount = {
        "discount_id": "DISC-1",
        "amount": f"{due:f}",
        "official_website_amount": f"{whole:f}",
        "discount_amount": f"{whole - due:f}",
        "discount_type": 605,
        "discount_name": "商务折扣",
        "best_offer": 1,
    }
    return {
        "currency": CURRENCY[call.account.site],
        "renew_inquiry_results": [{"resource_id": each, "amount": f"{price:f}"} for each, price in prices.items()],
        "official_website_rating_result": {
            "official_website_amount": f"{whole:f}",
            "installment_official_website_amount": None,
            "installment_period_type": None,
        },
        "optional_discount_rating_results": [discount] if is_years else [],
        **({"fail_resource_infos": fails} if fails else {}),
    }


def _no_price(found: Resource | None) -> str:
    """Return the code that says why it has no price, or nothing."""
    if not found or found.status == 3:
        return "CBC.30050009"
    reasons = {
        "CBC.30050007": found.parent is not None,
        "CBC.30050010": bool(found.unpaid_order),
        "CBC.30050011": found.is_busy,
        "CBC.30050013": found.kind_code in {"pkg", "mkt", "sp", "scm"},
    }
    return next((code for code, is_so in reasons.items() if is_so), "")
