"""Changes to pay-per-use that cannot be undone, killed at every step: none is executed twice, and none is lost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.crash.fork_client import ForkServer
from tests.crash.socket_worker import SocketJob
from tests.support.effort import by_effort
from unsub_tui.domain.action import Action
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.journal_reader import read_account_journal, read_runs
from unsub_tui.sandbox import Behavior, SandboxOptions, build_sandbox
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.models import Condition, ResourceStatus
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer

QUICK = Behavior(settle_seconds=0.05, review_seconds=0.05)
BEHAVIORS = {
    "done": QUICK,
    "approved": replace(QUICK, review_above=Decimal(0)),
    "rejected": replace(QUICK, review_above=Decimal(0), reject_reviewed=True),
    "not listed afterwards": replace(QUICK, closed_seconds=0),
}
FAULTS: dict[str, dict[str, object]] = {
    "answered": {},
    "cut after": {"action": "drop_after"},
    "cut before": {"action": "drop_before"},
    "503, executed": {"action": "error", "status": 503, "acts": True},
}
STEPS = by_effort((9, 12), range(1, 26))
CASES = [
    (behavior, fault, step)
    for place, behavior in enumerate(BEHAVIORS)
    for fault in FAULTS
    for step in STEPS[place % 2 :: 2] or STEPS
]


@pytest.mark.parametrize(("behavior", "fault", "kill_at"), CASES)
def test_killed_at_any_step(fork_server: ForkServer, tmp_path: Path, behavior: str, fault: str, kill_at: int) -> None:
    """After a resume the record says what the service did, and each resource was changed at most once."""
    options = SandboxOptions(resources=60, site="cn", rate_scale=0, hostile=False, behavior=BEHAVIORS[behavior])
    sandbox = build_sandbox(options)
    ids = [
        one.resource_id
        for one in sandbox.account.resources.list_all()
        if one.parent is None and one.condition is Condition.NORMAL and one.status is ResourceStatus.IN_USE
    ][:2]
    if FAULTS[fault]:
        sandbox.faults = parse_faults([{"operation": "to_on_demand_now", "calls": [1], **FAULTS[fault]}])
    with BackgroundServer(sandbox) as server:
        job = SocketJob(
            endpoint=server.endpoint,
            state_dir=str(tmp_path / "state"),
            purchases={each: [] for each in ids},
            pid_file=str(tmp_path / "pid"),
            kill_at=kill_at,
            action=Action.PAY_PER_USE_NOW.value,
            site="cn",
        )
        fork_server.run_over_sockets(job)
        check_recorded(sandbox, job)
        assert fork_server.run_over_sockets(replace(job, purchases={}, kill_at=0)) == 0
        check_settled(sandbox, job)


def states_of(job: SocketJob) -> dict[str, State]:
    """Return the recorded states by resource."""
    runs = read_runs(Path(job.state_dir), job.domain_id)
    return {unit.resource_id: unit.state for run in runs for unit in run.units}


def check_recorded(sandbox: Sandbox, job: SocketJob) -> None:
    """What the service executed is on record as possibly sent."""
    unsent = {State.CONFIRMED, State.SKIPPED}
    states = states_of(job)
    assert not any(states[each] in unsent for each in job.purchases if sandbox.account.executions(each))


def check_settled(sandbox: Sandbox, job: SocketJob) -> None:
    """Nothing was executed twice, nothing is open, and no success is false."""
    assert not read_account_journal(Path(job.state_dir), job.domain_id).open_units()
    for resource_id, state in states_of(job).items():
        resource, times = sandbox.account.resources.get(resource_id), len(sandbox.account.executions(resource_id))
        assert resource is not None
        assert times <= 1
        is_changed = resource.status is ResourceStatus.CLOSED
        assert (state is State.SETTLED) == is_changed
        if not is_changed:
            # an order that was not approved leaves the resource as it was, whether or not its answer arrived
            assert state in ({State.ORDER_FAILED, State.NOT_EXECUTED} if times else {State.SKIPPED, State.NOT_EXECUTED})
