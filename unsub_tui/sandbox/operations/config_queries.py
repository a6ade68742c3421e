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
from unsub_tui.sandbox.asgi import RawResponse
from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.cloud_services import CONFIG
from unsub_tui.sandbox.estate.account_inventory import AccountInventory
from unsub_tui.sandbox.estate.cloud_resource import (
    CloudResource,
    enterprise_project_id,
    is_yearly_monthly,
    type_code,
)
from unsub_tui.sandbox.estate.draws import draw, spread
from unsub_tui.sandbox.service_errors import ServiceError
from unsub_tui.sandbox.timestamps import DAY, format_timestamp

_MOST_ROWS = 200
_ROWS = 100
_LAG = DAY
"""Time for which a deleted resource is still in Config, in seconds."""
_LATE = 6
"""Of one in so many servers, Config has the state of yesterday."""
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
            and project in (None, enterprise_project_id(resource))
            and kind in (None, ".".join(_TYPES[type_code(resource)]))
            and wanted in (None, resource.resource_id)
            and name in (None, resource.name)
            and _has_tags(inventory, resource, tags)
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
        (*_TYPES[type_code(each)], each.region)
        for each in inventory.by_id
        if _is_recorded(inventory, each)
        and (not kinds or ".".join(_TYPES[type_code(each)]) in kinds)
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
    wanted = call.path_params["resource_id"]
    place = bisect.bisect_left(inventory.by_id, wanted, key=lambda each: each.resource_id)
    resource = next(itertools.islice(inventory.by_id, place, place + 1), None)
    if resource is None or resource.resource_id != wanted or not _is_recorded(inventory, resource):
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


def _is_recorded(inventory: AccountInventory, resource: CloudResource) -> bool:
    """Return whether Config has a resource: it knows some types only, and learns late that a resource is gone."""
    gone = inventory.gone_at(resource)
    return type_code(resource) in _TYPES and (gone is None or inventory.now < gone + _LAG)


def _tags_of(inventory: AccountInventory, resource: CloudResource) -> Mapping[str, str]:
    project = inventory.estate.project(resource.project_id)
    match ".".join(_TYPES[type_code(resource)]):
        case "ecs.cloudservers":
            return project.server(resource).tags
        case "evs.volumes":
            return project.disk(resource).tags
        case "vpc.publicips":
            return project.address(resource).tags
        case _:
            return project.tags(resource)


def _has_tags(inventory: AccountInventory, resource: CloudResource, wanted: tuple[str, ...]) -> bool:
    """Return whether a resource has all of these tags: `key`, or `key=value`."""
    tags = _tags_of(inventory, resource) if wanted else {}
    return all(
        key in tags and (not has_value or tags[key] == value)
        for key, has_value, value in (text.partition("=") for text in wanted)
    )


def _row(inventory: AccountInventory, resource: CloudResource, *, has_recorder: bool) -> Payload:
    provider, kind = _TYPES[type_code(resource)]
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
        "created": format_timestamp(inventory.created_at(resource)),
        "updated": _updated(inventory, resource, has_recorder=has_recorder),
        "provisioning_state": "Succeeded",
        "state": "Normal",
        "tags": dict(_tags_of(inventory, resource)),
        "properties": dict(_properties(inventory, resource, has_recorder=has_recorder)),
    }


def _updated(inventory: AccountInventory, resource: CloudResource, *, has_recorder: bool) -> str:
    """Return when Config last saw a resource: within a day, or weeks ago without a recorder; in one of its forms."""
    shift = draw(resource, "seen", DAY)
    seen = inventory.now - (inventory.now - shift) % DAY if has_recorder else inventory.epoch - 30 * DAY - shift
    text = format_timestamp(min(max(inventory.created_at(resource), seen), inventory.now))
    return (text, text.replace("Z", ".340Z"), f"{text[:16]}Z")[draw(resource, "form", 3)]


def _properties(
    inventory: AccountInventory, resource: CloudResource, *, has_recorder: bool
) -> Iterator[tuple[str, object]]:
    """Yield properties, which have other names than in the services' own lists; of some servers, an old state."""
    project = inventory.estate.project(resource.project_id)
    charging = {"chargingMode": str(int(is_yearly_monthly(resource)))}
    match ".".join(_TYPES[type_code(resource)]):
        case "ecs.cloudservers":
            facts = project.server(resource)
            is_late = not has_recorder or draw(resource, "late", _LATE) == 0
            is_on = facts.is_running or is_late
            yield "status", "ACTIVE" if is_late else facts.status
            yield "OsExtStsVmState", "active" if is_late else facts.vm_state
            yield "OsExtStsPowerState", 1 if is_on else facts.power_state
            yield "metadata", charging
            yield "locked", facts.is_locked
            yield "ExtVolumesAttached", [{"id": each.disk.resource_id, "device": each.device} for each in facts.disks]
        case "evs.volumes":
            disk = project.disk(resource)
            yield "status", disk.status
            yield "size", resource.size
            yield "volumeType", resource.spec.code
            yield "multiattach", disk.is_shared
            yield (
                "attachments",
                [{"serverId": each.server.resource_id, "device": each.device} for each in disk.attachments],
            )
        case "vpc.publicips":
            address = project.address(resource)
            yield "publicIpAddress", address.ip
            yield "type", "EIP"
            yield "status", address.status
        case "rds.instances":
            yield "instanceStatus", "normal"
            yield "payMode", charging["chargingMode"]
