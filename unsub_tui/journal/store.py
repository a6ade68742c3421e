"""The record of one account on disk: an SQLite file, synced at every commit, only ever appended to."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Self
from urllib.parse import quote

from unsub_tui.domain.foreign import clean
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.journal.documents import ProblemDocument, RunDocument
from unsub_tui.journal.entries import Entry, Event, RunClosed, RunStarted, UnitEntry, digest, kind_of, seal
from unsub_tui.journal.place import check_file, is_remote, journal_error, mounts_now, prepare_file
from unsub_tui.journal.schema import TABLES, VERSION
from unsub_tui.journal.state import Book, BrokenRecordError, UnitState

_BUSY_SECONDS = 1.0
_SYNC = {"wal": 2, "delete": 3}
"""The `synchronous` level that makes a commit durable in each journal mode: FULL, EXTRA."""

_COLUMNS = attrgetter(*(field.name for field in fields(Event)))
"""An event as a row."""


class Journal:
    """The record, open for writing. One at a time; the caller holds the account's lock.

    Every method that writes returns after the commit is on disk, or raises a JOURNAL problem and has written nothing.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, book: Book) -> None:
        self._connection = connection
        self._path = path
        self._failed = False
        self.book = book
        """What the record comes to, as of the last commit."""

    @classmethod
    def open(cls, path: Path, mounts: str | None = None) -> Self:
        """Open or create the record, and check it as a whole. `mounts` stands for the kernel's list of mounts."""
        prepare_file(path)
        remote = is_remote(path.parent.resolve(), mounts_now() if mounts is None else mounts)
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(_uri(path, "rw"), uri=True, isolation_level=None, timeout=_BUSY_SECONDS)
            _make_durable(connection, "delete" if remote else "wal")
            _make_tables(connection)
            return cls(connection, path, _checked(connection, path))
        except sqlite3.Error as error:
            _close(connection)
            raise _broken(path, str(error)) from error
        except BaseException:
            _close(connection)
            raise

    @property
    def durability(self) -> tuple[str, int]:
        """The journal mode and the sync level in force."""
        (mode,) = self._connection.execute("PRAGMA journal_mode").fetchone()
        (level,) = self._connection.execute("PRAGMA synchronous").fetchone()
        return str(mode), int(level)

    def begin(self, document: RunDocument) -> list[UnitState]:
        """Record a confirmed plan; return its units."""
        text = document.model_dump_json()
        event = self._event(document.started, document.run_id, None, RunStarted(document_hash=digest(text)))
        with self._transaction():
            self._connection.execute("INSERT INTO run VALUES (?, ?)", (document.run_id, text))
            self._append(event)
            self._connection.executemany(
                "INSERT INTO unit VALUES (?, ?, ?, 'confirmed', '[]', ?)",
                [(document.run_id, index, item.resource_id, event.seq) for index, item in enumerate(document.items)],
            )
        self.book.take(event, text)
        return list(self.book.runs[document.run_id].units)

    def change(self, unit: UnitState, entry: UnitEntry, at: datetime) -> UnitState:
        """Record what became known of a unit; return it as it is now."""
        event = self._event(at, unit.run_id, unit.index, entry)
        changed = self.book.runs[unit.run_id].units[unit.index].after(event, entry)
        with self._transaction():
            self._append(event)
            self._connection.execute(
                "UPDATE unit SET state = ?, order_ids = ?, seq = ? WHERE run_id = ? AND unit = ?",
                (changed.state, json.dumps(changed.order_ids), event.seq, unit.run_id, unit.index),
            )
        self.book.enter(event, changed)
        return changed

    def end(self, run_id: str, at: datetime, problem: Problem | None = None) -> None:
        """Record that a run ended, and why if it ended early."""
        event = self._event(at, run_id, None, RunClosed(problem=ProblemDocument.of(problem) if problem else None))
        with self._transaction():
            self._append(event)
        self.book.take(event)

    def close(self) -> None:
        """Close the file. May be called again."""
        self._connection.close()

    def _event(self, at: datetime, run_id: str, unit: int | None, entry: Entry) -> Event:
        """Return the next event, sealed."""
        seq, when, kind, payload, previous = (
            self.book.seq + 1,
            at.isoformat(),
            kind_of(entry),
            entry.model_dump_json(),
            self.book.hash,
        )
        return Event(
            seq=seq,
            at=when,
            run_id=run_id,
            unit=unit,
            kind=kind,
            payload=payload,
            previous=previous,
            hash=seal(str(seq), when, run_id, str(unit), kind, payload, previous),
        )

    def _append(self, event: Event) -> None:
        self._connection.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _COLUMNS(event))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Commit what is done inside, or nothing. After a failure nothing more is written: the disk decides."""
        if self._failed:
            raise journal_error(f"{clean(str(self._path))} could not be written before")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            self._failed = True
            self._roll_back()
            if isinstance(error, sqlite3.Error):
                raise journal_error(f"{clean(str(self._path))} cannot be written: {clean(str(error))}") from error
            raise

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._connection.close()


def read_book(path: Path) -> Book:
    """Return what the record comes to, without writing; an empty book where there is no record yet."""
    if not path.exists() and not path.is_symlink():
        return Book()
    check_file(path)
    try:
        with closing(reading(path)) as found:
            return _replayed(found) if _version(found, path) else Book()
    except (sqlite3.Error, BrokenRecordError) as error:
        raise _broken(path, str(error)) from error


def examine(path: Path) -> Book:
    """Return what a record comes to after every check that its opening makes, without writing; raises JOURNAL."""
    check_file(path)
    try:
        with closing(reading(path)) as found:
            return _checked(found, path) if _version(found, path) else Book()
    except sqlite3.Error as error:
        raise _broken(path, str(error)) from error


def last_event(path: Path) -> int:
    """Return the number of the last event on record, without reading the others; 0 where there is none."""
    if not path.exists() and not path.is_symlink():
        return 0
    check_file(path)
    try:
        with closing(reading(path)) as found:
            (seq,) = found.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
            return int(seq)
    except sqlite3.OperationalError:  # the file is there, its tables are not yet
        return 0
    except sqlite3.Error as error:
        raise _broken(path, str(error)) from error


def reading(path: Path) -> sqlite3.Connection:
    """Return a connection that sees one moment of a record and cannot write; raises sqlite3.Error."""
    connection = sqlite3.connect(_uri(path, "ro"), uri=True, isolation_level=None, timeout=_BUSY_SECONDS)
    try:
        connection.execute("BEGIN")
    except BaseException:
        connection.close()
        raise
    return connection


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(os.fsencode(path.absolute()))}?mode={mode}"


def _make_durable(connection: sqlite3.Connection, mode: str) -> None:
    """Set the journal mode and the sync level, and read both back."""
    (journal_mode,) = connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()
    level = _SYNC.get(journal_mode, 3)
    connection.execute(f"PRAGMA synchronous = {level}")
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if journal_mode != mode or synchronous != level:
        raise sqlite3.OperationalError(f"the file system does not carry journal mode {mode}")
    connection.execute("PRAGMA recursive_triggers = ON")  # REPLACE would otherwise pass the triggers on DELETE
    connection.execute("PRAGMA foreign_keys = ON")


def _make_tables(connection: sqlite3.Connection) -> None:
    """Create the tables in a file that has none."""
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables:
        connection.executescript(f"BEGIN IMMEDIATE;{TABLES}PRAGMA user_version = {VERSION};COMMIT;")


def _checked(connection: sqlite3.Connection, path: Path) -> Book:
    """Return what a sound record comes to; raises a JOURNAL problem for any other."""
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise _broken(path, str(verdict))
    _version(connection, path)
    try:
        book = _replayed(connection)
    except BrokenRecordError as error:
        raise _broken(path, str(error)) from error
    derived = {
        (unit.run_id, unit.index): (
            unit.item.resource_id,
            unit.state.value,
            json.dumps(unit.order_ids),
            unit.seq,
        )
        for unit in book.units()
    }
    rows = connection.execute("SELECT run_id, unit, resource_id, state, order_ids, seq FROM unit")
    if {(run_id, unit): tuple(rest) for run_id, unit, *rest in rows} != derived:
        raise _broken(path, "the states are not those that the events come to")
    return book


def _version(connection: sqlite3.Connection, path: Path) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version not in (0, VERSION):
        why = f"its form is {version}, this version of the program knows {VERSION}; a newer one may know it"
        raise _broken(path, why)
    return int(version)


def _replayed(connection: sqlite3.Connection) -> Book:
    documents: dict[str, str] = dict(connection.execute("SELECT run_id, document FROM run").fetchall())
    rows = connection.execute("SELECT seq, at, run_id, unit, kind, payload, previous, hash FROM event ORDER BY seq")
    return Book.replay(documents, (_event(row) for row in rows))


def _event(row: tuple[int, str, str, int | None, str, str, str, str]) -> Event:
    seq, at, run_id, unit, kind, payload, previous, sealed = row
    return Event(seq=seq, at=at, run_id=run_id, unit=unit, kind=kind, payload=payload, previous=previous, hash=sealed)


def _close(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        connection.close()


def _broken(path: Path, why: str) -> UnsubError:
    """Return the error of a record that is not sound, with what to do.

    No new record is begun instead: what is open in this one would be forgotten, and could be sent again.
    """
    return journal_error(
        f"{clean(str(path))} is not sound ({clean(why)}); it was left as it is, and nothing is sent. It may hold items"
        " whose outcome is not known: look at the orders in the console, then begin a new record with"
        f" `unsub-tui journal set-aside {clean(path.stem)}`"
    )
