"""What happens when something of ours breaks: a short text, no values of variables, and a report in a private file.

This is the one module that overrides a private method of Textual, whose own crash screen prints local variables,
and with them secrets. Textual is pinned exactly because of it.
"""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import Any

from textual.app import App
from textual.content import Content

from unsub_tui.present.words import _


class QuietCrash(App[None]):
    """An app that ends with a short text and exit code 1 when something unexpected happens."""

    crash_dir: Path

    def _handle_exception(self, error: Exception) -> None:
        """End the app: exit code 1, a line for the person, and the traceback without values in a file."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._exit_renderables.append(Content(crash_text(error, self.crash_dir)))
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """Print the first text only."""
        for each in self._exit_renderables[:1]:
            self.error_console.print(str(each), markup=False, highlight=False)
        self._exit_renderables.clear()

    def panic(self, *renderables: Any) -> None:
        """End the app without printing what it is given."""
        del renderables
        self._handle_exception(RuntimeError("panic"))


def crash_text(error: Exception, directory: Path) -> str:
    """Write the report; return what a person is told. The error's own words are not printed: they may hold secrets."""
    from secrets import token_hex  # not before it is needed: it takes 2 ms of every start

    incident = token_hex(4)
    path = directory / f"crash-{incident}.txt"
    what = type(error).__name__
    try:
        write_report(path, error)
    except OSError as problem:
        where = _("the report could not be written ({why})").format(why=problem.strerror or type(problem).__name__)
    else:
        where = _("report: {path}").format(path=path)
    return (
        _("unsub-tui ended because of a fault of its own ({what}, {incident}); {where}").format(
            what=what, incident=incident, where=where
        )
        + "\n"
        + _("What was already sent is in the record: `unsub-tui runs`, then `unsub-tui resume`.")
    )


def write_report(path: Path, error: Exception) -> None:
    """Write where it broke, without messages or values of variables, readable by the owner alone."""
    lines: list[str] = []
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        lines.append(f"{type(link).__module__}.{type(link).__qualname__}\n")
        lines.extend(traceback.format_tb(link.__traceback__))
        link = link.__cause__ or link.__context__
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(lines)
