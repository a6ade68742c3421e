"""One person plans, another reviews and carries it out: by files between processes, on a terminal by keys alone."""

from __future__ import annotations

import json
import os
import pwd
import socket
from pathlib import Path

import pytest

from tests.program.terminal_steps import confirm_plan, select_two_disks
from tests.support.connections import make_sandbox
from tests.support.program_process import only_run, run_program
from tests.support.pseudo_terminal import Terminal
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer

ALICE = {"SSH_CONNECTION": "192.0.2.7 5022 192.0.2.1 22", "LOGNAME": "somebody-else"}
BOB = {"SSH_CONNECTION": "192.0.2.9 5022 192.0.2.1 22"}
LOCAL_OPERATOR = f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"
"""Both have the one account of this machine; the user is asked of the system, whatever LOGNAME says."""


def plan_in_app(path: Path) -> list[str]:
    """Let Alice mark disks, review them, and save the plan for a ticket; return the ids in the file."""
    with Terminal(env=ALICE) as terminal:
        select_two_disks(terminal)
        terminal.press("p")
        terminal.wait_until(lambda screen: "Review:" in screen and "\nrefund " in screen, "the amounts")
        terminal.press("w")
        terminal.wait_for("Save the plan of", "unsub-tui --plan FILE")
        terminal.press(*["\x7f"] * 40)
        terminal.type(str(path))
        terminal.wait_for("/plan.json")
        terminal.press("enter")
        terminal.wait_for("Ticket")
        terminal.type("CHG-77")
        terminal.wait_for("CHG-77")
        terminal.press("enter")
        terminal.wait_for("Saved as")
        terminal.press("q", "q", "tab", "enter")
        terminal.wait_for_exit()
    return [item["resource"]["resource_id"] for item in json.loads(path.read_text())["plan"]["items"]]


def test_planned_by_one_reviewed_and_applied_by_another(account: Sandbox, tmp_path: Path) -> None:
    """Alice saves a plan in the app; something changes; Bob sees that, confirms the rest; the record has both."""
    path = tmp_path / "plan.json"
    ids = plan_in_app(path)
    assert len(ids) > 1
    changed = account.account.resources.get(ids[0])
    assert changed is not None
    changed.expire -= 24 * 3600
    account.account.resources.clear_cache()
    with Terminal("--plan", str(path), env=BOB, rows=50) as terminal:
        terminal.wait_for("Review:", f"planned by {LOCAL_OPERATOR} from 192.0.2.7", "ticket CHG-77")
        terminal.wait_until(lambda screen: "x 1 not possible" in screen and "\nrefund " in screen, "the amounts")
        terminal.press("3")
        terminal.wait_for("1 of ", "expiry changed from")
        terminal.press("3")
        terminal.wait_until_gone("esc shows all")
        confirm_plan(terminal)
        terminal.wait_for("Ended. ")
        terminal.press("v")
        terminal.wait_for(f"planned by {LOCAL_OPERATOR} from 192.0.2.7", f"by {LOCAL_OPERATOR} from 192.0.2.9")
        terminal.press("q", "q")
        terminal.wait_for("Active Resources")
        terminal.press("q")
        terminal.wait_for_exit()
    run = only_run()
    assert run["planner"]["operator"] == f"{LOCAL_OPERATOR} from 192.0.2.7"
    assert run["person"]["operator"] == run["operator"] == f"{LOCAL_OPERATOR} from 192.0.2.9"
    assert run["ticket"] == "CHG-77"
    assert run["plan_file"] == json.loads(path.read_text())["hash"]
    assert [item["resource_id"] for item in run["items"]] == ids[1:]
    assert not account.account.executions(ids[0])
    sent = [attempt.resource_ids for attempt in account.account.request_log]
    assert sorted(sent) == sorted((each,) for each in ids[1:])


def test_a_guard_of_the_other_person(account: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Bob's configuration protects is refused in Alice's plan, with the pattern and its file; nothing is sent."""
    path = tmp_path / "plan.json"
    assert run_program("plan", "--filter", "type:evs is:eligible", "-o", str(path)).returncode == 0
    config = tmp_path / "config.toml"
    config.write_text('protected = ["service:evs"]\n')
    monkeypatch.setenv("UNSUB_CONFIG", str(config))
    with Terminal("--plan", str(path), env=BOB, columns=200, rows=50) as terminal:
        terminal.wait_for("Review:", "protected = service:evs", str(config))
        terminal.press("c")
        terminal.wait_for("Nothing in this plan can be unsubscribed from")
        terminal.press("q", "q")
        assert terminal.wait_for_exit() == ExitCode.CANCELLED
    assert not account.account.request_log


@pytest.mark.usefixtures("account")
def test_a_plan_of_another_account_is_not_reviewed(tmp_path: Path) -> None:
    """Whose plan it is and whose keys these are is said; the list stays in use."""
    path = tmp_path / "plan.json"
    with BackgroundServer(make_sandbox(60, site="cn")) as server:
        env = {"UNSUB_ENDPOINT": server.endpoint, "UNSUB_SITE": "cn"}
        assert run_program("plan", "--filter", "type:evs is:eligible", "-o", str(path), env=env).returncode == 0
    with Terminal("--plan", str(path)) as terminal:
        terminal.wait_for("cannot be reviewed here", "The plan is for another account", "--profile")
        terminal.press("enter")
        terminal.wait_until_gone("cannot be reviewed here")
        terminal.wait_for("of 115")
        terminal.press("q")
        assert terminal.wait_for_exit() == ExitCode.CANCELLED
    assert run_program("apply", str(path)).returncode == 7
