"""Operations of Config: the resources of all services in all regions, as Config last saw them."""

from __future__ import annotations

import bisect
import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial

from unsub_tui.sandbox import offers
from unsub_tui.sandbox.account_fixtures import DOMAIN_ID, PROJECTS, REGION_PROJECTS
from unsub_tui.sandbox.account_inventory import AccountInventory
from unsub_tui.sandbox.asgi import RawResponse
from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.cloud_services import CONFIG
from unsub_tui.sandbox.models import Resource
from unsub_tui.sandbox.part_ids import draw, spread
from unsub_tui.sandbox.service_errors import ServiceError
from unsub_tui.sandbox.timestamps import DAY, HOUR, format_timestamp

_MOST_ROWS = 200
_ROWS = 100
_LAG = DAY
"""Time for which a deleted resource is still in Config, in seconds."""
_PATH = "/v1/resource-manager/domains/{domain_id}"

_TYPES: Mapping[str, tuple[str, str]] = {
    offers.SERVER.code: ("ecs", "cloudservers"),
    offers.DISK.code: ("evs", "volumes"),
    offers.ADDRESS.code: ("vpc", "publicips"),
    offers.BANDWIDTH.code: ("vpc", "bandwidths"),
    offers.DATABASE.code: ("rds", "instances"),
    offers.CLUSTER.code: ("cce", "clusters"),
    offers.VAULT.code: ("cbr", "vault"),
    offers.CACHE.code: ("dcs", "redis"),
    offers.DOCUMENTS.code: ("dds", "instances"),
    offers.GATEWAY.code: ("nat", "natGateways"),
    offers.FIREWALL.code: ("waf", "instance"),
}
"""Provider and type of the resource types that Config knows."""


@partial(Operation, "GET", f"{_PATH}/all-resources", service=CONFIG, policy="rms:resources:list")
def list_all_resources(call: Call) -> Payload:
    """Return a page of the resources of the account."""
    fields, inventory = call.parameters, call.account.inventory
    region, project, kind = fields.text("region_id"), fields.text("ep_id"), fields.text("type")
    wanted, name = fields.text("id"), fields.text("name")
    tags = fields.repeated("tags", max_items=5)
    limit, marker = fields.number("limit", 1, _MOST_ROWS) or _ROWS, fields.text("marker")
    fields.reject_unknown()
    page: list[Payload] = []
    next_marker = None
    first = bisect.bisect_right(inventory.by_id, marker, key=lambda each: each.resource_id) if marker else 0
    for resource in itertools.islice(inventory.by_id, first, None):
        if (
            _is_recorded(inventory, resource)
            and region in (None, resource.region)
            and project in (None, PROJECTS[resource.project_index].project_id)
            and kind in (None, ".".join(_TYPES[resource.offer.code]))
            and wanted in (None, resource.resource_id)
            and name in (None, resource.name)
            and not tags
        ):
            if len(page) == limit:
                next_marker = str(page[-1]["id"])
                break
            page.append(_row(inventory, resource, has_recorder=call.account.behavior.has_recorder))
    return {"resources": page, "page_info": {"current_count": len(page), "next_marker": next_marker}}


@partial(Operation, "GET", f"{_PATH}/all-resources/summary", service=CONFIG, policy="rms:resources:summarize")
def collect_all_resources_summary(call: Call) -> RawResponse:
    """Return the number of resources of each provider, type and region."""
    fields, inventory = call.parameters, call.account.inventory
    kinds, regions = fields.repeated("type", max_items=100), fields.repeated("region_id", max_items=10)
    projects = fields.repeated("project_id", max_items=10)
    fields.ignore("name", "ep_id", "tags")
    fields.reject_unknown()
    counts = Counter(
        (*_TYPES[each.offer.code], each.region)
        for each in inventory.by_id
        if _is_recorded(inventory, each)
        and (not kinds or ".".join(_TYPES[each.offer.code]) in kinds)
        and (not regions or each.region in regions)
        and (not projects or each.project_id in projects)
    )
    providers: dict[str, dict[str, list[Payload]]] = {}
    for (provider, kind, region), count in sorted(counts.items()):
        providers.setdefault(provider, {}).setdefault(kind, []).append({"region_id": region, "count": count})
    summary = [
        {"provider": provider, "types": [{"type": kind, "regions": found} for kind, found in types.items()]}
        for provider, types in providers.items()
    ]
    return RawResponse(content=json.dumps(summary).encode())


