"""The script of docs/agents.md: an assistant plans, and cannot apply."""

from __future__ import annotations

import re

import pytest

from tests.cli.command_steps import disks
from tests.cli.page_scripts import read_scripts, run_shell
from tests.support.output_forms import ROOT
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.main import COMMANDS
from unsub_tui.sandbox.sandbox import Sandbox

ALLOWED = ("list", "report", "quote", "plan", "orders", "runs")
"""The commands that the page names for assistants."""


@pytest.fixture(autouse=True)
def _script(account: Sandbox, program_on_path: None) -> None:
    """The script of the page in the current directory, and an account to use it on."""
    run_shell(read_scripts("agents")["Commands"])


def test_only_the_commands_of_the_table_can_be_run() -> None:
    """All others, the app and options before a command are refused by the script itself."""
    table = (
        (ROOT / "docs/agents.md").read_text(encoding="utf-8").partition("## Commands")[2].partition("Not `apply`")[0]
    )
    named = {name for cell in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)", cell)}
    assert named == set(ALLOWED)
    for refused in ("", "--plan plan.json", "--profile other list", *(set(COMMANDS) - set(ALLOWED))):
        done = run_shell(f"./agent-unsub {refused}", code=ExitCode.USAGE)
        assert done.stderr.startswith("not for assistants: ")
    for allowed in ALLOWED:
        assert f"Usage: unsub-tui {allowed} " in run_shell(f"./agent-unsub {allowed} --help").stdout


def test_an_assistant_plans_and_a_person_applies(account: Sandbox) -> None:
    """The plan is written in read-only mode; nothing is sent until the person confirms."""
    (resource_id,) = disks(1)
    run_shell(f"./agent-unsub plan {resource_id} -o plan.json --ticket CHG-77")
    review = run_shell("unsub-tui apply plan.json").stdout
    assert not account.account.request_log
    phrase = review.splitlines()[-1].removeprefix("confirm: ")
    run_shell(f"UNSUB_READ_ONLY=1 unsub-tui apply plan.json --confirm '{phrase}'", code=ExitCode.GUARD)
    assert not account.account.request_log
    run_shell(f"unsub-tui apply plan.json --confirm '{phrase}'")
    assert [log.resource_ids for log in account.account.request_log] == [(resource_id,)]
