"""Events of the journal: immutable facts in order of recording, one class of entries for each kind of fact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, Field

from unsub_tui.domain.breakdown import Breakdown
from unsub_tui.domain.fact import Fact
from unsub_tui.domain.leftovers import FollowupResult, LeftoverCheck
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.problem import Problem
from unsub_tui.domain.unit_state import State
from unsub_tui.journal.codec import Document

GENESIS_HASH = "0" * 64
"""Previous hash of the first event."""


class Attempt(Document):
    """A request about to be sent; the run's document has its action and the confirmed amounts."""

    resource_ids: tuple[str, ...]
    request_hash: str
    sdk_date: str
    sent: AwareDatetime
    """Time of sending, by this machine's clock."""
    server_offset_seconds: float = 0
    """Seconds to add to this machine's clock to get Huawei Cloud's, as far as known."""


ENTRY_TYPES: dict[str, type[Entry]] = {}
"""Types of entries by kind."""


class Entry(Document):
    """Content of an event."""

    kind: ClassVar[str]
    """Name of the entry in the event's row."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_settings: Any) -> None:
        """Register a type of entries that has a kind."""
        if "kind" in vars(cls):
            ENTRY_TYPES[cls.kind] = cls


class RunStarted(Entry):
    """A plan was confirmed, and with it all its units. The hash chain includes the run's document."""

    kind = "run_started"
    document_hash: str


class RunClosed(Entry):
    """A run ended, early if there is a problem."""

    kind = "run_ended"
    problem: Problem | None = None


class UnitEntry(Entry):
    """A unit entered a state, which also is the kind of the entry unless it says more.

    The other fields replace those of the same name in the unit's state.
    """

    state: ClassVar[State]
    """State of the unit after the event."""


class UnitDetail(UnitEntry):
    """More became known about a unit; its state stays."""


class Submitting(UnitEntry):
    """A request is about to be sent."""

    kind = state = State.SUBMITTING
    attempt: Attempt


class Confirmed(UnitEntry):
    """The request was not executed, so the unit may be submitted again; the problem says why, if there is one."""

    kind = state = State.CONFIRMED
    problem: Problem | None = None


class Busy(UnitEntry):
    """Huawei Cloud refused the request because of another transaction, so it was not executed; it is sent again later.

    A process that ends before that has nothing to check: the unit is as if it had never been submitted.
    """

    kind = "busy"
    state = State.CONFIRMED
    problem: Problem
    retry_at: AwareDatetime | None = None
    """Time of the next request, by this machine's clock."""


class Skipped(UnitEntry):
    """The unit will not be submitted in this run."""

    kind = state = State.SKIPPED
    problem: Problem


class Rejected(UnitEntry):
    """Huawei Cloud rejected the request."""

    kind = state = State.REJECTED
    problem: Problem


class Accepted(UnitEntry):
    """Huawei Cloud accepted the request, or the unit's order was found; a reversible change has no order."""

    kind = state = State.ACCEPTED
    order_ids: tuple[str, ...] = ()
    notes: tuple[Fact, ...] = ()
    """What the response said about resources that were not requested."""


class OrderStatusRead(UnitDetail):
    """The orders of an accepted unit have another status; it also shows a pending approval."""

    kind = "order_status"
    state = State.ACCEPTED
    order_status: int


class Unknown(UnitEntry):
    """The request has no clear answer, or its refusal because of another transaction turned out to be doubtful."""

    kind = state = State.UNKNOWN
    problem: Problem


class OrdersDisproved(UnitEntry):
    """Orders that Huawei Cloud named turned out to belong to something else, so the outcome is unknown again."""

    kind = "orders_disproved"
    state = State.UNKNOWN
    order_ids: Annotated[tuple[str, ...], Field(min_length=1)]
    problem: Problem


class CandidatesFound(UnitDetail):
    """Several orders may belong to a unit with an unknown outcome."""

    kind = "candidates"
    state = State.UNKNOWN
    candidates: tuple[str, ...]


class GoneNoOrder(UnitEntry):
    """The resource of a unit with an unknown outcome is gone, and no order of it was found."""

    kind = state = State.GONE_NO_ORDER


class NotExecuted(UnitEntry):
    """The resource of a unit with an unknown outcome is unchanged, and the request can no longer be executed."""

    kind = state = State.NOT_EXECUTED


class OrderFailed(UnitEntry):
    """Huawei Cloud did not execute an order or a change that it had accepted."""

    kind = state = State.ORDER_FAILED
    problem: Problem


class Settled(UnitEntry):
    """The order is completed and the resource deleted, or the change is in effect; a change has no amounts."""

    kind = state = State.SETTLED
    exact: Amounts | None = None
    resource_status: int | None = None
    """Status in which the resource is still listed, see `read_retained_status`; None if it is gone."""


class BreakdownRead(UnitDetail):
    """More refund details of a settled unit became known."""

    kind = "breakdown"
    state = State.SETTLED
    breakdown: Breakdown


class FollowupChecked(UnitDetail):
    """The follow-up check of a settled unit has a new result."""

    kind = "followup"
    state = State.SETTLED
    followup: FollowupResult


class LeftoversRead(UnitDetail):
    """The services were asked about the expected leftovers of a settled unit."""

    kind = "leftovers_read"
    state = State.SETTLED
    stays_behind: tuple[LeftoverCheck, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """A row of the journal's `event` table; the fields are its columns."""

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
        """Return the hash that this event must have; length prefixes make field boundaries unambiguous.

        The chain of hashes reveals accidental edits and truncation, not an attacker who can write the file.
        """
        fields = (str(self.seq), self.at, self.run_id, str(self.unit), self.kind, self.payload, self.previous)
        return digest("\n".join([f"{len(field)}:{field}" for field in fields]))

    def decode(self) -> Entry:
        """Return the decoded payload; raise KeyError or ValueError for an unknown format."""
        return ENTRY_TYPES[self.kind].model_validate_json(self.payload)

    def written_at(self) -> datetime:
        """Return the time of recording."""
        return datetime.fromisoformat(self.at)


def digest(text: str) -> str:
    """Return the SHA-256 of a text as hexadecimal digits."""
    return sha256(text.encode()).hexdigest()
