from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from tests.support.engine_stage import EngineStage, collect_events, kind_of, run_plan
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.unit_state import State
from unsub_tui.journal.paths import journal_path
from unsub_tui.present.problems import problem_details

CUT = "CREATE TRIGGER full BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"


@dataclass
class FullDisk:
    """Lets the record refuse its k-th commit of a unit, and every one after it."""

    stage: EngineStage
    fail_at: int
    commit_count: int = 0
    steps: list[str] = field(default_factory=list)

    def __call__(self, step: str) -> None:
        """Count commits."""
        self.steps.append(step)
        if step.startswith("commit") and step.endswith("begins"):
            self.commit_count += 1
            if self.commit_count == self.fail_at:
                self.execute(CUT)

    def execute(self, statement: str) -> None:
        """Change the record's tables from outside."""
        path = journal_path(self.stage.state_dir, self.stage.account.account_id)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(statement)
            connection.commit()


async def test_a_commit_that_fails_while_waiting_ends_the_run(stage: EngineStage) -> None:
    """When a follower's commit fails while the next request waits for its turn, that request never leaves."""
    plan = await stage.plan(stage.ids(2))
    stage.set_faults(
        {
            "operation": "unsubscribe",
            "calls": [2],
            "action": "error",
            "status": 429,
            "error_code": "APIG.0308",
            "headers": {"Retry-After": "50"},
        }
    )
    disk = FullDisk(stage, 5)

    ended = await run_plan(stage, plan, stage.run_config(step=disk))

    after = disk.steps[disk.steps.index("commit settled begins") :]
    assert not any(
        step.startswith("request") or (step.startswith("commit") and step.endswith("done")) for step in after
    )
    assert kind_of(ended.problem) is ProblemKind.JOURNAL
    assert stage.request_count == 2


async def test_a_head_that_cannot_be_written_ends_the_run_and_loses_nothing(
    stage: EngineStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order that Huawei Cloud named is on disk and in the result, the error is told, and nothing more is sent."""
    plan = await stage.plan(stage.ids(2))

    def fail_to_write(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fill_disk(step: str) -> None:
        if step == "commit accepted begins":
            monkeypatch.setattr(os, "pwrite", fail_to_write)

    ended = await run_plan(stage, plan, stage.run_config(step=fill_disk))

    monkeypatch.undo()
    assert ended.problem is not None
    assert (ended.problem.kind, stage.request_count) == (ProblemKind.JOURNAL, 1)
    assert [unit.state for unit in ended.run.units] == [State.ACCEPTED, State.CONFIRMED]
    assert ended.run.units[0].order_id is not None
    _, resumed = await collect_events(stage.resume())
    assert [unit.state for unit in resumed.run.units] == [State.SETTLED]
    assert stage.states() == [[State.SETTLED, State.SKIPPED]]


async def test_a_record_that_is_not_sound_stops_everything(stage: EngineStage) -> None:
    """A record that was tampered with is left as it is, and nothing is sent."""
    plan = await stage.plan(stage.ids(1))
    await run_plan(stage, plan)
    FullDisk(stage, 0).execute("DROP TRIGGER event_kept")
    FullDisk(stage, 0).execute("UPDATE event SET kind = 'skipped' WHERE kind = 'settled'")

    other = await stage.plan(stage.ids(2)[1:])
    with pytest.raises(UnsubError) as caught:
        stage.start(other)

    assert caught.value.problem.kind is ProblemKind.JOURNAL
    assert "unsub-tui journal set-aside" in problem_details(caught.value.problem)
    assert stage.request_count == 1
