"""The account itself: who asks, what it holds, its enterprise projects; and the names of what is sold."""

from __future__ import annotations

from datetime import timedelta

from tests.reference_server.catalog import ACCOUNT_NAME, CURRENCY, KINDS, PROJECTS
from tests.reference_server.operations import Call, Json, operation
from tests.reference_server.parameters import number, page_parameters, slice_page, text
from tests.reference_server.timestamps import format_timestamp, stable_hex


@operation("GET", "/v3/auth/domains", rate=20, is_billing=False)
def domains(call: Call) -> Json:
    """Answer the account, to those who may read users; the others get an empty list."""
    found = {"id": call.account.domain_id, "name": ACCOUNT_NAME, "enabled": True, "description": ""}
    return {"domains": [found] if call.user.may("iam:users:getUser") else [], "links": {"next": None, "previous": None}}


@operation("GET", "/v5/caller-identity", rate=20, is_billing=False)
def caller(call: Call) -> Json:
    """Answer whose keys these are."""
    account, name = call.account.domain_id, call.user.name
    return {
        "account_id": account,
        "principal_id": stable_hex(f"user {name}"),
        "principal_urn": f"iam::{account}:user:{name}",
    }


@operation("GET", "/v2/accounts/customer-accounts/balances", permission="bss:balance:view", says_success=True)
def balances(call: Call) -> Json:
    """Answer cash, a credit account that owes, and one that is empty."""
    account, exact = call.account, call.account.pricing.quantize
    common = {"currency": CURRENCY[account.site], "measure_id": 1}
    held = (
        {"account_id": "PTA1", "account_type": 1, "amount": account.balance, "designated_amount": exact(0)},
        {"account_id": "PTA2", "account_type": 2, "amount": exact("-2500.5"), "credit_amount": exact(10000)},
        {"account_id": "PTA9", "account_type": 9, "amount": exact(0), "designated_amount": None},
    )
    return {"account_balances": [each | common for each in held], "debt_amount": exact(0), **common}


@operation(
    "GET",
    "/v2/promotions/benefits/coupons",
    page_parameters(100, order_id=text(0, 64), coupon_id=text(0, 64), coupon_type=number(1, 4), status=number(1, 5)),
    permission="bss:coupon:view",
    says_success=True,
)
def coupons(call: Call) -> Json:
    """Answer the coupons that were spent: one for each order that took a coupon."""
    account, wanted = call.account, call.parameters
    found = []
    for order in account.orders.values():
        spent = sum(each.coupon for each in order.payments)
        if order.paid_at and spent and wanted.get("order_id") in (None, "", order.order_id):
            until = order.paid_at + timedelta(days=account.coupon_days)
            row = {
                "coupon_id": stable_hex(f"coupon {order.order_id}"),
                "coupon_code": None,
                "status": 3,
                "customer_id": account.domain_id,
                "coupon_type": 1,
                "face_value": spent,
                "measure_id": 1,
                "expire_time": format_timestamp(until),
                "valid_time": format_timestamp(order.paid_at - timedelta(days=1)),
                "order_id": order.order_id,
                "coupon_version": 1,
                "currency": CURRENCY[account.site],
            }
            found.append(row)
    return {"count": len(found), "user_coupons": slice_page(found, wanted)}


@operation(
    "GET",
    "/v1.0/enterprise-projects",
    page_parameters(1000),
    rate=20,
    permission="eps:enterpriseProjects:list",
)
def enterprise_projects(call: Call) -> Json:
    """Answer the projects, those that are switched off as well."""
    found = [
        {
            "id": each.project_id,
            "name": each.name,
            "description": "" if each.project_id == "0" else "由财务部维护",
            "status": each.status,
            "type": each.form,
            "created_at": "2024-01-01T00:00:00Z",
            "updated_at": "2025-06-30T01:02:03Z",
            "delete_flag": False,
            "domain_name": None,
        }
        for each in PROJECTS
    ]
    return {"enterprise_projects": slice_page(found, call.parameters, 1000), "total_count": len(found)}


@operation("GET", "/v2/products/service-types", page_parameters(1000))
def service_types(call: Call) -> Json:
    """Answer the services; the new one has no English name."""
    rows = [
        {
            "service_type_name": each.service_name(english=call.is_english),
            "service_type_code": each.service,
            "abbreviation": each.service.split(".")[-1].upper() if each.service_en else "",
        }
        for each in {each.service: each for each in KINDS.values()}.values()
    ]
    return {"total_count": len(rows), "service_types": slice_page(rows, call.parameters)}


@operation("GET", "/v2/products/resource-types", page_parameters(1000))
def resource_types(call: Call) -> Json:
    """Answer the types of resources; that of the new service is not among them."""
    rows = [
        {
            "resource_type_code": each.resource_type,
            "resource_type_name": each.type_name(english=call.is_english),
            "resource_type_desc": None,
            "service_type_code": each.service,
        }
        for short, each in KINDS.items()
        if short != "new"
    ]
    return {"total_count": len(rows), "resource_types": slice_page(rows, call.parameters)}
