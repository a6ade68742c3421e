"""Traps of the lists of servers, disks, EIPs and bandwidths, as the real services have them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.support.sandbox_caller import UNSUBSCRIBE, Caller, Json
from tests.unit.sandbox.conftest import NOW
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.account_fixtures import HOSTILE, PROJECTS, REGION_PROJECTS, project_id
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.models import Condition
from unsub_tui.sandbox.offers import SERVER

BEIJING = project_id("cn-north-4")
SERVERS, VOLUMES = "/v1/{}/cloudservers/detail", "/v2/{}/cloudvolumes/detail"
SNAPSHOTS = "/v2/{}/cloudsnapshots/detail"
PUBLICIPS, BANDWIDTHS = "/v3/{}/eip/publicips", "/v1/{}/bandwidths"
LISTS = [
    ("ecs", SERVERS, "servers", "ecs:cloudServers:list", (401, "EPS.0003")),
    ("evs", VOLUMES, "volumes", "evs:volumes:list", (403, "EVS.0003")),
    ("evs", SNAPSHOTS, "snapshots", "evs:snapshots:list", (403, "EVS.0003")),
    ("vpc", PUBLICIPS, "publicips", "vpc:publicIps:list", (403, "VPC.2201")),
    ("vpc", BANDWIDTHS, "bandwidths", "vpc:bandwidths:list", (403, "VPC.0010")),
]


async def _read(caller: Caller, service: str, path: str, project: str = BEIJING, **query: Any) -> Json:
    answer = await caller.ask(service, path.format(project), project, **query)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert isinstance(document, dict)
    return document


async def _refused(caller: Caller, service: str, path: str, **query: Any) -> tuple[int, str]:
    answer = await caller.ask(service, path.format(BEIJING), BEIJING, **query)
    document = answer.json()
    error = document.get("error", document)
    return answer.status_code, error.get("code") or error["error_code"]


async def test_a_server_that_is_unknown_has_only_a_fault(caller: Caller) -> None:
    """All ids that are asked for have a row, also those of another project, and other filters are ignored."""
    rows = (await _read(caller, "ecs", SERVERS, limit=1000))["servers"]
    elsewhere = (await _read(caller, "ecs", SERVERS, project_id("cn-east-3")))["servers"][0]
    ids = [rows[0]["id"], "no-such-id", elsewhere["id"]]
    found = (await _read(caller, "ecs", SERVERS, server_id=",".join(ids), status="ERROR"))["servers"]
    assert [each["id"] for each in found] == ids
    assert found[0] == rows[0]
    assert all(set(each) == {"id", "fault"} and each["fault"]["code"] == 404 for each in found[1:])


async def test_a_filter_by_status_returns_more(caller: Caller) -> None:
    """Servers that are being stopped come with those that are."""
    found: list[Json] = []
    for project in REGION_PROJECTS:
        found += (await _read(caller, "ecs", SERVERS, project, status="SHUTOFF"))["servers"]
    assert {"SHUTOFF", "ACTIVE"} == {each["status"] for each in found}
    assert all(each["OS-EXT-STS:task_state"] for each in found if each["status"] == "ACTIVE")


async def test_volumes_by_id(caller: Caller) -> None:
    """Brackets and quotes belong to the value, at most sixty ids; unknown ones are left out silently."""
    rows = (await _read(caller, "evs", VOLUMES))["volumes"]
    ids = [each["id"] for each in rows]
    found = await _read(caller, "evs", VOLUMES, ids=f"['{ids[1]}','no-such-id','{ids[0]}']")
    assert [each["id"] for each in found["volumes"]] == ids[:2]
    assert found["count"] == 2
    assert await _refused(caller, "evs", VOLUMES, ids=",".join(ids[:2])) == (400, "EVS.0004")
    assert await _refused(caller, "evs", VOLUMES, ids=str(["x"] * 61)) == (400, "EVS.0004")


async def test_hidden_fields_of_addresses(caller: Caller) -> None:
    """Tags come only when they are asked for, and then only what is asked for comes; regions write them differently."""
    plain = (await _read(caller, "vpc", PUBLICIPS))["publicips"][0]
    assert not {"tags", "profile", "cascade_delete_by_instance"} & set(plain)
    signs = set()
    for project in REGION_PROJECTS:
        rows = (await _read(caller, "vpc", PUBLICIPS, project, fields=["id", "tags"]))["publicips"]
        assert all(set(each) == {"id", "tags"} for each in rows)
        signs |= {sign for each in rows for tag in each["tags"] for sign in "=*" if sign in tag}
    assert signs == {"=", "*"}
    assert (await _read(caller, "vpc", PUBLICIPS, enterprise_project_id="all_granted_eps"))["publicips"] == []


async def test_markers_of_what_is_gone(caller: Caller) -> None:
    """A row that was deleted between two pages is no marker any more."""
    for service, path, error in (
        ("ecs", SERVERS, (400, "Ecs.0005")),
        ("evs", VOLUMES, (404, "EVS.5404")),
        ("vpc", PUBLICIPS, (404, "VPC.0504")),
        ("vpc", BANDWIDTHS, (404, "VPC.0504")),
    ):
        assert await _refused(caller, service, path, marker="no-such-id") == error


@pytest.mark.parametrize(("service", "path", "name", "policy", "error"), LISTS, ids=[row[1] for row in LISTS])
async def test_permissions_and_enterprise_projects(  # noqa: PLR0917 - the parts of a row of the table
    caller: Caller, service: str, path: str, name: str, policy: str, error: tuple[int, str]
) -> None:
    """Without the permission an error; with grants for two projects, a part of the rows, and no error."""
    whole = (await _read(caller, service, path))[name]
    default, other = PROJECTS[0].project_id, PROJECTS[1].project_id
    caller.sandbox.auth_state.grant_only(default, other)
    part = (await _read(caller, service, path))[name]
    if name in ("snapshots", "publicips"):
        assert 0 <= len(part) < len(whole)
    else:
        granted = (await _read(caller, service, path, enterprise_project_id="all_granted_eps"))[name]
        assert {each["enterprise_project_id"] for each in part} == {default}
        assert {each["enterprise_project_id"] for each in granted} == {default, other}
        assert len(part) < len(granted) < len(whole)
    caller.sandbox.auth_state.deny(policy)
    assert await _refused(caller, service, path) == error


@pytest.mark.parametrize(
    ("service", "path", "limit"),
    [("ecs", SERVERS, 1001), ("evs", VOLUMES, 1001), ("evs", SNAPSHOTS, 1001), ("vpc", PUBLICIPS, 2001)],
)
async def test_largest_pages(caller: Caller, service: str, path: str, limit: int) -> None:
    """One row more than permitted is an error."""
    await _read(caller, service, path, limit=limit - 1)
    assert (await _refused(caller, service, path, limit=limit))[0] == 400


async def test_after_an_unsubscription(caller: Caller) -> None:
    """The server has only a fault, its disks are gone, and what is left of it is unattached and unbound."""
    server = caller.pick(Condition.NORMAL, SERVER, wanted=lambda each: each.project_id == BEIJING)
    before = (await _read(caller, "ecs", SERVERS, server_id=server.resource_id))["servers"][0]
    disk_ids = [each["id"] for each in before["os-extended-volumes:volumes_attached"]]
    await caller.post(UNSUBSCRIBE, resource_ids=[server.resource_id], unsubscribe_type=1)
    caller.sandbox.clock.advance(10)
    (row,) = (await _read(caller, "ecs", SERVERS, server_id=server.resource_id))["servers"]
    assert set(row) == {"id", "fault"}
    quoted = ",".join(f"'{each}'" for each in disk_ids)
    disks = (await _read(caller, "evs", VOLUMES, ids=f"[{quoted}]"))["volumes"]
    attached = {each.resource_id for each in server.attached}
    assert {each["id"] for each in disks} == set(disk_ids) - attached
    assert all(server.resource_id not in {one["server_id"] for one in each["attachments"]} for each in disks)
    addresses = await _read(caller, "vpc", PUBLICIPS, **{"vnic.device_id": server.resource_id})
    assert addresses["publicips"] == []


async def test_hostile_tags() -> None:
    """Only the hostile account has them, and there in tags as in names."""
    for is_hostile in (True, False):
        options = SandboxOptions(resources=200, now=NOW, rate_scale=0, hostile=is_hostile)
        caller = Caller(build_sandbox(options))
        values = set()
        for project in REGION_PROJECTS:
            for row in (await _read(caller, "ecs", SERVERS, project))["servers"]:
                values |= {tag.partition("=")[2] for tag in row["tags"]}
        assert bool(values & set(HOSTILE)) == is_hostile


async def test_times_and_tags_have_the_forms_of_their_services(caller: Caller) -> None:
    """Tags as texts or as an object; times with and without a zone."""
    server = (await _read(caller, "ecs", SERVERS, limit=1))["servers"][0]
    assert server["updated"].endswith("Z")
    assert not server["OS-SRV-USG:launched_at"].endswith("Z")
    disks = (await _read(caller, "evs", VOLUMES))["volumes"]
    assert all(isinstance(each["tags"], dict) for each in disks)
    assert all(not each["created_at"].endswith("Z") for each in disks)
    newest_first = [each["created_at"] for each in disks]
    assert all(newer >= older for newer, older in pairwise(newest_first))
    (bandwidth, *_) = (await _read(caller, "vpc", BANDWIDTHS))["bandwidths"]
    assert "T" in bandwidth["created_at"]
    assert not bandwidth["created_at"].endswith("Z")


async def test_faults_of_pages(caller: Caller) -> None:
    """They change rows and totals of these lists, too, and leave the link to the next page alone."""
    whole = await _read(caller, "evs", VOLUMES, limit=5)
    caller.sandbox.faults = parse_faults([{"operation": "list_volumes", "calls": [1], "action": "short_page"}])
    short = await _read(caller, "evs", VOLUMES, limit=5)
    assert short == {**whole, "volumes": whole["volumes"][:-1]}
    caller.sandbox.faults = parse_faults([{"operation": "list_volumes", "action": "recount", "rows": 3}])
    assert (await _read(caller, "evs", VOLUMES, limit=5))["count"] == whole["count"] + 3
    caller.sandbox.faults = parse_faults([{"operation": "list_volumes", "action": "shift", "rows": 2}])
    moved = await _read(caller, "evs", VOLUMES, limit=5, offset=5)
    caller.sandbox.faults = parse_faults([])
    assert moved["volumes"] == (await _read(caller, "evs", VOLUMES, limit=5, offset=7))["volumes"]
