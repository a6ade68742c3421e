"""What a sandbox remembers across restarts: not the catalogue, which is drawn again, but what happened to it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

LATEST = 7_258_118_400
"""The first second of 2200."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS attempts (number INTEGER PRIMARY KEY, body TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that changed the ledger."""

    moment: float
    kind: str
    """unsubscribe, cancel or policy."""
    resource_ids: tuple[str, ...] = ()
    value: int = 0
    """Type of the unsubscription, or the new policy."""
    order_id: str = ""


class StateFile:
    """The SQLite file behind a sandbox. Callers hold the ledger's lock."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.executescript(_SCHEMA)
        except sqlite3.Error as error:
            self.close()
            raise ValueError(f"{path} cannot be used as a state file: {error}") from error

    def load_options(self, first: Mapping[str, object]) -> dict[str, object]:
        """Give what the sandbox was made with; a new file takes `first`."""
        rows = self._connection.execute("SELECT name, value FROM facts").fetchall()
        if not rows:
            pairs = [(name, json.dumps(value)) for name, value in first.items()]
            self._connection.executemany("INSERT INTO facts VALUES (?, ?)", pairs)
            return dict(first)
        return {name: json.loads(value) for name, value in rows}

    def last_event_time(self) -> float:
        """Give the ledger time of the last thing that happened; raises ValueError for one outside the calendar."""
        last = max((event.moment for event in self.events()), default=0.0)
        if not 0 <= last <= LATEST:
            raise ValueError("the state file has a time that is out of range")
        return last

    def events(self) -> Iterator[Event]:
        """Give what happened, oldest first."""
        for (body,) in self._connection.execute("SELECT body FROM events ORDER BY number").fetchall():
            facts = json.loads(body)
            yield Event(**{**facts, "resource_ids": tuple(facts["resource_ids"])})

    def add_event(self, event: Event) -> None:
        """Write down what happened."""
        self._connection.execute("INSERT INTO events (body) VALUES (?)", (json.dumps(asdict(event)),))

    def request_log(self) -> list[str]:
        """Give the unsubscribe requests that came in, oldest first."""
        return [body for (body,) in self._connection.execute("SELECT body FROM attempts ORDER BY number")]

    def add_request(self, text: str) -> None:
        """Write down an unsubscribe request."""
        self._connection.execute("INSERT INTO attempts (body) VALUES (?)", (text,))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
