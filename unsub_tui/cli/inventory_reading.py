"""Reads the inventory for commands: progress, and what could not be read, on stderr."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from time import monotonic
from typing import TYPE_CHECKING

from unsub_tui.cli.output import write_message
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _, plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unsub_tui.domain.fact import Fact
    from unsub_tui.domain.inventory.inventory import Inventory
    from unsub_tui.domain.inventory.place_lists import PlaceLists
    from unsub_tui.domain.resource import Catalog
    from unsub_tui.engine.engine import Engine

PROGRESS_SECONDS = 5.0
"""Time between two messages about the progress."""

_NAMES: Mapping[str, str] = {
    "servers": _("servers"),
    "disks": _("disks"),
    "eips": _("EIPs"),
    "bandwidths": _("bandwidths"),
    "vaults": _("vaults"),
    "backups": _("backups"),
    "databases": _("databases"),
    "clusters": _("clusters"),
}
"""Names of the lists that are read of a whole project."""


async def read_inventory(engine: Engine, catalog: Catalog) -> Inventory:
    """Return what the services say about the resources. What cannot be read is reported, and unknown."""
    inventory, reader = engine.inventory.new_inventory(catalog), engine.inventory
    told_at = monotonic()
    async for step in reader.sweep(inventory, catalog.resources):
        if monotonic() - told_at >= PROGRESS_SECONDS and step.done < step.total:
            told_at = monotonic()
            write_message(_("Inventory: {done} of {total} lists read").format(done=step.done, total=step.total))
    for line in _unread_lists(inventory.places):
        write_message(line)
    return inventory


def _unread_lists(places: Iterable[PlaceLists]) -> list[str]:
    """Return a line for each list and reason why it was not read to its end, with the regions."""
    regions: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for each in places:
        for name, problem in _problems(each):
            regions[name, fact_text(problem)].add(for_display(each.place.region))
    words = _("Inventory: {list}: {problem} ({regions})")
    return [
        words.format(list=name, problem=problem, regions=", ".join(sorted(found)))
        for (name, problem), found in sorted(regions.items())
    ]


def _problems(lists: PlaceLists) -> Iterator[tuple[str, Fact]]:
    for field, name in _NAMES.items():
        found = getattr(lists, field)
        if found is not None and found.problem is not None:
            yield name, found.problem
    for nodes in lists.nodes_of_cluster.values():
        if nodes.problem is not None:
            yield _("nodes of clusters"), nodes.problem


def report_unknown(count: int) -> None:
    """Report the number of resources that a filter neither finds nor leaves out."""
    if count:
        words = plural(
            "{n} resource is unknown to the filter: neither it nor its negation finds it",
            "{n} resources are unknown to the filter: neither it nor its negation finds them",
            count,
        )
        write_message(words)
