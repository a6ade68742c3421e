"""How tests start the program, as a process of its own."""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from tests.support.effort import IS_LONG, TIMEOUT_SECONDS
from tests.support.program_fork_server import MAX_REQUEST_BYTES, ProgramRequest

PROGRAM_COMMAND = (sys.executable, "-m", "unsub_tui")
"""The program, started from nothing."""

_ROOT = Path(__file__).parents[2]
_INTERPRETER_PREFIXES = ("PYTHON", "LANG", "LC_", "LD_")
_OURS = {name: value for name, value in os.environ.items() if name.startswith(("PYTHON", "LD_"))}
_USUAL = {"PATH": os.environ.get("PATH", ""), "TERM": "xterm-256color", **_OURS, "LANG": "C.UTF-8"}
"""The environment of the process that is forked."""


class Process(Protocol):
    """What tests ask of a process, whoever started it."""

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """Return the exit code, or minus the number of a signal; None while it runs."""

    def wait(self, timeout: float) -> int:
        """Wait until it has ended, and return the same."""

    def send_signal(self, sig: int) -> None:
        """Send it a signal."""

    def kill(self) -> None:
        """Kill it."""


class ForkedProcess:
    """A program that was forked from the one process that has loaded it."""

    def __init__(self, request: ProgramRequest, files: tuple[int, int, int]) -> None:
        message = json.dumps(request).encode()
        assert len(message) < MAX_REQUEST_BYTES
        self._channel, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(_fork_server_socket(), [message], [*files, theirs.fileno()])
        self._exit_code: int | None = None
        self.pid = self._read_number(TIMEOUT_SECONDS)

    def poll(self) -> int | None:
        """Return the exit code, or minus the number of a signal; None while it runs."""
        if self._exit_code is None:
            try:
                self.wait(0)
            except BlockingIOError:
                return None
        return self._exit_code

    def wait(self, timeout: float) -> int:
        """Wait until it has ended, and return the same."""
        if self._exit_code is None:
            self._exit_code = self._read_number(timeout)
            self._channel.close()
        return self._exit_code

    def _read_number(self, timeout: float) -> int:
        self._channel.settimeout(timeout)
        text = b""
        while not text.endswith(b"\n"):
            text += self._channel.recv(1)
        return int(text)

    def send_signal(self, sig: int) -> None:
        """Send it a signal."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)


def run_program(
    *arguments: str, env: Mapping[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal, with more variables in its environment, and return what it said."""
    environment = {**os.environ, **(env or {})}
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin.encode())
        given.seek(0)
        files = (given.fileno(), out.fileno(), err.fileno())
        process: Process
        if can_fork(environment):
            process = ForkedProcess(build_request(arguments, environment), files)
        else:
            process = subprocess.Popen(
                [*PROGRAM_COMMAND, *arguments], stdin=given, stdout=out, stderr=err, env=environment
            )
        code = process.wait(TIMEOUT_SECONDS)
        outputs = [_text(file.fileno()) for file in (out, err)]
    return subprocess.CompletedProcess(["unsub-tui", *arguments], code, *outputs)


def run_json(*arguments: str, code: int = 0, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the JSON of a command that ends with this code and without a traceback."""
    result = run_program(*arguments, "--format", "json", env=env)
    assert "Traceback" not in result.stderr
    assert result.returncode == code, result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def only_run() -> dict[str, Any]:
    """Return the one run of the record."""
    (run,) = run_json("runs")["runs"]
    return run_json("runs", run["run_id"])


def start_program(
    *arguments: str, stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE
) -> subprocess.Popen[str]:
    """Start a command from nothing, for tests that deal with it while it runs."""
    return subprocess.Popen([*PROGRAM_COMMAND, *arguments], stdout=stdout, stderr=stderr, text=True)


def can_fork(environment: Mapping[str, str]) -> bool:
    """Whether the program may be forked from a process that has loaded it already.

    In the long forms it starts from nothing, as it does where other settings of the interpreter are wanted, its
    language or its imports.
    """
    return not IS_LONG and _interpreter_variables(environment) == _interpreter_variables(_USUAL)


def build_request(
    arguments: Sequence[str],
    environment: dict[str, str],
    directory: Path | None = None,
    *,
    has_terminal: bool = False,
) -> ProgramRequest:
    """Return what is told to the process that forks."""
    return ProgramRequest(
        arguments=list(arguments),
        environment=environment,
        directory=str(directory or Path.cwd()),
        has_terminal=has_terminal,
    )


def _text(file: int) -> str:
    return os.pread(file, os.fstat(file).st_size, 0).decode().replace("\r\n", "\n")


def _interpreter_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that an interpreter reads when it starts; where the program lies is the same for all."""
    found = {name: value for name, value in environment.items() if name.startswith(_INTERPRETER_PREFIXES)}
    if found.get("PYTHONPATH") == str(_ROOT):
        del found["PYTHONPATH"]
    return found


@cache
def _fork_server_socket() -> socket.socket:
    """Start the process that is forked, and return where it takes requests; it ends with the tests."""
    own_end, server_end = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with server_end:
        command = [sys.executable, "-m", "tests.support.program_fork_server", str(server_end.fileno())]
        process = subprocess.Popen(command, pass_fds=[server_end.fileno()], env=_USUAL, cwd=_ROOT)

    def end() -> None:
        own_end.close()
        process.wait()

    atexit.register(end)
    return own_end
