"""One durable write of the record, against what the disk and SQLite need for as many bytes.

A write before a request syncs two files one after the other: the database, then the head, which must never be ahead of
it (docs/reliability.md). Its reference does the same with a plain row and a plain file.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Self

from tests.benchmarks.budgets import WRITES
from tests.benchmarks.report import Measure, Report
from tests.support.journal_documents import NOW, make_entry
from tests.support.journal_documents import make_run as document
from unsub_tui.domain.unit_state import State
from unsub_tui.journal.events import UnitEntry
from unsub_tui.journal.paths import journal_path, prepare_directory
from unsub_tui.journal.store import Journal

WRITES_A_ROUND = 50
"""Of each kind; one item each."""

BEFORE, AFTER = make_entry(State.SUBMITTING), make_entry(State.CONFIRMED)
"""What is written; making it belongs to the one who knows it."""

ONE_SYNC, TWO_SYNCS = "SQLite, one row, WAL and FULL", "the same, then fdatasync of another file"


def run(report: Report, rounds: int = 15) -> None:
    """Report microseconds a write, and ratios against SQLite's own commit of a row of the same size."""
    with report.table(WRITES):
        directory = Path.home()
        prepare_directory(directory / "state")
        path = journal_path(directory / "state", "acc-1")
        with (
            closing(Journal.open(path, cache_dir=directory / "cache")) as journal,
            closing(_plain(directory / "one.db")) as one,
            closing(_plain(directory / "two.db")) as two,
            _PlainFile(directory / "appended", os.O_APPEND) as appended,
            _PlainFile(directory / "in-place") as in_place,
        ):
            journal.start_run(document("run-1", *(f"ecs-{number}" for number in range(WRITES_A_ROUND))))
            _write(journal, AFTER, BEFORE)
            after, before = _last_rows(path)
            measures = {
                ONE_SYNC: Measure(lambda: _timed(lambda: _insert(one, after))),
                TWO_SYNCS: Measure(lambda: _timed(lambda: _insert(two, before, in_place)), ONE_SYNC),
                "append and fdatasync": Measure(lambda: _timed(lambda: appended.write(before)), ONE_SYNC),
                "a write before a request": Measure(lambda: _write(journal, BEFORE, AFTER), TWO_SYNCS),
                "a write after a request": Measure(lambda: _write(journal, AFTER, BEFORE), ONE_SYNC),
            }
            report.compare(measures, rounds, "µs")
            report.add("bytes of a row before a request", len(before), "B")
            report.add("bytes of a row after a request", len(after), "B")


class _PlainFile:
    """A plain file beside the databases, written and synced."""

    def __init__(self, path: Path, flags: int = 0) -> None:
        path.write_bytes(bytes(4096))
        self._descriptor = os.open(path, os.O_WRONLY | flags)
        os.fsync(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self._descriptor)

    def write(self, row: str) -> None:
        """Write at the beginning, or at the end where the flags say so, and sync."""
        os.pwrite(self._descriptor, row.encode(), 0)
        os.fdatasync(self._descriptor)


def _timed(work: Callable[[], object]) -> float:
    """Return the microseconds of one of many."""
    began = time.perf_counter()
    for _ in range(WRITES_A_ROUND):
        work()
    return (time.perf_counter() - began) * 1e6 / WRITES_A_ROUND


def _write(journal: Journal, entry: UnitEntry, other: UnitEntry) -> float:
    """Write the entry for each item, which follows the other entry alone; return the microseconds of one write."""
    if journal.state.runs["run-1"].units[0].state is entry.state:
        _write(journal, other, entry)
    units = iter(list(journal.state.runs["run-1"].units))
    return _timed(lambda: journal.record_unit(next(units), entry, NOW))


def _last_rows(path: Path) -> list[str]:
    """Return the last row of each kind, as one text: after a request, before a request."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT * FROM event WHERE seq % ? = 1 ORDER BY seq DESC LIMIT 2", (WRITES_A_ROUND,)
        ).fetchall()
    return ["".join(map(str, row)) for row in rows]


def _plain(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE row (seq INTEGER PRIMARY KEY, payload TEXT NOT NULL) STRICT")
    return connection


def _insert(connection: sqlite3.Connection, row: str, other: _PlainFile | None = None) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO row (payload) VALUES (?)", (row,))
    connection.execute("COMMIT")
    if other is not None:
        other.write(row)
