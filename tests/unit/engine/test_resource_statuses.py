"""What a run concludes from the status, expiry and policy in which a resource is listed after its request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.engine_stage import EngineStage, collect_events, run_plan
from unsub_tui.domain.action import Action
from unsub_tui.domain.unit_state import State
from unsub_tui.present.units import unit_line
from unsub_tui.sandbox.models import Condition, Resource, ResourceStatus


def _set_status(status: ResourceStatus) -> Callable[[Resource], None]:
    return lambda resource: setattr(resource, "status", status)


def _set_other_policy(resource: Resource) -> None:
    resource.policy = 0 if resource.policy else 1


def _set_later_expiry(resource: Resource) -> None:
    resource.expire += 30 * 86_400


CHANGES: dict[str, Callable[[Resource], None]] = {
    **{each.name: _set_status(each) for each in ResourceStatus if each not in (2, 3)},
    "policy": _set_other_policy,
    "expiry": _set_later_expiry,
}
"""Changes of a resource after a request whose outcome is unknown."""


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_only_an_unchanged_resource_proves_that_nothing_was_executed(
    stage: EngineStage, change: Callable[[Resource], None]
) -> None:
    """Any other status, expiry or policy is inconclusive; once it is as it was confirmed, the outcome is known."""
    plan = await stage.plan(stage.ids(1))
    resource = stage.resource(plan.items[0].id)
    before = (resource.status, resource.policy, resource.expire)
    stage.set_faults({"operation": "unsubscribe", "action": "drop_before"})

    def change_once(step: str) -> None:
        if step == "commit unknown done":
            change(resource)
            stage.sandbox.account.resources.clear_cache()

    await run_plan(stage, plan, stage.run_config(step=change_once))
    assert stage.states() == [[State.UNKNOWN]]

    resource.status, resource.policy, resource.expire = before
    stage.sandbox.account.resources.clear_cache()
    await collect_events(stage.resume())

    assert stage.states() == [[State.NOT_EXECUTED]]


@pytest.mark.parametrize("settle_seconds", [0.0, 3.0, 1e6])
@pytest.mark.parametrize("is_hidden", [False, True], ids=["listed by order", "not listed by order"])
@pytest.mark.parametrize("change", ["FROZEN", "CLOSING", "policy"])
async def test_the_order_of_a_sibling_is_not_claimed_by_a_changed_resource(
    stage: EngineStage, change: str, *, is_hidden: bool, settle_seconds: float
) -> None:
    """A colleague unsubscribes from a resource of the same purchase; ours is changed, and its request never arrived."""
    ours, theirs = stage.siblings()
    plan = await stage.plan([ours])
    behavior = stage.sandbox.account.behavior
    stage.sandbox.account.behavior = replace(behavior, settle_seconds=settle_seconds, ignores_order_id=is_hidden)
    stage.set_faults({"operation": "unsubscribe", "calls": [1], "action": "drop_before"})
    act = stage.unsubscribe_elsewhere(theirs)

    def change_too(step: str) -> None:
        act(step)
        if step == "commit unknown done":
            CHANGES[change](stage.resource(ours))
            stage.sandbox.account.resources.clear_cache()

    await run_plan(stage, plan, stage.run_config(step=change_too))
    _, ended = await collect_events(stage.resume())

    assert [(unit.state, unit.order_ids) for unit in ended.run.units] == [(State.UNKNOWN, ())]


async def test_a_later_expiry_does_not_prove_that_renewal_periods_were_kept(stage: EngineStage) -> None:
    """Renewal periods are compared with their confirmed state in the same way."""
    plan = replace(await stage.plan(stage.ids(1, Condition.RENEWED)), action=Action.RENEWAL)
    stage.set_faults({"operation": "unsubscribe", "action": "drop_before"})

    def renew(step: str) -> None:
        if step == "commit unknown done":
            _set_later_expiry(stage.resource(plan.items[0].id))
            stage.sandbox.account.resources.clear_cache()

    await run_plan(stage, plan, stage.run_config(step=renew))

    assert stage.states() == [[State.UNKNOWN]]


@pytest.mark.parametrize(
    ("status", "label"), [(4, "still listed as frozen"), (5, "still listed as expired"), (8, "still listed as closing")]
)
@pytest.mark.parametrize("fault", ["", "drop_after"])
async def test_a_kept_resource_of_a_completed_order_is_completed(
    stage: EngineStage, status: int, label: str, fault: str
) -> None:
    """Huawei Cloud keeps the resource in such a status: the order, proven to be the unit's, decides; both are named."""
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, kept_status=status)
    plan = await stage.plan(stage.ids(1))
    if fault:
        stage.set_faults({"operation": "unsubscribe", "action": fault})

    (unit,) = (await run_plan(stage, plan)).run.units

    assert (unit.state, unit.resource_status) == (State.SETTLED, status)
    assert unit.exact is not None
    assert unit.exact.refund is not None
    assert label in unit_line(unit)
    assert stage.request_count == 1


@pytest.mark.parametrize("status", [2, 6, 7])
async def test_a_completed_order_alone_is_no_success(stage: EngineStage, status: int) -> None:
    """In use, freezing or unfreezing: the resource contradicts its order, and the unit stays in progress."""
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, kept_status=status)

    (unit,) = (await run_plan(stage, await stage.plan(stage.ids(1)))).run.units

    assert unit.state is State.ACCEPTED


async def test_a_kept_resource_needs_an_order_that_is_proven(stage: EngineStage) -> None:
    """Without the resources or refund rows of an order, its status proves nothing about the resource."""
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, kept_status=5, ignores_order_id=True)
    plan = await stage.plan(stage.ids(1))
    stage.set_faults({"operation": "refund_orders", "action": "body", "body": '{"total_count": 0, "refund_infos": []}'})

    (unit,) = (await run_plan(stage, plan)).run.units

    assert unit.state is State.ACCEPTED


@pytest.mark.parametrize(
    ("status", "label"), [(1, "awaiting approval"), (8, "awaiting approval"), (0, ""), (7, ""), (11, "")]
)
async def test_an_order_in_another_status_is_in_progress(stage: EngineStage, status: int, label: str) -> None:
    """Its status is on the record; only a completed order ends the unit."""
    behavior = replace(stage.sandbox.account.behavior, review_above=Decimal(0), review_status=status)
    stage.sandbox.account.behavior = replace(behavior, review_seconds=3600.0)
    await run_plan(stage, await stage.plan(stage.ids(1)))

    _, ended = await collect_events(stage.resume())

    (unit,) = ended.run.units
    assert (unit.state, unit.order_status) == (State.ACCEPTED, status)
    assert label in unit_line(unit)
    stage.clock.advance(3700)
    _, ended = await collect_events(stage.resume())
    assert [each.state for each in ended.run.units] == [State.SETTLED]
