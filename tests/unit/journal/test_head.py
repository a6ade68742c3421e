"""The head of a record: a lost tail is seen, and no crash between two writes is taken for one."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.journal_documents import NOW, make_entry, make_run, write_run
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.unit_state import State
from unsub_tui.journal.audit import audit, set_aside
from unsub_tui.journal.events import digest
from unsub_tui.journal.head import Head, head_path, read_head
from unsub_tui.journal.journal_errors import CorruptJournalError
from unsub_tui.journal.paths import set_aside_records
from unsub_tui.journal.store import Journal, read_last_seq, read_state
from unsub_tui.present.problems import problem_details


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the record is, in a directory of its own."""
    directory = tmp_path / "runs"
    directory.mkdir()
    return directory / "acc-1.db"


def killed_while_submitting(path: Path) -> Path:
    """Leave what a process leaves that is killed in its first run: nearly all of it is in the log."""
    pid = os.fork()
    if not pid:
        journal = Journal.open(path)
        (unit,) = journal.start_run(make_run())
        journal.record_unit(unit, make_entry(State.SUBMITTING), NOW)
        os._exit(0)
    os.waitpid(pid, 0)
    return path


def remove(path: Path, *suffixes: str) -> None:
    """Delete files of the record."""
    for suffix in suffixes:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def replace_by_other(path: Path) -> None:
    """Put another record of as many events in its place."""
    remove(path, "-wal", "-shm")
    other = path.with_name("other.db")
    write_run(other, State.SUBMITTING, run_id="another")
    head_path(other).unlink()
    other.rename(path)


