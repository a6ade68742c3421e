"""Operations of VPC for EIPs and bandwidths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.cloud_services import ADDRESSES, BANDWIDTHS
from unsub_tui.sandbox.estate.address_facts import AddressFacts, BandwidthFacts, private_ip, public_ip
from unsub_tui.sandbox.estate.cloud_resource import (
    CloudResource,
    billing_info,
    enterprise_project_id,
    is_frozen,
    is_police_frozen,
)
from unsub_tui.sandbox.request_parameters import MAX_OFFSET, RequestParameters
from unsub_tui.sandbox.service_errors import ServiceError
from unsub_tui.sandbox.timestamps import format_timestamp

_MOST_ROWS, _MOST_OFFSET = 2000, 99_999
_HIDDEN = frozenset({"tags", "profile", "cascade_delete_by_instance", "associate_instance_metadata"})
"""Fields that a row has only if they are asked for."""
_FILTERS = (
    "id",
    "public_ip_address",
    "public_ipv6_address",
    "network_type",
    "publicip_pool_name",
    "status",
    "alias",
    "description",
    "type",
    "vnic.private_ip_address",
    "vnic.device_id",
    "vnic.device_owner",
    "vnic.vpc_id",
    "vnic.port_id",
    "vnic.instance_type",
    "vnic.instance_id",
    "bandwidth.id",
    "bandwidth.name",
    "bandwidth.size",
    "bandwidth.share_type",
    "bandwidth.charge_mode",
    "billing_info",
    "associate_instance_type",
    "associate_instance_id",
    "enterprise_project_id",
    "public_border_group",
    "ip_version",
)
"""Filters that may be given several times, each the name of a field."""
_LIKE_FILTERS = ("public_ip_address", "alias", "vnic.private_ip_address", "bandwidth.name")
"""Filters for a part of a field; their names end with `_like`."""
_SORT_KEYS = frozenset({"id", "public_ip_address", "public_ipv6_address", "created_at", "updated_at", "status"})
_BILLING_MODES = frozenset({"PAY_PER_USE", "YEARLY_MONTHLY"})
_STAR_REGIONS = frozenset({"ap-southeast-1", "ap-southeast-3"})
"""Regions in which tags are written with an asterisk: nothing says which sign it is."""


@partial(Operation, "GET", "/v3/{project_id}/eip/publicips", service=ADDRESSES, policy="vpc:publicIps:list")
def list_publicips(call: Call) -> Payload:
    """Return a page of EIPs, with the usual fields or with those that are asked for."""
    fields = call.parameters
    wanted = fields.repeated("fields")
    query = _AddressQuery.read(fields)
    sort_key = fields.choice("sort_key", _SORT_KEYS)
    direction = fields.choice("sort_dir", frozenset({"asc", "desc"}))
    offset, limit = fields.page(max_limit=_MOST_ROWS, max_offset=_MOST_OFFSET, default=_MOST_ROWS)
    marker = fields.text("marker")
    fields.ignore("public_ipv6_address_like", "vnic.device_owner_prefixlike")
    fields.repeated("allow_share_bandwidth_type_any")
    fields.reject_unknown()
    granted = call.auth_state.granted_projects  # there is no `all_granted_eps`
    project = call.project
    found = [
        each
        for each in project.addresses()
        if (granted is None or enterprise_project_id(each) in granted) and query.fits(call, each)
    ]
    if sort_key:
        found.sort(key=lambda each: str(_row(call, project.address(each))[sort_key]), reverse=direction == "desc")
    first = offset + (0 if marker is None else 1 + _place([each.resource_id for each in found], marker))
    page = found[first : first + limit]
    info: Payload = {"current_count": len(page)}
    if page:
        info["previous_marker"] = page[0].resource_id
    if page and first + limit < len(found):
        info["next_marker"] = page[-1].resource_id
    rows = [
        {name: value for name, value in _row(call, project.address(each)).items() if _is_shown(name, wanted)}
        for each in page
    ]
    return {"publicips": rows, "page_info": info, "total_count": len(found), "request_id": ""}


@partial(Operation, "GET", "/v1/{project_id}/bandwidths", service=BANDWIDTHS, policy="vpc:bandwidths:list")
def list_bandwidths(call: Call) -> Payload:
    """Return a page of bandwidths; there is no total."""
    fields = call.parameters
    share_type = fields.choice("share_type", frozenset({"PER", "WHOLE"}))
    granted = call.granted_projects()
    limit, marker = fields.number("limit", 0, MAX_OFFSET), fields.text("marker")
    fields.reject_unknown()
    found = [
        _bandwidth_row(call, each)
        for each in call.project.bandwidths()
        if share_type in (None, _share_type(each)) and (granted is None or enterprise_project_id(each.owner) in granted)
    ]
    first = 0 if marker is None else 1 + _place([str(each["id"]) for each in found], marker)
    return {"bandwidths": found[first : first + (_MOST_ROWS if limit is None else limit)]}


def _place(ids: Sequence[str], marker: str) -> int:
    """Return the place of a marker. Raise ServiceError if its row is gone."""
    if marker not in ids:
        raise ServiceError("VPC.0504", f"marker {marker} could not be found.", 404)
    return ids.index(marker)


def _is_shown(name: str, wanted: tuple[str, ...]) -> bool:
    return name in wanted if wanted else name not in _HIDDEN


@dataclass(frozen=True, slots=True)
class _AddressQuery:
    """Filters of the list of EIPs."""

    exact: Mapping[str, frozenset[str]]
    parts: Mapping[str, tuple[str, ...]]
    billing_mode: str | None

    @classmethod
    def read(cls, fields: RequestParameters) -> _AddressQuery:
        """Read the filters of a call."""
        return cls(
            {name: frozenset(values) for name in _FILTERS if (values := fields.repeated(name))},
            {name: values for name in _LIKE_FILTERS if (values := fields.repeated(f"{name}_like"))},
            fields.choice("billing_mode", _BILLING_MODES),
        )

    def fits(self, call: Call, address: CloudResource) -> bool:
        """Return whether an EIP fits all filters; its row is made only if they may need it."""
        if not self.exact and not self.parts and self.billing_mode is None:
            return True
        if address.resource_id not in self.exact.get("id", {address.resource_id}):
            return False
        devices = self.exact.get("vnic.device_id")
        if devices is not None and call.project.binding(address).instance_id not in devices:
            return False
        row = _row(call, call.project.address(address))
        return (
            all(_value(row, name) in values for name, values in self.exact.items())
            and all(any(part in _value(row, name) for part in values) for name, values in self.parts.items())
            and (self.billing_mode is None or bool(row["billing_info"]) == (self.billing_mode == "YEARLY_MONTHLY"))
        )


def _value(row: Payload, name: str) -> str:
    """Return the value of a field as a filter has it; a dot leads into an object."""
    outer, _, inner = name.partition(".")
    value = row.get(outer)
    if inner:
        value = value.get(inner) if isinstance(value, dict) else None
    return "" if value is None else str(value)


def _row(call: Call, facts: AddressFacts) -> Payload:
    address, kind = facts.source, facts.binding.kind
    created = format_timestamp(facts.created)
    lock = "police" if is_police_frozen(address) else "locked" if is_frozen(address) else None
    port = call.project.draws.new_id(facts.binding.instance_id, "port")
    instance_type = "PORT" if kind == "RDS" else kind or None
    separator = "*" if address.region in _STAR_REGIONS else "="
    return {
        "id": facts.address_id,
        "project_id": call.project_id,
        "ip_version": 4,
        "public_ip_address": facts.ip,
        "public_ipv6_address": None,
        "network_type": "5_bgp",
        "status": facts.status,
        "description": "",
        "public_border_group": "center",
        "created_at": created,
        "updated_at": created,
        "type": "EIP",
        "vnic": _vnic(call, facts, port),
        "bandwidth": _own_bandwidth(facts.bandwidth),
        "enterprise_project_id": enterprise_project_id(address),
        "billing_info": billing_info(address),
        "lock_status": lock,
        "associate_instance_type": instance_type,
        "associate_instance_id": port if instance_type == "PORT" else facts.binding.instance_id or None,
        "publicip_pool_id": call.project.draws.new_id(address.region, "pool"),
        "publicip_pool_name": "5_bgp",
        "alias": address.name,
        "allow_share_bandwidth_types": ["bgp", "sbgp"],
        "tags": [f"{key}{separator}{value}" for key, value in facts.tags.items()],
        "profile": {"create_source": "ecs" if kind == "PORT" else "console", "standalone": kind != "PORT"},
        "cascade_delete_by_instance": False,
        "associate_instance_metadata": None,
    }


def _vnic(call: Call, facts: AddressFacts, port: str) -> Payload | None:
    """Return the port that an EIP is bound to; None if it is not bound."""
    kind, instance = facts.binding.kind, facts.binding.instance_id
    if not kind:
        return None
    owners = {"PORT": f"compute:{facts.source.region}a", "NATGW": "network:nat_gateway", "RDS": "network:RDS"}
    number = port.replace("-", "")
    return {
        "private_ip_address": private_ip(instance),
        "device_id": instance,
        "device_owner": owners.get(kind, "neutron:LOADBALANCERV2"),
        "vpc_id": call.project.draws.new_id(call.project_id, "vpc"),
        "port_id": port,
        "port_profile": "",
        "mac": f"fa:16:3e:{number[:2]}:{number[2:4]}:{number[4:6]}",
        "vtep": None,
        "vni": None,
        "instance_id": instance if kind == "RDS" else "",
        "instance_type": "RDS" if kind == "RDS" else "",
    }


def _share_type(bandwidth: BandwidthFacts) -> str:
    return "WHOLE" if bandwidth.is_shared else "PER"


def _own_bandwidth(bandwidth: BandwidthFacts) -> Payload:
    """Return a bandwidth as a part of the row of an EIP."""
    return {
        "id": bandwidth.bandwidth_id,
        "name": bandwidth.name,
        "size": bandwidth.size,
        "share_type": _share_type(bandwidth),
        "charge_mode": "bandwidth",
        "billing_info": "" if bandwidth.source is None else billing_info(bandwidth.source),
    }


def _bandwidth_row(call: Call, bandwidth: BandwidthFacts) -> Payload:
    owner = bandwidth.owner
    created = format_timestamp(bandwidth.created)[:-1]
    return {
        **_own_bandwidth(bandwidth),
        "bandwidth_type": "share" if bandwidth.is_shared else "bgp",
        "tenant_id": call.project_id,
        "enterprise_project_id": enterprise_project_id(owner),
        "status": "FREEZED" if is_frozen(owner) else "NORMAL",
        "enable_bandwidth_rules": False,
        "rule_quota": 0,
        "bandwidth_rules": [],
        "publicip_info": [
            {
                "publicip_id": each.resource_id,
                "publicip_address": public_ip(each),
                "publicip_type": "5_bgp",
                "ip_version": 4,
            }
            for each in bandwidth.addresses
        ],
        "created_at": created,
        "updated_at": created,
        "public_border_group": "center",
    }
