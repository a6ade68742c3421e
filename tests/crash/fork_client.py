"""Asks a process in which everything is loaded to torture runs; `tests/crash/fork_server.py` is that process."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Self

from tests.crash.crash_scenarios import Scenario
from tests.crash.interactive_session import Command, OpenSession, SessionReport
from tests.crash.socket_worker import SocketJob
from tests.crash.vendor_process import KillPoint, WorkerResult

KillSequence = tuple[KillPoint | None, ...]
"""Where each victim of a run is killed: the one that sends first, then those that resume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A scenario, and how its victims die."""

    scenario: Scenario
    kills: KillSequence
    mutation: str = ""
    """Which rule of the engine is switched off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """Two processes that carry one plan out at the same moment."""

    scenario: Scenario
    kills: KillSequence
    """Where each of them is killed."""
    head_start: int
    """How many things the first has said when the second begins."""


@dataclass(slots=True)
class JobResult:
    """What became of a job."""

    violations: list[str] = field(default_factory=list)
    results: list[WorkerResult] = field(default_factory=list)
    kill_point_names: list[str] = field(default_factory=list)
    """Where the victims died."""


class ForkServer:
    """Starts the process, and gives it one job after the other."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "tests.crash.fork_server", str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        self._pipe = Connection(ours.detach())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.wait()

    def run_scenario(self, scenario: Scenario, kills: KillSequence = (), mutation: str = "") -> JobResult:
        """Let a world run a scenario, and return what came of it."""
        return self.run_job(Job(scenario=scenario, kills=kills, mutation=mutation))

    def race(self, scenario: Scenario, kills: KillSequence, head_start: int) -> JobResult:
        """Let two processes race for a plan."""
        return self.run_job(Race(scenario=scenario, kills=kills, head_start=head_start))

    def run_job(self, job: Job | Race) -> JobResult:
        """Hand over any job, and wait for its verdict."""
        self._pipe.send(job)
        job_result: JobResult = self._pipe.recv()
        return job_result

    def run_over_sockets(self, job: SocketJob) -> int:
        """Let a victim do its work over sockets in real time; return how it ended: -9 when it was killed."""
        self._pipe.send(job)
        status: int = self._pipe.recv()
        return status

    def open_session(self, scenario: Scenario) -> Session:
        """Begin a session; nothing else can be asked until it is closed."""
        self._pipe.send(OpenSession(scenario))
        return Session(self._pipe)


class Session:
    """A world that is told step by step what happens."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def send(self, command: Command) -> SessionReport:
        """Let something happen, and return how things stand."""
        self._pipe.send(command)
        report: SessionReport = self._pipe.recv()
        return report
