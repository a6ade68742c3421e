"""`unsub-tui runs RUN`: write a run with its items."""

from __future__ import annotations

from decimal import Decimal

from unsub_tui.cli.commands.runs import run_row
from unsub_tui.cli.output import write, write_json, write_page
from unsub_tui.domain.breakdown import Breakdown
from unsub_tui.domain.estimate_accuracy import unit_refund_difference
from unsub_tui.domain.money import FIGURES, Amounts
from unsub_tui.domain.run import Run, Unit
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.export.formats import csv_text, page_markdown
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.pages.leftovers import leftover_rows
from unsub_tui.present.pages.run import run_page
from unsub_tui.present.time_format import rfc3339


def unit_row(unit: Unit) -> dict[str, object]:
    """Return the stable JSON form of an item of a run."""
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
        "difference": None if (found := unit_refund_difference(unit)) is None else format(found, "f"),
        "leftovers": leftover_rows(unit),
        "leftovers_more": unit.followup.unlisted_count if unit.followup else 0,
        "leftovers_missing": list(map(fact_text, unit.followup.missing)) if unit.followup else [],
    }


def write_run(run: Run, output_format: str) -> None:
    """Write a run with its items: JSON, CSV, or the page of the app's Records tab as text or Markdown."""
    if output_format == "json":
        items = [unit_row(unit) for unit in run.units]
        write_json({**run_row(run), "items": items})
        return
    if output_format == "table":
        write_page(run_page(run))
        return
    if output_format == "md":
        write(page_markdown(run_page(run)))
        return
    header = ("RESOURCE", "NAME", "OUTCOME", "STATE", "ORDER", "ERROR", "ESTIMATE", "EXACT", "DIFFERENCE")
    rows = [
        (
            for_display(unit.resource_id),
            unit.resource_name.for_display() or "-",
            unit.outcome.value,
            unit.state.value,
            for_display(unit.order_id or "-"),
            _error(unit),
            *((_refund(unit.estimate), _refund(unit.exact)) if unit.action.creates_order else ("-", "-")),
            _difference(unit),
        )
        for unit in run.units
    ]
    write(csv_text([name.lower() for name in header], rows))


def _error(unit: Unit) -> str:
    if unit.problem is None:
        return "-"
    return unit.problem.short_code


def _refund(amounts: Amounts | None) -> str:
    if amounts is None or amounts.refund is None:
        return "unknown"
    return f"{amounts.refund:.2f} {for_display(amounts.currency)}"


def _breakdown(found: Breakdown | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "by_order": [
            {
                "base_order_id": each.base_order_id,
                "back": format(each.refunded, "f"),
                "kept": format(each.retained, "f"),
            }
            for each in found.by_order
        ],
        "by_resource": [
            {
                "resource_id": each.resource_id,
                "base_order_id": each.base_order_id,
                "back": format(each.refunded, "f"),
                "coupon_back": format(each.refunded_coupons, "f"),
                "tax": format(each.refunded_tax, "f"),
            }
            for each in found.by_resource
        ],
        "missing": list(map(fact_text, found.missing)),
    }


def _difference(unit: Unit) -> str:
    found = unit_refund_difference(unit)
    return "-" if found is None or unit.exact is None else f"{found:+.2f} {for_display(unit.exact.currency)}"


def _amounts(amounts: Amounts | None) -> dict[str, str | None] | None:
    if amounts is None:
        return None
    figures: dict[str, Decimal | None] = {name: getattr(amounts, name) for name in FIGURES}
    shown = {name: None if figure is None else format(figure, "f") for name, figure in figures.items()}
    return {"currency": amounts.currency, **shown}
