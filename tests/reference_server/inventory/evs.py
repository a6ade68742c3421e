"""EVS: disks, snapshots, and the recycle bin."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.reference_server.inventory.estate import Disk, Snapshot
from tests.reference_server.inventory.failures import Json, nested
from tests.reference_server.inventory.formats import bare
from tests.reference_server.inventory.listing import (
    bin_of,
    in_project,
    marker_page,
    offset_page,
    visible,
    wanted_projects,
)
from tests.reference_server.inventory.routes import ServiceCall, route
from tests.reference_server.timestamps import stable_hex, stable_uuid

_IDS = re.compile(r"\[\s*'[^']+'(\s*,\s*'[^']+')*\s*\]")
MOST_IDS = 60


@route(
    "evs",
    "list_volumes",
    "/v2/{project}/cloudvolumes/detail",
    "evs:volumes:list",
    "limit offset marker ids id server_id status name",
    scope="enterprise_project_id",
    takes_all_granted=True,
)
def list_volumes(call: ServiceCall) -> Json:
    """Answer disks; ids that nobody knows are passed over in silence."""
    ids, one_id, server_id = _quoted_ids(call), call.one("id"), call.one("server_id")
    wanted, name = call.one("status"), call.one("name")
    found = [
        each
        for each in visible(call, call.estate.disks)
        if (ids is None or each.id in ids)
        and one_id in {"", each.id}
        and (not server_id or any(one.server_id == server_id for one in each.attachments))
        and wanted in {"", status(each)}
        and name in each.name
    ]
    pages = offset_page if call.one("offset") else marker_page
    page = pages(call, found, most=1000, default=1000)
    answer: Json = {"count": call.total(len(found)), "volumes": call.rows(page, _row)}
    if call.last_ids:
        link = f"https://evs.example.invalid/v2/{call.project_id}/cloudvolumes/detail?marker={call.last_ids[-1]}"
        answer["volumes_links"] = [{"href": link, "rel": "next"}]
    return answer


def _quoted_ids(call: ServiceCall) -> set[str] | None:
    text = call.one("ids")
    if not text:
        return None
    found = re.findall(r"'([^']+)'", text)
    if not _IDS.fullmatch(text) or len(found) > MOST_IDS:
        raise call.refuse("invalid ids")
    return set(found)


@route(
    "evs",
    "list_snapshots",
    "/v2/{project}/cloudsnapshots/detail",
    "evs:snapshots:list",
    "limit offset volume_id id status",
    scope="enterprise_project_id",
    takes_all_granted=True,
)
def list_snapshots(call: ServiceCall) -> Json:
    """Answer snapshots of disks that the user may see."""
    found = _snapshots(call)
    volume_id, one_id, wanted = call.one("volume_id"), call.one("id"), call.one("status")
    found = [
        each
        for each in found
        if volume_id in {"", each.disk_id} and one_id in {"", each.id} and wanted in {"", each.status}
    ]
    page = offset_page(call, found, most=1000, default=1000)
    return {"count": call.total(len(found)), "snapshots": call.rows(page, _snapshot_row)}


def _snapshots(call: ServiceCall) -> Sequence[Snapshot]:
    projects = wanted_projects(call)
    disks = {each.id: each.enterprise_project_id for each in call.estate.disks}
    return [
        each
        for each in in_project(call, call.estate.snapshots)
        if projects is None or disks.get(each.disk_id) in projects
    ]


@route("evs", "show_recycle_policy", "/v3/{project}/recycle-bin-volumes/policy", "evs:volumes:list")
def show_recycle_policy(call: ServiceCall) -> Json:
    """Answer the policy of the recycle bin, where there is one."""
    found = bin_of(call, "evs")
    if not found:
        raise nested(403, "EVS.2106", "The recycle bin is not available")
    return {"switch": found.is_on, "threshold_time": found.threshold_days, "keep_time": found.kept_hours // 24}


def status(disk: Disk) -> str:
    """Return the status of a disk."""
    return disk.status or ("in-use" if disk.attachments else "available")


def _row(disk: Disk) -> Json:
    return {
        "id": disk.id,
        "name": disk.name,
        "status": status(disk),
        "size": disk.size,
        "attachments": [
            {
                "server_id": each.server_id,
                "device": each.device,
                "attached_at": bare(each.attached),
                "attachment_id": stable_uuid(f"{disk.id} {each.server_id}"),
                "host_name": None,
                "id": disk.id,
                "volume_id": disk.id,
            }
            for each in disk.attachments
        ],
        "bootable": "true" if any(each.is_system for each in disk.attachments) else "false",
        "multiattach": disk.is_shared,
        "shareable": "true" if disk.is_shared else "false",
        "metadata": {"orderID": disk.order_id} if disk.order_id else {},
        "tags": dict(disk.tags),
        "created_at": bare(disk.created),
        "updated_at": bare(disk.updated),
        "enterprise_project_id": disk.enterprise_project_id,
        "service_type": disk.service,
        "dedicated_storage_id": None if disk.service == "EVS" else stable_uuid("pool"),
        "dedicated_storage_name": None if disk.service == "EVS" else "pool",
        "volume_type": "GPSSD",
        "encrypted": False,
        "availability_zone": "az1",
        "description": None,
        "links": [{"href": f"https://evs.example.invalid/{disk.id}", "rel": "self"}],
        "snapshot_id": None,
        "source_volid": None,
        "consistencygroup_id": None,
        "volume_image_metadata": {},
        "replication_status": "disabled",
        "user_id": stable_hex("user owner"),
        "wwn": f"68886030{stable_hex(disk.id, 24)}",
        "os-vol-host-attr:host": "pod1#SSD",
        "os-vol-tenant-attr:tenant_id": disk.project_id,
        "os-volume-replication:extended_status": None,
        "os-vol-mig-status-attr:migstat": None,
        "os-vol-mig-status-attr:name_id": None,
    }


def _snapshot_row(snapshot: Snapshot) -> Json:
    return {
        "id": snapshot.id,
        "name": snapshot.name,
        "status": snapshot.status,
        "description": None,
        "created_at": bare(snapshot.created),
        "updated_at": bare(snapshot.created),
        "metadata": {},
        "volume_id": snapshot.disk_id,
        "size": snapshot.size,
        "service_type": "EVS",
        "dedicated_storage_id": None,
        "dedicated_storage_name": None,
        "os-extended-snapshot-attributes:project_id": snapshot.project_id,
        "os-extended-snapshot-attributes:progress": "100%",
    }
