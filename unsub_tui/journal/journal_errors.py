"""Errors of the journal: it is corrupt, or it cannot be used at the moment.

The distinction determines the advice. A corrupt journal must be set aside by hand. A journal that another program
has locked, or that is on an unresponsive disk, is presumably intact and must stay in place.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.untrusted_text import for_display

_IF_BUSY = "close the program that uses it, then try again"
_IF_READ_ONLY = "make its directory writable again (a file system that was remounted read-only?), then try again"
_IF_FULL = "free some disk space or memory, then try again"
_IF_IO_ERROR = "check its disk or network file system, then try again"

_NEXT_STEP = {
    sqlite3.SQLITE_BUSY: _IF_BUSY,
    sqlite3.SQLITE_LOCKED: _IF_BUSY,
    sqlite3.SQLITE_PROTOCOL: _IF_BUSY,
    sqlite3.SQLITE_CANTOPEN: _IF_READ_ONLY,
    sqlite3.SQLITE_READONLY: _IF_READ_ONLY,
    sqlite3.SQLITE_PERM: _IF_READ_ONLY,
    sqlite3.SQLITE_AUTH: _IF_READ_ONLY,
    sqlite3.SQLITE_FULL: _IF_FULL,
    sqlite3.SQLITE_NOMEM: _IF_FULL,
    sqlite3.SQLITE_IOERR: _IF_IO_ERROR,
    sqlite3.SQLITE_NOLFS: _IF_IO_ERROR,
}
"""SQLite errors caused by the machine, not by the journal, with the next step for each."""


class CorruptJournalError(UnsubError):
    """The journal is not what was written: the only error that permits setting it aside."""


def journal_error(detail: str) -> UnsubError:
    """Return the error for a journal that cannot be used."""
    return UnsubError(Problem(kind=ProblemKind.JOURNAL, detail=detail))


def corrupt_journal(path: Path, reason: str) -> CorruptJournalError:
    """Return the error for a corrupt journal, with the next steps.

    No new journal is started automatically: pending items of this one would be forgotten and could be sent again.
    """
    detail = (
        f"{for_display(str(path))} is not sound ({for_display(reason)}); it was left as it is, and nothing is sent. "
        "It may hold items"
        " whose outcome is not known: look for their orders with `unsub-tui orders` and in Huawei Cloud's list of"
        f" orders, then begin a new record with `unsub-tui journal set-aside {for_display(path.stem)}`"
    )
    return CorruptJournalError(Problem(kind=ProblemKind.JOURNAL, detail=detail))


def error_from_sqlite(path: Path, error: sqlite3.Error) -> UnsubError:
    """Return the error for an SQLite error: a machine problem or a corrupt journal."""
    step = _NEXT_STEP.get(primary_error_code(error))
    if step is None:
        return corrupt_journal(path, str(error))
    shown, why = for_display(str(path)), for_display(str(error))
    return journal_error(f"{shown} cannot be read now ({why}); it was left as it is, and nothing is sent: {step}")


def primary_error_code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 for errors of the Python module itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
