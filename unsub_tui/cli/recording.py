"""`unsub-tui runs`: the record as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter
from pathlib import Path

from unsub_tui.cli.output import say, write, write_json, write_page, write_table
from unsub_tui.domain.accuracy import difference
from unsub_tui.domain.breakdown import Breakdown
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.money import FIGURES, Amounts
from unsub_tui.domain.outcome import Outcome
from unsub_tui.domain.person import Person
from unsub_tui.domain.run import Run, Unit
from unsub_tui.present.aftermath import leftover_rows
from unsub_tui.present.files import csv_text, markdown_text, page_markdown
from unsub_tui.present.rows import rfc3339
from unsub_tui.present.runs import run_page, set_aside_text
from unsub_tui.present.units import outcome_word

SCHEMA_VERSION = 1

RUN_COLUMNS = ("run", "started", "account", "site", "action", "items", "outcomes")
"""The columns of the list of runs in CSV, in order."""
TABLE_COLUMNS = ("run", "action", "items", "outcomes", "site", "account")
"""Those of the table: what tells runs apart first, for the terminal is narrow; a run's name has the time in it."""


def run_row(run: Run) -> dict[str, object]:
    """Return the stable JSON form of one run in the list of runs."""
    return {
        "run_id": run.run_id,
        "started": rfc3339(run.started),
        "ended": rfc3339(run.ended),
        "account": run.account_id,
        "site": run.site,
        "operator": run.operator,
        "action": run.action.value if run.action else None,
        "items": len(run.units),
        "by_outcome": {outcome.value: count for outcome, count in run.by_outcome.items()},
        "person": _person(run.person),
        "planner": _person(run.filed.planner) if run.filed else None,
        "ticket": run.filed.ticket.raw if run.filed else None,
        "plan_file": run.filed.digest if run.filed else None,
        "planned": rfc3339(run.filed.created) if run.filed else None,
        "plan_hash": run.plan_digest or None,
        "reason": int(run.reason) if run.reason is not None else None,
        "reason_text": run.reason_text.raw,
    }


def unit_row(unit: Unit) -> dict[str, object]:
    """Return the stable JSON form of one item of a run."""
    return {
        "resource_id": unit.resource_id,
        "resource_name": unit.resource_name.raw,
        "service_type_code": unit.service_type_code.raw,
        "attached_resource_ids": list(unit.attached_ids),
        "action": unit.action.value,
        "outcome": unit.outcome.value,
        "state": unit.state.value,
        "changed": rfc3339(unit.changed),
        "order_id": unit.order_id,
        "candidate_order_ids": list(unit.candidates),
        "error_code": (unit.problem.code.raw or unit.problem.kind.value) if unit.problem else None,
        "estimate": _amounts(unit.estimate),
        "exact": _amounts(unit.exact),
        "order_status": unit.order_status,
        "breakdown": _breakdown(unit.breakdown),
        "difference": None if (found := difference(unit)) is None else format(found, "f"),
        "leftovers": leftover_rows(unit),
        "leftovers_more": unit.aftermath.more if unit.aftermath else 0,
        "leftovers_missing": list(unit.aftermath.missing) if unit.aftermath else [],
    }


def write_runs(runs: Sequence[Run], form: str) -> None:
    """Write the list of runs, newest first."""
    if form == "json":
        write_json({"schema_version": SCHEMA_VERSION, "runs": [run_row(run) for run in runs]})
        return
    if form in {"csv", "md"}:
        rows = [_run_cells(run, attrgetter("value")) for run in runs]
        lines = [[row[name] for name in RUN_COLUMNS] for row in rows]
        write(csv_text(RUN_COLUMNS, lines) if form == "csv" else markdown_text(RUN_COLUMNS, lines))
    else:
        rows = [_run_cells(run, outcome_word) for run in runs]
        write_table([name.upper() for name in TABLE_COLUMNS], [[row[name] for name in TABLE_COLUMNS] for row in rows])


def tell_of_records_aside(paths: Sequence[Path]) -> None:
    """Say what the list lacks because its record was set aside."""
    if paths:
        say(set_aside_text(paths))


def write_run(run: Run, form: str) -> None:
    """Write one run with its items; for people and for tickets as a page, in the words of the app's Records."""
    if form == "json":
        items = [unit_row(unit) for unit in run.units]
        write_json({"schema_version": SCHEMA_VERSION, **run_row(run), "items": items})
        return
    if form == "table":
        write_page(run_page(run))
        return
    if form == "md":
        write(page_markdown(run_page(run)))
        return
    header = ("RESOURCE", "NAME", "OUTCOME", "STATE", "ORDER", "ERROR", "ESTIMATE", "EXACT", "DIFFERENCE")
    rows = [
        (
            clean(unit.resource_id),
            unit.resource_name.clean() or "-",
            unit.outcome.value,
            unit.state.value,
            clean(unit.order_id or "-"),
            _error(unit),
            *(("-", "-") if unit.action.is_undoable else (_refund(unit.estimate), _refund(unit.exact))),
            _difference(unit),
        )
        for unit in run.units
    ]
    write(csv_text([name.lower() for name in header], rows))


def _run_cells(run: Run, word: Callable[[Outcome], str]) -> Mapping[str, str]:
    return {
        "run": run.run_id,
        "started": rfc3339(run.started) or "-",
        "account": clean(run.account_id),
        "site": run.site,
        "action": run.action.value if run.action else "-",
        "items": str(len(run.units)),
        "outcomes": ", ".join(f"{count} {word(each)}" for each, count in run.by_outcome.items()),
    }


def _person(person: Person | None) -> dict[str, str] | None:
    if person is None:
        return None
    return {
        "operator": person.operator,
        "account_id": person.account_id,
        "user_id": person.user_id.raw,
        "user_name": person.user_name.raw,
        "access_key": person.access_key,
    }


def _error(unit: Unit) -> str:
    if unit.problem is None:
        return "-"
    return unit.problem.code.clean() or unit.problem.kind.value


def _refund(amounts: Amounts | None) -> str:
    if amounts is None or amounts.refund is None:
        return "unknown"
    return f"{amounts.refund:.2f} {clean(amounts.currency)}"


def _breakdown(found: Breakdown | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "by_order": [
            {"base_order_id": each.base_order_id, "back": format(each.back, "f"), "kept": format(each.kept, "f")}
            for each in found.by_order
        ],
        "by_resource": [
            {
                "resource_id": each.resource_id,
                "base_order_id": each.base_order_id,
                "back": format(each.back, "f"),
                "coupon_back": format(each.coupon_back, "f"),
                "tax": format(each.tax, "f"),
            }
            for each in found.by_resource
        ],
        "missing": list(found.missing),
    }


def _difference(unit: Unit) -> str:
    found = difference(unit)
    return "-" if found is None or unit.exact is None else f"{found:+.2f} {clean(unit.exact.currency)}"


def _amounts(amounts: Amounts | None) -> dict[str, str | None] | None:
    if amounts is None:
        return None
    figures: dict[str, Decimal | None] = {name: getattr(amounts, name) for name in FIGURES}
    shown = {name: None if figure is None else format(figure, "f") for name, figure in figures.items()}
    return {"currency": amounts.currency, **shown}
