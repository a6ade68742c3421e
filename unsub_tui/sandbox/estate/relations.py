"""Relations of resources in a project: disks and EIPs of servers, nodes of clusters, pay-per-use resources beside them.

Relations never change; resources that no longer exist are left out where the relations are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from unsub_tui.sandbox import offers
from unsub_tui.sandbox.estate.cloud_resource import CloudResource, PayPerUse, created_at
from unsub_tui.sandbox.estate.draws import Draws
from unsub_tui.sandbox.models import Resource
from unsub_tui.sandbox.timestamps import DAY

_MAX_DISKS = 20
"""Maximum number of disks that are attached to one server."""

_ATTACHED_DISKS = 0.88
"""Share of the disks with a subscription of their own that are attached to a server."""
_SHARED_DISKS = 0.06
"""Share of these disks that are shared by two servers."""
_EXTRA_DISKS = 0.12
"""Share of the servers with a pay-per-use disk."""
_EXTRA_ADDRESSES = 0.12
"""Share of the servers with a pay-per-use EIP, if they have no other."""
_SHARING_ADDRESSES = 0.4
"""Share of these EIPs that are in a shared bandwidth, where there is one."""
_EXTRA_SERVERS = 0.03
"""Number of pay-per-use servers, as a share of the servers."""
_BINDINGS: Sequence[tuple[float, str]] = ((0.12, ""), (0.75, "PORT"), (0.85, "NATGW"), (0.93, "ELB"), (1.0, "RDS"))
"""Upper bounds of the draws for what an EIP is bound to."""
_PROBES = 8

NodePlan = Mapping[str, Sequence[Resource]]
"""Servers of the nodes of clusters, by the cluster's id."""


@dataclass(frozen=True, slots=True)
class Binding:
    """The binding of an EIP: a server (PORT), a gateway, a load balancer or a database; none for an empty kind."""

    kind: str = ""
    instance_id: str = ""