LOSSES: dict[str, tuple[Callable[[Path], object], str]] = {
    "log deleted": (lambda path: remove(path, "-wal", "-shm"), "lacks 2 events that were written"),
    "database deleted": (lambda path: remove(path, ""), "only its log acc-1.db-wal is left"),
    "database emptied": (lambda path: os.truncate(path, 0), "only its log acc-1.db-wal is left"),
    "both deleted": (lambda path: remove(path, "", "-wal", "-shm"), "it is missing, and 2 events were written"),
    "head deleted": (lambda path: head_path(path).unlink(), "its head file is missing"),
    "head damaged": (lambda path: head_path(path).write_bytes(b"x" * 9000), "its head file acc-1.head is damaged"),
    "another record": (replace_by_other, "event 2 is not the one that was written"),
    "tables unversioned": (
        lambda path: sqlite3.connect(path).execute("PRAGMA user_version = 0").connection.close(),
        "lacks 2 events that were written",
    ),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_record_without_its_last_events_is_not_sound(path: Path, name: str) -> None:
    """Whatever of it is lost, it is told as what it is, for every reader and writer, and all that is left is kept."""
    lose, words = LOSSES[name]
    lose(killed_while_submitting(path))
    kept = contents(path)
    for use in (read_state, Journal.open):
        with pytest.raises(CorruptJournalError) as caught:
            use(path)
        assert words in problem_details(caught.value.problem)
        assert "unsub-tui orders" in problem_details(caught.value.problem)
        assert "set-aside acc-1" in problem_details(caught.value.problem)
    found = audit(path).problem
    assert found is not None
    assert words in problem_details(found)
    assert contents(path) == kept


def contents(path: Path) -> dict[str, bytes]:
    """Return what the files of a record hold; a reader may make an empty log, and an index of it."""
    files = [each for each in path.parent.iterdir() if not each.name.endswith("-shm") and each.stat().st_size]
    return {each.name: each.read_bytes() for each in files}


def test_an_older_copy_is_not_sound(path: Path) -> None:
    """A backup of the database alone lacks what was done since, however whole it is in itself."""
    with closing(Journal.open(path)) as journal:
        (unit,) = journal.start_run(make_run())
    backup = shutil.copy(path, path.with_name("backup"))
    with closing(Journal.open(path)) as journal:
        journal.record_unit(unit, make_entry(State.SUBMITTING), NOW)
    shutil.copy(backup, path)
    with pytest.raises(CorruptJournalError, match="events_missing count=1"):
        read_state(path)


def test_a_head_that_is_behind_is_brought_up(path: Path) -> None:
    """A process that died between a commit and its head leaves a sound record; so does a head of an older moment."""
    with closing(Journal.open(path)) as journal:
        older = head_path(path).read_bytes()
        (unit,) = journal.start_run(make_run())
        between = head_path(path).read_bytes()
        journal.record_unit(unit, make_entry(State.SUBMITTING), NOW)
        last = Head(journal.state.seq, journal.state.hash)
    for each in (older, between):
        head_path(path).write_bytes(each)
        assert read_state(path).seq == 2
        Journal.open(path).close()
        assert read_head(path) == last


def test_a_torn_write_of_the_head_leaves_the_one_before(path: Path) -> None:
    """Each write goes to the other slot, so a record is never taken for a lost one."""
    write_run(path, State.SUBMITTING)
    with head_path(path).open("r+b") as file:
        file.seek(40)
        file.write(b"torn")
    assert read_head(path) is not None
    assert read_state(path).seq == 2


def test_a_record_that_was_only_about_to_begin_is_none(path: Path) -> None:
    """The head is made before the database: a crash between the two leaves nothing that needs a person."""
    Journal.open(path).close()
    path.unlink()
    assert read_state(path).seq == read_last_seq(path) == 0
    write_run(path)
    assert read_state(path).seq == 1


@pytest.mark.parametrize("name", LOSSES)
def test_whatever_is_left_is_set_aside_whole(path: Path, tmp_path: Path, name: str) -> None:
    """No file stays behind, a new record can begin, and what was set aside stays known."""
    LOSSES[name][0](killed_while_submitting(path))
    count = len(list(path.parent.iterdir()))
    aside = set_aside(path, NOW)
    assert [aside] == set_aside_records(tmp_path) == set_aside_records(tmp_path, "acc-1")
    assert all(".db.broken-" in each.name for each in path.parent.iterdir())
    assert len(list(path.parent.iterdir())) == count
    with closing(Journal.open(path)) as journal:
        assert not journal.state.runs


def test_the_database_alone_is_nearly_whole(path: Path) -> None:
    """In a long run the log has few events, after a run none; a reader neither holds a run up nor makes it fail."""
    with closing(Journal.open(path)) as journal:
        (unit,) = journal.start_run(make_run())
        for _ in range(40):
            unit = journal.record_unit(unit, make_entry(State.SUBMITTING), NOW)
            unit = journal.record_unit(unit, make_entry(State.CONFIRMED), NOW)
        assert 40 < events_in_database_copy(path) < 81
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM event").fetchall()
            journal.end_run("run-1", NOW)
        (second,) = journal.start_run(make_run("run-2", "ecs-2"))
        journal.record_unit(second, make_entry(State.SUBMITTING), NOW)
        journal.end_run("run-2", NOW)
        assert events_in_database_copy(path) == read_state(path).seq == 85


def events_in_database_copy(path: Path) -> int:
    """Return how many events a copy of the database alone has."""
    copy = shutil.copy(path, path.with_name("copy"))
    with closing(sqlite3.connect(copy)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM event").fetchone()
        return int(count)


def test_a_head_of_a_newer_version_is_not_called_damaged(path: Path) -> None:
    """It says which version to use, and does not advise to set the record aside."""
    Journal.open(path).close()
    entries = f"unsub-tui-head 2 7 {'a' * 64}"
    head_path(path).write_text(f"{entries} {digest(entries)}\n")
    with pytest.raises(UnsubError, match="record_too_new") as caught:
        read_state(path)
    assert not isinstance(caught.value, CorruptJournalError)


def test_what_was_committed_is_not_lost_when_the_head_cannot_be_written(path: Path) -> None:
    """The state has the event, as the disk has; the error says so, and nothing is recorded after it."""
    with closing(Journal.open(path)) as journal:
        (unit,) = journal.start_run(make_run())
        unit = journal.record_unit(unit, make_entry(State.SUBMITTING), NOW)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "pwrite", fail_to_write)
            with pytest.raises(UnsubError, match="head_not_written"):
                journal.record_unit(unit, make_entry(State.ACCEPTED), NOW)
        (known,) = journal.state.units()
        assert (known.state, known.order_ids) == (State.ACCEPTED, ("CS9",))
        assert read_state(path) == journal.state
        with pytest.raises(UnsubError, match="record_failed_before"):
            journal.record_unit(known, make_entry(State.SETTLED), NOW)
    with closing(Journal.open(path)) as journal:
        assert list(journal.state.units()) == [known]
        journal.record_unit(known, make_entry(State.SETTLED), NOW)


def fail_to_write(*_: object) -> int:
    """Fail as a full disk does."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
