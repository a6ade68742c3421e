"""Leftovers: resources that keep billing after an unsubscription, expected from a plan or found by the follow-up check.

Huawei Cloud attaches only resources purchased together. A disk mounted later or an address bound later is a primary
resource, and the billing API does not say which server it belongs to. Only its name can suggest it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from unsub_tui.domain.fact import Fact
from unsub_tui.domain.resource import Catalog, Resource, Status
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

if TYPE_CHECKING:  # the forms of the output need only the codes of this module
    from unsub_tui.domain.plan import PlanItem

SERVER_SERVICE = "hws.service.type.ec2"
COMPANION_SERVICES = frozenset({"hws.service.type.ebs", "hws.service.type.vpc"})
"""Services of resources that are mounted on or bound to servers."""

MIN_NAME_LENGTH = 3
"""Minimum length of a server name for name matching."""


class LeftoverReason(StrEnum):
    """The relation of a leftover to the item. The values are stable."""

    ITSELF = "itself"
    """The item itself is still listed."""
    ATTACHED = "attached"
    """An attached resource that should also have been unsubscribed from."""
    SAME_ORDER = "same_order"
    """Purchased with the same order, but not part of the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A resource that still exists."""

    resource_id: str
    reason: LeftoverReason
    status: int
    resource_name: UntrustedText = EMPTY
    service_type_code: UntrustedText = EMPTY
    resource_type_code: UntrustedText = EMPTY
    region_code: UntrustedText = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowupResult:
    """Result of one follow-up check."""

    leftovers: tuple[Leftover, ...] = ()
    unlisted_count: int = 0
    """Number of resources of the same order that `leftovers` does not list."""
    missing: tuple[Fact, ...] = ()
    """Parts that could not be checked."""

    @property
    def is_clean(self) -> bool:
        """Whether everything was checked and no leftover should have been deleted."""
        return not self.missing and all(each.reason is LeftoverReason.SAME_ORDER for each in self.leftovers)


def has_server(items: Iterable[PlanItem]) -> bool:
    """Return whether the items include a server, which can have unattached disks and addresses."""
    return any(True for _ in _servers(items))


def find_possible_leftovers(items: Sequence[PlanItem], catalog: Catalog) -> tuple[Resource, ...]:
    """Return the disks and addresses outside a plan in the same location as a planned server and named after it."""
    planned = {each.id for item in items for each in item.resources}
    names: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for server in _servers(items):
        name = server.resource_name.raw.casefold()
        if len(name) >= MIN_NAME_LENGTH:
            names[_location(server)].append(name)
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


def _servers(items: Iterable[PlanItem]) -> Iterator[Resource]:
    return (each for item in items for each in item.primary if each.service_type_code.raw == SERVER_SERVICE)


def _location(resource: Resource) -> tuple[str, str]:
    return resource.region_code.raw, resource.project_id.raw


def _is_named_after(name: str, server: str) -> bool:
    return name == server or name.startswith((f"{server}-", f"{server}_", f"{server}."))
