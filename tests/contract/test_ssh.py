"""Over a real SSH connection that is cut: the program ends in order, the next login finds and settles what is open."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.job import (
    LOST_ANSWER,
    NO_ANSWER,
    mark_two_disks,
    open_confirmation,
    recorded,
    run_with,
    settle_faults,
    states,
)
from tests.sizes import PATIENCE
from tests.ssh import Server, ssh_server, wait_for_end, why_not
from tests.terminal import Terminal
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

SLOW_ORDERS = [{"operation": "show_order", "action": "error"}]
"""Orders are accepted, and nobody can tell how they fare."""

PLAIN = "vt100"
"""A kind of terminal for which tmux writes nothing that the emulator of the tests does not know."""

PASSED_ON = (
    "UNSUB_ENDPOINT",
    "UNSUB_NO_AGENCY",
    "HUAWEICLOUD_SDK_AK",
    "HUAWEICLOUD_SDK_SK",
    "HOME",
    "XDG_RUNTIME_DIR",
    "TZ",
    "LANG",
)


@pytest.fixture
def server(account: Sandbox, tmp_path: Path) -> Iterator[Server]:
    """An SSH server that logs in to the account's program."""
    directory = tmp_path / "ssh"
    directory.mkdir(mode=0o700)
    with ssh_server(directory, {name: os.environ[name] for name in PASSED_ON}) as running:
        yield running


def cut(server: Server, terminal: Terminal) -> None:
    """Cut the line at the client's end, as a closed lid does."""
    program = server.program
    terminal.process.kill()
    terminal.process.wait(PATIENCE)
    wait_for_end(program)


def cut_far_end(server: Server) -> None:
    """Cut the line at the server's end."""
    program = server.program
    os.kill(server.session, signal.SIGKILL)
    wait_for_end(program)


def resumed(server: Server, account: Sandbox) -> None:
    """Log in again: what is open comes first, and is settled by keys alone."""
    sent = len(account.account.request_log)
    settle_faults(account)
    with server.connect() as terminal:
        terminal.wait_for("of an earlier run is not settled", "Settle now")
        terminal.press("tab", "enter")
        terminal.wait_for("ended; enter closes", "1 done")
        terminal.press("enter")
        terminal.wait_for("Active Resources")
        terminal.press("q")
        terminal.wait_end()
    assert "settled" in states()
    assert not {"unknown", "accepted", "submitting"} & set(states())
    assert len(account.account.request_log) == sent
    nothing_twice(account)


def nothing_twice(account: Sandbox) -> None:
    """Check that no resource was asked for twice."""
    asked = [each for attempt in account.account.request_log for each in attempt.resource_ids]
    assert len(asked) == len(set(asked))


def test_cut_while_idle(server: Server, account: Sandbox) -> None:
    """Nothing was under way, and nothing is left behind."""
    with server.connect() as terminal:
        terminal.wait_for("of 115")
        cut(server, terminal)
    assert not recorded()["runs"]
    assert not account.account.request_log


@pytest.mark.long
def test_cut_while_the_list_is_read(server: Server, account: Sandbox) -> None:
    """The server's side goes away while a page is awaited."""
    account.faults = parse_faults([{"operation": "query_resources", "action": "stall_after", "seconds": 25}])
    with server.connect() as terminal:
        terminal.wait_for("loading")
        cut_far_end(server)
    assert not recorded()["runs"]


@pytest.mark.long
def test_cut_in_the_confirmation(server: Server, account: Sandbox) -> None:
    """What was not confirmed is not sent, and the next login knows of nothing."""
    with server.connect() as terminal:
        mark_two_disks(terminal)
        terminal.press("p")
        open_confirmation(terminal)
        cut(server, terminal)
    assert not recorded()["runs"]
    with server.connect() as terminal:
        assert "not settled" not in terminal.wait_for("of 115")
    assert not account.account.request_log


def test_cut_while_a_request_is_in_flight(server: Server, account: Sandbox) -> None:
    """The request ends and is on record, the next one never begins."""
    with server.connect() as terminal:
        run_with(terminal, account, NO_ANSWER, "> sending")
        program = server.program
        terminal.process.kill()
        settle_faults(account)
        wait_for_end(program)
    assert states() == ["accepted", "skipped"]
    resumed(server, account)


