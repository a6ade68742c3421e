"""Paths of the journals. `journal_reader` reads their content and imports much more."""

from __future__ import annotations

from pathlib import Path

from unsub_tui.journal.journal_errors import journal_error
from unsub_tui.journal.paths import check_directory, record_paths, runs_dir, set_aside_records


def record_files(state_dir: Path) -> list[Path]:
    """Return the journals of all accounts, including incomplete ones. Raise JOURNAL if other users could write them."""
    check_state_dir(state_dir)
    try:
        return record_paths(state_dir)
    except OSError as error:
        raise journal_error(f"the records cannot be read now: {error.strerror}") from error


def set_aside_files(state_dir: Path, account_id: str | None = None) -> list[Path]:
    """Return the journals that were set aside, of one account or of all; they may contain open units."""
    return set_aside_records(runs_dir(state_dir), account_id)


def check_state_dir(state_dir: Path) -> None:
    """Raise JOURNAL if the state directory is not private or cannot be read."""
    try:
        check_directory(state_dir)
    except OSError as error:
        raise journal_error(f"the record cannot be read: {error.strerror}") from error
