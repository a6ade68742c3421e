"""The journal of one account on disk: an append-only SQLite file, synced at every commit."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import astuple, replace
from datetime import datetime
from pathlib import Path
from typing import Self
from urllib.parse import quote

from unsub_tui.domain.fact import FactCode, fact
from unsub_tui.domain.problem import Problem
from unsub_tui.domain.unit_state import State
from unsub_tui.journal.codec import RunDocument
from unsub_tui.journal.events import Entry, Event, RunClosed, RunStarted, UnitEntry, digest
from unsub_tui.journal.head import Head, HeadFile, head_path, read_head, read_head_copy
from unsub_tui.journal.journal_errors import corrupt_journal, journal_error, os_errors, sqlite_errors
from unsub_tui.journal.paths import check_file, may_be_on_network, prepare_file, read_mounts
from unsub_tui.journal.replay import JournalState, ReplayError, UnitState
from unsub_tui.journal.schema import SCHEMA_VERSION, TABLES
from unsub_tui.journal.strict_stat import stat_or_none

_BUSY_TIMEOUT_SECONDS = 1.0
_WAL_PAGES = 256
"""Log size in pages (1 MiB, some 80 events) after which SQLite checkpoints it into the database.

A checkpoint costs three syncs: with 64 pages that added one sync per six or seven writes. With a larger log, a copy of
the database file alone would lack more events.
"""

_SYNC_LEVEL = {"wal": 2, "delete": 3}
"""The `synchronous` level that makes a commit durable, by journal mode: 2 is FULL, 3 is EXTRA."""


class Journal:
    """A journal open for writing. Only one may be open at a time; the caller must hold the account's lock.

    A writing method returns after the commit is on disk. If it raises, `state` contains the event only if it is on
    disk, and further writes are refused. An error of SQLite can leave that open: then only a new replay shows it.
    """

    def __init__(self, connection: sqlite3.Connection, head: HeadFile, path: Path, state: JournalState) -> None:
        self._connection = connection
        self._head = head
        self._path = path
        self._failed = False
        self.state = state
        """State of the journal as of the last commit."""

    @classmethod
    def open(cls, path: Path, *, cache_dir: Path | None = None) -> Self:
        """Open or create the journal, and verify it completely.

        The check is read-only: opening a database for writing can already change or delete its log.
        """
        state = verify(path, cache_dir)
        mode = "delete" if may_be_on_network(path.parent.resolve(), read_mounts()) else "wal"
        with os_errors("record_not_opened", head_path(path)):
            head = HeadFile.open(path, cache_dir)  # before the database: a database without a head counts as corrupt
        with ExitStack() as opened:
            opened.callback(head.close)
            with sqlite_errors(path), os_errors("record_not_written", head_path(path)):
                prepare_file(path)
                connection = opened.enter_context(closing(_connect(path, "rw")))
                _make_durable(connection, path, mode)
                _make_tables(connection)
                head.write(Head(state.seq, state.hash), state.first_hash, synced=True)
            opened.pop_all()  # both stay open
        return cls(connection, head, path, state)

    def start_run(self, document: RunDocument) -> list[UnitState]:
        """Record the start of a confirmed plan; return its units."""
        text = document.encode()
        event = self._event(document.started, document.run_id, None, RunStarted(document_hash=digest(text)))
        with self._transaction(lambda: self.state.apply(event, text)):
            self._connection.execute("INSERT INTO run VALUES (?, ?)", (document.run_id, text))
            self._append(event)
            self._connection.executemany(
                "INSERT INTO unit VALUES (?, ?, ?, 'confirmed', '[]', ?)",
                [(document.run_id, index, item.resource_id, event.seq) for index, item in enumerate(document.items)],
            )
        return list(self.state.runs[document.run_id].units)

    def record_unit(self, unit: UnitState, entry: UnitEntry, at: datetime) -> UnitState:
        """Record a change of a unit; return the new state."""
        event = self._event(at, unit.run_id, unit.index, entry)
        written = type(entry).model_validate_json(event.payload)  # what the next replay reads, or an error now
        changed = self.state.runs[unit.run_id].units[unit.index].apply(event, written)
        with self._transaction(
            lambda: self.state.apply_unit(event, changed), before_request=changed.state is State.SUBMITTING
        ):
            self._append(event)
            self._connection.execute(
                "UPDATE unit SET state = ?, order_ids = ?, seq = ? WHERE run_id = ? AND unit = ?",
                (changed.state, json.dumps(changed.order_ids), event.seq, unit.run_id, unit.index),
            )
        return changed

    def end_run(self, run_id: str, at: datetime, problem: Problem | None = None) -> None:
        """Record the end of a run, and the problem if it ended early."""
        event = self._event(at, run_id, None, RunClosed(problem=problem))
        with self._transaction(lambda: self.state.apply(event)):
            self._append(event)
        self._checkpoint()

    def close(self) -> None:
        """Close the files; repeated calls have no effect."""
        self._checkpoint()
        self._connection.close()
        self._head.close()

    def _checkpoint(self) -> None:
        """Checkpoint as far as readers allow, without waiting or failing: it only benefits copies of the database."""
        with suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _event(self, at: datetime, run_id: str, unit: int | None, entry: Entry) -> Event:
        """Return the next event with its hash."""
        event = Event(
            seq=self.state.seq + 1,
            at=at.isoformat(),
            run_id=run_id,
            unit=unit,
            kind=entry.kind,
            payload=entry.encode(),
            previous=self.state.hash,
            hash="",
        )
        return replace(event, hash=event.compute_hash())

    def _append(self, event: Event) -> None:
        self._connection.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", astuple(event))

    @contextmanager
    def _transaction(self, apply: Callable[[], None], *, before_request: bool = False) -> Iterator[None]:
        """Commit the statements of the block, apply the event to `state`, and then write the head; or roll back.

        After a failure all further writes are refused; the next replay from disk decides. The head is synced before a
        request is sent: a power failure can then hide the loss of a response at most, never that of a request.
        """
        if self._failed:
            raise journal_error("record_failed_before", self._path)
        try:
            with os_errors("head_not_written", self._path):  # only the head, which may be behind, is not SQLite's
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                self._connection.execute("COMMIT")
                apply()
                self._head.write(Head(self.state.seq, self.state.hash), self.state.first_hash, synced=before_request)
        except BaseException as error:
            self._failed = True
            self._roll_back()
            if isinstance(error, sqlite3.Error):
                raise journal_error("record_not_written", self._path, why=str(error)) from error
            raise

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._connection.close()


def read_state(path: Path, cache_dir: Path | None = None) -> JournalState:
    """Return the journal's state without writing; an empty state if there is no journal yet."""
    return _load_state(path, cache_dir, _replay_events)


