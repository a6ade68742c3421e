"""Determines the outcome of a reversible change by reading the resource, whatever the answer was.

A change has no order. A single observation of the change proves it, because the precheck saw the old state. Its
absence proves nothing while the request may still be executed or a read may be outdated; it counts only after the
quarantine, and if a second observation agrees.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from unsub_tui.domain.outcome import State
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.engine.run.context import RunContext
from unsub_tui.engine.run.presence import Presence, is_presence_confirmed, observe
from unsub_tui.engine.run.reconcile import request_age
from unsub_tui.journal.codec import ProblemDocument
from unsub_tui.journal.events import UnitEntry
from unsub_tui.journal.replay import UnitState

CHANGE_REVERTED = (
    "the service said that it was done, and the resource says that it is not; somebody may have changed it back"
)
RESOURCE_GONE = "the service said that it was done, and the resource is gone since"


async def poll_change(context: RunContext, unit: UnitState) -> UnitState:
    """Poll a change with a successful answer until it is visible or the time limit is reached."""
    policy = context.policy
    return await context.poll_until_changed(
        unit,
        partial(_record_presence, context),
        policy.poll_delays,
        lambda: policy.settle_limit_seconds,
        immediately=True,
    )


async def reconcile_change(context: RunContext, unit: UnitState, *, immediately: bool = False) -> UnitState:
    """Poll a change without an answer until its outcome is known or the time limit is reached."""
    policy = context.policy
    return await context.poll_until_changed(
        unit,
        partial(_record_presence, context),
        policy.reconcile_delays,
        lambda: policy.unknown_limit_seconds,
        immediately=immediately,
    )


async def _record_presence(context: RunContext, unit: UnitState) -> UnitState:
    """Observe the resource once, and journal the outcome it proves."""
    began = context.clock.now()
    presence = await observe(context, unit, allow_full_listing=True)
    if presence is Presence.CHANGE_APPLIED:
        state = State.SETTLED if unit.state is State.ACCEPTED else State.ACCEPTED
        return context.record(unit, UnitEntry(state=state))
    if presence is Presence.UNSURE:
        return unit
    is_over = request_age(context, unit, began) >= timedelta(seconds=context.policy.quarantine_seconds)
    if presence is Presence.PRESENT and not is_over:
        return unit
    if not await is_presence_confirmed(context, unit, presence, allow_full_listing=True):
        return unit
    return context.record(unit, _final_entry(unit, presence))


def _final_entry(unit: UnitState, presence: Presence) -> UnitEntry:
    """Return the final entry for a change whose resource is gone or unchanged."""
    if unit.state is State.ACCEPTED:
        detail = RESOURCE_GONE if presence is Presence.GONE else CHANGE_REVERTED
        problem = ProblemDocument.of(Problem(kind=ProblemKind.SERVICE, detail=detail))
        return UnitEntry(state=State.ORDER_FAILED, problem=problem)
    return UnitEntry(
        state=State.GONE_NO_ORDER if presence is Presence.GONE else State.NOT_EXECUTED, problem=unit.problem
    )
