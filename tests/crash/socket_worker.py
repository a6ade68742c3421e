"""Runs the engine over real sockets and in real time, in processes that are killed.

The fork server forks a child for each job; it dies by SIGKILL at the step asked for.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from tests.crash.forks import fork
from tests.support.connections import administrator_credentials
from tests.support.effort import TIMEOUT_SECONDS
from tests.support.engine_stage import NO_RATE_LIMITS, confirm_all, read_catalog
from tests.support.run_steps import report_steps
from unsub_tui.api.connection import Connection, CredentialProvider
from unsub_tui.domain.account import AccountRef, Actor
from unsub_tui.domain.action import Action
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.plan import Plan
from unsub_tui.engine.planning import DraftContext, draft_plan
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.engine.run.context import RunConfig
from unsub_tui.engine.run.executor import RunHandle, start_resume, start_run
from unsub_tui.engine.run.policy import Clock, RunPolicy
from unsub_tui.sandbox.sandbox import Sandbox

FAST_POLICY = RunPolicy(
    poll_delays=(0.01,),
    reconcile_delays=(0.01,),
    reconcile_limit_seconds=0.6,
    quarantine_seconds=0.25,
    second_observation_delay_seconds=0.01,
    settle_limit_seconds=5,
    review_limit_seconds=0.1,
    unknown_limit_seconds=5,
    stop_grace_seconds=0.1,
)
"""Real time, a thousand times quicker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketJob:
    """What one child does."""

    endpoint: str
    state_dir: str
    purchases: dict[str, list[str]]
    """Resources to give up, each with the orders that bought it. Empty: resume."""
    pid_file: str
    """Where it says who it is, for whoever else wants to kill it."""
    kill_at: int = 0
    """The step at which it dies; 0 for never."""
    copy_at: int = 0
    """The step at which its record is copied, as a backup would; 0 for never."""
    action: str = "unsubscribe"
    site: str = "intl"
    domain_id: ClassVar[str] = Sandbox.domain_id


def cache_dir(job: SocketJob) -> Path:
    """Return the cache directory of a child."""
    return Path(job.state_dir, "cache")


def build_run_config(job: SocketJob) -> RunConfig:
    """Return the parts of a run over the loopback interface."""
    steps = 0

    def step(_: str) -> None:
        nonlocal steps
        steps += 1
        if steps == job.copy_at:
            subprocess.run(["cp", "-r", f"{job.state_dir}/runs", f"{job.state_dir}/older"], check=True)
        if steps == job.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    config = RunConfig(
        connection=Connection(
            site=job.site,
            endpoint=job.endpoint,
            credential_provider=CredentialProvider.static(administrator_credentials(Sandbox)),
            retry_policy=replace(NO_RATE_LIMITS, max_attempts=3),
        ),
        account=AccountRef(account_id=job.domain_id, site=job.site, alias="victim"),
        state_dir=Path(job.state_dir),
        cache_dir=cache_dir(job),
        get_guards=Guards,
        actor=Actor(operator="victim"),
        clock=Clock(),
        policy=FAST_POLICY,
        attended=False,
        keep_going=True,
    )
    return report_steps(config, step)


async def run_job(job: SocketJob) -> None:
    """Plan and run, or resume."""
    parts = build_run_config(job)
    handle = await start_planned_run(job, parts) if job.purchases else start_resume(parts)
    async for _ in handle.events():
        pass
    handle.join(TIMEOUT_SECONDS)


async def start_planned_run(job: SocketJob, parts: RunConfig) -> RunHandle:
    """Plan, confirm and start."""
    async with parts.connection.read_client() as reader:
        catalog = await read_catalog(reader)
    context = DraftContext(
        account=parts.account,
        catalog=catalog,
        rules=load_rules(job.site),
        guards=parts.get_guards(),
        now=parts.clock.now(),
        action=Action(job.action),
    )
    plan = draft_plan(context, list(job.purchases))
    plan = with_orders(plan, job.purchases)
    return start_run(plan, confirm_all(plan), parts)


def with_orders(plan: Plan, purchases: Mapping[str, Sequence[str]]) -> Plan:
    """Return the plan as if the bills of its items had been read; reading them takes longer than all the rest."""
    items = (replace(each, quote=replace(each.quote, order_ids=tuple(purchases[each.id]))) for each in plan.items)
    return replace(plan, items=tuple(items))


def fork_socket_worker(job: SocketJob) -> int:
    """Do one piece of work in a fork of this process, and return how it ended: -9 when it was killed."""

    def work() -> None:
        Path(job.pid_file).write_text(str(os.getpid()), encoding="utf-8")
        asyncio.run(run_job(job))

    _, status = os.waitpid(fork(work), 0)
    return os.waitstatus_to_exitcode(status)
