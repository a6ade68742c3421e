"""Many runs of one scenario, each killed elsewhere, and what is counted of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.torture.scenarios import Scenario
from tests.torture.world import Fate, Kill, Where
from tests.torture.zygote import Kills, Verdict, Zygote

INSIDE = (Where.HALF, Where.RECEIVED, Where.ANSWERING)


@dataclass(slots=True)
class Sweep:
    """What came of many runs."""

    runs: int = 0
    kills: int = 0
    points: set[str] = field(default_factory=set)
    breaches: list[str] = field(default_factory=list)
    """Each with the run in which it was seen, and how to see it again."""

    def add(self, name: str, verdict: Verdict) -> None:
        """Count a run."""
        points = [point for point in verdict.points if point]
        self.runs += 1
        self.kills += len(points)
        self.points |= set(points)
        self.breaches += [f"{name}: {breach}" for breach in verdict.breaches]


def sweep(zygote: Zygote, scenario: Scenario, courses: Iterable[Kills]) -> Sweep:
    """Run a scenario once for each way to die."""
    found = Sweep()
    for kills in courses:
        found.add(f"{scenario.name}, {kills}", zygote.judge(scenario, kills))
    return found


def note(record_property: Callable[[str, object], None], name: str, found: Sweep) -> None:
    """Count a sweep for the end of the tests, and fail where it found a breach."""
    counts = {"runs": found.runs, "kills": found.kills, "points": sorted(found.points), "breaches": len(found.breaches)}
    record_property("torture", {"scenario": name, **counts})
    assert found.breaches == []


def undisturbed(zygote: Zygote, scenario: Scenario) -> Fate:
    """Return what a run does that nobody kills."""
    return zygote.judge(scenario).fates[0]


def everywhere(fate: Fate) -> Iterator[Kills]:
    """Yield every point of a run: each step, and inside each call three."""
    yield from every_step(fate)
    for number, _ in enumerate(fate.calls, 1):
        for where in INSIDE:
            yield (Kill(where, number),)


def every_step(fate: Fate) -> Iterator[Kills]:
    """Yield each step."""
    for number, _ in enumerate(fate.steps, 1):
        yield (Kill(Where.STEP, number),)


def a_few(points: Iterable[Kills], seed: str, count: int) -> list[Kills]:
    """Return some of these points by chance."""
    every = list(points)
    return random.Random(seed).sample(every, min(count, len(every)))


def inside_requests(fate: Fate) -> Iterator[Kills]:
    """Yield the points inside each unsubscribe request."""
    for number, path in enumerate(fate.calls, 1):
        if path.endswith("/unsubscribe"):
            for where in INSIDE:
                yield (Kill(where, number),)


def anywhere(fate: Fate, seed: str, count: int, deaths: int = 1) -> Iterator[Kills]:
    """Yield points by chance: of the run, and with more `deaths`, of those that resume it as well."""
    chance = random.Random(seed)
    for _ in range(count):
        first = _somewhere(chance, len(fate.steps), len(fate.calls))
        yield (first, *(_somewhere(chance, 20, 8) for _ in range(deaths - 1)))


def _somewhere(chance: random.Random, steps: int, calls: int) -> Kill:
    if not calls or chance.random() < 0.5:
        return Kill(Where.STEP, chance.randint(1, max(1, steps)))
    return Kill(chance.choice(INSIDE), chance.randint(1, calls))
