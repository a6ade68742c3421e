"""A record that cannot be written any more: nothing is sent, what is there stays readable, and the person is told."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.torture.scenarios import SENDING, Deed, Moment
from tests.torture.sweep import Sweep, note, undisturbed
from tests.torture.zygote import Verdict, Zygote
from unsub_tui.domain.problem import ProblemKind

NOTHING = SENDING[0]
Note = Callable[[str, object], None]


def commits(zygote: Zygote) -> list[Moment]:
    """Return the moments before each commit of a run that nothing happens to."""
    steps = undisturbed(zygote, NOTHING).steps
    before = [(place, step) for place, step in enumerate(steps) if step == "record opened" or is_commit(step)]
    return [Moment(step, steps[: place + 1].count(step)) for place, step in before]


def is_commit(step: str) -> bool:
    """Whether a commit follows this step."""
    return step.startswith("commit") and step.endswith("begins")


def swept(zygote: Zygote, deed: Deed, moments: list[Moment], state_dir: str = "") -> tuple[Sweep, list[Verdict]]:
    """Run once for each moment at which the record fails."""
    found, verdicts = Sweep(), []
    for moment in moments:
        scenario = replace(NOTHING, deeds={moment: deed}, state_dir=state_dir)
        verdicts.append(zygote.judge(scenario))
        found.add(f"{deed.name} at {moment}", verdicts[-1])
    return found, verdicts


@pytest.mark.parametrize("deed", [Deed.FILES_LIMITED, Deed.RECORD_READ_ONLY])
def test_every_commit_fails_once(zygote: Zygote, record_property: Note, deed: Deed) -> None:
    """Whichever commit fails is the last: the run says so, sends nothing more, and a resume finds the truth (S1)."""
    moments = commits(zygote)

    found, verdicts = swept(zygote, deed, moments)

    assert len(moments) >= 8
    for moment, verdict in zip(moments, verdicts, strict=True):
        fate = verdict.fates[0]
        assert fate.problem is ProblemKind.JOURNAL
        assert not any(map(is_commit, after(fate.steps, moment)))
    note(record_property, deed.name, found)


def after(steps: list[str], moment: Moment) -> list[str]:
    """Return what came after a moment."""
    places = [place for place, step in enumerate(steps) if step == moment.step]
    return steps[places[moment.time - 1] + 1 :]


def test_a_record_that_may_not_grow(zygote: Zygote, record_property: Note) -> None:
    """With no page left, the first commit that needs one is the last thing that a run does."""
    found, verdicts = swept(zygote, Deed.RECORD_FULL, commits(zygote))

    assert sum(verdict.fates[0].problem is ProblemKind.JOURNAL for verdict in verdicts) >= 4
    note(record_property, "RECORD_FULL", found)


def test_a_record_that_somebody_else_writes_to(zygote: Zygote, record_property: Note) -> None:
    """A lock of another program on the record is waited for, not for ever; then nothing more is sent."""
    moments = commits(zygote)

    found, verdicts = swept(zygote, Deed.RECORD_LOCKED, [moments[0], moments[1], moments[2]])

    assert {verdict.fates[0].problem for verdict in verdicts} == {ProblemKind.JOURNAL}
    note(record_property, "RECORD_LOCKED", found)


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


def test_a_disk_that_is_full(zygote: Zygote, record_property: Note, small_disk: Path) -> None:
    """When a disk is full, at whichever commit, nothing more is sent."""
    found, problems = Sweep(), set()
    for place, moment in enumerate(commits(zygote)):
        state_dir = small_disk / str(place)
        each, verdicts = swept(zygote, Deed.DISK_FULL, [moment], str(state_dir))
        found.breaches += each.breaches
        found.runs += each.runs
        problems |= {verdict.fates[0].problem for verdict in verdicts}

    assert problems == {ProblemKind.JOURNAL}
    note(record_property, "DISK_FULL", found)


def test_a_disk_that_can_only_be_read(zygote: Zygote, small_disk: Path) -> None:
    """Where the record cannot even be opened for writing, nothing begins, and the person is told."""
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    verdict = zygote.judge(replace(NOTHING, state_dir=str(small_disk / "state")))

    assert verdict.fates[0].problem is ProblemKind.JOURNAL
    assert verdict.fates[0].calls == []
