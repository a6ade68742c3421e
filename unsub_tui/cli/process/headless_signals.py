"""Signals while a command without a screen works: nothing more is sent, the record is completed, the code says it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from unsub_tui.cli.output import write_message
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.engine.run.executor import RunHandle

TERMINATION_SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)


class Interrupted(UnsubError):  # noqa: N818 - it is no error of anything
    """A signal came before anything was begun."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(Problem(kind=ProblemKind.STOPPED))
        self.exit_code = exit_code


class InterruptHandler:
    """The first ending signal: before a run it ends the command, in a run it stops after the request in flight.

    What sends nothing stops at once.
    """

    def __init__(self, *, sends_requests: bool = True) -> None:
        self._sends_requests = sends_requests
        self.run_handle: RunHandle | None = None
        """The run that is under way; set by whoever begins it."""
        self._signal_number: int | None = None
        self._task: asyncio.Task[object] | None = None

    @property
    def exit_code(self) -> int:
        """128 and the signal's number, or 0 where none came."""
        return 128 + self._signal_number if self._signal_number else 0

    @contextmanager
    def handle_signals(self) -> Iterator[None]:
        """Take the signals over while the body runs in this task; raises Interrupted where nothing was begun."""
        loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        for number in TERMINATION_SIGNALS:
            loop.add_signal_handler(number, self._on_signal, number)
        try:
            yield
        except asyncio.CancelledError:
            if self._signal_number is None:
                raise
            raise Interrupted(self.exit_code) from None
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
                write_message(_("stops after the request in flight; the record will be complete"))
            else:
                write_message(_("stops; what is not settled yet stays open on record"))
        elif self._task is not None:
            self._task.cancel()
