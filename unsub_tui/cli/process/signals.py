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

from unsub_tui.cli.process.excepthooks import OUTPUT_THREAD

if TYPE_CHECKING:
    from unsub_tui.app.app import UnsubApp
    from unsub_tui.engine.run.executor import RunHandle

RUN_JOIN_SECONDS = 35.0
"""How long a request in flight may still take: its own deadline and a little more."""

SCREEN_EXIT_SECONDS = 5.0
"""How long the screen may take to go once no request is in flight; then the process ends by force."""

STALL_SECONDS = 1.0
"""After so long without taking anything, what a terminal was sent before the end is thrown away."""

POLL_SECONDS = 0.1

TERMINATION_SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)

_WAKE_SIGNAL = signal.SIGURG
"""Wakes the thread that writes: nobody else sends it, and the default is to ignore it."""

_WAKEUP_READ_BYTES = 4096

PRELOAD_DELAY_SECONDS = 2.0
"""After the list has come, and before a run can have begun."""

RESTORE_SEQUENCE = (
    b"\x1b[?2004l\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1004l\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h\x1b[m\r"
)
"""Brings a terminal back from the screen of the app, in one piece."""


_SUMMARY_MODULES = ("unsub_tui.cli.exit_code_mapping", "unsub_tui.engine.journal_reader", "unsub_tui.present.pages.run")
"""The modules that read the record and word how a run ended."""


