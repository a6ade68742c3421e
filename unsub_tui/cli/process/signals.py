"""Termination signals, in the app and in commands: stop sending, complete the journal, end with the signal's code."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import termios
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING

from unsub_tui.cli.exit_codes import SignalError
from unsub_tui.cli.output import write_message
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task

    from unsub_tui.app.app import UnsubApp
    from unsub_tui.engine.run.executor import RunHandle

OUTPUT_THREAD = "textual-output"
"""Name of Textual's output thread."""

RUN_JOIN_SECONDS = 35.0
"""Maximum seconds to wait for the request in flight: its own deadline plus a margin."""

SCREEN_EXIT_SECONDS = 5.0
"""Maximum seconds for the app to close after the run has ended; then the process is ended by force."""

STALL_SECONDS = 1.0
"""Seconds without progress after which output pending at the terminal is discarded."""

POLL_SECONDS = 0.1

TERMINATION_SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
"""Signals that end a run in an orderly way, in the app and in commands."""

_WAKE_SIGNAL = signal.SIGURG
"""Interrupts a blocked write. No other program sends SIGURG, and its default action is to ignore it."""

_WAKEUP_READ_BYTES = 4096

PRELOAD_DELAY_SECONDS = 2.0
"""Seconds from the start to the preload: after the list has loaded, and before a run can have started."""

RESTORE_SEQUENCE = (
    b"\x1b[?2004l\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1004l\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h\x1b[m\r"
)
"""Escape sequences that leave the app's screen and restore the terminal, written in one piece."""


class _FirstSignal:
    """The first termination signal; later ones change nothing."""

    _signal_number: int | None = None

    @property
    def exit_code(self) -> int:
        """128 plus the signal number, or 0 without a signal."""
        return 128 + self._signal_number if self._signal_number else 0


class CommandSignals(_FirstSignal):
    """Handler of termination signals in a command without the app.

    Before a run, the first signal cancels the command. A run stops after the request in flight, or at once if it sends
    nothing.
    """

    def __init__(self, *, sends_requests: bool = True) -> None:
        self._sends_requests = sends_requests
        self.run_handle: RunHandle | None = None
        """The run in progress, set by the code that starts it."""
        self._task: Task[object] | None = None

    async def handle_signals(self, work: Awaitable[int]) -> int:
        """Await `work` with the signals handled, and return its exit code. Raise SignalError if one cancelled it."""
        import asyncio

        loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        for number in TERMINATION_SIGNALS:
            loop.add_signal_handler(number, self._on_signal, number)
        try:
            return await work
        except asyncio.CancelledError:
            if self._signal_number is None:
                raise
            if self._sends_requests:
                write_message(_("Stopped. Nothing was submitted."))
            raise SignalError(self.exit_code) from None
        finally:
            for number in TERMINATION_SIGNALS:
                loop.remove_signal_handler(number)

    def _on_signal(self, number: int) -> None:
        if self._signal_number is not None:
            return
        self._signal_number = number
        if self.run_handle is not None:
            self.run_handle.stop(force=not self._sends_requests)
            if self._sends_requests:
                write_message(_("Stopping after the request in flight. The record will be complete."))
            else:
                write_message(_("Stopping. Items without a final status stay pending in the record."))
        elif self._task is not None:
            self._task.cancel()


