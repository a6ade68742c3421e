"""Runs that are killed anywhere, under every fault, and resumed: nothing is sent twice, lost, or claimed falsely."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

import pytest

from tests.sizes import IS_LONG, IS_TORTURE, sized
from tests.torture.scenarios import BEHAVING, CHIEF, LIKEWISE, READING, SENDING, Scenario, mixed
from tests.torture.sweep import (
    a_few,
    anywhere,
    every_step,
    everywhere,
    inside_requests,
    note,
    sweep,
    undisturbed,
)
from tests.torture.zygote import Kills, Zygote

Note = Callable[[str, object], None]
MIXES = sized(2, 8, 400)
WHOLE = CHIEF[:1]
"""Killed at twelve points in the short form; the others at one."""


def named(scenario: Scenario) -> str:
    """Return a scenario's name for the list of tests."""
    return scenario.name.replace(" ", "-")


@pytest.mark.parametrize("scenario", SENDING if IS_TORTURE else CHIEF, ids=named)
def test_killed_at_every_step(zygote: Zygote, record_property: Note, scenario: Scenario) -> None:
    """Whatever happens to a request, a run that is killed at any step, or inside a request, ends truthfully."""
    fate = undisturbed(zygote, scenario)
    points: Iterable[Kills] = everywhere(fate) if IS_TORTURE else chain(every_step(fate), inside_requests(fate))
    if not IS_LONG:
        points = a_few(points, scenario.name, 12 if scenario in WHOLE else 1)

    note(record_property, scenario.name, sweep(zygote, scenario, points))


@pytest.mark.parametrize(
    "scenario", [*READING, *BEHAVING] if IS_TORTURE else [*LIKEWISE, *READING, *BEHAVING][:: sized(2, 1)], ids=named
)
def test_killed_while_reading(zygote: Zygote, record_property: Note, scenario: Scenario) -> None:
    """Whatever is read wrongly, and whatever others do, a run that is killed ends truthfully."""
    fate = undisturbed(zygote, scenario)
    points = everywhere(fate) if IS_TORTURE else anywhere(fate, scenario.name, sized(1, 5))

    note(record_property, scenario.name, sweep(zygote, scenario, points))


@pytest.mark.parametrize("scenario", sized(CHIEF[::3], (*SENDING, *READING, *BEHAVING)), ids=named)
def test_killed_again_while_resuming(zygote: Zygote, record_property: Note, scenario: Scenario) -> None:
    """A run that is killed, and whose resumes are killed as well, ends truthfully."""
    fate = undisturbed(zygote, scenario)
    points = anywhere(fate, f"again {scenario.name}", sized(1, 1, 60), deaths=3)

    note(record_property, scenario.name, sweep(zygote, scenario, points))


@pytest.mark.parametrize("seed", range(MIXES))
def test_killed_under_several_faults(zygote: Zygote, record_property: Note, seed: int) -> None:
    """Under two or three faults at once, a run that is killed twice ends truthfully."""
    scenario = mixed(seed)
    fate = undisturbed(zygote, scenario)
    points = anywhere(fate, scenario.name, sized(2, 5, 20), deaths=2)

    note(record_property, scenario.name, sweep(zygote, scenario, points))
