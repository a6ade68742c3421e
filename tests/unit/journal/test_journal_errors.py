"""A record that cannot be read now is not called broken; what is corrupt is."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.journal_documents import write_run
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.unit_state import State
from unsub_tui.journal import store, strict_stat
from unsub_tui.journal.audit import audit
from unsub_tui.journal.journal_errors import CorruptJournalError, sqlite_errors
from unsub_tui.journal.store import Journal, read_last_seq, read_state
from unsub_tui.present.problems import problem_details

HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA locking_mode = EXCLUSIVE")
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""

HALF_DONE = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN")
connection.execute("CREATE TABLE more (text TEXT)")
connection.executemany("INSERT INTO more VALUES (?)", [("x" * 4000,)] * 200)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A record with an item of which it is not known what became."""
    path = tmp_path / "acc-1.db"
    write_run(path, State.SUBMITTING)
    return path


@contextmanager
def locked_by_other_process(path: Path) -> Iterator[None]:
    """Let another program hold the record while the block runs."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
        assert process.stdin is not None
        process.stdin.close()


@pytest.mark.parametrize("use", [Journal.open, read_state, read_last_seq])
def test_a_record_that_another_program_holds_is_not_broken(path: Path, use: Callable[[Path], object]) -> None:
    """It says who is in the way and what to do, and not to set the record aside; afterwards it is as it was."""
    with locked_by_other_process(path):
        with pytest.raises(UnsubError, match="record_unavailable") as caught:
            use(path)
        assert not isinstance(caught.value, CorruptJournalError)
        assert "set-aside" not in problem_details(caught.value.problem)
        found = audit(path)
        assert found.problem is not None
        assert (found.is_readable, "try again" in problem_details(found.problem)) == (False, True)
    assert [unit.state for unit in read_state(path).units()] == [State.SUBMITTING]


@pytest.mark.parametrize(
    ("code", "is_sound"),
    [
        (sqlite3.SQLITE_BUSY_SNAPSHOT, True),
        (sqlite3.SQLITE_LOCKED, True),
        (sqlite3.SQLITE_CANTOPEN_FULLPATH, True),
        (sqlite3.SQLITE_READONLY_DBMOVED, True),
        (sqlite3.SQLITE_IOERR_SHORT_READ, True),
        (sqlite3.SQLITE_FULL, True),
        (sqlite3.SQLITE_NOMEM, True),
        (sqlite3.SQLITE_PERM, True),
        (sqlite3.SQLITE_PROTOCOL, True),
        (sqlite3.SQLITE_NOLFS, True),
        (sqlite3.SQLITE_AUTH, True),
        (sqlite3.SQLITE_CORRUPT_VTAB, False),
        (sqlite3.SQLITE_NOTADB, False),
        (sqlite3.SQLITE_ERROR, False),
    ],
)
def test_errors_of_the_machine_and_of_the_record(path: Path, code: int, is_sound: bool) -> None:  # noqa: FBT001
    """SQLite's code decides, without its extension, and each has a next step."""
    error = sqlite3.OperationalError("it says so")
    error.sqlite_errorcode = code
    with pytest.raises(UnsubError) as caught, sqlite_errors(path):
        raise error
    assert isinstance(caught.value, CorruptJournalError) is not is_sound
    assert ("set-aside" in problem_details(caught.value.problem)) is not is_sound
    assert ("try again" in problem_details(caught.value.problem)) is is_sound


def test_a_corrupt_record_is_broken(path: Path) -> None:
    """A page of the database that was overwritten is found, and is a case for setting it aside."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    assert audit(path).is_corrupt


def test_a_transaction_that_was_half_done_is_undone_for_readers(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a write-ahead log a killed process leaves a journal that no reader may roll back: it is done for them."""
    monkeypatch.setattr(store, "read_mounts", lambda: f"30 1 0:1 / {path.parent} rw - nfs4 server:/home rw\n")
    Journal.open(path).close()
    assert subprocess.run([sys.executable, "-c", HALF_DONE, path], check=False).returncode == -signal.SIGKILL
    assert path.with_name("acc-1.db-journal").stat().st_size
    assert [unit.state for unit in read_state(path).units()] == [State.SUBMITTING]
    assert audit(path).problem is None


def test_only_what_is_not_there_is_absent(tmp_path: Path) -> None:
    """A file that may not be looked at is a problem of the kind that the caller names, never an absent one."""
    assert strict_stat.stat_or_none(tmp_path / "none") is None
    assert not strict_stat.path_exists(tmp_path / "none" / "below")
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert strict_stat.path_exists(loop, follow=False)
    for path in (loop, tmp_path / ("x" * 300), tmp_path / "a\0b"):
        with pytest.raises(UnsubError, match="path_unusable") as caught:
            strict_stat.path_exists(path, ProblemKind.CONFIG)
        assert caught.value.problem.kind is ProblemKind.CONFIG


def test_an_unreadable_record_is_not_taken_for_none(tmp_path: Path) -> None:
    """A directory that may not be searched hides a record; nobody says then that there is none."""
    record = tmp_path / "gone" / "acc-1.db"
    record.parent.symlink_to(record.parent)  # every look ends with ELOOP, for root too
    for use in (read_state, read_last_seq):
        with pytest.raises(UnsubError, match="path_unusable"):
            use(record)
    assert not audit(record).is_readable
