"""Finds the candidates for a cleanup: the lists of all services, then metrics and everything about the candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from unsub_tui.domain.cleanup_candidates import Candidate, candidate_reasons
from unsub_tui.domain.inventory.inventory import Inventory
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.engine.inventory.metric_reads import MAX_MEASURED, servers_to_measure

if TYPE_CHECKING:
    from unsub_tui.engine.engine import Engine


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
    running = servers_to_measure(swept, resources, now)
    async for _ in reader.measure(swept, running):
        pass
    found = [each for each in resources if candidate_reasons(each, swept.findings_of(each), now, expiry)]
    known = reader.new_inventory(catalog)
    attached = [other for each in found for other in catalog.attached_to(each)]
    async for _ in reader.read_selected(known, [*found, *attached]):
        pass
    candidates = [_candidate(each, swept, known, now, expiry) for each in found]
    return CandidateSearch([each for each in candidates if each.reasons], swept, max(0, len(running) - MAX_MEASURED))


def _candidate(resource: Resource, swept: Inventory, known: Inventory, now: datetime, expiry: timedelta) -> Candidate:
    """Return a candidate with its reasons as they were read last."""
    findings = known.findings_of(resource, {resource.id})
    if findings.activity is None or not findings.activity.is_known:
        findings = replace(findings, activity=swept.findings_of(resource).activity)
    return Candidate(resource=resource, reasons=candidate_reasons(resource, findings, now, expiry), findings=findings)
