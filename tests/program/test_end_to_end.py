"""The whole job by keys alone, in a pseudo-terminal of 80x24, from the list to the record; and its bad ends."""

from __future__ import annotations

import pytest

from tests.program.terminal_steps import (
    KEY_GUARD_SECONDS,
    confirm_plan,
    select_two_disks,
    wait_for_amounts,
)
from tests.support.program_process import only_run
from tests.support.pseudo_terminal import Terminal
from unsub_tui.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("imports_on_main_thread_only")


def test_from_the_list_to_the_record(account: Sandbox) -> None:
    """List, filter, mark, review, confirm, run, result, record; and the summary on stdout after leaving."""
    with Terminal(rows=30) as terminal:
        select_two_disks(terminal)
        terminal.press("p")
        confirm_plan(terminal)
        terminal.wait_for("Ended. ")
        terminal.press("q")
        terminal.wait_for("Active Resources", "selected 0")
        terminal.press("q")
        code = terminal.wait_for_exit()
        summary = terminal.text
    run = only_run()
    items = run["items"]
    assert run["run_id"] in summary
    assert items
    executed = [item for item in items if item["outcome"] == "settled"]
    assert executed
    assert code == (0 if len(executed) == len(items) else 5)
    for item in executed:
        assert len(account.account.executions(item["resource_id"])) == 1
        assert item["order_id"]
        assert item["exact"]


def test_cancel_sends_nothing(account: Sandbox) -> None:
    """Enter pressed again and again on the confirmation does nothing, and esc leads back."""
    with Terminal() as terminal:
        select_two_disks(terminal)
        terminal.press("p")
        wait_for_amounts(terminal)
        terminal.press("c")
        terminal.wait_for("Type exactly:")
        terminal.read_for(KEY_GUARD_SECONDS)
        terminal.press(*["enter"] * 10)
        terminal.read_for(0.2)
        terminal.press("\x1b")
        terminal.wait_until_gone("Type exactly:")
        terminal.press("q", "q")
        terminal.read_for(0.2)
    assert not account.account.request_log


@pytest.mark.usefixtures("account")
def test_a_terminal_too_small_says_so_and_lets_one_leave() -> None:
    """One line, nothing else; q quits. What COLUMNS says of some earlier size does not matter."""
    with Terminal(columns=48, rows=12, env={"COLUMNS": "120", "LINES": "40"}) as terminal:
        terminal.wait_for("Needs 60x16")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0


def test_no_terminal_is_said_plainly() -> None:
    """TERM=dumb: which commands work without one, exit code 2."""
    with Terminal("demo", env={"TERM": "dumb"}) as terminal:
        assert terminal.wait_for_exit() == 2
        assert "list, quote, plan, apply" in " ".join(terminal.lines)
