"""ECS: servers, their disks, and their recycle bin."""

from __future__ import annotations

from tests.reference_server.inventory.estate import Disk, Estate, Server
from tests.reference_server.inventory.failures import Json, nested, not_published
from tests.reference_server.inventory.formats import bare, joined_tags, zulu
from tests.reference_server.inventory.listing import bin_of, in_project, marker_page, numbered_page, visible
from tests.reference_server.inventory.routes import ServiceCall, route
from tests.reference_server.timestamps import stable_hex, stable_uuid

LIST = "ecs:cloudServers:list"
_ON_THE_WAY = {
    "ACTIVE": {"ACTIVE", "REBOOT", "HARD_REBOOT", "PAUSED", "RESIZE", "VERIFY_RESIZE", "REVERT_RESIZE", "MIGRATING"},
    "SHUTOFF": {"SHUTOFF", "RESIZE", "VERIFY_RESIZE", "REVERT_RESIZE", "REBUILD"},
}
"""A filter by status answers servers that change to or from it, too."""
_STATES = {"ACTIVE": ("active", 1), "SHUTOFF": ("stopped", 4), "ERROR": ("error", 0), "PAUSED": ("paused", 3)}


@route(
    "ecs",
    "list_servers_details",
    "/v1/{project}/cloudservers/detail",
    LIST,
    "limit offset marker server_id status name",
    scope="enterprise_project_id",
    takes_all_granted=True,
)
def list_servers(call: ServiceCall) -> Json:
    """Answer servers; where ids are asked for, all else is ignored, and an unknown one comes back with its fault."""
    if ids := call.listed("server_id"):
        return _by_id(call, ids)
    wanted, name = call.one("status"), call.one("name")
    found = [
        each
        for each in visible(call, call.estate.servers)
        if (not wanted or each.status in _ON_THE_WAY.get(wanted, {wanted})) and name in each.name
    ]
    pages = numbered_page if call.one("offset") else marker_page
    page = pages(call, found, most=1000, default=25)
    return {"count": call.total(len(found)), "servers": call.rows(page, lambda each: _row(call.estate, each))}


def _by_id(call: ServiceCall, ids: list[str]) -> Json:
    seen = {each.id: each for each in visible(call, call.estate.servers)}
    hidden = {each.id for each in call.estate.servers} - set(seen)
    found = [each for each in ids if each not in hidden]
    message = "Instance could not be found."
    rows = [
        call.rows([seen[each]], lambda one: _row(call.estate, one))[0]
        if each in seen
        else {"id": each, "fault": {"code": 404, "message": message, "created": None, "details": None}}
        for each in found
    ]
    return {"count": call.total(len(rows)), "servers": rows}


@route("ecs", "list_server_block_devices", "/v1/{project}/cloudservers/{id}/block_device", "ecs:cloudServers:get")
def list_block_devices(call: ServiceCall) -> Json:
    """Answer the disks of one server."""
    if not any(each.id == call.names["id"] for each in in_project(call, call.estate.servers)):
        raise nested(400, "Ecs.0114", "itemNotFound")
    found = [
        {
            "bootIndex": 0 if one.is_system else -1,
            "pciAddress": "0000:02:01.0",
            "volumeId": disk.id,
            "device": one.device,
            "serverId": one.server_id,
            "id": disk.id,
            "size": disk.size,
            "bus": "virtio",
        }
        for disk in call.estate.disks
        for one in disk.attachments
        if one.server_id == call.names["id"]
    ]
    return {
        "attachableQuantity": {"free_scsi": 23, "free_blk": 24 - len(found), "free_disk": 23},
        "volumeAttachments": found,
    }


@route("ecs", "show_recycle_bin", "/v1/{project}/recycle-bin", "ecs:recycleBin:get")
def show_recycle_bin(call: ServiceCall) -> Json:
    """Answer the policy of the recycle bin."""
    found = bin_of(call, "ecs")
    if not found:
        raise not_published()
    switch = found.switch or ("on" if found.is_on else "off")
    policy = {"recycle_threshold_day": found.threshold_days, "retention_hour": found.kept_hours}
    return {"project_id": call.project_id, "switch": switch, "policy": policy}


