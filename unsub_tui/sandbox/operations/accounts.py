"""Operations for balances and enterprise projects."""

from __future__ import annotations

from decimal import Decimal

from unsub_tui.sandbox.account_fixtures import PROJECTS
from unsub_tui.sandbox.calls import Call, Operation, Payload

_BALANCE = 1
_CREDIT = 2
_CREDIT_LINE = Decimal(200000)
_CREATED = "2024-01-01T00:00:00Z"
_SORTS = frozenset({"created_at", "updated_at", "name", "id", "status", "type"})


def balances(call: Call) -> Payload:
    """Return cash balance, credit and debt of the account."""
    call.parameters.reject_unknown()
    ledger = call.account
    common: Payload = {"account_id": call.domain_id, "currency": ledger.site.currency, "measure_id": 1}
    return {
        "account_balances": [
            {**common, "account_type": _BALANCE, "amount": float(ledger.cash), "designated_amount": 0.0},
            {
                **common,
                "account_type": _CREDIT,
                "amount": float(ledger.credit),
                "designated_amount": 0.0,
                "credit_amount": float(_CREDIT_LINE),
            },
        ],
        "debt_amount": 0.0,
        "measure_id": 1,
        "currency": ledger.site.currency,
    }


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


OPERATIONS = (
    Operation(
        name="balances",
        policy="billing:balance:view",
        method="GET",
        path="/v2/accounts/customer-accounts/balances",
        handler=balances,
    ),
    Operation(name="enterprise_projects", method="GET", path="/v1.0/enterprise-projects", handler=enterprise_projects),
)
