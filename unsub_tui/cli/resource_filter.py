"""The `--filter` option: the app's filter language applied to a complete listing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.config.named_filters import filter_usage_error, resolve_filter, warn_if_no_match
from unsub_tui.cli.output import write_message
from unsub_tui.domain.eligibility import UNSUBSCRIBABLE_OUTSIDE_BATCH, BlockedReason
from unsub_tui.domain.estimate import refund_window_end
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.listmodel.filters import FilterError, Query, parse
from unsub_tui.listmodel.tab import Tab
from unsub_tui.listmodel.tab_rules import blocked_reason_on_tab, resources_with_renewals
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.filter_facts import ResourceFacts, StatePredicate
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.engine.engine import Engine


class ResourceFilter:
    """A filter from the command line. Raises UsageError if it is invalid or asks for selections or unquoted amounts."""

    def __init__(self, text: str, *, has_quotes: bool) -> None:
        text, self._origin = resolve_filter(text, os.environ)
        try:
            self.query = parse(text)
        except FilterError as error:
            raise filter_usage_error(self._origin, text, error) from error
        if self.query.depends_on_selection:
            raise click.UsageError("--filter: is:selected works in the app only; here nothing is marked")
        if self.query.money_terms and not has_quotes:
            raise click.UsageError(
                "--filter: amounts are known of quoted resources only; use: unsub-tui quote --filter"
            )
        self._order_ids: dict[str, set[str]] = {}
        self._catalogue = Catalog()
        self.tab = Tab.ACTIVE

    async def resources_on_tab(self, catalogue: Catalog, engine: Engine, tab: Tab | None) -> list[Resource]:
        """Return the matching resources of a tab or the account; read orders and renewals if the filter needs them."""
        self._catalogue, self.tab = catalogue, tab or Tab.ACTIVE
        for order_id in self.query.order_ids:
            for each in await engine.catalog.resources_of_order(order_id):
                self._order_ids.setdefault(each, set()).add(order_id)
        if tab is Tab.RENEWAL:
            await read_renewals(engine, catalogue)
            return self.matching(
                resources_with_renewals(catalogue, engine.catalog.renewals, engine.clock.now()), engine
            )
        rows = catalogue.resources if tab is None else tab.filter_page(catalogue.resources, engine.clock.now())
        return self.matching(rows, engine)

    def blocked_reason(self, resource: Resource, engine: Engine) -> BlockedReason | None:
        """Return why a resource cannot be selected on the tab, or None."""
        rules, now = engine.rules, engine.clock.now()
        return blocked_reason_on_tab(
            self.tab, resource, self._catalogue, renewals=engine.catalog.renewals, rules=rules, now=now
        )

    def matching(self, resources: Sequence[Resource], engine: Engine) -> list[Resource]:
        """Return the matching resources, ignoring amount terms, which need quotes."""
        matches = self._matching_rows(self.query.without_money(), resources, engine, None)
        if self.query:
            warn_if_no_match(len(matches), len(resources))
        return matches

    def filter_by_amounts(self, plan: Plan, engine: Engine) -> Plan:
        """Return the plan without the items whose amounts do not match."""
        if not self.query.money_terms:
            return plan
        amount_query = Query(self.query.text, self.query.money_terms)
        kept = {
            each.id for each in self._matching_rows(amount_query, [item.resource for item in plan.items], engine, plan)
        }
        if plan.items:
            warn_if_no_match(len(kept), len(plan.items))
        return plan.without(frozenset(item.id for item in plan.items if item.id not in kept))

    def _matching_rows(
        self, query: Query, resources: Sequence[Resource], engine: Engine, plan: Plan | None
    ) -> list[Resource]:
        quotes = {item.id: item.quote for item in plan.items} if plan is not None else {}
        states: dict[str, StatePredicate] = {
            "is:eligible": lambda row: self.blocked_reason(resources[row], engine) is None,
            "is:blocked": lambda row: self.blocked_reason(resources[row], engine) not in UNSUBSCRIBABLE_OUTSIDE_BATCH,
            "is:five-day": lambda row: refund_window_end(resources[row], engine.rules, engine.clock.now()) is not None,
        }
        facts = ResourceFacts(
            resources,
            engine.clock.now,
            states,
            quotes.get,
            order_ids_of=lambda key: self._order_ids.get(key, ()),
            account_resources=lambda: self._catalogue.resources,
        )
        try:
            return [resources[row] for row in query.match_rows(facts, range(len(resources)))]
        except FilterError as error:
            raise filter_usage_error(self._origin, query.text, error) from error


async def read_renewals(engine: Engine, catalogue: Catalog) -> None:
    """Read the account's renewal periods, and report the data that could not be read on stderr."""
    async for _step in engine.catalog.read_renewals(catalogue.resources):
        pass
    for each in engine.catalog.renewals.missing:
        write_message(_("not read, so periods may be missing: {what}").format(what=fact_text(each)))
