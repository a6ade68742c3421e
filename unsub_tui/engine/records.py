"""What the records say, read without writing: from a second terminal, or when nothing runs."""

from __future__ import annotations

from pathlib import Path

from unsub_tui.domain.run import Run, Unit
from unsub_tui.journal.place import check_directory, journal_error, journal_path, runs_dir
from unsub_tui.journal.state import Book
from unsub_tui.journal.store import read_book


def read_runs(state_dir: Path, account_id: str) -> list[Run]:
    """Return the recorded runs of an account, newest first."""
    return _newest_first(read_book_of(state_dir, account_id))


def read_open_units(state_dir: Path, account_id: str) -> list[Unit]:
    """Return what the runs of an account left open, oldest first."""
    return [unit.unit() for unit in read_book_of(state_dir, account_id).open_units()]


def read_all_runs(state_dir: Path) -> list[Run]:
    """Return the recorded runs of every account, newest first."""
    if not runs_dir(state_dir).is_dir():
        return []
    check_records(state_dir)
    runs = [run for path in sorted(runs_dir(state_dir).glob("*.db")) for run in _newest_first(read_book(path))]
    return sorted(runs, key=lambda run: run.started, reverse=True)


def read_book_of(state_dir: Path, account_id: str) -> Book:
    """Return what the record of an account comes to."""
    path = journal_path(state_dir, account_id)
    if not runs_dir(state_dir).exists():
        return Book()
    check_records(state_dir)
    return read_book(path)


def check_records(state_dir: Path) -> None:
    """Refuse directories that are not private; raises a JOURNAL problem."""
    try:
        check_directory(state_dir)
    except OSError as error:
        raise journal_error(f"the record cannot be read: {error.strerror}") from error


def _newest_first(book: Book) -> list[Run]:
    runs = [state.run() for state in book.runs.values()]
    return sorted(runs, key=lambda run: run.started, reverse=True)
