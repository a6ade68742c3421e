"""The reference server's read-only services, called with nothing but httpx and a signature.

These tests hold the server to the written contract: paging, filters, forms of errors, moments and tags.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.agreement.example_estate import ESTATE, HOME, OTHER
from tests.agreement.inventory_caller import SIGNED, InventoryCaller
from tests.reference_server import ReferenceServer
from tests.reference_server.inventory.behavior import ABSENT, Failure, FieldChange, PageChange
from tests.reference_server.inventory.estate import ConfigView, Metric, Point
from tests.reference_server.inventory.failures import FORMS, REFUSALS, SPOILS

SERVERS, DISKS = "/v1/{project}/cloudservers/detail", "/v2/{project}/cloudvolumes/detail"
EIPS, BANDWIDTHS = "/v3/{project}/eip/publicips", "/v1/{project}/bandwidths"
VAULTS, BACKUPS = "/v3/{project}/vaults", "/v3/{project}/backups"
INSTANCES, CLUSTERS = "/v3/{project}/instances", "/api/v3/projects/{project}/clusters"
RESOURCES, METRICS = "/v1/resource-manager/domains/{domain}/all-resources", "/V1.0/{project}/batch-query-metric-data"


class Caller(InventoryCaller):
    """Calls in the home project unless another is named."""

    def send(self, *args: Any, **options: Any) -> httpx.Response:
        """Send one request."""
        return super().send(*args, **{"project_id": HOME.id, **options})

    def ids(self, service: str, path: str, rows: str, **query: object) -> list[str]:
        """Return the ids that a list answers."""
        return [each["id"] for each in self.read(service, path, query.items())[rows]]


@pytest.fixture
def caller() -> Iterator[Caller]:
    """An account that holds the estate of this module."""
    with ReferenceServer() as vendor, httpx.Client() as http:
        vendor.hold(ESTATE)
        yield Caller(vendor, http)


def test_a_project_is_named_and_signed(caller: Caller) -> None:
    """Without a signed header for the project, or with that of another one, nothing is answered."""
    assert caller.send("ecs", SERVERS).status_code == 200
    for response in (
        caller.send("ecs", SERVERS, signed="content-type;host;x-sdk-date"),
        caller.send("ecs", f"/v1/{OTHER.id}/cloudservers/detail"),
        caller.send("ecs", SERVERS, project_id="f" * 32),
    ):
        assert (response.status_code, response.json()["error_code"]) == (401, "APIGW.0301")
    without = Caller(caller.vendor, caller.http, headers={})
    assert without.send("ecs", SERVERS, signed=SIGNED.removeprefix("content-type;")).status_code == 400
    assert caller.send("rms", RESOURCES).status_code == 200
    assert caller.send("rms", "/v1/resource-manager/domains/other/all-resources").status_code == 401


def test_services_have_ports_of_their_own(caller: Caller) -> None:
    """RDS and CBR have one path for different things; what a service does not have is not published."""
    assert {each["id"] for each in caller.read("cbr", BACKUPS)["backups"]} == {"k1", "k2", "k3"}
    assert [each["id"] for each in caller.read("rds", BACKUPS, [("instance_id", "r1in01")])["backups"]] == ["x1", "x2"]
    response = caller.send("ecs", "/v9/nothing")
    assert (response.status_code, response.json()["error_code"]) == (404, "APIGW.0101")
    assert len(set(caller.vendor.service_endpoints.values())) == 8


def test_servers(caller: Caller) -> None:
    """Charging mode, disks with texts for truth values, tags as texts, times with and without a zone."""
    rows = {each["id"]: each for each in caller.read("ecs", SERVERS)["servers"]}
    assert set(rows) == {"s1", "s2", "s3"}
    server = rows["s1"]
    assert (server["metadata"]["charging_mode"], server["metadata"]["metering.order_id"]) == ("1", "CS1")
    disks = {each["id"]: each for each in server["os-extended-volumes:volumes_attached"]}
    assert (disks["d1"]["bootIndex"], disks["d1"]["delete_on_termination"]) == ("0", "false")
    assert disks["d2"]["delete_on_termination"] == "true"
    assert server["tags"] == ["team=web", "keep"]
    assert server["created"] == "2025-05-04T03:02:01Z"
    assert server["OS-SRV-USG:launched_at"] == "2025-05-04T03:02:01.123456"
    floating = [one for each in server["addresses"].values() for one in each if one["OS-EXT-IPS:type"] == "floating"]
    assert [each["addr"] for each in floating] == ["203.0.113.7"]
    assert [each["id"] for each in rows["s2"]["os-extended-volumes:volumes_attached"]] == ["d2", "local"]


def test_pages_of_servers(caller: Caller) -> None:
    """By marker, or by the number of the page; the number of servers is that of all."""
    first = caller.read("ecs", SERVERS, [("limit", 2)])
    assert (first["count"], [each["id"] for each in first["servers"]]) == (3, ["s3", "s2"])
    assert caller.ids("ecs", SERVERS, "servers", limit=2, marker="s2") == ["s1"]
    assert caller.ids("ecs", SERVERS, "servers", limit=2, offset=2) == ["s1"]
    assert caller.send("ecs", SERVERS, [("limit", 1001)]).status_code == 400
    assert set(caller.ids("ecs", SERVERS, "servers", status="ACTIVE")) == {"s1", "s3"}


def test_servers_by_id(caller: Caller) -> None:
    """Other filters do not count; an unknown one comes back with its fault alone."""
    rows = caller.read("ecs", SERVERS, [("server_id", "s1,unknown"), ("status", "SHUTOFF")])["servers"]
    assert [each["id"] for each in rows] == ["s1", "unknown"]
    assert set(rows[1]) == {"id", "fault"}


def test_disks(caller: Caller) -> None:
    """The order tells yearly/monthly from pay-per-use; unknown ids are passed over."""
    rows = {each["id"]: each for each in caller.read("evs", DISKS, [("ids", "['d1', 'd2','unknown']")])["volumes"]}
    assert set(rows) == {"d1", "d2"}
    assert (rows["d1"]["metadata"], rows["d2"]["metadata"]) == ({"orderID": "CS1"}, {})
    assert (rows["d1"]["bootable"], rows["d1"]["status"]) == ("true", "in-use")
    assert [each["server_id"] for each in rows["d2"]["attachments"]] == ["s1", "s2"]
    assert (rows["d2"]["multiattach"], rows["d2"]["tags"]) == (True, {"k": "v"})
    assert rows["d1"]["created_at"] == "2025-05-04T03:02:01.123456"
    assert caller.read("evs", DISKS, [("status", "available")])["volumes"][0]["id"] == "d3"
    assert caller.send("evs", DISKS, [("ids", "d1,d2")]).status_code == 400
    page = caller.read("evs", DISKS, [("limit", 2)])
    assert page["volumes_links"][0]["rel"] == "next"
    assert caller.ids("evs", DISKS, "volumes", limit=2, offset=1) == ["d2", "d1"]


def test_addresses_hide_their_tags(caller: Caller) -> None:
    """Unless these are asked for, and then nothing else is answered."""
    [row] = caller.read("vpc", EIPS, [("vnic.device_id", "s1"), ("vnic.device_id", "s2")])["publicips"]
    assert (row["id"], row["status"], row["associate_instance_type"]) == ("e1", "ACTIVE", "PORT")
    assert not row["billing_info"]
    assert "tags" not in row
    [row] = caller.read("vpc", EIPS, [("id", "e1"), ("fields", "id"), ("fields", "tags")])["publicips"]
    assert set(row) == {"id", "tags"}
    page = caller.read("vpc", EIPS, [("limit", 1)])
    assert (page["total_count"], page["page_info"]["next_marker"]) == (2, "e2")
    last = caller.read("vpc", EIPS, [("limit", 1), ("marker", "e2")])
    assert (last["publicips"][0]["id"], last["page_info"]["next_marker"]) == ("e1", None)
    [shared] = caller.read("vpc", BANDWIDTHS, [("share_type", "WHOLE")])["bandwidths"]
    assert shared["billing_info"] == f"CS2:OFFI1:cn-north-4:{HOME.id}"
    assert [each["publicip_id"] for each in shared["publicip_info"]] == ["e2"]


def test_the_resource_of_a_marker_is_deleted(caller: Caller) -> None:
    """Between two pages, so that VPC does not find it."""
    estate = ESTATE.behaving(page_changes=(PageChange(operation="vpc.list_publicips", removes_marker=True),))
    caller.vendor.inventory.hold(estate)
    marker = caller.read("vpc", EIPS, [("limit", 1)])["page_info"]["next_marker"]
    assert caller.send("vpc", EIPS, [("limit", 1), ("marker", marker)]).status_code == 404
    assert caller.ids("vpc", EIPS, "publicips") == ["e1"]


def test_a_server_arrives_between_two_pages(caller: Caller) -> None:
    """Pages by offset then show one twice."""
    change = PageChange(operation="ecs.list_servers_details", adds=frozenset({"s3"}))
    caller.vendor.inventory.hold(ESTATE.behaving(page_changes=(change,)))
    assert caller.ids("ecs", SERVERS, "servers", limit=1, offset=1) == ["s2"]
    assert caller.ids("ecs", SERVERS, "servers", limit=1, offset=2) == ["s2"]


def test_backups(caller: Caller) -> None:
    """Disks inside are children, or found by their parent; copies, shared and foreign ones only if asked for."""
    rows = {each["id"]: each for each in caller.read("cbr", BACKUPS)["backups"]}
    assert [each["resource_id"] for each in rows["k1"]["children"]] == ["d1"]
    assert rows["k2"]["children"] == []
    assert (rows["k1"]["expired_at"], rows["k2"]["expired_at"]) == (None, "2025-05-13T03:02:01.123456")
    assert "replication_records" not in rows["k1"]
    inside = caller.read("cbr", BACKUPS, [("parent_id", "k2")])["backups"]
    assert [(each["resource_id"], each["parent_id"]) for each in inside] == [("d1", "k2")]
    assert caller.ids("cbr", BACKUPS, "backups", resource_id="s1", sort="created_at:desc", limit=1) == ["k2"]
    assert caller.ids("cbr", BACKUPS, "backups", resource_id="d1") == []
    assert caller.ids("cbr", BACKUPS, "backups", own_type="shared") == ["k4"]
    everything = caller.read("cbr", BACKUPS, [("own_type", "all_granted"), ("show_replication", "true")])
    assert everything["count"] == 4
    records = {each["id"]: each["replication_records"] for each in everything["backups"]}
    assert [each["destination_region"] for each in records["k1"]] == ["cn-east-3"]
    checkpoint = caller.read("cbr", f"/v3/{{project}}/checkpoints/{rows['k1']['checkpoint_id']}")["checkpoint"]
    assert [each["id"] for each in checkpoint["vault"]["skipped_resources"]] == ["d2"]
    usage = caller.read("cbr", "/v3/{project}/storage_usage")["storage_usage"]
    assert {each["resource_id"]: each["backup_count"] for each in usage} == {"s1": 2, "d3": 2}


def test_vaults(caller: Caller) -> None:
    """Found by what they protect; they tell what a server's backups leave out."""
    [row] = caller.read("cbr", VAULTS, [("resource_ids", "s1,unknown")])["vaults"]
    assert (row["id"], row["billing"]["charging_mode"], row["billing"]["order_id"]) == ("v1", "pre_paid", "CS3")
    assert row["resources"][0]["extra_info"] == {"exclude_volumes": ["d2"]}
    [row] = caller.read("cbr", VAULTS, [("id", "v2")])["vaults"]
    assert (row["billing"]["status"], row["billing"]["frozen_scene"]) == ("frozen", "ARREAR")


