"""`unsub-tui runs`: write the recorded runs. It must be quick: a module is imported only for a record or a format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.completions import complete_runs
from unsub_tui.cli.config.paths import cache_dir, state_dir
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.options import start_of_period
from unsub_tui.cli.output import write, write_message, write_page
from unsub_tui.cli.process.hardening import warn_about_sudo
from unsub_tui.cli.row_output import OutputColumn, RowOptions, RowTable, RowWriter, row_options
from unsub_tui.domain.resource import service_code
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.journal.paths import record_paths, set_aside_records
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.domain.run import Run, Unit
    from unsub_tui.present.export.formats import Row
    from unsub_tui.present.export.record_rows import RunItem


def _outcomes_cell(run: Run) -> str:
    from unsub_tui.present.labels import OUTCOME_LABELS

    return ", ".join(f"{count} {OUTCOME_LABELS[each]}" for each, count in run.counts_by_outcome.items())


def _started_cell(run: Run) -> str:
    from unsub_tui.present.time_format import format_short_datetime

    return format_short_datetime(run.started)


def _ticket_cell(run: Run) -> str:
    return run.plan_file.ticket.for_display() if run.plan_file else ""


_column = OutputColumn["Run"]

COLUMNS = (
    _column("run", lambda run: for_display(run.run_id), ("run_id",)),
    _column("started", _started_cell, ("started",), is_default=False, is_time=True),  # a run id contains it
    _column("action", lambda run: run.action.value if run.action else "-", ("action",)),
    _column("items", lambda run: str(len(run.units)), ("item_count",), is_right=True),
    _column("outcomes", _outcomes_cell, ("by_outcome",), narrowest=20),
    _column("by", lambda run: for_display(run.actor.operator), ("operator",), is_default=False),
    _column("ticket", _ticket_cell, ("ticket",), is_default=False),
    _column("site", lambda run: run.account.site, ("site",), rank=1),
    _column("account", lambda run: for_display(run.account.account_id), ("account",), rank=2),
)
"""Columns of the list of runs, in order."""


_item = OutputColumn["RunItem"]


def _amount(name: str, read: Callable[[Unit], Decimal | None], field: str) -> OutputColumn[RunItem]:
    def cell(item: RunItem) -> str:
        from unsub_tui.present.money import format_money

        amount = read(item.unit)
        return "" if amount is None else format_money(amount)

    return _item(name, cell, (field,), is_right=True)


def _currency(unit: Unit) -> str:
    known = unit.exact or unit.estimate
    return for_display(known.currency) if known else ""


ITEM_COLUMNS = (
    _item("id", lambda item: for_display(item.unit.resource_id), ("resource_id",)),
    _item("name", lambda item: item.unit.resource_name.for_display() or "-", ("resource_name",)),
    _item("service", lambda item: service_code(item.unit.service_type_code.for_display()), ("service",)),
    _item("region", lambda item: item.unit.region_code.for_display(), ("region_code",)),
    _item("outcome", lambda item: item.unit.outcome.value, ("outcome",)),
    _item("order", lambda item: for_display(item.unit.order_id or "-"), ("order_id",)),
    _item("error", lambda item: item.unit.problem.short_code if item.unit.problem else "-", ("error_code",)),
    _amount("estimate", lambda unit: unit.estimate.refund if unit.estimate else None, "estimate.refund"),
    _amount("refund", lambda unit: unit.exact.refund if unit.exact else None, "exact.refund"),
    _amount("fee", lambda unit: unit.exact.handling_fee if unit.exact else None, "exact.handling_fee"),
    _amount("difference", lambda unit: unit.refund_difference, "difference"),
    _item("currency", lambda item: _currency(item.unit), ("exact.currency", "estimate.currency")),
)
"""Columns of the items of a run, where the user chooses columns; without a choice they are a page."""


@click.command("runs")
@click.argument("run_id", metavar="[RUN]", required=False, shell_complete=complete_runs)
@click.option("--since", type=start_of_period, metavar="DATE|SPAN", help="Runs that began later: 2026-01, 30d.")
@click.option("--open", "only_open", is_flag=True, help="Only runs with pending items, which `resume` checks.")
@click.option("--exit-code", "tells_open", is_flag=True, help="End with 6 if a listed run has pending items, else 0.")
@row_options([column.id for column in COLUMNS], item_ids=[column.id for column in ITEM_COLUMNS])
def command(
    *, run_id: str | None, since: datetime | None, only_open: bool, tells_open: bool, row_options: RowOptions
) -> int:
    """Show the recorded runs, or the items of one. Sends no request."""
    if run_id is not None and (since or only_open):
        raise click.UsageError(_("--since and --open cannot be combined with RUN"))
    directory = state_dir()
    warn_about_sudo(directory)
    recorded: list[Run] = []
    if record_paths(directory):
        from unsub_tui.engine.journal_reader import read_all_runs

        recorded = read_all_runs(directory, cache_dir())
    if run_id is not None:
        chosen = [run for run in recorded if run.run_id.startswith(run_id)]
        if len(chosen) != 1:
            several, none = _("several runs start with {id!r}; give more of the id"), _("no run starts with {id!r}")
            raise click.UsageError((several if chosen else none).format(id=run_id))
        _write_items(chosen[0], row_options)
        return ExitCode.UNKNOWN if tells_open and _has_open_units(chosen[0]) else ExitCode.OK
    wanted = [run for run in recorded if since is None or run.started >= since]
    listed = [run for run in wanted if _has_open_units(run)] if only_open else wanted
    _write_runs(listed, row_options)
    aside = set_aside_records(directory)
    if aside:  # their runs are missing from the list
        from unsub_tui.present.pages.run import set_aside_text

        write_message(set_aside_text(aside))
    is_open = bool(aside) or any(map(_has_open_units, listed))
    return ExitCode.UNKNOWN if tells_open and is_open else ExitCode.OK


def _has_open_units(run: Run) -> bool:
    return any(unit.state.is_open for unit in run.units)


def write_run(run: Run, output_format: str) -> None:
    """Write a run with its items: the page of the app's Records tab as text or Markdown."""
    from unsub_tui.present.export.formats import page_markdown
    from unsub_tui.present.pages.run import run_page

    if output_format == "md":
        write(page_markdown(run_page(run)))
    else:
        write_page(run_page(run))


