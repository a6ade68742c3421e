"""What the services beside billing know of the account: its vaults, backups, nodes of clusters, and what is gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from unsub_tui.sandbox.backup_schedule import Backup, backups_of
from unsub_tui.sandbox.cluster_nodes import plan_nodes
from unsub_tui.sandbox.models import Resource, ResourceStatus
from unsub_tui.sandbox.order_store import OrderStore
from unsub_tui.sandbox.resource_store import ResourceStore
from unsub_tui.sandbox.vault_plan import VaultPlan


@dataclass(frozen=True, slots=True)
class ServerDisk:
    """A disk of a server."""

    disk_id: str
    name: str
    size: int
    device: str
    is_system: bool


class AccountInventory:
    """Reads of the account for the services beside billing. What takes long is done at the first need of it."""

    def __init__(
        self, *, resources: ResourceStore, orders: OrderStore, epoch: int, get_moment: Callable[[], float]
    ) -> None:
        self.resources = resources
        self.epoch = epoch
        """Time at which the sandbox was first started."""
        self._orders = orders
        self._get_moment = get_moment

    @property
    def now(self) -> int:
        """Time to which the account has advanced."""
        return int(self._get_moment())

    @cached_property
    def vaults(self) -> VaultPlan:
        """All vaults."""
        return VaultPlan(self.resources.list_all())

    @cached_property
    def nodes(self) -> Mapping[str, tuple[Resource, ...]]:
        """Servers of the nodes of clusters, by the cluster's id."""
        return plan_nodes(self.resources.list_all())

    @cached_property
    def _by_project(self) -> Mapping[str, Sequence[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources.list_all():
            found.setdefault(resource.project_id, []).append(resource)
        return found

    @cached_property
    def by_id(self) -> Sequence[Resource]:
        """All resources in the order of their ids."""
        return sorted(self.resources.list_all(), key=lambda each: each.resource_id)

    def in_project(self, project: str) -> Sequence[Resource]:
        """Return the resources of billing in a project of IAM, including those that are gone."""
        return self._by_project.get(project, ())

    def gone_at(self, resource: Resource) -> int | None:
        """Return the time at which a resource was deleted, or None if it exists."""
        return resource.updated if resource.status is ResourceStatus.CLOSED else None

    def disks_of(self, server: Resource) -> tuple[ServerDisk, ...]:
        """Return the disks of a server, the system disk first."""
        return tuple(
            ServerDisk(disk.resource_id, disk.name, disk.size or 0, f"/dev/vd{'abcdefgh'[place]}", not place)
            for place, disk in enumerate(server.attached)
        )

    def backups_of(self, resource: Resource) -> list[Backup]:
        """Return the backups of a resource that exist now, newest first."""
        gone = self.gone_at(resource)
        until = self.now if gone is None else gone
        return list(backups_of(resource, epoch=self.epoch, until=until, now=self.now))

    def order_id(self, resource: Resource) -> str:
        """Return the id of the order that bought a resource."""
        return self._orders.paid_orders(resource.purchase_number)[0].order_id
