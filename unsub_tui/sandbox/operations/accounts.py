"""Operations for balances, enterprise projects and services."""

from __future__ import annotations

from functools import partial

from unsub_tui.sandbox.account_fixtures import DOMAIN_ID, PROJECTS
from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.offers import SERVICES

_BALANCE = 1
_CREDIT = 2
_CREDIT_LINE = 200000.0
_CREATED = "2024-01-01T00:00:00Z"
_SORTS = frozenset({"created_at", "updated_at", "name", "id", "status", "type"})


@partial(Operation, "GET", "/v2/accounts/customer-accounts/balances", policy="billing:balance:view")
def balances(call: Call) -> Payload:
    """Return cash balance, credit and debt of the account."""
    call.parameters.reject_unknown()
    account = call.account
    common: Payload = {
        "account_id": DOMAIN_ID,
        "currency": account.site.currency,
        "measure_id": 1,
        "designated_amount": 0.0,
    }
    return {
        "account_balances": [
            {**common, "account_type": _BALANCE, "amount": float(account.cash)},
            {**common, "account_type": _CREDIT, "amount": float(account.credit), "credit_amount": _CREDIT_LINE},
        ],
        "debt_amount": 0.0,
        "measure_id": 1,
        "currency": account.site.currency,
    }


@partial(Operation, "GET", "/v1.0/enterprise-projects")
def enterprise_projects(call: Call) -> Payload:
    """Return a page of the enterprise projects."""
    fields = call.parameters
    wanted_id = fields.text("id")
    name = fields.text("name") or ""
    status = fields.number("status", 1, 2)
    kind = fields.choice("type", frozenset({"prod", "poc"}))
    fields.choice("sort_key", _SORTS)
    ascending = fields.choice("sort_dir", frozenset({"asc", "desc"})) == "asc"
    offset, limit = fields.page(max_limit=1000, default=1000)
    fields.reject_unknown()
    found: list[Payload] = [
        {
            "id": project.project_id,
            "name": project.name,
            "description": project.description,
            "status": project.status,
            "type": project.kind,
            "created_at": _CREATED,
            "updated_at": _CREATED,
            "delete_flag": False,
        }
        for project in PROJECTS
        if wanted_id in (None, project.project_id)
        and name.lower() in project.name.lower()
        and status in (None, project.status)
        and kind in (None, project.kind)
    ]
    if ascending:
        found.reverse()
    return {"total_count": len(found), "enterprise_projects": found[offset : offset + limit]}


@partial(Operation, "GET", "/v2/products/service-types")
def service_types(call: Call) -> Payload:
    """Return a page of services, optionally filtered by a part of the name."""
    fields = call.parameters
    part = fields.text("service_type_name", min_length=1, max_length=128) or ""
    offset, limit = fields.page(max_limit=1000)
    fields.reject_unknown()
    language = call.language()
    rows: list[Payload] = [
        {
            "service_type_name": service.named(language),
            "service_type_code": service.code,
            "abbreviation": service.abbreviation,
        }
        for service in SERVICES.values()
        if part.lower() in service.named(language).lower()
    ]
    return {"total_count": len(rows), "service_types": rows[offset : offset + limit]}
