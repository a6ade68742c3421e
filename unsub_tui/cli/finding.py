"""`--filter`: the grammar of the app's filter, over a listing that is whole."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from unsub_tui.cli.filters import named_or_given, say_if_none, wrong_filter
from unsub_tui.cli.output import say
from unsub_tui.domain.contents import objection, renewed
from unsub_tui.domain.eligibility import STANDING_ALONE, Blocked
from unsub_tui.domain.estimate import free_until
from unsub_tui.domain.filters import FilterError, Query, parse
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.resource import Catalogue, Resource
from unsub_tui.domain.tab import Tab
from unsub_tui.engine.engine import Engine
from unsub_tui.present.facts import RowFacts, StateTest
from unsub_tui.present.words import _


class Finder:
    """A filter from the command line; raises UsageError where it cannot be understood."""

    def __init__(self, text: str, *, has_quotes: bool) -> None:
        text, self._origin = named_or_given(text, os.environ)
        try:
            self.query = parse(text)
        except FilterError as error:
            raise wrong_filter(self._origin, text, error) from error
        if self.query.asks_marks:
            raise click.UsageError("--filter: is:marked works in the app only; here nothing is marked")
        if self.query.money_terms and not has_quotes:
            raise click.UsageError(
                "--filter: amounts are known of quoted resources only; use: unsub-tui quote --filter"
            )
        self._orders: dict[str, set[str]] = {}
        self._catalogue = Catalogue()
        self.tab = Tab.ACTIVE

    async def on_tab(self, catalogue: Catalogue, engine: Engine, tab: Tab | None) -> list[Resource]:
        """Return what fits of a tab, or of the whole account; asks the service for what the list does not tell."""
        self._catalogue, self.tab = catalogue, tab or Tab.ACTIVE
        for order_id in self.query.order_ids:
            for each in await engine.resources_of_order(order_id):
                self._orders.setdefault(each, set()).add(order_id)
        if tab is Tab.RENEWAL:
            await read_renewals(engine, catalogue)
            return self.found(renewed(catalogue, engine.renewals, engine.now()), engine)
        rows = catalogue.resources if tab is None else tab.on(catalogue.resources, engine.now())
        return self.found(rows, engine)

    def reason(self, resource: Resource, engine: Engine) -> Blocked | None:
        """Return why a resource cannot be marked on the tab, or None."""
        rules, now = engine.rules, engine.now()
        return objection(self.tab, resource, self._catalogue, renewals=engine.renewals, rules=rules, now=now)

    def found(self, resources: Sequence[Resource], engine: Engine) -> list[Resource]:
        """Return what fits, amounts aside: those are asked when there are quotes."""
        found = self._fitting(self.query.without_money(), resources, engine, None)
        if self.query:
            say_if_none(len(found), len(resources))
        return found

    def with_money(self, plan: Plan, engine: Engine) -> Plan:
        """Return the plan without the items whose amounts do not fit."""
        if not self.query.money_terms:
            return plan
        money = Query(self.query.text, self.query.money_terms)
        kept = {each.id for each in self._fitting(money, [item.resource for item in plan.items], engine, plan)}
        if plan.items:
            say_if_none(len(kept), len(plan.items))
        return plan.without(frozenset(item.id for item in plan.items if item.id not in kept))

    def _fitting(
        self, query: Query, resources: Sequence[Resource], engine: Engine, plan: Plan | None
    ) -> list[Resource]:
        quotes = {item.id: item.quote for item in plan.items} if plan is not None else {}
        states: dict[str, StateTest] = {
            "is:eligible": lambda row: self.reason(resources[row], engine) is None,
            "is:blocked": lambda row: self.reason(resources[row], engine) not in STANDING_ALONE,
            "is:five-day": lambda row: free_until(resources[row], engine.rules, engine.now()) is not None,
        }
        facts = RowFacts(
            resources,
            engine.now,
            states,
            quotes.get,
            orders_of=lambda key: self._orders.get(key, ()),
            account=lambda: self._catalogue.resources,
        )
        try:
            return [resources[row] for row in query.rows(facts, range(len(resources)))]
        except FilterError as error:
            raise wrong_filter(self._origin, query.text, error) from error


async def read_renewals(engine: Engine, catalogue: Catalogue) -> None:
    """Find the renewed periods of the account, and say what could not be read."""
    async for _step in engine.read_renewals(catalogue.resources):
        pass
    for each in engine.renewals.missing:
        say(_("not read, so periods may be missing: {what}").format(what=clean(each)))
