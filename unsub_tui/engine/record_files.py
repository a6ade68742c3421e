"""Which records there are. What is in them is for `records`, which loads much more."""

from __future__ import annotations

from pathlib import Path

from unsub_tui.journal.journal_errors import journal_error
from unsub_tui.journal.paths import check_directory, record_paths, runs_dir, set_aside_records


def record_files(state_dir: Path) -> list[Path]:
    """Return the records of all accounts, lost ones too; raises JOURNAL where others could have written them."""
    check_state_dir(state_dir)
    try:
        return record_paths(state_dir)
    except OSError as error:
        raise journal_error(f"the records cannot be read now: {error.strerror}") from error


def set_aside_files(state_dir: Path, account_id: str | None = None) -> list[Path]:
    """Return the records that were set aside, of one account or of all: items in them may be open."""
    return set_aside_records(runs_dir(state_dir), account_id)


def check_state_dir(state_dir: Path) -> None:
    """Refuse directories that are not private; raises a JOURNAL problem."""
    try:
        check_directory(state_dir)
    except OSError as error:
        raise journal_error(f"the record cannot be read: {error.strerror}") from error
