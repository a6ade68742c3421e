"""`doctor --contract --save` and `sandbox --replay`, as a user runs them."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command_steps import list_rows
from tests.support.effort import TIMEOUT_SECONDS
from tests.support.output_forms import check_form
from tests.support.program_process import run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.sandbox import Sandbox


def test_a_capture_is_replayed(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is private, names nothing, and serves the same list; a second save does not overwrite it."""
    before = list_rows()
    saved = run_program("doctor", "--contract", "--save", "capture.json")
    assert saved.returncode == ExitCode.OK, saved.stderr
    path = Path("capture.json")
    assert str(path.absolute()) in saved.stdout.replace("\n" + " " * 31, "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    check_form("capture", path.read_text(encoding="utf-8"))
    assert account.domain_id not in path.read_text(encoding="utf-8")
    again = run_program("doctor", "--contract", "--save", "capture.json")
    assert again.returncode == ExitCode.USAGE
    assert "exists" in again.stderr

    command = [sys.executable, "-m", "unsub_tui", "sandbox", "--replay", "capture.json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as replay:
        assert replay.stdout is not None
        served = json.loads(replay.stdout.readline())
        monkeypatch.setenv("UNSUB_ENDPOINT", served["endpoint"])
        monkeypatch.setenv("HUAWEICLOUD_SDK_AK", served["access_key"])
        monkeypatch.setenv("HUAWEICLOUD_SDK_SK", served["secret_key"])
        names = ("service_type_code", "resource_type_code", "status", "is_main_resource", "blocked_reason")
        assert [[row[each] for each in names] for row in list_rows()] == [
            [row[each] for each in names] for row in before
        ]
        assert run_program("plan", "--filter", "type:evs", "-o", "plan.json").returncode in (
            ExitCode.OK,
            ExitCode.GUARD,
        )
        replay.send_signal(signal.SIGTERM)
        replay.wait(TIMEOUT_SECONDS)
    assert not account.account.request_log


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("doctor", "--save", "capture.json"), "--save needs --contract"),
        (("doctor", "--contract", "--save", "missing/capture.json"), "capture.json"),
        (("sandbox", "--replay", "missing.json"), "cannot be read"),
        (("sandbox", "--replay", "broken.json"), "is not a capture"),
        (("sandbox", "--replay", "broken.json", "--state", "state.db"), "it takes no --state"),
    ],
)
def test_files_that_cannot_be_used(arguments: tuple[str, ...], says: str) -> None:
    """Exit code 2 and one sentence."""
    Path("broken.json").write_text('{"format": "unsub-tui-capture", "schema_version": 1, "columns": 3}')
    result = run_program(*arguments)
    assert result.returncode == ExitCode.USAGE
    assert says in (result.stderr + result.stdout)
    assert len(result.stderr.splitlines()) <= 1


def test_nothing_is_saved_of_an_account_that_cannot_be_opened(
    account: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure is the report."""
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", "canary-wrong-secret")
    assert run_program("doctor", "--contract", "--save", "capture.json").returncode == ExitCode.CREDENTIALS
    assert not Path("capture.json").exists()
    assert not account.account.request_log
