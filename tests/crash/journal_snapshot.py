"""The record as it lies on disk, read by other means than the program's: events alone, without its code."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

OPEN = frozenset({"submitting", "unknown", "accepted"})
UNSENT = frozenset({"confirmed", "skipped"})
DETAILS = frozenset({"order_status", "breakdown", "followup", "leftovers_read"})
"""Kinds of events that change no state; the others are named after the state that they lead to."""
STATE_BY_KIND = {"busy": "confirmed"}
"""States of kinds that have another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """One unit, as its events tell."""

    run_id: str
    resource_id: str
    together: tuple[str, ...] = ()
    """Other primary resources of its request."""
    state: str = "confirmed"
    order_ids: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    disproved: tuple[str, ...] = ()
    """Orders that an answer named and that are not the unit's."""
    since: datetime
    """When it entered its state."""
    requests: tuple[str, ...] = ()
    """Hashes of the requests that were about to leave, oldest first."""
    expected_leftover_count: int = 0
    leftover_states: tuple[str, ...] = ()
    """What the services last said about the expected leftovers."""

    @property
    def requested(self) -> tuple[str, ...]:
        """The resources that its request names."""
        return (self.resource_id, *self.together)


@dataclass(slots=True)
class JournalSnapshot:
    """Everything in it."""

    rows: dict[tuple[str, int], UnitRow] = field(default_factory=dict)
    ended: dict[str, bool] = field(default_factory=dict)
    """Which runs have ended, oldest first."""
    events: list[tuple[object, ...]] = field(default_factory=list)
    state_table: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)
    """What the derived table says: state and orders."""

    def units_of(self, resource_id: str) -> list[UnitRow]:
        """Return every unit of a resource, oldest first."""
        return [row for row in self.rows.values() if resource_id in row.requested]

    @property
    def orders(self) -> dict[str, set[str]]:
        """The orders that are on record for each resource, those that it may be included."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.rows.values():
            for each in row.requested:
                found[each] |= {*row.order_ids, *row.candidates}
        return found

    @property
    def orders_ever_named(self) -> dict[str, set[str]]:
        """All orders that are or were on record for each resource."""
        found = self.orders
        for row in self.rows.values():
            for each in row.requested:
                found[each] |= {*row.disproved}
        return found


def read_journal(path: Path) -> JournalSnapshot:
    """Read what is on disk now; an empty record where there is none."""
    record = JournalSnapshot()
    if not path.exists():
        return record
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)) as found:
        found.execute("BEGIN")
        if not found.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            return record
        documents = {run_id: json.loads(text) for run_id, text in found.execute("SELECT run_id, document FROM run")}
        record.events = found.execute("SELECT * FROM event ORDER BY seq").fetchall()
        record.state_table = {
            (run_id, unit): (state, orders)
            for run_id, unit, state, orders in found.execute("SELECT run_id, unit, state, order_ids FROM unit")
        }
    for _, at, run_id, unit, kind, payload, *_ in record.events:
        _apply_event(record, documents, (at, run_id, unit, kind, json.loads(str(payload))))
    return record


def _apply_event(
    record: JournalSnapshot, documents: dict[str, dict[str, list[dict[str, str]]]], event: tuple[object, ...]
) -> None:
    at, run_id, unit, kind, payload = event
    moment = datetime.fromisoformat(str(at))
    name = str(run_id)
    if kind == "run_started":
        record.ended[name] = False
        for index, item in enumerate(documents[name]["items"]):
            together = tuple(item["together_ids"])
            record.rows[name, index] = UnitRow(
                run_id=name,
                resource_id=item["resource_id"],
                together=together,
                since=moment,
                expected_leftover_count=len(item.get("expected_leftovers") or ()),
            )
    elif kind == "run_ended":
        record.ended[name] = True
    elif isinstance(unit, int) and isinstance(payload, dict):
        record.rows[name, unit] = _next_row(record.rows[name, unit], str(kind), payload, moment)


def _next_row(row: UnitRow, kind: str, payload: dict[str, object], moment: datetime) -> UnitRow:
    attempt, named = payload.get("attempt"), payload.get("candidates" if kind == "candidates" else "order_ids")
    orders = tuple(named) if isinstance(named, list) else ()
    if kind == "orders_disproved":
        return replace(row, state="unknown", since=moment, order_ids=(), disproved=(*row.disproved, *orders))
    if kind == "candidates":
        return replace(row, candidates=orders)
    if kind == "leftovers_read":
        checks = payload["stays_behind"]
        assert isinstance(checks, list)
        return replace(row, leftover_states=tuple(each["answer"]["state"] for each in checks))
    if kind in DETAILS:
        return row
    return replace(
        row,
        state=STATE_BY_KIND.get(kind, kind),
        since=moment,
        order_ids=orders or row.order_ids,
        candidates=(),
        requests=(*row.requests, str(attempt["request_hash"])) if isinstance(attempt, dict) else row.requests,
    )
