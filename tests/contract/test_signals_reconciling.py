"""The answer of a request is lost, and its order looked for: how signals, a cut line and standing still end."""

from __future__ import annotations

import signal

import pytest

from tests.contract.job import LOST_ANSWER, run_with, settle_faults
from tests.contract.signalling import (
    EVENTS,
    READING,
    Moment,
    ends_in_order,
    is_told_after_a_kill,
    stands_still_and_comes_back,
)
from tests.terminal import Terminal
from unsub_tui.sandbox.sandbox import Sandbox


def reach(terminal: Terminal, account: Sandbox) -> None:
    """Send the first request of two, whose answer is lost, and whose order is not found for now."""
    run_with(terminal, account, LOST_ANSWER, "? unknown")


MOMENT = Moment(reach=reach, shows="? unknown", leaves=("unknown", "skipped"), killed=("unknown", "confirmed"))


@pytest.mark.parametrize("stalled", READING)
@pytest.mark.parametrize("event", EVENTS)
def test_ends_in_order(event: signal.Signals | str, account: Sandbox, *, stalled: bool) -> None:
    """Nothing more is sent; terminal, exit code and last line are right."""
    ends_in_order(MOMENT, event, account, stalled=stalled)


@pytest.mark.parametrize("stalled", READING)
def test_is_told_after_a_kill(account: Sandbox, *, stalled: bool) -> None:
    """The next start knows."""
    is_told_after_a_kill(MOMENT, account, stalled=stalled)


@pytest.mark.parametrize("stalled", READING)
def test_comes_back(account: Sandbox, *, stalled: bool) -> None:
    """The run asks before it sends anything more; stopped there, nothing was."""
    with Terminal("--mouse") as terminal:
        stands_still_and_comes_back(MOMENT, account, terminal, stalled=stalled)
        settle_faults(account)
        terminal.wait_for("The run is paused", "in the background")
        assert len(account.ledger.attempts) == 1
        terminal.press("enter")
        terminal.wait_for("not sent")
    assert len(account.ledger.attempts) == 1


def test_ctrl_z_suspends(account: Sandbox) -> None:
    """No call is in flight: it stands still, and asks when it is back before it sends anything more."""
    with Terminal() as terminal:
        reach(terminal, account)
        terminal.press("\x1a")
        terminal.wait_stopped()
        terminal.screen.reset()
        settle_faults(account)
        terminal.signal(signal.SIGCONT)
        terminal.wait_for("The run is paused", "in the background")
        terminal.press("\x1a")
        terminal.wait_stopped()
        terminal.screen.reset()
        terminal.signal(signal.SIGCONT)
        terminal.wait_for("The run is paused", "Go on")
        terminal.press("tab", "enter")
        terminal.wait_for("2 of 2")
    assert len(account.ledger.attempts) == 2
