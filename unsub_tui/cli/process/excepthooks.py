"""Faults that nobody catches: in the main thread, in another thread, in a task. None of them prints what it says."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop  # loading it takes longer than many commands

    from unsub_tui.app.app import UnsubApp

OUTPUT_THREAD = "textual-output"
"""The thread that writes to the terminal; where that has gone, writing fails, and the hang-up is told otherwise."""


def install_excepthooks() -> None:
    """Let an uncaught fault end in one line instead of a traceback with whatever its error says."""
    sys.excepthook = _say_type
    threading.excepthook = lambda raised: _say_type(raised.exc_type, raised.exc_value, raised.exc_traceback)


def install_app_excepthooks(app: UnsubApp, loop: AbstractEventLoop) -> None:
    """End the app in order, with a report, when a thread or a task of its breaks; called inside its loop."""

    def fail(error: BaseException | None) -> None:
        wrapped = error if isinstance(error, Exception) else RuntimeError(type(error).__name__)
        app.before_exit()  # at once: the loop may have to wait for the terminal
        with suppress(RuntimeError):  # the loop is closed: the app has ended already
            loop.call_soon_threadsafe(app.fail, wrapped)

    def in_thread(raised: threading.ExceptHookArgs) -> None:
        is_hang_up = isinstance(raised.exc_value, OSError) and raised.thread and raised.thread.name == OUTPUT_THREAD
        if not is_hang_up:
            fail(raised.exc_value)

    threading.excepthook = in_thread
    loop.set_exception_handler(lambda _loop, context: fail(context.get("exception")))


def _say_type(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:  # noqa: ARG001 - the signature of a hook
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        sys.stderr.write(f"unsub-tui: a fault of the program itself: {kind.__name__}\n")
