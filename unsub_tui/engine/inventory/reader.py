"""The inventory of one account: what is known of its resources, and the reads that find it out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from unsub_tui.domain.inventory.inventory import Inventory
from unsub_tui.domain.inventory.subject import InventoryThresholds
from unsub_tui.engine.catalog import gc_paused
from unsub_tui.engine.inventory.metric_reads import MAX_MEASURED, measure
from unsub_tui.engine.inventory.selected_reads import read_selected
from unsub_tui.engine.inventory.sweep import read_nodes, sweep

if TYPE_CHECKING:
    from unsub_tui.domain.resource import Catalog, Resource
    from unsub_tui.engine.account import Account
    from unsub_tui.engine.inventory.list_jobs import InventoryProgress
    from unsub_tui.engine.run.policy import Clock


class InventoryReader:
    """Reads the services beside the billing API. Nothing here raises UnsubError: what cannot be read is unknown."""

    def __init__(self, account: Account, clock: Clock, thresholds: InventoryThresholds | None) -> None:
        self._account = account
        self._clock = clock
        self._thresholds = thresholds or InventoryThresholds()

    def new_inventory(self, catalog: Catalog, before: Inventory | None = None) -> Inventory:
        """Return an inventory of these resources, which knows what was read into the one `before`, if anything."""
        known = () if before is None else before.places
        return Inventory(catalog, known, now=self._clock.now(), thresholds=self._thresholds)

    async def sweep(
        self, inventory: Inventory, resources: Collection[Resource]
    ) -> AsyncGenerator[InventoryProgress, None]:
        """Read the lists of all services into the inventory, and yield after each of them."""
        async with (
            gc_paused(),  # a collection among the rows of all lists takes longer than a key may
            self._account.inventory_clients() as clients,
            aclosing(sweep(clients, resources)) as lists,
        ):
            clients.session.share_texts_of(inventory.catalog)
            clients.session.forget_refusals()  # a permission may have been granted since the last sweep
            async for each in lists:
                inventory.replace_place(each.lists)
                yield each

    async def read_selected(
        self, inventory: Inventory, resources: Collection[Resource]
    ) -> AsyncGenerator[InventoryProgress, None]:
        """Read everything about these resources into an inventory of their own, and yield after each project."""
        async with (
            self._account.inventory_clients() as clients,
            aclosing(read_selected(clients, resources, inventory.known_places)) as lists,
        ):
            async for each in lists:
                inventory.replace_place(each.lists)
                yield each

    async def measure(
        self, inventory: Inventory, servers: Sequence[Resource]
    ) -> AsyncGenerator[InventoryProgress, None]:
        """Read the metrics of the first `MAX_MEASURED` of these servers into the inventory, project by project."""
        async with (
            self._account.inventory_clients() as clients,
            aclosing(measure(clients, inventory, servers[:MAX_MEASURED])) as lists,
        ):
            async for each in lists:  # other lists may have changed since
                known = inventory.lists_of(each.lists.place)
                inventory.replace_place(replace(known, metrics=each.lists.metrics))
                yield each

    async def read_nodes(self, inventory: Inventory) -> AsyncGenerator[InventoryProgress, None]:
        """Read the nodes of the clusters that a sweep left out into its inventory, project by project."""
        async with (
            self._account.inventory_clients() as clients,
            aclosing(read_nodes(clients, inventory.places)) as lists,
        ):
            async for each in lists:
                known = inventory.lists_of(each.lists.place)
                inventory.replace_place(replace(known, nodes_of_cluster=each.lists.nodes_of_cluster))
                yield each
