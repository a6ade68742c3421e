"""Control groups: resources in use that a list of a service must contain, or else it does not show everything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from unsub_tui.domain.inventory.inventory import place_of
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, is_listed_by_service, kind_of
from unsub_tui.domain.inventory.service_rows import ProjectRegion
from unsub_tui.domain.resource import Catalog, Status

MAX_CONTROL_IDS = 5
"""Maximum number of resources in a control group, each of another enterprise project: rights are granted for these."""

ControlGroups = Mapping[tuple[ProjectRegion, str], tuple[str, ...]]
"""Ids by project and kind of the resources."""

_KINDS = frozenset(
    {ResourceKind.DISK, ResourceKind.EIP, ResourceKind.BANDWIDTH, ResourceKind.VAULT, ResourceKind.DATABASE}
)


def find_control_groups(catalog: Catalog, selected: Collection[str], now: datetime) -> ControlGroups:
    """Return some resources in use of each project and kind, without the selected ones."""
    found: defaultdict[tuple[ProjectRegion, str], dict[str, str]] = defaultdict(dict)
    for each in catalog.resources:
        kind = kind_of(each)
        is_listed = is_listed_by_service(each) and each.resource_id.is_safe_id
        is_certain = kind in _KINDS and each.status == Status.IN_USE and is_listed
        if not is_certain or each.id in selected or not each.is_effective(now):
            continue
        group = found[place_of(each), kind.value]
        if len(group) < MAX_CONTROL_IDS:
            group.setdefault(each.enterprise_project_id.raw, each.id)
    return {key: tuple(group.values()) for key, group in found.items()}
