"""The whole program in a pseudo-terminal: keys in, a screen out."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Self

import pyte
from wcwidth import wcswidth

from tests.support.effort import TIMEOUT_SECONDS
from tests.support.program_process import PROGRAM_COMMAND, ForkedProcess, Process, build_request, can_fork

REPAINT_KEY = "\x0c"
"""The key that draws the whole screen anew."""

WIDE = 2
"""Cells of a wide character."""

STALLING = 50
"""As many screens as the buffers between program and terminal hold, and some."""

KEYS = {"enter": "\r", "esc": "\x1b", "tab": "\t", "space": " ", "down": "\x1b[B", "up": "\x1b[A", "end": "\x1b[F"}


class _TolerantScreen(pyte.Screen):
    """Forgives what terminals forgive.

    It overlooks parameters too many: what a stalled one never took may end within a sequence. And half of a wide
    character that was written over is a blank: between two reads a line may be half drawn.
    """

    @property
    def display(self) -> list[str]:
        """Its lines; the second half of a wide character is no cell of its own."""
        return ["".join(self._row(y)) for y in range(self.lines)]

    def _row(self, y: int) -> Iterator[str]:
        cells = [self.buffer[y][x].data for x in range(self.columns)]
        for left, cell in zip(["", *cells], cells, strict=False):
            if cell:
                yield cell
            elif wcswidth(left) != WIDE:
                yield " "


def _ignore_extra_parameters(name: str) -> Callable[..., None]:
    strict = getattr(pyte.Screen, name)
    room = len(signature(strict).parameters)

    def handle(self: _TolerantScreen, *numbers: int, **_private: bool) -> None:
        strict(self, *numbers[: room - 1])

    return handle


for _name in set(pyte.Stream.csi.values()):
    if all(
        each.kind is each.POSITIONAL_OR_KEYWORD for each in signature(getattr(pyte.Screen, _name)).parameters.values()
    ):
        setattr(_TolerantScreen, _name, _ignore_extra_parameters(_name))


class Terminal:
    """A program on a terminal of its own; use with `with`."""

    def __init__(
        self,
        *arguments: str,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        command: Sequence[str] = (),
    ) -> None:
        """Start the program, or the command that is given instead."""
        self.screen = _TolerantScreen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.received_bytes = 0
        """Bytes that the program wrote to the terminal."""
        self.output = bytearray()
        """All of them."""
        self.master_fd, slave = pty.openpty()
        """The other side of the terminal."""
        self.tty_path = os.ttyname(slave)
        """The path of the program's side."""
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.initial_attributes = self.attributes
        """The settings of the terminal before the program began."""
        environment = {**os.environ, **(env or {})}
        if not command and can_fork(environment):
            request = build_request(arguments, environment, cwd, has_terminal=True)
            self.process: Process = ForkedProcess(request, (slave, slave, slave))
        else:
            self.process = subprocess.Popen(
                [*(command or PROGRAM_COMMAND), *arguments],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                env=environment,
                cwd=cwd,
                start_new_session=True,
                preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - one system call, no lock
            )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(TIMEOUT_SECONDS)
        os.close(self.master_fd)

    @property
    def lines(self) -> list[str]:
        """What is on the screen."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        """What is on the screen, as one text."""
        return "\n".join(self.lines)

    def press(self, *keys: str) -> None:
        """Type keys: single characters, or names such as `enter`."""
        for key in keys:
            os.write(self.master_fd, KEYS.get(key, key).encode())

    def press_slowly(self, *keys: str) -> None:
        """Press keys that change the screen as a person does: the next one after the program has drawn the change."""
        for key in keys:
            before = self.received_bytes
            self.press(key)
            while self.received_bytes == before:
                assert self.read_output(TIMEOUT_SECONDS), f"nothing was drawn for {key!r}"

    def type(self, text: str) -> None:
        """Type a text."""
        os.write(self.master_fd, text.encode())

    def signal(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        self.process.send_signal(number)

    def wait_for(self, *texts: str) -> str:
        """Read until all texts are on the screen, and return the screen."""
        self.wait_until(lambda screen: all(text in screen for text in texts), f"{texts} on the screen")
        return self.text

    def wait_until_gone(self, text: str) -> str:
        """Read until the text is no longer on the screen, and return the screen."""
        self.wait_until(lambda screen: text not in screen, f"{text!r} to go")
        return self.text

    def wait_until(self, predicate: Callable[[str], bool], description: str) -> None:
        """Read what the program writes until the screen is as wanted."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not predicate(self.text):
            # In short steps: what is waited for may be no text, and change while nothing is written.
            if not self.read_output(min(0.2, deadline - time.monotonic())) and self._has_finished(deadline):
                end = f"(exit {self.process.poll()}, last sent {bytes(self.output[-200:])!r})"
                raise AssertionError(f"waited for {description}, but the screen is:\n{self.text}\n{end}")

    def _has_finished(self, deadline: float) -> bool:
        """Whether nothing can come any more."""
        return time.monotonic() >= deadline or (self.process.poll() is not None and not self.read_output(0))

    def read_for(self, seconds: float) -> None:
        """Take in what comes for so long: where the program itself waits, and shows nothing when it is over."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.read_output(left)

    @property
    def attributes(self) -> list[object]:
        """The settings of the terminal: echo, lines, signals."""
        return list(termios.tcgetattr(self.master_fd))

    def fill_buffers(self) -> None:
        """Read nothing more, and let the program paint until its writing stands still."""
        slave = os.open(self.tty_path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            poller = select.poll()
            poller.register(slave, select.POLLOUT)
            for turn in range(round(TIMEOUT_SECONDS / 0.05)):
                if not turn % 6:
                    self.press(*[REPAINT_KEY] * STALLING)
                if not poller.poll(0) and not poller.poll(
                    200
                ):  # nothing can be written for so long: the writer is stuck
                    return
                select.select([], [], [], 0.05)
            raise AssertionError("the program never filled its terminal")
        finally:
            os.close(slave)

    def wait_until_stopped(self) -> None:
        """Read until the program stands still, as by ctrl+z."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while _process_state(self.process.pid) != "T":
            assert time.monotonic() < deadline
            self.read_output(0.05)

    def hang_up(self) -> None:
        """Take the terminal away, as a line that drops does."""
        os.close(self.master_fd)
        self.master_fd = os.open(os.devnull, os.O_RDWR)

    def wait_for_exit(self) -> int:
        """Read until the program has ended, and return its exit code."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while self.read_output(deadline - time.monotonic()):
            pass
        return self.process.wait(TIMEOUT_SECONDS)

    def read_output(self, timeout: float) -> bool:
        """Take in what was written; false when nothing came for so many seconds, or the program has ended."""
        ready, _, _ = select.select([self.master_fd], [], [], max(timeout, 0))
        if not ready:
            return False
        try:
            data = os.read(self.master_fd, 65536)
        except OSError:  # the program has closed its side
            return False
        self.received_bytes += len(data)
        self.output += data
        self.stream.feed(data)
        return bool(data)


def _process_state(pid: int) -> str:
    """Return what the kernel calls a process: S where it sleeps, T where it was stopped."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2][:1]


def is_inventory_read(screen: str) -> bool:
    """Whether the list is whole, and says what its resources are doing."""
    return is_list_loaded(screen) and "Inventory" not in screen and ("attached" in screen or "running" in screen)


def is_list_loaded(screen: str) -> bool:
    """Whether the list is on the screen, and whole."""
    return "selected 0" in screen and "shown 0 of 0" not in screen and "Loading" not in screen
