"""Signals while the app runs: stop sending, finish the record, restore the terminal, leave with the right code."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import termios
import threading
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from types import FrameType
from typing import TYPE_CHECKING

from unsub_tui.cli.hooks import OUTPUT_THREAD

if TYPE_CHECKING:
    from unsub_tui.app.app import UnsubApp
    from unsub_tui.engine.runner import RunHandle

JOIN_SECONDS = 35.0
"""How long a request in flight may still take: its own deadline and a little more."""

SCREEN_SECONDS = 5.0
"""How long the screen may take to go once no request is in flight; then the process ends by force."""

STUCK_SECONDS = 1.0
"""After so long without taking anything, what a terminal was sent before the end is thrown away."""

TICK_SECONDS = 0.1

ENDING = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)

_WAKE = signal.SIGURG
"""Wakes the thread that writes: nobody else sends it, and the default is to ignore it."""

_EARFUL = 4096

LOAD_SECONDS = 2.0
"""After the list has come, and before a run can have begun."""

LEAVE = b"\x1b[?2004l\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1004l\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h\x1b[m\r"
"""Brings a terminal back from the screen of the app, in one piece."""


_LAST_WORDS = ("unsub_tui.cli.verdict", "unsub_tui.engine.records", "unsub_tui.present.runs")
"""The modules that read the record and word how a run ended."""


class Ending:
    """Turns the first ending signal into an orderly end; a watchdog makes sure that it comes.

    `conclude` returns the last words and the exit code, once no run is under way any more.
    """

    def __init__(self, handle: Callable[[], RunHandle | None], conclude: Callable[[], tuple[str, int]]) -> None:
        self._handle = handle
        self._conclude = conclude
        self._signal: int | None = None
        self._app: UnsubApp | None = None
        self._loop: AbstractEventLoop | None = None
        self._can_conclude = threading.Event()
        self._has_ended = threading.Lock()
        self._screen_closed = False
        self._terminal = _terminal_state()
        self._ears: tuple[socket.socket, socket.socket] | None = None
        """What the loop listens to, and what is told of every signal."""

    @property
    def exit_code(self) -> int:
        """128 and the signal's number, or 0 where none came."""
        return 128 + self._signal if self._signal else 0

    @property
    def signal_name(self) -> str:
        """The signal that ends the program, or nothing."""
        return signal.Signals(self._signal).name if self._signal else ""

    def watch(self, app: UnsubApp, loop: AbstractEventLoop) -> None:
        """Take the signals over; called in the main thread, inside the loop that runs the app."""
        self._app, self._loop = app, loop
        for number in ENDING:
            # Not loop.add_signal_handler: with a terminal that is not read, the loop stands still.
            signal.signal(number, self._on_signal)
        signal.signal(_WAKE, lambda _number, _frame: None)
        # The kernel may give a signal to a thread that runs no handlers, above all the one that ends standing still:
        # the loop has to hear of it all the same, or it waits for a key that nobody reads.
        heard, told = self._ears = socket.socketpair()
        told.settimeout(0)
        signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
        loop.add_reader(heard, heard.recv, _EARFUL)
        loop.call_later(LOAD_SECONDS, self._load_last_words)
        threading.Thread(target=_hang_up_with_terminal, name="terminal", daemon=True).start()

    def wait_for_run(self) -> None:
        """Wait for the run once the screen has closed: it ends after its request in flight; interrupted, at once."""
        self._screen_closed = True
        signal.set_wakeup_fd(-1)
        handle = self._handle()
        if handle is None:
            return
        handle.stop()
        if not handle.join(STUCK_SECONDS):
            with suppress(OSError):
                sys.stderr.write("unsub-tui: waits for the request that is under way, 30 seconds at most ...\n")
            handle.join(JOIN_SECONDS)

    def done(self) -> None:
        """Say that everything has ended; where the watchdog was quicker, wait for what it does."""
        if not self._has_ended.acquire(blocking=False):
            threading.Event().wait()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of a handler
        handle = self._handle()
        if self._signal is not None or self._screen_closed:
            if number == signal.SIGINT and handle is not None:
                handle.abandon()  # somebody sits there and does not want to wait
            self._signal = self._signal or number
            return
        self._signal = number
        if handle is not None:
            handle.stop(hurry=True)
        if self._app is not None and self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: the app has ended already
                self._loop.call_soon_threadsafe(self._load_last_words)
                self._loop.call_soon_threadsafe(self._app.exit)
        threading.Thread(target=self._watchdog, name="watchdog", daemon=True).start()

    def _load_last_words(self) -> None:
        """Load in the loop what the watchdog needs for its last words: it must not import beside the loop."""
        for name in _LAST_WORDS:
            import_module(name)
        self._can_conclude.set()

    def _watchdog(self) -> None:
        """Let the terminal hold up nothing, and end by force what does not end."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})  # in the background it may touch the terminal too
        unstuck = _Unsticking()
        run_deadline = time.monotonic() + JOIN_SECONDS
        while (handle := self._handle()) is not None and time.monotonic() < run_deadline:
            if handle.join(TICK_SECONDS):
                break
            unstuck.look()
        screen_deadline = time.monotonic() + SCREEN_SECONDS
        while time.monotonic() < screen_deadline and not (unstuck.is_gone and self._can_conclude.is_set()):
            if self._has_ended.locked():
                return
            time.sleep(TICK_SECONDS)
            unstuck.look()
        if self._has_ended.acquire(blocking=False):
            text, code = self._conclude()
            _restore(self._terminal, text)
            os._exit(code)


class _Unsticking:
    """Throws away what a terminal does not take, so that what restores it gets through when it is read again."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._poll.register(sys.stdin.fileno(), select.POLLOUT)
        self._stuck_since: float | None = None
        self.is_gone = False
        """Whether there is no terminal any more."""

    def look(self) -> None:
        """Look once; a terminal that has taken nothing for a while loses what waits for it."""
        events = self._poll.poll(0)
        if events and events[0][1] & (select.POLLHUP | select.POLLERR):
            self.is_gone = True
            return
        if events:
            self._stuck_since = None
            return
        now = time.monotonic()
        self._stuck_since = self._stuck_since or now
        if now - self._stuck_since >= STUCK_SECONDS:
            self._free()

    def _free(self) -> None:
        with suppress(termios.error, OSError):
            termios.tcflush(sys.stdin.fileno(), termios.TCOFLUSH)
        for thread in threading.enumerate():
            if thread.ident is not None and thread.name in (OUTPUT_THREAD, "MainThread"):
                with suppress(ProcessLookupError):
                    signal.pthread_kill(thread.ident, _WAKE)  # a write that waits does not notice that there is room


def _hang_up_with_terminal() -> None:
    """Hang up when the terminal is gone: below `make`, `sudo` and the like the kernel tells only the one above us."""
    terminal = sys.stdin.fileno()
    gone = select.poll()
    gone.register(terminal, 0)  # no events but that one
    if any(event & select.POLLHUP for _fd, event in gone.poll()):
        os.kill(os.getpid(), signal.SIGHUP)


def _terminal_state() -> list[int | list[bytes | int]] | None:
    try:
        return termios.tcgetattr(sys.stdin.fileno())
    except (termios.error, ValueError, OSError):
        return None


def _restore(state: list[int | list[bytes | int]] | None, text: str) -> None:
    """Give the terminal back as it was, as far as it still takes anything, with the last words; never wait for it."""
    with suppress(termios.error, ValueError, OSError):
        descriptor = os.open(os.ttyname(sys.stdin.fileno()), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        os.write(descriptor, LEAVE + text.replace("\n", "\r\n").encode(errors="replace"))
    if state is not None:
        with suppress(termios.error, ValueError, OSError):
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, state)
