"""A record that lost its end, that cannot be read now, or that was set aside: no command says that all is settled."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.command_steps import review_phrase, write_plan
from tests.support.journal_documents import NOW, make_entry, make_run
from tests.support.program_process import run_json, run_program, start_program
from tests.unit.journal.test_journal_errors import locked_by_other_process
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.domain.problem import CheckState
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.doctor import check_journal
from unsub_tui.journal.lock import read_lock_owner
from unsub_tui.journal.paths import journal_path, prepare_directory
from unsub_tui.journal.store import Journal
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.pages.run import exit_line
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox

SETTLED = "no pending items in this record"


@pytest.fixture
def record(account: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The account's record with an item whose outcome is unknown; the account has an unsubscription order."""
    state = tmp_path / "state"
    monkeypatch.setenv("UNSUB_STATE_DIR", str(state))
    account.account.unsubscribe(
        (next(one.resource_id for one in account.account.resources.list_all() if one.parent is None),), 1
    )
    prepare_directory(state)
    path = journal_path(state, account.domain_id)
    with closing(Journal.open(path)) as journal:
        (unit,) = journal.start_run(make_run())
        journal.record_unit(unit, make_entry(State.SUBMITTING), NOW)
    return path


def truncate_events(path: Path) -> None:
    """Put a copy in its place that lacks the last events."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM event WHERE seq > 1")
        connection.execute("UPDATE unit SET state = 'confirmed', order_ids = '[]', seq = 1")


LOSSES: dict[str, tuple[Callable[[Path], object], str]] = {
    "database": (Path.unlink, "it is missing, and"),
    "last events": (truncate_events, "that was written: an older copy was restored"),
    "head": (lambda path: path.with_suffix(".head").unlink(), "its head file is missing"),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_lost_end_is_told_by_every_command(record: Path, account: Sandbox, name: str) -> None:
    """What is missing, and how to find what was done; nothing is sent until a person has set the record aside."""
    lose, words = LOSSES[name]
    lose(record)
    sent = len(account.account.request_log)
    commands = (["resume"], ["runs"], ["journal", "verify"])
    for command in commands:
        result = run_program(*command)
        assert result.returncode == ExitCode.INTERNAL
        assert words in result.stderr
        assert "unsub-tui orders" in result.stderr
        assert SETTLED not in result.stderr
    checks = run_json("doctor", code=ExitCode.INTERNAL)["checks"]
    assert [each["state"] for each in checks if each["name"].startswith("record of")] == ["failed"]
    listed = run_json("orders")["orders"]
    assert {each["origin"] for each in listed} == {"unsure"}
    assert len(account.account.request_log) == sent


@pytest.mark.usefixtures("account")
def test_after_a_set_aside_nobody_says_that_all_is_settled(record: Path) -> None:
    """As long as what was set aside lies there, its items may be unknown; once it was moved away, all is said again."""
    record.unlink()
    assert run_program("journal", "set-aside", record.stem).returncode == ExitCode.OK
    for command in (["resume"], ["runs"]):
        result = run_program(*command)
        assert result.returncode == ExitCode.OK
        assert "an earlier record was set aside and may hold items with an unknown outcome" in result.stderr
        assert ".db.broken-" in result.stderr
        assert SETTLED not in result.stderr
    for each in record.parent.glob("*.broken-*"):
        each.unlink()
    assert run_program("resume").stderr == "there is no record of this account yet\n"


@pytest.mark.usefixtures("account")
def test_nothing_open_names_the_record_and_its_last_event(record: Path) -> None:
    """An older copy says the same of itself, so a person must see which moment it is of; `doctor` says it, too."""
    with closing(Journal.open(record)) as journal:
        journal.record_unit(next(journal.state.units()), make_entry(State.REJECTED), NOW)
    assert run_program("resume").stderr == f"{SETTLED}; its last event is of 2026-03-02 17:00 UTC+8\n"
    checks = run_json("doctor")["checks"]
    (found,) = (each for each in checks if each["name"] == f"record of {record.stem}")
    assert (found["state"], found["value"]) == ("ok", "sound, 1 run, last event of 2026-03-02 09:00 UTC")


def test_a_record_that_another_program_holds_stays(record: Path) -> None:
    """`verify` says that it cannot be read now (exit 4), nobody advises to set it aside, and `set-aside` refuses."""
    with locked_by_other_process(record):
        verified = run_program("journal", "verify")
        assert (verified.returncode, "UNREADABLE" in verified.stdout) == (ExitCode.SERVICE, True)
        (found,) = run_json("journal", "verify", code=ExitCode.SERVICE)["records"]
        assert (found["sound"], found["events"]) == (None, None)
        refused = run_program("journal", "set-aside", record.stem)
        resumed = run_program("resume")
    assert (refused.returncode, resumed.returncode) == (ExitCode.SERVICE, ExitCode.INTERNAL)
    for result in (verified, refused, resumed):
        assert "cannot be read now" in result.stderr
        assert "journal set-aside" not in result.stderr
        assert SETTLED not in result.stderr
    assert record.exists()
    assert run_program("journal", "verify").returncode == ExitCode.OK


def test_the_last_line_of_the_app_is_true_where_the_record_cannot_be_read() -> None:
    """It says so, instead of counting no open item."""
    assert "The record cannot be read" in exit_line(None, "SIGTERM")
    assert "no pending items" not in (exit_line(None) + exit_line(None, "SIGTERM")).lower()


def test_two_state_directories_do_not_send_at_once(account: Sandbox, tmp_path: Path) -> None:
    """The second run of a user for an account is refused as any second run is, though its record lies elsewhere."""
    write_plan(1)
    phrase = review_phrase()
    account.faults = parse_faults([{"operation": "unsubscribe", "calls": [1], "action": "stall", "seconds": 60}])
    with start_program(
        "apply", "plan.json", "--confirm", phrase, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as first:
        while read_lock_owner(tmp_path / "home/runtime/unsub-tui" / f"{account.domain_id}.lock") is None:
            assert first.poll() is None
            time.sleep(0.05)
        second = run_program(
            "apply", "plan.json", "--confirm", phrase, env={"UNSUB_STATE_DIR": str(tmp_path / "other")}
        )
        first.kill()
    assert second.returncode == ExitCode.LOCKED
    assert f"process {first.pid} of " in second.stderr
    assert "its record is in another state directory" in second.stderr
    assert not account.account.request_log


def test_doctor_says_where_no_lock_can_be_shared(tmp_path: Path) -> None:
    """Without a private runtime directory a run goes on, and a person knows what is not guarded."""
    (tmp_path / "open").mkdir(mode=0o755)
    bad, good = (next(iter(check_journal(tmp_path / "state", [tmp_path / each]))) for each in ("open", "new"))
    assert (bad.state, good.state) == (CheckState.WARNING, CheckState.OK)
    assert "XDG_RUNTIME_DIR" in fact_text(bad.advice)
    assert not (tmp_path / "new").exists()
