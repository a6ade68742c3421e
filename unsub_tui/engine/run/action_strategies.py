"""Strategies that find the outcome of an action: from its orders or, for a reversible change, from the resource."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial

from unsub_tui.domain.action import Action
from unsub_tui.domain.fact import FactCode, fact
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.run.context import RunContext
from unsub_tui.engine.run.presence import Presence, is_presence_confirmed, observe
from unsub_tui.engine.run.reconcile import is_quarantine_over, reconcile
from unsub_tui.engine.run.settle import poll_order
from unsub_tui.journal import events
from unsub_tui.journal.replay import UnitState


class ActionStrategy(ABC):
    """The part of a run that depends on its action."""

    @abstractmethod
    async def settle(self, context: RunContext, unit: UnitState, *, immediately: bool) -> UnitState:
        """Poll an accepted unit until it has another state or the time limit is reached."""

    @abstractmethod
    async def reconcile(self, context: RunContext, unit: UnitState, *, immediately: bool) -> UnitState:
        """Poll a unit without a clear answer until its outcome is known or the time limit is reached."""


def strategy_for(action: Action) -> ActionStrategy:
    """Return the strategy for an action."""
    return _Unsubscription() if action.creates_order else _Change()


class _Unsubscription(ActionStrategy):
    """An unsubscription, which creates an order."""

    async def settle(self, context: RunContext, unit: UnitState, *, immediately: bool) -> UnitState:
        """Poll the unit's orders and its resource."""
        return await poll_order(context, unit, immediately=immediately)

    async def reconcile(self, context: RunContext, unit: UnitState, *, immediately: bool) -> UnitState:
        """Search for the unit's order, and observe its resource."""
        return await reconcile(context, unit, immediately=immediately)


class _Change(ActionStrategy):
    """A change of the expiry policy, which creates no order: its outcome is visible on the resource.

    A single observation of the change proves it, because the precheck saw the old state. Its absence proves nothing
    while the request may still be executed or a read may be outdated; it counts only after the quarantine, and if a
    second observation agrees.
    """

    async def settle(self, context: RunContext, unit: UnitState, *, immediately: bool) -> UnitState:
        """Observe the resource, also right after the answer: it usually shows the change at once."""
        del immediately
        policy = context.policy
        read_once = partial(_record_presence, context)
        return await context.poll_until_changed(
            unit, read_once, policy.poll_delays, lambda: policy.settle_limit_seconds, immediately=True
        )

    async def reconcile(self, context: RunContext, unit: UnitState, *, immediately: bool) -> UnitState:
        """Observe the resource."""
        policy = context.policy
        read_once = partial(_record_presence, context)
        return await context.poll_until_changed(
            unit, read_once, policy.reconcile_delays, lambda: policy.unknown_limit_seconds, immediately=immediately
        )


async def _record_presence(context: RunContext, unit: UnitState) -> UnitState:
    """Observe the resource once, and journal the outcome it proves."""
    began = context.clock.now()
    presence = await observe(context, unit, allow_full_listing=True)
    if presence is Presence.CHANGE_APPLIED:
        return context.record(unit, events.Settled() if unit.state is State.ACCEPTED else events.Accepted())
    if presence is Presence.UNSURE:
        return unit
    if presence is Presence.PRESENT and not is_quarantine_over(context, unit, began):
        return unit
    if not await is_presence_confirmed(context, unit, presence, allow_full_listing=True):
        return unit
    return context.record(unit, _final_entry(unit, presence))


def _final_entry(unit: UnitState, presence: Presence) -> events.UnitEntry:
    """Return the final entry for a change whose resource is gone or unchanged."""
    if unit.state is State.ACCEPTED:
        code: FactCode = "gone_after_change" if presence is Presence.GONE else "change_reverted"
        return events.OrderFailed(problem=Problem(kind=ProblemKind.SERVICE, facts=(fact(code),)))
    return events.GoneNoOrder() if presence is Presence.GONE else events.NotExecuted()
