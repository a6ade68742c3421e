"""The services agree with each other, before unsubscriptions and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.sandbox_caller import UNSUBSCRIBE, Caller, Json
from tests.unit.sandbox.conftest import NOW
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.account_fixtures import DOMAIN_ID, REGION_PROJECTS
from unsub_tui.sandbox.models import Condition, Resource
from unsub_tui.sandbox.offers import ADDRESS, CLUSTER, DATABASE, DISK, SERVER, VAULT

LISTS: dict[str, tuple[str, str, Json]] = {
    "servers": ("ecs", "/v1/{}/cloudservers/detail", {"limit": 1000}),
    "volumes": ("evs", "/v2/{}/cloudvolumes/detail", {"limit": 1000}),
    "publicips": ("vpc", "/v3/{}/eip/publicips", {}),
    "instances": ("rds", "/v3/{}/instances", {}),
    "items": ("cce", "/api/v3/projects/{}/clusters", {}),
    "vaults": ("cbr", "/v3/{}/vaults", {}),
    "backups": ("cbr", "/v3/{}/backups", {"own_type": "all_granted"}),
}
"""Service, path and query of the lists, by the name of their rows."""

Account = dict[str, list[Json]]


@pytest.mark.parametrize("unsubscribed", [0, 60])
async def test_services_agree(unsubscribed: int) -> None:
    """Ids in one list are in the other, with the state that the other says."""
    sandbox = build_sandbox(SandboxOptions(resources=1500, now=NOW, rate_scale=0, databases=True))
    caller = Caller(sandbox)
    for resource in _some(sandbox.account.resources.list_all(), unsubscribed):
        body = {"resource_ids": [resource.resource_id], "unsubscribe_type": 1, "unsubscribe_reason_type": 2}
        assert (await caller.post(UNSUBSCRIBE, **body))["order_ids"]
    sandbox.clock.advance(3600)
    account = await _read(caller)
    _check_backups(caller, account)
    _check_nodes(account, await _nodes(caller, account["items"]))
    _check_addresses(account)
    _check_records(account, await _recorded(caller))


def _check_backups(caller: Caller, account: Account) -> None:
    """Backups lie in vaults to which their resource is bound; what is bound or inside exists, or was unsubscribed."""
    servers, volumes, vaults = (_by_id(account[name]) for name in ("servers", "volumes", "vaults"))
    bound = {key: {each["id"] for each in vault["resources"]} for key, vault in vaults.items()}
    for each in set().union(*bound.values()) - servers.keys() - volumes.keys():
        assert _is_gone(caller, each)
    for backup in account["backups"]:
        is_own = backup["project_id"] in REGION_PROJECTS
        assert (backup["vault_id"] in vaults) == is_own
        assert not is_own or backup["resource_id"] in bound[backup["vault_id"]]
        inside = {child["resource_id"] for child in backup["children"]}
        assert all(_is_gone(caller, each) for each in inside - volumes.keys())


def _check_nodes(account: Account, nodes: dict[str, dict[str, str]]) -> None:
    """The servers of nodes have the tag of their cluster, and a node is healthy while its server runs."""
    servers = _by_id(account["servers"])
    tagged = {key: dict(_tags(each)).get("CCE-Cluster-ID") for key, each in servers.items()}
    assert {key: cluster for key, cluster in tagged.items() if cluster} == {
        key: cluster for cluster, phases in nodes.items() for key in phases if key in servers
    }
    for phases in nodes.values():
        for server_id, phase in phases.items():
            is_up = server_id in servers and servers[server_id]["OS-EXT-STS:power_state"] == 1
            assert (phase == "Active") == is_up


def _check_addresses(account: Account) -> None:
    """An EIP of a database stands in both rows."""
    at_databases = {
        (each["vnic"]["instance_id"], each["public_ip_address"])
        for each in account["publicips"]
        if (each["vnic"] or {}).get("instance_type") == "RDS"
    }
    assert {(each["id"], address) for each in account["instances"] for address in each["public_ips"]} == at_databases


def _check_records(account: Account, recorded: dict[str, Json]) -> None:
    """Config has all that the services have, with the same state or the one of yesterday."""
    for kind, name in (("cloudservers", "servers"), ("volumes", "volumes"), ("publicips", "publicips")):
        assert {key for key, each in recorded.items() if each["type"] == kind} >= _by_id(account[name]).keys()
    for each in account["servers"]:
        assert recorded[each["id"]]["properties"]["status"] in (each["status"], "ACTIVE")


def _some(resources: tuple[Resource, ...], count: int) -> Iterator[Resource]:
    """Yield primary resources of all kinds that can be unsubscribed from."""
    offers = (SERVER, DISK, ADDRESS, DATABASE, CLUSTER, VAULT)
    for offer in offers:
        found = [
            each
            for each in resources
            if each.offer is offer and each.parent is None and each.condition is Condition.NORMAL
        ]
        yield from found[: count // len(offers)]


async def _read(caller: Caller) -> Account:
    found: Account = {}
    for name, (service, path, query) in LISTS.items():
        for project in REGION_PROJECTS:
            answer = await caller.ask(service, path.format(project), project, **query)
            assert answer.status_code == 200, answer.text
            found.setdefault(name, []).extend(answer.json()[name])
    return found


async def _nodes(caller: Caller, clusters: list[Json]) -> dict[str, dict[str, str]]:
    """Return the phases of nodes by their servers, by the id of the cluster."""
    found = {}
    projects = {each.resource_id: each.project_id for each in caller.sandbox.account.resources.list_all()}
    for cluster in clusters:
        key = cluster["metadata"]["uid"]
        path = f"/api/v3/projects/{projects[key]}/clusters/{key}/nodes"
        rows = (await caller.ask("cce", path, projects[key])).json()["items"]
        found[key] = {each["status"]["serverId"]: each["status"]["phase"] for each in rows}
    return found


async def _recorded(caller: Caller) -> dict[str, Json]:
    found: dict[str, Json] = {}
    marker: dict[str, Any] = {}
    while True:
        path = f"/v1/resource-manager/domains/{DOMAIN_ID}/all-resources"
        payload = (await caller.ask("rms", path, "", limit=200, **marker)).json()
        found |= _by_id(payload["resources"])
        if payload["page_info"]["next_marker"] is None:
            return found
        marker = {"marker": payload["page_info"]["next_marker"]}


def _by_id(rows: list[Json]) -> dict[str, Json]:
    return {each["id"]: each for each in rows}


def _is_gone(caller: Caller, resource_id: str) -> bool:
    resource = caller.sandbox.account.resources.get(resource_id)
    return resource is not None and caller.sandbox.account.inventory.gone_at(resource) is not None


def _tags(server: Json) -> Iterator[tuple[str, str]]:
    for text in server["tags"]:
        key, _, value = text.partition("=")
        yield key, value
