"""What is left after a run, as scripts and tickets see it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.engine_stage import new_stage, run_plan
from tests.support.program_process import run_json, run_program
from unsub_tui.cli.exit_codes import ExitCode


@pytest.mark.parametrize("leaves", [True, False])
async def test_runs_tell_what_is_left(tmp_path: Path, *, leaves: bool) -> None:
    """In JSON each with why; in the table with what to do. The outcome and the exit code are those of the run."""
    stage = new_stage(tmp_path / "state")
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, leaves_attached=leaves)
    run = (await run_plan(stage, await stage.plan(stage.ids(1)))).run
    env = {"UNSUB_STATE_DIR": str(stage.state_dir)}

    (item,) = run_json("runs", run.run_id, env=env)["items"]
    page = run_program("runs", run.run_id, env=env)

    assert page.returncode == ExitCode.OK
    assert item["outcome"] == "settled"
    late = [each["resource_id"] for each in item["leftovers"] if each["why"] == "attached"]
    assert sorted(late) == (sorted(item["attached_resource_ids"]) if leaves else [])
    assert item["leftovers_missing"] == []
    assert ("should have been unsubscribed with" in page.stdout) is leaves
    assert ("no longer subscribed" in " ".join(page.stdout.split())) is not leaves
