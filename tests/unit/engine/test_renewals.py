"""Renewed periods that have not begun: found with few calls, quoted, given up, and what stands in the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.engine_stage import EngineStage, run_plan
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.paid_periods import Renewals
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.quote import UnsubscriptionKind
from unsub_tui.domain.resource import Catalog
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.quotes.renewals import RenewalCache, read_renewals
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.sandbox.models import Condition
from unsub_tui.sandbox.models import OrderType as OrderKind


def expected_periods(stage: EngineStage) -> dict[str, set[datetime]]:
    """Return what the books say: by resource in use the beginnings of its paid periods to come."""
    ledger, now = stage.sandbox.account, int(stage.clock.now().timestamp())
    found: dict[str, set[datetime]] = {}
    for one in ledger.resources.list_all():
        if one.effective > now or one.expire <= now or one.status not in {2, 4}:
            continue
        starts = {
            datetime.fromtimestamp(line.start, UTC)
            for order in ledger.orders.paid_orders(one.purchase_number)
            for line in order.lines
            if order.order_type is OrderKind.RENEWAL and line.position == one.position and line.start > now
        }
        if starts:
            found[one.resource_id] = starts
    return found


async def read_periods(stage: EngineStage, catalog: Catalog, shelf: RenewalCache | None = None) -> Renewals:
    """Return what the reading finds."""
    async with stage.connection().read_client() as reader:
        steps = read_renewals(reader, {} if shelf is None else shelf, catalog.resources, stage.clock.now())
        return [step async for step in steps][-1].renewals


async def make_plan(stage: EngineStage, ids: list[str]) -> Plan:
    """Plan to give up the renewed periods of these resources, with the final quotes."""
    renewals = await read_periods(stage, await stage.list_catalog())
    return await stage.quote(await stage.draft(ids, action=Action.RENEWAL, renewals=renewals))


async def test_every_period_to_come_is_found(stage: EngineStage) -> None:
    """The reading finds what the books have, no more and no less, with few calls and nothing missing."""
    catalog = await stage.list_catalog()
    renewals = await read_periods(stage, catalog)
    assert renewals.missing == ()
    assert {key: {each.term_start for each in paid} for key, paid in renewals.payments.items()} == expected_periods(
        stage
    )
    assert len(renewals.payments) > 5


def primary_resources(stage: EngineStage, plight: Condition) -> list[str]:
    """Return the main resources of a plight."""
    return [
        each.resource_id
        for each in stage.sandbox.account.resources.list_all()
        if each.condition is plight and not each.parent
    ]


async def test_only_the_periods_go_and_the_resource_stays(stage: EngineStage) -> None:
    """Full refund, no fee, no risk to tick; settled once the order is done and the expiry is the earlier one."""
    (resource_id, *_) = primary_resources(stage, Condition.RENEWED)
    plan = await make_plan(stage, [resource_id])
    (item,) = plan.items
    assert item.quote.kind is UnsubscriptionKind.RENEWAL_ONLY
    assert item.quote.missing == ()
    assert item.quote.amounts.refund == item.quote.amounts.paid
    assert item.quote.amounts.handling_fee == 0
    assert plan.risks == ()
    ended = await run_plan(stage, plan)
    (unit,) = ended.run.units
    assert unit.state is State.SETTLED
    assert unit.exact is not None
    assert unit.exact.refund == item.quote.amounts.refund
    resource = stage.resource(resource_id)
    assert item.new_expiry is not None
    assert (resource.status, resource.expire) == (2, int(item.new_expiry.timestamp()))
    catalog = await stage.list_catalog()
    shorter = catalog.get(resource_id)
    assert shorter is not None
    assert (await read_periods(stage, catalog)).upcoming_payments(shorter, stage.clock.now()) == ()


@pytest.mark.parametrize(
    ("plight", "reason"),
    [
        (Condition.ATTACHED_AFTER_RENEWAL, BlockedReason.ATTACHED_LATER),
        (Condition.SPEC_CHANGED_AFTER_RENEWAL, BlockedReason.CHANGED),
        (Condition.UNPAID, BlockedReason.UNPAID_ORDER),
        (Condition.NORMAL, BlockedReason.NO_RENEWAL),
        (Condition.NOT_STARTED, BlockedReason.NO_RENEWAL),
    ],
    ids=str,
)
async def test_what_orders_show_is_refused_before(stage: EngineStage, plight: Condition, reason: BlockedReason) -> None:
    """What stands in the way and can be seen is told in the review, not by the service."""
    plan = await make_plan(stage, primary_resources(stage, plight)[-1:])
    assert [each.reason for each in plan.refused] == [reason]
    assert plan.items == ()


@pytest.mark.parametrize(
    ("plight", "code"),
    [
        (Condition.HAS_BANDWIDTH_ADDON, "CBC.99003654"),
        (Condition.IN_TRANSACTION, "CBC.99003651"),
        (Condition.INVOICED, "CBC.99003643"),
        (Condition.RENEWED_IN_PROMOTION, "CBC.99003645"),
    ],
    ids=str,
)
async def test_what_only_the_service_knows_is_its_refusal(stage: EngineStage, plight: Condition, code: str) -> None:
    """The item is rejected with the vendor's code, and nothing was changed."""
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, transaction_seconds=None)
    plan = await make_plan(stage, primary_resources(stage, plight)[:1])
    before = stage.resource(plan.items[0].id)
    expiry = before.expire
    (unit,) = (await run_plan(stage, plan)).run.units
    assert unit.state is State.REJECTED
    assert unit.problem is not None
    assert unit.problem.code.raw == code
    assert before.expire == expiry


