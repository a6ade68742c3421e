"""Reads the metrics of running servers, which no list contains: about 25 servers a call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from unsub_tui.api.inventory.ces import MetricTargets
from unsub_tui.domain.cleanup_candidates import needs_measuring
from unsub_tui.domain.inventory.inventory import Inventory, place_of
from unsub_tui.domain.inventory.service_rows import ProjectRegion
from unsub_tui.domain.resource import Resource
from unsub_tui.engine.inventory.list_jobs import InventoryProgress, Update, run_jobs

if TYPE_CHECKING:
    from unsub_tui.api.inventory.inventory_clients import InventoryClients

MAX_MEASURED = 2000
"""Maximum number of servers whose metrics are read: about 85 calls to Cloud Eye."""


def servers_to_measure(inventory: Inventory, resources: Iterable[Resource], now: datetime) -> list[Resource]:
    """Return the running servers among these resources."""
    return [each for each in resources if needs_measuring(inventory.subject_of(each), now)]


async def measure(
    clients: InventoryClients, inventory: Inventory, servers: Iterable[Resource]
) -> AsyncGenerator[InventoryProgress, None]:
    """Yield the lists of each project with the metrics of its servers among these."""
    by_place: defaultdict[ProjectRegion, set[str]] = defaultdict(set)
    for each in servers:
        by_place[place_of(each)].add(each.id)

    async def read(place: ProjectRegion, ids: set[str]) -> Update:
        listed = inventory.lists_of(place).servers
        rows = [each for each in listed.rows if each.server_id.raw in ids] if listed is not None else []
        found = await clients.ces.daily_metrics(place, MetricTargets(servers=rows))
        return lambda lists: replace(lists, metrics=found)

    known = {each.place: each for each in inventory.places}
    async with aclosing(run_jobs([(place, read(place, ids)) for place, ids in by_place.items()], known)) as steps:
        async for step in steps:
            yield step
