"""Records under the eyes of others: checked, written out for checking elsewhere, set aside when they are broken."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from unsub_tui.domain.outcome import OPEN_STATES
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.journal.head import head_path
from unsub_tui.journal.journal_errors import CorruptJournalError, journal_error
from unsub_tui.journal.paths import SET_ASIDE_MARKER, check_file
from unsub_tui.journal.store import open_readonly, verify
from unsub_tui.journal.strict_stat import path_exists

_FILE_SUFFIXES = ("", "-wal", "-shm", "-journal", "-head")
"""The database, what SQLite keeps beside it, and the head, as they are called once they are set aside. Moved in this
order: where that is interrupted, what is still in its place is not sound, and can be set aside in turn."""

_EVENT_COLUMNS = ("seq", "at", "run_id", "unit", "kind", "payload", "previous", "hash")


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What an examination of one account's record found."""

    path: Path
    problem: str = ""
    """Why it is not sound, or nothing."""
    unreadable: str = ""
    """Why it cannot be read now, so that whether it is sound is not known; or nothing."""
    events: int = 0
    runs: int = 0
    last_hash: str = ""
    """The end of the chain: whoever keeps it can tell later whether events were taken away."""
    open_items: tuple[str, ...] | None = None
    """Ids of resources whose outcome is not known; None where even that cannot be read."""

    @property
    def account_id(self) -> str:
        """Whose record it is."""
        return self.path.stem


def audit(path: Path, cache_dir: Path | None = None) -> Audit:
    """Examine a record: the database, the chain of hashes, and whether the states are what the events come to."""
    try:
        state = verify(path, cache_dir)
    except CorruptJournalError as error:
        return Audit(path=path, problem=error.problem.detail, open_items=_read_open_items(path))
    except UnsubError as error:
        return Audit(path=path, unreadable=error.problem.detail)
    return Audit(
        path=path,
        events=state.seq,
        runs=len(state.runs),
        last_hash=state.hash,
        open_items=tuple(unit.item.resource_id for unit in state.open_units()),
    )


def export_events(path: Path) -> Iterator[Mapping[str, object]]:
    """Yield every event as it lies in the record, unchecked; raises JOURNAL where it cannot be read.

    `payload` and `document` are the very texts over which the hashes go.
    """
    if not path_exists(path, follow=False):  # all that there is of it is its log, or the head of one that has not begun
        return
    check_file(path)
    try:
        with closing(open_readonly(path)) as connection:
            documents = dict(connection.execute("SELECT run_id, document FROM run").fetchall())
            for row in connection.execute(f"SELECT {', '.join(_EVENT_COLUMNS)} FROM event ORDER BY seq"):  # noqa: S608 - ours
                event = dict(zip(_EVENT_COLUMNS, row, strict=True))
                more = {"document": documents.get(event["run_id"])} if event["kind"] == "run_started" else {}
                yield {"account": path.stem, **event, **more}
    except sqlite3.Error as error:
        raise journal_error(f"{for_display(str(path))} cannot be read: {for_display(str(error))}") from error


def set_aside(path: Path, now: datetime) -> Path:
    """Give a record that is not sound another name, with all that belongs to it; the caller holds the account's lock.

    Return the new name, or that of its first file where the database itself is missing.
    """
    aside = path.with_name(f"{path.name}{SET_ASIDE_MARKER}{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    moved = []
    try:
        if path_exists(aside, follow=False):
            raise journal_error(f"{for_display(str(aside))} is there already")
        for suffix in _FILE_SUFFIXES:
            source = head_path(path) if suffix == "-head" else path.with_name(path.name + suffix)
            with suppress(FileNotFoundError):
                moved.append(source.rename(aside.with_name(aside.name + suffix)))
    except OSError as error:
        raise journal_error(f"{for_display(str(path))} cannot be set aside: {error.strerror}") from error
    return min(moved)


def _read_open_items(path: Path) -> tuple[str, ...] | None:
    """Return what can still be read of the open items of a broken record."""
    states = ", ".join(f"'{state.value}'" for state in sorted(OPEN_STATES))
    try:
        check_file(path)
        with closing(open_readonly(path)) as connection:
            rows = connection.execute(f"SELECT resource_id FROM unit WHERE state IN ({states})").fetchall()  # noqa: S608
    except (sqlite3.Error, UnsubError, OSError):
        return None
    return tuple(str(resource_id) for (resource_id,) in rows)
