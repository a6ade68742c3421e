"""What happens in a victim: the real engine carries a plan out, or resumes, and dies where it is told to."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection as Pipe

from tests.engine.stage import PACING, LeapingClock, Stage, confirmed
from tests.sizes import PATIENCE
from tests.torture.sabotage import SABOTAGE, catch_connections
from tests.torture.scenarios import Deed, Moment, Scenario
from tests.torture.wire import PipeTransport
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.run import RunEvent, RunPaused, UnitChanged
from unsub_tui.engine.run.executor import RunConfig, RunHandle, start_resume, start_run
from unsub_tui.engine.run.run_policy import RunPolicy

PACE = RunPolicy(poll_delays=(30, 300), reconcile_delays=(2, 60, 300, 605))
"""Fewer looks than a person would like, and the same limits."""

BEFORE = frozenset({"lock taken", "record opened", "run recorded"})
"""Steps at which whoever started the run still waits for its handle."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step was reached."""

    name: str


@dataclass(frozen=True, slots=True)
class Leap:
    """Time passes."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Shown:
    """These orders of these resources have been shown."""

    orders: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Ended:
    """The work ended by itself."""

    problem: ProblemKind | None


class Beat:
    """The screen gave a sign of life."""


class Stopped:
    """A stop was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one victim does."""

    scenario: Scenario
    plan: Plan | None = None
    """None: it resumes."""
    kill_at: int = 0
    """The step at which it dies; 0 for never."""
    spoil: Callable[[], None] | None = None
    """Switches one rule of the engine off."""
    waits: bool = False
    """It begins when it is told to."""


class TellingClock(LeapingClock):
    """Takes the service's ledger along, which lies in another process."""

    def __init__(self, stage: Stage, pipe: Pipe) -> None:
        super().__init__(stage.sandbox)
        self._pipe = pipe

    def leap(self, seconds: float) -> None:
        """Let time pass here and there."""
        super().leap(seconds)
        self._pipe.send(Leap(seconds))


def perform(part: Part, stage: Stage, pipe: Pipe) -> None:
    """Do the part, in a process of its own."""
    if part.spoil is not None:
        part.spoil()
    if any(deed in SABOTAGE for deed in part.scenario.deeds.values()):
        catch_connections()
    if part.waits:
        pipe.recv()
    try:
        problem = asyncio.run(_Victim(part, stage, pipe).live())
    except UnsubError as error:
        problem = error.problem.kind
    pipe.send(Ended(problem))


class _Victim:
    def __init__(self, part: Part, stage: Stage, pipe: Pipe) -> None:
        self._part = part
        self._pipe = pipe
        self._clock = TellingClock(stage, pipe)
        self._parts = self._equipped(stage)
        self._steps = 0
        self._times: Counter[str] = Counter()
        self._begun = threading.Event()
        self._handle: RunHandle | None = None
        self._beats = part.scenario.attended
        self._orders: set[tuple[str, str]] = set()
        self._problem: ProblemKind | None = None

    def _equipped(self, stage: Stage) -> RunConfig:
        scenario, pipe = self._part.scenario, self._pipe
        pacing = replace(PACING, sleep=self._clock.sleep, monotonic=self._clock.monotonic)
        connection = replace(stage.connection(), transport_factory=lambda: PipeTransport(pipe), retry_policy=pacing)
        parts = stage.parts(
            attended=scenario.attended, keep_going=scenario.keep_going, step=self._step, connection=connection
        )
        return replace(parts, clock=self._clock, policy=PACE)

    async def live(self) -> ProblemKind | None:
        """Begin, and listen to the end."""
        self._loop = asyncio.get_running_loop()
        plan = self._part.plan
        self._handle = start_resume(self._parts) if plan is None else start_run(plan, confirmed(plan), self._parts)
        self._begun.set()
        problem = None
        async for event in self._handle.events():
            problem = self._hear(event, self._handle) or problem
        self._handle.join(PATIENCE)
        self._pipe.send(Shown(frozenset(self._orders)))
        return problem

    def _hear(self, event: RunEvent, handle: RunHandle) -> ProblemKind | None:
        match event:
            case UnitChanged(unit=unit):
                if unit.order_id is not None:
                    self._orders.add((unit.resource_id, unit.order_id))
                return None
            case RunPaused():
                self._beats = True
                handle.resume()
                return None
            case _:
                problem = getattr(event, "problem", None)
                return problem.kind if problem is not None else None

    def _step(self, name: str) -> None:
        """Be at a step: let happen what is due, and die here if this is the place."""
        if name not in BEFORE:
            self._begun.wait()
        self._steps += 1
        self._times[name] += 1
        self._pipe.send(Step(name))
        deed = self._part.scenario.deeds.get(Moment(name, self._times[name]))
        if deed is not None and self._part.plan is not None:
            self._pipe.recv()  # the service's side has done it
            self._do(deed)
        if self._steps == self._part.kill_at:
            self._die(name)
        if self._beats and self._handle is not None:
            self._handle.heartbeat()
            self._pipe.send(Beat())

    def _do(self, deed: Deed) -> None:
        if deed in SABOTAGE:
            SABOTAGE[deed]()
        elif deed is Deed.STALLED:
            self._beats = False
            self._clock.leap(60)
        elif deed is Deed.STOPPED and self._handle is not None:
            self._handle.stop()
            self._pipe.send(Stopped())

    def _die(self, name: str) -> None:
        """Show what there is to show, and die."""
        if name not in BEFORE:
            asyncio.run_coroutine_threadsafe(_listened(), self._loop).result()
            self._pipe.send(Shown(frozenset(self._orders)))
        os.kill(os.getpid(), signal.SIGKILL)


async def _listened() -> None:
    """Return when the listener in this loop has heard what was told."""
    for _ in range(5):
        await asyncio.sleep(0)
