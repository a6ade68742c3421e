"""Config: all resources of the account, as they were when somebody last looked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from tests.reference_server.inventory import evs, vpc
from tests.reference_server.inventory.estate import Database, Disk, Eip, Estate, Item, Server
from tests.reference_server.inventory.failures import Json, flat
from tests.reference_server.inventory.formats import bare, config_time
from tests.reference_server.inventory.listing import marker_page, wanted_projects
from tests.reference_server.inventory.routes import ServiceCall, route
from tests.reference_server.timestamps import stable_hex

ROOT = "/v1/resource-manager/domains/{domain}"
_POWER = {"ACTIVE": 1, "SHUTOFF": 4}
_QUERY = re.compile(
    r"\s*select\s+(?P<fields>.+?)\s+from\s+resources(?:\s+where\s+(?P<where>.+?))?\s*;?\s*", re.IGNORECASE | re.DOTALL
)
_CONDITION = re.compile(r"([\w.]+)\s*=\s*'([^']*)'")
MOST_QUERY_ROWS = 4000


class _Recorded(NamedTuple):
    """A resource with its type."""

    type: str
    item: Item

    @property
    def id(self) -> str:
        """Its id."""
        return self.item.id


def _recorded(estate: Estate) -> Iterator[_Recorded]:
    """Return what Config knows; of what is not recorded, it knows what it once saw."""
    for type_, items in (
        ("ecs.cloudservers", estate.servers),
        ("evs.volumes", estate.disks),
        ("vpc.publicips", estate.eips),
        ("vpc.bandwidths", estate.bandwidths),
        ("rds.instances", estate.databases),
        ("cbr.vault", estate.vaults),
        ("cce.clusters", estate.clusters),
    ):
        yield from (_Recorded(type_, each) for each in items if each.id not in estate.config.absent)


def _visible(call: ServiceCall, type_: str = "") -> list[_Recorded]:
    projects, hidden, region = wanted_projects(call), call.estate.behavior.hidden, call.one("region_id")
    found = [
        each
        for each in _recorded(call.estate)
        if type_ in {"", each.type}
        and each.id not in hidden
        and (projects is None or each.item.enterprise_project_id in projects)
        and region in {"", vpc.region_of(call.estate, each.item.project_id)}
    ]
    return sorted(found, key=lambda each: stable_hex(f"config {each.id}"))


def _page(call: ServiceCall, found: list[_Recorded], default: int) -> Json:
    page = marker_page(call, found, most=200, default=default)
    return {
        "resources": call.rows(page, lambda each: _row(call.estate, each)),
        "page_info": {"current_count": len(page), "next_marker": call.last_ids[-1] if call.last_ids else None},
    }


@route(
    "rms",
    "list_all_resources",
    f"{ROOT}/all-resources",
    "rms:resources:list",
    "region_id type limit marker id name tags",
    scope="ep_id",
)
def list_all_resources(call: ServiceCall) -> Json:
    """Answer resources of one type, or of all."""
    tags = [each.partition("=") for each in call.many("tags", 5)]
    found = [
        each
        for each in _visible(call, call.one("type"))
        if call.one("id") in {"", each.id}
        and call.one("name") in each.item.name
        and all(
            (dict(each.item.tags).get(key) == value) if equal else key in dict(each.item.tags)
            for key, equal, value in tags
        )
    ]
    return _page(call, found, 100)


@route(
    "rms",
    "list_resources",
    f"{ROOT}/provider/{{provider}}/type/{{type}}/resources",
    "rms:resources:list",
    "region_id limit marker",
    scope="ep_id",
)
def list_resources(call: ServiceCall) -> Json:
    """Answer resources of one type."""
    return _page(call, _visible(call, f"{call.names['provider']}.{call.names['type']}"), 200)


@route(
    "rms",
    "show_resource_relations_detail",
    f"{ROOT}/all-resources/{{id}}/relations",
    "rms:resources:getRelation",
    "direction limit marker",
)
def show_relations(call: ServiceCall) -> Json:
    """Answer the disks and addresses of a server, if the recorder is on."""
    direction, wanted = call.one("direction"), call.names["id"]
    if direction not in {"in", "out"}:
        raise call.refuse("direction is required")
    pairs = [(one.server_id, "isAttachedTo", each.id) for each in call.estate.disks for one in each.attachments]
    pairs += [(each.binding.device_id, "contains", each.id) for each in call.estate.eips if each.binding]
    types = {each.id: each.type for each in _recorded(call.estate)}
    found = [
        {
            "relation_type": relation,
            "from_resource_type": types[source],
            "from_resource_id": source,
            "to_resource_type": types[target],
            "to_resource_id": target,
        }
        for source, relation, target in pairs
        if wanted == (source if direction == "out" else target) and {source, target} <= set(types)
    ]
    found = found if call.estate.config.has_recorder else []
    limit = call.number("limit", 1, 1000, 20)
    return {"relations": found[:limit], "page_info": {"current_count": len(found[:limit]), "next_marker": None}}


@route(
    "rms",
    "collect_all_resources_summary",
    f"{ROOT}/all-resources/summary",
    "rms:resources:list",
    "type region_id project_id",
    scope="ep_id",
)
def summary(call: ServiceCall) -> list[Json]:
    """Answer how many resources there are: by provider, type and region; the answer is a list."""
    types, projects = call.listed("type"), call.listed("project_id")
    counts = Counter(
        (*each.type.split(".", 1), vpc.region_of(call.estate, each.item.project_id))
        for each in _visible(call)
        if (not types or each.type in types) and (not projects or each.item.project_id in projects)
    )
    providers: dict[str, dict[str, list[Json]]] = {}
    for (provider, type_, region), count in sorted(counts.items()):
        regions = providers.setdefault(provider, {}).setdefault(type_, [])
        regions.append({"region_id": region, "count": count})
    return [
        {"provider": provider, "types": [{"type": key, "regions": regions} for key, regions in types.items()]}
        for provider, types in providers.items()
    ]


@route("rms", "run_query", f"{ROOT}/run-query", "rms:resources:runQuery", method="POST")
def run_query(call: ServiceCall) -> Json:
    """Answer a query that compares fields with texts, and only its first rows."""
    expression = call.body.get("expression")
    found = _QUERY.fullmatch(expression) if isinstance(expression, str) and len(expression) <= 4096 else None
    if not found:
        raise flat(400, "RMS.00010205", "invalid expression")
    fields = [each.strip() for each in found["fields"].split(",")]
    conditions = []
    for each in re.split(r"\s+and\s+", found["where"] or "", flags=re.IGNORECASE):
        condition = _CONDITION.fullmatch(each.strip())
        if each.strip() and not condition:
            raise flat(400, "RMS.00010205", f"not simulated: {each}")
        if condition:
            conditions.append((condition[1], condition[2]))
    rows = [_row(call.estate, each) for each in _visible(call)]
    rows = [each for each in rows if all(_field(each, key) == value for key, value in conditions)]
    results = [each if fields == ["*"] else {key: _field(each, key) for key in fields} for each in rows]
    return {"query_info": {"select_fields": fields}, "results": results[:MOST_QUERY_ROWS]}


def _field(row: Json, path: str) -> object:
    found: object = row
    for each in path.split("."):
        found = found.get(each) if isinstance(found, dict) else None
    return found


@route("rms", "show_tracker_config", f"{ROOT}/tracker-config", "rms:trackerConfig:get")
def show_tracker_config(call: ServiceCall) -> Json:
    """Answer what the recorder keeps fresh; without a recorder there is nothing to show."""
    config = call.estate.config
    if not config.has_recorder:
        raise flat(404, "RMS.00010304", "tracker config not found")
    return {
        "channel": {"obs": {"bucket_name": "config", "region_id": "region"}},
        "selector": {"all_supported": not config.recorded_types, "resource_types": list(config.recorded_types)},
        "retention_period_in_days": 2557,
        "agency_name": "rms_tracker_agency",
        "domain_id": call.names["domain"],
    }


def _row(estate: Estate, recorded: _Recorded) -> Json:
    item, (provider, _, type_) = recorded.item, recorded.type.partition(".")
    properties = _properties(estate, item) | dict(dict(estate.config.changed).get(item.id, ()))
    project = next((each for each in estate.projects if each.id == item.project_id), None)
    return {
        "id": item.id,
        "name": item.address if isinstance(item, Eip) else item.name,
        "provider": provider,
        "type": type_,
        "region_id": project.region if project else "",
        "project_id": item.project_id,
        "project_name": project.name if project else "",
        "ep_id": item.enterprise_project_id,
        "ep_name": "default" if item.enterprise_project_id == "0" else "other",
        "checksum": stable_hex(repr(properties), 64),
        "created": config_time(item.created, f"created {item.id}"),
        "updated": config_time(estate.config.as_of, f"updated {item.id}"),
        "provisioning_state": "Succeeded",
        "state": "Normal",
        "tags": dict(item.tags),
        "properties": properties,
    }


def _properties(estate: Estate, item: Item) -> Json:
    if isinstance(item, Server):
        disks = [(each.id, one) for each in estate.disks for one in each.attachments if one.server_id == item.id]
        return {
            "status": item.status,
            "OsExtStsVmState": "stopped" if item.status == "SHUTOFF" else "active",
            "OsExtStsPowerState": _POWER.get(item.status, 0),
            "ExtVolumesAttached": [
                {"id": key, "device": one.device, "bootIndex": "0" if one.is_system else None} for key, one in disks
            ],
            "metadata": {"chargingMode": "1" if item.order_id else "0"},
            "locked": item.is_locked,
        }
    if isinstance(item, Disk):
        return {
            "status": evs.status(item),
            "size": item.size,
            "multiattach": item.is_shared,
            "attachments": [
                {
                    "serverId": each.server_id,
                    "device": each.device,
                    "volumeId": item.id,
                    "attachedAt": bare(each.attached),
                }
                for each in item.attachments
            ],
        }
    if isinstance(item, Eip):
        return {"publicIpAddress": item.address, "type": "EIP", "status": vpc.status(item), "ipVersion": 4}
    if isinstance(item, Database):
        state = {"ACTIVE": "normal", "SHUTDOWN": "stopped"}.get(item.status, "abnormal")
        mode = "1" if item.order_id else "0"
        return {"instanceStatus": state, "engineName": item.engine.lower(), "payMode": mode}
    return {}
