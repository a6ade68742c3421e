"""`unsub-tui runs`: write the recorded runs. It must be quick: a module is imported only for a record or a format."""

from __future__ import annotations

from collections.abc import Sequence
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
    from unsub_tui.domain.run import Run

_HEADER = ("RUN", "ACTION", "ITEMS", "OUTCOMES", "SITE", "ACCOUNT")
"""Columns of the table, the most distinctive first, because terminals are narrow. A run id contains its start time."""


@click.command("runs")
@click.argument("run_id", metavar="[RUN]", required=False, shell_complete=complete_runs)
@format_option("json", "jsonl", "csv", "md")
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
    """Write a run with its items: as rows for other programs, or as the page of the app's Records tab."""
    from unsub_tui.present.export.formats import export_text, page_markdown
    from unsub_tui.present.pages.run import run_page

    if output_format == "json":
        from unsub_tui.present.export.documents import run_document

        write_json(run_document(run))
    elif output_format == "table":
        write_page(run_page(run))
    elif output_format == "md":
        write(page_markdown(run_page(run)))
    else:
        from unsub_tui.present.export.record_rows import ITEM, item_rows

        write(export_text(output_format, "items", ITEM.columns, item_rows([run])))


def _write_runs(runs: Sequence[Run], output_format: str) -> None:
    """Write the list of runs, newest first."""
    if output_format == "table":
        write_table(_HEADER, list(map(_line, runs)))
        return
    if output_format == "json":
        from unsub_tui.present.export.documents import runs_document

        write_json(runs_document(runs))
        return
    from unsub_tui.present.export.formats import export_text
    from unsub_tui.present.export.record_rows import RUN

    write(export_text(output_format, "runs", RUN.columns, RUN.rows(runs)))


def _line(run: Run) -> tuple[str, ...]:
    from unsub_tui.present.labels import OUTCOME_LABELS

    return (
        run.run_id,
        run.action.value if run.action else "-",
        str(len(run.units)),
        ", ".join(f"{count} {OUTCOME_LABELS[each]}" for each, count in run.counts_by_outcome.items()),
        run.account.site,
        for_display(run.account.account_id),
    )
