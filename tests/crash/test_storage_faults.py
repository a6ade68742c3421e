"""A record that cannot be written any more: nothing is sent, what is there stays readable, and the person is told."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.crash.crash_scenarios import (
    ENVIRONMENT_FAULTS,
    LEFTOVERS,
    SEND_FAULTS,
    Disturbance,
    Scenario,
    StepOccurrence,
)
from tests.crash.fork_client import ForkServer, JobResult
from tests.crash.kill_sweep import RecordProperty, Sweep, report_sweep, run_undisturbed
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.domain.problem import ProblemKind

NOTHING = SEND_FAULTS[0]
BUSY = next(each for each in ENVIRONMENT_FAULTS if each.name == "busy for a while")


def commit_steps(fork_server: ForkServer, scenario: Scenario = NOTHING) -> list[StepOccurrence]:
    """Return the moments before each commit of a run that nothing else happens to."""
    steps = run_undisturbed(fork_server, scenario).steps
    before = [(place, step) for place, step in enumerate(steps) if step == "record opened" or is_commit(step)]
    return [StepOccurrence(step, steps[: place + 1].count(step)) for place, step in before]


def is_commit(step: str) -> bool:
    """Whether a commit follows this step."""
    return step.startswith("commit") and step.endswith("begins")


def is_committed(step: str) -> bool:
    """Whether this step follows a commit that was written."""
    return step.startswith("commit") and step.endswith("done")


def sweep_disturbance(
    fork_server: ForkServer,
    disturbance: Disturbance,
    moments: list[StepOccurrence],
    state_dir: str = "",
    like: Scenario = NOTHING,
) -> tuple[Sweep, list[JobResult]]:
    """Run once for each moment at which the record fails."""
    found, job_results = Sweep(), []
    for moment in moments:
        scenario = replace(like, disturbances={moment: disturbance}, state_dir=state_dir)
        job_results.append(fork_server.run_scenario(scenario))
        found.add(f"{disturbance.name} at {moment}", job_results[-1])
    return found, job_results


@pytest.mark.parametrize(
    ("deed", "like"),
    [
        (Disturbance.FILES_LIMITED, NOTHING),
        (Disturbance.RECORD_READ_ONLY, NOTHING),
        (Disturbance.RECORD_READ_ONLY, BUSY),
    ],
    ids=["files limited", "read-only", "read-only while busy"],
)
def test_every_commit_fails_once(
    fork_server: ForkServer, record_property: RecordProperty, deed: Disturbance, like: Scenario
) -> None:
    """Whichever commit fails is the last: the run says so, sends nothing more, and a resume finds the truth (S1)."""
    moments = commit_steps(fork_server, like)

    found, job_results = sweep_disturbance(fork_server, deed, moments, like=like)

    assert len(moments) >= 8
    for moment, job_result in zip(moments, job_results, strict=True):
        worker_result = job_result.results[0]
        assert worker_result.problem is ProblemKind.JOURNAL
        assert not any(each.startswith("request") or is_committed(each) for each in after(worker_result.steps, moment))
    report_sweep(record_property, deed.name, found)


@pytest.mark.parametrize("deed", [Disturbance.FILES_LIMITED, Disturbance.RECORD_READ_ONLY])
def test_leftovers_that_cannot_be_recorded(
    fork_server: ForkServer, record_property: RecordProperty, deed: Disturbance
) -> None:
    """The person is told; outcomes and exit code are those of the run, and a resume records the leftovers."""
    moments = commit_steps(fork_server, LEFTOVERS)[-2:]

    found, job_results = sweep_disturbance(fork_server, deed, moments, like=LEFTOVERS)

    for job_result in job_results:
        worker_result = job_result.results[0]
        assert worker_result.calls[-1].endswith("/vaults")
        assert (worker_result.problem, worker_result.exit_code) == (ProblemKind.JOURNAL, ExitCode.OK)
    report_sweep(record_property, f"{deed.name} at leftovers", found)


def after(steps: list[str], moment: StepOccurrence) -> list[str]:
    """Return what came after a moment."""
    places = [place for place, step in enumerate(steps) if step == moment.step]
    return steps[places[moment.occurrence - 1] + 1 :]


def test_a_record_that_may_not_grow(fork_server: ForkServer, record_property: RecordProperty) -> None:
    """With no page left, the first commit that needs one is the last thing that a run does."""
    found, job_results = sweep_disturbance(fork_server, Disturbance.RECORD_FULL, commit_steps(fork_server))

    assert sum(job_result.results[0].problem is ProblemKind.JOURNAL for job_result in job_results) >= 4
    report_sweep(record_property, "RECORD_FULL", found)


def test_a_record_that_somebody_else_writes_to(fork_server: ForkServer, record_property: RecordProperty) -> None:
    """A lock of another program on the record is waited for, not for ever; then nothing more is sent."""
    moments = commit_steps(fork_server)

    found, job_results = sweep_disturbance(fork_server, Disturbance.RECORD_LOCKED, [moments[0], moments[1], moments[2]])

    assert {job_result.results[0].problem for job_result in job_results} == {ProblemKind.JOURNAL}
    report_sweep(record_property, "RECORD_LOCKED", found)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with little room."""
    point = tmp_path / "disk"
    point.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m,mode=700", "tmpfs", str(point)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small file system")
    yield point
    subprocess.run(["umount", "-l", str(point)], check=True)


def test_a_disk_that_is_full(fork_server: ForkServer, record_property: RecordProperty, small_disk: Path) -> None:
    """When a disk is full, at whichever commit, nothing more is sent."""
    found, problems = Sweep(), set()
    for place, moment in enumerate(commit_steps(fork_server)):
        state_dir = small_disk / str(place)
        each, job_results = sweep_disturbance(fork_server, Disturbance.DISK_FULL, [moment], str(state_dir))
        found.violations += each.violations
        found.runs += each.runs
        problems |= {job_result.results[0].problem for job_result in job_results}

    assert problems == {ProblemKind.JOURNAL}
    report_sweep(record_property, "DISK_FULL", found)


def test_a_disk_that_can_only_be_read(fork_server: ForkServer, small_disk: Path) -> None:
    """Where the record cannot even be opened for writing, nothing begins, and the person is told."""
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    job_result = fork_server.run_scenario(replace(NOTHING, state_dir=str(small_disk / "state")))

    assert job_result.results[0].problem is ProblemKind.JOURNAL
    assert job_result.results[0].calls == []
