"""What must hold when a signal or a cut line ends the program, whatever it was doing and whether anybody reads."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.program.terminal_steps import clear_faults, item_states
from tests.support.effort import TIMEOUT_SECONDS, by_effort
from tests.support.program_process import run_json
from tests.support.pseudo_terminal import Terminal
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.sandbox import Sandbox

MODES = ("1049", "25", "1000", "1003", "1006", "2004", "1004")
"""Private modes of the terminal that the app changes: other screen, cursor, mouse, paste, focus."""

SHOWN = {"25"}
"""Those that are on in a terminal at rest."""

SIGNALS = [
    pytest.param(number, id=number.name) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
]
EVENTS = [*by_effort(SIGNALS[:1], SIGNALS), pytest.param("cut", id="line-cut")]
"""What ends the program in order."""

TERMINAL_READ = [pytest.param(False, id="read"), pytest.param(True, id="stalled")]
"""Whether the terminal is read all the time, or not any more when it happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramPhase:
    """What the program is doing."""

    enter: Callable[[Terminal, Sandbox], None]
    """Bring it there by keys."""
    screen_text: str
    """What is on the screen then."""
    resumed_text: str = ""
    """What it shows after it stood still and the service answers again; nothing where a run asks first."""
    states_after_exit: tuple[str, ...] = ()
    """States of the items of the run once the program has ended; none where there is no run."""
    states_after_kill: tuple[str, ...] = ()
    """The same after a SIGKILL."""

    @property
    def is_open(self) -> bool:
        """Whether something is to be settled afterwards."""
        return any(state in ("accepted", "unknown") for state in self.states_after_exit)


def check_orderly_exit(moment: ProgramPhase, event: signal.Signals | str, account: Sandbox, *, stalled: bool) -> None:
    """Nothing is sent any more, the record is complete, the terminal as before, the exit code and last line say it."""
    with Terminal("--mouse") as terminal:
        before = terminal.initial_attributes
        moment.enter(terminal, account)
        if stalled:
            terminal.fill_buffers()
        sent = len(account.account.request_log)
        if isinstance(event, signal.Signals):
            terminal.signal(event)
            wait_for_reaction(terminal, stalled=stalled)
            clear_faults(account)
            if stalled:
                terminal.process.wait(TIMEOUT_SECONDS)
            code = terminal.wait_for_exit()
            assert terminal.attributes == before
            check_restored(bytes(terminal.output))
            check_last_line(terminal, moment, event.name)
        else:
            event = signal.SIGHUP
            terminal.hang_up()
            clear_faults(account)
            code = terminal.process.wait(TIMEOUT_SECONDS)
    assert code == (ExitCode.UNKNOWN if moment.is_open else 128 + event)
    assert len(account.account.request_log) == sent
    check_record(moment.states_after_exit)


def check_reported_after_kill(moment: ProgramPhase, account: Sandbox, *, stalled: bool) -> None:
    """Nothing can be done in the process any more: the next start says what is open."""
    with Terminal() as terminal:
        moment.enter(terminal, account)
        if stalled:
            terminal.fill_buffers()
        terminal.signal(signal.SIGKILL)
        assert terminal.process.wait(TIMEOUT_SECONDS) == -signal.SIGKILL
    clear_faults(account)
    check_record(moment.states_after_kill)
    sent = len(account.account.request_log)
    with Terminal() as terminal:
        terminal.wait_for("of earlier runs is pending" if moment.states_after_kill else "of 115")
    assert len(account.account.request_log) == sent


def check_stop_and_continue(moment: ProgramPhase, account: Sandbox, terminal: Terminal, *, stalled: bool) -> None:
    """While it is stopped the terminal is as before; when it comes back the screen is there again."""
    before = terminal.initial_attributes
    moment.enter(terminal, account)
    if stalled:
        terminal.fill_buffers()
    terminal.signal(signal.SIGTSTP)
    terminal.wait_until_stopped()
    while terminal.read_output(0):
        pass
    assert terminal.attributes == before
    check_restored(bytes(terminal.output))
    terminal.screen.reset()
    terminal.signal(signal.SIGCONT)
    terminal.wait_for(moment.screen_text)
    assert terminal.attributes != before


def wait_for_reaction(terminal: Terminal, *, stalled: bool) -> None:
    """Wait until the program has noticed: it leaves its screen, or throws away what nobody reads."""
    if not stalled:
        while b"\x1b[?1049l" not in terminal.output:
            assert terminal.read_output(TIMEOUT_SECONDS)
        return
    slave = os.open(terminal.tty_path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        room = select.poll()
        room.register(slave, select.POLLOUT)
        assert room.poll(TIMEOUT_SECONDS * 1000)
    finally:
        os.close(slave)


def check_restored(raw: bytes) -> None:
    """Check that the last word on each mode of the terminal is that of a terminal at rest."""
    for mode in MODES:
        on, off = raw.rfind(f"\x1b[?{mode}h".encode()), raw.rfind(f"\x1b[?{mode}l".encode())
        assert on != off, f"mode {mode} was never touched"
        assert (on > off) == (mode in SHOWN), f"mode {mode} is left in the wrong state"


def check_last_line(terminal: Terminal, moment: ProgramPhase, name: str) -> None:
    """Check that the last line names the signal, what is open and what to run."""
    after = bytes(terminal.output).rsplit(b"\x1b[?1049l", 1)[1].decode()
    last = after.rstrip().splitlines()[-1]
    assert f"ended by {name}" in last
    assert ("1 pending item; run `unsub-tui resume`" if moment.is_open else "No pending items") in last


def check_record(expected: tuple[str, ...]) -> None:
    """Check the states on record."""
    if expected:
        assert tuple(item_states()) == expected
    else:
        assert run_json("runs")["runs"] == []
