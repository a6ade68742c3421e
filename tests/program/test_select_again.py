"""What an earlier run did not do is selected again after the program was closed and started anew."""

from __future__ import annotations

from tests.program.terminal_steps import run_with_faults
from tests.support.program_process import only_run
from tests.support.pseudo_terminal import Terminal
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.sandbox import Sandbox

SECOND_REFUSED = {"operation": "unsubscribe", "calls": [2], "action": "error", "status": 400, "error_code": "CBC.0001"}
"""The second request is rejected."""


def test_records_select_again_what_failed(account: Sandbox) -> None:
    """One of two failed, and the program was closed; the key on the run's page selects it and nothing else."""
    with Terminal() as terminal:
        run_with_faults(terminal, account, [SECOND_REFUSED], "Ended")
        terminal.wait_for("1 completed", "1 failed")
        terminal.press("q")
        terminal.wait_for("[1 Active Resources]", "selected 1")
        terminal.press("q")
        terminal.wait_for("1 resource is selected")
        terminal.press("tab", "enter")
        assert terminal.wait_for_exit() == ExitCode.SOME_FAILED
    with Terminal() as terminal:
        terminal.wait_for("of 115", "selected 0")
        terminal.press("4")
        terminal.wait_for("Runs: 1")
        terminal.press("enter")
        terminal.wait_for("1 completed", "1 failed", "m Select again")
        terminal.press("m")
        terminal.wait_for("[1 Active Resources]", "Selected again: 1 of 1", "selected 1")
        terminal.press("p")
        (left,) = [item for item in only_run()["items"] if item["outcome"] == "rejected"]
        terminal.wait_for("Review:", "1 item", left["resource_id"])
