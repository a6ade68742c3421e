"""The `--filter` option: the app's list of resources, filtered on the command line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.config.named_filters import filter_usage_error, resolve_filter, warn_if_no_match
from unsub_tui.cli.output import write_message
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.listmodel.filters import FilterError, Query, parse
from unsub_tui.listmodel.list_context import ListContext, resources_with_renewals
from unsub_tui.listmodel.resource_list import ResourceList
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.filter_facts import ResourceFacts
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
            raise click.UsageError("--filter: is:selected works only in the app, where resources can be selected")
        if self.query.money_terms and not has_quotes:
            raise click.UsageError(
                "--filter: amounts are known of quoted resources only; use: unsub-tui quote --filter"
            )
        self._listed: ResourceList | None = None

    async def resources_on_tab(self, catalogue: Catalog, engine: Engine, tab: Tab | None) -> list[Resource]:
        """Return the matching resources of a tab; None stands for all resources, with the rules of the Active tab.

        Read orders and renewals if the filter needs them. Amount terms are ignored, because they need quotes.
        """
        context = ListContext(engine)
        for order_id in self.query.order_ids:
            context.add_order(order_id, await engine.catalog.resources_of_order(order_id))
        if tab is Tab.RENEWAL:
            await read_renewals(engine, catalogue)
        context.renewals, now = engine.catalog.renewals, engine.clock.now()
        if tab is Tab.RENEWAL:
            rows = resources_with_renewals(catalogue, context.renewals, now)
        else:
            rows = list(catalogue.resources) if tab is None else tab.filter_page(catalogue.resources, now)
        self._listed = ResourceList(tab or Tab.ACTIVE, context, ResourceFacts)
        self._listed.add_page(self._listed.start_listing(catalogue), rows)
        matches = self._matching(self._listed, self.query.without_money())
        if self.query:
            warn_if_no_match(len(matches), len(rows))
        return matches

    def blocked_reason(self, resource: Resource) -> BlockedReason | None:
        """Return why a listed resource cannot be selected on the tab, or None if it can."""
        return None if self._listed is None else self._listed.reason_of(resource)

    def filter_by_amounts(self, plan: Plan) -> Plan:
        """Return the plan without the items whose amounts do not match."""
        if self._listed is None or not self.query.money_terms:
            return plan
        self._listed.quotes.update((item.id, item.quote) for item in plan.items)
        found = {each.id for each in self._matching(self._listed, Query(self.query.text, self.query.money_terms))}
        rejected = frozenset(item.id for item in plan.items if item.id not in found)
        if plan.items:
            warn_if_no_match(len(plan.items) - len(rejected), len(plan.items))
        return plan.without(rejected)

    def _matching(self, listed: ResourceList, query: Query) -> list[Resource]:
        """Return the matching resources. Raises UsageError if the filter cannot be applied."""
        try:
            return [listed.rows.resources[row] for row in listed.matching_rows(query)]
        except FilterError as error:
            raise filter_usage_error(self._origin, query.text, error) from error


async def read_renewals(engine: Engine, catalogue: Catalog) -> None:
    """Read the account's renewal periods, and report the data that could not be read on stderr."""
    async for _step in engine.catalog.read_renewals(catalogue.resources):
        pass
    for each in engine.catalog.renewals.missing:
        write_message(_("Not loaded, so renewal periods may be missing: {what}").format(what=fact_text(each)))
