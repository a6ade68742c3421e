"""The findings about the resources of a plan, read while its review is shown and before its confirmation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from unsub_tui.domain.disks import server_of
from unsub_tui.domain.inventory.control_groups import ControlGroups, find_control_groups
from unsub_tui.domain.inventory.plan_findings import PlanFindings

if TYPE_CHECKING:
    from unsub_tui.domain.inventory.inventory import Inventory
    from unsub_tui.domain.inventory.resource_findings import ResourceFindings
    from unsub_tui.domain.plan import Plan
    from unsub_tui.domain.resource import Catalog, Resource
    from unsub_tui.engine.account import Account
    from unsub_tui.engine.inventory.reader import InventoryReader
    from unsub_tui.engine.run.policy import Clock

CONCLUSIONS_AT_ONCE = 8
"""Number of resources about which conclusions are drawn before other work of the event loop gets its turn."""


MAX_SECONDS = 30.0
"""Maximum time that a command waits for the findings about its plan."""


class PlanInventory:
    """Reads the findings about some resources. Nothing here raises UnsubError: what cannot be read is unknown."""

    def __init__(self, reader: InventoryReader, account: Account, clock: Clock) -> None:
        self._reader = reader
        self._account = account
        self._clock = clock
        self._inventory: Inventory | None = None
        self._catalog: Catalog | None = None
        self._control_groups: ControlGroups = {}

    async def read(
        self, resources: Sequence[Resource], catalog: Catalog, before: Inventory | None = None
    ) -> AsyncGenerator[PlanFindings, None]:
        """Read everything about these resources, and yield the findings after each project.

        Until a project is read, the findings about its resources are those of the inventory `before`.
        """
        inventory = self._inventory
        if inventory is None:  # made in a thread, because it looks at every resource of the account
            inventory = await asyncio.to_thread(self._reader.new_inventory, catalog, before)
            self._inventory, self._catalog = inventory, catalog
        selected = frozenset(each.id for each in resources)
        self._control_groups = await asyncio.to_thread(find_control_groups, catalog, selected, self._clock.now())
        await self._account.fetch_actor()
        known = await self.findings(resources)
        yield replace(known, total=1)
        async with aclosing(self._reader.read_selected(inventory, resources)) as steps:
            async for step in steps:
                known = replace(await self.findings(resources, known, step.lists.place.region), done=step.done)
                yield replace(known, total=step.total)

    async def plan_with_findings(self, plan: Plan, catalog: Catalog) -> Plan:
        """Return a plan with what the services say about its resources, as far as it can be read in time."""
        if not plan.items:
            return plan
        with suppress(TimeoutError):
            async with asyncio.timeout(MAX_SECONDS):
                async for findings in self.read(plan.resources, catalog):
                    plan = replace(plan, findings=findings)
        if plan.findings is not None and self._inventory is not None:  # nothing more is on its way
            findings = replace(plan.findings, done=plan.findings.total, places=tuple(self._inventory.places))
            plan = replace(plan, findings=findings)
        return plan

    async def findings(
        self, resources: Sequence[Resource], known: PlanFindings | None = None, region: str = ""
    ) -> PlanFindings:
        """Return the findings about these resources, if exactly these are unsubscribed from.

        With a `region`, only those in this region are new; the others are the `known` ones. The server of a disk that
        is unsubscribed from without it is among them, because it may be protected.
        """
        selected = frozenset(each.id for each in resources)
        found: dict[str, ResourceFindings] = {} if known is None else dict(known.by_id)
        servers = [] if self._catalog is None else [server_of(each, self._catalog) for each in resources]
        others = [each for each in servers if each is not None and each.id not in selected]
        wanted = [each for each in (*resources, *others) if not region or each.region_code.raw == region]
        for number, each in enumerate(wanted, 1):
            if self._inventory is not None:
                found[each.id] = self._inventory.findings_of(each, selected)
            if number % CONCLUSIONS_AT_ONCE == 0:
                await asyncio.sleep(0)
        return PlanFindings(
            now=self._clock.now(),
            by_id=found,
            user=self._account.actor.user,
            control_groups=self._control_groups,
        )
