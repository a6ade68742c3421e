"""Over a real SSH connection that is cut: the program ends in order, the next login finds and settles what is open."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.program.terminal_steps import (
    LOST_ANSWER,
    NO_ANSWER,
    Faults,
    clear_faults,
    item_states,
    open_confirmation,
    run_with_faults,
    select_two_disks,
)
from tests.support.effort import TIMEOUT_SECONDS
from tests.support.program_process import run_json
from tests.support.pseudo_terminal import Terminal
from tests.support.ssh_server import SshServer, ssh_server, unavailable_reason, wait_for_exit
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.skipif(bool(unavailable_reason()), reason=unavailable_reason())

SLOW_ORDERS = [{"operation": "show_order", "action": "error"}]
"""Orders are accepted, and nobody can tell how they fare."""

PLAIN = "vt100"
"""A kind of terminal for which tmux writes nothing that the emulator of the tests does not know."""

FORWARDED_VARIABLES = (
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
def server(account: Sandbox, tmp_path: Path) -> Iterator[SshServer]:
    """An SSH server that logs in to the account's program."""
    directory = tmp_path / "ssh"
    directory.mkdir(mode=0o700)
    with ssh_server(directory, {name: os.environ[name] for name in FORWARDED_VARIABLES}) as running:
        yield running


def close_client(server: SshServer, terminal: Terminal) -> None:
    """Cut the line at the client's end, as a closed lid does."""
    program = server.program_pid
    terminal.process.kill()
    terminal.process.wait(TIMEOUT_SECONDS)
    wait_for_exit(program)


def stall_and_close_client(server: SshServer, terminal: Terminal) -> None:
    """Read nothing more, let the program paint until all buffers are full, then cut the line."""
    terminal.fill_buffers()
    close_client(server, terminal)


def kill_server_session(server: SshServer, _terminal: Terminal) -> None:
    """Cut the line at the server's end."""
    program = server.program_pid
    os.kill(server.session_pid, signal.SIGKILL)
    wait_for_exit(program)


def resume_after_login(server: SshServer, account: Sandbox, pending: int = 1) -> None:
    """Log in again: what is open comes first, and is settled by keys alone."""
    sent = len(account.account.request_log)
    clear_faults(account)
    with server.connect() as terminal:
        terminal.wait_for(f"of earlier runs {'is' if pending == 1 else 'are'} pending", "Check status")
        terminal.press("tab", "enter")
        terminal.wait_for("Ended. q closes", f"{pending} completed")
        terminal.press("q")
        terminal.wait_for("Active Resources")
        terminal.press("q")
        terminal.wait_for_exit()
    assert item_states().count("settled") == pending
    assert not {"unknown", "accepted", "submitting"} & set(item_states())
    assert len(account.account.request_log) == sent
    check_nothing_sent_twice(account)


def check_nothing_sent_twice(account: Sandbox) -> None:
    """Check that no resource was asked for twice."""
    asked = [each for attempt in account.account.request_log for each in attempt.resource_ids]
    assert len(asked) == len(set(asked))


def test_cut_while_idle(server: SshServer, account: Sandbox) -> None:
    """Nothing was under way, and nothing is left behind."""
    with server.connect() as terminal:
        terminal.wait_for("of 115")
        close_client(server, terminal)
    assert run_json("runs")["runs"] == []
    assert not account.account.request_log


@pytest.mark.long
def test_cut_while_the_list_is_read(server: SshServer, account: Sandbox) -> None:
    """The server's side goes away while a page is awaited."""
    account.faults = parse_faults([{"operation": "query_resources", "action": "stall_after", "seconds": 25}])
    with server.connect() as terminal:
        terminal.wait_for("Loading")
        kill_server_session(server, terminal)
    assert run_json("runs")["runs"] == []


@pytest.mark.long
def test_cut_in_the_confirmation(server: SshServer, account: Sandbox) -> None:
    """What was not confirmed is not sent, and the next login knows of nothing."""
    with server.connect() as terminal:
        select_two_disks(terminal)
        terminal.press("p")
        open_confirmation(terminal)
        close_client(server, terminal)
    assert run_json("runs")["runs"] == []
    with server.connect() as terminal:
        assert "pending" not in terminal.wait_for("of 115")
    assert not account.account.request_log


