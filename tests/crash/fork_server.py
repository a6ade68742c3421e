"""A process in which everything is loaded: it forks worlds, and these fork victims.

`python -m tests.crash.fork_server FD` takes jobs from the socket FD until nobody gives any.
"""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from tests.crash.crash_scenarios import PlanKind, Scenario
from tests.crash.fork_client import Job, JobResult, Race
from tests.crash.forks import fork
from tests.crash.interactive_session import OpenSession, SessionReport, serve_session
from tests.crash.rule_mutations import MUTATIONS
from tests.crash.socket_worker import SocketJob, fork_socket_worker
from tests.crash.vendor_process import VendorProcess, WorkerResult
from tests.support.engine_stage import EngineStage, collect_events, confirm_all, new_stage
from unsub_tui.domain.action import Action
from unsub_tui.domain.plan import Plan
from unsub_tui.engine.run.executor import start_run
from unsub_tui.sandbox.models import Condition
from unsub_tui.sandbox.offers import LICENSE, SERVER

FAILED = ["the world itself failed; its traceback is on stderr"]


class VendorProcessFactory:
    """What worlds are made of: a stage, and plans that were made on it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._stage = new_stage(root / "first", databases=True)
        self._plans: dict[tuple[PlanKind, bool], Plan] = {}
        asyncio.run(self._warm_up())
        gc.collect()
        gc.freeze()

    def create(self, scenario: Scenario, mutation: str = "") -> VendorProcess:
        """Make a world, in a process of its own."""
        plan = self._plans[scenario.kind, scenario.sentinel]
        state_dir = Path(scenario.state_dir or self._root / str(os.getpid()))
        return VendorProcess(replace(self._stage, state_dir=state_dir), plan, scenario, MUTATIONS.get(mutation))

    def prepare_plan(self, scenario: Scenario) -> None:
        """Make the plan of a scenario, once, before the worlds that use it are forked."""
        key = (scenario.kind, scenario.sentinel)
        if key not in self._plans:
            self._plans[key] = asyncio.run(make_plan(self._stage, scenario))

    async def _warm_up(self) -> None:
        """Carry something out once, so that everything is loaded."""
        stage = new_stage(self._root / "rehearsal")
        plan = await stage.plan(stage.ids(1))
        await collect_events(start_run(plan, confirm_all(plan), stage.run_config()))


async def make_plan(stage: EngineStage, scenario: Scenario) -> Plan:
    """Return the plan of a scenario."""
    if scenario.kind is PlanKind.SIBLINGS:
        return await stage.plan(stage.siblings(), sentinel=scenario.sentinel)
    if scenario.kind is PlanKind.BUSY:
        ids = [*stage.ids(1, Condition.IN_TRANSACTION), *stage.ids(1)]
        return await stage.plan(ids, sentinel=scenario.sentinel)
    if scenario.kind is PlanKind.PAIR:
        licenses = [one for one in stage.sandbox.account.resources.list_all() if one.offer is LICENSE]
        return await stage.plan([licenses[0].resource_id, *stage.ids(1)], sentinel=scenario.sentinel)
    if scenario.kind is PlanKind.LEFTOVERS:
        return await plan_with_leftovers(stage)
    if scenario.kind is PlanKind.RENEWED:
        plan = await stage.plan(stage.ids(2, Condition.RENEWED))
        return replace(plan, action=Action.RENEWAL)
    return await stage.plan(ids_of_separate_purchases(stage), sentinel=scenario.sentinel)


async def plan_with_leftovers(stage: EngineStage) -> Plan:
    """Return a plan of two servers beside each of which one resource stays behind."""
    servers = [each for each in stage.ids(10_000) if stage.resource(each).offer is SERVER]
    read = await stage.with_findings(await stage.draft(servers))
    assert read.findings is not None
    ids = [item.id for item in read.items if len(read.findings.expected_leftovers(item)) == 1][:2]
    return replace(await stage.plan(ids), findings=read.findings)


def ids_of_separate_purchases(stage: EngineStage) -> list[str]:
    """Return two resources that were not bought together, the first with others that were bought with it."""
    first, _ = stage.siblings()
    resource = stage.resource(first)
    others = (stage.resource(each) for each in stage.ids(10_000))
    return [
        first,
        next(
            one.resource_id
            for one in others
            if one.purchase_number != resource.purchase_number and one.offer is resource.offer
        ),
    ]


def run_job(factory: VendorProcessFactory, job: Job | Race) -> JobResult:
    """Do a job in this process, which is its world."""
    vendor = factory.create(job.scenario, job.mutation if isinstance(job, Job) else "")
    try:
        worker_results = vendor.race(job.kills, job.head_start) if isinstance(job, Race) else _run_workers(vendor, job)
        vendor.settle_all()
    finally:
        shutil.rmtree(vendor.stage.state_dir, ignore_errors=True)
    kills = job.kills or (None,)
    points = [worker_result.kill_point_name(kill) for worker_result, kill in zip(worker_results, kills, strict=False)]
    return JobResult(violations=vendor.checker.violations, results=worker_results, kill_point_names=points)


def _run_workers(vendor: VendorProcess, job: Job) -> list[WorkerResult]:
    first, *others = job.kills or (None,)
    worker_results = [vendor.run(first), *(vendor.resume(kill) for kill in others)]
    if job.scenario.is_confirmed_twice:
        worker_results.append(vendor.run())
    return worker_results


def run_in_fork(work: Callable[[], object]) -> object:
    """Do something in a fork of this process, and return what came of it."""
    ours, theirs = Pipe(duplex=False)
    pid = fork(lambda: theirs.send(work()))
    theirs.close()
    try:
        return ours.recv()
    except EOFError:
        return JobResult(violations=FAILED)
    finally:
        ours.close()
        os.waitpid(pid, 0)


def make_scratch_dir() -> Path:
    """Return where the records of tortured runs lie: in memory where that is possible, for they are synced."""
    shared = Path("/dev/shm")  # noqa: S108 - a directory of our own is made in it
    return Path(tempfile.mkdtemp(prefix="torture-", dir=shared if os.access(shared, os.W_OK) else None))


def run_session(factory: VendorProcessFactory, pipe: Connection, scenario: Scenario) -> None:
    """Serve one session in this process, which is its world."""
    vendor = factory.create(scenario)
    try:
        serve_session(vendor, pipe)
    finally:
        shutil.rmtree(vendor.stage.state_dir, ignore_errors=True)


def main(arguments: Sequence[str]) -> None:
    """Take jobs until nobody gives any."""
    pipe, root = Connection(int(arguments[0])), make_scratch_dir()
    try:
        factory = VendorProcessFactory(root)
        while True:
            try:
                job = pipe.recv()
            except EOFError:
                return
            if isinstance(job, Job | Race | OpenSession):
                factory.prepare_plan(job.scenario)
            if isinstance(job, Job | Race):
                pipe.send(run_in_fork(partial(run_job, factory, job)))
            elif isinstance(job, SocketJob):
                pipe.send(fork_socket_worker(job))
            elif (
                not isinstance(job, OpenSession)
                or run_in_fork(partial(run_session, factory, pipe, job.scenario)) is not None
            ):
                pipe.send(SessionReport(violations=FAILED, planned=()))
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
