"""Signals, a cut line and standing still, at five moments: how each ends, whether the terminal is read or not."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.program.signal_checks import (
    EVENTS,
    SIGNALS,
    TERMINAL_READ,
    ProgramPhase,
    check_orderly_exit,
    check_reported_after_kill,
    check_stop_and_continue,
)
from tests.program.terminal_steps import (
    LOST_ANSWER,
    NO_ANSWER,
    clear_faults,
    item_states,
    open_confirmation,
    run_with_faults,
    select_two_disks,
)
from tests.support.effort import by_effort
from tests.support.pseudo_terminal import Terminal
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox


def show_list(terminal: Terminal, account: Sandbox) -> None:
    """Wait for the list."""
    terminal.wait_for("of 115")


def hold_listing(terminal: Terminal, account: Sandbox) -> None:
    """Hold back the first page."""
    account.faults = parse_faults([{"operation": "query_resources", "action": "stall_after", "seconds": 25}])
    terminal.wait_for("Loading")


def enter_confirmation(terminal: Terminal, account: Sandbox) -> None:
    """Go to the confirmation, and type nothing."""
    select_two_disks(terminal)
    terminal.press("p")
    open_confirmation(terminal)


def send_first_request(terminal: Terminal, account: Sandbox) -> None:
    """Send the first request of two, whose answer is held back."""
    run_with_faults(terminal, account, NO_ANSWER, "> submitting")
    terminal.wait_until(lambda _screen: bool(account.account.request_log), "the request to arrive")


def lose_first_answer(terminal: Terminal, account: Sandbox) -> None:
    """Send the first request of two, whose answer is lost, and whose order is not found for now."""
    run_with_faults(terminal, account, LOST_ANSWER, "? unknown")


def suspend_and_continue(terminal: Terminal, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Press ctrl+z, and let the program come back with an empty screen."""
    terminal.press("\x1a")
    terminal.wait_until_stopped()
    terminal.screen.reset()
    meanwhile()
    terminal.signal(signal.SIGCONT)


IDLE = ProgramPhase(enter=show_list, screen_text="of 115", resumed_text="of 115")
LISTING = ProgramPhase(enter=hold_listing, screen_text="Loading", resumed_text="of 115")
DIALOG = ProgramPhase(enter=enter_confirmation, screen_text="Type exactly:", resumed_text="Type exactly:")
IN_FLIGHT = ProgramPhase(
    enter=send_first_request,
    screen_text="> submitting",
    states_after_exit=("accepted", "skipped"),
    states_after_kill=("submitting", "confirmed"),
)
RECONCILING = ProgramPhase(
    enter=lose_first_answer,
    screen_text="? unknown",
    states_after_exit=("unknown", "skipped"),
    states_after_kill=("unknown", "confirmed"),
)
PHASES = [
    pytest.param(IDLE, id="idle"),
    pytest.param(LISTING, id="listing"),
    pytest.param(DIALOG, id="dialog"),
    pytest.param(IN_FLIGHT, id="in-flight"),
    pytest.param(RECONCILING, id="reconciling"),
]


@pytest.mark.parametrize("stalled", by_effort(TERMINAL_READ[:1], TERMINAL_READ))
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("moment", PHASES)
def test_orderly_exit(moment: ProgramPhase, event: signal.Signals | str, account: Sandbox, *, stalled: bool) -> None:
    """Nothing more is sent; terminal, exit code and last line are right."""
    check_orderly_exit(moment, event, account, stalled=stalled)


@pytest.mark.parametrize("event", SIGNALS[1:])
def test_other_signals_end_in_order(event: signal.Signals, account: Sandbox) -> None:
    """As SIGTERM does, also with a request under way and a terminal that nobody reads."""
    check_orderly_exit(IN_FLIGHT, event, account, stalled=True)


@pytest.mark.parametrize("stalled", by_effort(TERMINAL_READ[:1], TERMINAL_READ))
@pytest.mark.parametrize("moment", PHASES)
def test_kill_is_reported_at_next_start(moment: ProgramPhase, account: Sandbox, *, stalled: bool) -> None:
    """The next start knows."""
    check_reported_after_kill(moment, account, stalled=stalled)


@pytest.mark.parametrize("stalled", by_effort(TERMINAL_READ[:1], TERMINAL_READ))
@pytest.mark.parametrize("moment", by_effort([PHASES[0], *PHASES[3:]], PHASES))
def test_continues_after_stop(moment: ProgramPhase, account: Sandbox, *, stalled: bool) -> None:
    """The screen is drawn anew and the program goes on; a run asks before it sends anything more."""
    with Terminal("--mouse") as terminal:
        check_stop_and_continue(moment, account, terminal, stalled=stalled)
        clear_faults(account)
        sent = len(account.account.request_log)
        if moment.resumed_text:
            terminal.wait_for(moment.resumed_text)
            terminal.signal(signal.SIGTERM)
            assert terminal.wait_for_exit() == 128 + signal.SIGTERM
        else:
            terminal.wait_for("The run is paused", "was suspended")
            assert len(account.account.request_log) == sent == 1
            terminal.press("enter")
            terminal.wait_for("not submitted")
    assert len(account.account.request_log) == sent


def test_ctrl_z_in_the_list_suspends(account: Sandbox) -> None:
    """As anywhere else; and the screen is there again afterwards."""
    with Terminal() as terminal:
        show_list(terminal, account)
        suspend_and_continue(terminal)
        terminal.wait_for(IDLE.screen_text)


def test_ctrl_z_with_a_request_in_flight_explains(account: Sandbox) -> None:
    """A program that stands still could not take the answer: it stays, and says what to do."""
    with Terminal() as terminal:
        send_first_request(terminal, account)
        terminal.press("\x1a")
        terminal.wait_for("a request is in flight")
        clear_faults(account)
        terminal.wait_for("0 not submitted")


def test_who_does_not_want_to_wait_interrupts(account: Sandbox) -> None:
    """The screen has gone and the answer is awaited: ctrl+c there ends it at once, and the record says unknown."""
    with Terminal() as terminal:
        send_first_request(terminal, account)
        terminal.signal(signal.SIGTERM)
        terminal.wait_for("waiting for the request in flight")
        terminal.press("\x03")  # the terminal is as before: the key is a signal again
        assert terminal.wait_for_exit() == ExitCode.UNKNOWN
        assert "1 pending item; run `unsub-tui resume`" in terminal.text
    assert item_states() == ["unknown", "skipped"]
    assert len(account.account.request_log) == 1


def test_ctrl_z_between_requests_suspends(account: Sandbox) -> None:
    """No call is in flight: it stands still, and asks when it is back before it sends anything more."""
    with Terminal() as terminal:
        lose_first_answer(terminal, account)
        suspend_and_continue(terminal, lambda: clear_faults(account))
        terminal.wait_for("The run is paused", "was suspended")
        suspend_and_continue(terminal)
        terminal.wait_for("The run is paused", "Continue")
        terminal.press("tab", "enter")
        terminal.wait_for("0 not submitted")
    assert len(account.account.request_log) == 2
