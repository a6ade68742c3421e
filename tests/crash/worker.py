"""What happens in a victim: the real engine carries a plan out, or resumes, and dies where it is told to."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection as Pipe

from tests.crash.crash_scenarios import Disturbance, Scenario, StepOccurrence
from tests.crash.pipe_transport import PipeTransport
from tests.crash.storage_faults import STORAGE_FAULTS, capture_connections
from tests.support.effort import TIMEOUT_SECONDS
from tests.support.engine_stage import NO_RATE_LIMITS, AutojumpClock, EngineStage, confirm_all
from unsub_tui.cli.exit_codes import ExitCode, exit_code_for_run
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.run import RunEnded, RunEvent, RunPaused, UnitChanged
from unsub_tui.engine.run.context import RunConfig
from unsub_tui.engine.run.executor import RunHandle, start_resume, start_run
from unsub_tui.engine.run.policy import RunPolicy

WORKER_POLICY = RunPolicy(poll_delays=(30, 300), reconcile_delays=(2, 60, 300, 605))
"""Fewer looks than a person would like, and the same limits."""


@dataclass(frozen=True, slots=True)
class StepReached:
    """A step was reached."""

    name: str


@dataclass(frozen=True, slots=True)
class TimeAdvanced:
    """Time passes."""

    seconds: float


@dataclass(frozen=True, slots=True)
class OrdersShown:
    """These orders of these resources have been shown."""

    orders: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class WorkerEnded:
    """The work ended by itself."""

    problem: ProblemKind | None
    exit_code: ExitCode | None = None
    """None if nothing began."""


class HeartbeatSent:
    """The screen gave a sign of life."""


class StopRequested:
    """A stop was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerTask:
    """What one victim does."""

    scenario: Scenario
    plan: Plan | None = None
    """None: it resumes."""
    kill_at: int = 0
    """The step at which it dies; 0 for never."""
    mutation: Callable[[], None] | None = None
    """Switches one rule of the engine off."""
    waits_for_start: bool = False
    """It begins when it is told to."""


class SharedClock(AutojumpClock):
    """Takes the service's ledger along, which lies in another process."""

    def __init__(self, stage: EngineStage, pipe: Pipe) -> None:
        super().__init__(stage.sandbox)
        self._pipe = pipe

    def advance(self, seconds: float) -> None:
        """Let time pass here and there."""
        super().advance(seconds)
        self._pipe.send(TimeAdvanced(seconds))


def run_worker(part: WorkerTask, stage: EngineStage, pipe: Pipe) -> None:
    """Do the part, in a process of its own."""
    if part.mutation is not None:
        part.mutation()
    if any(disturbance in STORAGE_FAULTS for disturbance in part.scenario.disturbances.values()):
        capture_connections()
    if part.waits_for_start:
        pipe.recv()
    try:
        ended = asyncio.run(_Worker(part, stage, pipe).run())
    except UnsubError as error:
        ended = WorkerEnded(error.problem.kind)
    pipe.send(ended)


class _Worker:
    def __init__(self, part: WorkerTask, stage: EngineStage, pipe: Pipe) -> None:
        self._part = part
        self._pipe = pipe
        self._clock = SharedClock(stage, pipe)
        self._run_config = self._build_run_config(stage)
        self._steps = 0
        self._step_counts: Counter[str] = Counter()
        self._started = threading.Event()
        self._handle: RunHandle | None = None
        self._sends_heartbeats = part.scenario.attended
        self._shown_orders: set[tuple[str, str]] = set()

    def _build_run_config(self, stage: EngineStage) -> RunConfig:
        scenario, pipe = self._part.scenario, self._pipe
        pacing = replace(NO_RATE_LIMITS, sleep=self._clock.sleep, monotonic=self._clock.monotonic)
        connection = replace(
            stage.connection(),
            transport_factory=lambda: PipeTransport(pipe),
            service_transports={key: partial(PipeTransport, pipe, key) for key in stage.sandbox.service_apps},
            retry_policy=pacing,
        )
        parts = stage.run_config(
            attended=scenario.attended, keep_going=scenario.keep_going, step=self._at_step, connection=connection
        )
        return replace(parts, clock=self._clock, policy=WORKER_POLICY)

    async def run(self) -> WorkerEnded:
        """Begin, and listen to the end."""
        self._loop = asyncio.get_running_loop()
        plan = self._part.plan
        self._handle = (
            start_resume(self._run_config) if plan is None else start_run(plan, confirm_all(plan), self._run_config)
        )
        self._started.set()
        problem = exit_code = None
        async for event in self._handle.events():
            problem = self._handle_event(event, self._handle) or problem
            if isinstance(event, RunEnded):
                exit_code = exit_code_for_run(event.run)
        self._handle.join(TIMEOUT_SECONDS)
        self._pipe.send(OrdersShown(frozenset(self._shown_orders)))
        return WorkerEnded(problem, exit_code)

    def _handle_event(self, event: RunEvent, handle: RunHandle) -> ProblemKind | None:
        match event:
            case UnitChanged(unit=unit):
                if unit.order_id is not None:
                    self._shown_orders.add((unit.resource_id, unit.order_id))
                return None
            case RunPaused():
                self._sends_heartbeats = True
                handle.resume()
                return None
            case _:
                problem = getattr(event, "problem", None)
                return problem.kind if problem is not None else None

    def _at_step(self, name: str) -> None:
        """Be at a step: let happen what is due, and die here if this is the place."""
        if name.startswith(("read", "request")):  # the record is open: whoever started the run gets its handle
            self._started.wait()
        self._steps += 1
        self._step_counts[name] += 1
        self._pipe.send(StepReached(name))
        disturbance = self._part.scenario.disturbances.get(StepOccurrence(name, self._step_counts[name]))
        if disturbance is not None and self._part.plan is not None:
            self._pipe.recv()  # the service's side has done it
            self._apply_disturbance(disturbance)
        if self._steps == self._part.kill_at:
            self._die()
        if self._sends_heartbeats and self._handle is not None:
            self._handle.heartbeat()
            self._pipe.send(HeartbeatSent())

    def _apply_disturbance(self, disturbance: Disturbance) -> None:
        if disturbance in STORAGE_FAULTS:
            STORAGE_FAULTS[disturbance]()
        elif disturbance is Disturbance.STALLED:
            self._sends_heartbeats = False
            self._clock.advance(60)
        elif disturbance is Disturbance.STOPPED and self._handle is not None:
            self._handle.stop()
            self._pipe.send(StopRequested())

    def _die(self) -> None:
        """Show what there is to show, and die."""
        if self._started.is_set():
            asyncio.run_coroutine_threadsafe(_drain_listener(), self._loop).result()
            self._pipe.send(OrdersShown(frozenset(self._shown_orders)))
        os.kill(os.getpid(), signal.SIGKILL)


async def _drain_listener() -> None:
    """Return when the listener in this loop has heard what was told."""
    for _ in range(5):
        await asyncio.sleep(0)
