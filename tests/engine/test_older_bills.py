"""Quotes from a service that publishes only the older form of its bills."""

from __future__ import annotations

from tests.contract.test_money import quoted_plan
from tests.support import connect, make_sandbox
from unsub_tui.domain.money import Source
from unsub_tui.sandbox.faults import parse_faults


async def test_the_orders_tell_the_periods_where_the_bills_do_not() -> None:
    """Without the newer bills the figures are the same wherever an order bought one period only."""
    newer, older = make_sandbox(80), make_sandbox(80)
    older.faults = parse_faults(
        [{"operation": "res_records", "action": "error", "status": 404, "error_code": "APIGW.0101"}]
    )
    async with connect(newer).reader() as one, connect(older).reader() as other:
        expected = {item.id: item.quote.amounts for item in (await quoted_plan(newer, one, "intl")).items}
        found = (await quoted_plan(older, other, "intl")).items
    known = [item for item in found if item.quote.source is Source.ESTIMATE]
    assert len(known) > len(found) / 2
    assert all(item.quote.amounts.refund == expected[item.id].refund for item in known)