def _row(estate: Estate, server: Server) -> Json:
    seed = stable_hex(server.id)
    vm_state, power_state = _STATES.get(server.status, ("building", 0))
    return {
        "id": server.id,
        "name": server.name,
        "status": server.status,
        "OS-EXT-STS:task_state": server.task_state or None,
        "OS-EXT-STS:vm_state": vm_state,
        "OS-EXT-STS:power_state": power_state,
        "created": zulu(server.created),
        "updated": zulu(server.updated),
        "OS-SRV-USG:launched_at": bare(server.created),
        "OS-SRV-USG:terminated_at": None,
        "auto_terminate_time": "",
        "locked": server.is_locked,
        "description": server.description,
        "tenant_id": server.project_id,
        "enterprise_project_id": server.enterprise_project_id,
        "user_id": stable_hex("user owner"),
        "key_name": "",
        "metadata": _metadata(server),
        "tags": joined_tags(server.tags),
        "sys_tags": [{"key": "_sys_enterprise_project_id", "value": server.enterprise_project_id}],
        "addresses": _addresses(estate, server),
        "os-extended-volumes:volumes_attached": _disks(estate, server),
        "flavor": {
            "id": "s6.large.2",
            "name": "s6.large.2",
            "disk": "0",
            "vcpus": "2",
            "ram": "4096",
            "gpus": [],
            "asic_accelerators": [],
        },
        "image": {"id": stable_uuid("image")},
        "security_groups": [{"name": "default", "id": stable_uuid("security group")}],
        "host_status": "UP",
        "hostId": seed,
        "progress": 0,
        "config_drive": "",
        "accessIPv4": "",
        "accessIPv6": "",
        "spod_id": None,
        "capacity_reservation_id": None,
        "capacity_reservation_specification": None,
        "enclave_options": None,
        "os:scheduler_hints": {},
        "OS-DCF:diskConfig": "MANUAL",
        "OS-EXT-AZ:availability_zone": "az1",
        "OS-EXT-SRV-ATTR:host": f"pod01.{seed[:6]}",
        "OS-EXT-SRV-ATTR:hostname": "host",
        "OS-EXT-SRV-ATTR:hypervisor_hostname": f"nova001@{seed[:4]}",
        "OS-EXT-SRV-ATTR:instance_name": f"instance-{seed[:8]}",
        "OS-EXT-SRV-ATTR:kernel_id": "",
        "OS-EXT-SRV-ATTR:ramdisk_id": "",
        "OS-EXT-SRV-ATTR:launch_index": 0,
        "OS-EXT-SRV-ATTR:reservation_id": "r-1",
        "OS-EXT-SRV-ATTR:root_device_name": "/dev/vda",
    }


def _metadata(server: Server) -> Json:
    found = {"charging_mode": "1" if server.order_id else "0", "vpc_id": stable_uuid("vpc"), "image_name": "Ubuntu"}
    if server.order_id:
        found["metering.order_id"] = server.order_id
    if server.is_frozen:
        found["EcmResStatus"] = "freeze"
    return found


def _addresses(estate: Estate, server: Server) -> Json:
    own = {"version": "4", "addr": "192.168.0.9", "OS-EXT-IPS:type": "fixed", "OS-EXT-IPS:port_id": f"port-{server.id}"}
    bound = [
        {**own, "addr": each.address, "OS-EXT-IPS:type": "floating"}
        for each in estate.eips
        if each.binding and each.binding.device_id == server.id
    ]
    return {stable_uuid("vpc"): [{**each, "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:01:02:03"} for each in (own, *bound)]}


def _disks(estate: Estate, server: Server) -> list[Json]:
    pairs: list[tuple[Disk, Json]] = [
        (
            disk,
            {
                "id": disk.id,
                "device": one.device,
                "bootIndex": "0" if one.is_system else None,
                "delete_on_termination": "true" if one.deletes_with_server else "false",
            },
        )
        for disk in estate.disks
        for one in disk.attachments
        if one.server_id == server.id
    ]
    others = [
        {"id": each, "device": "/dev/sdx", "bootIndex": None, "delete_on_termination": "false"}
        for each in server.unlisted_disk_ids
    ]
    return [row for _, row in pairs] + others
