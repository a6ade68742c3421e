"""`unsub-tui journal`: verify, export and set aside journals. Without journals, their reader is not imported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.completions import complete_accounts, complete_files
from unsub_tui.cli.config.paths import cache_dir, state_dir
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.options import format_option
from unsub_tui.cli.output import write, write_json, write_message, write_table
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.journal.paths import record_paths, set_aside_records
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.journal.audit import Audit

SHOWN_HASH = 12

_account_option = click.option(
    "--account",
    "account_id",
    metavar="ID",
    shell_complete=complete_accounts,
    help="Only the record of this account.",
)


@click.group("journal")
def command() -> None:
    """Verify, export or set aside a record."""


@command.command("verify", short_help="Verify records: file, hashes, states.")
@_account_option
@format_option("json")
def verify(*, account_id: str | None, output_format: str) -> int:
    """Verify records: the file, the chain of hashes, the states, the head and its copy.

    Exit code 1: a record is not sound. Exit code 4: a record cannot be read now and may be sound.
    """
    audits = _audit_records(_select_records(account_id))
    aside = set_aside_records(state_dir())
    if output_format == "json":
        _write_document(audits, aside)
    elif audits:
        header = ("ACCOUNT", "RECORD", "EVENTS", "RUNS", "PENDING", "LAST HASH")
        write_table(header, [_line(each) for each in audits])
    else:
        write_message(_("There is no record yet."))
    code = _report_audits(audits)
    for path in aside:
        write_message(_("Set aside, not verified: {path}").format(path=for_display(str(path))))
    return code


@command.command("export", short_help="Write every event as a line of JSON.")
@_account_option
@click.option(
    "-o",
    "--output",
    default="-",
    metavar="FILE",
    shell_complete=complete_files,
    help="Output file; - is stdout.",
    show_default=True,
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def export(*, account_id: str | None, output: str, force: bool) -> int:
    """Write every event as a line of JSON, with the hashes of the chain (unsub-tui help plans)."""
    from unsub_tui.engine.files import write_file
    from unsub_tui.journal.audit import export_events
    from unsub_tui.present.export.formats import jsonl_text

    files = _select_records(account_id)
    text = "".join(jsonl_text(export_events(path)) for path in files)
    if output == "-":
        write(text)
    else:
        path = write_file(output, text, replace=force)
        write_message(_("{count} events written to {path}").format(count=text.count("\n"), path=for_display(str(path))))
    return _report_audits(_audit_records(files))


@command.command("set-aside")
@click.argument("account_id", metavar="ACCOUNT")
def set_aside(*, account_id: str) -> int:
    """Set aside a record that is not sound. The next run starts a new record.

    Pending items of the old record are no longer followed. A record that merely cannot be read now is not set aside.
    """
    from unsub_tui.engine.journal_reader import set_aside_broken_journal

    _select_records(account_id)
    audited, new_path = set_aside_broken_journal(state_dir(), account_id, datetime.now(UTC), cache_dir())
    if not audited.is_readable:
        _write_problem(audited)
        write_message(_("The record was not set aside: it may be sound."))
        return ExitCode.SERVICE
    if new_path is None:
        words = _("the record of the account {account} is sound and stays in place")
        raise click.UsageError(words.format(account=for_display(account_id)))
    words = _("The record was moved to {path}. The next run starts a new record.")
    write_message(words.format(path=for_display(str(new_path))))
    _report_open_items(audited)
    return ExitCode.OK


def _write_document(audits: Sequence[Audit], aside: Sequence[Path]) -> None:
    now = datetime.now(UTC)
    if audits:
        from unsub_tui.present.export.documents import journals_document

        write_json(journals_document(audits, aside, now))
        return
    from unsub_tui.present.export.formats import SCHEMA_VERSION
    from unsub_tui.present.time_format import rfc3339

    aside_texts = list(map(str, aside))
    write_json({"schema_version": SCHEMA_VERSION, "as_of": rfc3339(now), "records": [], "set_aside": aside_texts})


def _select_records(account_id: str | None) -> Sequence[Path]:
    """Return the journals of the account, or of all accounts. Raises UsageError if the account has none."""
    directory = state_dir()
    files = record_paths(directory)
    if account_id is None:
        return files
    found = [path for path in files if path.stem == account_id]
    if not found:
        words = _("there is no record of the account {account} in {directory}")
        raise click.UsageError(words.format(account=for_display(account_id), directory=for_display(str(directory))))
    return found


def _audit_records(files: Sequence[Path]) -> list[Audit]:
    if not files:
        return []
    from unsub_tui.journal.audit import audit

    return [audit(path, cache_dir()) for path in files]


def _report_audits(audits: Sequence[Audit]) -> int:
    """Report the problems found; return the exit code.

    A broken journal takes precedence over an unreadable one, for which a retry may help.
    """
    for each in audits:
        _write_problem(each)
    if any(each.is_corrupt for each in audits):
        return ExitCode.INTERNAL
    return ExitCode.OK if all(each.is_readable for each in audits) else ExitCode.SERVICE


def _write_problem(found: Audit) -> None:
    if found.problem is not None:
        from unsub_tui.present.problems import problem_details

        write_message(problem_details(found.problem))


def _report_open_items(audited: Audit) -> None:
    """Report the items of a journal set aside that are no longer followed."""
    if audited.open_items is None:
        words = _("Its pending items cannot be read. See `unsub-tui orders` and the list of orders in Huawei Cloud.")
        write_message(words)
    elif audited.open_items:
        write_message(_("No longer followed; see `unsub-tui orders` and the list of orders in Huawei Cloud:"))
        for each in audited.open_items:
            write_message(f"  {for_display(each)}")
    else:
        write_message(_("It lists no pending items but is not sound. See the latest orders in Huawei Cloud."))


def _line(found: Audit) -> tuple[str, ...]:
    open_items = "?" if found.open_items is None else str(len(found.open_items))
    if found.problem is not None:
        word = _("BROKEN") if found.is_corrupt else _("UNREADABLE")
        return (for_display(found.account_id), word, "-", "-", open_items, "-")
    counts = (str(found.events), str(found.runs), open_items)
    return (for_display(found.account_id), _("sound"), *counts, found.last_hash[:SHOWN_HASH])
