"""The state of all resources of the account, by project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from unsub_tui.sandbox import offers
from unsub_tui.sandbox.estate.address_facts import (
    AddressFacts,
    BandwidthFacts,
    address_facts,
    bandwidth_of,
    binding_of,
    shared_bandwidth,
)
from unsub_tui.sandbox.estate.cloud_resource import CloudResource, exists
from unsub_tui.sandbox.estate.disk_facts import DiskFacts, Snapshot, disk_facts, snapshots
from unsub_tui.sandbox.estate.draws import Draws
from unsub_tui.sandbox.estate.relations import Binding, NodePlan, Relations
from unsub_tui.sandbox.estate.server_facts import ServerFacts, server_facts
from unsub_tui.sandbox.estate.tags import tags_of
from unsub_tui.sandbox.models import Resource
from unsub_tui.sandbox.resource_store import ResourceStore


class ProjectEstate:
    """Resources of one project of IAM at this moment, newest first. Callers must hold the account's lock.

    The lists have resources; the facts about one are computed on request, so that a page costs its own rows only.
    """

    def __init__(self, relations: Relations, draws: Draws, epoch: int, *, is_hostile: bool) -> None:
        self.draws = draws
        self.epoch = epoch
        """Start of the sandbox, in seconds since 1970."""
        self._relations = relations
        self._is_hostile = is_hostile

    def servers(self) -> list[CloudResource]:
        """Return the servers."""
        return [each for each in self._relations.servers if exists(each)]

    def disks(self) -> list[CloudResource]:
        """Return the disks."""
        return [each for each in self._relations.disks if exists(each)]

    def addresses(self) -> list[CloudResource]:
        """Return the EIPs."""
        return [each for each in self._relations.addresses if exists(each)]

    def others(self, *wanted: offers.Offer) -> list[Resource]:
        """Return the resources of these offers, such as databases, clusters and vaults."""
        return [each for each in self._relations.others if each.offer in wanted and exists(each)]

    def get(self, resource_id: str) -> CloudResource | None:
        """Return an existing resource, or None."""
        found = self._relations.by_id.get(resource_id)
        return found if found is not None and exists(found) else None

    def find(self, resource_id: str) -> CloudResource | None:
        """Return a resource, which may be gone, or None."""
        return self._relations.by_id.get(resource_id)

    def all_resources(self) -> Iterable[CloudResource]:
        """Return all resources, including those that are gone."""
        return self._relations.by_id.values()

    def all_others(self) -> Sequence[Resource]:
        """Return the resources that are no servers, disks, EIPs or bandwidths, including those that are gone."""
        return self._relations.others

    def all_disks_of(self, server: CloudResource) -> Sequence[CloudResource]:
        """Return the disks that a server has or had, the system disk first."""
        return self._relations.disks_of.get(server.resource_id, ())

    def bound_addresses(self, kind: str) -> Mapping[str, Sequence[CloudResource]]:
        """Return the EIPs that are bound to instances of a kind, such as RDS, by the id of the instance."""
        found: dict[str, list[CloudResource]] = {}
        for address_id, binding in self._relations.bindings.items():
            address = self._relations.by_id[address_id]
            if binding.kind == kind and exists(address):
                found.setdefault(binding.instance_id, []).append(address)
        return found

    def server(self, server: CloudResource) -> ServerFacts:
        """Return what a server is doing."""
        return server_facts(server, self._relations, self.draws, self.epoch, is_hostile=self._is_hostile)

    def disk(self, disk: CloudResource) -> DiskFacts:
        """Return what a disk is doing."""
        return disk_facts(disk, self._relations, self.draws, self.epoch, is_hostile=self._is_hostile)

    def snapshots(self, disk: CloudResource) -> Sequence[Snapshot]:
        """Return the snapshots of a disk."""
        return tuple(snapshots(disk, self.draws, self.epoch))

    def address(self, address: CloudResource) -> AddressFacts:
        """Return what an EIP is doing."""
        return address_facts(address, self._relations, self.draws, self.epoch, is_hostile=self._is_hostile)

    def binding(self, address: CloudResource) -> Binding:
        """Return what an EIP is bound to."""
        return binding_of(address, self._relations)

    def bandwidths(self) -> list[BandwidthFacts]:
        """Return all bandwidths: the shared ones, then those of single EIPs."""
        shared = [
            shared_bandwidth(each, self._relations, self.epoch)
            for each in self._relations.bandwidths
            if each.offer is offers.SHARED_BANDWIDTH and exists(each)
        ]
        all_dedicated = (bandwidth_of(each, self._relations, self.draws, self.epoch) for each in self.addresses())
        return shared + [each for each in all_dedicated if not each.is_shared]

    def tags(self, resource: CloudResource) -> dict[str, str]:
        """Return the tags of a resource of another kind."""
        return tags_of(resource, self.draws, is_hostile=self._is_hostile)

    def cluster(self, server: CloudResource) -> Resource | None:
        """Return the cluster of which a server is a node, or None."""
        found = self._relations.cluster_of.get(server.resource_id)
        return found if found is not None and exists(found) else None


class Estate:
    """All projects; the relations of each are found when it is first asked for."""

    def __init__(
        self, resources: ResourceStore, *, get_nodes: Callable[[], NodePlan], seed: int, epoch: int, is_hostile: bool
    ) -> None:
        self._resources = resources
        self._get_nodes = get_nodes
        self._draws = Draws(seed)
        self._epoch = epoch
        self._is_hostile = is_hostile
        self._projects: dict[str, ProjectEstate] = {}
        self._by_project: dict[str, list[Resource]] | None = None

    def project(self, project_id: str) -> ProjectEstate:
        """Return the resources of a project."""
        found = self._projects.get(project_id)
        if found is None:
            resources = self._resources_of(project_id)
            relations = Relations(project_id, resources, self._get_nodes(), self._draws, self._epoch)
            found = ProjectEstate(relations, self._draws, self._epoch, is_hostile=self._is_hostile)
            self._projects[project_id] = found
        return found

    def _resources_of(self, project_id: str) -> Iterable[Resource]:
        if self._by_project is None:
            self._by_project = {}
            for each in self._resources.list_all():
                self._by_project.setdefault(each.project_id, []).append(each)
        return self._by_project.pop(project_id, ())