def test_databases(caller: Caller) -> None:
    """Pages of at most a hundred; replicas and primaries name each other; times have an offset without a colon."""
    rows = {each["id"]: each for each in caller.read("rds", INSTANCES)["instances"]}
    assert rows["r1in01"]["related_instance"] == [{"id": "r2in01", "type": "replica"}]
    assert rows["r2in01"]["related_instance"] == [{"id": "r1in01", "type": "replica_of"}]
    assert (rows["r1in01"]["charge_info"]["charge_mode"], rows["r2in01"]["charge_info"]["charge_mode"]) == (
        "prePaid",
        "postPaid",
    )
    assert {each["created"] for each in rows.values()} <= {"2025-05-04T03:02:01+0000", "2025-05-04T11:02:01+0800"}
    assert caller.send("rds", INSTANCES, [("limit", 200)]).status_code == 400
    assert caller.ids("rds", INSTANCES, "instances", id="*r3") == ["r3in01"]
    assert caller.read("rds", BACKUPS, [("instance_id", "r3in01")])["total_count"] == 0
    assert caller.send("rds", BACKUPS).status_code == 400
    offsite = caller.read("rds", "/v3/backups/offsite-backup-instance")["offsite_backup_instances"]
    assert [each["id"] for each in offsite] == ["r1in01"]
    assert caller.read("rds", "/v3/{project}/instances/recycle-policy") == {"retention_period_in_days": 3}


