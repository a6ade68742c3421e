from __future__ import annotations

import pytest

from tests.crash.crash_scenarios import (
    ALL,
    CONFIRMED_TWICE,
    CONTRADICTIONS,
    EMPTY_LISTING,
    FALSE_REFUSALS,
    LATE_DELIVERY,
    Scenario,
)
from tests.crash.fork_client import ForkServer, KillSequence
from tests.crash.vendor_process import KillPhase, KillPoint

BY_NAME = {
    scenario.name: scenario
    for scenario in (*ALL, *FALSE_REFUSALS, *CONTRADICTIONS, CONFIRMED_TWICE, EMPTY_LISTING, LATE_DELIVERY)
}

MUTATION_CASES: list[tuple[str, str, KillSequence]] = [
    ("S1", "nothing", ()),
    ("S1 again", "busy for a while", ()),
    ("S2", "confirmed again too early", ()),
    ("S3", "nothing", ()),
    ("S3 drift", "not what was confirmed", ()),
    ("S3 again", "busy, then changed", ()),
    ("S4", "cut before", ()),
    ("S5", "lock removed", ()),
    ("S5", "screen stalled", ()),
    ("S5", "stopped", ()),
    ("S6", "nothing", ()),
    ("S7", "cut after", ()),
    ("S7 again", "refused, but executed", ()),
    ("S7 again", "renewed periods refused, but gone", ()),
    ("S7 trusting", "refused, but executed", ()),
    ("S8", "nothing", (KillPoint(KillPhase.RECEIVED, 2),)),
    ("S9", "nothing", (KillPoint(KillPhase.STEP, 10),)),
    ("S10", "settles slowly", ()),
    ("S10 kept", "kept in use", ()),
    ("S11", "listing empty for long", ()),
    ("S11 changed", "kept, no order listed", ()),
    ("false claim", "changed, and somebody else's order", ()),
    ("S11 once", "held too long", ()),
    ("S12", "nothing", ()),
    ("leftovers", "leftovers", (KillPoint(KillPhase.RECEIVED, 23),)),
]
"""A rule, and the circumstances in which it is missed."""


def test_every_rule_is_switched_off_once() -> None:
    """There is a mutant for each of the twelve rules, for false claims, and for leftovers that stay unknown."""
    rules = {f"S{number}" for number in range(1, 13)} | {"false", "leftovers"}
    assert {name.split()[0] for name, _, _ in MUTATION_CASES} == rules


@pytest.mark.parametrize(
    ("rule", "name", "kills"), MUTATION_CASES, ids=[f"{rule}-{name}" for rule, name, _ in MUTATION_CASES]
)
def test_a_rule_that_is_switched_off_is_missed(
    fork_server: ForkServer, rule: str, name: str, kills: KillSequence
) -> None:
    """With the rule the service sees no breach; without it, in the very same scenario, it does."""
    scenario: Scenario = BY_NAME[name]

    assert fork_server.run_scenario(scenario, kills).violations == []
    violations = fork_server.run_scenario(scenario, kills, mutation=rule).violations
    number, *_ = rule.split()
    assert any(violation.startswith(f"{number}:") for violation in violations)


def test_the_index_alone_keeps_a_second_attempt_out(fork_server: ForkServer) -> None:
    """Where the code forgets to look for an open attempt, the record still refuses one (S2)."""
    assert fork_server.run_scenario(CONFIRMED_TWICE, mutation="S2 in code").violations == []
