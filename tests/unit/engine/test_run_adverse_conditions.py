from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.connections import with_credentials
from tests.support.engine_stage import (
    NO_RATE_LIMITS,
    AutojumpClock,
    EngineStage,
    collect_events,
    kind_of,
    new_stage,
    run_plan,
)
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.run.policy import RunPolicy
from unsub_tui.journal.paths import lock_path

THROTTLED_FOR_AN_HOUR = {
    "operation": "unsubscribe",
    "action": "error",
    "status": 429,
    "error_code": "APIG.0308",
    "headers": {"Retry-After": "3600"},
}


class SkewedClock(AutojumpClock):
    """A machine's clock that somebody sets wrong; the service's stays right."""

    skew = timedelta()

    def now(self) -> datetime:
        """Return what the machine believes."""
        return super().now() + self.skew


async def test_the_wait_that_the_service_asks_for_is_bounded(stage: EngineStage) -> None:
    """A Retry-After of an hour does not hold a run for hours."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults(THROTTLED_FOR_AN_HOUR)

    await run_plan(stage, plan)

    assert stage.clock.monotonic() <= 3 * 60


async def test_a_stop_ends_a_wait(stage: EngineStage) -> None:
    """A stop is heard while the run waits to send again."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults(THROTTLED_FOR_AN_HOUR)

    def stop(step: str) -> None:
        if step == "commit confirmed done":
            stage.handle.stop()

    await run_plan(stage, plan, stage.run_config(step=stop))

    assert stage.clock.monotonic() < 60
    assert (stage.request_count, stage.states()) == (1, [[State.SKIPPED]])


async def test_a_stop_ends_a_slow_read(stage: EngineStage) -> None:
    """A stop does not wait for a read that is tried again and again; nothing has left."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults({"operation": "query_resources", "action": "error", "status": 503})

    async def sleep(_: float) -> None:
        stage.handle.stop()
        await stage.clock.sleep(3600)

    pacing = replace(NO_RATE_LIMITS, base_delay_seconds=1e-9, max_attempts=10**6, deadline_seconds=1e9, sleep=sleep)
    patient = replace(stage.connection(), retry_policy=pacing)
    ended = await run_plan(stage, plan, stage.run_config(connection=patient))

    assert stage.clock.monotonic() < 60
    assert (stage.request_count, [unit.state for unit in ended.run.units]) == (0, [State.SKIPPED])
    assert kind_of(ended.problem) is ProblemKind.STOPPED


async def test_reads_that_are_never_fresh_end_the_run(stage: EngineStage) -> None:
    """Where each read takes longer than it may be old (S3), the run gives up instead of reading for ever."""
    plan = await stage.plan(stage.ids(1))
    reads: list[str] = []

    def crawl(step: str) -> None:
        if step == "read fresh done":
            reads.append(step)
            stage.clock.advance(11)

    ended = await run_plan(stage, plan, stage.run_config(step=crawl))

    assert (stage.request_count, len(reads)) == (0, 4)
    assert kind_of(ended.problem) is ProblemKind.NETWORK


@pytest.mark.parametrize("moment", ["run recorded", "commit submitting done"])
async def test_nothing_leaves_once_the_lock_is_lost(stage: EngineStage, moment: str) -> None:
    """A lock file that was removed keeps nobody else out: nothing is sent any more (S5)."""
    plan = await stage.plan(stage.ids(2))
    path = lock_path(stage.state_dir, stage.account.account_id)

    ended = await run_plan(
        stage, plan, stage.run_config(step=lambda step: path.unlink(missing_ok=True) if step == moment else None)
    )

    assert (stage.request_count, [unit.state for unit in ended.run.units]) == (0, [State.SKIPPED] * 2)
    assert kind_of(ended.problem) is ProblemKind.LOCKED


async def test_the_order_of_a_sibling_is_not_claimed(stage: EngineStage) -> None:
    """Another resource of the same purchase goes while ours was not executed: its order is not taken for ours."""
    ours, theirs = stage.siblings()
    plan = await stage.plan([ours])
    stage.set_faults({"operation": "unsubscribe", "calls": [1], "action": "drop_before"})

    await run_plan(stage, plan, stage.run_config(step=stage.unsubscribe_elsewhere(theirs)))
    await collect_events(stage.resume())

    assert (stage.execution_count(ours), stage.states()) == (0, [[State.NOT_EXECUTED]])


async def test_an_order_is_not_claimed_by_its_kind_alone(stage: EngineStage) -> None:
    """Where the purchase is not known, an order of the same kind and region is only a candidate while ours is there."""
    kinds: dict[tuple[UntrustedText, UntrustedText], list[str]] = defaultdict(list)
    catalog = await stage.list_catalog()
    for resource_id in stage.ids(60):
        resource = catalog.get(resource_id)
        assert resource is not None
        kinds[resource.resource_type_code, resource.region_code].append(resource_id)
    ours, theirs = next(ids for ids in kinds.values() if len(ids) > 1)[:2]
    plan = await stage.plan([ours])
    unquoted = [replace(item, quote=replace(item.quote, order_ids=())) for item in plan.items]
    plan = replace(plan, items=tuple(unquoted))
    stage.set_faults({"operation": "unsubscribe", "calls": [1], "action": "drop_before"})

    await run_plan(stage, plan, stage.run_config(step=stage.unsubscribe_elsewhere(theirs)))
    await collect_events(stage.resume())

    assert (stage.execution_count(ours), stage.states()) == (0, [[State.NOT_EXECUTED]])


async def test_refused_keys_end_a_resume(stage: EngineStage) -> None:
    """A resume whose keys are refused says so at once, and leaves the record as it was."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults(
        {"operation": "unsubscribe", "calls": [1], "action": "drop_after"},
        {"operation": "list_orders", "action": "error", "status": 500},
    )
    await run_plan(stage, plan)
    wrong = with_credentials(stage.connection(), secret_key="wrong")
    began = stage.clock.monotonic()

    _, ended = await collect_events(stage.resume(stage.run_config(connection=wrong)))

    assert stage.clock.monotonic() - began < 10
    assert kind_of(ended.problem) is ProblemKind.CREDENTIALS
    assert stage.states() == [[State.UNKNOWN]]


