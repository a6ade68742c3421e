"""Databases and clusters of the sandbox: backups after an unsubscription, replicas, recycle bin, nodes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.sandbox_caller import UNSUBSCRIBE, Caller, Json
from tests.unit.sandbox.conftest import NOW, MakeCaller
from unsub_tui.sandbox import SandboxOptions, build_sandbox, offers
from unsub_tui.sandbox.account_fixtures import REGION_PROJECTS, project_id
from unsub_tui.sandbox.estate.database_instances import instances_of
from unsub_tui.sandbox.models import Condition, Resource
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.timestamps import DAY

BEIJING = project_id("cn-north-4")
CLUSTERS = "/api/v3/projects/{}/clusters"


async def test_only_manual_backups_outlive_a_database(caller: Caller) -> None:
    """Automatic backups are deleted with the instance, manual ones stay; the bin keeps the instance for some days."""
    for database in caller.sandbox.account.resources.list_all():
        if database.offer.code != offers.DATABASE.code or database.condition is not Condition.NORMAL:
            continue
        before = await _backups(caller, database)
        if {"auto", "manual"} <= {each["type"] for each in before}:
            break
    await _unsubscribe(caller, database)
    assert await _backups(caller, database) == [each for each in before if each["type"] == "manual"]
    project = database.project_id
    instances = (await _get(caller, f"/v3/{project}/instances", project, id=database.resource_id))["instances"]
    assert not instances
    kept = await _get(caller, f"/v3/{project}/recycle-instances", project, offset=0, limit=50)
    assert database.resource_id in {each["id"] for each in kept["instances"]}
    caller.sandbox.clock.advance(8 * DAY)
    kept = await _get(caller, f"/v3/{project}/recycle-instances", project, offset=0, limit=50)
    assert kept == {"instances": [], "total_count": 0}


async def test_pay_per_use_replicas_go_with_their_primary(make_caller: MakeCaller) -> None:
    """They have no row in billing; other pay-per-use instances stay."""
    caller = make_caller(resources=1000)
    primary = next(
        each
        for each in caller.sandbox.account.resources.list_all()
        if each.offer is offers.DATABASE
        and each.condition is Condition.NORMAL
        and len(list(instances_of(each, caller.sandbox.account.resources))) == 3
    )
    created = list(instances_of(primary, caller.sandbox.account.resources))
    replica = next(each for each in created if each.is_replica)
    other = next(each for each in created if each.is_independent)
    assert (await _instance(caller, primary.project_id, replica.instance_id))["charge_info"][
        "charge_mode"
    ] == "postPaid"
    await _unsubscribe(caller, primary)
    path = f"/v3/{primary.project_id}/instances"
    assert not (await _get(caller, path, primary.project_id, id=replica.instance_id))["instances"]
    assert await _instance(caller, primary.project_id, other.instance_id)
    kept = await _get(caller, f"/v3/{primary.project_id}/recycle-instances", primary.project_id, offset=0, limit=50)
    assert {each["id"] for each in kept["instances"]} == {primary.resource_id}


async def test_licenses_and_replicas_belong_to_instances_of_billing() -> None:
    """A license has the id of its instance; a replica names its primary, which may be selected or not."""
    sandbox = build_sandbox(SandboxOptions(resources=1000, now=NOW, rate_scale=0, databases=True))
    caller = Caller(sandbox)
    resources = sandbox.account.resources.list_all()
    licenses = [each for each in resources if each.offer.code == offers.LICENSE.code]
    replicas = [each for each in resources if each.spec in offers.READ_REPLICA.specs]
    assert licenses
    assert replicas
    for row in licenses:
        instance = await _instance(caller, row.project_id, row.resource_id.removesuffix(".marketimage"))
        assert instance["datastore"]["type"] == "SQLServer"
    for row in replicas:
        replica = await _instance(caller, row.project_id, row.resource_id)
        (related,) = replica["related_instance"]
        assert related["type"] == "replica_of"
        primary = await _instance(caller, row.project_id, related["id"])
        assert {"id": row.resource_id, "type": "replica"} in primary["related_instance"]
    await _unsubscribe(caller, replicas[0])
    primary = await _instance(caller, replicas[0].project_id, _primary_of(sandbox, replicas[0]).resource_id)
    assert replicas[0].resource_id not in {each["id"] for each in primary["related_instance"]}


@pytest.mark.parametrize(("path", "query"), [("instances", {"limit": 200}), ("recycle-instances", {})])
async def test_limits_of_database_lists(caller: Caller, path: str, query: Json) -> None:
    """A page holds at most 100 instances, and the recycle bin has no defaults."""
    answer = await caller.ask("rds", f"/v3/{BEIJING}/{path}", BEIJING, **query)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "DBS.280001")


async def test_an_unknown_instance_has_no_backups(caller: Caller) -> None:
    """The answer is an error with the code of a missing instance."""
    answer = await caller.ask("rds", f"/v3/{BEIJING}/backups", BEIJING, instance_id="0" * 32 + "in01")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "DBS.280343")


async def test_a_node_stays_when_its_server_is_unsubscribed_from(make_caller: MakeCaller) -> None:
    """The node object remains in the cluster, broken; the cluster takes its nodes along."""
    caller = make_caller(resources=1000)
    account = caller.sandbox.account
    account.now()
    inventory = account.inventory

    def has_running_node(cluster: Resource) -> bool:
        nodes = inventory.nodes.get(cluster.resource_id, ())
        return any(each.condition is Condition.NORMAL for each in nodes)

    cluster = caller.pick(offer=offers.CLUSTER, wanted=has_running_node)
    server = next(each for each in inventory.nodes[cluster.resource_id] if each.condition is Condition.NORMAL)
    assert (await _nodes(caller, cluster))[server.resource_id] == "Active"
    await _unsubscribe(caller, server)
    assert (await _nodes(caller, cluster))[server.resource_id] == "Abnormal"
    await _unsubscribe(caller, cluster)
    path = f"{CLUSTERS.format(cluster.project_id)}/{cluster.resource_id}/nodes"
    answer = await caller.ask("cce", path, cluster.project_id)
    assert (answer.status_code, answer.json()["errorCode"]) == (404, "CCE.01404001")


async def test_every_cluster_of_an_ordinary_account_is_in_its_project(caller: Caller) -> None:
    """Some are protected from deletion, some not, some rows do not say it; some clusters have nodes."""
    protections = set()
    count = 0
    for project in REGION_PROJECTS:
        answer = await caller.ask("cce", CLUSTERS.format(project), project, detail="true")
        for cluster in answer.json()["items"]:
            protections.add(cluster["spec"].get("deletionProtection"))
            count += int(cluster["metadata"]["annotations"]["totalNodesNumber"])
    assert protections == {True, False, None}
    assert count


def _primary_of(sandbox: Sandbox, replica: Resource) -> Resource:
    return sandbox.account.resources.in_purchase(replica.purchase_number)[0]


async def _nodes(caller: Caller, cluster: Resource) -> dict[str, str]:
    """Return the phases of a cluster's nodes by server."""
    path = f"{CLUSTERS.format(cluster.project_id)}/{cluster.resource_id}/nodes"
    rows = (await caller.ask("cce", path, cluster.project_id)).json()["items"]
    return {each["status"]["serverId"]: each["status"]["phase"] for each in rows}


async def _backups(caller: Caller, database: Resource) -> list[Json]:
    path = f"/v3/{database.project_id}/backups"
    payload = await _get(caller, path, database.project_id, instance_id=database.resource_id)
    return [each for each in payload["backups"] if each["type"] != "incremental"]


async def _instance(caller: Caller, project: str, instance_id: str) -> Json:
    (found,) = (await _get(caller, f"/v3/{project}/instances", project, id=instance_id))["instances"]
    assert isinstance(found, dict)
    return found


async def _get(caller: Caller, path: str, project: str, **query: Any) -> Json:
    answer = await caller.ask("rds", path, project, **query)
    assert answer.status_code == 200, answer.text
    payload = answer.json()
    assert isinstance(payload, dict)
    return payload


async def _unsubscribe(caller: Caller, resource: Resource) -> None:
    body = {"resource_ids": [resource.resource_id], "unsubscribe_type": 1, "unsubscribe_reason_type": 2}
    assert (await caller.post(UNSUBSCRIBE, **body))["order_ids"]
    caller.sandbox.clock.advance(10)
