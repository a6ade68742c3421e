"""Commands on an account with rows that cannot be read."""

from __future__ import annotations

from tests.cli.command_steps import disks
from tests.support.program_process import run_json, run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox import Behavior
from unsub_tui.sandbox.sandbox import Sandbox


def test_list_and_plan_with_unreadable_rows(account: Sandbox) -> None:
    """Every row is listed, with null for the missing field; the unreadable ones are counted and not planned."""
    nameless, odd, plain = disks(3)
    before = run_json("list")["resources"]
    account.account.behavior = Behavior(
        settle_seconds=0, row_changes={nameless: {"resource_id": None}, odd: {"status": None}}
    )

    listed = run_json("list")["resources"]
    assert len(listed) == len(before)
    kept = [each for each in before if each["resource_id"] not in (nameless, odd)]
    assert [each for each in listed if each["blocked_reason"] != "unreadable"] == kept
    unreadable = [each for each in listed if each["blocked_reason"] == "unreadable"]
    assert sorted((each["resource_id"], each["status"] or 0) for each in unreadable) == [("", 2), (odd, 0)]
    table = run_program("list")
    assert table.returncode == ExitCode.OK
    assert "2 unreadable rows" in table.stderr
    assert run_program("plan", odd, "-o", "odd.json").returncode == ExitCode.NOTHING_TO_DO
    assert run_program("plan", plain, "-o", "plan.json").returncode == ExitCode.OK
