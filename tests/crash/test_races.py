from __future__ import annotations

import random

import pytest

from tests.crash.crash_scenarios import SEND_FAULTS
from tests.crash.fork_client import ForkServer
from tests.crash.kill_sweep import RecordProperty, Sweep, report_sweep
from tests.crash.vendor_process import KillPhase, KillPoint
from tests.support.effort import by_effort
from unsub_tui.domain.problem import ProblemKind

RACES = by_effort(5, 25, 500)


@pytest.mark.parametrize("heat", range(4))
def test_two_processes_race_for_a_plan(fork_server: ForkServer, record_property: RecordProperty, heat: int) -> None:
    """Two runs of one plan begin at the same moment: each unit is sent once, and whoever comes second is refused."""
    chance, found = random.Random(heat), Sweep()
    for _ in range(RACES):
        job_result = fork_server.race(SEND_FAULTS[0], (None, None), _head_start(chance))
        found.add(f"race {heat}", job_result)
        requests = [
            sum(path.endswith("/unsubscribe") for path in worker_result.calls) for worker_result in job_result.results
        ]
        refused = [worker_result.problem is ProblemKind.LOCKED for worker_result in job_result.results]
        assert sorted(requests) == [0, 2]
        assert any(refused) or min(len(worker_result.calls) for worker_result in job_result.results) >= 2

    report_sweep(record_property, f"race {heat}", found)


@pytest.mark.parametrize("heat", range(4))
def test_one_of_two_is_killed(fork_server: ForkServer, record_property: RecordProperty, heat: int) -> None:
    """One of the two is killed somewhere, and the other may take the account over: nothing is sent twice or lost."""
    chance, found = random.Random(heat), Sweep()
    for _ in range(RACES // 4):
        kill = KillPoint(chance.choice(list(KillPhase)), chance.randint(1, 16))
        scenario = chance.choice(SEND_FAULTS)
        found.add(f"race for {scenario.name}", fork_server.race(scenario, (kill, None), _head_start(chance)))

    report_sweep(record_property, f"race with a death {heat}", found)


def _head_start(chance: random.Random) -> int:
    """Return how far the first is when the second begins: mostly not far."""
    return chance.choice((0, 0, 1, 2, 5, chance.randint(5, 150)))
