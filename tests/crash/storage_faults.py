"""What can keep a victim from writing to its record, done from inside of it."""

from __future__ import annotations

import contextlib
import functools
import os
import resource
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.crash.crash_scenarios import Disturbance

FILLER = "filler"
"""A file beside the record that takes all the room there is."""

_connections: list[sqlite3.Connection] = []


def capture_connections() -> None:
    """Keep hold of the record's connection when it is made; a page limit can be set nowhere else."""

    class Caught(sqlite3.Connection):
        def __init__(self, *arguments: object, **more: object) -> None:
            super().__init__(*arguments, **more)  # type: ignore[arg-type]  # passed on as they come
            _connections.append(self)

    sqlite3.connect = functools.partial(sqlite3.connect, factory=Caught)  # type: ignore[assignment]


def _limit_pages() -> None:
    (pages,) = _connections[-1].execute("PRAGMA page_count").fetchone()
    _connections[-1].execute(f"PRAGMA max_page_count = {pages}")


def _read_only() -> None:
    _connections[-1].execute("PRAGMA query_only = ON")


def _limit_files() -> None:
    """Let no file grow beyond what the record's log holds now."""
    size = _path().with_name(f"{_path().name}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _fill_disk() -> None:
    """Write until nothing more goes in."""
    with (_path().parent / FILLER).open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        for size in (1 << 20, 1 << 10):
            with contextlib.suppress(OSError):
                while True:
                    filler.write(os.urandom(size))


def _path() -> Path:
    (_, _, name) = _connections[-1].execute("PRAGMA database_list").fetchone()
    return Path(name)


STORAGE_FAULTS: Mapping[Disturbance, Callable[[], None]] = {
    Disturbance.RECORD_FULL: _limit_pages,
    Disturbance.RECORD_READ_ONLY: _read_only,
    Disturbance.FILES_LIMITED: _limit_files,
    Disturbance.DISK_FULL: _fill_disk,
}
"""How each is done."""
