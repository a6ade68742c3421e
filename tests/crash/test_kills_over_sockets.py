"""The same over real sockets and in real time, with fewer deaths: the pipe of the other tests hides nothing."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.crash.fork_client import ForkServer
from tests.crash.socket_worker import SocketJob
from tests.support.effort import by_effort
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.journal_reader import read_runs
from unsub_tui.sandbox import Behavior, SandboxOptions, build_sandbox
from unsub_tui.sandbox.asgi import AsgiApp, Message, Receive, Scope, Send
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.models import Condition, Resource
from unsub_tui.sandbox.offers import ECS
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer

FINAL_STATES = {True: {State.SETTLED}, False: {State.SKIPPED, State.NOT_EXECUTED}}
"""How a unit must end that was executed, and one that was not."""


@pytest.fixture
def sandbox() -> Sandbox:
    """A quick service that cuts the first unsubscribe request off after executing it."""
    behavior = Behavior(settle_seconds=0.02, review_above=Decimal(10**9))
    sandbox = build_sandbox(SandboxOptions(resources=60, rate_scale=0, hostile=False, behavior=behavior))
    sandbox.faults = parse_faults([{"operation": "unsubscribe", "calls": [1], "action": "drop_after"}])
    return sandbox


@pytest.mark.parametrize("kill_at", range(2, 32, by_effort(10, 3)))
def test_killed_at_a_step(fork_server: ForkServer, sandbox: Sandbox, tmp_path: Path, kill_at: int) -> None:
    """Killed at a step, nothing is executed twice, and after a resume the record tells the truth."""
    with BackgroundServer(sandbox) as server:
        job = make_job(sandbox, server, tmp_path, kill_at)
        fork_server.run_over_sockets(job)
        _check_received_recorded(sandbox, job)
        fork_server.run_over_sockets(replace(job, purchases={}, kill_at=kill_at // 3))
        assert fork_server.run_over_sockets(replace(job, purchases={}, kill_at=0)) == 0
    check_settled(sandbox, job)


@pytest.mark.parametrize("where", ["headers", "received", "answering"])
@pytest.mark.parametrize("number", by_effort([1], [1, 2]))
def test_killed_inside_a_request(
    fork_server: ForkServer, sandbox: Sandbox, tmp_path: Path, where: str, number: int
) -> None:
    """Killed by the service while the request or its answer is on the way, the run ends truthfully as well."""
    sandbox.faults = parse_faults([])
    sandbox.app = KillingApp(sandbox.app, tmp_path / "pid", where, number)
    with BackgroundServer(sandbox) as server:
        job = make_job(sandbox, server, tmp_path, 0)
        assert fork_server.run_over_sockets(job) == -signal.SIGKILL
        _check_received_recorded(sandbox, job)
        assert fork_server.run_over_sockets(replace(job, purchases={})) == 0
    check_settled(sandbox, job)


class KillingApp:
    """Stands before an application, and kills who sends the n-th unsubscribe request."""

    def __init__(self, app: AsgiApp, pid_file: Path, where: str, number: int) -> None:
        self._app = app
        self._pid_file = pid_file
        self._where = where
        self._left = number

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on, or kill."""
        self._left -= scope["path"].endswith("/unsubscribe")
        if self._left or not scope["path"].endswith("/unsubscribe"):
            await self._app(scope, receive, send)
            return
        if self._where == "headers":
            self._kill()
            return
        await self._app(scope, self._received(receive), self._answering(send))

    def _received(self, receive: Receive) -> Receive:
        async def received() -> Message:
            message = await receive()
            if self._where == "received":
                self._kill()
            return message

        return received

    def _answering(self, send: Send) -> Send:
        async def answering(message: Message) -> None:
            if self._where == "answering" and message["type"] == "http.response.body":
                await send({**message, "body": message["body"][:10], "more_body": True})
                self._kill()
            else:
                await send(message)

        return answering

    def _kill(self) -> None:
        os.kill(int(self._pid_file.read_text(encoding="utf-8")), signal.SIGKILL)


def make_job(sandbox: Sandbox, server: BackgroundServer, place: Path, kill_at: int) -> SocketJob:
    """Return the order of a victim that unsubscribes two plain servers."""
    servers = [
        one
        for one in sandbox.account.resources.list_all()
        if one.parent is None and one.condition is Condition.NORMAL and one.offer.service is ECS
    ]
    return SocketJob(
        endpoint=server.endpoint,
        state_dir=str(place / "state"),
        pid_file=str(place / "pid"),
        purchases={one.resource_id: paid_order_ids(sandbox, one) for one in servers[:2]},
        kill_at=kill_at,
    )


def paid_order_ids(sandbox: Sandbox, resource: Resource) -> list[str]:
    """Return the orders that were paid for a resource."""
    return [order.order_id for order in sandbox.account.orders.paid_orders(resource.purchase_number)]


def _check_received_recorded(sandbox: Sandbox, job: SocketJob) -> None:
    """What the service received is on record as having left."""
    sent = {each for attempt in sandbox.account.request_log for each in attempt.resource_ids}
    recorded = {
        unit.resource_id: unit.state for run in read_runs(Path(job.state_dir), job.domain_id) for unit in run.units
    }
    unsent = {State.CONFIRMED, State.SKIPPED}
    assert all(recorded[each] not in unsent for each in sent)


def check_settled(sandbox: Sandbox, job: SocketJob) -> None:
    """Nothing was sent twice, and each unit ended as the service's own books say."""
    runs = read_runs(Path(job.state_dir), job.domain_id)
    received = [each for attempt in sandbox.account.request_log for each in attempt.resource_ids]
    assert len(received) == len(set(received))
    for unit in (unit for run in runs for unit in run.units):
        executions = sandbox.account.executions(unit.resource_id)
        assert unit.state in FINAL_STATES[bool(executions)]
        assert [unit.order_id] == [attempt.order_ids[0] for attempt in executions] or not executions
    assert all(run.ended is not None for run in runs)
