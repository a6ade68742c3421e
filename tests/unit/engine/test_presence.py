from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.support.engine_stage import (
    NO_RATE_LIMITS,
    EngineStage,
    collect_events,
    kind_of,
    reported_states,
    run_plan,
)
from unsub_tui.domain.action import Action
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.run import ReadStatusChanged
from unsub_tui.domain.unit_state import State
from unsub_tui.sandbox.models import Condition, ResourceStatus


class Unreachable(httpx.AsyncBaseTransport):
    """Has no connection for the first unsubscribe requests."""

    def __init__(self, inner: httpx.AsyncBaseTransport, times: int) -> None:
        self._inner = inner
        self._left = times

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass reads on."""
        if request.url.path.endswith("/unsubscribe") and self._left:
            self._left -= 1
            raise httpx.ConnectError("refused", request=request)
        return await self._inner.handle_async_request(request)


class UnreadableOrder(httpx.AsyncBaseTransport):
    """Cuts the line at the first reads of the order that is read first."""

    def __init__(self, inner: httpx.AsyncBaseTransport, times: int) -> None:
        self._inner = inner
        self._left = times
        self._path = ""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass everything else on."""
        if "/details/" in request.url.path:
            self._path = self._path or request.url.path
        if request.url.path == self._path and self._left:
            self._left -= 1
            raise httpx.ConnectError("refused", request=request)
        return await self._inner.handle_async_request(request)


@pytest.mark.parametrize(("times", "state"), [(3, State.SETTLED), (4, State.SKIPPED)])
async def test_what_never_left_is_repeated(stage: EngineStage, times: int, state: State) -> None:
    """Without a connection nothing was sent: three repeats, each after a fresh read (S7)."""
    plan = await stage.plan(stage.ids(1))
    connection = replace(
        stage.connection(), transport_factory=lambda: Unreachable(httpx.ASGITransport(app=stage.sandbox.app), times)
    )
    steps: list[str] = []

    ended = await run_plan(stage, plan, stage.run_config(connection=connection, step=steps.append))

    assert [unit.state for unit in ended.run.units] == [state]
    assert (stage.request_count, steps.count("read fresh done")) == (int(state is State.SETTLED), 4)


async def test_an_old_read_is_repeated(stage: EngineStage) -> None:
    """A read that took too long proves nothing any more (S3)."""
    plan = await stage.plan(stage.ids(1))
    steps: list[str] = []

    def slow(step: str) -> None:
        steps.append(step)
        if step == "read fresh done" and steps.count(step) == 1:
            stage.clock.advance(11)

    ended = await run_plan(stage, plan, stage.run_config(step=slow))

    assert [unit.state for unit in ended.run.units] == [State.SETTLED]
    assert steps.index("commit submitting begins") > len(steps) - steps[::-1].index("read fresh done") - 1
    assert steps.count("read fresh done") == 2


async def test_a_wrong_clock_sends_nothing(stage: EngineStage) -> None:
    """With a clock that is minutes off, windows of time prove nothing: no run."""
    plan = await stage.plan(stage.ids(1))
    fast = replace(NO_RATE_LIMITS, now=lambda: datetime.now(UTC) + timedelta(minutes=6))

    ended = await run_plan(stage, plan, stage.run_config(connection=replace(stage.connection(), retry_policy=fast)))

    assert kind_of(ended.problem) is ProblemKind.CLOCK
    assert stage.request_count == 0


async def test_a_closed_resource_alone_is_no_success(stage: EngineStage) -> None:
    """Settled needs the order complete and the resource gone, both (S10)."""
    ledger = stage.sandbox.account
    ledger.behavior = replace(ledger.behavior, settle_seconds=1e6)
    plan = await stage.plan(stage.ids(1))

    def close(step: str) -> None:
        if step == "commit accepted done":
            stage.close(plan.items[0].id)

    (unit,) = (await run_plan(stage, plan, stage.run_config(step=close))).run.units

    assert unit.state is State.ACCEPTED


async def test_orders_of_other_units_are_no_candidates(stage: EngineStage) -> None:
    """The order of a sibling that was accepted belongs to it (S4)."""
    plan = await stage.plan(stage.siblings())
    stage.set_faults({"operation": "unsubscribe", "calls": [2], "action": "drop_before"})

    ended = await run_plan(stage, plan, stage.run_config(keep_going=True))

    assert [unit.state for unit in ended.run.units] == [State.SETTLED, State.NOT_EXECUTED]


async def test_orders_of_other_purchases_are_no_candidates(stage: EngineStage) -> None:
    """What somebody else unsubscribes meanwhile is told apart by the purchase it gives back (R4)."""
    ours = stage.ids(1)[0]
    theirs = next(each for each in stage.ids(100)[1:] if stage.resource(each).offer is stage.resource(ours).offer)
    plan = await stage.plan([ours])
    stage.set_faults({"operation": "unsubscribe", "action": "drop_before"})

    ended = await run_plan(stage, plan, stage.run_config(step=stage.unsubscribe_elsewhere(theirs), keep_going=True))

    assert [unit.state for unit in ended.run.units] == [State.NOT_EXECUTED]


