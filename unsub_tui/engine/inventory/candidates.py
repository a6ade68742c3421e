"""Finds the candidates for a cleanup: the lists of all services, then metrics and everything about the candidates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from unsub_tui.api.inventory.ces import MetricTargets
from unsub_tui.domain.cleanup_candidates import Candidate, candidate_reasons, needs_measuring
from unsub_tui.domain.inventory.inventory import Inventory, place_of
from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.inventory.service_rows import ProjectRegion
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.engine.inventory.list_jobs import Update, run_jobs

if TYPE_CHECKING:
    from unsub_tui.api.inventory.inventory_clients import InventoryClients
    from unsub_tui.engine.engine import Engine

MAX_MEASURED = 2000
"""Maximum number of servers whose metrics are read: about 85 calls to Cloud Eye."""


@dataclass(slots=True)
class CandidateSearch:
    """The result of a search, complete when `find_candidates` has returned."""

    candidates: list[Candidate]
    swept: Inventory
    """The inventory from all lists."""
    unmeasured_count: int = 0
    """Number of running servers whose metrics were not read because there are too many."""


async def find_candidates(
    engine: Engine, catalog: Catalog, resources: Sequence[Resource], expiry: timedelta
) -> CandidateSearch:
    """Return the candidates among these resources, with everything that is known of them."""
    reader, now = engine.inventory, engine.clock.now()
    swept = reader.new_inventory(catalog)
    async for _ in reader.sweep(swept, resources):
        pass
    running = [each for each in resources if needs_measuring(each, swept.findings_of(each), now)]
    async with engine.account.inventory_clients() as clients:
        async for lists in _measure(clients, swept, running[:MAX_MEASURED]):
            swept.replace_place(lists)
    found = [each for each in resources if candidate_reasons(each, swept.findings_of(each), now, expiry)]
    known = reader.new_inventory(catalog)
    attached = [other for each in found for other in catalog.attached_to(each)]
    async for _ in reader.read_selected(known, [*found, *attached]):
        pass
    candidates = [_candidate(each, swept, known, now, expiry) for each in found]
    return CandidateSearch([each for each in candidates if each.reasons], swept, max(0, len(running) - MAX_MEASURED))


async def _measure(
    clients: InventoryClients, inventory: Inventory, servers: Sequence[Resource]
) -> AsyncIterator[PlaceLists]:
    """Yield the lists of each project with the metrics of its servers."""
    by_place: defaultdict[ProjectRegion, set[str]] = defaultdict(set)
    for each in servers:
        by_place[place_of(each)].add(each.id)

    async def read(place: ProjectRegion, ids: set[str]) -> Update:
        listed = inventory.lists_of(place).servers
        rows = [each for each in listed.rows if each.server_id.raw in ids] if listed is not None else []
        found = await clients.ces.daily_metrics(place, MetricTargets(servers=rows))
        return lambda lists: replace(lists, metrics=found)

    known = {each.place: each for each in inventory.places}
    async for step in run_jobs([(place, read(place, ids)) for place, ids in by_place.items()], known):
        yield step.lists


def _candidate(resource: Resource, swept: Inventory, known: Inventory, now: datetime, expiry: timedelta) -> Candidate:
    """Return a candidate with its reasons as they were read last."""
    findings = known.findings_of(resource, {resource.id})
    if findings.activity is None or not findings.activity.is_known:
        findings = replace(findings, activity=swept.findings_of(resource).activity)
    return Candidate(resource=resource, reasons=candidate_reasons(resource, findings, now, expiry), findings=findings)
