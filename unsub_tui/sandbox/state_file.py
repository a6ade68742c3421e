"""Changes of the account, and a file that saves them across restarts; purchases are generated again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

_LATEST = 7_258_118_400
"""Latest valid timestamp: 2200-01-01 in UTC."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Something that happened to the account."""

    moment: float
    """Simulated time in seconds since 1970."""


class Start(Event, frozen=True, kw_only=True):
    """Start of the account, from which its purchases are generated; the first event of a file."""

    resources: int
    seed: int
    site: str
    hostile: bool
    odd_terms: bool = False
    databases: bool = False


class UnsubscribeRequest(Event, frozen=True, kw_only=True):
    """A received unsubscribe request and its result; tests read it in-process, never over HTTP."""

    resource_ids: tuple[str, ...]
    """Ids in the request; empty if the body could not be parsed."""
    unsubscribe_type: int = 0
    """1 or 2, or 3 for a change to pay-per-use; 0 if the request was rejected."""
    executed: tuple[str, ...] = ()
    """Ids of the request that were unsubscribed; other attached resources are not listed."""
    order_ids: tuple[str, ...] = ()
    """Ids of the created orders, one per group of primary resources."""
    error_code: str | None = None
    """Error code of a request that was rejected as a whole, or `fault ACTION` if a fault prevented it."""


class Cancellation(Event, frozen=True, kw_only=True):
    """Cancellation of an unsubscription order."""

    order_id: str


class PolicyChange(Event, frozen=True, kw_only=True):
    """Change of the expiry policy of a resource and its attached resources."""

    resource_id: str
    policy: int


class StateFile:
    """SQLite file with the state of a sandbox. Callers must hold the account's lock."""

    def __init__(self, path: Path) -> None:
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise ValueError(f"{path} cannot be used as a state file: {error}") from error
        try:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY, body TEXT NOT NULL)"
            )
        except sqlite3.Error as error:
            self.close()
            raise ValueError(f"{path} cannot be used as a state file: {error}") from error

    def events(self) -> Iterator[Start | UnsubscribeRequest | Cancellation | PolicyChange]:
        """Yield the saved events, oldest first. Raise ValueError for an invalid one."""
        for (body,) in self._connection.execute("SELECT body FROM events ORDER BY number").fetchall():
            yield msgspec.convert(json.loads(body), Start | UnsubscribeRequest | Cancellation | PolicyChange)

    def add_event(self, event: Event) -> None:
        """Save an event."""
        # Requests may contain lone surrogates, which json escapes and msgspec's own encoder refuses.
        self._connection.execute("INSERT INTO events (body) VALUES (?)", (json.dumps(msgspec.to_builtins(event)),))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def check_time(seconds: float) -> float:
    """Return a time read from a file. Raise ValueError if no calendar has it."""
    if not 0 <= seconds <= _LATEST:
        raise ValueError("the state file has a time that is out of range")
    return seconds
