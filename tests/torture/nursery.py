"""A process in which everything is loaded: it forks worlds, and these fork victims.

`python -m tests.torture.nursery FD` takes jobs from the socket FD until nobody gives any.
"""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from tests.engine.stage import Stage, confirmed, new_stage, until_end
from tests.torture.mutants import SPOILS
from tests.torture.scenarios import ALL, Kind, Scenario
from tests.torture.session import Open, Report, serve
from tests.torture.world import Fate, World, place
from tests.torture.zygote import Job, Race, Verdict
from unsub_tui.domain.action import Action
from unsub_tui.domain.plan import Plan
from unsub_tui.engine.run.executor import start_run
from unsub_tui.sandbox.models import Condition

FAILED = ["the world itself failed; its traceback is on stderr"]


class Nursery:
    """What worlds are made of: a stage, and plans that were made on it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._stage = new_stage(root / "first")
        self._plans: dict[tuple[Kind, bool], Plan] = {}
        for scenario in ALL:
            self._prepare(scenario)
        asyncio.run(self._rehearse())
        gc.collect()
        gc.freeze()

    def world(self, scenario: Scenario, spoil: str = "") -> World:
        """Make a world, in a process of its own."""
        plan = self._plans[scenario.kind, scenario.sentinel]
        state_dir = Path(scenario.state_dir or self._root / str(os.getpid()))
        return World(place(self._stage, state_dir), plan, scenario, SPOILS.get(spoil))

    def _prepare(self, scenario: Scenario) -> None:
        key = (scenario.kind, scenario.sentinel)
        if key not in self._plans:
            self._plans[key] = asyncio.run(plan_of(self._stage, scenario))

    async def _rehearse(self) -> None:
        """Carry something out once, so that everything is loaded."""
        stage = new_stage(self._root / "rehearsal")
        plan = await stage.plan(stage.ids(1))
        await until_end(start_run(plan, confirmed(plan), stage.parts()))


async def plan_of(stage: Stage, scenario: Scenario) -> Plan:
    """Return the plan of a scenario."""
    if scenario.kind is Kind.SIBLINGS:
        return await stage.plan(stage.siblings(), sentinel=scenario.sentinel)
    if scenario.kind is Kind.BUSY:
        ids = [*stage.ids(1, Condition.IN_TRANSACTION), *stage.ids(1)]
        return await stage.plan(ids, sentinel=scenario.sentinel)
    if scenario.kind is Kind.RENEWED:
        plan = await stage.plan(stage.ids(2, Condition.RENEWED))
        return replace(plan, action=Action.RENEWAL)
    return await stage.plan(apart(stage), sentinel=scenario.sentinel)


def apart(stage: Stage) -> list[str]:
    """Return two resources that were not bought together, the first with others that were bought with it."""
    first, _ = stage.siblings()
    resource = stage.sandbox.account.resources.get(first)
    assert resource is not None
    for each in stage.ids(10_000):
        other = stage.sandbox.account.resources.get(each)
        if other is not None and other.purchase_number != resource.purchase_number and other.offer is resource.offer:
            return [first, each]
    raise AssertionError("the sandbox has no such resources")


def run_job(nursery: Nursery, job: Job | Race) -> Verdict:
    """Do a job in this process, which is its world."""
    world = nursery.world(job.scenario, job.spoil if isinstance(job, Job) else "")
    try:
        fates = _raced(world, job) if isinstance(job, Race) else _ran(world, job)
        world.settle()
    finally:
        shutil.rmtree(world.stage.state_dir, ignore_errors=True)
    kills = job.kills or (None,)
    points = [fate.point(kill) for fate, kill in zip(fates, kills, strict=False)]
    return Verdict(breaches=world.judge.breaches, fates=fates, points=points)


def _raced(world: World, job: Race) -> list[Fate]:
    return world.race(job.kills, job.head_start)


def _ran(world: World, job: Job) -> list[Fate]:
    first, *others = job.kills or (None,)
    fates = [world.run(first), *(world.resume(kill) for kill in others)]
    if job.scenario.is_run_again:
        fates.append(world.run())
    return fates


def in_fork(work: Callable[[], object]) -> object:
    """Do something in a fork of this process, and return what came of it."""
    ours, theirs = Pipe(duplex=False)
    pid = os.fork()
    if not pid:
        _be_fork(work, theirs)
    theirs.close()
    try:
        return ours.recv()
    except EOFError:
        return Verdict(breaches=FAILED)
    finally:
        ours.close()
        os.waitpid(pid, 0)


def _be_fork(work: Callable[[], object], pipe: Connection) -> None:
    code = 1
    try:
        pipe.send(work())
        code = 0
    except BaseException:  # noqa: BLE001 - the fork must not go on as its parent
        traceback.print_exc()
    finally:
        os._exit(code)


def scratch() -> Path:
    """Return where the records of tortured runs lie: in memory where that is possible, for they are synced."""
    shared = Path("/dev/shm")  # noqa: S108 - a directory of our own is made in it
    return Path(tempfile.mkdtemp(prefix="torture-", dir=shared if os.access(shared, os.W_OK) else None))


def host(nursery: Nursery, pipe: Connection, scenario: Scenario) -> None:
    """Serve one session in this process, which is its world."""
    world = nursery.world(scenario)
    try:
        serve(world, pipe)
    finally:
        shutil.rmtree(world.stage.state_dir, ignore_errors=True)


def main(arguments: Sequence[str]) -> None:
    """Take jobs until nobody gives any."""
    pipe, root = Connection(int(arguments[0])), scratch()
    try:
        nursery = Nursery(root)
        while True:
            try:
                job = pipe.recv()
            except EOFError:
                return
            if isinstance(job, Job | Race):
                pipe.send(in_fork(partial(run_job, nursery, job)))
            elif not isinstance(job, Open) or in_fork(partial(host, nursery, pipe, job.scenario)) is not None:
                pipe.send(Report(breaches=FAILED, planned=()))
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
