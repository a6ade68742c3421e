from __future__ import annotations

import pytest

from tests.torture.scenarios import AGAIN, ALL, EMPTY, OVERDUE, Scenario
from tests.torture.world import Kill, Where
from tests.torture.zygote import Kills, Zygote

BY_NAME = {scenario.name: scenario for scenario in (*ALL, AGAIN, EMPTY, OVERDUE)}

MUTANTS: list[tuple[str, str, Kills]] = [
    ("S1", "nothing", ()),
    ("S2", "confirmed again too early", ()),
    ("S3", "nothing", ()),
    ("S3 drift", "not what was confirmed", ()),
    ("S4", "cut before", ()),
    ("S5", "lock removed", ()),
    ("S5", "screen stalled", ()),
    ("S5", "stopped", ()),
    ("S6", "nothing", ()),
    ("S7", "cut after", ()),
    ("S8", "nothing", (Kill(Where.RECEIVED, 2),)),
    ("S9", "nothing", (Kill(Where.STEP, 10),)),
    ("S10", "settles slowly", ()),
    ("S11", "listing empty for long", ()),
    ("S11 once", "held too long", ()),
    ("S12", "nothing", ()),
]
"""A rule, and the circumstances in which it is missed."""


def test_every_rule_is_switched_off_once() -> None:
    """There is a mutant for each of the twelve rules."""
    assert {name.split()[0] for name, _, _ in MUTANTS} == {f"S{number}" for number in range(1, 13)}


@pytest.mark.parametrize(("rule", "name", "kills"), MUTANTS, ids=[f"{rule}-{name}" for rule, name, _ in MUTANTS])
def test_a_rule_that_is_switched_off_is_missed(zygote: Zygote, rule: str, name: str, kills: Kills) -> None:
    """With the rule the service sees no breach; without it, in the very same scenario, it does."""
    scenario: Scenario = BY_NAME[name]

    assert zygote.judge(scenario, kills).breaches == []
    breaches = zygote.judge(scenario, kills, spoil=rule).breaches
    number, *_ = rule.split()
    assert any(breach.startswith(f"{number}:") for breach in breaches)


def test_the_index_alone_keeps_a_second_attempt_out(zygote: Zygote) -> None:
    """Where the code forgets to look for an open attempt, the record still refuses one (S2)."""
    assert zygote.judge(AGAIN, spoil="S2 in code").breaches == []
