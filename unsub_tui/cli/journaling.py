"""`unsub-tui journal`: the record for those who check it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.exits import Exit
from unsub_tui.cli.output import say, write, write_json, write_table
from unsub_tui.domain.foreign import clean
from unsub_tui.engine.record_files import record_files, set_aside_files
from unsub_tui.present.words import _, plural

if TYPE_CHECKING:
    from unsub_tui.engine.records import Audit

SCHEMA_VERSION = 1
SHOWN_HASH = 12


def chosen(state_dir: Path, account_id: str | None) -> Sequence[Path]:
    """Return the records to look at; raises UsageError for an account that has none."""
    files = record_files(state_dir)
    if account_id is None:
        return files
    found = [path for path in files if path.stem == account_id]
    if not found:
        raise click.UsageError(f"there is no record of the account {clean(account_id)} in {clean(str(state_dir))}")
    return found


def verify(state_dir: Path, files: Sequence[Path], form: str, cache_dir: Path | None) -> int:
    """Examine records and write what was found; return the exit code."""
    audits = _audits(files, cache_dir)
    aside = set_aside_files(state_dir)
    if form == "json":
        records = [_row(each) for each in audits]
        paths = [str(path) for path in aside]
        write_json({"schema_version": SCHEMA_VERSION, "records": records, "set_aside": paths})
    elif audits:
        header = ("ACCOUNT", "RECORD", "EVENTS", "RUNS", "OPEN", "LAST HASH")
        write_table(header, [_line(each) for each in audits])
    else:
        say(_("there is no record yet"))
    for each in audits:
        if each.problem or each.unreadable:
            say(each.problem or each.unreadable)
    for path in aside:
        say(_("set aside, and not looked at: {path}").format(path=clean(str(path))))
    return _exit(audits)


def export(files: Sequence[Path], output: str, cache_dir: Path | None, *, may_replace: bool) -> int:
    """Write every event of these records, one a line; return the exit code."""
    from unsub_tui.engine.files import write_file
    from unsub_tui.engine.records import exported
    from unsub_tui.present.files import jsonl_text

    text = "".join(jsonl_text(exported(path)) for path in files)
    if output == "-":
        write(text)
    else:
        path = write_file(output, text, replace=may_replace)
        count = text.count("\n")
        events = plural("{n} event", "{n} events", count)
        say(_("{events} written to {path}").format(events=events, path=clean(str(path))))
    audits = _audits(files, cache_dir)
    for each in audits:
        if each.problem or each.unreadable:
            say(each.problem or each.unreadable)
    return _exit(audits)


def put_aside(state_dir: Path, account_id: str, cache_dir: Path | None) -> int:
    """Set a broken record aside and say what may be lost with it; return the exit code."""
    from unsub_tui.engine.records import begin_anew

    chosen(state_dir, account_id)
    found, aside = begin_anew(state_dir, account_id, datetime.now(UTC), cache_dir)
    if found.unreadable:
        say(found.unreadable)
        say(_("it was not set aside: whether it is sound is not known"))
        return Exit.SERVICE
    if aside is None:
        raise click.UsageError(f"the record of the account {clean(account_id)} is sound, and stays")
    say(_("the record is now {path}; the next run begins a new one").format(path=clean(str(aside))))
    if found.open_items is None:
        say(_("whether items in it are open cannot be read: see `unsub-tui orders` and Huawei Cloud's list of orders"))
    elif found.open_items:
        say(_("open in it, and not followed any more; see `unsub-tui orders` and Huawei Cloud's list:"))
        for each in found.open_items:
            say(f"  {clean(each)}")
    else:
        say(_("its table of states has no open item; it is not sound: see the latest orders in Huawei Cloud's list"))
    return Exit.OK


def _audits(files: Sequence[Path], cache_dir: Path | None) -> list[Audit]:
    """Examine these records; where there are none, nothing that reads them is loaded."""
    if not files:
        return []
    from unsub_tui.engine.records import audit

    return [audit(path, cache_dir) for path in files]


def _exit(audits: Sequence[Audit]) -> int:
    """Return the exit code: what is not sound wins over what cannot be read now, where another try may help."""
    if any(each.problem for each in audits):
        return Exit.INTERNAL
    return Exit.SERVICE if any(each.unreadable for each in audits) else Exit.OK


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
        return (clean(found.account_id), word, "-", "-", open_items, "-")
    counts = (str(found.events), str(found.runs), open_items)
    return (clean(found.account_id), _("sound"), *counts, found.last_hash[:SHOWN_HASH])
