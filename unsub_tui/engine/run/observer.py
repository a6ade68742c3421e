"""Observes a run of another process by reading the journal; writes and submits nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from unsub_tui.domain.account import LockOwner
from unsub_tui.domain.run import Run, Unit
from unsub_tui.engine.journal_reader import read_account_journal
from unsub_tui.journal.lock import read_lock_owner
from unsub_tui.journal.paths import check_state_dir, journal_path, lock_path
from unsub_tui.journal.replay import JournalState
from unsub_tui.journal.store import read_last_seq


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
    """Follows the run or status check that is active when the observer is created."""

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
        path = journal_path(self._state_dir, self._account_id)
        if read_last_seq(path) != self._journal_state.seq:
            self._journal_state = read_account_journal(self._state_dir, self._account_id, self._cache_dir)
        state = self._journal_state.runs.get(self._lock_owner.run_id)
        if state is not None:
            run = state.to_run()
            return RunSnapshot(lock_owner=lock_owner, run=run, units=run.units)
        return RunSnapshot(lock_owner=lock_owner, run=None, units=self._open_units())

    def _open_units(self) -> tuple[Unit, ...]:
        """Return the current state of all units that were open in any snapshot."""
        self._followed |= {(unit.run_id, unit.index) for unit in self._journal_state.open_units()}
        return tuple(unit for unit in self._journal_state.units() if (unit.run_id, unit.index) in self._followed)
