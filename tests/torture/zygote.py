"""Asks a process in which everything is loaded to torture runs; `tests/torture/nursery.py` is that process."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

from tests.torture.scenarios import Scenario
from tests.torture.session import Command, Open, Report
from tests.torture.world import Fate, Kill

Kills = tuple[Kill | None, ...]
"""Where each victim of a run is killed: the one that sends first, then those that resume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A scenario, and how its victims die."""

    scenario: Scenario
    kills: Kills
    spoil: str = ""
    """Which rule of the engine is switched off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """Two processes that carry one plan out at the same moment."""

    scenario: Scenario
    kills: Kills
    """Where each of them is killed."""
    head_start: int
    """How many things the first has said when the second begins."""


@dataclass(slots=True)
class Verdict:
    """What became of a job."""

    breaches: list[str] = field(default_factory=list)
    fates: list[Fate] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    """Where the victims died."""


class Zygote:
    """Starts the process, and gives it one job after the other."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "tests.torture.nursery", str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        self._pipe = Connection(ours.detach())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.close()
        self._process.wait()

    def judge(self, scenario: Scenario, kills: Kills = (), spoil: str = "") -> Verdict:
        """Let a world run a scenario, and return what came of it."""
        return self.ask(Job(scenario=scenario, kills=kills, spoil=spoil))

    def race(self, scenario: Scenario, kills: Kills, head_start: int) -> Verdict:
        """Let two processes race for a plan."""
        return self.ask(Race(scenario=scenario, kills=kills, head_start=head_start))

    def ask(self, job: Job | Race) -> Verdict:
        """Hand over any job, and wait for its verdict."""
        self._pipe.send(job)
        verdict: Verdict = self._pipe.recv()
        return verdict

    def open(self, scenario: Scenario) -> Session:
        """Begin a session; nothing else can be asked until it is closed."""
        self._pipe.send(Open(scenario))
        return Session(self._pipe)


class Session:
    """A world that is told step by step what happens."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def tell(self, command: Command) -> Report:
        """Let something happen, and return how things stand."""
        self._pipe.send(command)
        report: Report = self._pipe.recv()
        return report
