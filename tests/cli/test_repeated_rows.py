"""Commands on an account that lists resources several times."""

from __future__ import annotations

from tests.cli.command_steps import disks
from tests.support.program_process import run_json, run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox import Behavior
from unsub_tui.sandbox.sandbox import Sandbox


def test_list_and_plan_with_repeated_rows(account: Sandbox) -> None:
    """Agreeing rows count once; contradictory ones are all listed with the reason, and cannot be planned."""
    same, odd = disks(2)
    before = run_json("list")["resources"]
    account.account.behavior = Behavior(
        settle_seconds=0, extra_rows={same: [{}, {"status": 3}], odd: [{"status": 4}, {"status": 3}]}
    )

    listed = run_json("list")["resources"]
    others = [each for each in listed if each["resource_id"] != odd]
    assert others == [each for each in before if each["resource_id"] != odd]
    contradictory = [each for each in listed if each["resource_id"] == odd]
    assert [(each["status"], each["blocked_reason"]) for each in contradictory] == [
        (2, "contradictory"),
        (4, "contradictory"),
    ]
    refused = run_program("plan", odd, "-o", "plan.json")
    assert refused.returncode == ExitCode.NOTHING_TO_DO
    assert "several times with different data" in refused.stderr
