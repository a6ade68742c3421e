"""A run of another process, watched by way of the record: nothing is written, nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from unsub_tui.domain.holder import Holder
from unsub_tui.domain.run import Run, Unit
from unsub_tui.engine.record_files import check_records
from unsub_tui.engine.records import read_book_of
from unsub_tui.journal.lock import holder_of
from unsub_tui.journal.place import journal_path, lock_path
from unsub_tui.journal.state import Book
from unsub_tui.journal.store import last_event


def find_holder(state_dir: Path, account_id: str) -> Holder | None:
    """Return who runs something for the account now, or None."""
    return holder_of(lock_path(state_dir, account_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What one look at a run of another process shows."""

    holder: Holder | None
    """Who runs it; None once it has ended."""
    run: Run | None
    """The run; None where it only settles what other runs left open."""
    units: tuple[Unit, ...]


class Watcher:
    """Follows the piece of work that is under way when it is made."""

    def __init__(self, state_dir: Path, account_id: str, holder: Holder, cache_dir: Path | None = None) -> None:
        self._state_dir = state_dir
        self._cache_dir = cache_dir
        self._account_id = account_id
        self._holder = holder
        self._book = Book()
        self._followed: set[tuple[str, int]] = set()

    def look(self) -> Glance:
        """Look once; the record is read only where it has grown."""
        found = find_holder(self._state_dir, self._account_id)  # before the record: what it wrote last is then seen
        holder = found if self._holder.is_same(found) else None
        check_records(self._state_dir)
        path = journal_path(self._state_dir, self._account_id)
        if last_event(path) != self._book.seq:
            self._book = read_book_of(self._state_dir, self._account_id, self._cache_dir)
        state = self._book.runs.get(self._holder.run_id)
        if state is not None:
            run = state.run()
            return Glance(holder=holder, run=run, units=run.units)
        return Glance(holder=holder, run=None, units=self._open_units())

    def _open_units(self) -> tuple[Unit, ...]:
        """Return what was open at any look, as it is now."""
        self._followed |= {(unit.run_id, unit.index) for unit in self._book.open_units()}
        return tuple(unit.unit() for unit in self._book.units() if (unit.run_id, unit.index) in self._followed)
