"""Keys, tokens and passwords are nowhere: whatever the program does, and however it ends."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.program.terminal_steps import NO_ANSWER, clear_faults, run_with_faults, sign_in, write_sign_in_profile
from tests.program.test_crash_report import F12
from tests.support.connections import make_sandbox
from tests.support.effort import TIMEOUT_SECONDS, by_effort
from tests.support.program_process import run_program
from tests.support.pseudo_terminal import Terminal
from tests.support.secret_scan import SecretScan, encodings
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer

SINKS = 10
"""In so many places at least must have been looked."""

COMMANDS = [
    "list",
    "list --format json",
    "list --format csv",
    "quote --format json",
    "doctor",
    "doctor --format json",
    "doctor --contract --save capture.json",
    "doctor --contract --format json",
    "config show",
    "config path",
    "resume",
    "quote --verbose --log-file requests.log",
    "runs",
    "--help",
]

CRASHING_SCRIPT = """
import asyncio, os, threading
held = dict(os.environ)
from unsub_tui.__main__ import main
from unsub_tui.app.screens.base import BaseScreen

def begin(self):
    values = {"everything": held, "keys": self.engine.account.connection.credential_provider.current}
    raise RuntimeError(f"it broke with {values} {held}")

BaseScreen.key_f12 = begin
main()
"""
"""A program that breaks with every secret in the words of its error and in its variables."""


@pytest.fixture
def scanned_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Home, the directory for temporary files, and the directory to work in; and every way to make it talk more."""
    for name in ("tmp", "work"):
        (tmp_path / name).mkdir(mode=0o700)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setenv("PYTHONFAULTHANDLER", "1")
    monkeypatch.setenv("HTTPX_LOG_LEVEL", "trace")
    monkeypatch.setenv("TEXTUAL_LOG", str(tmp_path / "tmp/textual.log"))
    monkeypatch.setenv("TEXTUAL", "debug")
    monkeypatch.chdir(tmp_path / "work")
    return [tmp_path / "home", tmp_path / "tmp", tmp_path / "work"]


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox on a socket."""
    sandbox = make_sandbox(120)
    with BackgroundServer(sandbox) as server:
        monkeypatch.setenv("UNSUB_ENDPOINT", server.endpoint)
        yield sandbox


@pytest.fixture
def secret_scan(vendor: Sandbox, monkeypatch: pytest.MonkeyPatch) -> SecretScan:
    """Temporary keys in the environment, each a random text."""
    keys = vendor.auth_state.issue_temporary_keys()
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", keys.access_key)
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", keys.secret_key)
    monkeypatch.setenv("HUAWEICLOUD_SDK_SECURITY_TOKEN", keys.security_token)
    return SecretScan(access_key=keys.access_key, secret_key=keys.secret_key, security_token=keys.security_token)


def run_and_scan(secret_scan: SecretScan, words: str, *more: str) -> int:
    """Run a command, and take what it says."""
    ended = run_program(*words.split(), *more)
    secret_scan.add_output("stdout", ended.stdout.encode())
    secret_scan.add_output("stderr", ended.stderr.encode())
    return ended.returncode


@pytest.mark.parametrize("before", range(3))
def test_the_search_finds_what_is_there(before: int) -> None:
    """Each form of a secret, somewhere in the middle, is a leak."""
    secret = secrets.token_hex(20)
    embedded = f"{'x' * before}{secret}yz".encode()
    for leaked in (
        embedded,
        b64encode(embedded),
        embedded.hex().encode(),
        embedded[::-1],
        f"<{secret[:20]}>".encode(),
        f"<{secret[20:]}>".encode(),
        quote(secret).encode(),
        b64encode(b"k" * before + secret[20:].encode() + b"--"),
    ):
        secret_scan = SecretScan(secret=secret)
        secret_scan.add_output("somewhere", leaked)
        assert secret_scan.find_leaks(), leaked
    clean = SecretScan(secret=secret)
    clean.add_output("somewhere", secret[:4] + "…" + secret[-2:])
    assert not clean.find_leaks()
    assert len(list(encodings(secret))) > 30


def test_commands(secret_scan: SecretScan, scanned_directories: list[Path]) -> None:
    """Every command, in every form; the access key is shown masked."""
    for words in COMMANDS:
        assert run_and_scan(secret_scan, words) in (ExitCode.OK, ExitCode.CREDENTIALS), words
    secret_scan.add_files(*scanned_directories)
    masked = f"{secret_scan.secrets['access_key'][:4]}…{secret_scan.secrets['access_key'][-2:]}"
    assert masked.encode() in secret_scan.sinks["stdout"]
    assert not secret_scan.find_leaks()


@pytest.mark.long
def test_a_plan_file(secret_scan: SecretScan, vendor: Sandbox, scanned_directories: list[Path]) -> None:
    """Written, reviewed, carried out without a screen, and exported from the record."""
    assert run_and_scan(secret_scan, "plan -o plan.json --filter", "type:evs stage") in (
        ExitCode.OK,
        ExitCode.SOME_FAILED,
    )
    assert run_and_scan(secret_scan, "apply plan.json") == ExitCode.OK
    phrase = secret_scan.sinks["stdout"].decode().rsplit("confirm: ", 1)[1].splitlines()[0]
    assert run_and_scan(secret_scan, "apply plan.json --format json --confirm", phrase) in (
        ExitCode.OK,
        ExitCode.SOME_FAILED,
    )
    assert vendor.account.request_log
    for words in ("runs --format json", "journal verify", "journal export", "orders --format csv"):
        assert run_and_scan(secret_scan, words) == ExitCode.OK, words
    secret_scan.add_files(*scanned_directories)
    assert not secret_scan.find_leaks()


def test_wrong_keys(secret_scan: SecretScan, scanned_directories: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused is no less secret."""
    wrong = secrets.token_hex(20)
    secret_scan.secrets["wrong_key"] = wrong
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", wrong)
    assert run_and_scan(secret_scan, "list") == ExitCode.CREDENTIALS
    assert run_and_scan(secret_scan, "doctor") == ExitCode.CREDENTIALS
    with Terminal() as terminal:
        terminal.wait_for("credentials are missing or were rejected")
        terminal.press("q")
        terminal.wait_for_exit()
        secret_scan.add_terminal(bytes(terminal.output))
    secret_scan.add_files(*scanned_directories)
    assert not secret_scan.find_leaks()


