"""Operation for the refund rows of an unsubscription order, by original order, resource type and region."""

from __future__ import annotations

from decimal import Decimal

from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.models import Order, OrderType, RefundLine, Resource
from unsub_tui.sandbox.service_errors import ServiceError, invalid_value

_Group = tuple[str, str, str]


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
        raise ServiceError("CBC.30000010", "The order is not valid or does not exist.")
    if order.order_type is not OrderType.UNSUBSCRIPTION:
        raise ServiceError("CBC.99005026", "The order is neither an unsubscription nor a downgrade.")
    rows = _rows(call, order)
    return {"total_count": len(rows), "refund_infos": rows}


def _rows(call: Call, order: Order) -> list[Payload]:
    groups: dict[_Group, tuple[Resource, list[RefundLine]]] = {}
    for charge in order.refund_lines:
        resource = call.account.get_purchase(charge.purchase_number).resources[charge.position]
        key = (charge.order_id, resource.offer.code, resource.region)
        groups.setdefault(key, (resource, []))[1].append(charge)
    rows: list[Payload] = []
    for (base_order_id, _, _), (resource, charges) in groups.items():
        for amount in _amounts(charges):
            rows.append(_row(call, len(rows) + 1, amount, resource, base_order_id))
    return rows


def _amounts(charges: list[RefundLine]) -> list[Decimal]:
    refund = sum((charge.refund for charge in charges), Decimal(0))
    consumed = sum((charge.consumed for charge in charges), Decimal(0))
    fee = sum((charge.fee for charge in charges), Decimal(0))
    return [amount for amount in (-refund, consumed, fee) if amount]


def _row(call: Call, number: int, amount: Decimal, resource: Resource, base_order_id: str) -> Payload:
    language = call.language()
    offer = resource.offer
    return {
        "id": str(number),
        "amount": float(amount),
        "measure_id": "1",
        "customer_id": call.domain_id,
        "resource_type_code": offer.code,
        "resource_type_name": offer.named(language),
        "service_type_code": offer.service.code,
        "service_type_name": offer.service.named(language),
        "region_code": resource.region,
        "base_order_id": base_order_id,
    }


OPERATIONS = (
    Operation(
        name="refund_orders",
        policy="billing:order:view",
        method="GET",
        path="/v2/orders/customer-orders/refund-orders",
        handler=refund_orders,
    ),
)
