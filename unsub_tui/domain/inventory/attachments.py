"""Attachments of disks, bindings of EIPs, and the other users of shared disks and bandwidths."""

from __future__ import annotations

from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.finding import Finding, Origin, known, none_seen, unknown
from unsub_tui.domain.inventory.resource_findings import RelatedResource
from unsub_tui.domain.inventory.resource_kinds import ResourceKind
from unsub_tui.domain.inventory.service_rows import Bandwidth, Disk, Eip
from unsub_tui.domain.inventory.subject import Subject
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

Related = tuple[RelatedResource, ...]

FREE_DISK, ATTACHED_DISK = "available", "in-use"
LOOSE_DISKS = frozenset({FREE_DISK, "detaching", "deleting"})
"""Statuses of disks whose attachments end or should have ended."""
SHARED_STORAGE = frozenset({"", "EVS"})
"""Types of disks whose attachments EVS knows; those of dedicated storage may be used without it."""
UNBOUND_EIP = "DOWN"
BOUND_EIPS = frozenset({"ACTIVE", "ELB", "VPN", "FREEZED"})
"""Statuses of EIPs that stay bound; a frozen one keeps its instance."""

_INSTANCE_KINDS = {"PORT": "", "NATGW": "nat_gateway", "ELB": "load_balancer", "ELBV1": "load_balancer", "VPN": "vpn"}
"""Kinds of instances that EIPs are bound to; a port can belong to anything."""


def attached_to(subject: Subject) -> Finding[Related] | None:
    """Return the servers that a disk is attached to. "None seen" needs a status that says so, too."""
    if subject.kind is not ResourceKind.DISK:
        return None
    return subject.place.disks.find(*subject.ids).then(lambda disk, origin: _servers(subject, disk, origin))


def _servers(subject: Subject, disk: Disk, origin: Origin) -> Finding[Related]:
    servers = tuple(subject.server(each.server_id) for each in disk.attachments)
    if servers and disk.status not in LOOSE_DISKS:
        return known(servers, origin)
    if disk.status == FREE_DISK and not servers and disk.service_type in SHARED_STORAGE:
        return none_seen(origin)
    return unknown(fact("inventory_status", status=disk.status), origin)


def bound_to(subject: Subject) -> Finding[RelatedResource] | None:
    """Return the instance that an EIP is bound to. "None seen" needs a status that says so, too."""
    if subject.kind is not ResourceKind.EIP:
        return None
    return subject.place.eips.find(*subject.ids).then(lambda eip, origin: _instance(subject, eip, origin))


def _instance(subject: Subject, eip: Eip, origin: Origin) -> Finding[RelatedResource]:
    has_instance = bool(eip.instance_type or eip.instance_id or eip.device_id or eip.vnic_instance_id)
    if eip.status in BOUND_EIPS and has_instance:
        return known(_instance_of(subject, eip), origin)
    if eip.status == UNBOUND_EIP and not has_instance:
        return none_seen(origin)
    return unknown(fact("inventory_status", status=eip.status), origin)


def _instance_of(subject: Subject, eip: Eip) -> RelatedResource:
    if eip.vnic_instance_type == "RDS":
        row = subject.place.databases.get(eip.vnic_instance_id.raw)
        return subject.estate.related(eip.vnic_instance_id, "database", EMPTY if row is None else row.name)
    if subject.place.servers.get(eip.device_id.raw) is not None:
        return subject.server(eip.device_id)
    kind = _INSTANCE_KINDS.get(eip.instance_type, "")
    # The id of a port says nothing to a user: that of its device comes first.
    ids = (eip.device_id, eip.vnic_instance_id, eip.instance_id)
    return subject.estate.related(next((each for each in ids if each), EMPTY), kind)


def shared_with(subject: Subject) -> Finding[Related] | None:
    """Return who else uses a resource: the EIPs of a bandwidth, the other servers of shared disks."""
    place, ids = subject.place, subject.ids
    match subject.kind:
        case ResourceKind.BANDWIDTH:
            bandwidth = place.bandwidths.find(*ids)
            if bandwidth.value is not None and not bandwidth.value.is_shared:
                return None  # the dedicated one of an EIP
            return bandwidth.then(lambda row, origin: _eips(subject, row, origin))
        case ResourceKind.DISK:
            return place.disks.find(*ids).then(lambda row, origin: _sharers(subject, row, origin))
        case ResourceKind.SERVER:
            return _users_of_disks(subject)
    return None


def _eips(subject: Subject, bandwidth: Bandwidth, origin: Origin) -> Finding[Related]:
    eips = tuple(subject.estate.related(each, "eip", _address(subject, each)) for each in bandwidth.eip_ids)
    return known(eips, origin) if eips else none_seen(origin)


def _address(subject: Subject, eip_id: UntrustedText) -> UntrustedText:
    row = subject.place.eips.get(eip_id.raw)
    return EMPTY if row is None else row.address or row.name


def _sharers(subject: Subject, disk: Disk, origin: Origin) -> Finding[Related]:
    """Return the servers of a disk if there are several."""
    servers = tuple(subject.server(each.server_id) for each in disk.attachments)
    return known(servers, origin) if len(servers) > 1 else none_seen(origin)


def _users_of_disks(subject: Subject) -> Finding[Related]:
    """Return the other servers that use disks of a server."""
    place, server_id = subject.place, subject.resource.id
    mounts = (mount for disk in place.disks_by_server.get(server_id, ()) for mount in disk.attachments)
    others = {each.server_id: subject.server(each.server_id) for each in mounts if each.server_id.raw != server_id}
    if others and place.disks.list.origin is not None:
        return known(tuple(others.values()), place.disks.list.origin)
    return place.disks.list.absence(server_id)
