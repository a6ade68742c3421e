from __future__ import annotations

import asyncio
import gc
import heapq
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.engine.stage import YIELDS, LeapingClock, Stage, confirmed, new_stage, until_end
from tests.sizes import sized
from tests.torture.scenarios import QUIET
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.outcome import State
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.run import Unit
from unsub_tui.engine.journal_reader import read_runs
from unsub_tui.engine.planning import draft_plan
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.engine.run.executor import start_resume, start_run
from unsub_tui.sandbox.sandbox import Sandbox

ACCOUNTS, UNITS = sized((2, 30), (5, 100), (20, 500))
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

ENDS = {True: {State.SETTLED}, False: {State.SKIPPED, State.NOT_EXECUTED}}


class ManyWaiting(LeapingClock):
    """Leaps like its model, and is quick where hundreds wait."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._due: list[tuple[float, int, asyncio.Future[None]]] = []
        self._leaper: asyncio.Task[None] | None = None

    async def sleep(self, seconds: float) -> None:
        """Return when nobody has anything else to do and nobody waits for an earlier moment."""
        loop = asyncio.get_running_loop()
        if self._leaper is None or self._leaper.done() or self._leaper.get_loop() is not loop:
            self._due = []
            self._leaper = loop.create_task(self._leap_on())
        future: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._due, (self._passed + seconds, next(self._turn), future))
        await future

    async def _leap_on(self) -> None:
        while self._due:
            first, idle = self._due[0], 0
            while idle < YIELDS and not first[2].done():
                await asyncio.sleep(0)
                idle = idle + 1 if self._due[0] is first else 0
                first = self._due[0]
            moment, _, future = heapq.heappop(self._due)
            if not future.done():
                self.leap(max(0.0, moment - self._passed))
                future.set_result(None)


async def plan_of(stage: Stage, done: set[str]) -> Plan:
    """Return a plan of some resources that were not given up yet, as if their bills had been read."""
    stage.misbehave()
    ids = [each for each in stage.ids(10**6) if each not in done][:BATCH]
    plan = draft_plan(
        account=stage.account,
        catalog=await stage.catalogue(),
        ids=ids,
        hidden=frozenset(),
        rules=load_rules("intl"),
        guards=stage.guards,
        now=stage.clock.now(),
    )
    return replace(plan, items=tuple(with_orders(stage, item) for item in plan.items))


def with_orders(stage: Stage, item: PlanItem) -> PlanItem:
    """Return an item with the orders that bought it."""
    resource = stage.sandbox.account.resources.get(item.id)
    assert resource is not None
    bought = tuple(order.order_id for order in stage.sandbox.account.orders.paid_orders(resource.purchase_number))
    return replace(item, quote=replace(item.quote, order_ids=bought))


async def soak(stage: Stage) -> None:
    """Carry out plan after plan under faults, until enough was sent; then resume without any."""
    clock = ManyWaiting(stage.sandbox)
    done: set[str] = set()
    while len(done) < UNITS:
        plan = await plan_of(stage, done)
        stage.misbehave(*FAULTS)
        parts = replace(stage.parts(keep_going=True), clock=clock)
        _, ended = await until_end(start_run(plan, confirmed(plan), parts))
        done |= {unit.resource_id for unit in ended.run.units if unit.state is not State.SKIPPED}
    stage.misbehave()
    clock.leap(3600)
    await until_end(start_resume(replace(stage.parts(), clock=clock)))


def violations(stage: Stage) -> list[str]:
    """Return what the record claims and the service denies, and what was received twice."""
    ledger = stage.sandbox.account
    units = [unit for run in read_runs(stage.state_dir, stage.account.account_id) for unit in run.units]
    last = {unit.resource_id: unit for unit in reversed(units) if unit.state is not State.SKIPPED}
    found = [unit.resource_id for unit in last.values() if unit.state not in ENDS[bool(orders_of(stage, unit))]]
    found += [unit.resource_id for unit in last.values() if orders_of(stage, unit) - {unit.order_id}]
    received = Counter(each for attempt in ledger.request_log if attempt.executed for each in attempt.resource_ids)
    return [*found, *(each for each, times in received.items() if times > 1)]


def orders_of(stage: Stage, unit: Unit) -> set[str | None]:
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
        stage = new_stage(tmp_path / str(number), resources=6 * UNITS, seed=number + 1, behavior=QUIET)
        stage.guards = Guards(max_items=10 * BATCH)
        asyncio.run(soak(stage))
        sizes.append(resident())
        breaches += violations(stage)

    record_property(
        "torture", {"scenario": "soak", "runs": ACCOUNTS, "kills": 0, "points": [], "breaches": len(breaches)}
    )
    record_property("memory", sizes)
    assert breaches == []
    assert max(sizes) < 1.1 * sizes[1]