async def test_several_candidates_are_listed(stage: EngineStage) -> None:
    """Where it cannot be told whose an order is, nothing is claimed, and a person sees what it may be."""
    plan = await stage.plan(stage.siblings())
    stage.set_faults(
        {"operation": "unsubscribe", "action": "drop_after"},
        {"operation": "list_orders", "action": "error", "status": 403, "error_code": "CBC.0151"},
    )
    steps: list[str] = []

    def clear_up(step: str) -> None:
        steps.append(step)
        if step == "commit unknown done" and steps.count(step) == 2:
            stage.set_faults()

    ended = await run_plan(stage, plan, stage.run_config(keep_going=True, step=clear_up))

    orders = sorted(order for attempt in stage.sandbox.account.request_log for order in attempt.order_ids)
    assert [unit.state for unit in ended.run.units] == [State.UNKNOWN] * 2
    assert [list(unit.candidates) for unit in ended.run.units] == [orders] * 2


async def test_two_orders_of_one_purchase_are_not_told_apart(stage: EngineStage) -> None:
    """When somebody else gives up a sibling meanwhile, neither order is claimed."""
    ours, theirs = stage.siblings()
    plan = await stage.plan([ours])
    stage.set_faults({"operation": "unsubscribe", "action": "drop_after"})

    (unit,) = (
        await run_plan(stage, plan, stage.run_config(keep_going=True, step=stage.unsubscribe_elsewhere(theirs)))
    ).run.units

    assert (unit.state, len(unit.candidates)) == (State.UNKNOWN, 2)


async def test_gone_without_an_order_is_said_so(stage: EngineStage) -> None:
    """A resource that is gone although no order of ours is found is neither success nor failure."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults({"operation": "unsubscribe", "action": "error", "status": 400, "error_code": "CBC.30000067"})

    def close(step: str) -> None:
        if step == "request begins":
            stage.close(plan.items[0].id)

    (unit,) = (await run_plan(stage, plan, stage.run_config(step=close))).run.units
    assert unit.state is State.GONE_NO_ORDER

    _, resumed = await collect_events(stage.resume())
    assert [each.state for each in resumed.run.units] == [State.GONE_NO_ORDER]

    stage.set_faults({"operation": "list_orders", "action": "error", "status": 400, "error_code": "CBC.0100"})
    events, failing = await collect_events(stage.resume())
    assert ([each.state for each in failing.run.units], failing.problem) == ([State.GONE_NO_ORDER], None)
    assert [each.problem.code.raw for each in events if isinstance(each, ReadStatusChanged) and each.problem] == [
        "CBC.0100"
    ]


async def test_trouble_is_told_once_however_often_it_is_met(stage: EngineStage) -> None:
    """One order cannot be read for a while, the other can: one trouble, over when the last that met it is read."""
    plan = await stage.plan(stage.ids(2))
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, settle_seconds=120)
    connection = replace(
        stage.connection(),
        transport_factory=lambda: UnreadableOrder(httpx.ASGITransport(app=stage.sandbox.app), times=10),
    )

    events, ended = await collect_events(stage.start(plan, stage.run_config(connection=connection)))

    assert [each.state for each in ended.run.units] == [State.SETTLED] * 2
    assert [each.problem is not None for each in events if isinstance(each, ReadStatusChanged)] == [True, False]


async def test_a_transaction_after_an_attempt_of_ours_may_be_ours(stage: EngineStage) -> None:
    """The code for a transaction under way is definite only where we never tried before."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults({"operation": "unsubscribe", "action": "drop_before"})
    await run_plan(stage, plan, stage.run_config(keep_going=True))
    assert stage.states() == [[State.NOT_EXECUTED]]
    stage.set_faults({"operation": "unsubscribe", "action": "error", "status": 400, "error_code": "CBC.99003651"})

    events, _ = await collect_events(stage.start(plan))

    assert reported_states(events) == [State.CONFIRMED, State.SUBMITTING, State.UNKNOWN]


async def test_renewal_periods_alone(stage: EngineStage) -> None:
    """When only renewed periods go, the resource stays: its earlier expiry is the proof."""
    ids = stage.ids(1, Condition.RENEWED)
    plan = replace(await stage.plan(ids), action=Action.RENEWAL)
    stage.set_faults({"operation": "unsubscribe", "calls": [1], "action": "drop_after"})

    events, _ = await collect_events(stage.start(plan))

    assert reported_states(events)[1:] == [State.SUBMITTING, State.UNKNOWN, State.ACCEPTED, State.SETTLED]
    assert stage.resource(ids[0]).status is ResourceStatus.IN_USE
