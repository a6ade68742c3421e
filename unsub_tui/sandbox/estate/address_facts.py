"""The state of EIPs and bandwidths: bindings, and the EIPs of a shared bandwidth."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from unsub_tui.sandbox import offers
from unsub_tui.sandbox.estate.cloud_resource import CloudResource, created_at, exists, is_frozen
from unsub_tui.sandbox.estate.draws import Draws
from unsub_tui.sandbox.estate.relations import Binding, Relations
from unsub_tui.sandbox.estate.tags import tags_of
from unsub_tui.sandbox.models import Resource

_SIZES = (1, 5, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class BandwidthFacts:
    """A bandwidth at this moment, dedicated to one EIP or shared."""

    bandwidth_id: str
    source: CloudResource | None
    """The bandwidth in the rows of billing; None for that of a pay-per-use EIP."""
    name: str
    size: int
    is_shared: bool
    created: int
    addresses: tuple[CloudResource, ...]
    """The EIPs that use it."""

    @property
    def owner(self) -> CloudResource:
        """The bandwidth itself, or the pay-per-use EIP that it belongs to."""
        return self.addresses[0] if self.source is None else self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressFacts:
    """An EIP at this moment."""

    source: CloudResource
    ip: str
    created: int
    status: str
    binding: Binding
    bandwidth: BandwidthFacts
    tags: dict[str, str]

    @property
    def address_id(self) -> str:
        """Id of the EIP."""
        return self.source.resource_id


def public_ip(address: CloudResource) -> str:
    """Return the address, which is in a range for documentation or for tests of networks."""
    number = zlib.crc32(address.resource_id.encode())
    return f"198.{18 + number % 2}.{number >> 8 & 255}.{number >> 16 & 255}"


def private_ip(server_id: str) -> str:
    """Return the address of a server in its own network."""
    number = zlib.crc32(server_id.encode())
    return f"192.168.{number & 127}.{2 + (number >> 8) % 250}"


def binding_of(address: CloudResource, relations: Relations) -> Binding:
    """Return what an EIP is bound to now: nothing if what it was bound to no longer exists."""
    binding = relations.bindings.get(address.resource_id, Binding())
    bound_to = relations.by_id.get(binding.instance_id)
    return binding if bound_to is None or exists(bound_to) else Binding()


def bandwidth_of(address: CloudResource, relations: Relations, draws: Draws, epoch: int) -> BandwidthFacts:
    """Return the bandwidth of an EIP."""
    shared = relations.shared_of.get(address.resource_id)
    if isinstance(address, Resource):
        shared = address.parent
    if shared is not None and exists(shared):
        return shared_bandwidth(shared, relations, epoch)
    if isinstance(address, Resource):
        own = next((each for each in address.attached if each.offer is offers.BANDWIDTH), None)
        if own is not None:
            return _dedicated(own.resource_id, own, own.name, own.size or 1, address, epoch)
    key = address.resource_id
    name, size = f"bandwidth-{key[:4]}", draws.choice(key, "bandwidth", _SIZES)
    return _dedicated(draws.new_id(key, "bandwidth"), None, name, size, address, epoch)


def _dedicated(  # noqa: PLR0917 - the parts of a bandwidth
    bandwidth_id: str, source: CloudResource | None, name: str, size: int, address: CloudResource, epoch: int
) -> BandwidthFacts:
    return BandwidthFacts(
        bandwidth_id=bandwidth_id,
        source=source,
        name=name,
        size=size,
        is_shared=False,
        created=created_at(address, epoch),
        addresses=(address,),
    )


def shared_bandwidth(bandwidth: Resource, relations: Relations, epoch: int) -> BandwidthFacts:
    """Return a shared bandwidth."""
    extra = relations.extra_members.get(bandwidth.resource_id, ())
    members: tuple[CloudResource, ...] = (*bandwidth.attached, *extra)
    return BandwidthFacts(
        bandwidth_id=bandwidth.resource_id,
        source=bandwidth,
        name=bandwidth.name,
        size=bandwidth.size or 1,
        is_shared=True,
        created=created_at(bandwidth, epoch),
        addresses=tuple(each for each in members if exists(each)),
    )


def address_facts(
    address: CloudResource, relations: Relations, draws: Draws, epoch: int, *, is_hostile: bool
) -> AddressFacts:
    """Return what an existing EIP is doing."""
    binding = binding_of(address, relations)
    status = {"": "DOWN", "ELB": "ELB"}.get(binding.kind, "ACTIVE")
    return AddressFacts(
        source=address,
        ip=public_ip(address),
        created=created_at(address, epoch),
        status="FREEZED" if is_frozen(address) else status,
        binding=binding,
        bandwidth=bandwidth_of(address, relations, draws, epoch),
        tags=tags_of(address, draws, is_left_over=not binding.kind, is_hostile=is_hostile),
    )
