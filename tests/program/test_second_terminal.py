"""Two terminals on one account: one runs, the other sees who, watches and cannot touch; and others elsewhere."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.program.terminal_steps import (
    NO_ANSWER,
    clear_faults,
    confirm_plan,
    open_confirmation,
    run_with_faults,
    select_two_disks,
)
from tests.support.pseudo_terminal import Terminal
from unsub_tui.sandbox.sandbox import Sandbox

QUIET_SECONDS = 2.5
"""Longer than two looks at the record."""


def test_a_start_during_a_run_offers_to_watch_it(account: Sandbox) -> None:
    """Who runs it, each item as it goes on, no byte while nothing changes, no way to act, and its end."""
    with Terminal() as runs:
        run_with_faults(runs, account, NO_ANSWER, "> submitting")
        watch_run(runs, account)
    assert len(account.account.request_log) == 2


def watch_run(runs: Terminal, account: Sandbox) -> None:
    """Watch a run from its first request in flight to its end."""
    with Terminal() as watches:
        screen = watches.wait_for(
            "A run is in progress in another terminal", f"Process {runs.process.pid} of ", runs.tty_path
        )
        assert "Watch" in screen
        watches.press("tab", "enter")
        watches.wait_for("read only", "> submitting")
        while watches.read_output(1):
            pass
        quiet = watches.received_bytes
        watches.read_for(QUIET_SECONDS)
        assert watches.received_bytes == quiet
        watches.press("s", "u", "p", "space", "delete")
        clear_faults(account)
        watches.wait_for("0 not submitted")
        runs.wait_for("0 not submitted")
        runs.press("s")
        runs.wait_for("Ended. q closes")
        watches.wait_for("Ended. ")
        watches.press("q")
        watches.wait_for("Active Resources")


@pytest.mark.long
def test_who_wants_to_run_meanwhile_is_told_and_can_watch(account: Sandbox) -> None:
    """The confirmation leads to the same view, and nothing is sent."""
    with Terminal() as second, Terminal() as first:
        select_two_disks(second)
        second.press("p")
        open_confirmation(second)
        run_with_faults(first, account, NO_ANSWER, "> submitting")
        second.press("esc")
        confirm_plan(second)
        second.wait_for("Nothing was submitted: a run is in progress", f"Process {first.process.pid} of ")
        second.press("tab", "enter")
        second.wait_for("read only", "> submitting")
    assert len(account.account.request_log) == 1


def test_a_holder_that_stands_still_is_said_to(account: Sandbox) -> None:
    """Records mark the run as in progress; ctrl+z in the other terminal is named, with the way back."""
    with Terminal() as runs, Terminal() as watches:
        watches.wait_for("of 115")
        run_with_faults(runs, account, NO_ANSWER, "> submitting")
        runs.signal(signal.SIGTSTP)
        runs.wait_until_stopped()
        watches.press("4")
        watches.wait_for("In progress in another terminal", "It is suspended", "fg")
        watches.press("enter")
        watches.wait_for("read only", "It is suspended")
        runs.signal(signal.SIGKILL)
        watches.wait_for("Ended. ")


@pytest.mark.long
def test_what_others_took_is_named_with_their_order(account: Sandbox, tmp_path: Path) -> None:
    """Another machine has no lock in common: what it took is skipped here, its order, time and user are said."""
    elsewhere = {"UNSUB_STATE_DIR": str(tmp_path / "another machine"), "XDG_RUNTIME_DIR": str(tmp_path / "another run")}
    (tmp_path / "another run").mkdir(mode=0o700)
    with Terminal() as here, Terminal(env=elsewhere) as there:
        select_two_disks(here)
        here.press("p")

        def meanwhile() -> None:
            run_with_faults(there, account, [], "0 not submitted")

        confirm_plan(here, before_sending=meanwhile)
        taken = [attempt.order_ids[0] for attempt in account.account.request_log]
        here.wait_for("Ended. q closes", "unsubscribed with order")
        assert any(order in here.text for order in taken), "which of the two comes first is not settled"
        here.press("q")
        here.wait_for("Active Resources")
        here.press("4")
        screen = here.wait_for(taken[0], taken[1], "Unsubscription orders")
        assert "refund" in screen
        here.type("/is:others")
        here.press("enter")
        here.wait_for("/ is:others", taken[0], taken[1])
    assert len(account.account.request_log) == 2