def verify(path: Path, cache_dir: Path | None = None) -> JournalState:
    """Return the journal's state after all checks made on opening, without writing; raise a JOURNAL problem."""
    return _load_state(path, cache_dir, lambda found: _verified_state(found, path))


def _load_state(
    path: Path, cache_dir: Path | None, replay: Callable[[sqlite3.Connection], JournalState]
) -> JournalState:
    """Return the journal's state after comparing it with its head; raise CorruptJournalError if they do not match.

    Head and copy are read first because a concurrent writer updates them after the journal, never before.
    """
    head = read_head(path)
    if not _has_database(path, head):
        return JournalState()
    head = head or read_head(path)  # a writer may just have created both, the head first
    if head is None:
        raise corrupt_journal(path, fact("head_missing"))
    try:
        with sqlite_errors(path):
            copy = _copy_of_head(path, cache_dir)
            with closing(open_readonly(path)) as connection:
                state = replay(connection) if _schema_version(connection, path) else JournalState()
                _compare(connection, path, state, head, "older_copy")
                if copy is not None:
                    _compare(connection, path, state, copy, "older_directory")
    except ReplayError as error:
        raise corrupt_journal(path, error.fact) from error
    return state


def _has_database(path: Path, head: Head | None) -> bool:
    """Return whether there is a journal; raise CorruptJournalError if only its log or head is left."""
    check_log(path)
    if stat_or_none(path, follow=False) is not None:
        check_file(path)
        return True
    if head is not None and head.seq:
        raise corrupt_journal(path, fact("database_missing", count=head.seq))
    return False


def check_log(path: Path) -> None:
    """Raise CorruptJournalError for a log without its database: SQLite would delete the log, all that is left."""
    for suffix in ("-wal", "-journal"):
        log = stat_or_none(path.with_name(path.name + suffix), follow=False)
        if log is None or not log.st_size:
            continue
        database = stat_or_none(path, follow=False)  # after the log: created first, never empty beside it
        if database is None or (suffix == "-wal" and not database.st_size):
            raise corrupt_journal(path, fact("log_alone", name=f"{path.name}{suffix}"))