def test_clusters(caller: Caller) -> None:
    """Nodes name their servers; there is no next marker behind the last page."""
    [cluster] = caller.read("cce", CLUSTERS, [("detail", "true")])["items"]
    assert cluster["spec"]["deletionProtection"] is True
    assert cluster["metadata"]["annotations"]["totalNodesNumber"] == "3"
    assert cluster["metadata"]["creationTimestamp"] == "2025-05-04 03:02:01.123456406 +0000 UTC"
    first = caller.read("cce", f"{CLUSTERS}/c1/nodes", [("limit", 2)])
    assert first["pageInfo"] == {"currentCount": 2, "nextMarker": "n1"}
    last = caller.read("cce", f"{CLUSTERS}/c1/nodes", [("limit", 2), ("marker", "n1")])
    assert (last["pageInfo"], last["items"][0]["status"]["serverId"]) == ({"currentCount": 1}, "s1")


def test_recycle_bins(caller: Caller) -> None:
    """Of servers there is a policy; that of disks is not available."""
    assert caller.read("ecs", "/v1/{project}/recycle-bin")["switch"] == "on"
    response = caller.send("evs", "/v3/{project}/recycle-bin-volumes/policy")
    assert (response.status_code, response.json()["error"]["code"]) == (403, "EVS.2106")


