"""State saved across restarts: the options, the changes and the request log; purchases are generated again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

LATEST = 7_258_118_400
"""Latest valid timestamp: 2200-01-01 in UTC."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS attempts (number INTEGER PRIMARY KEY, body TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A change to the account state."""

    moment: float
    kind: str
    """unsubscribe, cancel or policy."""
    resource_ids: tuple[str, ...] = ()
    value: int = 0
    """Unsubscription type, or new expiry policy."""
    order_id: str = ""


class StateFile:
    """SQLite file with the state of a sandbox. Callers must hold the account's lock."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.executescript(_SCHEMA)
        except sqlite3.Error as error:
            self.close()
            raise ValueError(f"{path} cannot be used as a state file: {error}") from error

    def load_options(self, first: Mapping[str, object]) -> dict[str, object]:
        """Return the saved options of the sandbox; save `first` in a new file."""
        rows = self._connection.execute("SELECT name, value FROM facts").fetchall()
        if not rows:
            pairs = [(name, json.dumps(value)) for name, value in first.items()]
            self._connection.executemany("INSERT INTO facts VALUES (?, ?)", pairs)
            return dict(first)
        return {name: json.loads(value) for name, value in rows}

    def last_event_time(self) -> float:
        """Return the simulated time of the last event. Raise ValueError if it is out of range."""
        last = max((event.moment for event in self.events()), default=0.0)
        if not 0 <= last <= LATEST:
            raise ValueError("the state file has a time that is out of range")
        return last

    def events(self) -> Iterator[Event]:
        """Yield the saved events, oldest first."""
        for (body,) in self._connection.execute("SELECT body FROM events ORDER BY number").fetchall():
            facts = json.loads(body)
            yield Event(**{**facts, "resource_ids": tuple(facts["resource_ids"])})

    def add_event(self, event: Event) -> None:
        """Save an event."""
        self._connection.execute("INSERT INTO events (body) VALUES (?)", (json.dumps(asdict(event)),))

    def request_log(self) -> list[str]:
        """Return the JSON log entries of unsubscribe requests, oldest first."""
        return [body for (body,) in self._connection.execute("SELECT body FROM attempts ORDER BY number")]

    def add_request(self, text: str) -> None:
        """Save the log entry of an unsubscribe request."""
        self._connection.execute("INSERT INTO attempts (body) VALUES (?)", (text,))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
