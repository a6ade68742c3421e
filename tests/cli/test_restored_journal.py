"""A state directory of yesterday that was restored whole: the copy of the head in the cache directory tells."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.command_steps import apply_plan, review_phrase, write_plan
from tests.support.journal_documents import NOW, make_entry, make_run
from tests.support.program_process import run_json, run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.domain.unit_state import State
from unsub_tui.journal.paths import journal_path, prepare_directory
from unsub_tui.journal.store import Journal
from unsub_tui.sandbox.sandbox import Sandbox

TOLD = "lacks 1 event that was written: its whole directory is an older copy"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The user's cache directory."""
    return tmp_path / "home/.cache/unsub-tui"


@pytest.fixture
def old_backup(account: Sandbox, tmp_path: Path, cache: Path) -> Path:
    """A backup of the whole state directory; since then a request left whose outcome is not known."""
    state = tmp_path / "state"
    prepare_directory(state)
    path = journal_path(state, account.domain_id)
    with closing(Journal.open(path, cache_dir=cache)) as journal:
        journal.start_run(make_run())
    shutil.copytree(state, tmp_path / "yesterday")
    with closing(Journal.open(path, cache_dir=cache)) as journal:
        journal.record_unit(next(journal.state.units()), make_entry(State.SUBMITTING), NOW)
    return tmp_path / "yesterday"


def test_a_restored_state_directory_is_told_by_every_command(
    account: Sandbox, old_backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent until a person has set the record aside; then a run can be, with a copy of its own."""
    write_plan(1)
    phrase = review_phrase()
    state = old_backup.with_name("state")
    shutil.rmtree(state)
    old_backup.rename(state)
    monkeypatch.setenv("UNSUB_STATE_DIR", str(state))
    apply = ["apply", "plan.json", "--confirm", phrase]
    for command in (["journal", "verify"], ["journal", "export"], ["resume"], ["runs"], apply[:2], apply):
        result = run_program(*command)
        assert (result.returncode, TOLD in result.stderr) == (ExitCode.INTERNAL, True)
        assert "unsub-tui orders" in result.stderr
        assert "no pending items" not in result.stderr
    checks = run_json("doctor", code=ExitCode.INTERNAL)["checks"]
    assert [each["state"] for each in checks if each["name"].startswith("record of")] == ["failed"]
    assert not account.account.request_log
    assert run_program("journal", "set-aside", account.domain_id).returncode == ExitCode.OK
    assert run_program(*apply).returncode == ExitCode.OK
    assert run_program("journal", "verify").returncode == ExitCode.OK


def test_a_restored_copy_at_another_place_is_told_while_the_cache_is_there(
    old_backup: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record is known by its first event, wherever it lies. The cache may vanish: its absence proves nothing."""
    monkeypatch.setenv("UNSUB_STATE_DIR", str(old_backup))
    told = run_program("journal", "verify")
    assert (told.returncode, TOLD in told.stderr) == (ExitCode.INTERNAL, True)
    shutil.rmtree(cache)
    assert run_program("journal", "verify").returncode == ExitCode.OK


@pytest.mark.long
def test_records_of_two_state_directories_are_both_sound(
    account: Sandbox, old_backup: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two records of one account that began apart have each a copy, and do not disturb each other."""
    monkeypatch.setenv("UNSUB_STATE_DIR", str(old_backup.with_name("other")))
    write_plan(1)
    assert apply_plan().returncode == ExitCode.OK
    assert len(account.account.request_log) == len(list((cache / "heads").iterdir())) - 1 == 1
    for name in ("other", "state"):
        monkeypatch.setenv("UNSUB_STATE_DIR", str(old_backup.with_name(name)))
        assert run_program("journal", "verify").returncode == ExitCode.OK
