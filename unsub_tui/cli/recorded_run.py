"""`unsub-tui runs RUN`: one run with its items as data."""

from __future__ import annotations

from decimal import Decimal

from unsub_tui.cli.output import write, write_json, write_page
from unsub_tui.cli.recording import SCHEMA_VERSION, run_row
from unsub_tui.domain.accuracy import difference
from unsub_tui.domain.breakdown import Breakdown
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.money import FIGURES, Amounts
from unsub_tui.domain.run import Run, Unit
from unsub_tui.present.aftermath import leftover_rows
from unsub_tui.present.files import csv_text, page_markdown
from unsub_tui.present.runs import run_page
from unsub_tui.present.times import rfc3339


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
