"""Events of the journal: immutable facts in order of recording."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Literal, assert_never

from pydantic import AfterValidator, AwareDatetime

from unsub_tui.domain.action import Action
from unsub_tui.domain.outcome import State
from unsub_tui.journal.codec import (
    AmountsDocument,
    BreakdownDocument,
    Document,
    FollowupDocument,
    ProblemDocument,
    Text,
)

GENESIS_HASH = "0" * 64
"""Previous hash of the first event."""


class EventKind(StrEnum):
    """Kinds of events."""

    RUN_STARTED = "run_started"
    """A plan was confirmed, and with it all its units."""
    UNIT = "unit"
    """A unit changed its state, or more became known in the same state."""
    RUN_ENDED = "run_ended"


MAX_OFFSET_SECONDS = 250 * 366 * 86_400
"""Maximum clock offset (250 years); larger values, which earlier versions recorded for the year 9999, are read as 0."""


def _bounded_offset(seconds: float) -> float:
    return seconds if abs(seconds) <= MAX_OFFSET_SECONDS else 0.0


class Attempt(Document):
    """A request about to be sent."""

    attempt_id: Text
    resource_ids: tuple[Text, ...]
    action: Action
    amounts: AmountsDocument
    """The amounts shown to the person."""
    request_hash: Text
    sdk_date: Text
    sent: AwareDatetime
    """Time of sending, by this machine's clock."""
    server_offset_seconds: Annotated[float, AfterValidator(_bounded_offset)] = 0
    """Seconds to add to this machine's clock to get Huawei Cloud's, as far as known."""


class RunStarted(Document):
    """Start of a run; includes the run's document in the hash chain."""

    v: Literal[1] = 1
    document_hash: Text


class UnitEntry(Document):
    """A change in what is known about a unit."""

    v: Literal[1] = 1
    state: State
    attempt: Attempt | None = None
    """The request; only with `submitting`."""
    order_ids: tuple[Text, ...] = ()
    """Orders that Huawei Cloud named; only with `accepted`."""
    candidates: tuple[Text, ...] = ()
    disproved: tuple[Text, ...] = ()
    """Orders that Huawei Cloud named but that are not the unit's; only with `unknown` after `accepted`."""
    problem: ProblemDocument | None = None
    exact: AmountsDocument | None = None
    order_status: int | None = None
    """Huawei Cloud's order status if it was read; it also shows a pending approval."""
    breakdown: BreakdownDocument | None = None
    """Refund details; only with `settled`, after completion."""
    aftermath: FollowupDocument | None = None
    """Result of the follow-up check; only with `settled`, after completion."""


class RunClosed(Document):
    """The end of a run."""

    v: Literal[1] = 1
    problem: ProblemDocument | None = None


Entry = RunStarted | UnitEntry | RunClosed
"""Content of an event."""

ENTRY_TYPES: dict[EventKind, type[RunStarted | UnitEntry | RunClosed]] = {
    EventKind.RUN_STARTED: RunStarted,
    EventKind.UNIT: UnitEntry,
    EventKind.RUN_ENDED: RunClosed,
}
"""Entry type of each event kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A row of the journal's `event` table."""

    seq: int
    at: str
    run_id: str
    unit: int | None
    """Position of the unit in its run; None if the event concerns the whole run."""
    kind: str
    payload: str
    previous: str
    """Hash of the previous event."""
    hash: str

    def compute_hash(self) -> str:
        """Return the hash that this event must have."""
        return compute_hash(str(self.seq), self.at, self.run_id, str(self.unit), self.kind, self.payload, self.previous)

    def decode_entry(self) -> Entry:
        """Return the decoded payload; raise ValueError for an unknown format."""
        return ENTRY_TYPES[EventKind(self.kind)].model_validate_json(self.payload)

    def written_at(self) -> datetime:
        """Return the time of recording."""
        return datetime.fromisoformat(self.at)


def compute_hash(*facts: str) -> str:
    """Return the hash of an event's fields in row order; length prefixes make field boundaries unambiguous."""
    return digest("\n".join([f"{len(fact)}:{fact}" for fact in facts]))


def event_kind(entry: Entry) -> EventKind:
    """Return the event kind of an entry."""
    match entry:
        case RunStarted():
            return EventKind.RUN_STARTED
        case UnitEntry():
            return EventKind.UNIT
        case RunClosed():
            return EventKind.RUN_ENDED
    assert_never(entry)


def digest(text: str) -> str:
    """Return the SHA-256 of a text as hexadecimal digits."""
    return sha256(text.encode()).hexdigest()
