"""Documents for records, made without any service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from unsub_tui.domain.action import Action
from unsub_tui.domain.outcome import State
from unsub_tui.domain.plan import UnsubscribeReason
from unsub_tui.journal.codec import AmountsDocument, ItemDocument, RunDocument
from unsub_tui.journal.events import Attempt, UnitEntry

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

AMOUNTS = AmountsDocument(currency="USD", paid=Decimal("12.3400"), refund=Decimal("5.1"))


def make_item(resource_id: str, name: str = "web") -> ItemDocument:
    """Return an item."""
    return ItemDocument(
        resource_id=resource_id,
        resource_name=name,
        service_type_code="hws.service.type.ec2",
        resource_type_code="hws.resource.type.vm",
        region_code="eu-west-101",
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
        account_id="acc-1",
        account_name="an account",
        site="intl",
        operator="tester",
        plan_digest="0" * 64,
        action=Action.UNSUBSCRIBE,
        sentinel_id="other",
        phrase="acc-1 1",
        acknowledged=(),
        reason=UnsubscribeReason.OTHER,
        reason_text="",
        items=tuple(make_item(each, name) for each in ids or ("ecs-1",)),
    )


def make_attempt() -> Attempt:
    """Return a request that is about to leave."""
    return Attempt(
        attempt_id="a",
        resource_ids=("ecs-1",),
        action=Action.UNSUBSCRIBE,
        amounts=AMOUNTS,
        request_hash="h",
        sdk_date="20260302T090000Z",
        sent=NOW + timedelta(seconds=1),
    )


def make_entry(state: State) -> UnitEntry:
    """Return the entry with which a unit enters a state."""
    return UnitEntry(
        state=state,
        attempt=make_attempt() if state is State.SUBMITTING else None,
        order_ids=("CS9",) if state is State.ACCEPTED else (),
    )
