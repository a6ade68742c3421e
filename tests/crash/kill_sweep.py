"""Many runs of one scenario, each killed elsewhere, and what is counted of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.crash.crash_scenarios import Scenario
from tests.crash.fork_client import ForkServer, JobResult, KillSequence
from tests.crash.vendor_process import KillPhase, KillPoint, WorkerResult

RecordProperty = Callable[[str, object], None]
"""Notes a property of a test."""

CALL_PHASES = (KillPhase.HALF, KillPhase.RECEIVED, KillPhase.ANSWERING)


@dataclass(slots=True)
class Sweep:
    """What came of many runs."""

    runs: int = 0
    kills: int = 0
    points: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)
    """Each with the run in which it was seen, and how to see it again."""

    def add(self, name: str, job_result: JobResult) -> None:
        """Count a run."""
        points = [point for point in job_result.kill_point_names if point]
        self.runs += 1
        self.kills += len(points)
        self.points |= set(points)
        self.violations += [f"{name}: {violation}" for violation in job_result.violations]


def check_sweep(
    fork_server: ForkServer, record_property: RecordProperty, scenario: Scenario, kill_sequences: Iterable[KillSequence]
) -> None:
    """Run a scenario once for each way to die, and report what came of it."""
    found = Sweep()
    for kills in kill_sequences:
        found.add(f"{scenario.name}, {kills}", fork_server.run_scenario(scenario, kills))
    report_sweep(record_property, scenario.name, found)


def report_sweep(record_property: RecordProperty, name: str, found: Sweep) -> None:
    """Count a sweep for the end of the tests, and fail where it found a breach."""
    counts = {
        "runs": found.runs,
        "kills": found.kills,
        "points": sorted(found.points),
        "breaches": len(found.violations),
    }
    record_property("crash", {"scenario": name, **counts})
    assert found.violations == []


def run_undisturbed(fork_server: ForkServer, scenario: Scenario) -> WorkerResult:
    """Return what a run does that nobody kills."""
    return fork_server.run_scenario(scenario).results[0]


def all_kill_points(worker_result: WorkerResult) -> Iterator[KillSequence]:
    """Yield every point of a run: each step, and inside each call three."""
    yield from step_kill_points(worker_result)
    for number, _ in enumerate(worker_result.calls, 1):
        for where in CALL_PHASES:
            yield (KillPoint(where, number),)


def step_kill_points(worker_result: WorkerResult) -> Iterator[KillSequence]:
    """Yield each step."""
    for number, _ in enumerate(worker_result.steps, 1):
        yield (KillPoint(KillPhase.STEP, number),)


def sample_kill_points(points: Iterable[KillSequence], seed: str, count: int) -> list[KillSequence]:
    """Return some of these points by chance."""
    every = list(points)
    return random.Random(seed).sample(every, min(count, len(every)))


def request_kill_points(worker_result: WorkerResult) -> Iterator[KillSequence]:
    """Yield the points inside each unsubscribe request."""
    for number, path in enumerate(worker_result.calls, 1):
        if path.endswith("/unsubscribe"):
            for where in CALL_PHASES:
                yield (KillPoint(where, number),)


def random_kill_points(worker_result: WorkerResult, seed: str, count: int, deaths: int = 1) -> Iterator[KillSequence]:
    """Yield points by chance: of the run, and with more `deaths`, of those that resume it as well."""
    chance = random.Random(seed)
    for _ in range(count):
        first = _random_kill(chance, len(worker_result.steps), len(worker_result.calls))
        yield (first, *(_random_kill(chance, 20, 8) for _ in range(deaths - 1)))


def _random_kill(chance: random.Random, steps: int, calls: int) -> KillPoint:
    if not calls or chance.random() < 0.5:
        return KillPoint(KillPhase.STEP, chance.randint(1, max(1, steps)))
    return KillPoint(chance.choice(CALL_PHASES), chance.randint(1, calls))
