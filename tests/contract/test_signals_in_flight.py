"""A request is in flight: how signals, a cut line and standing still end."""

from __future__ import annotations

import signal

import pytest

from tests.contract.job import NO_ANSWER, run_with, settle_faults, states
from tests.contract.signalling import (
    EVENTS,
    READING,
    Moment,
    ends_in_order,
    is_told_after_a_kill,
    stands_still_and_comes_back,
)
from tests.terminal import Terminal
from unsub_tui.cli.exits import Exit
from unsub_tui.sandbox.sandbox import Sandbox


def reach(terminal: Terminal, account: Sandbox) -> None:
    """Send the first request of two, whose answer is held back."""
    run_with(terminal, account, NO_ANSWER, "> sending")


MOMENT = Moment(reach=reach, shows="> sending", leaves=("accepted", "skipped"), killed=("submitting", "confirmed"))


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


def test_ctrl_z_explains(account: Sandbox) -> None:
    """A program that stands still could not take the answer: it stays, and says what to do."""
    with Terminal() as terminal:
        reach(terminal, account)
        terminal.press("\x1a")
        terminal.wait_for("a call is in flight")
        settle_faults(account)
        terminal.wait_for("2 of 2")


def test_who_does_not_want_to_wait_interrupts(account: Sandbox) -> None:
    """The screen has gone and the answer is awaited: ctrl+c there ends it at once, and the record says unknown."""
    with Terminal() as terminal:
        reach(terminal, account)
        terminal.signal(signal.SIGTERM)
        terminal.wait_for("waits for the request that is under way")
        terminal.press("\x03")  # the terminal is as before: the key is a signal again
        assert terminal.wait_end() == Exit.UNKNOWN
        assert "1 item is not settled; run `unsub-tui resume`" in terminal.text
    assert states() == ["unknown", "skipped"]
    assert len(account.ledger.attempts) == 1
