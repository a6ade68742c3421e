"""One durable write of the record, against what the disk and SQLite need for as many bytes."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.bench.report import heading, in_turn, line, ratios
from tests.journal.forms import NOW, entry
from tests.journal.forms import run as document
from unsub_tui.domain.outcome import State
from unsub_tui.journal.place import journal_path, prepare_directory
from unsub_tui.journal.store import Journal

PAIRS = 50
"""Of each kind in a round: a write before a request, and one after it."""

ENTRIES = (entry(State.SUBMITTING), entry(State.CONFIRMED))
"""What is written in turn; making it belongs to the one who knows it."""


def run(rounds: int = 15) -> None:
    """Report milliseconds a write, and ratios against SQLite's own commit of a row of the same size."""
    heading(f"One durable write, {2 * PAIRS} of each a round, in {Path.home()}")
    directory = Path.home()
    prepare_directory(directory / "state")
    path = journal_path(directory / "state", "acc-1")
    with closing(Journal.open(path)) as journal, closing(_plain(directory / "plain.db")) as plain:
        journal.begin(document())
        _write_ours(journal)
        rows = _last_rows(path)
        descriptor = os.open(directory / "appended", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        measures = {
            "append and fdatasync": lambda: _timed(lambda: _append(descriptor, rows)),
            "SQLite, one row, WAL and FULL": lambda: _timed(lambda: _insert(plain, rows)),
            "a write of the record": lambda: _timed(lambda: _write_ours(journal)),
        }
        ratios(in_turn(measures, rounds), "SQLite, one row, WAL and FULL", "µs")
        os.close(descriptor)
        line("bytes of a row", *(f"{len(row)}" for row in rows))


def _timed(work: Callable[[], None]) -> float:
    """Return the microseconds that one of many takes."""
    began = time.perf_counter()
    for _ in range(PAIRS):
        work()
    return (time.perf_counter() - began) * 1e6 / (2 * PAIRS)


def _write_ours(journal: Journal) -> None:
    """Write twice: about to leave, and not sent after all."""
    for each in ENTRIES:
        (unit,) = journal.book.runs["run-1"].units
        journal.change(unit, each, NOW)


def _last_rows(path: Path) -> list[str]:
    """Return the two rows that were just written, each as one text."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT * FROM event ORDER BY seq DESC LIMIT 2").fetchall()
    return ["".join(map(str, row)) for row in rows]


def _plain(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE row (seq INTEGER PRIMARY KEY, payload TEXT NOT NULL) STRICT")
    return connection


def _insert(connection: sqlite3.Connection, rows: list[str]) -> None:
    for row in rows:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO row (payload) VALUES (?)", (row,))
        connection.execute("COMMIT")


def _append(descriptor: int, rows: list[str]) -> None:
    for row in rows:
        os.write(descriptor, row.encode())
        os.fdatasync(descriptor)
