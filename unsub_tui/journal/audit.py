"""Audit of journals: verify them, export their events for external checks, set corrupt ones aside."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.domain.unit_state import OPEN_STATES
from unsub_tui.journal.events import RunStarted
from unsub_tui.journal.head import head_path
from unsub_tui.journal.journal_errors import CorruptJournalError, journal_error, os_errors
from unsub_tui.journal.paths import SET_ASIDE_MARKER, check_file
from unsub_tui.journal.store import open_readonly, stored_events, verify
from unsub_tui.journal.strict_stat import path_exists

_FILE_SUFFIXES = ("", "-wal", "-shm", "-journal", "-head")
"""File name suffixes of a set-aside journal: database, SQLite's files beside it, head. The files are moved in this
order: after an interruption the remaining files are still detected as corrupt and can be set aside in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The result of auditing one account's journal."""

    path: Path
    problem: Problem | None = None
    """Why the journal is corrupt, or cannot be read now; None if it is sound."""
    is_readable: bool = True
    """Whether the journal could be read; otherwise its integrity is unknown."""
    events: int = 0
    runs: int = 0
    last_hash: str = ""
    """Hash of the last event: anyone who keeps it can later detect removed events."""
    open_items: tuple[str, ...] | None = None
    """Ids of resources with unknown outcome; None if not even these can be read."""

    @property
    def is_corrupt(self) -> bool:
        """Whether the journal is known to be corrupt."""
        return self.problem is not None and self.is_readable

    @property
    def account_id(self) -> str:
        """The account that the journal belongs to."""
        return self.path.stem


def audit(path: Path, cache_dir: Path | None = None) -> Audit:
    """Verify the database, the hash chain, and that the unit states follow from the events."""
    try:
        state = verify(path, cache_dir)
    except CorruptJournalError as error:
        return Audit(path=path, problem=error.problem, open_items=_read_open_items(path))
    except UnsubError as error:
        return Audit(path=path, problem=error.problem, is_readable=False)
    return Audit(
        path=path,
        events=state.seq,
        runs=len(state.runs),
        last_hash=state.hash,
        open_items=tuple(unit.item.resource_id for unit in state.open_units()),
    )


def export_events(path: Path) -> Iterator[Mapping[str, object]]:
    """Yield every event as stored, without verification; raise a JOURNAL problem if the journal cannot be read.

    `payload` and `document` are the exact texts that the hashes cover.
    """
    if not path_exists(path, follow=False):  # only a log, or the head of an empty journal
        return
    check_file(path)
    try:
        with closing(open_readonly(path)) as connection:
            documents = dict(connection.execute("SELECT run_id, document FROM run").fetchall())
            for event in stored_events(connection):
                more = {"document": documents.get(event.run_id)} if event.kind == RunStarted.kind else {}
                yield {"account": path.stem, **asdict(event), **more}
    except sqlite3.Error as error:
        raise journal_error("record_unreadable", path, why=str(error)) from error


def set_aside(path: Path, now: datetime) -> Path:
    """Rename a corrupt journal and all its files; the caller must hold the account's lock.

    Return the new path, or that of the first moved file if the database is missing.
    """
    aside = path.with_name(f"{path.name}{SET_ASIDE_MARKER}{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    moved = []
    with os_errors("path_unusable", path):
        if path_exists(aside, follow=False):
            raise journal_error("record_exists", aside)
        for suffix in _FILE_SUFFIXES:
            source = head_path(path) if suffix == "-head" else path.with_name(path.name + suffix)
            with suppress(FileNotFoundError):
                moved.append(source.rename(aside.with_name(aside.name + suffix)))
    return min(moved)


def _read_open_items(path: Path) -> tuple[str, ...] | None:
    """Return the pending items of a corrupt journal, or None if they cannot be read."""
    states = ", ".join(f"'{state.value}'" for state in OPEN_STATES)
    try:
        check_file(path)
        with closing(open_readonly(path)) as connection:
            rows = connection.execute(f"SELECT resource_id FROM unit WHERE state IN ({states})").fetchall()  # noqa: S608
    except (sqlite3.Error, UnsubError, OSError):
        return None
    return tuple(str(resource_id) for (resource_id,) in rows)
