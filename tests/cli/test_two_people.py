"""The guard `two_people`: one IAM user plans, another one applies."""

from __future__ import annotations

from pathlib import Path

from tests.cli.command_steps import apply_plan, disks
from tests.support.program_process import only_run, run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.sandbox import Sandbox


def test_the_planner_cannot_apply_and_another_user_can(account: Sandbox, config: Path) -> None:
    """The refusal names the guard and its file, in the review too; the record names both."""
    config.write_text("two_people = true")
    planner = {"HUAWEICLOUD_SDK_AK": account.reader_access_key, "HUAWEICLOUD_SDK_SK": account.reader_secret_key}
    ids = disks(2)
    own = run_program("plan", *ids, "-o", "own.json")
    assert (own.returncode, "another IAM user must run the plan" in own.stderr) == (ExitCode.OK, True)
    for more in ((), ("--confirm", "sandbox-estate 2 00000000")):
        refused = run_program("apply", "own.json", *more)
        said = " ".join(refused.stderr.split())
        assert refused.returncode == ExitCode.GUARD
        assert "sandbox-estate planned it, so another IAM user must run it" in said
        assert f"two_people = true ({config})" in said
        assert "confirm:" not in refused.stdout
    assert not account.account.request_log
    assert run_program("plan", *ids, "-o", "plan.json", env=planner).returncode == ExitCode.OK
    assert apply_plan().returncode == ExitCode.OK
    run = only_run()
    assert (run["planner"]["user_name"], run["person"]["user_name"]) == ("sandbox-planner", "sandbox-estate")
