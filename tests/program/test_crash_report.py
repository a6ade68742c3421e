"""Something of ours breaks: the run is finished and recorded, the terminal restored, and no secret gets out."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.program.signal_checks import check_restored
from tests.program.terminal_steps import NO_ANSWER, clear_faults, item_states, run_with_faults
from tests.support.effort import TIMEOUT_SECONDS, some
from tests.support.pseudo_terminal import Terminal
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.sandbox import Sandbox

SECRET = "canary-b7d41f"

CRASHING_SCRIPT = f"""
import asyncio, threading
from unsub_tui.__main__ import main
from unsub_tui.app.screens.base import BaseScreen

def boom():
    held = {{"secret": "{SECRET}"}}
    raise RuntimeError("the key is " + held["secret"])

async def boom_later():
    boom()

def begin(self):
    HOW

BaseScreen.key_f12 = begin
main()
"""

CRASHES = {
    "in a key": "boom()",
    "in a worker": "self.run_worker(boom_later())",
    "in a thread": "threading.Thread(target=boom).start()",
    "in a callback": "asyncio.get_running_loop().call_soon(boom)",
}

F12 = "\x1b[24~"


def crashing_program(way: str, directory: Path) -> tuple[str, str]:
    """Return the command of a program that breaks that way when F12 is pressed."""
    script = directory / "program.py"
    script.write_text(CRASHING_SCRIPT.replace("HOW", CRASHES[way]))
    return (sys.executable, str(script))


def crash_reports() -> list[Path]:
    """Return the crash reports below home."""
    return list(Path(os.environ["HOME"]).rglob("crash-*.txt"))


def check_report(terminal: Terminal) -> None:
    """Check that a person is told in one line where a private report is, and that nothing holds the secret."""
    check_restored(bytes(terminal.output))
    assert SECRET.encode() not in terminal.output
    (report,) = crash_reports()
    assert report.stat().st_mode & 0o777 == 0o600
    text = report.read_text()
    assert "RuntimeError" in text
    assert "boom" in text
    assert SECRET not in text
    incident = report.stem.removeprefix("crash-")
    assert f"a program error (RuntimeError, {incident})" in "".join(terminal.lines)


@pytest.mark.parametrize("way", some(list(CRASHES), 1))
def test_while_a_request_is_in_flight(
    way: str, account: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is answered and recorded, nothing more is sent; exit code 6, because its order is not done."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    with Terminal("--mouse", command=crashing_program(way, tmp_path)) as terminal:
        before = terminal.initial_attributes
        run_with_faults(terminal, account, NO_ANSWER, "> submitting")
        terminal.type(F12)
        while b"\x1b[?1049l" not in terminal.output:
            assert terminal.read_output(TIMEOUT_SECONDS)
        clear_faults(account)
        assert terminal.wait_for_exit() == ExitCode.UNKNOWN
        assert terminal.attributes == before
        check_report(terminal)
        assert "1 pending item; run `unsub-tui resume`" in terminal.text
    assert len(account.account.request_log) == 1
    assert item_states()[0] in ("accepted", "settled")
    assert item_states()[1] == "skipped"


@pytest.mark.usefixtures("account")
def test_while_nothing_is_going_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    with Terminal("--mouse", command=crashing_program("in a key", tmp_path)) as terminal:
        terminal.wait_for("of 115")
        terminal.type(F12)
        assert terminal.wait_for_exit() == ExitCode.INTERNAL
        check_report(terminal)
