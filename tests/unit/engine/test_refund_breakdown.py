"""After a run: what came back in detail, when the bill is late, and an order that waits for approval."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tests.support.engine_stage import EngineStage, collect_events, run_plan
from unsub_tui.domain.order import OrderStatus
from unsub_tui.domain.run import Unit, UnitChanged, estimate_accuracy
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.journal_reader import read_runs
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.units import unit_line
from unsub_tui.sandbox.models import Condition


async def test_the_refund_by_order_and_by_resource(stage: EngineStage) -> None:
    """A disk renewed ahead: refund rows by order, bill rows by resource; both add up to the refund."""
    plan = await stage.plan(stage.ids(1, Condition.RENEWED))

    (unit,) = (await run_plan(stage, plan)).run.units

    found, exact = unit.breakdown, unit.exact
    assert found is not None
    assert exact is not None
    assert exact.refund is not None
    assert found.is_complete
    assert len(found.by_order) >= 2
    assert abs(sum(each.refunded for each in found.by_order) - exact.refund) < Decimal("0.000001")
    assert {each.resource_id for each in found.by_resource} == {unit.resource_id, *unit.attached_ids}
    assert abs(sum(each.refunded for each in found.by_resource) - exact.refund) < Decimal("0.0001")
    (compared,) = estimate_accuracy(read_runs(stage.state_dir, stage.account.account_id)[0].units)
    assert (compared.compared_count, compared.exact_count) == (1, 1)


async def test_a_bill_that_is_late_is_looked_for_later(stage: EngineStage) -> None:
    """The run ends without waiting for it; settling later completes the record."""
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, bill_lag_seconds=3600.0)
    plan = await stage.plan(stage.ids(1))

    (unit,) = (await run_plan(stage, plan)).run.units
    assert unit.state is State.SETTLED
    assert unit.breakdown is not None
    assert unit.breakdown.by_order
    assert not unit.breakdown.by_resource
    assert any("the bill" in fact_text(each) for each in unit.breakdown.missing)

    stage.clock.advance(4000)
    await collect_events(stage.resume())

    (later,) = read_runs(stage.state_dir, stage.account.account_id)[0].units
    assert later.breakdown is not None
    assert later.breakdown.is_complete
    assert later.breakdown.by_resource
    assert stage.request_count == 1


async def test_an_order_under_review_is_shown_as_waiting(stage: EngineStage) -> None:
    """Above the threshold it waits for the vendor's staff; that is on record and on the screen."""
    stage.sandbox.account.behavior = replace(
        stage.sandbox.account.behavior, review_above=Decimal(0), review_seconds=120.0
    )
    plan = await stage.plan(stage.ids(1))

    events, ended = await collect_events(stage.start(plan))

    told: list[Unit] = [event.unit for event in events if isinstance(event, UnitChanged)]
    waiting = [unit for unit in told if unit.is_under_review]
    assert waiting
    assert "awaiting approval by Huawei Cloud" in unit_line(waiting[0])
    assert ended.run.units[0].is_under_review

    stage.clock.advance(300)
    settled = (await collect_events(stage.resume()))[1].run.units[0]
    assert (settled.state, settled.order_status) == (State.SETTLED, OrderStatus.PENDING_APPROVAL)
    assert not settled.is_under_review
