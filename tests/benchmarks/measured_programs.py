"""An account to measure on, programs that are waited for as long as they work, and when a program is quiet."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.effort import TIMEOUT_SECONDS
from tests.support.pseudo_terminal import Terminal

QUIET_SECONDS = 0.12
"""Output after a key is over when nothing came for so long, and the program did not work meanwhile."""

ANSWER_SECONDS = 20.0
"""Maximum time that a program may sleep before it answers a key."""

MAX_WAIT_SECONDS = 3600.0
"""Maximum time of any wait, also for a program that works all the time."""


class ProcessActivity:
    """Tells a process that is slow from one that hangs: on a busy machine only the first uses processor time."""

    def __init__(self, pid: int) -> None:
        self._stat = Path(f"/proc/{pid}/stat")
        self._began = self._last = time.monotonic()
        self._spent = -1.0
        self.is_working()

    def is_working(self) -> bool:
        """Return whether the process has worked since the last call, or is about to."""
        state, spent = read_stat(self._stat)
        works = state in "RD" or spent > self._spent
        self._spent = spent
        if works:
            self._last = time.monotonic()
        return works

    def is_hanging(self, patience: float) -> bool:
        """Return whether the process has slept for so many seconds, or the longest wait is over."""
        self.is_working()
        now = time.monotonic()
        return now - self._last > patience or now - self._began > MAX_WAIT_SECONDS


def read_stat(stat: Path) -> tuple[str, float]:
    """Return the state of a process and the seconds of processor time that it has used; "X", 0 for one that is gone."""
    try:
        fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return "X", 0.0
    return fields[0], (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class MeasuredProgram(Terminal):
    """A program in a terminal, waited for as long as it works."""

    def wait_until(self, predicate: Callable[[str], bool], description: str) -> None:
        """Read until the screen is as wanted; raise AssertionError where the program ended or hangs."""
        work = ProcessActivity(self.process.pid)
        while not predicate(self.text):
            if self.read_output(0.2):
                work = ProcessActivity(self.process.pid)
            elif self.process.poll() is not None and not self.read_output(0):
                raise AssertionError(f"waited for {description}, but the program ended with {self.process.poll()}")
            elif work.is_hanging(TIMEOUT_SECONDS):
                raise AssertionError(f"waited for {description}, but the program hangs")

    def wait_for_exit(self) -> int:
        """Read until the program has ended, and return its exit code; raise AssertionError where it hangs."""
        work = ProcessActivity(self.process.pid)
        while self.process.poll() is None or self.read_output(0):
            if not self.read_output(0.05) and self.process.poll() is None and work.is_hanging(TIMEOUT_SECONDS):
                raise AssertionError("the program does not end")
        return self.process.wait(TIMEOUT_SECONDS)

    def wait_for_first_byte(self) -> float:
        """Read the first bytes that a key causes; return the moment. Raise AssertionError where there are none."""
        work = ProcessActivity(self.process.pid)
        while not self.read_output(1.0):
            if self.process.poll() is not None or work.is_hanging(ANSWER_SECONDS):
                raise AssertionError("the program does not answer a key")
        return time.perf_counter()


def wait_until_quiet(terminal: Terminal, quiet: float = QUIET_SECONDS) -> float:
    """Take in what comes until it is quiet; return the moment of the last byte."""
    last, work = time.perf_counter(), ProcessActivity(terminal.process.pid)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if terminal.read_output(quiet):
            last = time.perf_counter()
        elif not work.is_working():
            break
    return last


@contextmanager
def serve_account(count: int) -> Iterator[Mapping[str, str]]:
    """Serve an account in a process of its own; give the environment that leads there."""
    command = [sys.executable, "-m", "unsub_tui", "sandbox", "--resources", str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            told = json.loads(read_first_line(server))
            yield {
                "UNSUB_ENDPOINT": told["endpoint"],
                "UNSUB_SITE": "intl",
                "HUAWEICLOUD_SDK_AK": told["access_key"],
                "HUAWEICLOUD_SDK_SK": told["secret_key"],
            }
        finally:
            server.kill()


def read_first_line(process: subprocess.Popen[str]) -> str:
    """Return the first line that a server prints; raise AssertionError where it ended or hangs."""
    assert process.stdout is not None
    work = ProcessActivity(process.pid)
    while not select.select([process.stdout], [], [], 0.2)[0]:
        if process.poll() is not None or work.is_hanging(TIMEOUT_SECONDS):
            raise AssertionError("the server did not start")
    line = process.stdout.readline()
    assert line, "the server ended before it served"
    return line
