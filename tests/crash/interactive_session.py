"""A world that is told step by step what happens, for tests that choose as they go."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection

from tests.crash.crash_scenarios import Disturbance, Scenario
from tests.crash.journal_snapshot import read_journal
from tests.crash.vendor_process import KillPoint, VendorProcess, WorkerResult
from tests.support.engine_stage import EngineStage

POOL = 5
"""How many resources a session is about; they are named by their places."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Begin a session."""

    scenario: Scenario


@dataclass(frozen=True, slots=True)
class ConfirmPlan:
    """A person plans these and confirms."""

    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A victim carries the plan out, under this scenario's faults."""

    scenario: Scenario
    kill: KillPoint | None = None


@dataclass(frozen=True, slots=True)
class ResumeRun:
    """A victim settles what is open."""

    kill: KillPoint | None = None


@dataclass(frozen=True, slots=True)
class RaceRuns:
    """Two victims carry the plan out."""

    head_start: int


@dataclass(frozen=True, slots=True)
class AdvanceTime:
    """Time passes while nothing runs."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Disturb:
    """Somebody else does something to a resource."""

    place: int
    disturbance: Disturbance


class CloseSession:
    """Everything goes well from now on; the session ends."""


Command = ConfirmPlan | RunPlan | ResumeRun | RaceRuns | AdvanceTime | Disturb | CloseSession


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReport:
    """How things stand."""

    violations: Sequence[str]
    planned: Sequence[int]
    states: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """The states of every unit of a resource, oldest first."""
    executed: frozenset[int] = frozenset()
    """What was unsubscribed for us."""
    results: Sequence[WorkerResult] = ()


def pool(stage: EngineStage) -> list[str]:
    """Return resources that have no purchase in common."""
    found: dict[int, str] = {}
    for each in stage.ids(10_000):
        found.setdefault(stage.resource(each).purchase_number, each)
    return list(found.values())[:POOL]


def serve_session(vendor: VendorProcess, pipe: Connection) -> None:
    """Do what is said until the session is closed."""
    ids = pool(vendor.stage)
    while True:
        command: Command = pipe.recv()
        worker_results = _execute(vendor, ids, command)
        pipe.send(_session_report(vendor, ids, worker_results))
        if isinstance(command, CloseSession):
            return


def _execute(vendor: VendorProcess, ids: list[str], command: Command) -> list[WorkerResult]:
    match command:
        case ConfirmPlan(places=places):
            vendor.set_scenario(replace(vendor.scenario, faults=(), deliveries={}))
            vendor.confirm(asyncio.run(vendor.stage.plan([ids[place] for place in places])))
        case RunPlan(scenario=scenario, kill=kill):
            vendor.set_scenario(scenario)
            return [vendor.run(kill)]
        case ResumeRun(kill=kill):
            return [vendor.resume(kill)]
        case RaceRuns(head_start=head_start):
            vendor.set_scenario(replace(vendor.scenario, faults=(), deliveries={}))
            return vendor.race((None, None), head_start)
        case AdvanceTime(seconds=seconds):
            vendor.advance(seconds)
        case Disturb(place=place, disturbance=disturbance):
            vendor.disturb(disturbance, ids[place])
        case CloseSession():
            vendor.settle_all()
    return []


def _session_report(vendor: VendorProcess, ids: list[str], worker_results: list[WorkerResult]) -> SessionReport:
    record = read_journal(vendor.checker.record_path)
    ledger = vendor.stage.sandbox.account
    return SessionReport(
        violations=list(vendor.checker.violations),
        planned=[ids.index(item.id) for item in vendor.plan.items],
        states={place: [row.state for row in record.units_of(each)] for place, each in enumerate(ids)},
        executed=frozenset(place for place, each in enumerate(ids) if ledger.executions(each)),
        results=worker_results,
    )
