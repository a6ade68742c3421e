"""Runs of what can be undone, killed at every step: the service is told nothing twice, and reading tells the truth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.crash.fork_client import ForkServer
from tests.crash.socket_worker import SocketJob
from tests.support.effort import by_effort
from unsub_tui.domain.action import Action
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.journal_reader import read_account_journal, read_runs
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.models import Condition
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer

ACTION_CASES = {Action.AUTO_RENEW_OFF: ("autorenew_off", 3, 0), Action.PAY_PER_USE: ("to_on_demand", 0, 1)}
"""Of each action: the operation, the policy before and after."""

FAULTS = (None, "drop_after", "drop_before")
CASES = [
    *((Action.AUTO_RENEW_OFF, None, step) for step in range(1, 21, by_effort(7, 1))),
    *((action, fault, step) for action in ACTION_CASES for fault in FAULTS for step in by_effort((9,), (8, 9, 12, 16))),
]


@dataclass
class ChangeScene:
    """A vendor, and what is asked of two of its resources."""

    sandbox: Sandbox
    job: SocketJob
    policy_before: int
    policy_after: int

    @property
    def changed_ids(self) -> list[str]:
        """The resources whose policy was set, as often as it was."""
        return [each for each, _ in self.sandbox.account.policy_changes]


@contextmanager
def serve_scene(state_dir: Path, action: Action, fault: str | None, kill_at: int) -> Iterator[ChangeScene]:
    """Set two resources up, and serve them."""
    operation, before, after = ACTION_CASES[action]
    sandbox = build_sandbox(SandboxOptions(resources=60, rate_scale=0, hostile=False))
    ids = [
        one.resource_id
        for one in sandbox.account.resources.list_all()
        if one.parent is None and one.condition is Condition.NORMAL and one.status == 2
    ][:2]
    for each in ids:
        sandbox.account.set_policy(each, before)
    sandbox.account.policy_changes.clear()
    if fault is not None:
        sandbox.faults = parse_faults([{"operation": operation, "calls": [1], "action": fault}])
    with BackgroundServer(sandbox) as server:
        job = SocketJob(
            endpoint=server.endpoint,
            state_dir=str(state_dir),
            purchases={each: [] for each in ids},
            pid_file=str(state_dir.parent / "pid"),
            kill_at=kill_at,
            action=action.value,
        )
        yield ChangeScene(sandbox, job, before, after)


@pytest.mark.parametrize(("action", "fault", "kill_at"), sorted(set(CASES), key=str))
def test_change_run_killed_at_any_step(
    fork_server: ForkServer,
    tmp_path: Path,
    action: Action,
    fault: str | None,
    kill_at: int,
) -> None:
    """Nothing is executed twice, and after a resume the record says what the service says."""
    with serve_scene(tmp_path / "state", action, fault, kill_at) as stage:
        fork_server.run_over_sockets(stage.job)
        _check_executed_recorded(stage)
        assert fork_server.run_over_sockets(replace(stage.job, purchases={}, kill_at=0)) == 0
        _check_settled(stage)


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
@pytest.mark.parametrize("kill_at", range(2, 9, by_effort(5, 1)))
def test_change_run_killed_again_while_resuming(
    fork_server: ForkServer,
    tmp_path: Path,
    fault: str,
    kill_at: int,
) -> None:
    """A resume may be killed, too: the next one begins from what is on disk, and it is the reading that settles."""
    with serve_scene(tmp_path / "state", Action.AUTO_RENEW_OFF, fault, 9) as stage:
        assert fork_server.run_over_sockets(stage.job) == -9
        fork_server.run_over_sockets(replace(stage.job, purchases={}, kill_at=kill_at))
        _check_executed_recorded(stage)
        assert fork_server.run_over_sockets(replace(stage.job, purchases={}, kill_at=0)) == 0
        _check_settled(stage)


def _units(stage: ChangeScene) -> dict[str, State]:
    runs = read_runs(Path(stage.job.state_dir), stage.job.domain_id)
    return {unit.resource_id: unit.state for run in runs for unit in run.units}


def _check_executed_recorded(stage: ChangeScene) -> None:
    """What the service carried out is on record as having left."""
    unsent = {State.CONFIRMED, State.SKIPPED}
    assert all(_units(stage)[each] not in unsent for each in stage.changed_ids)


def _check_settled(stage: ChangeScene) -> None:
    """Nothing was done twice, nothing is open, and each ended as the resource itself says."""
    assert len(stage.changed_ids) == len(set(stage.changed_ids))
    assert not read_account_journal(Path(stage.job.state_dir), stage.job.domain_id).open_units()
    for resource_id, state in _units(stage).items():
        resource = stage.sandbox.account.resources.get(resource_id)
        assert resource is not None
        if resource_id in stage.changed_ids:
            assert (state, resource.policy) == (State.SETTLED, stage.policy_after)
        else:
            assert (state in {State.SKIPPED, State.NOT_EXECUTED}, resource.policy) == (True, stage.policy_before)
