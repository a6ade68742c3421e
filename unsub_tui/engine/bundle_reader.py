"""What is known of the bundles of an account: rejected parts from the record, members from the orders."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from unsub_tui.domain.bundles import find_rejection, part_rejections, rejection_fact, with_bundle_warnings
from unsub_tui.domain.fact import Fact
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.run import Unit
from unsub_tui.engine.catalog import CatalogReader

if TYPE_CHECKING:
    from unsub_tui.engine.quotes.builder import QuoteProgress


class BundleReader:
    """Finds bundles, and adds what is known of them to plans."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog
        self._members: dict[str, tuple[Resource, ...]] = {}
        self.rejections: Mapping[str, Unit] = {}
        """The requests that were rejected because they named a part of a bundle, by the id of its resource."""

    def note_units(self, units: Iterable[Unit]) -> None:
        """Take the rejections from recorded units, oldest first."""
        self.rejections = {**self.rejections, **part_rejections(units)}

    @property
    def rejection_facts(self) -> dict[str, Fact]:
        """The rejections, with the names of the other members as far as they are known, by resource id."""
        return {
            each: rejection_fact(unit, {each}, self._members.get(each, ())) for each, unit in self.rejections.items()
        }

    async def find(self, resource_id: str, order_ids: Iterable[str]) -> tuple[Resource, ...]:
        """Return the primary resources that were bought with this one, it first; () if no order names others.

        `order_ids` are the orders of the resource, as its quote has them.
        """
        found = await self._catalog.bundle_of(resource_id, order_ids)
        self._members[resource_id] = found
        return found

    async def add_warnings(
        self, steps: AsyncGenerator[QuoteProgress, None], plan: Plan
    ) -> AsyncGenerator[QuoteProgress, None]:
        """Yield the steps of quoting a plan with the warnings about bundles; at the end, with names of the members."""
        async with aclosing(steps) as progress:
            async for step in progress:
                yield replace(step, plan=with_bundle_warnings(step.plan, self.rejections, self._members))
                plan = step.plan
        if not plan.action.deletes_resource:
            return
        doubtful = [item for item in plan.items if find_rejection(item, self.rejections) and item.server is None]
        if not doubtful:
            return
        for item in doubtful:
            with suppress(UnsubError):  # without them, the warning names no members
                await self.find(item.id, item.quote.order_ids)
        yield replace(step, plan=with_bundle_warnings(plan, self.rejections, self._members))
