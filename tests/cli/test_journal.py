"""`journal`: the record checked by us, checked by others, and set aside when it is broken."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.journal_documents import NOW, make_entry, make_run
from tests.support.program_process import run_json, run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.domain.unit_state import State
from unsub_tui.journal.lock import AccountLock
from unsub_tui.journal.paths import journal_path, lock_path, prepare_directory
from unsub_tui.journal.store import Journal


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record of two runs: one item accepted, one sent and not known; one name that would move a terminal."""
    directory = tmp_path / "state"
    monkeypatch.setenv("UNSUB_STATE_DIR", str(directory))
    prepare_directory(directory)
    path = journal_path(directory, "acc-1")
    with closing(Journal.open(path)) as journal:
        (first,) = journal.start_run(make_run("run-1", "ecs-1", name="web\x1b[31m 名"))
        journal.record_unit(
            journal.record_unit(first, make_entry(State.SUBMITTING), NOW), make_entry(State.ACCEPTED), NOW
        )
        journal.end_run("run-1", NOW)
        (second,) = journal.start_run(make_run("run-2", "ecs-2"))
        journal.record_unit(second, make_entry(State.SUBMITTING), NOW)
    return path


def tamper(path: Path) -> None:
    """Change what happened, as somebody could who owns the file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER event_kept")
        connection.execute("UPDATE event SET payload = replace(payload, 'CS9', 'CS8') WHERE seq = 3")
        connection.commit()


def test_a_sound_record(record: Path) -> None:
    """How much is in it, what is open, and the end of the chain, which tells later whether something was cut off."""
    (found,) = run_json("journal", "verify")["records"]
    assert (found["account"], found["sound"], found["events"], found["runs"]) == ("acc-1", True, 6, 2)
    assert found["open_items"] == ["ecs-1", "ecs-2"]
    assert len(found["last_hash"]) == 64
    table = run_program("journal", "verify", "--account", "acc-1")
    assert table.returncode == ExitCode.OK
    assert "sound" in table.stdout
    assert found["last_hash"][:12] in table.stdout
    assert run_program("journal", "verify", "--account", "other").returncode == ExitCode.USAGE


def test_a_broken_record(record: Path) -> None:
    """Exit 1; which event, that items may be open, and what to do. Nothing is changed."""
    tamper(record)
    before = record.read_bytes()
    result = run_program("journal", "verify")
    assert result.returncode == ExitCode.INTERNAL
    assert "BROKEN" in result.stdout
    assert "event 3" in result.stderr
    assert "unknown outcome" in result.stderr
    (found,) = run_json("journal", "verify", code=ExitCode.INTERNAL)["records"]
    assert (found["sound"], found["open_items"]) == (False, ["ecs-1", "ecs-2"])
    assert record.read_bytes() == before


def test_no_record_is_no_fault() -> None:
    """Before the first run there is nothing to check and nothing to write out."""
    for command in ("verify", "export"):
        result = run_program("journal", command)
        assert (result.returncode, result.stdout) == (ExitCode.OK, "")


def test_others_can_check_an_export(record: Path, tmp_path: Path) -> None:
    """A line an event, all of it ASCII; the chain of hashes can be computed from the lines alone."""
    out = tmp_path / "events.jsonl"
    assert run_program("journal", "export", "-o", str(out)).returncode == ExitCode.OK
    assert out.stat().st_mode & 0o777 == 0o600
    text = run_program("journal", "export").stdout
    assert text == out.read_text()
    assert all(char.isprintable() or char == "\n" for char in text)
    assert text.isascii()
    events = [json.loads(line) for line in text.splitlines()]
    assert [event["seq"] for event in events] == [1, 2, 3, 4, 5, 6]
    previous = "0" * 64
    for event in events:
        assert event["previous"] == previous
        facts = [str(event[name]) for name in ("seq", "at", "run_id", "unit", "kind", "payload", "previous")]
        previous = sha256("\n".join(f"{len(fact)}:{fact}" for fact in facts).encode()).hexdigest()
        assert event["hash"] == previous
        if event["kind"] == "run_started":
            assert json.loads(event["payload"])["document_hash"] == sha256(event["document"].encode()).hexdigest()
    assert json.loads(events[0]["document"])["items"][0]["resource_name"] == "web\x1b[31m 名"


def test_a_broken_record_is_written_out_as_it_is(record: Path) -> None:
    """What is there is evidence; that it is broken is said, and is the exit code."""
    tamper(record)
    result = run_program("journal", "export")
    assert result.returncode == ExitCode.INTERNAL
    assert len(result.stdout.splitlines()) == 6
    assert "event 3" in result.stderr


def test_only_a_broken_record_is_set_aside(record: Path) -> None:
    """A sound one stays; a broken one keeps all it has under another name, and what was open in it is told."""
    assert run_program("journal", "set-aside", "acc-1").returncode == ExitCode.USAGE
    tamper(record)
    before = record.read_bytes()
    result = run_program("journal", "set-aside", "acc-1")
    assert result.returncode == ExitCode.OK
    assert "ecs-1" in result.stderr
    assert "ecs-2" in result.stderr
    assert not record.exists()
    (aside,) = (each for each in record.parent.glob("acc-1.db.broken-*") if each.name[-1] == "Z")
    assert aside.read_bytes() == before
    again = run_program("journal", "verify")
    assert (again.returncode, str(aside) in again.stderr) == (ExitCode.OK, True)
    with closing(Journal.open(record)) as journal:
        assert not journal.state.runs


def test_a_record_that_is_written_is_not_set_aside(record: Path) -> None:
    """While a run is under way its record stays where it is."""
    tamper(record)
    lock = AccountLock.acquire(lock_path(record.parent.parent, "acc-1"), datetime.now(UTC))
    try:
        result = run_program("journal", "set-aside", "acc-1")
    finally:
        lock.release()
    assert result.returncode == ExitCode.LOCKED
    assert record.exists()
