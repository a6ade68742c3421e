"""Signals while the app runs: stop sending, finish the record, restore the terminal, leave with the right code."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import threading
from asyncio import AbstractEventLoop
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unsub_tui.app.app import UnsubApp

GRACE_SECONDS = 40.0
"""After so long the process ends by force: a screen that cannot be written to must not hold it for ever."""

ENDING = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)


class Ending:
    """Turns the first ending signal into an orderly end; the watchdog makes sure that it comes."""

    def __init__(self) -> None:
        self._signal: int | None = None
        self._app: UnsubApp | None = None
        self._loop: AbstractEventLoop | None = None
        self._finished = threading.Event()
        self._terminal = _terminal_state()

    @property
    def exit_code(self) -> int:
        """128 and the signal's number, or 0 where none came."""
        return 128 + self._signal if self._signal else 0

    def watch(self, app: UnsubApp, loop: AbstractEventLoop) -> None:
        """Take the signals over; called in the main thread, inside the loop that runs the app."""
        self._app, self._loop = app, loop
        for number in ENDING:
            # Not loop.add_signal_handler: with a terminal that is not read, the loop stands still.
            signal.signal(number, self._on_signal)
        threading.Thread(target=_hang_up_with_terminal, name="terminal", daemon=True).start()

    def done(self) -> None:
        """Say that everything has ended, so that the watchdog may rest."""
        self._finished.set()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of a handler
        if self._signal is not None or self._app is None or self._loop is None:
            return
        self._signal = number
        if self._app.handle is not None:
            self._app.handle.stop()
        self._loop.call_soon_threadsafe(self._app.exit)
        threading.Thread(target=self._watchdog, name="watchdog", daemon=True).start()

    def _watchdog(self) -> None:
        handle = self._app.handle if self._app else None
        if handle is not None:
            handle.join(GRACE_SECONDS - 5)
        if not self._finished.wait(5.0):
            _restore(self._terminal)
            os._exit(self.exit_code)


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


def _restore(state: list[int | list[bytes | int]] | None) -> None:
    """Give the terminal back as it was, as far as it still takes anything."""
    if state is None:
        return
    try:
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, state)
    except (termios.error, ValueError, OSError):
        return
