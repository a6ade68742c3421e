"""Reads what the services say about the resources of a unit right before its request, for the guards that ask for it.

Nothing that was read for the review counts here. What cannot be read stays unknown, and fulfills no guard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

from unsub_tui.api.inventory import inventory_clients  # noqa: F401 - preloaded: the thread of a run must not import
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.inventory import Inventory
from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.inventory.subject import InventoryThresholds
from unsub_tui.domain.inventory_guards import FindingsById, needs_findings
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.engine.inventory.selected_reads import Topic, read_selected
from unsub_tui.engine.run.context import RunContext
from unsub_tui.engine.run.prechecks import list_unit, read_server
from unsub_tui.journal.replay import UnitState

MAX_SECONDS = 60.0
"""Maximum time of the reads about one unit; what has not arrived by then is unknown."""


async def read_findings(context: RunContext, unit: UnitState) -> FindingsById:
    """Return the findings about the resources of a unit; none if no guard needs them, or if nothing can be read.

    Raises UnsubError if the resources themselves cannot be listed.
    """
    if not needs_findings(context.config.get_guards(), unit.action):
        return {}
    catalog = await list_unit(context, unit)
    servers = await read_server(context, unit)
    resources = [*catalog.resources, *servers]
    catalog.add_page(servers)
    try:
        async with asyncio.timeout(MAX_SECONDS):
            return await _findings(context, unit, catalog.joined(), resources)
    except Exception:  # noqa: BLE001 - a wrong assumption about a service refuses the item, and ends no run
        return {}


async def _findings(
    context: RunContext, unit: UnitState, catalog: Catalog, resources: Sequence[Resource]
) -> FindingsById:
    guards = context.config.get_guards()
    thresholds = context.config.inventory_thresholds or InventoryThresholds()
    inventory = Inventory(catalog, now=context.clock.now(), thresholds=thresholds)
    async with (
        context.config.connection.inventory_clients() as clients,
        aclosing(read_selected(clients, resources, topics=_topics(guards))) as steps,
    ):
        related = set[str]()
        async for step in steps:
            inventory.replace_place(step.lists)
            related |= _related_ids(step.lists)
    if guards.require_backup is not None:
        # A backup counts only with the subscription of its vault, and for the disks that do not stay.
        rows = await context.reader.resources_by_id(sorted(related - {each.id for each in resources}))
        catalog.add_page(rows)
        inventory.replace_catalog(catalog.joined(), context.clock.now())
    run = context.journal.state.runs[unit.run_id]
    selected = frozenset[str]().union(*(each.item.all_ids for each in run.units))
    return {each.id: inventory.findings_of(each, selected) for each in resources}


def _topics(guards: Guards) -> set[Topic]:
    """Return what the guards depend on; nothing else is read."""
    wanted = {
        Topic.TAGS: bool(guards.tag_patterns),
        Topic.RUN_STATES: guards.refuse_running,
        Topic.BACKUPS: guards.require_backup is not None,
    }
    return {topic for topic, is_wanted in wanted.items() if is_wanted}


def _related_ids(lists: PlaceLists) -> set[str]:
    """Return the ids of the vaults of a project, and of the disks of the servers, that have subscriptions perhaps."""
    vaults = () if lists.vaults is None else lists.vaults.rows
    servers = () if lists.servers is None else lists.servers.rows
    found = [each.vault_id for each in vaults if each.charging is not Charging.PAY_PER_USE]
    found += [disk.disk_id for each in servers for disk in each.disks]
    return {each.raw for each in found if each.is_safe_id}