class GracefulShutdown:
    """Turns the first ending signal into an orderly end; a watchdog makes sure that it comes.

    `conclude` returns the last words and the exit code, once no run is under way any more.
    """

    def __init__(self, current_run: Callable[[], RunHandle | None], summarize: Callable[[], tuple[str, int]]) -> None:
        self._current_run = current_run
        self._summarize = summarize
        self._signal_number: int | None = None
        self._app: UnsubApp | None = None
        self._loop: AbstractEventLoop | None = None
        self._is_summary_loaded = threading.Event()
        self._exit_lock = threading.Lock()
        self._screen_closed = False
        self._terminal_attributes = _terminal_attributes()
        self._wakeup_sockets: tuple[socket.socket, socket.socket] | None = None
        """What the loop listens to, and what is told of every signal."""

    @property
    def exit_code(self) -> int:
        """128 and the signal's number, or 0 where none came."""
        return 128 + self._signal_number if self._signal_number else 0

    @property
    def signal_name(self) -> str:
        """The signal that ends the program, or nothing."""
        return signal.Signals(self._signal_number).name if self._signal_number else ""

    def install(self, app: UnsubApp, loop: AbstractEventLoop) -> None:
        """Take the signals over; called in the main thread, inside the loop that runs the app."""
        self._app, self._loop = app, loop
        for number in TERMINATION_SIGNALS:
            # Not loop.add_signal_handler: with a terminal that is not read, the loop stands still.
            signal.signal(number, self._on_signal)
        signal.signal(_WAKE_SIGNAL, lambda _number, _frame: None)
        # The kernel may give a signal to a thread that runs no handlers, above all the one that ends standing still:
        # the loop has to hear of it all the same, or it waits for a key that nobody reads.
        reader, writer = self._wakeup_sockets = socket.socketpair()
        writer.settimeout(0)
        signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        loop.add_reader(reader, reader.recv, _WAKEUP_READ_BYTES)
        loop.call_later(PRELOAD_DELAY_SECONDS, self._preload_summary_modules)
        threading.Thread(target=_forward_hangup, name="terminal", daemon=True).start()

    def wait_for_run(self) -> None:
        """Wait for the run once the screen has closed: it ends after its request in flight; interrupted, at once."""
        self._screen_closed = True
        signal.set_wakeup_fd(-1)
        handle = self._current_run()
        if handle is None:
            return
        handle.stop()
        if not handle.join(STALL_SECONDS):
            with suppress(OSError):
                sys.stderr.write("unsub-tui: waits for the request that is under way, 30 seconds at most ...\n")
            handle.join(RUN_JOIN_SECONDS)

    def finish(self) -> None:
        """Say that everything has ended; where the watchdog was quicker, wait for what it does."""
        if not self._exit_lock.acquire(blocking=False):
            threading.Event().wait()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of a handler
        handle = self._current_run()
        if self._signal_number is not None or self._screen_closed:
            if number == signal.SIGINT and handle is not None:
                handle.abandon()  # somebody sits there and does not want to wait
            self._signal_number = self._signal_number or number
            return
        self._signal_number = number
        if handle is not None:
            handle.stop(force=True)
        if self._app is not None and self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: the app has ended already
                self._loop.call_soon_threadsafe(self._preload_summary_modules)
                self._loop.call_soon_threadsafe(self._app.exit)
        threading.Thread(target=self._watchdog, name="watchdog", daemon=True).start()

    def _preload_summary_modules(self) -> None:
        """Load in the loop what the watchdog needs for its last words: it must not import beside the loop."""
        for name in _SUMMARY_MODULES:
            import_module(name)
        self._is_summary_loaded.set()

    def _watchdog(self) -> None:
        """Let the terminal hold up nothing, and end by force what does not end."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})  # in the background it may touch the terminal too
        output = _StalledOutput()
        run_deadline = time.monotonic() + RUN_JOIN_SECONDS
        while (handle := self._current_run()) is not None and time.monotonic() < run_deadline:
            if handle.join(POLL_SECONDS):
                break
            output.check()
        screen_deadline = time.monotonic() + SCREEN_EXIT_SECONDS
        while time.monotonic() < screen_deadline and not (output.is_gone and self._is_summary_loaded.is_set()):
            if self._exit_lock.locked():
                return
            time.sleep(POLL_SECONDS)
            output.check()
        if self._exit_lock.acquire(blocking=False):
            text, code = self._summarize()
            _restore_terminal(self._terminal_attributes, text)
            os._exit(code)


class _StalledOutput:
    """Throws away what a terminal does not take, so that what restores it gets through when it is read again."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._poll.register(sys.stdin.fileno(), select.POLLOUT)
        self._stuck_since: float | None = None
        self.is_gone = False
        """Whether there is no terminal any more."""

    def check(self) -> None:
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
        if now - self._stuck_since >= STALL_SECONDS:
            self._discard()

    def _discard(self) -> None:
        with suppress(termios.error, OSError):
            termios.tcflush(sys.stdin.fileno(), termios.TCOFLUSH)
        for thread in threading.enumerate():
            if thread.ident is not None and thread.name in (OUTPUT_THREAD, "MainThread"):
                with suppress(ProcessLookupError):
                    signal.pthread_kill(
                        thread.ident, _WAKE_SIGNAL
                    )  # a write that waits does not notice that there is room


def _forward_hangup() -> None:
    """Hang up when the terminal is gone: below `make`, `sudo` and the like the kernel tells only the one above us."""
    terminal = sys.stdin.fileno()
    poller = select.poll()
    poller.register(terminal, 0)  # no events but that one
    if any(event & select.POLLHUP for _fd, event in poller.poll()):
        os.kill(os.getpid(), signal.SIGHUP)


def _terminal_attributes() -> list[int | list[bytes | int]] | None:
    try:
        return termios.tcgetattr(sys.stdin.fileno())
    except (termios.error, ValueError, OSError):
        return None


def _restore_terminal(state: list[int | list[bytes | int]] | None, text: str) -> None:
    """Give the terminal back as it was, as far as it still takes anything, with the last words; never wait for it."""
    with suppress(termios.error, ValueError, OSError):
        descriptor = os.open(os.ttyname(sys.stdin.fileno()), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        os.write(descriptor, RESTORE_SEQUENCE + text.replace("\n", "\r\n").encode(errors="replace"))
    if state is not None:
        with suppress(termios.error, ValueError, OSError):
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, state)
