"""What may belong to a plan's servers without being attached to them: it stays, and goes on billing.

The service lists what was bought together. A disk that was mounted later, or an address that was bound later, is a main
resource of its own, and nothing in the billing API says to which server it belongs. Only its name may suggest it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from unsub_tui.domain.plan import PlanItem
from unsub_tui.domain.resource import Catalogue, Resource, Status

SERVER = "hws.service.type.ec2"
COMPANIONS = frozenset({"hws.service.type.ebs", "hws.service.type.vpc"})
"""Services whose resources are mounted on servers, or bound to them."""

SHORTEST = 3
"""A shorter name suggests nothing."""


def has_server(items: Iterable[PlanItem]) -> bool:
    """Whether something in a plan may have disks and addresses that are not attached to it."""
    return any(each.service_type_code.raw == SERVER for item in items for each in (item.resource, *item.together))


def stays_behind(items: Sequence[PlanItem], catalogue: Catalogue) -> tuple[Resource, ...]:
    """Return disks and addresses outside a plan that lie where its servers lie, and are named after one of them."""
    planned = {each.id for item in items for each in item.resources}
    names: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for item in items:
        for each in (item.resource, *item.together):
            name = each.resource_name.raw.casefold()
            if each.service_type_code.raw == SERVER and len(name) >= SHORTEST:
                names[_place(each)].append(name)
    if not names:
        return ()
    return tuple(
        each
        for each in catalogue.resources
        if each.id not in planned
        and each.is_main_resource
        and each.status == Status.IN_USE
        and each.service_type_code.raw in COMPANIONS
        and any(_is_named_after(each.resource_name.raw.casefold(), name) for name in names.get(_place(each), ()))
    )


def _place(resource: Resource) -> tuple[str, str]:
    return resource.region_code.raw, resource.project_id.raw


def _is_named_after(name: str, server: str) -> bool:
    return name == server or any(name.startswith(f"{server}{sign}") for sign in "-_.")
