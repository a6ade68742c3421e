"""Signal handling of commands without the app: stop sending, complete the journal, exit with the signal's code."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from unsub_tui.cli.output import write_message
from unsub_tui.cli.process.signals import TERMINATION_SIGNALS
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from asyncio import Task

    from unsub_tui.engine.run.executor import RunHandle


class InterruptHandler:
    """Handler of the first termination signal; later signals are ignored.

    Before a run, it cancels the command. A run stops after the request in flight, or at once if it sends nothing.
    """

    def __init__(self, *, sends_requests: bool = True) -> None:
        self._sends_requests = sends_requests
        self.run_handle: RunHandle | None = None
        """The run in progress, set by the code that starts it."""
        self._signal_number: int | None = None
        self._task: Task[object] | None = None

    @property
    def exit_code(self) -> int:
        """128 plus the signal number, or 0 without a signal."""
        return 128 + self._signal_number if self._signal_number else 0

    async def handle_signals(self, work: Awaitable[int]) -> int:
        """Await `work` with the signals handled; return its exit code, or the signal's if it was cancelled."""
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
            return self.exit_code
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