@pytest.mark.long
def test_a_proxy_with_a_password(
    secret_scan: SecretScan, scanned_directories: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy's host is shown, the password in its address is not, although the proxy cannot be reached."""
    secret_scan.secrets["proxy_password"] = secrets.token_hex(12)
    monkeypatch.delenv("UNSUB_ENDPOINT")
    monkeypatch.setenv("UNSUB_SITE", "intl")
    monkeypatch.setenv("HTTPS_PROXY", f"http://admin:{secret_scan.secrets['proxy_password']}@127.0.0.1:9")
    assert run_and_scan(secret_scan, "doctor") == ExitCode.SERVICE
    assert run_and_scan(secret_scan, "list") == ExitCode.SERVICE
    assert b"127.0.0.1:9" in secret_scan.sinks["stdout"]
    secret_scan.add_files(*scanned_directories)
    assert not secret_scan.find_leaks()


def test_a_password_that_is_typed(vendor: Sandbox, scanned_directories: list[Path]) -> None:
    """Neither a wrong one nor the right one, nor the token that it gives."""
    user = vendor.mfa_user
    secret_scan = SecretScan(password=user.password, wrong_password=secrets.token_hex(12))
    write_sign_in_profile(scanned_directories[0] / ".config/unsub-tui/credentials.toml", vendor)
    for password, shows in ((secret_scan.secrets["wrong_password"], "password or code"), (user.password, "of 115")):
        with Terminal() as terminal:
            sign_in(terminal, vendor, password=password)
            terminal.wait_for(shows)
            terminal.signal(signal.SIGTERM)
            terminal.wait_for_exit()
            secret_scan.add_terminal(bytes(terminal.output))
    secret_scan.add_files(*scanned_directories)
    assert not secret_scan.find_leaks()


def end_by_signal(number: signal.Signals) -> Callable[[Terminal], None]:
    """Return what ends a program by a signal."""
    return lambda terminal: terminal.signal(number)


def end_by_keys(terminal: Terminal) -> None:
    """End it by ctrl+c, twice."""
    terminal.press("\x03")
    terminal.wait_for("ctrl+c again")
    terminal.press("\x03")


def end_by_stop(terminal: Terminal) -> None:
    """Stop it, and let it end when it comes back."""
    terminal.signal(signal.SIGTSTP)
    terminal.wait_until_stopped()
    terminal.signal(signal.SIGCONT)
    terminal.signal(signal.SIGTERM)


ENDINGS: dict[str, Callable[[Terminal], None]] = {
    "hang-up": end_by_signal(signal.SIGHUP),
    "termination": end_by_signal(signal.SIGTERM),
    "interrupt": end_by_signal(signal.SIGINT),
    "kill": end_by_signal(signal.SIGKILL),
    "line cut": Terminal.hang_up,
    "stopped": end_by_stop,
    "ctrl+c": end_by_keys,
    "crash": lambda terminal: terminal.type(F12),
}


@pytest.mark.parametrize("end", by_effort(["crash"], list(ENDINGS)))
def test_every_end_of_a_run(
    end: str, secret_scan: SecretScan, vendor: Sandbox, scanned_directories: list[Path], tmp_path: Path
) -> None:
    """Terminal, clipboard, title, process, export, record, lock, report: no secret in any form."""
    program = tmp_path / "program.py"
    program.write_text(CRASHING_SCRIPT)
    with Terminal("--mouse", command=(sys.executable, str(program))) as terminal:
        secret_scan.add_process(terminal.process.pid)
        terminal.wait_for("of 115")
        terminal.press("y", "e")
        terminal.wait_for("Export as")
        terminal.press("c")
        terminal.wait_for("Save 115")
        terminal.press("enter")
        terminal.wait_for("Saved as")
        run_with_faults(terminal, vendor, NO_ANSWER, "> submitting")
        secret_scan.add_files(*scanned_directories)  # while it runs: the write-ahead log is there
        ENDINGS[end](terminal)
        clear_faults(vendor)
        if end == "line cut":
            terminal.process.wait(TIMEOUT_SECONDS)
        else:
            terminal.wait_for_exit()
        secret_scan.add_terminal(bytes(terminal.output))
    run_and_scan(secret_scan, "runs")
    run_and_scan(secret_scan, "config show")
    secret_scan.add_files(*scanned_directories)
    check_sinks(secret_scan, end)
    assert not secret_scan.find_leaks()


def check_sinks(secret_scan: SecretScan, end: str) -> None:
    """Check that the search looked where something is, and that it is what it should be."""
    names = " ".join(secret_scan.sinks)
    for expected in (".csv", ".db", ".db-wal", ".lock", "terminal", "clipboard", "process cmdline", "stdout"):
        assert expected in names
    assert ("crash-" in names) == (end == "crash")
    assert len([name for name, data in secret_scan.sinks.items() if data]) >= SINKS
    assert secret_scan.secrets["access_key"][:4].encode() in secret_scan.sinks["terminal"]
    assert os.environ["HUAWEICLOUD_SDK_SK"] == secret_scan.secrets["secret_key"]
