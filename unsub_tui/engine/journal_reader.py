"""Read-only queries on the journals, usable while another process runs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from unsub_tui.domain.run import Run, Unit
from unsub_tui.engine.run.recovery import needs_followup
from unsub_tui.journal.audit import Audit, audit, set_aside
from unsub_tui.journal.lock import AccountLock
from unsub_tui.journal.paths import check_state_dir, journal_path, lock_path, record_paths
from unsub_tui.journal.replay import JournalState
from unsub_tui.journal.store import read_state


def read_runs(state_dir: Path, account_id: str, cache_dir: Path | None = None) -> list[Run]:
    """Return the runs of an account, newest first."""
    return _newest_first(read_account_journal(state_dir, account_id, cache_dir))


def read_open_units(state_dir: Path, account_id: str, cache_dir: Path | None = None) -> list[Unit]:
    """Return the open units of an account, oldest first."""
    return list(read_account_journal(state_dir, account_id, cache_dir).open_units())


def read_units_needing_followup(
    state_dir: Path, account_id: str, now: datetime, cache_dir: Path | None = None
) -> list[Unit]:
    """Return the units for which a status check can still find more, oldest first."""
    book = read_account_journal(state_dir, account_id, cache_dir)
    return [unit for unit in book.units() if needs_followup(unit, now)]


def read_all_runs(state_dir: Path, cache_dir: Path | None = None) -> list[Run]:
    """Return the runs of all accounts, newest first."""
    runs = [run for path in record_paths(state_dir) for run in _newest_first(read_state(path, cache_dir))]
    return sorted(runs, key=lambda run: run.started, reverse=True)


def read_account_journal(state_dir: Path, account_id: str, cache_dir: Path | None = None) -> JournalState:
    """Return the state of an account's journal after all its events."""
    check_state_dir(state_dir)
    return read_state(journal_path(state_dir, account_id), cache_dir)


def _newest_first(book: JournalState) -> list[Run]:
    runs = [state.to_run() for state in book.runs.values()]
    return sorted(runs, key=lambda run: run.started, reverse=True)


def set_aside_broken_journal(
    state_dir: Path, account_id: str, now: datetime, cache_dir: Path | None = None
) -> tuple[Audit, Path | None]:
    """Set aside a damaged journal, so that the next run starts a new one. Return the audit and the new path.

    A sound or temporarily unreadable journal stays in place, and the path is None. Raise LOCKED during a run.
    """
    path = journal_path(state_dir, account_id)
    lock = AccountLock.acquire(lock_path(state_dir, account_id), now)
    try:
        found = audit(path, cache_dir)
        return found, set_aside(path, now) if found.is_corrupt else None
    finally:
        lock.release()
