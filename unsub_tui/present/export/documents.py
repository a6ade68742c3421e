"""JSON documents of the commands; docs/schemas has their forms, written by `.ci/make_schemas.py`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.contract import ContractReport
from unsub_tui.domain.first_day import FirstDayStep
from unsub_tui.domain.order import AttributedOrderDetails
from unsub_tui.domain.plan import Plan, RecordedRefusal
from unsub_tui.domain.problem import Check, CheckState, Problem
from unsub_tui.domain.run import Run, Unit
from unsub_tui.present.export.contract_rows import CONTRACT
from unsub_tui.present.export.endings import CommandOutcome, Ending, ending_fields, problem_rows
from unsub_tui.present.export.formats import SCHEMA_VERSION, Row, export_text, markdown_text, page_markdown
from unsub_tui.present.export.quote_facts import quotes_with_facts
from unsub_tui.present.export.record_rows import CHECK, CHECKED_ITEM, JOURNAL, ORDER, RUN, refund_rows
from unsub_tui.present.export.rows import CHANGE, QUOTE, TOTAL, change_rows, refused_rows
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.pages.confirmation import risk_text
from unsub_tui.present.pages.review_table import ReviewTable
from unsub_tui.present.resources import name_and_id
from unsub_tui.present.time_format import rfc3339

if TYPE_CHECKING:
    from unsub_tui.journal.audit import Audit


def listing_document(
    name: str, rows: list[Row], as_of: datetime | None, account: AccountRef | None = None, **more: object
) -> Row:
    """Return the document of a list; `name` is the key of its rows. Of several accounts, none is named."""
    return _document(**_owner(account), as_of=rfc3339(as_of), **more, **{name: rows})


def _owner(account: AccountRef | None) -> Row:
    return {"account": account.account_id if account else None, "site": account.site if account else None}


def quotes_document(plan: Plan, ending: Ending, quotes: list[Row], left_out: Sequence[RecordedRefusal]) -> Row:
    """Return the document of `quote`: the quotes of a plan; `left_out` are given ids that the account does not have."""
    return ending_fields(ending) | {
        "quotes": quotes,
        "totals": TOTAL.rows(plan.totals),
        "refused": refused_rows((*plan.refused, *left_out), plan.action),
        "problems": [],
    }


def plan_text(plan: Plan, output_format: str, quotes: list[Row] | None = None) -> str:
    """Return the items of a plan in an export format: quotes, or these rows; changes if the plan is reversible."""
    if plan.action.creates_order:
        rows = QUOTE.rows(plan.items) if quotes is None else quotes
        return export_text(output_format, "quotes", QUOTE.columns, rows)
    return export_text(output_format, "changes", CHANGE.columns, change_rows(plan.items, plan.action))


def review_markdown(table: ReviewTable) -> str:
    """Return a review for a ticket: title, summary, and a table that also names ids and attached resources."""
    columns = table.columns()
    header = ["", *(column.title for column in columns), "id", "attached resources"]
    rows = [
        [
            table.marker(row).strip(),
            *(column.cell(row) for column in columns),
            row.resource.resource_id.for_display(),
            "; ".join(map(name_and_id, row.item.attached if row.item is not None else ())),
        ]
        for row in table.rows()
    ]
    return page_markdown(table.heading()) + "\n" + markdown_text(header, rows)


def plan_document(
    plan: Plan, problems: Iterable[Problem], ending: Ending, file: str | None, left_out: Sequence[RecordedRefusal]
) -> Row:
    """Return the document of `plan`; `file` is the plan file, or None if none was written.

    `left_out` are given ids that the account does not have, or that are not among the resources to plan.
    """
    return ending_fields(ending) | {"file": file} | _plan_fields(plan, problems, left_out)


def review_document(plan: Plan, problems: Iterable[Problem], ending: Ending) -> Row:
    """Return the document of `apply` without a run: what the confirmation phrase, if there is one, confirms."""
    phrase = plan.plan_file_phrase if ending.outcome is CommandOutcome.DONE else None
    return ending_fields(ending) | _plan_fields(plan, problems) | {"digest": plan.digest, "confirm": phrase}


def _plan_fields(plan: Plan, problems: Iterable[Problem], left_out: Sequence[RecordedRefusal] = ()) -> Row:
    quotes = QUOTE.rows(plan.items) if plan.findings is None else quotes_with_facts(plan.items, plan.findings.by_id)
    return {
        "action": plan.action,
        "one_by_one": plan.one_by_one,
        "items": quotes if plan.action.creates_order else change_rows(plan.items, plan.action),
        "totals": TOTAL.rows(plan.totals),
        "refused": refused_rows((*plan.refused, *left_out), plan.action),
        "problems": problem_rows(problems),
        "risks": [{"code": each, "text": risk_text(each, plan)} for each in plan.risks],
        "missing_backup_ids": [each.id for each in plan.items if each.missing_backup_days],
        "count": plan.count,
    }


def runs_document(runs: list[Row], now: datetime) -> Row:
    """Return the document of `runs`. Of several accounts, none is named beside the runs."""
    owners = {(run["account"], run["site"]) for run in runs}
    account, site = owners.pop() if len(owners) == 1 else (None, None)
    return _document(account=account, site=site, as_of=rfc3339(now), runs=runs)


def run_document(run: Run, now: datetime) -> Row:
    """Return the document of a run with its items."""
    return _document(as_of=rfc3339(now), **RUN.row(run))


def result_document(run: Run, problem: Problem | None, ending: Ending) -> Row:
    """Return the document of `apply` after a run: that of the run, and how it ended."""
    return ending_fields(ending) | RUN.row(run) | {"problems": problem_rows(filter(None, [problem]))}


def status_document(units: Sequence[Unit], problem: Problem | None, ending: Ending, set_aside: Sequence[Path]) -> Row:
    """Return the document of `resume`: the checked items, and the records that were set aside."""
    return ending_fields(ending) | {
        "items": CHECKED_ITEM.rows(units),
        "refused": [],
        "problems": problem_rows(filter(None, [problem])),
        "set_aside": list(map(str, set_aside)),
    }


def orders_document(orders: list[Row], since: datetime, account: AccountRef, now: datetime) -> Row:
    """Return the document of `orders`."""
    return listing_document("orders", orders, now, account, since=rfc3339(since))


def order_document(detail: AttributedOrderDetails, account: AccountRef, now: datetime) -> Row:
    """Return the document of an order."""
    return _document(
        **_owner(account),
        as_of=rfc3339(now),
        order=ORDER.row(detail.attributed_order),
        by_original_order=refund_rows(detail),
        missing=fact_text(detail.missing) if detail.missing else None,
    )


def doctor_document(
    checks: Sequence[Check],
    contract: ContractReport | None,
    ending: Ending,
    *,
    step: FirstDayStep | None,
    command: str,
    line: str,
) -> Row:
    """Return the document of `doctor`; `contract` is None if the contract was not checked.

    `step` and `command` are the next step of the first day, `line` is the one for a bug report.
    """
    failed = [check.problem for check in checks if check.problem is not None and check.state is CheckState.FAILED]
    states = {check.state for check in checks}
    worst = next((each for each in (CheckState.FAILED, CheckState.WARNING) if each in states), CheckState.OK)
    found = None if contract is None else CONTRACT.row(contract)
    following = None if step is None else {"step": step, "command": command}
    return ending_fields(ending) | {
        "checks": CHECK.rows(checks),
        "problems": problem_rows(failed),
        "worst": worst,
        "contract": found,
        "next_step": following,
        "report_line": line,
    }


def journals_document(audits: Sequence[Audit], set_aside: Sequence[Path], now: datetime) -> Row:
    """Return the document of `journal verify`."""
    return _document(as_of=rfc3339(now), records=JOURNAL.rows(audits), set_aside=list(map(str, set_aside)))


def _document(**fields: object) -> Row:
    return {"schema_version": SCHEMA_VERSION, **fields}
