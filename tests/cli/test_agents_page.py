"""The scripts of docs/agents.md: an assistant plans, and cannot apply."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.command_steps import disks
from tests.cli.page_scripts import read_scripts, run_shell
from tests.support.output_forms import ROOT
from tests.support.program_process import run_json, run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.main import COMMANDS
from unsub_tui.sandbox.sandbox import Sandbox

ALLOWED = ("list", "report", "quote", "plan", "orders", "runs")
"""The commands that the page names for assistants."""


@pytest.fixture(autouse=True)
def _script(account: Sandbox, program_on_path: None) -> None:
    """The scripts of the page in the current directory, and an account to use them on."""
    for script in read_scripts("agents").values():
        run_shell(script)


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


def call_tool(name: str, code: int = 0, **arguments: object) -> subprocess.CompletedProcess[str]:
    """Let the page's script run a tool with these arguments."""
    return run_shell(f"./agent-tool {name} <<'EOF'\n{json.dumps(arguments)}\nEOF", code=code)


def test_tools_are_described_by_the_commands_themselves() -> None:
    """Those of the page and no other; in read-only mode; each argument is described, and each form exists."""
    tools = run_json("agent-tools")["tools"]
    assert {each["command"][2] for each in tools} == set(ALLOWED)
    for tool in tools:
        properties = tool["input_schema"]["properties"]
        assert set(properties) == {*tool["options"], *tool["operands"]}
        assert all(each["description"] and each["type"] for each in properties.values())
        assert tool["command"][:2] == ["unsub-tui", "--read-only"]
        help_text = run_program(tool["command"][2], "--help").stdout
        assert all(f"{option} " in help_text for option in tool["options"].values())
        assert all((ROOT / f"docs/schemas/{form}.json").exists() for form in tool["output_forms"])
    assert "force" not in json.dumps(tools)


def test_an_assistant_calls_tools(account: Sandbox) -> None:
    """It lists, quotes and plans; what is no tool, no argument or no id is refused, and nothing is sent."""
    listed = json.loads(call_tool("unsub_tui_list", filter="type:evs is:eligible", inventory=False, limit=2).stdout)[
        "resources"
    ]
    ids = [each["resource_id"] for each in listed]
    assert len(ids) == 2
    quoted = json.loads(call_tool("unsub_tui_quote", ids=ids).stdout)["quotes"]
    assert [each["resource_id"] for each in quoted] == ids
    call_tool("unsub_tui_plan", ids=ids, output="plan.json", ticket="CHG-77")
    assert json.loads(Path("plan.json").read_text())["plan"]["ticket"] == "CHG-77"
    assert json.loads(call_tool("unsub_tui_runs").stdout)["runs"] == []
    for name, arguments in (("unsub_tui_apply", {}), ("unsub_tui_plan", {"force": True}), ("unsub_tui_list", {"x": 1})):
        assert "no such tool or argument" in call_tool(name, 1, **arguments).stderr
    refused = call_tool("unsub_tui_plan", ExitCode.USAGE, ids=["--force"], output="plan.json")
    assert "plan.json" in refused.stderr
    assert not account.account.request_log
