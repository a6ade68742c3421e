"""Reads what the services know of the resources of a plan or a quote, for its JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from unsub_tui.cli.output import write_message
from unsub_tui.domain.inventory.resource_findings import ResourceFindings
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.resource import Catalog
from unsub_tui.present.inventory_problems import inventory_problem_lines

if TYPE_CHECKING:
    from unsub_tui.engine.engine import Engine

MAX_READ_ONE_BY_ONE = 500
"""Maximum number of resources about which everything is read; of more, only the lists of all resources are."""


async def read_findings(engine: Engine, catalog: Catalog, plan: Plan) -> Mapping[str, ResourceFindings]:
    """Return the findings about all resources of a plan by id, if exactly they are unsubscribed from.

    What cannot be read is reported on stderr, and unknown.
    """
    reader, resources = engine.inventory, plan.resources
    inventory = reader.new_inventory(catalog)
    read = reader.read_selected if len(resources) <= MAX_READ_ONE_BY_ONE else reader.sweep
    async for _ in read(inventory, resources):
        pass
    for line in inventory_problem_lines(inventory.places):
        write_message(line)
    selected = {item.id for item in plan.items}
    return {each.id: inventory.findings_of(each, selected) for each in resources}
