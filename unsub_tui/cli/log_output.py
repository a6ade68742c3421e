"""Outputs of the log of requests: `--log-file FILE`, and stderr with `--verbose`."""

from __future__ import annotations

import os
import stat
from functools import cache
from pathlib import Path

from unsub_tui import __version__
from unsub_tui.api.request_log import log_requests
from unsub_tui.cli.output import write_message
from unsub_tui.domain.fact import fact
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.engine.files import os_reason, unusable_file
from unsub_tui.present.i18n import _

_MARK = b"# unsub-tui"
"""The beginning of a log. Nothing is appended to a file without it."""

_APPEND = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def begin_log(file_name: str | None, *, is_verbose: bool) -> None:
    """Log all requests from now on, to a file and to stderr. Raises FILE."""
    writers = [] if file_name is None else [_open_log(str(Path(file_name).absolute())).write_line]
    log_requests(*writers, *([_write_to_stderr] if is_verbose else []))


def _write_to_stderr(line: str) -> None:
    write_message(line)


@cache
def _open_log(path: str) -> _LogFile:
    """Return the log in a file, which is one for all accounts of the process."""
    return _LogFile(path)


class _LogFile:
    """A file to which lines are appended. Nobody else can read a new one."""

    def __init__(self, path: str) -> None:
        self._shown = for_display(path)
        self._is_full = False
        try:
            self._file = os.open(path, _APPEND, 0o600)
            if not stat.S_ISREG(os.fstat(self._file).st_mode):
                raise unusable_file(path, fact("not_regular_file"), "not_written")
            if os.pread(self._file, len(_MARK), 0) not in (b"", _MARK):  # such as a plan file
                raise unusable_file(path, fact("file_exists"), "not_written")
            os.write(self._file, _MARK + f" {__version__}\n".encode())
        except (OSError, ValueError) as error:
            reason = fact("file_unwritable", reason=os_reason(error))
            raise unusable_file(path, reason, "not_written") from error

    def write_line(self, line: str) -> None:
        """Append a line. A full disk ends the log, and nothing else."""
        if self._is_full:
            return
        try:
            os.write(self._file, f"{line}\n".encode())
        except OSError as error:
            self._is_full = True
            words = _("The log {file} ends here: {why}")
            write_message(words.format(file=self._shown, why=error.strerror))
