"""Operations for the order list, order details and the refund rows of unsubscription orders."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from unsub_tui.sandbox.account_fixtures import DOMAIN_ID, OPERATOR, PROJECTS
from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.models import Order, OrderLine, OrderStatus, OrderType, RefundLine, Resource
from unsub_tui.sandbox.offers import SERVICES
from unsub_tui.sandbox.order_store import OrderQuery, service_codes
from unsub_tui.sandbox.request_parameters import RequestParameters
from unsub_tui.sandbox.service_errors import ServiceError, invalid_value
from unsub_tui.sandbox.timestamps import DAY, format_timestamp

_POLICY = "billing:order:view"
_LONGEST_WINDOW = 366 * DAY
_METHODS = frozenset({"oneself", "sub_customer"})
_SORTS = frozenset({"createTime", "-createTime"})
_PAYMENT_WINDOW = 14 * DAY
_SYSTEM = 8
_CUSTOMER = 1
_MONTHS = 2
_YEARS = 3


@partial(Operation, "GET", "/v2/orders/customer-orders", per_second=20, policy=_POLICY)
def list_orders(call: Call) -> Payload:
    """Return a page of orders, newest first by default."""
    fields = call.parameters
    kind = fields.choice("order_type", call.account.site.order_types)
    created = _window(fields, "create_time")
    paid = _window(fields, "payment_time")
    service = fields.text("service_type_code")
    query = OrderQuery(
        order_id=fields.text("order_id", max_length=64),
        created_from=created[0],
        created_to=created[1],
        paid_from=paid[0],
        paid_to=paid[1],
        service=service.lower() if service is not None else None,
        status=fields.number("status", 1, 9),
        order_type=int(kind) if kind is not None else None,
        oldest_first=fields.choice("order_by", _SORTS) == "createTime",
    )
    offset, limit = fields.page(max_limit=100)
    others = fields.choice("method", _METHODS) == "sub_customer"
    fields.ignore("customer_id", "indirect_partner_id")
    fields.reject_unknown()
    found = [] if others else call.account.orders.query(query)
    page = [call.account.orders.by_number(number) for number in found[offset : offset + limit]]
    return {"total_count": len(found), "order_infos": [_listed(call, order) for order in page]}


@partial(Operation, "GET", "/v2/orders/customer-orders/details/{order_id}", policy=_POLICY)
def show_order(call: Call) -> Payload:
    """Return an order with a page of its lines."""
    fields = call.parameters
    offset, limit = fields.page(max_limit=100)
    fields.ignore("indirect_partner_id")
    fields.reject_unknown()
    order = call.account.orders.find(call.path_params["order_id"])
    if order is None:
        raise ServiceError("CBC.30000010")
    rows = list(zip(order.rows, call.account.orders.resources_of(order), strict=True))
    lines = [
        {"order_line_item_id": f"{order.order_id}-{number:06d}", **_line(call, order, row, resource)}
        for number, (row, resource) in enumerate(rows[offset : offset + limit], start=offset + 1)
    ]
    info = _order(call, order)
    info["user_name"] = "系统" if order.automatic else OPERATOR
    unpaid = order.status is OrderStatus.UNPAID
    info["pending_payment_end_time"] = format_timestamp(order.created + _PAYMENT_WINDOW) if unpaid else None
    return {"total_count": len(rows), "order_info": info, "order_line_items": lines}


def _window(fields: RequestParameters, name: str) -> tuple[int | None, int | None]:
    begin = fields.timestamp(f"{name}_begin")
    end = fields.timestamp(f"{name}_end")
    if begin is not None and end is not None and not 0 <= end - begin <= _LONGEST_WINDOW:
        raise invalid_value(f"{name}_end", "the window must be one year at most")
    return begin, end


def _listed(call: Call, order: Order) -> Payload:
    info = _order(call, order)
    places = dict.fromkeys(resource.project_index for resource in call.account.orders.resources_of(order))
    info["enterprise_projects"] = [{"id": PROJECTS[place].project_id, "name": PROJECTS[place].name} for place in places]
    payer = call.account.behavior.payer_account_id
    info["agent_pay_info"] = {"paying_agent_id": payer or None, "is_agent_pay": bool(payer)}
    return info


def _order(call: Call, order: Order) -> Payload:
    """Return the fields common to list and details."""
    language = call.language()
    services = service_codes(call.account.orders.resources_of(order))
    paid = order.status in {OrderStatus.PROCESSING, OrderStatus.COMPLETED}
    return {
        "order_id": order.order_id,
        "customer_id": DOMAIN_ID,
        "service_type_code": services,
        "service_type_name": ",".join(SERVICES[code].named(language) for code in services.split(",")),
        "source_type": _SYSTEM if order.automatic else _CUSTOMER,
        "status": int(order.status),
        "order_type": int(order.order_type),
        "amount_after_discount": float(sum(_paid(row) for row in order.rows)),
        "official_amount": float(sum(_official(row) for row in order.rows)),
        "measure_id": 1,
        "create_time": format_timestamp(order.created),
        "payment_time": format_timestamp(order.created) if paid else None,
        "currency": call.account.site.currency,
        "contract_id": None,
        "amount_info": _amounts(order.rows),
        "sub_order_infos": [],
    }


def _paid(row: OrderLine | RefundLine) -> Decimal:
    return row.paid if isinstance(row, OrderLine) else row.refund


def _official(row: OrderLine | RefundLine) -> Decimal:
    return row.official if isinstance(row, OrderLine) else row.refund


def _amounts(rows: Sequence[OrderLine | RefundLine]) -> Payload:
    discount = sum(row.discount for row in rows if isinstance(row, OrderLine))
    charges = [row for row in rows if isinstance(row, RefundLine)]
    return {
        "discounts": [{"discount_type": "605", "discount_amount": float(discount)}] if discount else [],
        "flexipurchase_coupon_amount": 0.0,
        "coupon_amount": float(sum(row.coupon for row in rows)),
        "stored_card_amount": 0.0,
        "commission_amount": float(sum(row.fee for row in charges)) if charges else None,
        "consumed_amount": float(sum(row.consumed for row in charges)) if charges else None,
    }


def _line(call: Call, order: Order, row: OrderLine | RefundLine, resource: Resource) -> Payload:
    offer = resource.offer
    language = call.language()
    product: Payload = {
        "product_id": resource.product_id,
        "product_spec_desc": resource.spec.text,
        "category_code": offer.service.code,
        "product_owner_service": offer.service.code,
        "commercial_resource": offer.code,
    }
    years = row.months // 12 if row.months % 12 == 0 else 0
    return {
        "order_id": order.order_id,
        "service_type_code": offer.service.code,
        "service_type_name": offer.service.named(language),
        **product,
        "period_type": _YEARS if years else _MONTHS,
        "period_num": None if isinstance(row, RefundLine) else years or row.months,
        "effective_time": format_timestamp(row.start),
        "expire_time": format_timestamp(row.end),
        "subscription_num": 1,
        "amount_after_discount": float(_paid(row)),
        "official_amount": float(_official(row)),
        "amount_info": _amounts([row]),
        "currency": call.account.site.currency,
        "base_product_info": product if order.order_type is OrderType.CHANGE else None,
    }


@partial(Operation, "GET", "/v2/orders/customer-orders/refund-orders", policy=_POLICY)
def refund_orders(call: Call) -> Payload:
    """Return the refund rows of an unsubscription order: refunds negative, consumed amounts and fees positive."""
    fields = call.parameters
    order_id = fields.text("order_id", max_length=64, required=True)
    fields.ignore("customer_id", "indirect_partner_id")
    fields.reject_unknown()
    if not order_id:
        raise invalid_value("order_id", "it is empty")
    order = call.account.orders.find(order_id)
    if order is None:
        raise ServiceError("CBC.30000010")
    if order.order_type is not OrderType.UNSUBSCRIPTION:
        raise ServiceError("CBC.99005026")
    rows = _refund_rows(call, order)
    return {"total_count": len(rows), "refund_infos": rows}


def _refund_rows(call: Call, order: Order) -> list[Payload]:
    """Return the amounts by original order, resource type and region."""
    language = call.language()
    groups: dict[tuple[str, str, str], list[tuple[RefundLine, Resource]]] = {}
    for charge, resource in zip(order.refund_lines, call.account.orders.resources_of(order), strict=True):
        key = (charge.order_id, resource.offer.code, resource.region)
        groups.setdefault(key, []).append((charge, resource))
    rows: list[Payload] = []
    for (base_order_id, _, region), group in groups.items():
        offer = group[0][1].offer
        charges = [charge for charge, _ in group]
        refund = -sum((charge.refund for charge in charges), Decimal(0))
        consumed = sum((charge.consumed for charge in charges), Decimal(0))
        fee = sum((charge.fee for charge in charges), Decimal(0))
        for amount in filter(None, (refund, consumed, fee)):
            rows.append(
                {
                    "id": str(len(rows) + 1),
                    "amount": float(amount),
                    "measure_id": "1",
                    "customer_id": DOMAIN_ID,
                    "resource_type_code": offer.code,
                    "resource_type_name": offer.named(language),
                    "service_type_code": offer.service.code,
                    "service_type_name": offer.service.named(language),
                    "region_code": region,
                    "base_order_id": base_order_id,
                }
            )
    return rows
