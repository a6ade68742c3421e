"""Resources that may belong to a plan's servers without being attached: they remain and keep billing.

Huawei Cloud attaches only resources purchased together. A disk mounted later or an address bound later is a primary
resource, and the billing API does not say which server it belongs to. Only its name can suggest it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from unsub_tui.domain.plan import PlanItem
from unsub_tui.domain.resource import Catalog, Resource, Status

SERVER_SERVICE = "hws.service.type.ec2"
COMPANION_SERVICES = frozenset({"hws.service.type.ebs", "hws.service.type.vpc"})
"""Services of resources that are mounted on or bound to servers."""

MIN_NAME_LENGTH = 3
"""Minimum length of a server name for name matching."""


def has_server(items: Iterable[PlanItem]) -> bool:
    """Return whether the items include a server, which can have unattached disks and addresses."""
    return any(
        each.service_type_code.raw == SERVER_SERVICE for item in items for each in (item.resource, *item.bundled)
    )


def find_possible_leftovers(items: Sequence[PlanItem], catalog: Catalog) -> tuple[Resource, ...]:
    """Return the disks and addresses outside a plan in the same location as a planned server and named after it."""
    planned = {each.id for item in items for each in item.resources}
    names: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for item in items:
        for each in (item.resource, *item.bundled):
            name = each.resource_name.raw.casefold()
            if each.service_type_code.raw == SERVER_SERVICE and len(name) >= MIN_NAME_LENGTH:
                names[_location(each)].append(name)
    if not names:
        return ()
    return tuple(
        each
        for each in catalog.resources
        if each.id not in planned
        and each.is_main_resource
        and each.status == Status.IN_USE
        and each.service_type_code.raw in COMPANION_SERVICES
        and any(_is_named_after(each.resource_name.raw.casefold(), name) for name in names.get(_location(each), ()))
    )


def _location(resource: Resource) -> tuple[str, str]:
    return resource.region_code.raw, resource.project_id.raw


def _is_named_after(name: str, server: str) -> bool:
    return name == server or any(name.startswith(f"{server}{sign}") for sign in "-_.")