@pytest.mark.long
def test_cut_when_the_answer_is_lost(server: Server, account: Sandbox) -> None:
    """The server's side goes away right after the answer did: unknown on record, then found by reading."""
    with server.connect() as terminal:
        run_with(terminal, account, LOST_ANSWER, "? unknown")
        cut_far_end(server)
    assert states() == ["unknown", "skipped"]
    resumed(server, account)


@pytest.mark.long
def test_a_line_that_stalls_and_is_cut_while_reconciling(server: Server, account: Sandbox) -> None:
    """Nobody reads any more, the program paints until all buffers are full, then the line ends."""
    with server.connect() as terminal:
        run_with(terminal, account, LOST_ANSWER, "? unknown")
        terminal.stall()
        cut(server, terminal)
    assert states() == ["unknown", "skipped"]
    resumed(server, account)


@pytest.mark.long
def test_cut_while_an_order_is_accepted_and_not_done(server: Server, account: Sandbox) -> None:
    """Both requests were answered; what became of the orders is read after the next login."""
    with server.connect() as terminal:
        run_with(terminal, account, SLOW_ORDERS, "2 accepted, waiting to be done")
        cut(server, terminal)
    assert states() == ["accepted", "accepted"]
    settle_faults(account)
    with server.connect() as terminal:
        terminal.wait_for("2 items of earlier runs are not settled")
        terminal.press("tab", "enter")
        terminal.wait_for("ended; enter closes", "2 done")
    assert states() == ["settled", "settled"]
    nothing_twice(account)


@pytest.mark.long
@pytest.mark.skipif(shutil.which("tmux") is None, reason="not installed: tmux")
def test_inside_tmux_the_run_goes_on_and_is_attached_again(server: Server, account: Sandbox) -> None:
    """The line drops, the run does not notice; the next login shows how it ended."""
    with tempfile.TemporaryDirectory(dir="/tmp") as sockets:
        tmux = f"tmux -u -S {shlex.quote(sockets)}/s -f /dev/null"
        program = server.directory / "program"
        server.script("in-tmux", f"exec {tmux} new-session -A -s job {shlex.quote(str(program))}", {"LANG": "C.UTF-8"})
        try:
            with server.connect("in-tmux", PLAIN) as terminal:
                run_with(terminal, account, NO_ANSWER, "> sending")
                terminal.process.kill()
                terminal.process.wait(PATIENCE)
            settle_faults(account)
            with server.connect("in-tmux", PLAIN) as terminal:
                terminal.wait_for("ended; enter closes", "2 done")
        finally:
            subprocess.run([*shlex.split(tmux), "kill-server"], check=False, capture_output=True)
    assert states() == ["settled", "settled"]
    nothing_twice(account)


@pytest.mark.long
def test_a_second_login_watches_a_run_whose_line_is_cut(server: Server, account: Sandbox) -> None:
    """It sees the run, then its end, and can settle what that left open."""
    with server.connect() as first:
        run_with(first, account, NO_ANSWER, "> sending")
        running = server.program
        with server.connect() as second:
            second.wait_for("A run is under way in another terminal", f"Process {running} ")
            second.press("tab", "enter")
            second.wait_for("read only", "> sending")
            first.process.kill()
            settle_faults(account)
            wait_for_end(running)
            second.wait_for("it has ended; 1 item is not settled")
    assert states() == ["accepted", "skipped"]
    resumed(server, account)


@pytest.mark.long
def test_cut_during_resume(server: Server, account: Sandbox) -> None:
    """Settling only reads, so it may be cut as often as it likes."""
    with server.connect() as terminal:
        run_with(terminal, account, LOST_ANSWER, "? unknown")
        cut(server, terminal)
    with server.connect() as terminal:
        terminal.wait_for("of an earlier run is not settled")
        terminal.press("tab", "enter")
        terminal.wait_for("settling", "? unknown")
        cut_far_end(server)
    assert states() == ["unknown", "skipped"]
    resumed(server, account)