def _write_items(run: Run, options: RowOptions) -> None:
    """Write the items of a run, or without chosen columns its page as table and Markdown."""
    from unsub_tui.present.export.documents import run_document
    from unsub_tui.present.export.record_rows import ITEM, UNIT, run_items

    writer = RowWriter(options, RowTable(columns=ITEM_COLUMNS, row=ITEM.row, fields=ITEM.columns))
    if writer.has_choice or options.output_format not in ("table", "md"):
        document = run_document(run, datetime.now(UTC))

        def with_items(rows: list[Row]) -> Row:
            # Each row has the fields of its run, which the document has once.
            return document | {"items": [{name: row[name] for name in UNIT.fields} for row in rows]}

        writer.write(run_items(run), with_items)
    else:
        write_run(run, options.output_format)


def _write_runs(runs: Sequence[Run], options: RowOptions) -> None:
    """Write the list of runs, newest first."""
    if not runs and options.output_format == "table" and not (options.columns or options.sort):
        # Nothing to import.
        RowWriter(options, RowTable(columns=COLUMNS, row=lambda _run: {}, fields=())).write((), lambda _rows: {})
        return
    from unsub_tui.present.export.documents import runs_document
    from unsub_tui.present.export.record_rows import RUN

    RowWriter(options, RowTable(columns=COLUMNS, row=RUN.row, fields=RUN.columns)).write(
        runs, lambda rows: runs_document(rows, datetime.now(UTC))
    )
