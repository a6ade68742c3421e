"""Signals, a cut line and standing still, at five moments: how each ends, whether the terminal is read or not."""

from __future__ import annotations

import signal

import pytest

from tests.contract.job import (
    LOST_ANSWER,
    NO_ANSWER,
    mark_two_disks,
    open_confirmation,
    run_with,
    settle_faults,
    states,
)
from tests.contract.signalling import (
    EVENTS,
    READING,
    SIGNALS,
    Moment,
    ends_in_order,
    is_told_after_a_kill,
    stands_still_and_comes_back,
)
from tests.sizes import sized
from tests.terminal import Terminal
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox


def list_it(terminal: Terminal, account: Sandbox) -> None:
    """Wait for the list."""
    terminal.wait_for("of 115")


def hold_the_list(terminal: Terminal, account: Sandbox) -> None:
    """Hold back the first page."""
    account.faults = parse_faults([{"operation": "query_resources", "action": "stall_after", "seconds": 25}])
    terminal.wait_for("loading")


def open_the_dialog(terminal: Terminal, account: Sandbox) -> None:
    """Go to the confirmation, and type nothing."""
    mark_two_disks(terminal)
    terminal.press("p")
    open_confirmation(terminal)


def send_one(terminal: Terminal, account: Sandbox) -> None:
    """Send the first request of two, whose answer is held back."""
    run_with(terminal, account, NO_ANSWER, "> sending")
    terminal.wait_until(lambda _screen: bool(account.account.request_log), "the request to arrive")


def lose_an_answer(terminal: Terminal, account: Sandbox) -> None:
    """Send the first request of two, whose answer is lost, and whose order is not found for now."""
    run_with(terminal, account, LOST_ANSWER, "? unknown")


IDLE = Moment(reach=list_it, shows="of 115", goes_on="of 115")
LISTING = Moment(reach=hold_the_list, shows="loading", goes_on="of 115")
DIALOG = Moment(reach=open_the_dialog, shows="Type exactly:", goes_on="Type exactly:")
IN_FLIGHT = Moment(
    reach=send_one, shows="> sending", leaves=("accepted", "skipped"), killed=("submitting", "confirmed")
)
RECONCILING = Moment(
    reach=lose_an_answer, shows="? unknown", leaves=("unknown", "skipped"), killed=("unknown", "confirmed")
)
MOMENTS = [
    pytest.param(IDLE, id="idle"),
    pytest.param(LISTING, id="listing"),
    pytest.param(DIALOG, id="dialog"),
    pytest.param(IN_FLIGHT, id="in-flight"),
    pytest.param(RECONCILING, id="reconciling"),
]


@pytest.mark.parametrize("stalled", sized(READING[:1], READING))
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_ends_in_order(moment: Moment, event: signal.Signals | str, account: Sandbox, *, stalled: bool) -> None:
    """Nothing more is sent; terminal, exit code and last line are right."""
    ends_in_order(moment, event, account, stalled=stalled)


@pytest.mark.parametrize("event", SIGNALS[1:])
def test_other_signals_end_in_order(event: signal.Signals, account: Sandbox) -> None:
    """As SIGTERM does, also with a request under way and a terminal that nobody reads."""
    ends_in_order(IN_FLIGHT, event, account, stalled=True)


@pytest.mark.parametrize("stalled", sized(READING[:1], READING))
@pytest.mark.parametrize("moment", MOMENTS)
def test_is_told_after_a_kill(moment: Moment, account: Sandbox, *, stalled: bool) -> None:
    """The next start knows."""
    is_told_after_a_kill(moment, account, stalled=stalled)


@pytest.mark.parametrize("stalled", sized(READING[:1], READING))
@pytest.mark.parametrize("moment", sized([MOMENTS[0], *MOMENTS[3:]], MOMENTS))
def test_comes_back(moment: Moment, account: Sandbox, *, stalled: bool) -> None:
    """The screen is drawn anew and the program goes on; a run asks before it sends anything more."""
    with Terminal("--mouse") as terminal:
        stands_still_and_comes_back(moment, account, terminal, stalled=stalled)
        settle_faults(account)
        sent = len(account.account.request_log)
        if moment.goes_on:
            terminal.wait_for(moment.goes_on)
            terminal.signal(signal.SIGTERM)
            assert terminal.wait_end() == 128 + signal.SIGTERM
        else:
            terminal.wait_for("The run is paused", "in the background")
            assert len(account.account.request_log) == sent == 1
            terminal.press("enter")
            terminal.wait_for("not sent")
    assert len(account.account.request_log) == sent


def test_ctrl_z_in_the_list_suspends(account: Sandbox) -> None:
    """As anywhere else; and the screen is there again afterwards."""
    with Terminal() as terminal:
        list_it(terminal, account)
        terminal.press("\x1a")
        terminal.wait_stopped()
        terminal.screen.reset()
        terminal.signal(signal.SIGCONT)
        terminal.wait_for(IDLE.shows)


def test_ctrl_z_with_a_request_in_flight_explains(account: Sandbox) -> None:
    """A program that stands still could not take the answer: it stays, and says what to do."""
    with Terminal() as terminal:
        send_one(terminal, account)
        terminal.press("\x1a")
        terminal.wait_for("a call is in flight")
        settle_faults(account)
        terminal.wait_for("2 of 2")


def test_who_does_not_want_to_wait_interrupts(account: Sandbox) -> None:
    """The screen has gone and the answer is awaited: ctrl+c there ends it at once, and the record says unknown."""
    with Terminal() as terminal:
        send_one(terminal, account)
        terminal.signal(signal.SIGTERM)
        terminal.wait_for("waits for the request that is under way")
        terminal.press("\x03")  # the terminal is as before: the key is a signal again
        assert terminal.wait_end() == ExitCode.UNKNOWN
        assert "1 item is not settled; run `unsub-tui resume`" in terminal.text
    assert states() == ["unknown", "skipped"]
    assert len(account.account.request_log) == 1


def test_ctrl_z_between_requests_suspends(account: Sandbox) -> None:
    """No call is in flight: it stands still, and asks when it is back before it sends anything more."""
    with Terminal() as terminal:
        lose_an_answer(terminal, account)
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
    assert len(account.account.request_log) == 2
