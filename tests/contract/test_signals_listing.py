"""The list is being read: how signals, a cut line and standing still end."""

from __future__ import annotations

import signal

import pytest

from tests.contract.job import settle_faults
from tests.contract.signalling import (
    EVENTS,
    READING,
    Moment,
    ends_in_order,
    is_told_after_a_kill,
    stands_still_and_comes_back,
)
from tests.terminal import Terminal
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox


def reach(terminal: Terminal, account: Sandbox) -> None:
    """Hold back the first page."""
    account.faults = parse_faults([{"operation": "query_resources", "action": "stall_after", "seconds": 25}])
    terminal.wait_for("loading")


MOMENT = Moment(reach=reach, shows="loading")


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
    """The screen is drawn anew, and the program goes on."""
    with Terminal("--mouse") as terminal:
        stands_still_and_comes_back(MOMENT, account, terminal, stalled=stalled)
        settle_faults(account)
        terminal.wait_for("of 115")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_end() == 128 + signal.SIGTERM
