"""What must hold when a signal or a cut line ends the program, whatever it was doing and whether anybody reads."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.contract.job import recorded, settle_faults, states
from tests.sizes import PATIENCE, sized
from tests.terminal import Terminal
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.sandbox import Sandbox

MODES = ("1049", "25", "1000", "1003", "1006", "2004", "1004")
"""Private modes of the terminal that the app changes: other screen, cursor, mouse, paste, focus."""

SHOWN = {"25"}
"""Those that are on in a terminal at rest."""

SIGNALS = [pytest.param(number, id=number.name) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)]
EVENTS = [*sized(SIGNALS[:1], SIGNALS), pytest.param("cut", id="line-cut")]
"""What ends the program in order."""

READING = [pytest.param(False, id="read"), pytest.param(True, id="stalled")]
"""Whether the terminal is read all the time, or not any more when it happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What the program is doing."""

    reach: Callable[[Terminal, Sandbox], None]
    """Bring it there by keys."""
    shows: str
    """What is on the screen then."""
    goes_on: str = ""
    """What it shows after it stood still and the service answers again; nothing where a run asks first."""
    leaves: tuple[str, ...] = ()
    """States of the items of the run once the program has ended; none where there is no run."""
    killed: tuple[str, ...] = ()
    """The same after a SIGKILL."""

    @property
    def is_open(self) -> bool:
        """Whether something is to be settled afterwards."""
        return any(state in ("accepted", "unknown") for state in self.leaves)


def ends_in_order(moment: Moment, event: signal.Signals | str, account: Sandbox, *, stalled: bool) -> None:
    """Nothing is sent any more, the record is complete, the terminal as before, the exit code and last line say it."""
    with Terminal("--mouse") as terminal:
        before = terminal.at_first
        moment.reach(terminal, account)
        if stalled:
            terminal.stall()
        sent = len(account.account.request_log)
        if isinstance(event, signal.Signals):
            terminal.signal(event)
            wait_for_a_sign(terminal, stalled=stalled)
            settle_faults(account)
            if stalled:
                terminal.process.wait(PATIENCE)
            code = terminal.wait_end()
            assert terminal.attributes == before
            check_restored(bytes(terminal.raw))
            check_last_line(terminal, moment, event.name)
        else:
            event = signal.SIGHUP
            terminal.hang_up()
            settle_faults(account)
            code = terminal.process.wait(PATIENCE)
    assert code == (ExitCode.UNKNOWN if moment.is_open else 128 + event)
    assert len(account.account.request_log) == sent
    check_record(moment.leaves)


def is_told_after_a_kill(moment: Moment, account: Sandbox, *, stalled: bool) -> None:
    """Nothing can be done in the process any more: the next start says what is open."""
    with Terminal() as terminal:
        moment.reach(terminal, account)
        if stalled:
            terminal.stall()
        terminal.signal(signal.SIGKILL)
        assert terminal.process.wait(PATIENCE) == -signal.SIGKILL
    settle_faults(account)
    check_record(moment.killed)
    sent = len(account.account.request_log)
    with Terminal() as terminal:
        terminal.wait_for("of an earlier run is not settled" if moment.killed else "of 115")
    assert len(account.account.request_log) == sent


def stands_still_and_comes_back(moment: Moment, account: Sandbox, terminal: Terminal, *, stalled: bool) -> None:
    """While it is stopped the terminal is as before; when it comes back the screen is there again."""
    before = terminal.at_first
    moment.reach(terminal, account)
    if stalled:
        terminal.stall()
    terminal.signal(signal.SIGTSTP)
    terminal.wait_stopped()
    while terminal.take(0):
        pass
    assert terminal.attributes == before
    check_restored(bytes(terminal.raw))
    terminal.screen.reset()
    terminal.signal(signal.SIGCONT)
    terminal.wait_for(moment.shows)
    assert terminal.attributes != before


def wait_for_a_sign(terminal: Terminal, *, stalled: bool) -> None:
    """Wait until the program has noticed: it leaves its screen, or throws away what nobody reads."""
    if not stalled:
        while b"\x1b[?1049l" not in terminal.raw:
            assert terminal.take(PATIENCE)
        return
    slave = os.open(terminal.name, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        room = select.poll()
        room.register(slave, select.POLLOUT)
        assert room.poll(PATIENCE * 1000)
    finally:
        os.close(slave)


def check_restored(raw: bytes) -> None:
    """Check that the last word on each mode of the terminal is that of a terminal at rest."""
    for mode in MODES:
        on, off = raw.rfind(f"\x1b[?{mode}h".encode()), raw.rfind(f"\x1b[?{mode}l".encode())
        assert on != off, f"mode {mode} was never touched"
        assert (on > off) == (mode in SHOWN), f"mode {mode} is left in the wrong state"


def check_last_line(terminal: Terminal, moment: Moment, name: str) -> None:
    """Check that the last line names the signal, what is open and what to run."""
    after = bytes(terminal.raw).rsplit(b"\x1b[?1049l", 1)[1].decode()
    last = after.rstrip().splitlines()[-1]
    assert f"ended by {name}" in last
    assert ("1 item is not settled; run `unsub-tui resume`" if moment.is_open else "nothing is open") in last


def check_record(expected: tuple[str, ...]) -> None:
    """Check the states on record."""
    if expected:
        assert tuple(states()) == expected
    else:
        assert not recorded()["runs"]
