"""The lists of the inventory that could not be read, or not to their end, in one line for each reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _
from unsub_tui.present.resources import names_text

_NAMES: Mapping[str, str] = {
    "servers": _("servers"),
    "disks": _("disks"),
    "snapshots": _("snapshots"),
    "eips": _("EIPs"),
    "bandwidths": _("shared bandwidths"),
    "vaults": _("vaults"),
    "backups": _("backups"),
    "backups_of": _("backups"),
    "databases": _("databases"),
    "backups_of_database": _("backups of databases"),
    "clusters": _("clusters"),
    "nodes_of_cluster": _("nodes of clusters"),
    "server_bin": _("recycle bin of servers"),
    "disk_bin": _("recycle bin of disks"),
    "database_bin": _("recycle bin of databases"),
    "metrics": _("metrics"),
    "config": _("Config"),
}
"""Lists by the fields of `PlaceLists`."""


def inventory_problem_lines(places: Iterable[PlaceLists]) -> list[str]:
    """Return a line for each list and reason, with the regions where it holds."""
    regions: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for lists in places:
        for name, problem in lists.problems():
            regions[_NAMES[name], fact_text(problem)].add(for_display(lists.place.region))
    words = _("Unknown: {list} in {regions}: {reason}")
    return [
        words.format(list=name, regions=names_text(sorted(some)), reason=reason)
        for (name, reason), some in sorted(regions.items())
    ]
