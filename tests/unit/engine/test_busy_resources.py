"""Another transaction holds the resource: nothing was done, and the run tries again within a bound."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.engine_stage import EngineStage, collect_events, reported_states, run_plan
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.run import UnitChanged
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.run.policy import RunPolicy
from unsub_tui.present.units import unit_problem_text
from unsub_tui.sandbox.models import Condition


def end_transactions(stage: EngineStage, seconds: float) -> None:
    """Let another transaction end this long after the first request for its resource."""
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, transaction_seconds=seconds)


@given(st.integers(0, 3600), st.integers(1, 60))
def test_the_delays_double_and_add_up_to_the_bound(bound: int, first: int) -> None:
    """Each is twice the one before, except the last, which uses up the bound."""
    policy = RunPolicy(busy_wait_seconds=bound, busy_delay_seconds=first)
    delays = [each for count in range(20) if (each := policy.busy_delay(count)) is not None]

    assert sum(delays) == bound
    assert delays[:-1] == [first * 2**count for count in range(len(delays) - 1)]
    assert all(0 < each <= first * 2**count for count, each in enumerate(delays))


async def test_a_transaction_that_ends_is_waited_for(stage: EngineStage) -> None:
    """After 10 and 20 seconds the resource is read afresh and submitted again, each time under its own entry."""
    end_transactions(stage, 25)
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))
    steps: list[str] = []

    events, ended = await collect_events(stage.start(plan, stage.run_config(step=steps.append)))

    (unit,) = ended.run.units
    tries = [State.SUBMITTING, State.CONFIRMED] * 2
    assert reported_states(events) == [State.CONFIRMED, *tries, State.SUBMITTING, State.ACCEPTED, State.SETTLED]
    assert (unit.state, unit.problem) == (State.SETTLED, None)
    assert (stage.request_count, stage.execution_count(unit.resource_id)) == (3, 1)
    assert steps.count("read fresh done") == steps.count("commit submitting done") == 3
    texts = [unit_problem_text(event.unit) for event in events if isinstance(event, UnitChanged) and event.unit.problem]
    assert ["submitted again in 10 s, within 120 s in all" in texts[0], "in 20 s" in texts[1]] == [True, True]
    assert "review it again" not in texts[0]


async def test_the_wait_is_bounded(stage: EngineStage) -> None:
    """After 10, 20, 40 and 50 seconds it is rejected, and the next one is sent."""
    busy, fine = stage.ids(1, Condition.IN_TRANSACTION)[0], stage.ids(1)[0]
    plan = await stage.plan([busy, fine])

    first, second = (await run_plan(stage, plan)).run.units

    assert (first.state, second.state) == (State.REJECTED, State.SETTLED)
    assert first.problem is not None
    assert first.problem.code.raw == "CBC.99003651"
    assert "still held the resource after 120 s, and nothing was done" in unit_problem_text(first)
    assert (stage.request_count, stage.execution_count(busy)) == (6, 0)


async def test_without_a_wait_it_is_rejected_at_once(stage: EngineStage) -> None:
    """The setting may be zero."""
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))

    (unit,) = (await run_plan(stage, plan, stage.run_config(policy=RunPolicy(busy_wait_seconds=0)))).run.units

    assert (unit.state, stage.request_count) == (State.REJECTED, 1)
    assert unit.problem is not None
    assert unit.problem.facts == ()


async def test_what_changed_during_the_wait_is_not_sent(stage: EngineStage) -> None:
    """The transaction changed the resource: it is no longer what was confirmed."""
    end_transactions(stage, 5)
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))

    def extend(step: str) -> None:
        if step == "commit confirmed done":
            stage.resource(plan.items[0].id).expire += 86_400
            stage.sandbox.account.resources.clear_cache()

    (unit,) = (await run_plan(stage, plan, stage.run_config(step=extend))).run.units

    assert (unit.state, stage.request_count) == (State.SKIPPED, 1)
    assert unit.problem is not None
    assert unit.problem.kind is ProblemKind.DRIFT


async def test_a_stop_ends_the_wait(stage: EngineStage) -> None:
    """Nothing was done, and nothing more is sent."""
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))

    def stop(step: str) -> None:
        if step == "commit confirmed done":
            stage.handle.stop()

    (unit,) = (await run_plan(stage, plan, stage.run_config(step=stop))).run.units

    assert (unit.state, stage.request_count) == (State.SKIPPED, 1)
    assert unit.problem is not None
    assert unit.problem.kind is ProblemKind.STOPPED


async def test_a_lost_answer_after_a_wait_is_settled_by_reading(stage: EngineStage) -> None:
    """The second request is executed without an answer: it is found by its order, and not sent again."""
    end_transactions(stage, 5)
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))
    stage.set_faults({"operation": "unsubscribe", "calls": [2], "action": "drop_after"})

    (unit,) = (await run_plan(stage, plan)).run.units

    assert (unit.state, stage.request_count, stage.execution_count(unit.resource_id)) == (State.SETTLED, 2, 1)


@pytest.mark.parametrize("change", ["expiry", "status"])
async def test_a_refusal_is_reliable_while_the_resource_is_in_use(stage: EngineStage, change: str) -> None:
    """A later expiry may be what the transaction did; a resource no longer in use may be unsubscribed already."""
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))
    resource = stage.resource(plan.items[0].id)

    def act(step: str) -> None:
        if step == "request done" and stage.request_count == 1:
            if change == "expiry":
                resource.expire += 86_400
            else:
                resource.status = type(resource.status).CLOSING
            stage.sandbox.account.resources.clear_cache()

    (unit,) = (await run_plan(stage, plan, stage.run_config(step=act))).run.units

    assert unit.state is (State.SKIPPED if change == "expiry" else State.UNKNOWN)
    assert stage.request_count == 1
