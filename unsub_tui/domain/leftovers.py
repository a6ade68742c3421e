"""Leftovers: resources that keep billing after an unsubscription, expected from a plan or found after a run.

Huawei Cloud attaches only resources purchased together. A disk mounted later or an address bound later is a primary
resource, and the billing API does not say which server it belongs to. Only its name can suggest it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from unsub_tui.domain.fact import Fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.finding import Origin
from unsub_tui.domain.resource import Catalog, Resource, Status
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

if TYPE_CHECKING:  # the forms of the output need only the codes of this module
    from unsub_tui.domain.plan import PlanItem

SERVER_SERVICE = "hws.service.type.ec2"
COMPANION_SERVICES = frozenset({"hws.service.type.ebs", "hws.service.type.vpc"})
"""Services of resources that are mounted on or bound to servers."""

CLUSTER_SERVICE = "hws.service.type.cce"

MIN_NAME_LENGTH = 3
"""Minimum length of the name of a server or cluster for name matching."""

_BACKUP_KINDS = frozenset({"vault", "backup", "manual_backups"})
"""Kinds of leftovers that hold backups."""

_NODE_POOL_WORD = "nodepool"
"""Part of the names that the CCE console suggests for node pools, and so of their nodes."""


class LeftoverReason(StrEnum):
    """The relation of a leftover to the item. The values are stable."""

    ITSELF = "itself"
    """The item itself is still listed."""
    ATTACHED = "attached"
    """An attached resource that should also have been unsubscribed from."""
    LICENSE = "license"
    """The license of a database, with a subscription of its own that was not part of the plan."""
    REPLICA = "replica"
    """May be a read replica of the database, which the list does not show."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedLeftover:
    """A resource beside an item about which the services are asked after the run, as they named it before.

    All of them stay behind by the review, except snapshots, which are removed with their disk.
    """

    resource_id: str
    """Its id; that of the database for manual backups, and that of the disk for snapshots."""
    kind: str
    """`disk`, `eip`, `bandwidth`, `vault`, `backup`, `manual_backups` or `snapshots`."""
    name: UntrustedText = EMPTY
    region: str
    project_id: str
    charging: Charging
    origin: Origin
    """The read that named it."""
    of_id: str = ""
    """Id of the resource of the item that it belongs to."""
    control_ids: tuple[str, ...] = ()
    """Ids of resources that the same list must contain as long as they are in use (`domain/inventory/control_groups`).
    """

    @property
    def holds_backups(self) -> bool:
        """Whether it holds backups, so that it is meant to stay."""
        return self.kind in _BACKUP_KINDS


class LeftoverState(StrEnum):
    """What a service says after a run about a resource that stays behind. The values are stable."""

    STILL_BILLING = "still_billing"
    """It exists, and the service says how it is charged."""
    STILL_THERE = "still_there"
    """It exists; the service does not say how it is charged."""
    GONE = "gone"
    """A complete list with its control group, read by the user of the run, does not contain it."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftoverAnswer:
    """What a service says after a run about a resource that stays behind."""

    state: LeftoverState
    charging: Charging = Charging.UNKNOWN
    """How it is charged, as the service said after the run."""
    status: str = ""
    """Its status in the service's own word; empty if there is none."""
    count: int = 1
    """Number of the backups of a database or the snapshots of a disk; 1 for everything else."""
    expires: datetime | None = None
    """Expiry of a backup; None if it has none."""
    origin: Origin | None = None
    """The read after the run; None if there was no response."""
    reason: Fact | None = None
    """Why it is unknown."""


@dataclass(frozen=True, slots=True)
class LeftoverCheck:
    """An expected leftover, and what its service says after the run."""

    leftover: ExpectedLeftover
    answer: LeftoverAnswer

    @property
    def keeps_billing(self) -> bool:
        """Whether it is charged by use, holds no backups, and so costs money for nothing unless somebody needs it."""
        is_charged_by_use = self.answer.charging in (Charging.PAY_PER_USE, Charging.SPOT)
        return (
            is_charged_by_use and self.answer.state is LeftoverState.STILL_BILLING and not self.leftover.holds_backups
        )


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
            names[location_of(server)].append(name)
    if not names:
        return ()
    return tuple(
        each
        for each in catalog.resources
        if each.id not in planned
        and each.is_main_resource
        and each.status == Status.IN_USE
        and each.service_type_code.raw in COMPANION_SERVICES
        and any(is_named_after(each.resource_name.raw.casefold(), name) for name in names.get(location_of(each), ()))
    )


def find_clusters(items: Sequence[PlanItem], catalog: Catalog) -> tuple[Resource, ...]:
    """Return the CCE clusters in the locations of the planned servers, which may be their nodes."""
    locations = {location_of(server) for server in _servers(items)}
    return tuple(
        each
        for each in catalog.resources
        if each.service_type_code.raw == CLUSTER_SERVICE
        and each.is_main_resource
        and each.status == Status.IN_USE
        and location_of(each) in locations
    )


def find_possible_nodes(items: Iterable[PlanItem], clusters: Iterable[Resource]) -> tuple[Resource, ...]:
    """Return the planned servers named like the node of a node pool, or after a cluster in the same location.

    The billing API lists nodes as servers and says neither that they are nodes nor of which cluster or pool.
    """
    names: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for cluster in clusters:
        name = cluster.resource_name.raw.casefold()
        if len(name) >= MIN_NAME_LENGTH:
            names[location_of(cluster)].append(name)
    return tuple(
        server
        for server in _servers(items)
        if is_named_as_pool_node(server.resource_name)
        or any(is_named_after(server.resource_name.raw.casefold(), name) for name in names[location_of(server)])
    )


def is_named_as_pool_node(name: UntrustedText) -> bool:
    """Return whether a server has a name as the nodes of a node pool have by default."""
    return _NODE_POOL_WORD in name.raw.casefold().replace("-", "")


def _servers(items: Iterable[PlanItem]) -> Iterator[Resource]:
    return (each for item in items for each in item.primary if each.service_type_code.raw == SERVER_SERVICE)


def location_of(resource: Resource) -> tuple[str, str]:
    """Return region and project of a resource."""
    return resource.region_code.raw, resource.project_id.raw


def is_named_after(name: str, server: str) -> bool:
    """Return whether a case-folded name is that of a server or begins with it."""
    return name == server or name.startswith((f"{server}-", f"{server}_", f"{server}."))