def test_metrics_and_their_limits(caller: Caller) -> None:
    """Days as asked; too many points move the start, and nobody is told; decimals are cut."""
    day = datetime(2026, 5, 1, tzinfo=UTC)
    days = [day + timedelta(days=number) for number in range(40) if number != 7]
    points = tuple(Point(at=each, highest=1.239, average=0.004) for each in days)
    metric = Metric(
        project_id=HOME.id,
        namespace="SYS.ECS",
        name="cpu_util",
        dimensions=(("instance_id", "s1"),),
        points=points,
    )
    caller.vendor.inventory.hold(ESTATE.replace(metrics=(metric,)))
    wanted = {
        "namespace": "SYS.ECS",
        "metric_name": "cpu_util",
        "dimensions": [{"name": "instance_id", "value": "s1"}],
    }
    asked = {"period": "86400", "filter": "max", "from": _ms(day, 0) + 1, "to": _ms(day, 31)}
    [found] = caller.read("ces", METRICS, body={"metrics": [wanted], **asked})["metrics"]
    assert [each["timestamp"] for each in found["datapoints"]] == [_ms(day, n) for n in range(31) if n != 7]
    assert {each["max"] for each in found["datapoints"]} == {1.23}
    found = caller.read("ces", METRICS, body={"metrics": [wanted] * 300, **asked})["metrics"][0]
    assert found["datapoints"][0]["timestamp"] == _ms(day, 21)
    found = caller.read("ces", METRICS, body={"metrics": [wanted], **asked, "filter": "average"})["metrics"][0]
    assert {each["average"] for each in found["datapoints"]} == {0}
    assert caller.send("ces", METRICS, body={"metrics": [wanted] * 501, **asked}).status_code == 400
    unknown = {**wanted, "metric_name": "mem_util"}
    assert caller.read("ces", METRICS, body={"metrics": [unknown], **asked})["metrics"][0]["datapoints"] == []


def _ms(day: datetime, count: int) -> int:
    return int((day + timedelta(days=count)).timestamp() * 1000)


