"""Which records there are. What is in them is for `records`, which loads much more."""

from __future__ import annotations

from pathlib import Path

from unsub_tui.journal.place import check_directory, record_paths, records_aside, runs_dir
from unsub_tui.journal.soundness import journal_error


def record_files(state_dir: Path) -> list[Path]:
    """Return the records of all accounts, lost ones too; raises JOURNAL where others could have written them."""
    check_records(state_dir)
    try:
        return record_paths(state_dir)
    except OSError as error:
        raise journal_error(f"the records cannot be read now: {error.strerror}") from error


def set_aside_files(state_dir: Path, account_id: str | None = None) -> list[Path]:
    """Return the records that were set aside, of one account or of all: items in them may be open."""
    return records_aside(runs_dir(state_dir), account_id)


def check_records(state_dir: Path) -> None:
    """Refuse directories that are not private; raises a JOURNAL problem."""
    try:
        check_directory(state_dir)
    except OSError as error:
        raise journal_error(f"the record cannot be read: {error.strerror}") from error
