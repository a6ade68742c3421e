"""Our estimates against what the sandbox really charges, by its own code and tables."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from tests.support.connections import connect, make_sandbox
from tests.support.effort import some
from tests.support.engine_stage import quote_all, read_catalog
from unsub_tui.api.client import BssClient
from unsub_tui.api.mutation_results import Accepted
from unsub_tui.api.mutations import MutationClient
from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.action import Action
from unsub_tui.domain.fact import Fact
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.money import FigureSource
from unsub_tui.domain.order import OrderAmounts
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.quote import Quote, UnsubscriptionKind
from unsub_tui.engine.planning import DraftContext, draft_plan
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.sandbox.sandbox import Sandbox

HALF_CENT = Decimal("0.005")
CENTS = Decimal("0.05")


async def quoted_plan(sandbox: Sandbox, client: BssClient, site: str) -> Plan:
    """Return a plan of everything that can be unsubscribed in any way, with its final quotes."""
    catalog = await read_catalog(client)
    context = DraftContext(
        account=AccountRef(account_id=sandbox.domain_id, site=site),
        catalog=catalog,
        rules=load_rules(site),
        guards=Guards(),
        now=sandbox.clock.now_utc(),
        quote_only=True,
    )
    plan = draft_plan(context, [each.id for each in catalog.resources])
    return await quote_all(client, plan)


@pytest.mark.parametrize("site", some(["intl", "eu"], 1))
async def test_a_term_between_two_rows_is_charged_within_its_bounds(site: str) -> None:
    """Where both neighbors have one rate, that is charged; where not, the fee lies between the two that are said."""
    sandbox = make_sandbox(600, site=site, odd_terms=True)
    connection = connect(sandbox, site=site)
    compared: Counter[str] = Counter()
    async with connection.read_client() as client, connection.mutation_client() as submitter:
        plan = await quoted_plan(sandbox, client, site)
        for item in plan.items:
            amounts = await charged_amounts(client, submitter, item, plan)
            bounds = [each for each in item.quote.missing if isinstance(each, Fact) and each.code == "fee_between"]
            if amounts is None:
                continue
            if item.quote.source is FigureSource.ESTIMATE:
                assert not differences(item.quote, amounts), (item.quote, amounts)
                compared["known"] += any("fee_between_rows" in str(rule) for rule in item.quote.rules)
            elif bounds and len(item.resources) == len(item.quote.order_ids) == 1:
                low, high = (Decimal(str(dict(bounds[0].values)[name])) for name in ("low", "high"))
                assert item.quote.amounts.refund is None
                assert low - HALF_CENT <= (amounts.commission or 0) <= high + HALF_CENT
                compared["within its bounds"] += 1
            if item.quote.refund_bounds is not None:
                lowest, highest = item.quote.refund_bounds
                assert lowest - CENTS <= (amounts.net or 0) <= highest + CENTS
                compared["refund within its bounds"] += 1
    assert len(compared) == 3
    assert min(compared.values()) > 5, compared


async def charged_amounts(
    client: BssClient, submitter: MutationClient, item: PlanItem, plan: Plan
) -> OrderAmounts | None:
    """Return what unsubscribing from an item really came to, or None where the vendor refused."""
    answer = await submitter.send(submitter.prepare(Action.UNSUBSCRIBE, [item.id]))
    return (await client.order(answer.order_ids[0])).amounts if isinstance(answer, Accepted) else None


def differences(quote: Quote, amounts: OrderAmounts) -> list[tuple[Decimal | None, Decimal | None]]:
    """Return the figures that are off by half a cent or more."""
    pairs = [
        (quote.amounts.refund, amounts.net),
        (quote.amounts.handling_fee, amounts.commission),
        (quote.amounts.consumed, amounts.consumed),
    ]
    return [(ours, exact) for ours, exact in pairs if abs((ours or Decimal(0)) - (exact or Decimal(0))) >= HALF_CENT]


@pytest.mark.parametrize("site", some(["intl", "eu", "cn"], 1))
async def test_an_estimate_is_what_is_charged_or_says_that_it_is_unknown(site: str) -> None:
    """Of 1,000 resources of all kinds, every item that is said to be estimated comes out to the cent."""
    sandbox = make_sandbox(1000, site=site)
    connection = connect(sandbox, site=site)
    compared: Counter[str] = Counter()
    async with connection.read_client() as client, connection.mutation_client() as submitter:
        plan = await quoted_plan(sandbox, client, site)
        for item in plan.items:
            amounts = await charged_amounts(client, submitter, item, plan)
            if amounts is None:
                compared["refused by the vendor"] += 1
            elif item.quote.source is FigureSource.UNKNOWN:
                assert item.quote.missing
                compared["unknown"] += 1
            else:
                assert not differences(item.quote, amounts), (item.quote, amounts, item.resource)
                compared[item.quote.kind] += 1
    print(site, len(plan.items), dict(compared))  # noqa: T201 - shown by `pytest -s`
    assert compared[UnsubscriptionKind.IN_USE] > 100, compared
    assert compared[UnsubscriptionKind.INACTIVE] > 5, compared
    assert compared[UnsubscriptionKind.FIVE_DAY] == (10 if site == "cn" else 0), compared
    assert compared["unknown"] < len(plan.items) * (0.4 if site == "cn" else 0.01), compared