def test_config(caller: Caller) -> None:
    """All types, with what it last saw; relations and the tracker are there only with a recorder."""
    rows = caller.read("rms", RESOURCES, [("type", "ecs.cloudservers"), ("region_id", "cn-north-4")])["resources"]
    states = {each["id"]: each["properties"]["status"] for each in rows}
    assert states == {"s1": "ACTIVE", "s2": "ACTIVE", "s3": "REBOOT"}
    page = caller.read("rms", RESOURCES, [("limit", 5)])
    assert page["page_info"]["current_count"] == 5
    assert page["page_info"]["next_marker"] == page["resources"][-1]["id"]
    query = "SELECT id, properties.status FROM resources WHERE provider='ecs' AND properties.status='REBOOT'"
    found = caller.read("rms", f"{RESOURCES.removesuffix('all-resources')}run-query", body={"expression": query})
    assert found["results"] == [{"id": "s3", "properties.status": "REBOOT"}]
    relations = f"{RESOURCES}/s1/relations"
    found = caller.read("rms", relations, [("direction", "out")])["relations"]
    assert {each["to_resource_id"] for each in found} == {"d1", "d2", "e1"}
    caller.vendor.inventory.hold(ESTATE.replace(config=ConfigView(has_recorder=False)))
    assert caller.read("rms", relations, [("direction", "out")])["relations"] == []
    assert caller.send("rms", f"{RESOURCES.removesuffix('all-resources')}tracker-config").status_code == 404


def test_projects(caller: Caller) -> None:
    """Of each region, and below it; without the right to list them there are those that the caller may use."""
    rows = {each["name"]: each for each in caller.read("iam", "/v3/projects")["projects"]}
    assert set(rows) == {"cn-north-4", "cn-east-3", "cn-north-4_dev"}
    assert rows["cn-north-4"]["parent_id"] == caller.vendor.domain_id
    assert rows["cn-north-4_dev"]["parent_id"] == HOME.id
    assert [each["id"] for each in caller.read("iam", "/v3/projects", [("name", "cn-east-3")])["projects"]] == [
        OTHER.id
    ]
    assert len(caller.read("iam", "/v3/auth/projects")["projects"]) == 3


def test_grants_per_enterprise_project(caller: Caller) -> None:
    """Part of the rows with status 200, a refusal, or only the default project, by what is asked."""
    caller.vendor.inventory.hold(ESTATE.behaving(granted=frozenset({"ep1"})))
    assert caller.ids("ecs", SERVERS, "servers", enterprise_project_id="all_granted_eps") == ["s2"]
    assert caller.ids("evs", DISKS, "volumes", enterprise_project_id="ep1") == ["d3"]
    assert caller.send("ecs", SERVERS).status_code == 401
    assert caller.send("evs", DISKS, [("enterprise_project_id", "0")]).status_code == 403
    assert caller.read("vpc", EIPS)["total_count"] == 0
    assert caller.read("rds", INSTANCES)["instances"] == []
    assert caller.ids("ecs", SERVERS, "servers", enterprise_project_id="ep1", server_id="s1,s2,zz") == ["s2", "zz"]
    body = {"metrics": [{}], "period": "86400", "filter": "max", "from": 1, "to": 2}
    assert caller.send("ces", METRICS, body=body).status_code == 403
    caller.vendor.inventory.hold(ESTATE.behaving(granted=frozenset({"0"}), lists_default_only=True))
    assert set(caller.ids("ecs", SERVERS, "servers")) == {"s1", "s3"}
    caller.vendor.inventory.hold(ESTATE.behaving(knows_all_granted=False))
    assert caller.send("ecs", SERVERS, [("enterprise_project_id", "all_granted_eps")]).status_code == 400
    assert len(caller.ids("ecs", SERVERS, "servers")) == 3


def test_failures(caller: Caller) -> None:
    """Each form refuses, spoils or drops an answer, as often as it is said."""
    for form in FORMS:
        failure = Failure(operation="cbr.list_backups", form=form, project_id=HOME.id, times=1)
        caller.vendor.inventory.hold(ESTATE.behaving(failures=(failure,)))
        if form == "dropped":
            with pytest.raises(httpx.RemoteProtocolError):
                caller.send("cbr", BACKUPS)
        else:
            response = caller.send("cbr", BACKUPS)
            assert (response.status_code == 200) == (form in SPOILS), form
            assert form in SPOILS or response.status_code == REFUSALS[form]("cbr", "").status
        assert caller.read("cbr", BACKUPS)["count"] == 3


def test_short_pages(caller: Caller) -> None:
    """A page may have fewer rows than were asked for, and still not be the last one."""
    caller.vendor.inventory.hold(ESTATE.behaving(page_sizes=(("cbr.list_backups", 2), ("vpc.list_publicips", 1))))
    first = caller.read("cbr", BACKUPS, [("limit", 1000)])
    second = caller.read("cbr", BACKUPS, [("limit", 1000), ("offset", 2)])
    assert {each["id"] for each in (*first["backups"], *second["backups"])} == {"k1", "k2", "k3"}
    assert (first["count"], len(first["backups"])) == (3, 2)
    assert caller.read("vpc", EIPS)["page_info"]["next_marker"] == "e2"


