"""Orders: the list, the details, and what came back by original order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from tests.reference_server.account_state import AccountState
from tests.reference_server.catalog import ACCOUNT_NAME, CURRENCY, KINDS
from tests.reference_server.models import (
    CHANGE,
    COMPLETED,
    TO_PAY_PER_USE,
    UNPAID,
    UNSUBSCRIPTION,
    Order,
    Payment,
    Refund,
)
from tests.reference_server.operations import Call, Json, operation
from tests.reference_server.parameters import invalid_parameter, one_of, page_parameters, slice_page, text, timestamp
from tests.reference_server.timestamps import format_timestamp, stable_hex

_ORDERS = "/v2/orders/customer-orders"
_VIEW = "billing:order:view"


@operation(
    "GET",
    _ORDERS,
    page_parameters(
        100,
        create_time_begin=timestamp(),
        create_time_end=timestamp(),
        status=one_of(1, 3, 4, 5, 6, 9),
        order_type=one_of("1", "2", "3", "4", "10", "11", "13", "14", "15"),
        order_by=one_of("createTime", "-createTime"),
        method=one_of("oneself", "sub_customer"),
    ),
    rate=20,
    permission=_VIEW,
)
def list_orders(call: Call) -> Json:
    """Answer orders within a window of at most a year, the newest first unless told otherwise."""
    given = call.parameters
    begin, end = given.get("create_time_begin"), given.get("create_time_end")
    if begin and end and not timedelta(0) <= end - begin <= timedelta(days=366):
        raise invalid_parameter("Invalid parameter: the create_time window must not exceed one year")
    own = call.account.orders.values() if given.get("method") != "sub_customer" else ()
    found = [each for each in own if not each.parent and _is_wanted(given, each)]
    is_down = given.get("order_by", "-createTime") == "-createTime"
    found.sort(key=lambda each: (each.created, each.order_id), reverse=is_down)
    rows = [_order(call, each, details=False) for each in slice_page(found, given)]
    return {"total_count": len(found), "order_infos": rows}


def _is_wanted(given: Json, order: Order) -> bool:
    created = order.created
    asked = given.get("status", order.status), given.get("order_type", str(order.order_type))
    begin, end = given.get("create_time_begin", created), given.get("create_time_end", created)
    return asked == (order.status, str(order.order_type)) and bool(begin <= created <= end)


@operation("GET", f"{_ORDERS}/details/{{name}}", page_parameters(100), permission=_VIEW, says_success=True)
def order_details(call: Call) -> Json:
    """Answer one order with its lines; parts of the same kind and price are one line with a quantity."""
    order = call.account.orders.get(call.name)
    if not order:
        raise invalid_parameter("The order is invalid or does not exist.", "CBC.30000010")
    if order.parent:
        raise invalid_parameter(f"The order is part of a combined order, use {order.parent.order_id}.", "CBC.99000089")
    back: dict[tuple[object, ...], list[Refund]] = {}
    for refund in order.refunds:
        one = refund.payment
        back.setdefault((one.order.order_id, one.resource.kind_code, one.begins), []).append(refund)
    paid: dict[tuple[object, ...], list[Payment]] = {}
    for one in order.payments if not back else ():
        its = one.resource
        paid.setdefault((one.order.order_id, its.kind_code, its.spec, its.size, one.list_price, one.begins), []).append(
            one
        )
    lines = [([each.payment for each in many], many) for many in back.values()]
    lines += [(many, []) for many in paid.values()]
    rows = [_line(call, order, number, *each) for number, each in enumerate(lines)]
    return {
        "total_count": len(rows),
        "order_info": _order(call, order, details=True),
        "order_line_items": slice_page(rows, call.parameters),
    }


@operation(
    "GET",
    f"{_ORDERS}/refund-orders",
    {"order_id": text(1, required=True)},
    permission=_VIEW,
    says_success=True,
)
def refund_orders(call: Call) -> Json:
    """Answer fee, money back (negative) and consumption by original order and type of resource, in no order."""
    order = call.account.orders.get(call.parameters["order_id"])
    if not order or not order.is_refund or order.order_type == TO_PAY_PER_USE:
        raise invalid_parameter("The order is neither an unsubscription order nor a downgrade order.", "CBC.99005026")
    sums: dict[tuple[str, str, str], tuple[Decimal, Decimal, Decimal]] = {}
    for each in order.refunds if order.status == COMPLETED else ():
        one = each.payment
        key = one.order.order_id, one.resource.kind_code, one.resource.region
        fee, back, consumed = sums.get(key, (Decimal(0),) * 3)
        sums[key] = fee + each.fee, back - each.amount, consumed + each.consumed
    rows = [
        _share(call, order, key, place, value)
        for key, values in sums.items()
        for place, value in enumerate(values)
        if value or (place == 1 and not any(values))
    ]
    return {"total_count": len(rows), "refund_infos": sorted(rows, key=lambda each: str(each["id"]))}


def _share(call: Call, order: Order, key: tuple[str, str, str], place: int, value: Decimal) -> Json:
    (base, short, region), english = key, call.is_english
    kind = KINDS[short]
    row: Json = {
        "id": stable_hex(f"{order.order_id} {base} {short} {place}", 20),
        "amount": value,
        "measure_id": "1",
        "customer_id": call.account.domain_id,
        "resource_type_code": kind.resource_type,
        "service_type_code": kind.service,
        "region_code": region,
        "base_order_id": base,
        "product_id": None,
    }
    if place != 1:
        row |= {
            "resource_type_name": kind.type_name(english=english),
            "service_type_name": kind.service_name(english=english),
        }
    return row


def _order(call: Call, order: Order, *, details: bool, is_inside: bool = False) -> Json:
    kinds = list({KINDS[each].service: KINDS[each] for each in order.kind_codes()}.values())
    odd, payments, refunds = int(stable_hex(order.order_id, 2), 16), order.payments, order.refunds
    amount, official = _amounts(payments, refunds if order.is_refund else None)
    row: Json = {
        "order_id": order.order_id,
        "customer_id": call.account.domain_id,
        "service_type_code": ",".join(each.service for each in kinds),
        "service_type_name": ",".join(each.service_name(english=call.is_english) for each in kinds),
        "source_type": order.source,
        "status": order.status,
        "order_type": order.order_type,
        "amount_after_discount": amount,
        "official_amount": official,
        "measure_id": 1,
        "create_time": format_timestamp(order.created),
        "currency": CURRENCY[call.account.site],
        "contract_id": "" if odd % 2 else None,
        # what a change to pay-per-use says about fee and consumption is not published
        "amount_info": None
        if order.order_type == TO_PAY_PER_USE
        else _amount_info(payments, refunds if order.is_refund else None, odd),
        "be_id": None,
        "sub_type": "",
    }
    is_paid = order.paid_at and order.order_type not in (UNSUBSCRIPTION, TO_PAY_PER_USE)
    if is_paid or odd % 2:
        row["payment_time"] = format_timestamp(order.paid_at) if is_paid else None
    row |= _of_details(order, odd) if details else _of_list(call.account, order, odd)
    if not is_inside and (order.suborders or odd % 3):
        inside = [_order(call, each, details=details, is_inside=True) for each in order.suborders]
        row["sub_order_infos"] = inside or ([] if odd % 2 else None)
    return row


def _of_details(order: Order, odd: int) -> Json:
    until = format_timestamp(order.created + timedelta(days=7)) if order.status == UNPAID else ""
    name = "系统" if order.source == 8 else ACCOUNT_NAME if odd % 3 else None
    return {"user_name": name, "pending_payment_end_time": until}


def _of_list(account: AccountState, order: Order, odd: int) -> Json:
    about = [each.resource for each in order.payments] + order.primary_resources
    names = {each.project.project_id: each.project.name for each in about if each.project}
    projects = [{"id": key, "name": name} for key, name in names.items()]
    agent = {"agent_pay_info": {"paying_agent_id": account.payer_id or None, "is_agent_pay": bool(account.payer_id)}}
    return {"enterprise_projects": projects or None, **({} if odd % 3 and not account.payer_id else agent)}


def _line(call: Call, order: Order, number: int, payments: Sequence[Payment], refunds: Sequence[Refund]) -> Json:
    first = payments[0]
    kind, back = first.resource.kind, refunds if order.is_refund else None
    amount, official = _amounts(payments, back)
    product = {"product_owner_service": kind.service, "commercial_resource": kind.resource_type}
    row: Json = {
        "order_line_item_id": f"{order.order_id}-{number + 1:06d}",
        "order_id": order.order_id if order.is_refund else first.order.order_id,
        "service_type_code": kind.service,
        "service_type_name": kind.service_name(english=call.is_english),
        "product_id": f"OFFI{stable_hex(first.resource.kind_code, 28)}",
        "product_spec_desc": first.resource.description,
        "period_type": first.unit,
        "period_num": None if order.is_refund else first.count,
        "effective_time": format_timestamp(first.begins),
        "expire_time": format_timestamp(first.ends),
        "subscription_num": len(payments),
        "amount_after_discount": amount,
        "official_amount": official,
        "amount_info": _amount_info(payments, back, number),
        "currency": CURRENCY[call.account.site],
        "category_code": None,
        **product,
    }
    if order.order_type == CHANGE:
        base = {"product_id": f"OFFI{stable_hex('base', 28)}", "product_spec_desc": "s6.medium.2", "category_code": ""}
        row["base_product_info"] = {**base, **product}
    elif number % 2:
        row["base_product_info"] = None
    return row


def _amounts(payments: Sequence[Payment], refunds: Sequence[Refund] | None) -> tuple[float, float]:
    """Return what was paid or came back, and the list price of it; these fields are floats on the wire."""
    if refunds is not None:
        back = float(sum(each.amount for each in refunds))
        return back, back
    return float(sum(each.paid for each in payments)), float(sum(each.list_price for each in payments))


def _amount_info(payments: Sequence[Payment], refunds: Sequence[Refund] | None, odd: int) -> Json:
    if refunds is not None:
        return {
            "discounts": [],
            "flexipurchase_coupon_amount": None,
            "coupon_amount": float(sum(each.coupon_back for each in refunds)),
            "stored_card_amount": 0,
            "commission_amount": float(sum(each.fee for each in refunds)),
            "consumed_amount": float(sum(each.consumed for each in refunds)),
        }
    discount = float(sum(each.discount for each in payments))
    row: Json = {
        "discounts": [{"discount_type": "605", "discount_amount": discount}] if discount else None,
        "coupon_amount": float(sum(each.coupon for each in payments)),
        "stored_card_amount": 0.0,
    }
    if odd % 2:
        row |= {"flexipurchase_coupon_amount": 0.0, "commission_amount": None, "consumed_amount": None}
    return row
