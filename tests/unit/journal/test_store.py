from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.journal_documents import NOW, make_entry, make_run, write_run
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.unit_state import State
from unsub_tui.journal import store
from unsub_tui.journal.events import Event
from unsub_tui.journal.store import Journal, read_state
from unsub_tui.present.problems import problem_details


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the record is."""
    return tmp_path / "acc-1.db"


def test_what_was_written_is_read(path: Path) -> None:
    """A record comes back as it was, from a second connection while the first is open."""
    journal = Journal.open(path)
    (unit,) = journal.start_run(make_run())
    unit = journal.record_unit(unit, make_entry(State.SUBMITTING), NOW)
    unit = journal.record_unit(unit, make_entry(State.ACCEPTED), NOW)

    assert read_state(path) == journal.state
    assert read_state(path).open_units() == [unit]
    assert unit.order_id == "CS9"
    journal.end_run("run-1", NOW, Problem(kind=ProblemKind.STOPPED))
    journal.close()
    assert read_state(path).runs["run-1"].to_run().ended == NOW


def test_a_record_that_is_opened_again_goes_on(path: Path) -> None:
    """Runs follow each other in one chain."""
    for name in ("run-1", "run-2"):
        write_run(path, run_id=name)

    assert list(read_state(path).runs) == ["run-1", "run-2"]


def test_no_record_is_an_empty_one(path: Path) -> None:
    """Reading creates nothing."""
    assert read_state(path).runs == {}
    assert not path.exists()


def read_pragmas(journal: Journal) -> tuple[str, int, int, int]:
    """Return journal mode, sync level and the two of macOS, which belong to the record's own connection."""
    execute = journal._connection.execute  # noqa: SLF001
    mode, *levels = (
        execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "fullfsync", "checkpoint_fullfsync")
    )
    return mode, *levels


def test_commits_are_durable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write-ahead log with full sync on a local disk, rollback journal with more on a network's."""
    with closing(Journal.open(path)) as journal:
        assert read_pragmas(journal) == ("wal", 2, 1, 1)
    monkeypatch.setattr(store, "read_mounts", lambda: f"30 1 0:1 / {path.parent} rw - nfs4 server:/home rw\n")
    with closing(Journal.open(path)) as journal:
        assert read_pragmas(journal) == ("delete", 3, 1, 1)