def test_projects_are_not_to_be_had(caller: Caller) -> None:
    """For want of a permission, the first time."""
    failure = Failure(operation="iam.keystone_list_projects", form="denied", times=1)
    caller.vendor.inventory.hold(ESTATE.behaving(failures=(failure,)))
    assert [caller.send("iam", "/v3/projects").status_code for _ in range(2)] == [401, 200]


def test_counts_rows_and_fields_that_are_wrong(caller: Caller) -> None:
    """A number that is not that of the rows, rows left out and added, fields of other types and without a value."""
    changes = FieldChange(id="s1", field="status", value=7), FieldChange(id="s2", field="metadata", value=ABSENT)
    caller.vendor.inventory.hold(
        ESTATE.behaving(
            wrong_counts=(("ecs.list_servers_details", 2),),
            hidden=frozenset({"s3"}),
            strays=frozenset({"elsewhere"}),
            field_changes=changes,
        )
    )
    found = caller.read("ecs", SERVERS)
    rows = {each["id"]: each for each in found["servers"]}
    assert (found["count"], set(rows)) == (5, {"s1", "s2", "elsewhere"})
    assert rows["s1"]["status"] == 7
    assert "metadata" not in rows["s2"]


def test_the_account_and_the_services_are_one(caller: Caller) -> None:
    """What is yearly/monthly is a subscription of the account; what is unsubscribed is gone from the services, too."""
    account = caller.vendor.account
    assert set(account.resources) == {each.id for each in ESTATE.items() if each.order_id}
    assert account.resources["d1"].parent is account.resources["s1"]
    for key in ("s1", "d1"):
        account.closed_resources[key] = account.resources.pop(key)
    assert set(caller.ids("ecs", SERVERS, "servers")) == {"s2", "s3"}
    rows = {each["id"]: each for each in caller.read("evs", DISKS)["volumes"]}
    assert [each["server_id"] for each in rows["d2"]["attachments"]] == ["s2"]
    assert caller.read("vpc", EIPS, [("id", "e1")])["publicips"][0]["status"] == "DOWN"
    assert {each["id"] for each in caller.read("cbr", BACKUPS)["backups"]} == {"k1", "k2", "k3"}


def test_services_hold_what_the_account_bought() -> None:
    """Without an estate of its own, a test finds the account's resources in the services."""
    with ReferenceServer(site="cn") as vendor, httpx.Client() as http:
        caller, found = Caller(vendor, http), set[str]()
        for project in vendor.inventory.estate.projects:
            for service, path, rows in (
                ("ecs", SERVERS, "servers"),
                ("evs", DISKS, "volumes"),
                ("cbr", VAULTS, "vaults"),
            ):
                query = [("limit", 1000)]
                answer = caller.read(service, path, query, project_id=project.id)
                found |= {each["id"] for each in answer[rows]}
        bought = {key for key, each in vendor.account.resources.items() if each.kind_code in {"vm", "vol", "cbr"}}
        assert bought <= found
        assert found - bought


def test_what_was_unsubscribed_leaves_pay_per_use_things_behind() -> None:
    """A server that is closed in Billing is gone from ECS, its disk that is paid by use is detached and stays."""
    with ReferenceServer() as vendor, httpx.Client() as http:
        caller, account = Caller(vendor, http), vendor.account
        estate = vendor.inventory.estate
        held = [(each, one.server_id) for each in estate.disks if not each.order_id for one in each.attachments]
        disk, server_id = next((each, key) for each, key in held if key in account.resources)
        project_id = disk.project_id
        order = account.unsubscribe([account.resources[server_id]], datetime.now(UTC))[0]
        order.done_at = order.closed_at = datetime.now(UTC)
        query = [("server_id", server_id)]
        assert set(caller.read("ecs", SERVERS, query, project_id=project_id)["servers"][0]) == {"id", "fault"}
        [row] = caller.read("evs", DISKS, [("ids", f"['{disk.id}']")], project_id=project_id)["volumes"]
        assert (row["status"], row["attachments"]) == ("available", [])