class Relations:
    """Resources of one project, newest first, and their relations."""

    def __init__(
        self, project_id: str, resources: Iterable[Resource], nodes: NodePlan, draws: Draws, epoch: int
    ) -> None:
        self._project_id = project_id
        self._draws = draws
        self._epoch = epoch
        self.others: list[Resource] = []
        """Resources other than servers, disks, EIPs and bandwidths."""
        self.servers: list[CloudResource] = []
        self.disks: list[CloudResource] = []
        self.addresses: list[CloudResource] = []
        self.bandwidths: list[Resource] = []
        self.disks_of: dict[str, list[CloudResource]] = {}
        """Disks by the id of the server; their places decide the names of their devices."""
        self.servers_of: dict[str, tuple[CloudResource, ...]] = {}
        """Servers by the id of the disk, several of a shared one."""
        self.address_of: dict[str, CloudResource] = {}
        """EIP by the id of the server."""
        self.bindings: dict[str, Binding] = {}
        """The instances that the EIPs are bound to, by the id of the EIP; without those that are bound to nothing."""
        self.shared_of: dict[str, Resource] = {}
        """Shared bandwidth by the id of the pay-per-use EIP in it."""
        self.extra_members: dict[str, list[CloudResource]] = {}
        """Pay-per-use EIPs by the id of the shared bandwidth."""
        self._instances: dict[str, list[Resource]] = {}
        """Resources that an EIP can be bound to, by the kind of the binding."""
        self._sort_out(resources)
        self._add_servers()
        self._attach_disks()
        self._bind_addresses()
        self.cluster_of = {
            server.resource_id: each for each in self.others for server in nodes.get(each.resource_id, ())
        }
        """Cluster by the id of the server that is its node."""
        for each in (self.servers, self.disks, self.addresses):
            each.sort(key=lambda one: (-created_at(one, epoch), one.resource_id))
        kinds = (self.servers, self.disks, self.addresses, self.bandwidths, self.others)
        self.by_id: dict[str, CloudResource] = {each.resource_id: each for kind in kinds for each in kind}
        """All resources by id."""

    def _sort_out(self, resources: Iterable[Resource]) -> None:
        for each in resources:
            if each.offer is offers.SERVER or each.offer is offers.HUGE_SERVER:
                self.servers.append(each)
            elif each.offer is offers.DISK:
                self.disks.append(each)
            elif each.offer is offers.ADDRESS:
                self.addresses.append(each)
            elif each.offer is offers.BANDWIDTH or each.offer is offers.SHARED_BANDWIDTH:
                self.bandwidths.append(each)
            else:
                self.others.append(each)

    def _add_servers(self) -> None:
        """Add pay-per-use servers with their disks, and disks and EIPs that belong to nothing."""
        draws, owner = self._draws, self._project_id
        known = self.servers + self.disks
        if not known:
            return
        for number in range(round(len(self.servers) * _EXTRA_SERVERS + draws.fraction(owner, "extra servers"))):
            name = draws.choice(f"{owner}{number}", "name", ("build-agent", "jump-host", "nightly-import"))
            server = self._new(known[0], f"server {number}", f"{name}-{number + 1}", offers.SERVER)
            self.servers.append(server)
            self._attach(self._new(server, "system disk", f"{server.name}-volume-0000", offers.DISK), server)
        for number in range(draws.below(owner, "extra disks", 2)):
            self.disks.append(self._new(known[0], f"disk {number}", f"old-data-{number + 1}", offers.DISK))
        for number in range(draws.below(owner, "extra addresses", 2)):
            self.addresses.append(self._new(known[0], f"address {number}", "", offers.ADDRESS))

    def _new(self, owner: CloudResource, subject: str, name: str, offer: offers.Offer) -> PayPerUse:
        """Return a pay-per-use resource beside another one."""
        draws = self._draws
        new_id = draws.new_id(owner.resource_id, subject)
        since = created_at(owner, self._epoch)
        return PayPerUse(
            resource_id=new_id,
            name=name,
            spec=draws.choice(new_id, "spec", offer.specs),
            size=draws.choice(new_id, "size", offer.sizes) if offer.sizes else None,
            region=owner.region,
            project_id=self._project_id,
            project_index=owner.project_index,
            created=draws.between(new_id, "created", since, max(since + 1, self._epoch - DAY)),
        )

    def _attach_disks(self) -> None:
        bought = [each for each in self.disks if isinstance(each, Resource)]
        for disk in bought:
            if disk.parent is not None:
                self._relate(disk, disk.parent)
        for disk in bought:
            if disk.parent is None and self._draws.fraction(disk.resource_id, "attached") < _ATTACHED_DISKS:
                self._attach_alone(disk)
        for server in self.servers:
            if self._draws.fraction(server.resource_id, "extra disk") < _EXTRA_DISKS:
                self._attach(self._new(server, "extra disk", f"{server.name or 'volume'}-data", offers.DISK), server)

    def _attach_alone(self, disk: Resource) -> None:
        """Attach a disk with a subscription of its own to a server, a few to two."""
        if self.servers:
            first = self._draws.below(disk.resource_id, "server", len(self.servers))
            is_shared = self._draws.fraction(disk.resource_id, "shared") < _SHARED_DISKS
            for server in self._some(first, min(2 if is_shared else 1, len(self.servers))):
                self._relate(disk, server)

    def _some(self, first: int, count: int) -> Iterator[CloudResource]:
        return (self.servers[(first + step) % len(self.servers)] for step in range(count))

    def _attach(self, disk: PayPerUse, server: CloudResource) -> None:
        """Add a pay-per-use disk of a server."""
        self.disks.append(disk)
        self._relate(disk, server)

    def _relate(self, disk: CloudResource, server: CloudResource) -> None:
        attached = self.disks_of.setdefault(server.resource_id, [])
        if len(attached) < _MAX_DISKS:
            attached.append(disk)
            self.servers_of[disk.resource_id] = (*self.servers_of.get(disk.resource_id, ()), server)

    def _bind_addresses(self) -> None:
        for kind, offer in (("NATGW", offers.GATEWAY), ("RDS", offers.DATABASE)):
            self._instances[kind] = [each for each in self.others if each.offer is offer]
        shared = [each for each in self.bandwidths if each.attached]
        for address in self.addresses:
            if isinstance(address, Resource):
                binding = self._binding(address)
                if binding.kind:
                    self.bindings[address.resource_id] = binding
        for server in self.servers:
            key = server.resource_id
            if key not in self.address_of and self._draws.fraction(key, "extra address") < _EXTRA_ADDRESSES:
                address = self._new(server, "extra address", "", offers.ADDRESS)
                self.addresses.append(address)
                self._bind(address, server)
                self._share(address, shared)

    def _share(self, address: PayPerUse, shared: Sequence[Resource]) -> None:
        """Put one in a few pay-per-use EIPs into a shared bandwidth."""
        if shared and self._draws.fraction(address.resource_id, "shares") < _SHARING_ADDRESSES:
            bandwidth = self._draws.choice(address.resource_id, "shared bandwidth", shared)
            self.shared_of[address.resource_id] = bandwidth
            self.extra_members.setdefault(bandwidth.resource_id, []).append(address)

    def _bind(self, address: CloudResource, server: CloudResource) -> Binding:
        self.address_of[server.resource_id] = address
        binding = self.bindings[address.resource_id] = Binding("PORT", server.resource_id)
        return binding

    def _binding(self, address: Resource) -> Binding:
        key = address.resource_id
        draw = self._draws.fraction(key, "bound")
        kind = next(kind for bound, kind in _BINDINGS if draw < bound)
        if kind == "PORT" and self.servers:
            first = self._draws.below(key, "server", len(self.servers))
            free = (each for each in self._some(first, _PROBES) if each.resource_id not in self.address_of)
            server = next(free, None)
            return self._bind(address, server) if server is not None else Binding("ELB", self._draws.new_id(key, "ELB"))
        found = self._instances.get(kind)
        if found:
            return Binding(kind, self._draws.choice(key, "instance", found).resource_id)
        return Binding("ELB", self._draws.new_id(key, "ELB")) if kind else Binding()