@partial(Operation, "GET", f"{_PATH}/all-resources/{{resource_id}}", service=CONFIG, policy="rms:resources:get")
def show_resource_detail(call: Call) -> Payload:
    """Return a resource by id."""
    call.parameters.reject_unknown()
    inventory = call.account.inventory
    resource = inventory.resources.get(call.path_params["resource_id"])
    if resource is None or not _is_recorded(inventory, resource):
        raise ServiceError("RMS.00010006", "The resource does not exist.", 404, CONFIG.form)
    return _row(inventory, resource, has_recorder=call.account.behavior.has_recorder)


@partial(Operation, "GET", f"{_PATH}/tracker-config", service=CONFIG, policy="rms:trackerConfig:get")
def show_tracker_config(call: Call) -> Payload:
    """Return the settings of the resource recorder; 404 if it is off."""
    call.parameters.reject_unknown()
    if not call.account.behavior.has_recorder:
        raise ServiceError("RMS.00010506", "The resource recorder is not enabled.", 404, CONFIG.form)
    return {
        "channel": {"obs": {"bucket_name": "config-records", "bucket_prefix": None, "region_id": "cn-north-4"}},
        "selector": {"all_supported": True, "resource_types": []},
        "retention_period_in_days": 2557,
        "agency_name": "rms_tracker_agency",
        "domain_id": DOMAIN_ID,
    }


def _is_recorded(inventory: AccountInventory, resource: Resource) -> bool:
    """Return whether Config has a resource: it knows some types only, and learns late that a resource is gone."""
    gone = inventory.gone_at(resource)
    return resource.offer.code in _TYPES and (gone is None or inventory.now < gone + _LAG)


def _row(inventory: AccountInventory, resource: Resource, *, has_recorder: bool) -> Payload:
    provider, kind = _TYPES[resource.offer.code]
    project = PROJECTS[resource.project_index]
    return {
        "id": resource.resource_id,
        "name": resource.name,
        "provider": provider,
        "type": kind,
        "region_id": resource.region,
        "project_id": resource.project_id,
        "project_name": REGION_PROJECTS[resource.project_id].name,
        "ep_id": project.project_id,
        "ep_name": project.name,
        "checksum": f"{spread(resource.resource_id):08x}" * 8,
        "created": format_timestamp(resource.effective),
        "updated": _updated(inventory, resource, has_recorder=has_recorder),
        "provisioning_state": "Succeeded",
        "state": "Normal",
        "tags": {},
        "properties": dict(_properties(inventory, resource)),
    }


def _updated(inventory: AccountInventory, resource: Resource, *, has_recorder: bool) -> str:
    """Return when Config last saw a resource: some time today, or weeks ago without a recorder; in one of its forms."""
    age = draw(resource, "seen", 20 * HOUR) + (0 if has_recorder else 30 * DAY)
    text = format_timestamp(min(max(resource.effective, inventory.now - age), inventory.now))
    return (text, text.replace("Z", ".340Z"), f"{text[:16]}Z")[draw(resource, "form", 3)]


def _properties(inventory: AccountInventory, resource: Resource) -> Iterator[tuple[str, object]]:
    """Yield properties, which have other names than in the services' own lists."""
    match _TYPES[resource.offer.code]:
        case "ecs", "cloudservers":
            disks = [{"id": disk.disk_id, "device": disk.device} for disk in inventory.disks_of(resource)]
            yield "metadata", {"chargingMode": "1"}
            yield "ExtVolumesAttached", disks
        case "evs", "volumes":
            yield "size", resource.size
            yield "volumeType", resource.spec.code
        case "rds", "instances":
            yield "instanceStatus", "normal"
            yield "payMode", "1"
        case "vpc", "publicips":
            yield "type", "EIP"