def test_the_quarantine_outlasts_a_signature() -> None:
    """A signed request is good for 15 minutes; only after that does "not there" mean "will not come"."""
    assert RunPolicy().quarantine_seconds >= 16 * 60


async def test_a_clock_set_forward_does_not_shorten_the_quarantine(tmp_path: Path) -> None:
    """How long a request may still be executed is measured by the service's clock, too."""
    stage = new_stage(tmp_path / "state")
    clock = stage.clock = SkewedClock(stage.sandbox)
    plan = await stage.plan(stage.ids(1))
    stage.set_faults({"operation": "unsubscribe", "calls": [1], "action": "drop_before"})
    pacing = replace(NO_RATE_LIMITS, now=lambda: NO_RATE_LIMITS.now() + clock.skew)

    def set_forward(step: str) -> None:
        if step == "request done":
            clock.skew = timedelta(minutes=10)

    parts = stage.run_config(
        keep_going=True, connection=replace(stage.connection(), retry_policy=pacing), step=set_forward
    )
    ended = await run_plan(stage, plan, parts)

    assert [unit.state for unit in ended.run.units] == [State.NOT_EXECUTED]
    assert clock.monotonic() >= stage.pace.quarantine_seconds


async def test_a_witness_must_be_in_use(stage: EngineStage) -> None:
    """The resource that stands for a whole listing proves nothing once it is closed itself (S11)."""
    plan = await stage.plan(stage.ids(1))
    without_order = [replace(item, quote=replace(item.quote, order_ids=())) for item in plan.items]
    plan = replace(plan, items=tuple(without_order))

    def close(step: str) -> None:
        if step == "commit accepted done":
            stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, closed_seconds=0)
            stage.close(plan.sentinel_id)

    ended = await run_plan(stage, plan, stage.run_config(step=close))

    assert [unit.state for unit in ended.run.units] == [State.ACCEPTED]


async def test_one_look_concludes_nothing(stage: EngineStage) -> None:
    """An order that appears between the two looks at the end of the quarantine is found (S11)."""
    plan = await stage.plan(stage.ids(1))
    (item,) = plan.items
    stage.set_faults({"operation": "unsubscribe", "calls": [1], "action": "drop_before"})
    seen: list[float] = []
    late: list[str] = []

    def arrive(step: str) -> None:
        now = stage.clock.monotonic()
        if step == "read orders done" and now >= stage.pace.quarantine_seconds:
            seen.append(now)
        if seen and now > seen[0] and not late:
            late.append(step)
            with stage.sandbox.account.lock:
                stage.sandbox.account.unsubscribe((item.id,), 1)

    ended = await run_plan(stage, plan, stage.run_config(keep_going=True, step=arrive))

    assert late
    assert [unit.state for unit in ended.run.units] == [State.ACCEPTED]
    await collect_events(stage.resume())
    assert stage.states() == [[State.SETTLED]]


async def test_ids_that_are_no_text_are_recorded(stage: EngineStage) -> None:
    """An attached id with a lone surrogate can be recorded; it is not what the service lists, so nothing is sent."""
    plan = await stage.plan(stage.ids(1))
    (item,) = plan.items
    odd = replace(item.resource, resource_id=UntrustedText("x\ud800y"), is_main_resource=False)
    plan = replace(plan, items=(replace(item, attached=(odd,)),))

    ended = await run_plan(stage, plan)

    assert (stage.request_count, [unit.state for unit in ended.run.units]) == (0, [State.SKIPPED])
    assert kind_of(ended.run.units[0].problem) is ProblemKind.DRIFT
