"""A process that has loaded the whole program, and forks a copy for every command that a test runs.

What is forked is the program from its first line on, in a process of its own, with its own arguments, environment,
directory and files; only its imports are done already, which is most of what a short command costs.
`python -m tests.support.program_fork_server FD` reads the requests of `tests/support/program_process.py`
from that socket.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import sys
import termios
import threading
import time
import traceback
from collections.abc import Callable
from typing import IO, Literal, NoReturn, TextIO, TypedDict

MAX_REQUEST_BYTES = 1 << 17
"""Bytes of a request."""

MAX_FILES = 4
"""What comes with a request: stdin, stdout, stderr, and where its number and its exit code are wanted."""


class ProgramRequest(TypedDict):
    """A command to run."""

    arguments: list[str]
    environment: dict[str, str]
    directory: str
    has_terminal: bool
    """Whether its stdin is a terminal of its own, on which it leads a session."""


def serve_requests(requests: socket.socket) -> ProgramRequest | None:
    """Fork until nobody asks any more; return in each copy what it was asked to do."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here waits for the processes that wait for the copies
    while True:
        message, files, *_ = socket.recv_fds(requests, MAX_REQUEST_BYTES, MAX_FILES)
        if not message:
            return None
        if os.fork() == 0:
            requests.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            copy = os.fork()
            if copy == 0:
                request: ProgramRequest = json.loads(message)
                _apply_request(request, files)
                return request
            _report_exit(copy, files)
        for handle in files:
            os.close(handle)


def _report_exit(pid: int, files: list[int]) -> None:
    """Tell a copy's number, wait for it, and tell how it ended: its exit code, or minus the number of a signal."""
    *streams, channel = files
    for handle in streams:
        os.close(handle)
    with contextlib.suppress(OSError):  # the test has given up
        os.write(channel, b"%d\n" % pid)
    _copy, status = os.waitpid(pid, 0)
    with contextlib.suppress(OSError):
        os.write(channel, b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _apply_request(request: ProgramRequest, files: list[int]) -> None:
    """Take over what the command was given."""
    if request["has_terminal"]:
        os.setsid()
        fcntl.ioctl(files[0], termios.TIOCSCTTY, 0)
    for number, handle in enumerate(files[:3]):
        os.dup2(handle, number)
    for handle in files:
        os.close(handle)
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    os.chdir(request["directory"])
    sys.argv = ["unsub-tui", *request["arguments"]]
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        setattr(sys, name, _open_stream(number, getattr(sys, name)))


def _open_stream(number: int, original: TextIO) -> IO[str]:
    """Return a stream as the interpreter opens it when it starts: a terminal gets its lines at once."""
    mode: Literal["r", "w"] = "r" if number == 0 else "w"
    buffering = 1 if number == 2 or os.isatty(number) else -1
    return open(number, mode, buffering, encoding=original.encoding, errors=original.errors, closefd=False)


def _import_package(package: str) -> None:
    """Import a package and everything in it."""
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _run_and_exit(program: Callable[[], None]) -> NoReturn:
    """Run the program, and end as an interpreter does, except that nothing that was loaded is taken apart."""
    code: object = 0
    try:
        program()
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - as an interpreter tells it
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - waits for threads, as the end of a program does
    atexit._run_exitfuncs()  # noqa: SLF001
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def main() -> None:
    """Load everything, and be the program in every copy."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    _import_package("unsub_tui")
    gc.collect()
    gc.freeze()
    program = importlib.import_module("unsub_tui.__main__").main
    if serve_requests(requests) is not None:
        _run_and_exit(program)


if __name__ == "__main__":
    main()
