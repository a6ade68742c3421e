"""Orders and bill rows that cannot be read: each costs itself; runs draw no conclusion from them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.engine_stage import EngineStage, new_stage, run_plan
from tests.unit.engine.test_plan_file_drift import engine_for, open_and_list
from unsub_tui.api.errors import ApiError
from unsub_tui.domain.order import NO_CODE, OrderType
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.quotes.bills import BillCache
from unsub_tui.engine.quotes.orders import OrderHistory, read_order_history
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.pages.order import order_state_label


def spoil(stage: EngineStage, operation: str, only: str, **fields: object) -> None:
    """Let the sandbox answer with other values in the objects that have `only` as a value."""
    stage.set_faults({"operation": operation, "action": "set_fields", "only": only, "fields": fields})


async def unsubscribed_order(stage: EngineStage) -> str:
    """Unsubscribe from two resources, and return the order of the first."""
    ended = await run_plan(stage, await stage.plan(stage.ids(2)))
    order_id = ended.run.units[0].order_id
    assert order_id
    return order_id


@pytest.mark.parametrize("fields", [{"status": None}, {"order_type": None}, {"order_id": None}], ids=str)
async def test_the_list_of_orders_has_every_order(stage: EngineStage, fields: Mapping[str, object]) -> None:
    """One that cannot be read is among them, with the rest of its data; a run that needs it learns that."""
    order_id = await unsubscribed_order(stage)
    engine = engine_for(stage, "alice")
    await engine.account.open()
    since = stage.clock.now().replace(year=stage.clock.now().year - 1)
    whole = [each async for each in engine.history.orders(since)][-1].orders
    spoil(stage, "list_orders", order_id, **fields)

    listed = [each async for each in engine.history.orders(since)][-1].orders

    assert len(listed) == len(whole)
    (odd,) = [each for each in listed if not each.order.is_readable]
    assert not odd.is_pending
    assert odd.order.amounts == next(each.order.amounts for each in whole if each.order.order_id == order_id)
    if "status" in fields:
        assert order_state_label(odd.order.status) == "unreadable"
        assert odd.order.status == NO_CODE
    async with stage.connection().read_client() as reader:
        with pytest.raises(ApiError) as caught:
            await reader.orders(order_type=OrderType.UNSUBSCRIPTION, created_from=since, created_to=stage.clock.now())
    assert caught.value.problem.kind is ProblemKind.BAD_RESPONSE
    await engine.close()


async def test_an_unreadable_order_is_no_outcome(stage: EngineStage) -> None:
    """A lost answer is looked for among the orders; one without a status could be it, so nothing is concluded."""
    plan = await stage.plan(stage.ids(1))

    def spoil_reads(step: str) -> None:
        if step == "request done":
            stage.set_faults(
                {"operation": "list_orders", "action": "set_fields", "fields": {"status": None}},
                {"operation": "query_resources", "action": "error", "status": 500},
            )

    stage.set_faults({"operation": "unsubscribe", "action": "drop_after"})
    (unit,) = (await run_plan(stage, plan, stage.run_config(step=spoil_reads))).run.units
    assert unit.state is State.UNKNOWN
    assert stage.execution_count(plan.items[0].id) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"consume_amount": "many"}, "missing, invalid or out of range"),
        ({"measure_id": 3}, "missing, invalid or out of range"),
        ({"bill_type": None}, ""),
    ],
    ids=str,
)
async def test_a_bill_row_costs_its_resource(stage: EngineStage, fields: Mapping[str, object], words: str) -> None:
    """Its figures are unknown, with the reason; those of the other resource are as they were."""
    odd, other = stage.ids(2)
    before = {item.id: item.quote.amounts for item in (await stage.plan([odd, other])).items}
    assert all(amounts.refund is not None for amounts in before.values())
    spoil(stage, "res_records", odd, **fields)

    after = {item.id: item.quote for item in (await stage.plan([odd, other])).items}

    assert after[odd].amounts.refund is None
    assert words in facts_text(after[odd].missing)
    assert after[odd].missing
    assert after[other].amounts.refund == before[other].refund


async def test_renewal_periods_name_what_they_leave_out(tmp_path: Path) -> None:
    """An order without a status may have bought a period: the others are listed, and the number of such orders."""
    stage = new_stage(tmp_path / "state", resources=400)
    engine = engine_for(stage, "alice")
    catalog = await open_and_list(engine)
    whole = [each async for each in engine.catalog.read_renewals(catalog.resources)][-1].renewals
    orders = dict.fromkeys(each.order_id for payments in whole.payments.values() for each in payments)
    assert len(orders) > 1
    spoil(stage, "list_orders", next(iter(orders)), status=None)

    left = [each async for each in engine.catalog.read_renewals(catalog.resources)][-1].renewals

    assert 0 < len(left.payments) < len(whole.payments)
    assert "lack their id, their type or their status" in facts_text(left.missing)
    await engine.close()


async def test_sign_in_finds_a_readable_account(stage: EngineStage) -> None:
    """The id comes from the caller's identity if the list of accounts has none."""
    spoil(stage, "auth_domains", "", id=None)
    async with stage.connection().read_client() as reader:
        account_id, _ = await reader.find_account()
    assert account_id == stage.account.account_id


async def test_past_fees_are_those_of_the_orders_that_can_be_read(stage: EngineStage) -> None:
    """One that cannot be read costs its own fee and the use of the quota, with a note; in China, both are derived."""
    order_id = await unsubscribed_order(stage)
    resources, now = (await stage.list_catalog()).resources, stage.clock.now()

    async def read_history() -> OrderHistory:
        async with stage.connection().read_client() as reader:
            return await read_order_history(BillCache(reader), resources, load_rules("cn"), now, since=now)

    whole = await read_history()
    spoil(stage, "list_orders", order_id, status=None)
    left = await read_history()

    assert whole.quota is not None
    assert left.quota is None
    assert "1 unsubscription orders cannot be read" in facts_text(left.notes)
    assert set(left.fee_history.fees) <= set(whole.fee_history.fees)
