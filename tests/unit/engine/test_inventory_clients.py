"""One set of clients for all reads of the other services: connections and limits are those of the account."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterable
from dataclasses import replace
from functools import partial

import httpx

from tests.support.connections import connect, connector
from tests.support.engine_stage import EngineStage
from unsub_tui.domain.inventory.inventory import place_of
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, kind_of
from unsub_tui.engine.engine import Engine, EngineOptions


async def exhaust(steps: AsyncIterable[object]) -> None:
    """Read to the end."""
    async for _ in steps:
        pass


async def test_reads_at_the_same_time_share_the_connection_to_each_host(stage: EngineStage) -> None:
    """So they share its limits, too: a review during a sweep asks no host more often than it is allowed to be.

    Rows share their ids and names with the catalog.
    """
    made: Counter[str] = Counter()

    def make(key: str) -> httpx.AsyncBaseTransport:
        made[key] += 1
        return httpx.ASGITransport(app=stage.sandbox.service_apps[key])

    transports = {key: partial(make, key) for key in stage.sandbox.service_apps}
    connection = replace(connect(stage.sandbox), service_transports=transports)
    engine = Engine(connector(connection), EngineOptions(state_dir=stage.state_dir, site="intl", clock=stage.clock))
    await engine.account.open()
    catalog = await engine.catalog.read_all()
    servers = [each for each in catalog.resources if kind_of(each) is ResourceKind.SERVER]
    regions = {place_of(each).region for each in servers}
    inventory, reader = engine.inventory.new_inventory(catalog), engine.inventory
    reads = (
        reader.sweep(inventory, servers),
        reader.sweep(inventory, servers),
        reader.read_selected(inventory, servers),
    )
    await asyncio.gather(*map(exhaust, reads))
    assert made["ecs"] == len(regions)
    assert all(
        row.server_id is known.resource_id and (row.name is known.resource_name or row.name != known.resource_name)
        for place in inventory.places
        for row in (() if place.servers is None else place.servers.rows)
        if (known := catalog.get(row.server_id.raw)) is not None
    )
    assert max(made.values()) <= len(regions)
    await exhaust(reader.read_selected(inventory, servers))
    assert made["ecs"] == 2 * len(regions)  # the connections were closed in between
    await engine.close()
