"""The account as CBR, RDS, CCE, Cloud Eye and Config know it: vaults, backups, nodes, and what is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from unsub_tui.sandbox.account_fixtures import REGION_PROJECTS
from unsub_tui.sandbox.estate.backup_schedule import Backup, backups_of
from unsub_tui.sandbox.estate.cloud_resource import CloudResource, created_at, exists
from unsub_tui.sandbox.estate.cluster_nodes import plan_nodes
from unsub_tui.sandbox.estate.database_instances import DatabaseInstance
from unsub_tui.sandbox.estate.estate import Estate
from unsub_tui.sandbox.estate.vault_plan import VaultPlan
from unsub_tui.sandbox.models import Resource
from unsub_tui.sandbox.resource_store import ResourceStore


@dataclass(frozen=True, slots=True)
class ServerDisk:
    """A disk inside the backups of a server."""

    disk_id: str
    name: str
    size: int
    created: int
    is_system: bool


class AccountInventory:
    """Reads of the account for these services. What takes long is done at the first need of it."""

    def __init__(
        self, *, resources: ResourceStore, estate: Estate, epoch: int, get_moment: Callable[[], float]
    ) -> None:
        self.resources = resources
        self.estate = estate
        self.epoch = epoch
        """Time at which the sandbox was first started."""
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
    def by_id(self) -> Sequence[CloudResource]:
        """All resources of billing and of ECS, EVS and EIP in the order of their ids, including those that are gone."""
        return sorted(self._all(), key=lambda each: each.resource_id)

    def _all(self) -> Iterator[CloudResource]:
        for project in REGION_PROJECTS:
            yield from self.estate.project(project).all_resources()

    def created_at(self, resource: CloudResource) -> int:
        """Return the time at which a resource was created."""
        return created_at(resource, self.epoch)

    def gone_at(self, resource: CloudResource) -> int | None:
        """Return the time at which a resource was deleted, or None if it exists."""
        return resource.updated if isinstance(resource, Resource) and not exists(resource) else None

    def instance_gone_at(self, instance: DatabaseInstance) -> int | None:
        """Return the time at which an instance of RDS was deleted, or None if it exists."""
        return None if instance.is_independent else self.gone_at(instance.resource)

    def find(self, project: str, resource_id: str) -> CloudResource | None:
        """Return a resource of a project, which may be gone, or None."""
        return self.estate.project(project).find(resource_id)

    def stopped_at(self, server: CloudResource) -> int | None:
        """Return the time since which a server does not run, or None if it runs."""
        facts = self.estate.project(server.project_id).server(server)
        return None if facts.is_running else facts.updated

    def disks_of(self, server: Resource) -> tuple[ServerDisk, ...]:
        """Return the disks that a server has or had, the system disk first."""
        disks = self.estate.project(server.project_id).all_disks_of(server)
        return tuple(
            ServerDisk(disk.resource_id, disk.name, disk.size or 0, self.created_at(disk), not place)
            for place, disk in enumerate(disks)
        )

    def backups_of(self, resource: Resource) -> list[Backup]:
        """Return the backups of a resource that exist now, newest first."""
        gone = self.gone_at(resource)
        until = self.now if gone is None else gone
        return list(backups_of(resource, epoch=self.epoch, until=until, now=self.now))
