"""How tests run a command of the program to its end, as a process of its own."""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.preloaded import LARGEST, Request
from tests.terminal import PATIENCE

START = (sys.executable, "-m", "unsub_tui")
"""The program, started from nothing."""

_ROOT = Path(__file__).parent.parent
_OF_THE_INTERPRETER = ("PYTHON", "LANG", "LC_", "LD_")
_OURS = {name: value for name, value in os.environ.items() if name.startswith(("PYTHON", "LD_"))}
_USUAL = {"PATH": os.environ.get("PATH", ""), "TERM": "xterm-256color", **_OURS, "LANG": "C.UTF-8"}
"""The environment of the process that is forked."""


def unsub(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal, with more variables in its environment, and return what it said.

    It is forked from a process that has loaded the program already, unless other settings of the interpreter, its
    language or its imports are wanted: then it starts from nothing.
    """
    environment = {**os.environ, **(env or {})}
    if _of_the_interpreter(environment) != _of_the_interpreter(_USUAL):
        return unsub_from_nothing(*arguments, env=env)
    request = Request(arguments=list(arguments), environment=environment, directory=str(Path.cwd()))
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, Path(os.devnull).open("rb") as nothing:
        code = _fork(request, (nothing.fileno(), out.fileno(), err.fileno()))
        said = [_text(file.fileno()) for file in (out, err)]
    return subprocess.CompletedProcess(["unsub-tui", *arguments], code, *said)


def unsub_from_nothing(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in a new interpreter."""
    return subprocess.run(
        [*START, *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **(env or {})},
        timeout=PATIENCE,
    )


def begin(*arguments: str, stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE) -> subprocess.Popen[str]:
    """Begin a command in a new interpreter, for tests that deal with it while it runs."""
    return subprocess.Popen([*START, *arguments], stdout=stdout, stderr=stderr, text=True)


def _fork(request: Request, files: tuple[int, int, int]) -> int:
    """Have a copy run the request, and return its exit code."""
    message = json.dumps(request).encode()
    assert len(message) < LARGEST
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            socket.send_fds(_preloaded(), [message], [*files, theirs.fileno()])
        ours.settimeout(PATIENCE)
        return int(ours.recv(16))


def _text(file: int) -> str:
    return os.pread(file, os.fstat(file).st_size, 0).decode().replace("\r\n", "\n")


def _of_the_interpreter(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that an interpreter reads when it starts; where the program lies is the same for all."""
    found = {name: value for name, value in environment.items() if name.startswith(_OF_THE_INTERPRETER)}
    if found.get("PYTHONPATH") == str(_ROOT):
        del found["PYTHONPATH"]
    return found


@cache
def _preloaded() -> socket.socket:
    """Start the process that is forked, and return where it takes requests; it ends with the tests."""
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", "tests.preloaded", str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=_USUAL, cwd=_ROOT)

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours
