"""Errors of the journal: it is corrupt, or it cannot be used at the moment.

The distinction determines the advice. A corrupt journal must be set aside by hand. A journal that another program
has locked, or that is on an unresponsive disk, is presumably intact and must stay in place.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError

_NEXT_STEP: dict[int, FactCode] = {
    sqlite3.SQLITE_BUSY: "step_close_program",
    sqlite3.SQLITE_LOCKED: "step_close_program",
    sqlite3.SQLITE_PROTOCOL: "step_close_program",
    sqlite3.SQLITE_CANTOPEN: "step_make_writable",
    sqlite3.SQLITE_READONLY: "step_make_writable",
    sqlite3.SQLITE_PERM: "step_make_writable",
    sqlite3.SQLITE_AUTH: "step_make_writable",
    sqlite3.SQLITE_FULL: "step_free_space",
    sqlite3.SQLITE_NOMEM: "step_free_space",
    sqlite3.SQLITE_IOERR: "step_check_disk",
    sqlite3.SQLITE_NOLFS: "step_check_disk",
}
"""SQLite errors caused by the machine, not by the journal, with the next step for each."""


class CorruptJournalError(UnsubError):
    """The journal is not what was written: the only error that permits setting it aside."""


def journal_error(code: FactCode, path: Path, **values: str | int | Fact | None) -> UnsubError:
    """Return the error for a journal that cannot be used."""
    return UnsubError(Problem(kind=ProblemKind.JOURNAL, facts=(fact(code, path=str(path), **values),)))


@contextmanager
def os_errors(code: FactCode, path: Path) -> Iterator[None]:
    """Raise errors of the operating system in this block as a JOURNAL problem with this code."""
    try:
        yield
    except OSError as error:
        raise journal_error(code, path, why=error.strerror) from error


def corrupt_journal(path: Path, reason: Fact | str) -> CorruptJournalError:
    """Return the error for a corrupt journal, with the next steps; the reason can be a text of SQLite.

    No new journal is started automatically: pending items of this one would be forgotten and could be sent again.
    """
    stated = fact("record_corrupt", path=str(path), reason=reason, account=path.stem)
    return CorruptJournalError(Problem(kind=ProblemKind.JOURNAL, facts=(stated,)))


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Raise errors of SQLite in this block as problems: of the machine, or of a corrupt journal."""
    try:
        yield
    except sqlite3.Error as error:
        primary_code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # errors of the Python module itself have no code
        step = _NEXT_STEP.get(primary_code)
        if step is None:
            raise corrupt_journal(path, str(error)) from error
        raise journal_error("record_unavailable", path, why=str(error), step=fact(step)) from error
