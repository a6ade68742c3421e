"""Read-only queries on the journals, usable while another process runs. They write and submit nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from unsub_tui.domain.account import LockOwner
from unsub_tui.domain.run import Run, Unit
from unsub_tui.journal.audit import Audit, audit, set_aside
from unsub_tui.journal.lock import AccountLock, read_lock_owner
from unsub_tui.journal.paths import check_state_dir, journal_path, lock_path, record_paths
from unsub_tui.journal.replay import JournalState
from unsub_tui.journal.store import read_last_seq, read_state


def read_account_journal(state_dir: Path, account_id: str, cache_dir: Path | None = None) -> JournalState:
    """Return the state of an account's journal after all its events."""
    check_state_dir(state_dir)
    return read_state(journal_path(state_dir, account_id), cache_dir)


def read_runs(state_dir: Path, account_id: str, cache_dir: Path | None = None) -> list[Run]:
    """Return the runs of an account, newest first."""
    return _newest_first(read_account_journal(state_dir, account_id, cache_dir))


def read_all_runs(state_dir: Path, cache_dir: Path | None = None) -> list[Run]:
    """Return the runs of all accounts, newest first."""
    return _newest_first(*(read_state(path, cache_dir) for path in record_paths(state_dir)))


def _newest_first(*states: JournalState) -> list[Run]:
    runs = [run.to_run() for state in states for run in state.runs.values()]
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


def find_lock_owner(state_dir: Path, account_id: str) -> LockOwner | None:
    """Return the process that holds the account's lock, or None."""
    return read_lock_owner(lock_path(state_dir, account_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSnapshot:
    """State of another process's run at one moment."""

    lock_owner: LockOwner | None
    """The process that executes the run; None after it has ended."""
    run: Run | None
    """The run; None for a status check, which covers units of several runs."""
    units: tuple[Unit, ...]


class RunObserver:
    """Follows the run or status check of another process that is active when the observer is created."""

    def __init__(self, state_dir: Path, account_id: str, lock_owner: LockOwner, cache_dir: Path | None = None) -> None:
        self._state_dir = state_dir
        self._cache_dir = cache_dir
        self._account_id = account_id
        self._lock_owner = lock_owner
        self._journal_state = JournalState()
        self._followed: set[tuple[str, int]] = set()

    def take_snapshot(self) -> RunSnapshot:
        """Return the current state; the journal is read only if it has grown."""
        found = find_lock_owner(self._state_dir, self._account_id)  # first, so that the journal has the final entries
        lock_owner = found if self._lock_owner.is_same_run(found) else None
        check_state_dir(self._state_dir)
        if read_last_seq(journal_path(self._state_dir, self._account_id)) != self._journal_state.seq:
            self._journal_state = read_account_journal(self._state_dir, self._account_id, self._cache_dir)
        state = self._journal_state
        if self._lock_owner.run_id in state.runs:
            run = state.runs[self._lock_owner.run_id].to_run()
            return RunSnapshot(lock_owner=lock_owner, run=run, units=run.units)
        self._followed |= {(unit.run_id, unit.index) for unit in state.open_units()}  # shown until the end
        units = tuple(unit for unit in state.units() if (unit.run_id, unit.index) in self._followed)
        return RunSnapshot(lock_owner=lock_owner, run=None, units=units)
