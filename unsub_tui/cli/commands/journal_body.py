"""`unsub-tui journal`: verify, export and set aside journals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.output import write, write_json, write_message, write_table
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.journal.paths import record_paths, set_aside_records
from unsub_tui.present.i18n import _, plural

if TYPE_CHECKING:
    from unsub_tui.engine.journal_reader import Audit

SCHEMA_VERSION = 1
SHOWN_HASH = 12


def select_records(state_dir: Path, account_id: str | None) -> Sequence[Path]:
    """Return the journals to process. Raises UsageError if the account has none."""
    files = record_paths(state_dir)
    if account_id is None:
        return files
    found = [path for path in files if path.stem == account_id]
    if not found:
        raise click.UsageError(
            f"there is no record of the account {for_display(account_id)} in {for_display(str(state_dir))}"
        )
    return found


def verify(state_dir: Path, files: Sequence[Path], output_format: str, cache_dir: Path | None) -> int:
    """Verify journals and write the findings; return the exit code."""
    audits = _audit_records(files, cache_dir)
    aside = set_aside_records(state_dir)
    if output_format == "json":
        records = [_row(each) for each in audits]
        paths = [str(path) for path in aside]
        write_json({"schema_version": SCHEMA_VERSION, "records": records, "set_aside": paths})
    elif audits:
        header = ("ACCOUNT", "RECORD", "EVENTS", "RUNS", "OPEN", "LAST HASH")
        write_table(header, [_line(each) for each in audits])
    else:
        write_message(_("there is no record yet"))
    for each in audits:
        if each.problem or each.unreadable:
            write_message(each.problem or each.unreadable)
    for path in aside:
        write_message(_("set aside, and not looked at: {path}").format(path=for_display(str(path))))
    return _exit_code(audits)


def export(files: Sequence[Path], output: str, cache_dir: Path | None, *, overwrite: bool) -> int:
    """Write every event of the journals, one per line; return the exit code."""
    from unsub_tui.engine.files import write_file
    from unsub_tui.engine.journal_reader import export_events
    from unsub_tui.present.export.formats import jsonl_text

    text = "".join(jsonl_text(export_events(path)) for path in files)
    if output == "-":
        write(text)
    else:
        path = write_file(output, text, replace=overwrite)
        count = text.count("\n")
        events = plural("{n} event", "{n} events", count)
        write_message(_("{events} written to {path}").format(events=events, path=for_display(str(path))))
    audits = _audit_records(files, cache_dir)
    for each in audits:
        if each.problem or each.unreadable:
            write_message(each.problem or each.unreadable)
    return _exit_code(audits)


def set_aside_record(state_dir: Path, account_id: str, cache_dir: Path | None) -> int:
    """Set a broken journal aside and report the items that are no longer followed; return the exit code."""
    from unsub_tui.engine.journal_reader import set_aside_broken_journal

    select_records(state_dir, account_id)
    audited, new_path = set_aside_broken_journal(state_dir, account_id, datetime.now(UTC), cache_dir)
    if audited.unreadable:
        write_message(audited.unreadable)
        write_message(_("it was not set aside: whether it is sound is not known"))
        return ExitCode.SERVICE
    if new_path is None:
        raise click.UsageError(f"the record of the account {for_display(account_id)} is sound, and stays")
    write_message(_("the record is now {path}; the next run begins a new one").format(path=for_display(str(new_path))))
    if audited.open_items is None:
        write_message(
            _("whether items in it are open cannot be read: see `unsub-tui orders` and Huawei Cloud's list of orders")
        )
    elif audited.open_items:
        write_message(_("open in it, and not followed any more; see `unsub-tui orders` and Huawei Cloud's list:"))
        for each in audited.open_items:
            write_message(f"  {for_display(each)}")
    else:
        write_message(
            _("its table of states has no open item; it is not sound: see the latest orders in Huawei Cloud's list")
        )
    return ExitCode.OK


def _audit_records(files: Sequence[Path], cache_dir: Path | None) -> list[Audit]:
    """Return the audits of the journals; without journals, do not import their reader."""
    if not files:
        return []
    from unsub_tui.engine.journal_reader import audit

    return [audit(path, cache_dir) for path in files]


def _exit_code(audits: Sequence[Audit]) -> int:
    """Return the exit code. A broken journal takes precedence over an unreadable one, for which a retry may help."""
    if any(each.problem for each in audits):
        return ExitCode.INTERNAL
    return ExitCode.SERVICE if any(each.unreadable for each in audits) else ExitCode.OK


def _row(found: Audit) -> dict[str, object]:
    is_sound = not (found.problem or found.unreadable)
    return {
        "account": found.account_id,
        "path": str(found.path),
        "sound": None if found.unreadable else not found.problem,
        "problem": found.problem or found.unreadable or None,
        "events": found.events if is_sound else None,
        "runs": found.runs if is_sound else None,
        "open_items": None if found.open_items is None else list(found.open_items),
        "last_hash": found.last_hash or None,
    }


def _line(found: Audit) -> tuple[str, ...]:
    open_items = "?" if found.open_items is None else str(len(found.open_items))
    if found.problem or found.unreadable:
        word = _("BROKEN") if found.problem else _("UNREADABLE")
        return (for_display(found.account_id), word, "-", "-", open_items, "-")
    counts = (str(found.events), str(found.runs), open_items)
    return (for_display(found.account_id), _("sound"), *counts, found.last_hash[:SHOWN_HASH])
