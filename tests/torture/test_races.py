from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.sizes import sized
from tests.torture.scenarios import SENDING
from tests.torture.sweep import Sweep, note
from tests.torture.world import Kill, Where
from tests.torture.zygote import Zygote
from unsub_tui.domain.problem import ProblemKind

RACES = sized(5, 25, 500)


@pytest.mark.parametrize("heat", range(4))
def test_two_processes_race_for_a_plan(
    zygote: Zygote, record_property: Callable[[str, object], None], heat: int
) -> None:
    """Two runs of one plan begin at the same moment: each unit is sent once, and whoever comes second is refused."""
    chance, found = random.Random(heat), Sweep()
    for _ in range(RACES):
        verdict = zygote.race(SENDING[0], (None, None), _head_start(chance))
        found.add(f"race {heat}", verdict)
        requests = [sum(path.endswith("/unsubscribe") for path in fate.calls) for fate in verdict.fates]
        refused = [fate.problem is ProblemKind.LOCKED for fate in verdict.fates]
        assert sorted(requests) == [0, 2]
        assert any(refused) or min(len(fate.calls) for fate in verdict.fates) >= 2

    note(record_property, f"race {heat}", found)


@pytest.mark.parametrize("heat", range(4))
def test_one_of_two_is_killed(zygote: Zygote, record_property: Callable[[str, object], None], heat: int) -> None:
    """One of the two is killed somewhere, and the other may take the account over: nothing is sent twice or lost."""
    chance, found = random.Random(heat), Sweep()
    for _ in range(RACES // 4):
        kill = Kill(chance.choice(list(Where)), chance.randint(1, 16))
        scenario = chance.choice(SENDING)
        found.add(f"race for {scenario.name}", zygote.race(scenario, (kill, None), _head_start(chance)))

    note(record_property, f"race with a death {heat}", found)


def _head_start(chance: random.Random) -> int:
    """Return how far the first is when the second begins: mostly not far."""
    return chance.choice((0, 0, 1, 2, 5, chance.randint(5, 150)))
