"""Kinds of resources that the inventory reads, and the ids by which their services know them."""

from __future__ import annotations

from enum import StrEnum

from unsub_tui.domain.disks import is_disk
from unsub_tui.domain.leftovers import CLUSTER_SERVICE, SERVER_SERVICE
from unsub_tui.domain.resource import RDS_SERVICE, Resource

EIP_TYPE = "hws.resource.type.ip"
BANDWIDTH_TYPE = "hws.resource.type.bandwidth"
VPC_SERVICE = "hws.service.type.vpc"
VAULT_SERVICE = "hws.service.type.cbr"


class ResourceKind(StrEnum):
    """Kinds of resources, by the list of the service that contains them."""

    SERVER = "server"
    DISK = "disk"
    EIP = "eip"
    BANDWIDTH = "bandwidth"
    DATABASE = "database"
    CLUSTER = "cluster"
    VAULT = "vault"
    OTHER = "other"
    """A resource of another service, of which only Config knows something."""


def kind_of(resource: Resource) -> ResourceKind:
    """Return the kind of a resource of the billing API; a license or part of a database is a database."""
    service, type_ = resource.service_type_code.raw, resource.resource_type_code.raw
    if service in (SERVER_SERVICE, VPC_SERVICE):
        return _KINDS_OF_TYPES.get((service, type_), ResourceKind.OTHER)
    if service == RDS_SERVICE and type_.endswith(_STORAGE) and "." not in resource.id:
        return ResourceKind.OTHER  # the storage of a database under an id of its own
    return ResourceKind.DISK if is_disk(resource) else _KINDS.get(service, ResourceKind.OTHER)


def service_ids(resource: Resource) -> tuple[str, ...]:
    """Return the ids by which the service may know a resource, the likeliest first: its id, or that before a dot.

    Licenses and parts of a database have the id of the database and a suffix. A resource is never matched by name.
    """
    whole, dot, _suffix = resource.id.partition(".")
    return (resource.id, whole) if dot else (whole,)


def is_listed_by_service(resource: Resource) -> bool:
    """Return whether the list of its service must contain this resource under its id, if it is in use.

    The list of bandwidths contains the shared ones only, and databases are listed without their parts.
    """
    if resource.defect is not None or "." in resource.id:
        return False
    kind = kind_of(resource)
    if kind in (ResourceKind.BANDWIDTH, ResourceKind.DATABASE, ResourceKind.CLUSTER):
        return resource.is_main_resource
    return kind is not ResourceKind.OTHER


_STORAGE = ".volume"
_KINDS_OF_TYPES = {
    (SERVER_SERVICE, "hws.resource.type.vm"): ResourceKind.SERVER,
    (VPC_SERVICE, EIP_TYPE): ResourceKind.EIP,
    (VPC_SERVICE, BANDWIDTH_TYPE): ResourceKind.BANDWIDTH,
}
_KINDS = {
    RDS_SERVICE: ResourceKind.DATABASE,
    CLUSTER_SERVICE: ResourceKind.CLUSTER,
    VAULT_SERVICE: ResourceKind.VAULT,
}