def test_cut_while_a_request_is_in_flight(server: SshServer, account: Sandbox) -> None:
    """The request ends and is on record, the next one never begins."""
    with server.connect() as terminal:
        run_with_faults(terminal, account, NO_ANSWER, "> submitting")
        program = server.program_pid
        terminal.process.kill()
        clear_faults(account)
        wait_for_exit(program)
    assert item_states() == ["accepted", "skipped"]
    resume_after_login(server, account)


@pytest.mark.long
@pytest.mark.parametrize(
    ("faults", "screen_text", "cut", "states"),
    [
        pytest.param(LOST_ANSWER, "? unknown", kill_server_session, ["unknown", "skipped"], id="answer lost"),
        pytest.param(LOST_ANSWER, "? unknown", stall_and_close_client, ["unknown", "skipped"], id="stalled line"),
        pytest.param(SLOW_ORDERS, "2 in progress", close_client, ["accepted", "accepted"], id="orders in progress"),
    ],
)
def test_cut_while_an_outcome_is_awaited(
    server: SshServer,
    account: Sandbox,
    *,
    faults: Faults,
    screen_text: str,
    cut: Callable[[SshServer, Terminal], None],
    states: list[str],
) -> None:
    """What came of the requests is on record as far as it is known, and is read at the next login."""
    with server.connect() as terminal:
        run_with_faults(terminal, account, faults, screen_text)
        cut(server, terminal)
    assert item_states() == states
    resume_after_login(server, account, pending=len(states) - states.count("skipped"))


@pytest.mark.long
@pytest.mark.skipif(shutil.which("tmux") is None, reason="not installed: tmux")
def test_inside_tmux_the_run_goes_on_and_is_attached_again(server: SshServer, account: Sandbox) -> None:
    """The line drops, the run does not notice; the next login shows how it ended."""
    with tempfile.TemporaryDirectory(dir="/tmp") as sockets:
        tmux = f"tmux -u -S {shlex.quote(sockets)}/s -f /dev/null"
        program = server.directory / "program"
        server.write_script(
            "in-tmux", f"exec {tmux} new-session -A -s job {shlex.quote(str(program))}", {"LANG": "C.UTF-8"}
        )
        try:
            with server.connect("in-tmux", PLAIN) as terminal:
                run_with_faults(terminal, account, NO_ANSWER, "> submitting")
                terminal.process.kill()
                terminal.process.wait(TIMEOUT_SECONDS)
            clear_faults(account)
            with server.connect("in-tmux", PLAIN) as terminal:
                terminal.wait_for("Ended. q closes", "2 completed")
        finally:
            subprocess.run([*shlex.split(tmux), "kill-server"], check=False, capture_output=True)
    assert item_states() == ["settled", "settled"]
    check_nothing_sent_twice(account)


@pytest.mark.long
def test_a_second_login_watches_a_run_whose_line_is_cut(server: SshServer, account: Sandbox) -> None:
    """It sees the run, then its end, and can settle what that left open."""
    with server.connect() as first:
        run_with_faults(first, account, NO_ANSWER, "> submitting")
        running = server.program_pid
        with server.connect() as second:
            second.wait_for("A run is in progress in another terminal", f"Process {running} ")
            second.press("tab", "enter")
            second.wait_for("read only", "> submitting")
            first.process.kill()
            clear_faults(account)
            wait_for_exit(running)
            second.wait_for("Ended. 1 pending item")
    assert item_states() == ["accepted", "skipped"]
    resume_after_login(server, account)


@pytest.mark.long
def test_cut_during_resume(server: SshServer, account: Sandbox) -> None:
    """Settling only reads, so it may be cut as often as it likes."""
    with server.connect() as terminal:
        run_with_faults(terminal, account, LOST_ANSWER, "? unknown")
        close_client(server, terminal)
    with server.connect() as terminal:
        terminal.wait_for("of earlier runs is pending")
        terminal.press("tab", "enter")
        terminal.wait_for("Checking status", "? unknown")
        kill_server_session(server, terminal)
    assert item_states() == ["unknown", "skipped"]
    resume_after_login(server, account)
