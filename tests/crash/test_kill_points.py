"""Runs that are killed anywhere, under every fault, and resumed: nothing is sent twice, lost, or claimed falsely."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import pytest

from tests.crash.crash_scenarios import (
    ALL,
    ANSWER_FAULTS,
    ENVIRONMENT_FAULTS,
    EQUIVALENT_ANSWER_FAULTS,
    LEFTOVERS,
    READ_FAULTS,
    SEND_FAULTS,
    Scenario,
    mixed_scenario,
)
from tests.crash.fork_client import ForkServer, KillSequence
from tests.crash.kill_sweep import (
    CALL_PHASES,
    RecordProperty,
    all_kill_points,
    check_sweep,
    random_kill_points,
    request_kill_points,
    run_undisturbed,
    sample_kill_points,
    step_kill_points,
)
from tests.crash.vendor_process import KillPhase, KillPoint
from tests.support.effort import IS_EXHAUSTIVE, IS_LONG, by_effort
from unsub_tui.cli.exit_codes import ExitCode

MIXES = by_effort(2, 8, 400)
WHOLE = ANSWER_FAULTS[:1]
"""Killed at twelve points in the short form; the others at one."""
LEFTOVER_COMMITS = ["commit settled begins", "commit settled done"] * 2
"""The last steps of a run with leftovers: an event for each of its units."""


def named(scenario: Scenario) -> str:
    """Return a scenario's name for the list of tests."""
    return scenario.name.replace(" ", "-")


@pytest.mark.parametrize("scenario", SEND_FAULTS if IS_EXHAUSTIVE else ANSWER_FAULTS, ids=named)
def test_killed_at_every_step(fork_server: ForkServer, record_property: RecordProperty, scenario: Scenario) -> None:
    """Whatever happens to a request, a run that is killed at any step, or inside a request, ends truthfully."""
    worker_result = run_undisturbed(fork_server, scenario)
    points: Iterable[KillSequence] = (
        all_kill_points(worker_result)
        if IS_EXHAUSTIVE
        else chain(step_kill_points(worker_result), request_kill_points(worker_result))
    )
    if not IS_LONG:
        points = sample_kill_points(points, scenario.name, 12 if scenario in WHOLE else 1)
    check_sweep(fork_server, record_property, scenario, points)


@pytest.mark.parametrize(
    "scenario",
    [*READ_FAULTS, *ENVIRONMENT_FAULTS, LEFTOVERS]
    if IS_EXHAUSTIVE
    else [*EQUIVALENT_ANSWER_FAULTS, *READ_FAULTS, *ENVIRONMENT_FAULTS][:: by_effort(2, 1)],
    ids=named,
)
def test_killed_while_reading(fork_server: ForkServer, record_property: RecordProperty, scenario: Scenario) -> None:
    """Whatever is read wrongly, and whatever others do, a run that is killed ends truthfully."""
    worker_result = run_undisturbed(fork_server, scenario)
    points = (
        all_kill_points(worker_result)
        if IS_EXHAUSTIVE
        else random_kill_points(worker_result, scenario.name, by_effort(1, 5))
    )
    check_sweep(fork_server, record_property, scenario, points)


@pytest.mark.parametrize("scenario", by_effort(ANSWER_FAULTS[::3], ALL), ids=named)
def test_killed_again_while_resuming(
    fork_server: ForkServer, record_property: RecordProperty, scenario: Scenario
) -> None:
    """A run that is killed, and whose resumes are killed as well, ends truthfully."""
    worker_result = run_undisturbed(fork_server, scenario)
    points = random_kill_points(worker_result, f"again {scenario.name}", by_effort(1, 1, 60), deaths=3)
    check_sweep(fork_server, record_property, scenario, points)


def test_killed_while_leftovers_are_read(fork_server: ForkServer, record_property: RecordProperty) -> None:
    """Before, during and after the last reads of a run and the events that record them: the outcomes stay."""
    worker_result = run_undisturbed(fork_server, LEFTOVERS)
    assert worker_result.exit_code is ExitCode.OK
    assert worker_result.calls[-1].endswith("/vaults")  # the last of all
    first = worker_result.steps.index("read vaults begins")
    assert worker_result.steps[first:] == ["read vaults begins", "read vaults done", *LEFTOVER_COMMITS]
    steps = range(first, len(worker_result.steps) + 1)
    points = [
        *(KillPoint(KillPhase.STEP, number) for number in steps),
        *(KillPoint(phase, len(worker_result.calls)) for phase in CALL_PHASES),
    ]
    check_sweep(fork_server, record_property, LEFTOVERS, [(point,) for point in points])


@pytest.mark.parametrize("seed", range(MIXES))
def test_killed_under_several_faults(fork_server: ForkServer, record_property: RecordProperty, seed: int) -> None:
    """Under two or three faults at once, a run that is killed twice ends truthfully."""
    scenario = mixed_scenario(seed)
    worker_result = run_undisturbed(fork_server, scenario)
    points = random_kill_points(worker_result, scenario.name, by_effort(2, 5, 20), deaths=2)
    check_sweep(fork_server, record_property, scenario, points)
