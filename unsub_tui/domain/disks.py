"""Disks of servers: which of them can be unsubscribed from without their server.

Huawei Cloud unsubscribes from a data disk alone, but not from a system disk, nor from a part of a server that was sold
as a whole. The billing API lists all of them with one type. A later start of the subscription, and the names that the
ECS console gives to disks, tell them apart. If neither does, a disk counts as a system disk.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from unsub_tui.domain.leftovers import SERVER_SERVICE
from unsub_tui.domain.resource import Catalog, Resource, Status

DISK_SERVICE = "hws.service.type.ebs"
DISK_TYPE = "hws.resource.type.volume"

MIN_LATER = timedelta(hours=1)
"""Time after the start of a server from which an attached disk was not bought with it."""

_DISK_NAME = re.compile(r"(?P<base>.*)-volume-(?P<number>\d{4})", re.DOTALL)
"""Names of the disks that are bought with a server: number 0000 is the system disk, the others are data disks."""


class DataDiskEvidence(StrEnum):
    """Evidence that tells a data disk from the system disk of its server."""

    ADDED_LATER = "disk_added_later"
    NAME = "disk_named_as_data"


def is_disk(resource: Resource) -> bool:
    """Return whether a resource is a disk of EVS."""
    return resource.service_type_code.raw == DISK_SERVICE and resource.resource_type_code.raw == DISK_TYPE


def server_of(disk: Resource, catalog: Catalog) -> Resource | None:
    """Return the server that a disk is attached to, or None if the resource is no attached disk of a server."""
    if disk.is_main_resource or not is_disk(disk):
        return None
    server = catalog.get(disk.parent_resource_id.raw)
    is_server = server is not None and server.is_main_resource and server.service_type_code.raw == SERVER_SERVICE
    return server if is_server else None


def find_data_disk_evidence(disk: Resource, catalog: Catalog) -> DataDiskEvidence | None:
    """Return what shows that an attached disk is a data disk of a server; None if nothing does."""
    server = server_of(disk, catalog)
    if server is None or disk.defect is not None or server.defect is not None:
        return None
    attached = (each for each in catalog.attached_to(server) if each.status != Status.CLOSED)
    siblings = [each for each in attached if each.id != disk.id and is_disk(each)]
    own = _disk_name(disk)
    if own is not None and own[1] == 0:
        return None
    # A system disk that was replaced with its operating system begins later, too: there must be an older disk.
    if _is_later(disk, server) and any(not _is_later(each, server) for each in siblings):
        return DataDiskEvidence.ADDED_LATER
    system_disks = [each for each in siblings if own is not None and _disk_name(each) == (own[0], 0)]
    return DataDiskEvidence.NAME if len(system_disks) == 1 else None


def as_primary(disk: Resource) -> Resource:
    """Return an attached disk as if it were a primary resource, whose rules apply to it if it is unsubscribed alone."""
    return replace(disk, is_main_resource=True)


def _disk_name(disk: Resource) -> tuple[str, int] | None:
    found = _DISK_NAME.fullmatch(disk.resource_name.raw)
    return None if found is None else (found["base"], int(found["number"]))


def _is_later(disk: Resource, server: Resource) -> bool:
    begins = disk.effective_time, server.effective_time
    return begins[0] is not None and begins[1] is not None and begins[0] - begins[1] >= MIN_LATER
