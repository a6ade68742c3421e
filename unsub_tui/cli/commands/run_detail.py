"""`unsub-tui runs RUN`: write a run with its items."""

from __future__ import annotations

from unsub_tui.cli.output import write, write_json, write_page
from unsub_tui.domain.estimate_accuracy import unit_refund_difference
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.run import Run, Unit
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.export.documents import run_document
from unsub_tui.present.export.formats import csv_text, page_markdown
from unsub_tui.present.pages.run import run_page


def write_run(run: Run, output_format: str) -> None:
    """Write a run with its items: JSON, CSV, or the page of the app's Records tab as text or Markdown."""
    if output_format == "json":
        write_json(run_document(run))
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


def _difference(unit: Unit) -> str:
    found = unit_refund_difference(unit)
    return "-" if found is None or unit.exact is None else f"{found:+.2f} {for_display(unit.exact.currency)}"
