"""The commands of docs/first-day.md, one after the other, as the page says."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.cli.command_steps import disks, phrase_of
from tests.support.output_forms import ROOT
from tests.support.program_process import run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.sandbox import Sandbox


def commands_of_page() -> list[str]:
    """Return the commands, in order."""
    page = (ROOT / "docs/first-day.md").read_text(encoding="utf-8")
    return [line for block in re.findall(r"```\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]


def test_every_command_works(account: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Exit code 0 for each; exactly one resource is unsubscribed from, by the last step before the record."""
    monkeypatch.setenv("UNSUB_STATE_DIR", str(tmp_path / "state"))
    found, ran = {"ID": disks(1)[0]}, list[str]()
    for command in commands_of_page():
        words = [found.get(each, each) for each in shlex.split(command)]
        assert words.pop(0) == "unsub-tui"
        if words == ["--read-only"]:  # the app
            continue
        result = run_program(*words)
        assert result.returncode == ExitCode.OK, (command, result.stderr)
        ran.append(command)
        if words[2:4] == ["apply", "first.json"] and "PHRASE" not in command:
            assert not account.account.request_log
            found["PHRASE"] = phrase_of(result)
        if "--confirm" in words:
            runs = json.loads(run_program("runs", "--format", "json").stdout)["runs"]
            found["RUN"] = runs[0]["run_id"]
            assert "first unsubscription by this program" in result.stderr
    assert len(ran) >= 10
    assert len(account.account.request_log) == 1
