"""Runs that stand still, hurry, are given up, or are watched by another process."""

from __future__ import annotations

import threading

import pytest

from tests.support.effort import TIMEOUT_SECONDS
from tests.support.engine_stage import EngineStage, collect_events
from unsub_tui.domain.fact import fact
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.run import RunPaused, UnitChanged
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.journal_reader import RunObserver, find_lock_owner

SLOW = {"operation": "unsubscribe", "action": "stall_after", "seconds": 30}


async def test_a_sign_of_life_does_not_make_up_for_a_long_silence(stage: EngineStage) -> None:
    """A program that comes back beats at once: nothing more leaves all the same before a person has decided (S5)."""
    plan = await stage.plan(stage.ids(2))

    def stall(step: str) -> None:
        if step == "commit accepted done" and stage.request_count == 1:
            stage.clock.advance(60)
            stage.handle.heartbeat()

    def go_on(paused: RunPaused) -> None:
        assert (stage.request_count, paused.problem.kind) == (1, ProblemKind.STOPPED)
        stage.handle.resume()

    events, _ = await collect_events(stage.start(plan, stage.run_config(attended=True, step=stall)), go_on)

    assert sum(isinstance(event, RunPaused) for event in events) == 1
    assert stage.states() == [[State.SETTLED] * 2]


async def test_nothing_is_sent_while_the_program_is_in_the_background(stage: EngineStage) -> None:
    """Held before its first request, a run asks; a stop then leaves all of it unsent."""
    plan = await stage.plan(stage.ids(2))
    opened = threading.Event()

    def wait(step: str) -> None:
        if step == "read fresh done":
            opened.wait()

    handle = stage.start(plan, stage.run_config(attended=True, step=wait))
    handle.hold()
    opened.set()
    events, _ = await collect_events(handle, lambda _: handle.stop())

    assert [event.problem.facts for event in events if isinstance(event, RunPaused)] == [(fact("program_suspended"),)]
    assert stage.request_count == 0
    assert stage.states() == [[State.SKIPPED] * 2]


async def test_a_run_that_is_given_up_ends_at_once_and_says_unknown(stage: EngineStage) -> None:
    """The request in flight is not awaited; the record is whole, and the next resume finds out."""
    plan = await stage.plan(stage.ids(2))
    stage.set_faults(SLOW)
    leaves = threading.Event()
    handle = stage.start(plan, stage.run_config(step=lambda step: leaves.set() if step == "request begins" else None))
    async for event in handle.events():
        if isinstance(event, UnitChanged) and event.unit.state is State.SUBMITTING:
            break
    leaves.wait()
    while stage.request_count == 0:
        threading.Event().wait(0.001)
    handle.abandon()

    assert handle.join(TIMEOUT_SECONDS)
    assert stage.request_count == 1
    assert stage.states() == [[State.UNKNOWN, State.SKIPPED]]
    stage.set_faults()
    await collect_events(stage.resume())
    assert stage.states() == [[State.SETTLED, State.SKIPPED]]
    assert stage.request_count == 1


@pytest.mark.parametrize("attended", [True, False])
async def test_somebody_who_settles_follows_an_order_as_long_as_it_takes(stage: EngineStage, *, attended: bool) -> None:
    """In the app it is followed until it is done; without a person patience ends, and that is said."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults({"operation": "show_order", "action": "error"})
    await collect_events(stage.start(plan))
    assert stage.states() == [[State.ACCEPTED]]
    stage.set_faults({"operation": "show_order", "calls": {"to": 400}, "action": "error"})

    await collect_events(stage.resume(stage.run_config(attended=attended)))

    assert stage.states() == [[State.SETTLED if attended else State.ACCEPTED]]


async def test_a_run_is_watched_from_the_record(stage: EngineStage) -> None:
    """Who runs it and each state is seen while the lock is held; afterwards that it has ended."""
    plan = await stage.plan(stage.ids(2))
    account_id = stage.account.account_id
    seen: list[tuple[State, ...]] = []
    watchers: list[RunObserver] = []

    def look(step: str) -> None:
        if step == "run recorded":
            holder = find_lock_owner(stage.state_dir, account_id)
            assert holder is not None
            watchers.append(RunObserver(stage.state_dir, account_id, holder))
        if watchers and step.startswith("commit") and step.endswith("done"):
            glance = watchers[0].take_snapshot()
            assert glance.lock_owner is not None
            assert glance.run is not None
            seen.append(tuple(unit.state for unit in glance.units))

    assert find_lock_owner(stage.state_dir, account_id) is None
    _, ended = await collect_events(stage.start(plan, stage.run_config(step=look)))

    assert (State.SUBMITTING, State.CONFIRMED) in seen
    assert any(State.ACCEPTED in states for states in seen)
    glance = watchers[0].take_snapshot()
    assert glance.lock_owner is None
    assert glance.run == ended.run


async def test_settling_is_watched_too(stage: EngineStage) -> None:
    """It has no entry of its own on record: what it settles is shown, and stays shown when it is settled."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults({"operation": "show_order", "action": "error"})
    await collect_events(stage.start(plan))
    stage.set_faults()
    watchers: list[RunObserver] = []

    def look(step: str) -> None:
        if step == "record opened":
            holder = find_lock_owner(stage.state_dir, stage.account.account_id)
            assert holder is not None
            watchers.append(RunObserver(stage.state_dir, stage.account.account_id, holder))
            assert [unit.state for unit in watchers[0].take_snapshot().units] == [State.ACCEPTED]

    await collect_events(stage.resume(stage.run_config(step=look)))

    glance = watchers[0].take_snapshot()
    assert (glance.lock_owner, glance.run) == (None, None)
    assert [unit.state for unit in glance.units] == [State.SETTLED]
