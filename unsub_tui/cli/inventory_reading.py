"""Reads the inventory for commands: progress, and what could not be read, on stderr."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from unsub_tui.cli.output import write_message, write_note
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.inventory_problems import inventory_problem_lines

if TYPE_CHECKING:
    from collections.abc import Collection

    from unsub_tui.domain.inventory.inventory import Inventory
    from unsub_tui.domain.resource import Catalog, Resource
    from unsub_tui.engine.engine import Engine

PROGRESS_SECONDS = 5.0
"""Time between two messages about the progress."""


async def read_inventory(engine: Engine, catalog: Catalog) -> Inventory:
    """Return what the services say about the resources. What cannot be read is unknown."""
    inventory, reader = engine.inventory.new_inventory(catalog), engine.inventory
    told_at = monotonic()
    async for step in reader.sweep(inventory, catalog.resources):
        if monotonic() - told_at >= PROGRESS_SECONDS and step.done < step.total:
            told_at = monotonic()
            write_note(_("Inventory: {done} of {total} lists read").format(done=step.done, total=step.total))
    return inventory


async def read_details(engine: Engine, inventory: Inventory, resources: Collection[Resource]) -> None:
    """Read what costs a call or more for each resource into the inventory: backups of databases, metrics."""
    if not resources:
        return
    words = plural(
        "Inventory: reading backups and metrics of {n} resource",
        "Inventory: reading backups and metrics of {n} resources",
        len(resources),
    )
    write_note(words)
    async for step in engine.inventory.read_selected(engine.inventory.new_inventory(inventory.catalog), resources):
        known, read = inventory.lists_of(step.lists.place), step.lists
        inventory.replace_place(replace(known, metrics=read.metrics, backups_of_database=read.backups_of_database))


def report_unread(inventory: Inventory) -> None:
    """Report the lists that could not be read."""
    for line in inventory_problem_lines(inventory.places):
        write_message(line)