def test_the_files_are_private(path: Path) -> None:
    """The record and what SQLite puts beside it can be read by their owner only."""
    with closing(Journal.open(path)) as journal:
        journal.start_run(make_run())
        assert {each.name: each.stat().st_mode & 0o077 for each in path.parent.glob("acc-1.db*")} == {
            "acc-1.db": 0,
            "acc-1.db-shm": 0,
            "acc-1.db-wal": 0,
        }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET payload = ''",
        "DELETE FROM event",
        "INSERT OR REPLACE INTO event SELECT * FROM event WHERE seq = 1",
        "INSERT INTO event SELECT 7, at, run_id, unit, kind, payload, previous, 'x' FROM event",
        "UPDATE run SET document = ''",
        "DELETE FROM run",
        "DELETE FROM unit",
    ],
)
def test_rows_are_only_appended(path: Path, statement: str) -> None:
    """The database itself refuses to change or delete what happened (S12)."""
    write_run(path)
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET kind = 'confirmed', payload = '{}' WHERE seq = 2",
        "UPDATE event SET payload = replace(payload, 'ecs-1', 'ecs-2') WHERE seq = 2",
        "UPDATE event SET at = '2026-03-02T10:00:00+00:00' WHERE seq = 1",
        "DELETE FROM event WHERE seq = 2",
        "DELETE FROM event WHERE seq = 3",
        "UPDATE run SET document = replace(document, 'ecs-1', 'ecs-2')",
        "UPDATE unit SET state = 'settled'",
        "DELETE FROM unit",
        "PRAGMA user_version = -9",
    ],
)
def test_tampering_is_found(path: Path, statement: str) -> None:
    """A record that is not what was written is refused, kept as it is, and the problem says what to do."""
    write_run(path, State.SUBMITTING, State.ACCEPTED)
    with closing(sqlite3.connect(path)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        connection.commit()
    before = path.read_bytes()

    with pytest.raises(UnsubError) as caught:
        Journal.open(path)

    assert caught.value.problem.kind is ProblemKind.JOURNAL
    assert "It may hold items with an unknown outcome" in problem_details(caught.value.problem)
    assert "unsub-tui journal set-aside acc-1" in problem_details(caught.value.problem)
    assert path.read_bytes() == before


def test_a_record_of_a_newer_version_is_not_called_broken(path: Path) -> None:
    """Only that version can read it: nothing is sent, and it is not to be set aside."""
    Journal.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 9")
    with pytest.raises(UnsubError, match="record_too_new") as caught:
        Journal.open(path)
    assert "set-aside" not in problem_details(caught.value.problem)


def test_a_forged_event_breaks_the_chain(path: Path) -> None:
    """An event that was changed and sealed anew does not fit the one after it."""
    write_run(path, State.SUBMITTING, State.ACCEPTED)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER event_kept")
        row = connection.execute("SELECT * FROM event WHERE seq = 2").fetchone()
        event = replace(Event(*row), at="2026-03-02T08:00:00+00:00")
        connection.execute("UPDATE event SET at = ?, hash = ? WHERE seq = 2", (event.at, event.compute_hash()))
        connection.commit()

    with pytest.raises(UnsubError, match="event_changed seq=3"):
        Journal.open(path)


def test_a_file_that_is_no_record_is_refused(path: Path) -> None:
    """Something else under that name is a problem of the record, not a crash."""
    path.write_bytes(b"this is not a database, and long enough to be read as one" * 100)
    path.chmod(0o600)

    for use in (Journal.open, read_state):
        with pytest.raises(UnsubError) as caught:
            use(path)
        assert caught.value.problem.kind is ProblemKind.JOURNAL


def test_one_open_attempt_per_resource(path: Path) -> None:
    """The database itself refuses a second open attempt for a resource (S2)."""
    with closing(Journal.open(path)) as journal:
        (first,) = journal.start_run(make_run("run-1"))
        (second,) = journal.start_run(make_run("run-2"))
        journal.record_unit(first, make_entry(State.SUBMITTING), NOW)

        with pytest.raises(UnsubError) as caught:
            journal.record_unit(second, make_entry(State.SUBMITTING), NOW)

    assert caught.value.problem.kind is ProblemKind.JOURNAL
    assert [unit.state for unit in read_state(path).units()] == [State.SUBMITTING, State.CONFIRMED]


def test_a_failed_commit_is_the_last(path: Path) -> None:
    """What could not be written did not happen, and nothing is written after it."""
    with closing(Journal.open(path)) as journal, closing(sqlite3.connect(path)) as other:
        (unit,) = journal.start_run(make_run())
        other.execute("BEGIN IMMEDIATE")
        for _ in range(2):
            with pytest.raises(UnsubError):
                journal.record_unit(unit, make_entry(State.SUBMITTING), NOW)
            if other.in_transaction:
                other.rollback()

        assert [each.state for each in journal.state.units()] == [State.CONFIRMED]
    assert [each.state for each in read_state(path).units()] == [State.CONFIRMED]


def test_lone_surrogates_are_spelt_out(path: Path) -> None:
    """A name that is no text of Unicode is stored so that it can be read again."""
    with closing(Journal.open(path)) as journal:
        (unit,) = journal.start_run(make_run(name="a\ud800b 名"))

    assert unit.item.resource_name.raw == "a\\ud800b 名"
    assert next(read_state(path).units()).item.resource_name.raw == "a\\ud800b 名"


def test_money_keeps_its_digits(path: Path) -> None:
    """Amounts come back with every digit, and what is not known stays unknown."""
    write_run(path)
    estimate = next(read_state(path).units()).estimate
    assert estimate is not None
    assert (str(estimate.paid), str(estimate.refund), estimate.handling_fee) == ("12.3400", "5.1", None)
