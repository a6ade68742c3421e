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

from tests.sizes import PATIENCE
from tests.terminal import Terminal

QUIET_SECONDS = 0.12
"""Output after a key is over when nothing came for so long, and the program did not work meanwhile."""

ANSWER_SECONDS = 20.0
"""Maximum time that a program may sleep before it answers a key."""

MOST_SECONDS = 3600.0
"""Maximum time of any wait, also for a program that works all the time."""


class Work:
    """Tells a process that is slow from one that hangs: on a busy machine only the first uses processor time."""

    def __init__(self, pid: int) -> None:
        self._stat = Path(f"/proc/{pid}/stat")
        self._began = self._last = time.monotonic()
        self._spent = -1.0
        self.goes_on()

    def goes_on(self) -> bool:
        """Return whether the process has worked since the last call, or is about to."""
        state, spent = read_stat(self._stat)
        works = state in "RD" or spent > self._spent
        self._spent = spent
        if works:
            self._last = time.monotonic()
        return works

    def hangs(self, patience: float) -> bool:
        """Return whether the process has slept for so many seconds, or the longest wait is over."""
        self.goes_on()
        now = time.monotonic()
        return now - self._last > patience or now - self._began > MOST_SECONDS


def read_stat(stat: Path) -> tuple[str, float]:
    """Return the state of a process and the seconds of processor time that it has used; "X", 0 for one that is gone."""
    try:
        fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return "X", 0.0
    return fields[0], (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Program(Terminal):
    """A program in a terminal, waited for as long as it works."""

    def wait_until(self, is_so: Callable[[str], bool], what: str) -> None:
        """Read until the screen is as wanted; raise AssertionError where the program ended or hangs."""
        work = Work(self.process.pid)
        while not is_so(self.text):
            if self.take(0.2):
                work = Work(self.process.pid)
            elif self.process.poll() is not None and not self.take(0):
                raise AssertionError(f"waited for {what}, but the program ended with {self.process.poll()}")
            elif work.hangs(PATIENCE):
                raise AssertionError(f"waited for {what}, but the program hangs")

    def wait_end(self) -> int:
        """Read until the program has ended, and return its exit code; raise AssertionError where it hangs."""
        work = Work(self.process.pid)
        while self.process.poll() is None or self.take(0):
            if not self.take(0.05) and self.process.poll() is None and work.hangs(PATIENCE):
                raise AssertionError("the program does not end")
        return self.process.wait(PATIENCE)

    def wait_answer(self) -> float:
        """Read the first bytes that a key causes; return the moment. Raise AssertionError where there are none."""
        work = Work(self.process.pid)
        while not self.take(1.0):
            if self.process.poll() is not None or work.hangs(ANSWER_SECONDS):
                raise AssertionError("the program does not answer a key")
        return time.perf_counter()


def settle(terminal: Terminal, quiet: float = QUIET_SECONDS) -> float:
    """Take in what comes until it is quiet; return the moment of the last byte."""
    last, work = time.perf_counter(), Work(terminal.process.pid)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if terminal.take(quiet):
            last = time.perf_counter()
        elif not work.goes_on():
            break
    return last


@contextmanager
def served(count: int) -> Iterator[Mapping[str, str]]:
    """Serve an account in a process of its own; give the environment that leads there."""
    command = [sys.executable, "-m", "unsub_tui", "sandbox", "--resources", str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            told = json.loads(first_line(server))
            yield {
                "UNSUB_ENDPOINT": told["endpoint"],
                "UNSUB_SITE": "intl",
                "HUAWEICLOUD_SDK_AK": told["access_key"],
                "HUAWEICLOUD_SDK_SK": told["secret_key"],
            }
        finally:
            server.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    """Return the first line that a server prints; raise AssertionError where it ended or hangs."""
    assert process.stdout is not None
    work = Work(process.pid)
    while not select.select([process.stdout], [], [], 0.2)[0]:
        if process.poll() is not None or work.hangs(PATIENCE):
            raise AssertionError("the server did not start")
    line = process.stdout.readline()
    assert line, "the server ended before it served"
    return line
