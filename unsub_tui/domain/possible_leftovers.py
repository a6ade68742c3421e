"""What may belong to a plan's servers without being attached to them: it stays, and goes on billing.

The service lists what was bought together. A disk that was mounted later, or an address that was bound later, is a main
resource of its own, and nothing in the billing API says to which server it belongs. Only its name may suggest it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from unsub_tui.domain.plan import PlanItem
from unsub_tui.domain.resource import Catalog, Resource, Status

SERVER_SERVICE = "hws.service.type.ec2"
COMPANION_SERVICES = frozenset({"hws.service.type.ebs", "hws.service.type.vpc"})
"""Services whose resources are mounted on servers, or bound to them."""

MIN_NAME_LENGTH = 3
"""A shorter name suggests nothing."""


def has_server(items: Iterable[PlanItem]) -> bool:
    """Whether something in a plan may have disks and addresses that are not attached to it."""
    return any(
        each.service_type_code.raw == SERVER_SERVICE for item in items for each in (item.resource, *item.bundled)
    )


def find_possible_leftovers(items: Sequence[PlanItem], catalog: Catalog) -> tuple[Resource, ...]:
    """Return disks and addresses outside a plan that lie where its servers lie, and are named after one of them."""
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
