from __future__ import annotations

import asyncio
import gc
import heapq
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.crash.crash_scenarios import DEFAULT_BEHAVIOR
from tests.crash.socket_worker import with_orders
from tests.crash.test_kills_over_sockets import FINAL_STATES, paid_order_ids
from tests.support.effort import by_effort
from tests.support.engine_stage import IDLE_TURNS, AutojumpClock, EngineStage, collect_events, confirm_all, new_stage
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.run import Unit
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.journal_reader import read_runs
from unsub_tui.engine.run.executor import start_resume, start_run
from unsub_tui.sandbox.sandbox import Sandbox

ACCOUNTS, UNITS = by_effort((2, 30), (5, 100), (20, 500))
"""One account after the other, because the service's own books grow; and how much of each is given up."""

BATCH = 50

FAULTS = [
    {"operation": "*", "action": action, "probability": 0.01, "seed": seed, **more}
    for seed, (action, more) in enumerate(
        {
            "drop_before": {},
            "drop_after": {},
            "truncate": {},
            "garbage": {},
            "error": {"status": 503},
        }.items()
    )
]
"""One call in twenty goes wrong in one way or another."""


class FastAutojumpClock(AutojumpClock):
    """Leaps like its model, and is quick where hundreds wait."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._due: list[tuple[float, int, asyncio.Future[None]]] = []
        self._advance_task: asyncio.Task[None] | None = None

    async def sleep(self, seconds: float) -> None:
        """Return when nobody has anything else to do and nobody waits for an earlier moment."""
        loop = asyncio.get_running_loop()
        if self._advance_task is None or self._advance_task.done() or self._advance_task.get_loop() is not loop:
            self._due = []
            self._advance_task = loop.create_task(self._advance_when_idle())
        future: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._due, (self._elapsed + seconds, next(self._sequence), future))
        await future

    async def _advance_when_idle(self) -> None:
        while self._due:
            first, idle = self._due[0], 0
            while idle < IDLE_TURNS and not first[2].done():
                await asyncio.sleep(0)
                idle = idle + 1 if self._due[0] is first else 0
                first = self._due[0]
            moment, _, future = heapq.heappop(self._due)
            if not future.done():
                self.advance(max(0.0, moment - self._elapsed))
                future.set_result(None)


async def make_plan(stage: EngineStage, done: set[str]) -> Plan:
    """Return a plan of some resources that were not given up yet, as if their bills had been read."""
    stage.set_faults()
    ids = [each for each in stage.ids(10**6) if each not in done][:BATCH]
    plan = await stage.draft(ids)
    return with_orders(plan, {item.id: paid_order_ids(stage.sandbox, stage.resource(item.id)) for item in plan.items})


async def soak(stage: EngineStage) -> None:
    """Carry out plan after plan under faults, until enough was sent; then resume without any."""
    clock = FastAutojumpClock(stage.sandbox)
    done: set[str] = set()
    while len(done) < UNITS:
        plan = await make_plan(stage, done)
        stage.set_faults(*FAULTS)
        parts = replace(stage.run_config(keep_going=True), clock=clock)
        _, ended = await collect_events(start_run(plan, confirm_all(plan), parts))
        done |= {unit.resource_id for unit in ended.run.units if unit.state is not State.SKIPPED}
    stage.set_faults()
    clock.advance(3600)
    await collect_events(start_resume(replace(stage.run_config(), clock=clock)))


def find_violations(stage: EngineStage) -> list[str]:
    """Return what the record claims and the service denies, and what was received twice."""
    ledger = stage.sandbox.account
    units = [unit for run in read_runs(stage.state_dir, stage.account.account_id) for unit in run.units]
    last = {unit.resource_id: unit for unit in reversed(units) if unit.state is not State.SKIPPED}
    found = [unit.resource_id for unit in last.values() if unit.state not in FINAL_STATES[bool(orders_of(stage, unit))]]
    found += [unit.resource_id for unit in last.values() if orders_of(stage, unit) - {unit.order_id}]
    received = Counter(each for attempt in ledger.request_log if attempt.executed for each in attempt.resource_ids)
    return [*found, *(each for each, times in received.items() if times > 1)]


def orders_of(stage: EngineStage, unit: Unit) -> set[str | None]:
    """Return the orders that the service made of a unit."""
    return {order for attempt in stage.sandbox.account.executions(unit.resource_id) for order in attempt.order_ids}


def resident() -> int:
    """Return the bytes of memory that this process holds."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def test_a_long_run_of_runs(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Hundreds of units with every twentieth call going wrong: no breach, and no memory that grows."""
    sizes: list[int] = []
    breaches: list[str] = []
    for number in range(ACCOUNTS):
        stage = new_stage(tmp_path / str(number), resources=6 * UNITS, seed=number + 1, behavior=DEFAULT_BEHAVIOR)
        stage.guards = Guards(max_items=10 * BATCH)
        asyncio.run(soak(stage))
        sizes.append(resident())
        breaches += find_violations(stage)

    record_property(
        "crash", {"scenario": "soak", "runs": ACCOUNTS, "kills": 0, "points": [], "breaches": len(breaches)}
    )
    record_property("memory", sizes)
    assert breaches == []
    assert max(sizes) < 1.1 * sizes[1]