async def test_a_period_that_began_meanwhile_is_not_given_up(stage: EngineStage) -> None:
    """Between review and sending the renewed period began: the service's own refusal tells."""
    plan = await make_plan(stage, primary_resources(stage, Condition.RENEWED)[:1])
    item = plan.items[0]
    assert item.new_expiry is not None
    begins = max(each.term_start for each in item.renewal_payments if each.term_start)
    stage.clock.advance((begins - stage.clock.now()).total_seconds() + 60)
    (unit,) = (await run_plan(stage, plan)).run.units
    assert unit.problem is not None
    assert unit.problem.code.raw == "CBC.99003128"


FAULTS = {
    "no bills": ({"operation": "res_records", "action": "error", "status": 403, "error_code": "CBC.0151"},),
    "the older bills, without periods": ({"operation": "res_records", "action": "error", "status": 404},),
}


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
async def test_orders_tell_what_bills_do_not(stage: EngineStage, faults: tuple[dict[str, object], ...]) -> None:
    """Without bills, or without periods in them, every renewal order is read by itself."""
    stage.set_faults(*faults)
    renewals = await read_periods(stage, await stage.list_catalog())
    assert {key: {each.term_start for each in paid} for key, paid in renewals.payments.items()} == expected_periods(
        stage
    )


async def test_bills_tell_what_orders_do_not(stage: EngineStage) -> None:
    """Where orders cannot be opened, the bills have most; what neither tells is named."""
    stage.set_faults({"operation": "show_order", "action": "error", "status": 403, "error_code": "CBC.0151"})
    renewals = await read_periods(stage, await stage.list_catalog())
    known = {key: {each.term_start for each in paid} for key, paid in renewals.payments.items()}
    assert known
    assert all(known[key] <= expected_periods(stage)[key] for key in known)
    assert renewals.missing
    assert all("CBC.0151" in fact_text(each) for each in renewals.missing)


async def test_reading_again_asks_only_for_what_may_have_changed(stage: EngineStage) -> None:
    """Settled months are kept: the second reading takes the list of orders and the youngest months."""
    catalog = await stage.list_catalog()
    shelf: RenewalCache = {}
    first = await read_periods(stage, catalog, shelf)
    assert len(shelf) > 12
    stage.set_faults(
        {"operation": "res_records", "calls": {"from": 3}, "action": "error", "status": 403, "error_code": "CBC.0151"}
    )
    assert (await read_periods(stage, catalog, shelf)).payments == first.payments
