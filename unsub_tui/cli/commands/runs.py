"""`unsub-tui runs`: write the recorded runs. It must be quick: a module is imported only for a record or a format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.completions import complete_runs
from unsub_tui.cli.config.paths import cache_dir, state_dir
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.options import format_option
from unsub_tui.cli.output import write, write_json, write_message, write_page, write_table
from unsub_tui.cli.process.hardening import warn_about_sudo
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.journal.paths import record_paths, set_aside_records
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.domain.money import Amounts
    from unsub_tui.domain.run import Run, Unit

TABLE_COLUMNS = ("run", "action", "items", "outcomes", "site", "account")
"""Columns of the table, the most distinctive first, because terminals are narrow. A run id contains its start time."""

RUN_COLUMNS = ("run", "started", "account", "site", "action", "items", "outcomes")
"""Columns of the list of runs in CSV and Markdown."""

ITEM_COLUMNS = ("resource", "name", "outcome", "state", "order", "error", "estimate", "exact", "difference")
"""CSV columns of the items of a run."""


@click.command("runs")
@click.argument("run_id", metavar="[RUN]", required=False, shell_complete=complete_runs)
@format_option("json", "csv", "md")
def command(*, run_id: str | None, output_format: str) -> int:
    """Show the recorded runs, or the items of one. Sends no request."""
    directory = state_dir()
    warn_about_sudo(directory)
    recorded: list[Run] = []
    if record_paths(directory):
        from unsub_tui.engine.journal_reader import read_all_runs

        recorded = read_all_runs(directory, cache_dir())
    if run_id is None:
        _write_runs(recorded, output_format)
        aside = set_aside_records(directory)
        if aside:  # their runs are missing from the list
            from unsub_tui.present.pages.run import set_aside_text

            write_message(set_aside_text(aside))
        return ExitCode.OK
    chosen = [run for run in recorded if run.run_id.startswith(run_id)]
    if len(chosen) != 1:
        several, none = _("several runs start with {id!r}; give more of the id"), _("no run starts with {id!r}")
        raise click.UsageError((several if chosen else none).format(id=run_id))
    write_run(chosen[0], output_format)
    return ExitCode.OK


def write_run(run: Run, output_format: str) -> None:
    """Write a run with its items: JSON, CSV, or the page of the app's Records tab as text or Markdown."""
    from unsub_tui.present.export.formats import csv_text, page_markdown
    from unsub_tui.present.pages.run import run_page

    if output_format == "json":
        from unsub_tui.present.export.documents import run_document

        write_json(run_document(run))
    elif output_format == "table":
        write_page(run_page(run))
    elif output_format == "md":
        write(page_markdown(run_page(run)))
    else:
        write(csv_text(ITEM_COLUMNS, map(_item_cells, run.units)))


def _item_cells(unit: Unit) -> Sequence[str]:
    difference = unit.refund_difference
    return (
        for_display(unit.resource_id),
        unit.resource_name.for_display() or "-",
        unit.outcome.value,
        unit.state.value,
        for_display(unit.order_id or "-"),
        unit.problem.short_code if unit.problem is not None else "-",
        *((_refund(unit.estimate), _refund(unit.exact)) if unit.action.creates_order else ("-", "-")),
        "-" if difference is None or unit.exact is None else f"{difference:+.2f} {for_display(unit.exact.currency)}",
    )


def _refund(amounts: Amounts | None) -> str:
    if amounts is None or amounts.refund is None:
        return "unknown"
    return f"{amounts.refund:.2f} {for_display(amounts.currency)}"


def _write_runs(runs: Sequence[Run], output_format: str) -> None:
    """Write the list of runs, newest first."""
    if output_format == "json" and runs:
        from unsub_tui.present.export.documents import runs_document

        write_json(runs_document(runs))
        return
    cells: Sequence[Mapping[str, str]] = ()
    if runs:
        from unsub_tui.present.export.record_rows import run_cells
        from unsub_tui.present.labels import OUTCOME_LABELS

        cells = [run_cells(run, OUTCOME_LABELS if output_format == "table" else {}) for run in runs]
    if output_format == "table":
        write_table([name.upper() for name in TABLE_COLUMNS], [[row[name] for name in TABLE_COLUMNS] for row in cells])
    else:
        from unsub_tui.present.export.formats import export_text

        write(export_text(output_format, "runs", RUN_COLUMNS, [dict[str, object](row) for row in cells]))
