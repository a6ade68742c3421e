"""Operations of ECS."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from unsub_tui.sandbox.account_fixtures import REGION_PROJECTS
from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.cloud_services import ECS
from unsub_tui.sandbox.estate.address_facts import private_ip, public_ip
from unsub_tui.sandbox.estate.cloud_resource import (
    CloudResource,
    enterprise_project_id,
    is_yearly_monthly,
    order_id,
)
from unsub_tui.sandbox.estate.estate import ProjectEstate
from unsub_tui.sandbox.estate.server_facts import AttachedDisk, ServerFacts
from unsub_tui.sandbox.models import Resource
from unsub_tui.sandbox.service_errors import invalid_value
from unsub_tui.sandbox.timestamps import format_timestamp

_BIN_OFF = frozenset({"cn-south-1", "la-south-2"})
"""Regions in which the recycle bin is switched off."""
_LIST_POLICY = "ecs:cloudServers:list"
_MOST_ROWS, _ROWS = 1000, 25
_TRANSITIONAL: Mapping[str, frozenset[str]] = {
    "SHUTOFF": frozenset({"powering-off"}),
    "ACTIVE": frozenset({"powering-on", "image_snapshot", "reboot_started"}),
}
"""Tasks of servers that a filter by status returns too, whatever their status is."""
_USER_ID = "0b5e1f6a9c8d4e7fa1b2c3d4e5f60718"


@partial(Operation, "GET", "/v1/{project_id}/recycle-bin", service=ECS, policy="ecs:recycleBin:get")
def show_recycle_bin(call: Call) -> Payload:
    """Return whether deleted servers are kept, and for how long."""
    call.parameters.reject_unknown()
    is_on = call.region_project.region not in _BIN_OFF
    return {
        "project_id": call.project_id,
        "switch": "on" if is_on else "off",
        "policy": {"recycle_threshold_day": 7, "retention_hour": 168},
    }


@partial(Operation, "GET", "/v1/{project_id}/cloudservers/detail", service=ECS, policy=_LIST_POLICY)
def list_servers_details(call: Call) -> Payload:
    """Return a page of servers; `offset` is the number of the page, and ids that are asked for all have a row."""
    fields = call.parameters
    wanted_ids = fields.separated("server_id")
    query = _ServerQuery.read(call)
    limit = fields.number("limit", 1, _MOST_ROWS) or _ROWS
    page, marker = fields.number("offset", 0, 10**6) or 1, fields.text("marker")
    fields.ignore("reservation_id")
    fields.reject_unknown()
    project = call.project
    if wanted_ids:  # other filters are then ignored
        rows = list(_named_rows(call, wanted_ids, query.granted))
        return {"count": len(rows), "servers": rows}
    found = query.select(project)
    first = (page - 1) * limit if marker is None else 1 + _place(found, marker)
    rows = [_row(call, project.server(each)) for each in found[first : first + limit]]
    return {"count": len(found), "servers": rows}


@partial(
    Operation,
    "GET",
    "/v1/{project_id}/cloudservers/{server_id}/block_device",
    service=ECS,
    policy="ecs:cloudServers:get",
)
def list_server_block_devices(call: Call) -> Payload:
    """Return the disks of a server."""
    call.parameters.reject_unknown()
    server = next((each for each in call.project.servers() if each.resource_id == call.path_params["server_id"]), None)
    if server is None:
        raise invalid_value("server_id", "itemNotFound")
    disks = call.project.server(server).disks
    return {
        "attachableQuantity": {"free_scsi": 23 - len(disks), "free_blk": 23 - len(disks), "free_disk": 23 - len(disks)},
        "volumeAttachments": [
            {
                "id": each.disk.resource_id,
                "volumeId": each.disk.resource_id,
                "serverId": server.resource_id,
                "device": each.device,
                "bootIndex": each.boot_index,
                "size": each.disk.size,
                "bus": "virtio",
                "pciAddress": f"0000:02:{each.place + 1:02x}.0",
            }
            for each in disks
        ],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _ServerQuery:
    """Filters of the list of servers."""

    granted: frozenset[str] | None
    name: str | None
    status: str | None
    flavor: str | None
    address: str | None
    exact_address: str | None
    tags: tuple[str, ...]
    other_tags: tuple[str, ...]

    @classmethod
    def read(cls, call: Call) -> _ServerQuery:
        """Read the filters of a call."""
        fields = call.parameters
        return cls(
            granted=call.granted_projects(),
            name=fields.text("name"),
            status=fields.text("status"),
            flavor=fields.text("flavor"),
            address=fields.text("ip"),
            exact_address=fields.text("ip_eq"),
            tags=fields.separated("tags"),
            other_tags=fields.separated("not-tags"),
        )

    def select(self, project: ProjectEstate) -> list[CloudResource]:
        """Return the servers that fit."""
        found = [each for each in project.servers() if self._fits_plainly(each)]
        needs_facts = self.status is not None or self.tags or self.other_tags
        return [each for each in found if not needs_facts or self._fits(project.server(each))]

    def _fits_plainly(self, server: CloudResource) -> bool:
        """Return whether a server fits the filters that need no facts."""
        address = private_ip(server.resource_id)
        return (
            (self.granted is None or enterprise_project_id(server) in self.granted)
            and (self.name is None or self.name.lower() in server.name.lower())
            and self.flavor in (None, server.spec.code)
            and (self.address is None or address.startswith(self.address))
            and self.exact_address in (None, address)
        )

    def _fits(self, facts: ServerFacts) -> bool:
        written = {f"{key}={value}" for key, value in facts.tags.items()} | set(facts.tags)
        in_transition = facts.task_state in _TRANSITIONAL.get(self.status or "", ())
        return (
            (self.status in (None, facts.status) or in_transition)
            and written.issuperset(self.tags)
            and written.isdisjoint(self.other_tags)
        )


def _place(servers: list[CloudResource], marker: str) -> int:
    """Return the place of a marker. Raise ServiceError if its server is gone."""
    for place, each in enumerate(servers):
        if each.resource_id == marker:
            return place
    raise invalid_value("marker", "itemNotFound")


def _named_rows(call: Call, ids: tuple[str, ...], granted: frozenset[str] | None) -> Iterator[Payload]:
    """Yield a row for each id: a server, or only a fault for an id that the project does not have."""
    servers = {each.resource_id: each for each in call.project.servers()}
    for each in dict.fromkeys(ids):
        server = servers.get(each)
        if server is None:
            message = f"Instance {each} could not be found."
            fault = {"code": 404, "message": message, "created": format_timestamp(call.account.now()), "details": None}
            yield {"id": each, "fault": fault}
        elif granted is None or enterprise_project_id(server) in granted:
            yield _row(call, call.project.server(server))


def _row(call: Call, facts: ServerFacts) -> Payload:
    server, key = facts.source, facts.server_id
    zone = f"{server.region}a"
    draws = call.project.draws
    host = f"pod01.{zone}"
    system_tags = [{"key": "_sys_enterprise_project_id", "value": enterprise_project_id(server)}]
    return {
        "id": key,
        "name": server.name,
        "status": facts.status,
        "created": format_timestamp(facts.created),
        "updated": format_timestamp(facts.updated),
        "OS-SRV-USG:launched_at": f"{format_timestamp(facts.launched)[:-1]}.173337",
        "OS-SRV-USG:terminated_at": None,
        "auto_terminate_time": "",
        "tenant_id": call.project_id,
        "user_id": _USER_ID,
        "description": "",
        "OS-EXT-STS:vm_state": facts.vm_state,
        "OS-EXT-STS:task_state": facts.task_state,
        "OS-EXT-STS:power_state": facts.power_state,
        "OS-EXT-AZ:availability_zone": zone,
        "OS-EXT-SRV-ATTR:host": host,
        "OS-EXT-SRV-ATTR:instance_name": f"instance-{key[:8]}",
        "OS-EXT-SRV-ATTR:hypervisor_hostname": host,
        "OS-EXT-SRV-ATTR:hostname": re.sub("[^a-z0-9-]", "", server.name.lower()) or "ecs",
        "OS-EXT-SRV-ATTR:reservation_id": f"r-{key[:8]}",
        "OS-EXT-SRV-ATTR:launch_index": 0,
        "OS-EXT-SRV-ATTR:kernel_id": "",
        "OS-EXT-SRV-ATTR:ramdisk_id": "",
        "OS-EXT-SRV-ATTR:root_device_name": "/dev/vda",
        "OS-EXT-SRV-ATTR:user_data": "",
        "OS-DCF:diskConfig": "MANUAL",
        "hostId": key.replace("-", ""),
        "host_status": "UP" if facts.power_state else "UNKNOWN",
        "accessIPv4": "",
        "accessIPv6": "",
        "progress": 0 if facts.task_state is None else 50,
        "config_drive": "",
        "key_name": None,
        "locked": facts.is_locked,
        "image": {"id": draws.new_id(server.spec.code, "image")},
        "flavor": _flavor(server),
        "metadata": _metadata(call, facts),
        "addresses": {draws.new_id(call.project_id, "vpc"): _addresses(call, facts)},
        "security_groups": [{"name": "default", "id": draws.new_id(call.project_id, "security group")}],
        "os-extended-volumes:volumes_attached": [_attached(each) for each in facts.disks],
        "tags": _tags(facts.tags),
        "sys_tags": system_tags,
        "enterprise_project_id": enterprise_project_id(server),
        "os:scheduler_hints": {},
        "cpu_options": {"hw:cpu_threads": 2},
        "hypervisor": {"hypervisor_type": "QEMU", "csd_hypervisor": ""},
        "network_interfaces": [],
        "capacity_reservation_id": "",
        "capacity_reservation_specification": {"id": "", "preference": ""},
        "spod_id": "",
        "enclave_options": {"enabled": False},
        "security_options": {"secure_boot_enabled": False, "tpm_enabled": False},
    }


def _attached(disk: AttachedDisk) -> Payload:
    return {
        "id": disk.disk.resource_id,
        "device": disk.device,
        "bootIndex": str(disk.boot_index),
        "delete_on_termination": "true" if disk.deletes_on_termination else "false",
    }


def _tags(tags: Mapping[str, str]) -> list[str]:
    """Return tags as texts; one without a value is only its key."""
    return [f"{key}={value}" if value else key for key, value in tags.items()]


def _flavor(server: CloudResource) -> Payload:
    numbers = re.search(r"(\d+) vCPUs? \| (\d+) GiB", server.spec.text)
    vcpus, gigabytes = numbers.groups() if numbers else ("1", "1")
    name = server.spec.code.rpartition(".")[0]
    return {
        "id": name,
        "name": name,
        "disk": "0",
        "vcpus": vcpus,
        "ram": str(int(gigabytes) * 1024),
        "gpus": [],
        "asic_accelerators": [],
    }


def _metadata(call: Call, facts: ServerFacts) -> dict[str, str]:
    server = facts.source
    is_windows = server.spec.code.endswith(".win")
    metadata = {
        "charging_mode": "1" if is_yearly_monthly(server) else "0",
        "vpc_id": call.project.draws.new_id(call.project_id, "vpc"),
        "EcmResStatus": "freeze" if facts.is_frozen else "",
        "metering.image_id": call.project.draws.new_id(server.spec.code, "image"),
        "metering.imagetype": "gold",
        "metering.resourcespeccode": server.spec.code,
        "metering.resourcetype": "1",
        "metering.cloudServiceType": "hws.service.type.ec2",
        "image_name": "Windows Server 2022" if is_windows else "Huawei Cloud EulerOS 2.0",
        "os_bit": "64",
        "os_type": "Windows" if is_windows else "Linux",
        "cascaded.instance_extrainfo": "pcibridge:1",
        "__support_agent_list": "ces",
    }
    if isinstance(server, Resource) and is_yearly_monthly(server):
        metadata |= {"metering.order_id": order_id(server), "metering.product_id": server.product_id}
    return metadata


def _addresses(call: Call, facts: ServerFacts) -> list[Payload]:
    address = facts.address
    port = call.project.draws.new_id(facts.server_id, "port")
    number = facts.server_id.replace("-", "")
    common: Payload = {
        "version": "4",
        "OS-EXT-IPS-MAC:mac_addr": f"fa:16:3e:{number[:2]}:{number[2:4]}:{number[4:6]}",
        "OS-EXT-IPS:port_id": port,
    }
    rows: list[Payload] = [
        {**common, "addr": private_ip(facts.server_id), "OS-EXT-IPS:type": "fixed", "primary": True},
    ]
    if address is not None:
        rows.append({**common, "addr": public_ip(address), "OS-EXT-IPS:type": "floating"})
    return rows


@partial(Operation, "GET", "/v1.1/{project_id}/cloudservers/detail", service=ECS, policy=_LIST_POLICY)
def list_cloud_servers(call: Call) -> Payload:
    """Return a page of servers in the newer form: with charging mode and expiry, and the fields that are asked for."""
    fields = call.parameters
    name, status, wanted = fields.text("name"), fields.text("status"), fields.text("id")
    in_bin, charging = fields.boolean("in_recycle_bin"), fields.text("charging_mode")
    expected = fields.repeated("expect-fields")
    granted = call.granted_projects()
    limit, marker = fields.number("limit", 1, 100) or 10, fields.text("marker")
    fields.reject_unknown()
    project = call.project
    found = [
        each
        for each in project.servers()
        if (granted is None or enterprise_project_id(each) in granted)
        and (name is None or name in each.name)
        and wanted in (None, each.resource_id)
        and not in_bin
        and charging in (None, "prePaid" if is_yearly_monthly(each) else "postPaid")
        and (status is None or project.server(each).status == status)
    ]
    first = 0 if marker is None else 1 + _place(found, marker)
    page = found[first : first + limit]
    links: list[Payload] = []
    if page and first + limit < len(found):
        region = REGION_PROJECTS[call.project_id].region
        url = f"https://ecs.{region}.myhuaweicloud.com/v1.1/{call.project_id}/cloudservers/detail"
        links.append({"rel": "next", "href": f"{url}?limit={limit}&marker={page[-1].resource_id}"})
    rows = [_newer_row(call, project.server(each), expected) for each in page]
    return {"servers": rows, "servers_links": links, "request_id": ""}


def _newer_row(call: Call, facts: ServerFacts, expected: tuple[str, ...]) -> Payload:
    server = facts.source
    row = _row(call, facts)
    market: Payload = {"charge_mode": "postPaid"}
    if isinstance(server, Resource) and is_yearly_monthly(server):
        market = {"charge_mode": "prePaid", "prepaid_info": {"expired_time": format_timestamp(server.expire)}}
    flavor = row["flavor"]
    further: Payload = {
        "launched_at": row["OS-SRV-USG:launched_at"],
        "key_name": row["key_name"],
        "locked": facts.is_locked,
        "root_device_name": "/dev/vda",
        "tenancy": "shared",
        "enterprise_project_id": row["enterprise_project_id"],
        "metadata": row["metadata"],
        "tags": row["tags"],
        "addresses": {
            network: [{**each, "version": 4, "primary": each.get("primary", False)} for each in _addresses(call, facts)]
            for network in (call.project.draws.new_id(call.project_id, "vpc"),)
        },
        "security_groups": row["security_groups"],
        "volumes_attached": [
            {
                "id": each.disk.resource_id,
                "device": each.device,
                "bootIndex": str(each.boot_index),
                "delete_on_termination": each.deletes_on_termination,
                "size": each.disk.size,
            }
            for each in facts.disks
        ],
        "image": row["image"],
        "cpu_options": row["cpu_options"],
    }
    numbers = ("vcpus", "ram", "disk")
    return {
        "id": facts.server_id,
        "name": server.name,
        "status": facts.status,
        "tenant_id": call.project_id,
        "user_id": _USER_ID,
        "market_info": market,
        "availability_zone": row["OS-EXT-AZ:availability_zone"],
        "vm_state": facts.vm_state,
        "task_state": facts.task_state or "",
        "power_state": facts.power_state,
        "created": row["created"],
        "updated": row["updated"],
        "in_recycle_bin": False,
        "spod_id": "",
        "description": "",
        "flavor": {
            name: int(value) if name in numbers else value
            for name, value in (flavor.items() if isinstance(flavor, dict) else ())
        },
        "fault": {},
        **{name: value for name, value in further.items() if name in expected},
    }
