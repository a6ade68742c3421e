"""The services beside billing: their applications, signatures, permissions and regions."""

from __future__ import annotations

import httpx
import pytest

from tests.support.sandbox_caller import Caller
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.account_fixtures import DOMAIN_ID, REGION_PROJECTS, REGIONS, SUB_PROJECTS, project_id
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.operations import all_operations
from unsub_tui.sandbox.server import BackgroundServer

BIN = "/v1/{}/recycle-bin"
POLICY = "/v3/{}/recycle-bin-volumes/policy"
BEIJING = project_id("cn-north-4")


def test_names_are_unique() -> None:
    """Fault rules and permissions name operations: a name means one of them."""
    names = [operation.name for operation in all_operations()]
    assert len(names) == len(set(names))


def test_each_service_has_its_endpoint(caller: Caller) -> None:
    """Services may have the same paths, so each has a port; no port serves the operations of another."""
    with BackgroundServer(caller.sandbox) as server:
        assert set(server.service_endpoints) == {"ecs", "evs", "vpc", "rds", "cce", "cbr", "ces", "rms"}
        assert len({server.endpoint, *server.service_endpoints.values()}) == 9
        path = BIN.format(BEIJING)
        assert httpx.get(server.service_endpoints["ecs"] + path).json()["error_code"] == "APIGW.0301"
        assert httpx.get(server.service_endpoints["evs"] + path).json()["error_code"] == "APIGW.0101"
        assert httpx.get(server.endpoint + path).json()["error_code"] == "APIGW.0101"


async def test_a_call_is_signed_for_its_project(caller: Caller) -> None:
    """The header must be signed, and name the project of the path, which must be ours."""
    path = BIN.format(BEIJING)
    answer = await caller.send("GET", path, service="ecs", headers={"x-project-id": BEIJING})
    assert (answer.status_code, answer.json()["error_code"]) == (401, "APIGW.0301")
    for asked, named in ((BEIJING, project_id("cn-south-1")), ("0" * 32, "0" * 32)):
        answer = await caller.ask("ecs", BIN.format(asked), asked, named=named)
        assert (answer.status_code, answer.json()["error_code"]) == (401, "APIGW.0301")
    assert (await caller.ask("ecs", path, BEIJING)).json()["switch"] == "on"


async def test_missing_permissions(caller: Caller) -> None:
    """Permissions are taken away one by one, and each service says so in its own form."""
    caller.sandbox.auth_state.deny("ecs:recycleBin:get", "show_recycle_policy")
    answer = await caller.ask("ecs", BIN.format(BEIJING), BEIJING)
    assert answer.status_code == 401
    assert answer.json() == {"error": {"code": "EPS.0003", "message": "policy doesn't allow ecs:recycleBin:get"}}
    answer = await caller.ask("evs", POLICY.format(BEIJING), BEIJING)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "EVS.0003")
    caller.sandbox.auth_state.deny()
    assert (await caller.ask("evs", POLICY.format(BEIJING), BEIJING)).status_code == 200


async def test_an_operation_may_be_missing_in_a_region(caller: Caller) -> None:
    """As the real gateway says it: the operation does not exist there."""
    caller.sandbox.unpublish("show_recycle_bin", "cn-north-4")
    answer = await caller.ask("ecs", BIN.format(BEIJING), BEIJING)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "APIGW.0101")
    elsewhere = project_id("cn-east-3")
    assert (await caller.ask("ecs", BIN.format(elsewhere), elsewhere)).status_code == 200
    caller.sandbox.unpublish("show_recycle_bin")
    assert (await caller.ask("ecs", BIN.format(elsewhere), elsewhere)).status_code == 404


async def test_faults_and_limits_by_operation(caller: Caller) -> None:
    """An error has the form of its service."""
    caller.sandbox.faults = parse_faults(
        [
            {"operation": "show_recycle_bin", "calls": [1], "action": "error", "error_code": "Ecs.0000"},
            {"operation": "show_recycle_bin", "calls": [2], "action": "throttle"},
        ]
    )
    answers = [await caller.ask("ecs", BIN.format(BEIJING), BEIJING) for _ in range(3)]
    assert [each.status_code for each in answers] == [500, 429, 200]
    assert answers[0].json()["error"]["code"] == "Ecs.0000"
    assert answers[1].json()["error_code"] == "APIGW.0308"


async def test_each_region_has_its_own_limit() -> None:
    """Hosts are independent: a client may ask all regions at once."""
    caller = Caller(build_sandbox(SandboxOptions(resources=20)))
    answers = [await caller.ask("ecs", BIN.format(project), project) for project in REGION_PROJECTS for _ in range(10)]
    assert {each.status_code for each in answers} == {200}
    more = [await caller.ask("ecs", BIN.format(BEIJING), BEIJING) for _ in range(11)]
    assert more[-1].status_code == 429


@pytest.mark.parametrize("region", ["cn-north-4", "cn-south-1", "la-south-2"])
async def test_recycle_bins_differ_by_region(caller: Caller, region: str) -> None:
    """On, off, or not available."""
    project = project_id(region)
    servers = (await caller.ask("ecs", BIN.format(project), project)).json()
    disks = (await caller.ask("evs", POLICY.format(project), project)).json()
    found = servers["switch"], disks.get("switch", disks.get("error", {}).get("code"))
    assert found == {"cn-north-4": ("on", True), "cn-south-1": ("off", False)}.get(region, ("off", "EVS.2106"))


async def test_projects(caller: Caller) -> None:
    """One for each region, and sub-projects; the ids are those in the rows of resources."""
    found = (await caller.get("/v3/projects", page=1, per_page=5000))["projects"]
    assert {each["id"] for each in found} == set(REGION_PROJECTS)
    assert (await caller.get("/v3/auth/projects"))["projects"][0]["id"] == found[0]["id"]
    (beijing,) = (await caller.get("/v3/projects", name="cn-north-4"))["projects"]
    assert (beijing["id"], beijing["parent_id"]) == (BEIJING, DOMAIN_ID)
    below = (await caller.get("/v3/projects", parent_id=BEIJING))["projects"]
    assert [each["name"] for each in below] == ["cn-north-4_research"]
    assert len(found) == len(REGIONS) + len(SUB_PROJECTS)
    rows = await caller.resources()
    projects = {(row["region_code"], row["project_id"]) for row in rows}
    assert {(REGION_PROJECTS[each].region, each) for _, each in projects} == projects
    assert len({each for region, each in projects if region == "cn-north-4"}) == 2
    caller.sandbox.auth_state.deny("iam:projects:listProjects")
    assert await caller.refused("GET", "/v3/projects", {}) == (403, "IAM.0003")
