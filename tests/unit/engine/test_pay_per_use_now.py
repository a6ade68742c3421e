"""The immediate change to pay-per-use, carried out on the China site: sent once, proved by its order and by reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.engine_stage import EngineStage, collect_events, new_stage, run_plan
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.order import OrderStatus
from unsub_tui.domain.plan import Plan, Risk
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.unit_state import Outcome, State
from unsub_tui.engine.journal_reader import read_account_journal
from unsub_tui.present.pages.review import review_page
from unsub_tui.present.problems import problem_text
from unsub_tui.present.units import unit_line
from unsub_tui.sandbox.models import Condition, ResourceStatus

NOW = Action.PAY_PER_USE_NOW


@pytest.fixture
def stage(tmp_path: Path) -> EngineStage:
    """An account of the China site."""
    return new_stage(tmp_path / "state", site="cn")


async def plan_change(stage: EngineStage, ids: Sequence[str]) -> Plan:
    """Plan and quote the change."""
    return await stage.quote(await stage.draft(ids, action=NOW))


async def test_done_and_refunded(stage: EngineStage) -> None:
    """One request a unit; the term of the resource and of what is attached ends, nothing else; the refund is exact."""
    ids = stage.ids(2)
    plan = await plan_change(stage, ids)
    assert plan.phrase == str(plan.count)
    assert Risk.DATA_LOSS not in plan.risks
    ended = await run_plan(stage, plan)

    assert [unit.state for unit in ended.run.units] == [State.SETTLED] * 2
    assert [each.resource_ids for each in stage.sandbox.account.request_log] == [(each,) for each in ids]
    for unit in ended.run.units:
        assert unit.order_id is not None
        order = stage.sandbox.account.orders.find(unit.order_id)
        assert order is not None
        assert order.order_type == 10
        assert unit.exact is not None
        assert unit.exact.refund == Decimal(str(float(sum(each.refund for each in order.refund_lines))))
        assert all(each.status is ResourceStatus.CLOSED for each in stage.resource(unit.resource_id).attached)
    assert ended.run.reversible_ids == ()
    assert ended.run.reason is None


async def test_the_review_says_what_follows(stage: EngineStage) -> None:
    """The refund is an assumption, the hours cost an unknown price, nothing is deleted, and it cannot be undone."""
    plan = await plan_change(stage, stage.ids(1))
    text = " ".join(each.text for each in review_page(plan, (), (), plan.created))
    assert "Will change to pay-per-use now: 1" in text
    assert "then: charged by the hour, price unknown" in text
    assert "Nothing is deleted" in text
    assert "cannot be undone" in text
    assert "estimated by the rules of unsubscriptions" in text
    assert "also unsubscribed" not in text


async def test_only_the_china_site_has_it(tmp_path: Path) -> None:
    """Elsewhere every resource is refused with that reason."""
    stage = new_stage(tmp_path / "state")
    plan = await stage.draft(stage.ids(2), action=NOW)
    assert not plan.items
    assert {each.reason for each in plan.refused} == {BlockedReason.CHINA_ONLY}


async def test_an_order_that_awaits_approval_is_no_success(stage: EngineStage) -> None:
    """AUDIT: said in its own words from the first moment, and settled by a later status check."""
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, review_above=Decimal(0))
    (one,) = stage.ids(1)
    stage.set_faults({"operation": "show_order", "action": "error", "status": 500})
    stage.pace = replace(stage.pace, settle_limit_seconds=0, review_limit_seconds=0)

    (unit,) = (await run_plan(stage, await plan_change(stage, [one]))).run.units

    assert (unit.state, unit.outcome) == (State.ACCEPTED, Outcome.ACCEPTED)
    assert unit.order_status == OrderStatus.PENDING_APPROVAL
    assert "not changed yet, awaiting approval by Huawei Cloud" in unit_line(unit)
    assert stage.resource(one).status is ResourceStatus.IN_USE
    stage.set_faults()
    stage.clock.advance(3600)
    _, resumed = await collect_events(stage.resume())
    assert [each.state for each in resumed.run.units] == [State.SETTLED]
    assert stage.execution_count(one) == 1


async def test_an_order_that_is_not_approved_leaves_all_as_it_was(stage: EngineStage) -> None:
    """The resource stays yearly/monthly, and the unit has failed."""
    behavior = stage.sandbox.account.behavior
    stage.sandbox.account.behavior = replace(behavior, review_above=Decimal(0), reject_reviewed=True)
    (one,) = stage.ids(1)
    plan = await plan_change(stage, [one])
    await run_plan(stage, plan)
    stage.clock.advance(3600)
    _, resumed = await collect_events(stage.resume())
    assert stage.resource(one).status is ResourceStatus.IN_USE
    assert all(each.state is State.ORDER_FAILED for each in resumed.run.units)
    assert stage.states()[-1] == [State.ORDER_FAILED]


@pytest.mark.parametrize(("fault", "state"), [("drop_after", State.SETTLED), ("drop_before", State.NOT_EXECUTED)])
@pytest.mark.parametrize("is_listed", [True, False])
async def test_a_lost_answer_is_found_out_by_reading(
    stage: EngineStage, fault: str, state: State, *, is_listed: bool
) -> None:
    """By the order that lists or bills the resource; nothing is sent again."""
    if not is_listed:
        stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, closed_seconds=0)
    (one,) = stage.ids(1)
    plan = await plan_change(stage, [one])
    stage.set_faults({"operation": "to_on_demand_now", "calls": [1], "action": fault})

    ended = await run_plan(stage, plan, stage.run_config(keep_going=True))

    assert [unit.state for unit in ended.run.units] == [state]
    assert stage.execution_count(one) == (state is State.SETTLED)
    assert not read_account_journal(stage.state_dir, stage.account.account_id).open_units()


async def test_a_refusal_is_told_with_its_code(stage: EngineStage) -> None:
    """FAIL is a rejection of that resource; the rest is done."""
    (good,) = stage.ids(1)
    bad = next(
        each
        for each in stage.sandbox.account.resources.list_all()
        if each.condition is Condition.SOLUTION and not each.parent
    )
    ended = await run_plan(stage, await stage.draft([bad.resource_id, good], action=NOW))

    found = {unit.resource_id: unit for unit in ended.run.units}
    assert found[good].state is State.SETTLED
    refused = found[bad.resource_id]
    assert refused.state is State.REJECTED
    assert refused.problem is not None
    assert "CBC.99003622" in problem_text(refused.problem)


async def test_a_transaction_in_progress_is_not_waited_for(stage: EngineStage) -> None:
    """An unsubscription is submitted again within a bound; this request is not."""
    (one,) = stage.ids(1)
    plan = await plan_change(stage, [one])
    stage.set_faults({"operation": "to_on_demand_now", "action": "error", "status": 400, "error_code": "CBC.99003651"})
    (unit,) = (await run_plan(stage, plan)).run.units
    assert unit.state is State.REJECTED
    assert stage.request_count == 1


async def test_what_is_under_way_blocks_every_other_action(stage: EngineStage) -> None:
    """While its outcome is open, nothing else is sent for the resource."""
    (one,) = stage.ids(1)
    unsubscription = await stage.plan([one])
    stage.set_faults({"operation": "to_on_demand_now", "calls": [1], "action": "drop_before"})
    first = await run_plan(stage, await plan_change(stage, [one]))
    assert [unit.state for unit in first.run.units] == [State.UNKNOWN]
    second = await run_plan(stage, unsubscription)
    assert [unit.state for unit in second.run.units] == [State.SKIPPED]
    assert not stage.execution_count(one)


async def test_guards_of_money_apply(stage: EngineStage) -> None:
    """It refunds money, so `max_amount` limits it."""
    plan = await plan_change(stage, stage.ids(1))
    stage.guards = replace(stage.guards, max_amount=Decimal(0))
    with pytest.raises(UnsubError, match="max_amount"):
        stage.start(plan)


async def test_a_change_elsewhere_is_named(stage: EngineStage) -> None:
    """A resource that somebody else changed meanwhile is skipped, and the order is named."""
    (one,) = stage.ids(1)
    plan = await stage.plan([one])
    with stage.sandbox.account.lock:
        outcome = stage.sandbox.account.unsubscribe((one,), 3)
    stage.clock.advance(timedelta(minutes=5).total_seconds())
    (unit,) = (await run_plan(stage, plan)).run.units
    assert unit.state is State.SKIPPED
    assert unit.problem is not None
    assert outcome.order_ids[0] in problem_text(unit.problem)