def _copy_of_head(path: Path, cache_dir: Path | None) -> Head | None:
    """Return the head's copy from the cache directory, or None if there is none or no event yet."""
    if cache_dir is None:
        return None
    with closing(open_readonly(path)) as connection:
        if not _schema_version(connection, path):
            return None
        row = connection.execute("SELECT hash FROM event WHERE seq = 1").fetchone()
    return read_head_copy(cache_dir, str(row[0])) if row else None


def _compare(connection: sqlite3.Connection, path: Path, state: JournalState, head: Head, cause: FactCode) -> None:
    """Raise CorruptJournalError if the journal lacks events that the head counts, or if the head's event differs."""
    if state.seq < head.seq:
        raise corrupt_journal(path, fact("events_missing", count=head.seq - state.seq, cause=fact(cause)))
    if head.seq:
        (last_hash,) = connection.execute("SELECT hash FROM event WHERE seq = ?", (head.seq,)).fetchone()
        if last_hash != head.hash:
            raise corrupt_journal(path, fact("another_record", seq=head.seq))


def read_last_seq(path: Path) -> int:
    """Return the number of the last event without reading the others; 0 if there is none."""
    if stat_or_none(path, follow=False) is None:
        return 0
    check_file(path)
    with sqlite_errors(path), closing(open_readonly(path)) as connection:
        if not _schema_version(connection, path):  # the file exists, its tables do not yet
            return 0
        (seq,) = connection.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
        return int(seq)


def open_readonly(path: Path) -> sqlite3.Connection:
    """Return a read-only connection to one snapshot; raise sqlite3.Error or CorruptJournalError."""
    check_log(path)
    try:
        return _open_snapshot(path)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_READONLY_ROLLBACK:
            raise
    # A killed process left a transaction in a rollback journal, which a read-only connection cannot roll back.
    with closing(_connect(path, "rw")) as connection:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return _open_snapshot(path)


def _open_snapshot(path: Path) -> sqlite3.Connection:
    connection = _connect(path, "ro")
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"file:{quote(os.fsencode(path.absolute()))}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY_TIMEOUT_SECONDS)


def _make_durable(connection: sqlite3.Connection, path: Path, mode: str) -> None:
    """Set the journal mode and sync level, and verify both."""
    (journal_mode,) = connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()
    level = _SYNC_LEVEL.get(journal_mode, 3)
    connection.execute(f"PRAGMA synchronous = {level}")
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if journal_mode != mode or synchronous != level:
        raise journal_error("journal_mode_unsupported", path, mode=mode)
    # Only macOS knows these: a normal sync leaves the data in the cache of the drive there.
    connection.execute("PRAGMA fullfsync = ON")
    connection.execute("PRAGMA checkpoint_fullfsync = ON")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
    connection.execute("PRAGMA recursive_triggers = ON")  # otherwise REPLACE would bypass the DELETE triggers
    connection.execute("PRAGMA foreign_keys = ON")


def _make_tables(connection: sqlite3.Connection) -> None:
    """Create the tables if there are none."""
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables:
        connection.executescript(f"BEGIN IMMEDIATE;{TABLES}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")


def _verified_state(connection: sqlite3.Connection, path: Path) -> JournalState:
    """Return the state of a journal after all checks; raise CorruptJournalError or ReplayError if a check fails."""
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise corrupt_journal(path, str(verdict))
    state = _replay_events(connection)
    derived = {
        (unit.run_id, unit.index, unit.resource_id, unit.state.value, json.dumps(unit.order_ids), unit.seq)
        for unit in state.units()
    }
    if set(connection.execute("SELECT run_id, unit, resource_id, state, order_ids, seq FROM unit")) != derived:
        raise corrupt_journal(path, fact("states_differ"))
    return state


def _schema_version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of the tables; 0 if there are none yet."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise journal_error("record_too_new", path, version=version)
    if version not in (0, SCHEMA_VERSION):
        raise corrupt_journal(path, fact("format_unknown", version=version))
    return int(version)


def _replay_events(connection: sqlite3.Connection) -> JournalState:
    documents: dict[str, str] = dict(connection.execute("SELECT run_id, document FROM run").fetchall())
    return JournalState.replay(documents, stored_events(connection))


def stored_events(connection: sqlite3.Connection) -> Iterator[Event]:
    """Yield all events as stored, without verification."""
    rows = connection.execute("SELECT seq, at, run_id, unit, kind, payload, previous, hash FROM event ORDER BY seq")
    return (Event(*row) for row in rows)
