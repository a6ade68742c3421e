"""What became of a change that can be undone: only reading the resource tells, whatever was answered.

There is no order to look for. One look that sees the change is proof, because the read before the request did not see
it. That it is not there proves nothing as long as the request may still be under way, or a read may be behind: it
counts after the quarantine, and when a second look agrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from unsub_tui.domain.outcome import State
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.engine.evidence import Sight, look, seen_twice
from unsub_tui.engine.reconcile import age
from unsub_tui.engine.session import Session
from unsub_tui.engine.timing import waits
from unsub_tui.journal.documents import ProblemDocument
from unsub_tui.journal.entries import UnitEntry
from unsub_tui.journal.state import UnitState

NOT_KEPT = "the service said that it was done, and the resource says that it is not; somebody may have changed it back"
GONE_BEFORE = "the service said that it was done, and the resource is gone since"


async def watch_change(session: Session, unit: UnitState) -> UnitState:
    """Follow a change that was answered with success until a look sees it, or patience ends."""
    limit = float("inf") if session.follows_to_the_end else session.pace.settle_limit_seconds
    return await _follow(session, unit, session.pace.poll, limit, at_once=True)


async def reconcile_change(session: Session, unit: UnitState, *, at_once: bool = False) -> UnitState:
    """Look into a change whose answer was lost until it is known what came of it, or patience ends."""
    return await _follow(session, unit, session.pace.reconcile, session.unknown_limit_seconds, at_once=at_once)


async def _follow(
    session: Session, unit: UnitState, schedule: Sequence[float], limit: float, *, at_once: bool
) -> UnitState:
    began_as = unit.state
    for wait in waits(schedule):
        if not at_once:
            await session.nap(wait, limit)
        at_once = False
        try:
            unit = await _judge(session, unit)
        except UnsubError as error:
            if session.gives_up(unit, error):
                break
        else:
            session.tell_trouble(unit, None)
        if unit.state is not began_as or session.patience(limit) <= 0:
            break
    return unit


async def _judge(session: Session, unit: UnitState) -> UnitState:
    """Look once, and record what it proves."""
    began = session.clock.now()
    sight = await look(session, unit, whole=True)
    if sight is Sight.HOLDS:
        state = State.SETTLED if unit.state is State.ACCEPTED else State.ACCEPTED
        return session.record(unit, UnitEntry(state=state))
    if sight is Sight.UNSURE:
        return unit
    is_over = age(session, unit, began) >= timedelta(seconds=session.pace.quarantine_seconds)
    if sight is Sight.PRESENT and not is_over:
        return unit
    if not await seen_twice(session, unit, sight, whole=True):
        return unit
    return session.record(unit, _end(unit, sight))


def _end(unit: UnitState, sight: Sight) -> UnitEntry:
    """Return how a change ends that cannot be seen any more, or is not there."""
    if unit.state is State.ACCEPTED:
        detail = GONE_BEFORE if sight is Sight.GONE else NOT_KEPT
        problem = ProblemDocument.of(Problem(kind=ProblemKind.SERVICE, detail=detail))
        return UnitEntry(state=State.ORDER_FAILED, problem=problem)
    return UnitEntry(state=State.GONE_NO_ORDER if sight is Sight.GONE else State.NOT_EXECUTED, problem=unit.problem)
