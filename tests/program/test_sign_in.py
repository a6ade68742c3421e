"""Signing in with a password, in a pseudo-terminal: at the start, and again when the token ends in mid-run."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program.terminal_steps import (
    KEY_GUARD_SECONDS,
    confirm_plan,
    select_two_disks,
    sign_in,
    write_sign_in_profile,
)
from tests.support.connections import make_sandbox
from tests.support.effort import some
from tests.support.pseudo_terminal import Terminal
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox on a socket, and a profile of a user who signs in with a password and a code."""
    sandbox = make_sandbox(120)
    write_sign_in_profile(Path.home() / ".config/unsub-tui/credentials.toml", sandbox)
    with BackgroundServer(sandbox) as server:
        monkeypatch.setenv("UNSUB_ENDPOINT", server.endpoint)
        yield sandbox


def test_a_wrong_password(account: Sandbox) -> None:
    """It is told in a sentence, with the exit code for credentials, and nothing typed is seen anywhere."""
    with Terminal() as terminal:
        sign_in(terminal, account, password="canary-wrong-password")
        assert terminal.wait_for_exit() == ExitCode.CREDENTIALS
        assert "password or code" in terminal.text
        assert b"canary" not in terminal.output


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("number", some([signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP], 2), ids=str)
def test_a_signal_at_the_question_leaves_the_echo_on(number: signal.Signals) -> None:
    """Nothing is under way yet: it ends, and what is typed next is seen again."""
    with Terminal() as terminal:
        before = terminal.initial_attributes
        terminal.wait_for("Password of")
        assert terminal.attributes != before
        terminal.signal(number)
        assert terminal.wait_for_exit() == 128 + number
        assert terminal.attributes == before


def test_a_token_that_ends_in_mid_run(account: Sandbox) -> None:
    """The run pauses, asks to sign in again, goes on, and fails no item; the password is never on the screen."""
    with Terminal() as terminal:
        sign_in(terminal, account)
        select_two_disks(terminal)
        account.faults = parse_faults([{"operation": "unsubscribe", "calls": [1], "action": "expired"}])
        terminal.press("p")
        confirm_plan(terminal)
        terminal.wait_for("The sign-in has ended", "Sign in")
        assert not any(attempt.executed for attempt in account.account.request_log)
        terminal.read_for(KEY_GUARD_SECONDS)
        terminal.press("tab", "enter")
        sign_in(terminal, account)
        terminal.wait_for("Ended. q closes this page")
        terminal.press("q")
        terminal.wait_for("selected 0")
        terminal.press("q", "enter")
        terminal.wait_for_exit()
        assert account.mfa_user.password.encode() not in terminal.output
    executed = [each for attempt in account.account.request_log for each in attempt.executed]
    assert len(executed) == len(set(executed)) == 2