class AppSignals(_FirstSignal):
    """Turns the first termination signal of the app into an orderly exit; a watchdog enforces the exit.

    `summarize` returns the summary text and the exit code; it is called when no run is in progress.
    """

    _loop: AbstractEventLoop

    def __init__(self, app: UnsubApp, summarize: Callable[[], tuple[str, int]]) -> None:
        self._app = app
        self._summarize = summarize
        self._is_summary_loaded = threading.Event()
        self._exit_lock = threading.Lock()
        self._screen_closed = False
        self._terminal_attributes = _terminal_attributes()
        self._wakeup_sockets: tuple[socket.socket, socket.socket] | None = None
        """The read end, which the event loop watches, and the write end, which receives a byte per signal."""

    @property
    def signal_name(self) -> str:
        """The name of the signal that ends the program, or an empty string."""
        return signal.Signals(self._signal_number).name if self._signal_number else ""

    def install(self, loop: AbstractEventLoop) -> None:
        """Install the signal handlers. Call this in the main thread, inside the event loop of the app."""
        self._loop = loop
        for number in TERMINATION_SIGNALS:
            # Not loop.add_signal_handler: the loop is blocked while the terminal accepts no output.
            signal.signal(number, self._on_signal)
        signal.signal(_WAKE_SIGNAL, lambda _number, _frame: None)
        # The kernel may deliver a signal to a thread that runs no Python handlers, in particular when a stopped process
        # continues. The wakeup descriptor wakes the loop in that case; otherwise it would wait for a key press.
        reader, writer = self._wakeup_sockets = socket.socketpair()
        writer.settimeout(0)
        signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        loop.add_reader(reader, reader.recv, _WAKEUP_READ_BYTES)
        loop.call_later(PRELOAD_DELAY_SECONDS, self._preload_summary_modules)
        threading.Thread(target=_forward_hangup, name="terminal", daemon=True).start()

    def wait_for_run(self) -> None:
        """Stop the run after the app has closed and wait for its request in flight; ctrl+c ends the wait."""
        self._screen_closed = True
        signal.set_wakeup_fd(-1)
        handle = self._app.engine.run_handle
        if handle is None:
            return
        handle.stop()
        if not handle.join(STALL_SECONDS):
            write_message(_("unsub-tui: waiting for the request in flight, for up to 30 seconds..."))
            handle.join(RUN_JOIN_SECONDS)

    def finish(self) -> None:
        """Disarm the watchdog. If it is already ending the process, block until it has done so."""
        if not self._exit_lock.acquire(blocking=False):
            threading.Event().wait()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of a signal handler
        handle = self._app.engine.run_handle
        if self._signal_number is not None or self._screen_closed:
            if number == signal.SIGINT and handle is not None:
                handle.abandon()  # a user at the terminal does not want to wait
            self._signal_number = self._signal_number or number
            return
        self._signal_number = number
        if handle is not None:
            handle.stop(force=True)
        with suppress(RuntimeError):  # the loop is closed: the app has already ended
            self._loop.call_soon_threadsafe(self._preload_summary_modules)
            self._loop.call_soon_threadsafe(self._app.exit)
        threading.Thread(target=self._watchdog, name="watchdog", daemon=True).start()

    def _preload_summary_modules(self) -> None:
        """Import what the summary needs here, in the event-loop thread: the watchdog must not import beside it."""
        import unsub_tui.engine.history
        import unsub_tui.present.pages.run  # noqa: F401

        self._is_summary_loaded.set()

    def _watchdog(self) -> None:
        """Discard output that the terminal does not accept, and end the process by force if it does not end."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})  # lets a background process write to the terminal
        output = _StalledOutputMonitor()
        run_deadline = time.monotonic() + RUN_JOIN_SECONDS
        while (handle := self._app.engine.run_handle) is not None and time.monotonic() < run_deadline:
            if handle.join(POLL_SECONDS):
                break
            output.check()
        screen_deadline = time.monotonic() + SCREEN_EXIT_SECONDS
        while time.monotonic() < screen_deadline and not (output.is_terminal_gone and self._is_summary_loaded.is_set()):
            if self._exit_lock.locked():
                return
            time.sleep(POLL_SECONDS)
            output.check()
        if self._exit_lock.acquire(blocking=False):
            text, code = self._summarize()
            _restore_terminal(self._terminal_attributes, text)
            os._exit(code)


class _StalledOutputMonitor:
    """Discards output that the terminal does not accept, so that the restore sequence gets through later."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._poll.register(sys.stdin.fileno(), select.POLLOUT)
        self._stuck_since: float | None = None
        self.is_terminal_gone = False
        """Whether the terminal has hung up."""

    def check(self) -> None:
        """Poll the terminal once; discard its pending output if it has accepted nothing for STALL_SECONDS."""
        events = self._poll.poll(0)
        if events and events[0][1] & (select.POLLHUP | select.POLLERR):
            self.is_terminal_gone = True
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
                    signal.pthread_kill(thread.ident, _WAKE_SIGNAL)  # a blocked write does not notice the free space


def _forward_hangup() -> None:
    """Send SIGHUP to this process when the terminal is gone: below `make` or `sudo`, the kernel signals only these."""
    terminal = sys.stdin.fileno()
    poller = select.poll()
    poller.register(terminal, 0)  # POLLHUP is reported without being requested
    if any(event & select.POLLHUP for _fd, event in poller.poll()):
        os.kill(os.getpid(), signal.SIGHUP)


def _terminal_attributes() -> list[int | list[bytes | int]] | None:
    try:
        return termios.tcgetattr(sys.stdin.fileno())
    except (termios.error, ValueError, OSError):
        return None


def _restore_terminal(state: list[int | list[bytes | int]] | None, text: str) -> None:
    """Restore the terminal and write the summary without blocking, as far as the terminal accepts it."""
    with suppress(termios.error, ValueError, OSError):
        descriptor = os.open(os.ttyname(sys.stdin.fileno()), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        os.write(descriptor, RESTORE_SEQUENCE + text.replace("\n", "\r\n").encode(errors="replace"))
    if state is not None:
        with suppress(termios.error, ValueError, OSError):
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, state)
