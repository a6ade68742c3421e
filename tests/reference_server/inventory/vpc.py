"""EIP: addresses and bandwidths, on the host of VPC."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tests.reference_server.inventory.estate import Bandwidth, Binding, Eip, Estate
from tests.reference_server.inventory.failures import Json, ServiceError, short
from tests.reference_server.inventory.formats import bare_seconds, joined_tags, zulu
from tests.reference_server.inventory.listing import marker_page, offset_page, visible
from tests.reference_server.inventory.routes import ServiceCall, route
from tests.reference_server.timestamps import stable_hex, stable_uuid

_HIDDEN_FIELDS = ("tags", "profile", "cascade_delete_by_instance", "associate_instance_metadata")
"""Fields that are answered only to those who name them."""
_UNBOUND = Binding(kind="")


def _binding(eip: Eip) -> Binding:
    return eip.binding or _UNBOUND


def status(eip: Eip) -> str:
    """Return the status of an address."""
    if eip.status or not eip.binding:
        return eip.status or "DOWN"
    return {"ELB": "ELB", "ELBV1": "ELB", "VPN": "VPN"}.get(eip.binding.kind, "ACTIVE")


_FILTERS: Mapping[str, Callable[[Eip], str]] = {
    "id": lambda eip: eip.id,
    "vnic.device_id": lambda eip: _binding(eip).device_id,
    "vnic.instance_id": lambda eip: _binding(eip).instance_id,
    "bandwidth.id": lambda eip: eip.bandwidth_id,
    "associate_instance_id": lambda eip: _binding(eip).target_id,
    "associate_instance_type": lambda eip: _binding(eip).kind if eip.binding else "",
    "status": status,
    "billing_mode": lambda eip: "YEARLY_MONTHLY" if eip.order_id else "PAY_PER_USE",
}


@route(
    "vpc",
    "list_publicips",
    "/v3/{project}/eip/publicips",
    "vpc:publicIps:list",
    f"limit offset marker fields {' '.join(_FILTERS)}",
    scope="enterprise_project_id",
)
def list_publicips(call: ServiceCall) -> Json:
    """Answer addresses; each filter may be repeated."""
    wanted = {key: set(call.many(key)) for key in _FILTERS if call.many(key)}
    found = [
        each
        for each in visible(call, call.estate.eips)
        if all(_FILTERS[key](each) in values for key, values in wanted.items())
    ]
    if call.one("offset"):
        call.number("offset", 0, 99_999, 0)
        page = offset_page(call, found, most=2000, default=2000)
    else:
        page = marker_page(call, found, most=2000, default=2000, unknown=_no_marker(call))
    fields = call.many("fields")
    rows = call.rows(page, lambda each: _shown(_row(call.estate, each), fields))
    return {
        "request_id": stable_hex("request"),
        "publicips": rows,
        "total_count": call.total(len(found)),
        "page_info": {
            "previous_marker": page[0].id if page and call.one("marker") else None,
            "next_marker": call.last_ids[-1] if call.last_ids else None,
            "current_count": len(page),
        },
    }


def _no_marker(call: ServiceCall) -> ServiceError:
    return short(404, "VPC.0504", f"FloatingIp {call.one('marker')} could not be found")


def _shown(row: Json, fields: Sequence[str]) -> Json:
    if fields:
        return {key: value for key, value in row.items() if key in fields}
    return {key: value for key, value in row.items() if key not in _HIDDEN_FIELDS}


@route(
    "vpc",
    "list_bandwidths",
    "/v1/{project}/bandwidths",
    "vpc:bandwidths:list",
    "limit marker share_type",
    scope="enterprise_project_id",
    takes_all_granted=True,
)
def list_bandwidths(call: ServiceCall) -> Json:
    """Answer bandwidths, without their number."""
    wanted = call.one("share_type")
    found = [each for each in visible(call, call.estate.bandwidths) if wanted in {"", _share_type(each)}]
    page = marker_page(call, found, most=2**31 - 1, default=2**31 - 1, unknown=_no_marker(call))
    return {"bandwidths": call.rows(page, lambda each: _bandwidth_row(call.estate, each))}


def billing_info(item: Eip | Bandwidth, region: str) -> str:
    """Return order, product, region and project of a yearly/monthly one."""
    return f"{item.order_id}:OFFI1:{region}:{item.project_id}" if item.order_id else ""


def region_of(estate: Estate, project_id: str) -> str:
    """Return the region of a project."""
    return next((each.region for each in estate.projects if each.id == project_id), "")


def _share_type(bandwidth: Bandwidth) -> str:
    return "WHOLE" if bandwidth.is_shared else "PER"


def _row(estate: Estate, eip: Eip) -> Json:
    bandwidth = next((each for each in estate.bandwidths if each.id == eip.bandwidth_id), None)
    bound, region = eip.binding, region_of(estate, eip.project_id)
    return {
        "id": eip.id,
        "project_id": eip.project_id,
        "ip_version": 4,
        "public_ip_address": eip.address,
        "public_ipv6_address": None,
        "network_type": "5_bgp",
        "status": status(eip),
        "description": "",
        "public_border_group": "center",
        "created_at": zulu(eip.created),
        "updated_at": zulu(eip.updated),
        "type": "EIP",
        "vnic": _vnic(bound),
        "bandwidth": bandwidth
        and {
            "id": bandwidth.id,
            "size": bandwidth.size,
            "share_type": _share_type(bandwidth),
            "charge_mode": bandwidth.charge_mode,
            "name": bandwidth.name,
            "billing_info": billing_info(bandwidth, region),
        },
        "lock_status": None,
        "associate_instance_type": bound.kind if bound else None,
        "associate_instance_id": bound.target_id if bound else None,
        "publicip_pool_id": stable_uuid("pool"),
        "publicip_pool_name": "5_bgp",
        "alias": eip.name or None,
        "enterprise_project_id": eip.enterprise_project_id,
        "billing_info": billing_info(eip, region) or (None if len(eip.address) % 2 else ""),
        "profile": {"create_source": "api"},
        "tags": joined_tags(eip.tags, "*" if int(stable_hex(eip.id, 2), 16) % 2 else "="),
        "associate_instance_metadata": None,
        "cascade_delete_by_instance": eip.goes_with_instance,
    }


def _vnic(bound: Binding | None) -> Json | None:
    if not bound or not (bound.device_id or bound.instance_id):
        return None
    return {
        "private_ip_address": "192.168.0.9",
        "device_id": bound.device_id,
        "device_owner": bound.device_owner,
        "vpc_id": stable_uuid("vpc"),
        "port_id": bound.target_id,
        "port_profile": None,
        "mac": "fa:16:3e:01:02:03",
        "vtep": None,
        "vni": None,
        "instance_id": bound.instance_id,
        "instance_type": bound.instance_type,
    }


def _bandwidth_row(estate: Estate, bandwidth: Bandwidth) -> Json:
    return {
        "id": bandwidth.id,
        "name": bandwidth.name,
        "size": bandwidth.size,
        "share_type": _share_type(bandwidth),
        "charge_mode": bandwidth.charge_mode,
        "bandwidth_type": "share" if bandwidth.is_shared else "bgp",
        "billing_info": billing_info(bandwidth, region_of(estate, bandwidth.project_id)),
        "publicip_info": [
            {
                "publicip_id": each.id,
                "publicip_address": each.address,
                "publicip_type": "5_bgp",
                "publicipv6_address": None,
                "ip_version": 4,
            }
            for each in estate.eips
            if each.bandwidth_id == bandwidth.id
        ],
        "tenant_id": bandwidth.project_id,
        "enterprise_project_id": bandwidth.enterprise_project_id,
        "status": "NORMAL",
        "created_at": bare_seconds(bandwidth.created),
        "updated_at": bare_seconds(bandwidth.updated),
        "enable_bandwidth_rules": False,
        "rule_quota": 0,
        "bandwidth_rules": [],
        "public_border_group": "center",
    }
