"""Documents for records, made without any service."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from unsub_tui.domain.account import AccountRef, Actor
from unsub_tui.domain.action import Action
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.plan import Confirmation
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.journal import events
from unsub_tui.journal.codec import ItemDocument, RunDocument
from unsub_tui.journal.replay import JournalState
from unsub_tui.journal.store import Journal

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

AMOUNTS = Amounts(currency="USD", paid=Decimal("12.3400"), refund=Decimal("5.1"))


def make_item(resource_id: str, name: str = "web") -> ItemDocument:
    """Return an item."""
    return ItemDocument(
        resource_id=resource_id,
        resource_name=UntrustedText(name),
        service_type_code=UntrustedText("hws.service.type.ec2"),
        resource_type_code=UntrustedText("hws.resource.type.vm"),
        region_code=UntrustedText("eu-west-101"),
        attached_ids=("disk-1",),
        fingerprint={"status": 2, "expire_time": None, "attached": ["disk-1"]},
        base_order_ids=("CS1",),
        estimate=AMOUNTS,
    )


def make_run(run_id: str = "run-1", *ids: str, name: str = "web") -> RunDocument:
    """Return a run of these resources, or of one."""
    return RunDocument(
        run_id=run_id,
        started=NOW,
        account=AccountRef(account_id="acc-1", name=UntrustedText("an account"), site="intl"),
        actor=Actor(operator="tester"),
        confirmation=Confirmation(digest="0" * 64, phrase="acc-1 1", acknowledged=frozenset()),
        action=Action.UNSUBSCRIBE,
        sentinel_id="other",
        items=tuple(make_item(each, name) for each in ids or ("ecs-1",)),
        account_resources=0,
    )


PROBLEM = Problem(kind=ProblemKind.SERVICE, detail="no clear answer")

ATTEMPT = events.Attempt(
    resource_ids=("ecs-1",),
    request_hash="h",
    sdk_date="20260302T090000Z",
    sent=NOW + timedelta(seconds=1),
)
"""A request that is about to leave."""

_ENTRIES: dict[State, events.UnitEntry] = {
    State.CONFIRMED: events.Confirmed(),
    State.SUBMITTING: events.Submitting(attempt=ATTEMPT),
    State.ACCEPTED: events.Accepted(order_ids=("CS9",)),
    State.SETTLED: events.Settled(),
    State.ORDER_FAILED: events.OrderFailed(problem=PROBLEM),
    State.REJECTED: events.Rejected(problem=PROBLEM),
    State.UNKNOWN: events.Unknown(problem=PROBLEM),
    State.GONE_NO_ORDER: events.GoneNoOrder(),
    State.NOT_EXECUTED: events.NotExecuted(),
    State.SKIPPED: events.Skipped(problem=PROBLEM),
}


def make_entry(state: State, before: State = State.SUBMITTING) -> events.UnitEntry:
    """Return the entry with which a unit enters a state from the one before."""
    if state is State.UNKNOWN and before is State.ACCEPTED:
        return events.OrdersDisproved(order_ids=("CS9",), problem=PROBLEM)
    return _ENTRIES[state]


def write_run(path: Path, *states: State, run_id: str = "run-1", cache_dir: Path | None = None) -> JournalState:
    """Record a run of one resource that goes through these states; return the record's state."""
    with closing(Journal.open(path, cache_dir=cache_dir)) as journal:
        (unit,) = journal.start_run(make_run(run_id))
        for state in states:
            unit = journal.record_unit(unit, make_entry(state, unit.state), NOW)
        return journal.state
