"""Crash handling: a short message without values of variables, and a report in a private file.

This module overrides private methods of Textual, whose own crash screen prints local variables and thus secrets. For
that reason, Textual is pinned to an exact version.
"""

from __future__ import annotations

import os
import platform
import traceback
from pathlib import Path
from secrets import token_hex
from typing import Any

from textual.app import App
from textual.content import Content
from textual.worker import WorkerFailed

from unsub_tui import __version__
from unsub_tui.domain.untrusted_text import escape_unprintable
from unsub_tui.present.i18n import _


class CrashReportingApp(App[None]):
    """An app that exits with a short message and exit code 1 after an unexpected error."""

    crash_dir: Path

    def fail(self, error: Exception) -> None:
        """End the app after an error outside its message handlers, such as in a thread or an unawaited task."""
        self._handle_exception(error)

    def before_exit(self) -> None:
        """Stop work that must not continue without a screen; can be called from any thread and more than once."""

    def _handle_exception(self, error: Exception) -> None:
        """End the app with exit code 1, a message for the user, and a crash report with a traceback without values."""
        self._return_code = 1
        self.before_exit()
        if self._exception is None:
            cause = error.error if isinstance(error, WorkerFailed) else error  # Textual wraps the errors of workers
            self._exit_renderables.append(Content(report_crash(cause, self.crash_dir)))
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """Print only the first message."""
        for each in self._exit_renderables[:1]:
            self.error_console.print(str(each), markup=False, highlight=False)
        self._exit_renderables.clear()

    def panic(self, *renderables: Any) -> None:
        """End the app without printing the arguments."""
        del renderables
        self._handle_exception(RuntimeError("panic"))


def report_crash(error: BaseException, directory: Path) -> str:
    """Write a crash report; return the message for the user, without the error's text, which may contain secrets."""
    error_type = type(error).__name__
    try:
        incident, path = write_crash_report(directory, error)
    except OSError as problem:
        report_note = _("the report could not be written ({why})").format(
            why=problem.strerror or type(problem).__name__
        )
        name = error_type
    else:
        report_note = _("report: {path}").format(path=escape_unprintable(str(path)))
        name = f"{error_type}, {incident}"
    return (
        _("unsub-tui ended because of a program error ({name}); {report}").format(name=name, report=report_note)
        + "\n"
        + _("Submitted items are in the record: `unsub-tui runs`. Check their status: `unsub-tui resume`.")
    )


def write_crash_report(directory: Path, error: BaseException) -> tuple[str, Path]:
    """Write a crash report and return its incident id and path. Raise OSError on failure.

    Error messages may contain a key, an address with a password, or text from Huawei Cloud. The report therefore
    contains nothing but exception types and code lines.
    """
    incident = token_hex(4)
    path = directory / f"crash-{incident}.txt"
    lines = [f"unsub-tui {__version__}, Python {platform.python_version()}, incident {incident}\n", *_trace(error)]
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(lines)
    return incident, path


def _trace(error: BaseException) -> list[str]:
    """Return the traceback lines of the error and of its causes."""
    lines: list[str] = []
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        lines.append(f"{type(link).__module__}.{type(link).__qualname__}\n")
        lines.extend(traceback.format_tb(link.__traceback__))
        link = link.__cause__ or link.__context__
    return lines
