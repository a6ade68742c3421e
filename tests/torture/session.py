"""A world that is told step by step what happens, for tests that choose as they go."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection

from tests.engine.stage import Stage
from tests.torture.record import read_record
from tests.torture.scenarios import Deed, Scenario
from tests.torture.world import Fate, Kill, World

POOL = 5
"""How many resources a session is about; they are named by their places."""


@dataclass(frozen=True, slots=True)
class Open:
    """Begin a session."""

    scenario: Scenario


@dataclass(frozen=True, slots=True)
class Confirm:
    """A person plans these and confirms."""

    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Carry:
    """A victim carries the plan out, under this scenario's faults."""

    scenario: Scenario
    kill: Kill | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """A victim settles what is open."""

    kill: Kill | None = None


@dataclass(frozen=True, slots=True)
class Compete:
    """Two victims carry the plan out."""

    head_start: int


@dataclass(frozen=True, slots=True)
class Pass:
    """Time passes while nothing runs."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Meddle:
    """Somebody else does something to a resource."""

    place: int
    deed: Deed


class Close:
    """Everything goes well from now on; the session ends."""


Command = Confirm | Carry | Resume | Compete | Pass | Meddle | Close


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How things stand."""

    breaches: Sequence[str]
    planned: Sequence[int]
    states: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """The states of every unit of a resource, oldest first."""
    executed: frozenset[int] = frozenset()
    """What was unsubscribed for us."""
    fates: Sequence[Fate] = ()


def pool(stage: Stage) -> list[str]:
    """Return resources that have no purchase in common."""
    found: dict[int, str] = {}
    for each in stage.ids(10_000):
        resource = stage.sandbox.account.resources.get(each)
        assert resource is not None
        found.setdefault(resource.purchase_number, each)
    return list(found.values())[:POOL]


def serve(world: World, pipe: Connection) -> None:
    """Do what is said until the session is closed."""
    ids = pool(world.stage)
    while True:
        command: Command = pipe.recv()
        fates = _obey(world, ids, command)
        pipe.send(_report(world, ids, fates))
        if isinstance(command, Close):
            return


def _obey(world: World, ids: list[str], command: Command) -> list[Fate]:
    match command:
        case Confirm(places=places):
            world.face(replace(world.scenario, faults=(), ways={}))
            world.confirm(asyncio.run(world.stage.plan([ids[place] for place in places])))
        case Carry(scenario=scenario, kill=kill):
            world.face(scenario)
            return [world.run(kill)]
        case Resume(kill=kill):
            return [world.resume(kill)]
        case Compete(head_start=head_start):
            world.face(replace(world.scenario, faults=(), ways={}))
            return world.race((None, None), head_start)
        case Pass(seconds=seconds):
            world.leap(seconds)
        case Meddle(place=place, deed=deed):
            world.do(deed, ids[place])
        case Close():
            world.settle()
    return []


def _report(world: World, ids: list[str], fates: list[Fate]) -> Report:
    record = read_record(world.judge.record_path)
    ledger = world.stage.sandbox.account
    return Report(
        breaches=list(world.judge.breaches),
        planned=[ids.index(item.id) for item in world.plan.items],
        states={place: [row.state for row in record.of(each)] for place, each in enumerate(ids)},
        executed=frozenset(place for place, each in enumerate(ids) if ledger.executions(each)),
        fates=fates,
    )
