"""JSON documents in their stable forms (`present/export/forms.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.domain.attributed_order import AttributedOrder, AttributedOrderDetails
from unsub_tui.domain.check import Check, CheckState
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import Problem
from unsub_tui.domain.run import Run
from unsub_tui.present.export.formats import CHANGE_COLUMNS, QUOTE_COLUMNS, SCHEMA_VERSION, export_text
from unsub_tui.present.export.forms import (
    ChangeRow,
    ChangesDocument,
    DoctorDocument,
    ItemsDocument,
    JournalsDocument,
    OrderDocument,
    OrdersDocument,
    PreviewDocument,
    QuoteRow,
    QuotesDocument,
    ResourcesDocument,
    RunDocument,
    RunsDocument,
    TotalRow,
)
from unsub_tui.present.export.rows import (
    change_row,
    check_row,
    decimal_text,
    journal_row,
    order_row,
    original_order_rows,
    quote_row,
    run_fields,
    run_row,
    unit_row,
)
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.pages.confirmation import risk_text
from unsub_tui.present.pages.review import plan_refusal_text
from unsub_tui.present.problems import problem_text
from unsub_tui.present.resources import blocked_text
from unsub_tui.present.time_format import rfc3339

if TYPE_CHECKING:
    from unsub_tui.journal.audit import Audit


def plan_rows(plan: Plan) -> list[QuoteRow] | list[ChangeRow]:
    """Return the items of a plan: quotes, or changes if the plan is reversible."""
    if not plan.action.creates_order:
        return [change_row(item, plan.action) for item in plan.items]
    return list(map(quote_row, plan.items))


def total_rows(plan: Plan) -> list[TotalRow]:
    """Return the totals of a plan."""
    return [
        {
            "currency": total.currency,
            "refund": decimal_text(total.refund),
            "handling_fee": decimal_text(total.handling_fee),
            "unknown_items": total.unknown_items,
        }
        for total in plan.totals
    ]


def quotes_document(plan: Plan, site: str) -> QuotesDocument:
    """Return the document of `quote`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "site": site,
        "as_of": rfc3339(plan.created),
        "quotes": list(map(quote_row, plan.items)),
        "totals": total_rows(plan),
        "refused": [
            {
                "resource_id": each.resource.id,
                "blocked_reason": each.reason,
                "blocked_text": blocked_text(each.reason),
            }
            for each in plan.refused
        ],
    }


def plan_text(plan: Plan, output_format: str) -> str:
    """Return the items of a plan in an export format."""
    name, columns = ("quotes", QUOTE_COLUMNS) if plan.action.creates_order else ("changes", CHANGE_COLUMNS)
    return export_text(output_format, name, columns, plan_rows(plan))


def preview_document(plan: Plan, problems: Sequence[Problem]) -> PreviewDocument:
    """Return the document of `apply` without a confirmation."""
    return {
        "schema_version": SCHEMA_VERSION,
        "action": plan.action,
        "items": plan_rows(plan),
        "refused": [
            {
                "resource_id": each.resource.id,
                "resource_name": each.resource.resource_name.raw,
                "blocked_reason": each.reason,
                "blocked_text": plan_refusal_text(each, plan),
            }
            for each in plan.refused
        ],
        "problems": [problem_text(each) for each in problems],
        "risks": [risk_text(each, plan) for each in plan.risks],
        "count": plan.count,
        "digest": plan.digest,
        "confirm": plan.plan_file_phrase if plan.items and not problems else None,
    }


def runs_document(runs: Sequence[Run]) -> RunsDocument:
    """Return the document of `runs`."""
    return {"schema_version": SCHEMA_VERSION, "runs": list(map(run_row, runs))}


def run_document(run: Run) -> RunDocument:
    """Return the document of a run with its items."""
    return {"schema_version": SCHEMA_VERSION, **run_fields(run), "items": list(map(unit_row, run.units))}


def orders_document(orders: Sequence[AttributedOrder], since: datetime) -> OrdersDocument:
    """Return the document of `orders`."""
    return {"schema_version": SCHEMA_VERSION, "since": rfc3339(since), "orders": list(map(order_row, orders))}


def order_document(detail: AttributedOrderDetails) -> OrderDocument:
    """Return the document of an order."""
    return {
        "schema_version": SCHEMA_VERSION,
        "order": order_row(detail.attributed_order),
        "by_original_order": original_order_rows(detail),
        "missing": fact_text(detail.missing) if detail.missing else None,
    }


def doctor_document(checks: Sequence[Check], worst: CheckState) -> DoctorDocument:
    """Return the document of `doctor`."""
    return {"schema_version": SCHEMA_VERSION, "checks": list(map(check_row, checks)), "worst": worst}


def journals_document(audits: Sequence[Audit], set_aside: Sequence[Path]) -> JournalsDocument:
    """Return the document of `journal verify`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "records": list(map(journal_row, audits)),
        "set_aside": list(map(str, set_aside)),
    }


DOCUMENTS = {
    "list": ResourcesDocument,
    "quote": QuotesDocument,
    "changes": ChangesDocument,
    "apply-preview": PreviewDocument,
    "runs": RunsDocument,
    "run": RunDocument,
    "run-items": ItemsDocument,
    "orders": OrdersDocument,
    "order": OrderDocument,
    "doctor": DoctorDocument,
    "journal-verify": JournalsDocument,
}
"""Documents by the name of their schema."""
