"""The events of the record: each says what became known, and is never changed afterwards."""

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
"""Stands for the hash of the event before the first."""


class EventKind(StrEnum):
    """The kinds of events."""

    RUN_STARTED = "run_started"
    """A plan was confirmed; all its units are."""
    UNIT = "unit"
    """A unit entered a state, or more became known in the state it is in."""
    RUN_ENDED = "run_ended"


MAX_OFFSET_SECONDS = 250 * 366 * 86_400
"""Maximum difference of two clocks; an earlier version recorded more where a header named the year 9999."""


def _bounded_offset(seconds: float) -> float:
    return seconds if abs(seconds) <= MAX_OFFSET_SECONDS else 0.0


class Attempt(Document):
    """One request that is about to leave."""

    attempt_id: Text
    resource_ids: tuple[Text, ...]
    action: Action
    amounts: AmountsDocument
    """What the person was shown."""
    request_hash: Text
    sdk_date: Text
    sent: AwareDatetime
    """By this machine's clock."""
    server_offset_seconds: Annotated[float, AfterValidator(_bounded_offset)] = 0
    """What to add to this machine's clock to get the service's, as far as known."""


class RunStarted(Document):
    """Binds the run's document into the chain."""

    v: Literal[1] = 1
    document_hash: Text


class UnitEntry(Document):
    """What became known of one unit."""

    v: Literal[1] = 1
    state: State
    attempt: Attempt | None = None
    """Only with `submitting`."""
    order_ids: tuple[Text, ...] = ()
    """Only with `accepted`."""
    candidates: tuple[Text, ...] = ()
    disproved: tuple[Text, ...] = ()
    """Only with `unknown` after `accepted`: orders that the service named and that are not the unit's."""
    problem: ProblemDocument | None = None
    exact: AmountsDocument | None = None
    order_status: int | None = None
    """The vendor's state of the order, where it was read; a review shows in it."""
    breakdown: BreakdownDocument | None = None
    """Only with `settled`, after it."""
    aftermath: FollowupDocument | None = None
    """Only with `settled`, after it: what was left when it was looked at."""


class RunClosed(Document):
    """The run ended."""

    v: Literal[1] = 1
    problem: ProblemDocument | None = None


Entry = RunStarted | UnitEntry | RunClosed
"""What an event can say."""

ENTRY_TYPES: dict[EventKind, type[RunStarted | UnitEntry | RunClosed]] = {
    EventKind.RUN_STARTED: RunStarted,
    EventKind.UNIT: UnitEntry,
    EventKind.RUN_ENDED: RunClosed,
}
"""The form of each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One row of the record."""

    seq: int
    at: str
    run_id: str
    unit: int | None
    """The unit's position in its run; None where the event is about the run."""
    kind: str
    payload: str
    previous: str
    """The hash of the event before."""
    hash: str

    def compute_hash(self) -> str:
        """Return the hash that this event must have."""
        return compute_hash(str(self.seq), self.at, self.run_id, str(self.unit), self.kind, self.payload, self.previous)

    def decode_entry(self) -> Entry:
        """Return what the event says; raises ValueError for a form that is not known."""
        return ENTRY_TYPES[EventKind(self.kind)].model_validate_json(self.payload)

    def written_at(self) -> datetime:
        """Return when it was written."""
        return datetime.fromisoformat(self.at)


def compute_hash(*facts: str) -> str:
    """Return the hash of an event's facts, in the order of its row; lengths keep one from running into the next."""
    return digest("\n".join([f"{len(fact)}:{fact}" for fact in facts]))


def event_kind(entry: Entry) -> EventKind:
    """Return the kind of event that says this."""
    match entry:
        case RunStarted():
            return EventKind.RUN_STARTED
        case UnitEntry():
            return EventKind.UNIT
        case RunClosed():
            return EventKind.RUN_ENDED
    assert_never(entry)


def digest(text: str) -> str:
    """Return the hash of a text of the record."""
    return sha256(text.encode()).hexdigest()
