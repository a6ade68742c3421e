"""Operations of EVS."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.cloud_services import EVS
from unsub_tui.sandbox.estate.cloud_resource import (
    CloudResource,
    enterprise_project_id,
    order_id,
)
from unsub_tui.sandbox.estate.disk_facts import DiskFacts, Snapshot
from unsub_tui.sandbox.estate.estate import ProjectEstate
from unsub_tui.sandbox.models import Resource
from unsub_tui.sandbox.service_errors import ServiceError, invalid_value
from unsub_tui.sandbox.timestamps import format_timestamp

_BIN_ON = frozenset({"cn-north-4", "ap-southeast-3"})
"""Regions in which the recycle bin, which is off by default, is switched on."""
_NO_BIN = frozenset({"la-south-2"})
"""Regions in which there is none."""
_MOST_ROWS = 1000
_MOST_IDS = 60
_IDS = re.compile(r"\[\s*('[^']*'(\s*,\s*'[^']*')*)?\s*\]")
_SORT_KEYS: Mapping[str, Callable[[DiskFacts], str]] = {
    "id": lambda facts: facts.disk_id,
    "name": lambda facts: facts.source.name,
    "status": lambda facts: facts.status,
    "size": lambda facts: f"{facts.source.size or 0:06d}",
    "created_at": lambda facts: format_timestamp(facts.created),
}


@partial(
    Operation, "GET", "/v3/{project_id}/recycle-bin-volumes/policy", service=EVS, policy="evs:volumes:getRecyclePolicy"
)
def show_recycle_policy(call: Call) -> Payload:
    """Return whether deleted disks are kept, and for how many days."""
    call.parameters.reject_unknown()
    region = call.region_project.region
    if region in _NO_BIN:
        raise ServiceError("EVS.2106", "The recycle bin cannot be used.", 403, EVS.form)
    return {"switch": region in _BIN_ON, "threshold_time": 7, "keep_time": 7}


@partial(Operation, "GET", "/v2/{project_id}/cloudvolumes/detail", service=EVS, policy="evs:volumes:list")
def list_volumes(call: Call) -> Payload:
    """Return a page of disks; `offset` counts rows, and ids that the project does not have are left out."""
    fields = call.parameters
    query = _DiskQuery.read(call)
    sort_key = fields.choice("sort_key", frozenset(_SORT_KEYS))
    direction = fields.choice("sort_dir", frozenset({"asc", "desc"}))
    offset, limit = fields.page(max_limit=_MOST_ROWS, default=_MOST_ROWS)
    marker = fields.text("marker")
    fields.ignore("dedicated_storage_id", "dedicated_storage_name", "volume_type_id", "not_metadata")
    fields.reject_unknown()
    project = call.project
    found = query.select(project)
    if sort_key:
        get_key = _SORT_KEYS[sort_key]
        found.sort(key=lambda each: (get_key(project.disk(each)), each.resource_id), reverse=direction != "asc")
    first = offset + (0 if marker is None else 1 + _place(found, marker))
    page = [_row(call, project.disk(each)) for each in found[first : first + limit]]
    links: list[Payload] = []
    if page and first + limit < len(found):
        links.append({"rel": "next", "href": f"{_url(call)}/detail?limit={limit}&marker={page[-1]['id']}"})
    return {"count": len(found), "volumes": page, "volumes_links": links}


@partial(Operation, "GET", "/v2/{project_id}/cloudsnapshots/detail", service=EVS, policy="evs:snapshots:list")
def list_snapshots(call: Call) -> Payload:
    """Return a page of the snapshots of existing disks."""
    fields = call.parameters
    name, status = fields.text("name"), fields.text("status")
    volume_id, snapshot_id = fields.text("volume_id"), fields.text("id")
    granted = call.granted_projects()
    offset, limit = fields.page(max_limit=_MOST_ROWS, default=_MOST_ROWS)
    fields.ignore("availability_zone", "dedicated_storage_name", "dedicated_storage_id", "service_type")
    fields.reject_unknown()
    found = [
        each
        for disk in call.project.disks()
        if volume_id in (None, disk.resource_id) and (granted is None or enterprise_project_id(disk) in granted)
        for each in call.project.snapshots(disk)
        if (name is None or name in each.name)
        and status in (None, "available")
        and snapshot_id in (None, each.snapshot_id)
    ]
    links: list[Payload] = []
    if offset + limit < len(found):
        links.append(
            {"rel": "next", "href": f"{_url(call, 'cloudsnapshots')}/detail?limit={limit}&offset={offset + limit}"}
        )
    page = [_snapshot_row(call, each) for each in found[offset : offset + limit]]
    return {"count": len(found), "snapshots": page, "snapshots_links": links}


@dataclass(frozen=True, slots=True, kw_only=True)
class _DiskQuery:
    """Filters of the list of disks."""

    granted: frozenset[str] | None
    ids: frozenset[str] | None
    disk_id: str | None
    name: str | None
    zone: str | None
    status: str | None
    server_id: str | None
    is_shared: bool | None
    service_type: str | None
    metadata: Mapping[str, str]

    @classmethod
    def read(cls, call: Call) -> _DiskQuery:
        """Read the filters of a call."""
        fields = call.parameters
        return cls(
            granted=call.granted_projects(),
            ids=_ids(fields.text("ids")),
            disk_id=fields.text("id"),
            name=fields.text("name"),
            zone=fields.text("availability_zone"),
            status=fields.text("status"),
            server_id=fields.text("server_id"),
            is_shared=fields.boolean("multiattach"),
            service_type=fields.text("service_type"),
            metadata=_metadata_filter(fields.text("metadata")),
        )

    def select(self, project: ProjectEstate) -> list[CloudResource]:
        """Return the disks that fit."""
        found = [each for each in project.disks() if self._fits_plainly(each)]
        needs_facts = self.status is not None or self.server_id is not None or self.is_shared is not None
        return [each for each in found if not needs_facts or self._fits(project.disk(each))]

    def _fits_plainly(self, disk: CloudResource) -> bool:
        """Return whether a disk fits the filters that need no facts."""
        return (
            (self.ids is None or disk.resource_id in self.ids)
            and (self.granted is None or enterprise_project_id(disk) in self.granted)
            and self.disk_id in (None, disk.resource_id)
            and (self.name is None or self.name in disk.name)
            and self.zone in (None, f"{disk.region}a")
            and self.service_type in (None, "EVS")
            and (not self.metadata or self.metadata.items() <= _metadata(disk).items())
        )

    def _fits(self, facts: DiskFacts) -> bool:
        servers = {each.server.resource_id for each in facts.attachments}
        return (
            self.status in (None, facts.status)
            and (self.server_id is None or self.server_id in servers)
            and self.is_shared in (None, facts.is_shared)
        )


def _ids(text: str | None) -> frozenset[str] | None:
    """Return the ids of a filter such as `['id1','id2']`, brackets and quotes included."""
    if text is None:
        return None
    if not _IDS.fullmatch(text):
        raise invalid_value("ids", "the form is ['id1','id2']")
    found = re.findall("'([^']*)'", text)
    if len(found) > _MOST_IDS:
        raise invalid_value("ids", f"it must hold at most {_MOST_IDS} values")
    return frozenset(found)


def _metadata_filter(text: str | None) -> Mapping[str, str]:
    try:
        wanted = json.loads(text or "{}")
    except ValueError:
        raise invalid_value("metadata", "a JSON object is needed") from None
    if not isinstance(wanted, dict):
        raise invalid_value("metadata", "a JSON object is needed")
    return {str(name): str(value) for name, value in wanted.items()}


def _place(disks: list[CloudResource], marker: str) -> int:
    """Return the place of a marker. Raise ServiceError if its disk is gone."""
    for place, each in enumerate(disks):
        if each.resource_id == marker:
            return place
    raise ServiceError("EVS.5404", f"Volume {marker} could not be found.", 404, EVS.form)


def _url(call: Call, name: str = "cloudvolumes") -> str:
    return f"https://evs.{call.region_project.region}.myhuaweicloud.com/v2/{call.project_id}/{name}"


def _moment(moment: int) -> str:
    """Return a time as EVS writes it: in UTC, without saying so."""
    return f"{format_timestamp(moment)[:-1]}.{moment % 1_000_000:06d}"


def _metadata(disk: CloudResource) -> dict[str, str]:
    """Return the metadata of a disk; only a yearly/monthly one has the id of its order."""
    metadata = {"hw:passthrough": "false", "resourceSpecCode": disk.spec.code, "resourceType": "3"}
    order = order_id(disk)
    if order and isinstance(disk, Resource):
        metadata |= {"orderID": order, "productID": disk.product_id, "billing": "1"}
    return metadata


def _row(call: Call, facts: DiskFacts) -> Payload:
    disk, key = facts.source, facts.disk_id
    image = {"image_name": "Huawei Cloud EulerOS 2.0", "min_disk": "40", "__os_bit": "64"} if facts.is_bootable else {}
    return {
        "id": key,
        "name": disk.name,
        "description": "",
        "status": facts.status,
        "size": disk.size,
        "volume_type": disk.spec.code,
        "created_at": _moment(facts.created),
        "updated_at": _moment(facts.updated),
        "attachments": [
            {
                "id": key,
                "volume_id": key,
                "attachment_id": call.project.draws.new_id(each.server.resource_id, f"attachment {key}"),
                "server_id": each.server.resource_id,
                "device": each.device,
                "attached_at": _moment(each.attached),
                "host_name": None,
            }
            for each in facts.attachments
        ],
        "bootable": "true" if facts.is_bootable else "false",
        "multiattach": facts.is_shared,
        "shareable": "true" if facts.is_shared else "false",
        "encrypted": False,
        "availability_zone": f"{disk.region}a",
        "enterprise_project_id": enterprise_project_id(disk),
        "tags": facts.tags,
        "metadata": _metadata(disk),
        "volume_image_metadata": image,
        "links": [{"rel": "self", "href": f"{_url(call)}/{key}"}],
        "snapshot_id": None,
        "source_volid": None,
        "consistencygroup_id": None,
        "replication_status": "disabled",
        "user_id": "0b5e1f6a9c8d4e7fa1b2c3d4e5f60718",
        "service_type": "EVS",
        "dedicated_storage_id": None,
        "dedicated_storage_name": None,
        "wwn": f"688860300{key.replace('-', '')[:23]}",
        "serial_number": key[:20],
        "os-vol-host-attr:host": f"pod01.{disk.region}a#SSD",
        "os-vol-tenant-attr:tenant_id": call.project_id,
        "os-volume-replication:extended_status": None,
        "os-vol-mig-status-attr:migstat": None,
        "os-vol-mig-status-attr:name_id": None,
    }


def _snapshot_row(call: Call, snapshot: Snapshot) -> Payload:
    return {
        "id": snapshot.snapshot_id,
        "name": snapshot.name,
        "description": "",
        "status": "available",
        "volume_id": snapshot.disk.resource_id,
        "size": snapshot.disk.size,
        "created_at": _moment(snapshot.created),
        "updated_at": _moment(snapshot.created + 40),
        "metadata": {},
        "service_type": "EVS",
        "dedicated_storage_id": None,
        "dedicated_storage_name": None,
        "os-extended-snapshot-attributes:project_id": call.project_id,
        "os-extended-snapshot-attributes:progress": "100%",
    }
