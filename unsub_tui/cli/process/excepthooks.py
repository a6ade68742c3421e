"""Hooks for uncaught exceptions in threads and tasks. None of them prints the message of the exception."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop  # importing asyncio takes longer than many commands

    from unsub_tui.app.app import UnsubApp

OUTPUT_THREAD = "textual-output"
"""Name of Textual's output thread. Its write errors after a hang-up are ignored because SIGHUP reports the hang-up."""


def install_excepthooks() -> None:
    """Report an uncaught exception in one line, without a traceback or the error's message."""
    sys.excepthook = _say_type
    threading.excepthook = lambda raised: _say_type(raised.exc_type, raised.exc_value, raised.exc_traceback)


def install_app_excepthooks(app: UnsubApp, loop: AbstractEventLoop) -> None:
    """End the app with a crash report when one of its threads or tasks fails. Call this inside its event loop."""

    def fail(error: BaseException | None) -> None:
        wrapped = error if isinstance(error, Exception) else RuntimeError(type(error).__name__)
        app.before_exit()  # immediately: the loop may be waiting for the terminal
        with suppress(RuntimeError):  # the loop is closed: the app has already ended
            loop.call_soon_threadsafe(app.fail, wrapped)

    def in_thread(raised: threading.ExceptHookArgs) -> None:
        is_hang_up = isinstance(raised.exc_value, OSError) and raised.thread and raised.thread.name == OUTPUT_THREAD
        if not is_hang_up:
            fail(raised.exc_value)

    threading.excepthook = in_thread
    loop.set_exception_handler(lambda _loop, context: fail(context.get("exception")))


def _say_type(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:  # noqa: ARG001 - the signature of an excepthook
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        sys.stderr.write(f"unsub-tui: internal error: {kind.__name__}\n")
