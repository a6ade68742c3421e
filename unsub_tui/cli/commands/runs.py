"""`unsub-tui runs`: write the recorded runs. It must be quick: a module is imported only for a record or a format."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.config.paths import cache_dir, state_dir
from unsub_tui.cli.context import warn_about_sudo
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.options import format_option
from unsub_tui.cli.output import write, write_json, write_message, write_table
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.journal.paths import record_paths, set_aside_records
from unsub_tui.present.labels import outcome_label
from unsub_tui.present.time_format import rfc3339

if TYPE_CHECKING:
    from unsub_tui.domain.actor import Actor
    from unsub_tui.domain.run import Run
    from unsub_tui.domain.unit_state import Outcome

RUN_COLUMNS = ("run", "started", "account", "site", "action", "items", "outcomes")
"""CSV and Markdown columns of the list of runs, in order."""
TABLE_COLUMNS = ("run", "action", "items", "outcomes", "site", "account")
"""Columns of the table, the most distinctive first, because terminals are narrow. A run id contains its start time."""


@click.command("runs")
@click.argument("run_id", metavar="[RUN]", required=False)
@format_option("json", "csv", "md")
def command(*, run_id: str | None, output_format: str) -> int:
    """Show the recorded runs, or the items of one. Reads the record only, no service."""
    directory = state_dir(os.environ)
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
        raise click.UsageError(f"{'no' if not chosen else 'more than one'} run begins with {run_id!r}")
    from unsub_tui.cli.commands.run_detail import write_run

    write_run(chosen[0], output_format)
    return ExitCode.OK


def run_row(run: Run) -> dict[str, object]:
    """Return the stable JSON form of a run in the list of runs."""
    return {
        "run_id": run.run_id,
        "started": rfc3339(run.started),
        "ended": rfc3339(run.ended),
        "account": run.account_id,
        "site": run.site,
        "operator": run.actor.operator,
        "action": run.action.value if run.action else None,
        "items": len(run.units),
        "by_outcome": {outcome.value: count for outcome, count in run.counts_by_outcome.items()},
        "person": _actor_row(run.actor),
        "planner": _actor_row(run.plan_file.planner) if run.plan_file else None,
        "ticket": run.plan_file.ticket.raw if run.plan_file else None,
        "plan_file": run.plan_file.digest if run.plan_file else None,
        "planned": rfc3339(run.plan_file.created) if run.plan_file else None,
        "plan_hash": run.plan_digest or None,
        "reason": int(run.reason) if run.reason is not None else None,
        "reason_text": run.reason_text.raw,
    }


def _write_runs(runs: Sequence[Run], output_format: str) -> None:
    """Write the list of runs, newest first."""
    if output_format == "json":
        write_json({"runs": [run_row(run) for run in runs]})
        return
    if output_format in {"csv", "md"}:
        from unsub_tui.present.export.formats import csv_text, markdown_text

        rows = [_run_cells(run, attrgetter("value")) for run in runs]
        lines = [[row[name] for name in RUN_COLUMNS] for row in rows]
        write(csv_text(RUN_COLUMNS, lines) if output_format == "csv" else markdown_text(RUN_COLUMNS, lines))
    else:
        rows = [_run_cells(run, outcome_label) for run in runs]
        write_table([name.upper() for name in TABLE_COLUMNS], [[row[name] for name in TABLE_COLUMNS] for row in rows])


def _run_cells(run: Run, word: Callable[[Outcome], str]) -> Mapping[str, str]:
    return {
        "run": run.run_id,
        "started": rfc3339(run.started) or "-",
        "account": for_display(run.account_id),
        "site": run.site,
        "action": run.action.value if run.action else "-",
        "items": str(len(run.units)),
        "outcomes": ", ".join(f"{count} {word(each)}" for each, count in run.counts_by_outcome.items()),
    }


def _actor_row(person: Actor) -> dict[str, str]:
    return {
        "operator": person.operator,
        "account_id": person.account_id,
        "user_id": person.user_id.raw,
        "user_name": person.user_name.raw,
        "access_key": person.access_key,
    }
