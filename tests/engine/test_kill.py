from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.engine.victim import Order
from unsub_tui.domain.outcome import State
from unsub_tui.engine.records import read_runs
from unsub_tui.sandbox import Behaviour, SandboxOptions, build_sandbox
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.records import Plight
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.serve import BackgroundServer

FAULTS: dict[str, list[dict[str, object]]] = {
    "none": [],
    "drop_after": [{"operation": "unsubscribe", "calls": [1], "action": "drop_after"}],
    "drop_before": [{"operation": "unsubscribe", "calls": [1], "action": "drop_before"}],
    "stall": [{"operation": "unsubscribe", "calls": [1], "action": "stall", "seconds": 0.05}],
    "reads": [{"operation": "show_order", "probability": 0.3, "action": "error", "status": 500}],
}

ENDS = {True: {State.SETTLED}, False: {State.SKIPPED, State.NOT_EXECUTED}}
"""How a unit must end that was executed, and one that was not."""


class Zygote:
    """A process that forks victims."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, order: Order) -> int:
        """Let a victim do its work, and return how it ended: -9 when it was killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    """One zygote for all victims."""
    command = [sys.executable, "-m", "tests.engine.victim"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Zygote(process)
        assert process.stdin is not None
        process.stdin.close()


EVERYWHERE = (*range(1, 20), 22, 26, 31)
SOMEWHERE = (6, 8, 9, 11, 16, 24)
CASES = [
    (fault, kill_at) for fault in FAULTS for kill_at in (EVERYWHERE if fault in ("none", "drop_after") else SOMEWHERE)
]


@pytest.mark.parametrize(("fault", "kill_at"), CASES)
def test_killed_anywhere(zygote: Zygote, tmp_path: Path, fault: str, kill_at: int) -> None:
    """Killed at any step, nothing is executed twice, and after a resume the record tells the truth."""
    sandbox = _sandbox(fault)
    with BackgroundServer(sandbox) as server:
        order = _order(sandbox, server, tmp_path / "state", kill_at)
        zygote.run(order)
        _check_honest(sandbox, order)
        assert zygote.run(replace(order, purchases={}, kill_at=0)) == 0
    _check_settled(sandbox, order)


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
@pytest.mark.parametrize("kill_at", range(2, 12, 2))
def test_killed_again_while_resuming(zygote: Zygote, tmp_path: Path, fault: str, kill_at: int) -> None:
    """A resume may be killed, too: the next one begins from what is on disk."""
    sandbox = _sandbox(fault)
    with BackgroundServer(sandbox) as server:
        order = _order(sandbox, server, tmp_path / "state", 9)
        assert zygote.run(order) == -9
        zygote.run(replace(order, purchases={}, kill_at=kill_at))
        _check_honest(sandbox, order)
        assert zygote.run(replace(order, purchases={}, kill_at=0)) == 0
    _check_settled(sandbox, order)


def _sandbox(fault: str) -> Sandbox:
    behaviour = Behaviour(review_above=Decimal(10**9))
    sandbox = build_sandbox(
        SandboxOptions(resources=60, settle_seconds=0.02, rate_scale=0, hostile=False, behaviour=behaviour)
    )
    sandbox.faults = parse_faults(FAULTS[fault])
    return sandbox


def _order(sandbox: Sandbox, server: BackgroundServer, state_dir: Path, kill_at: int) -> Order:
    ledger = sandbox.ledger
    mains = [
        one
        for one in ledger.estate.all()
        if one.parent is None
        and one.plight is Plight.PLAIN
        and one.status == 2
        and one.offer.service.code == "hws.service.type.ec2"
    ]
    purchases = {one.resource_id: [each.order_id for each in ledger.books.paid_orders(one.purchase)] for one in mains}
    return Order(
        endpoint=server.endpoint,
        access_key=sandbox.access_key,
        secret_key=sandbox.secret_key,
        domain_id=sandbox.domain_id,
        state_dir=str(state_dir),
        purchases=dict(list(purchases.items())[:2]),
        kill_at=kill_at,
    )


def _check_honest(sandbox: Sandbox, order: Order) -> None:
    """What the service received is on record as having left."""
    sent = {each for attempt in sandbox.ledger.attempts for each in attempt.resource_ids}
    recorded = {
        unit.resource_id: unit.state for run in read_runs(Path(order.state_dir), order.domain_id) for unit in run.units
    }
    unsent = {State.CONFIRMED, State.SKIPPED, State.PLANNED}
    assert all(recorded[each] not in unsent for each in sent)


def _check_settled(sandbox: Sandbox, order: Order) -> None:
    """Nothing was sent twice, and each unit ended as the service's own books say."""
    runs = read_runs(Path(order.state_dir), order.domain_id)
    received = [each for attempt in sandbox.ledger.attempts for each in attempt.resource_ids]
    assert len(received) == len(set(received))
    for unit in (unit for run in runs for unit in run.units):
        executions = sandbox.ledger.executions(unit.resource_id)
        assert unit.state in ENDS[bool(executions)]
        assert [unit.order_id] == [attempt.order_ids[0] for attempt in executions] or not executions
    assert all(run.ended is not None for run in runs)
