"""Run states, tags, attachments and bindings: each statement, and what must have been read for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.inventory.builders import (
    BANDWIDTH,
    CLUSTER,
    DATABASE,
    DISK,
    EIP,
    NOW,
    OTHER_PROJECT,
    PLACE,
    SERVER,
    VAULT,
    catalog_of,
    findings,
    listed,
    resource,
    text,
    texts,
)
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory import inventory as inventory_module
from unsub_tui.domain.inventory.finding import Finding, FindingState
from unsub_tui.domain.inventory.inventory import Inventory
from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.inventory.resource_findings import RelatedResource, RunState
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import (
    Bandwidth,
    Cluster,
    ClusterNode,
    ConfigRow,
    Database,
    Disk,
    DiskAttachment,
    Eip,
    Server,
)

WEB = resource(SERVER, "web")
DATA = resource(DISK, "data")
ADDRESS = resource(EIP, "address")

KNOWN, NONE_SEEN, UNKNOWN = FindingState.KNOWN, FindingState.NONE_SEEN, FindingState.UNKNOWN


def reason(finding: Finding[object] | None) -> str:
    """Return the code of the reason why a finding is unknown."""
    assert finding is not None
    assert finding.state is UNKNOWN
    return finding.reason.code if finding.reason is not None else ""


def related_ids(finding: Finding[tuple[RelatedResource, ...]] | None) -> list[str]:
    """Return the ids of related resources."""
    assert finding is not None
    return [each.resource_id.raw for each in finding.value or ()]


def attached(*servers: str) -> tuple[DiskAttachment, ...]:
    """Return attachments of a disk to servers."""
    return tuple(DiskAttachment(server_id=each) for each in texts(*servers))


@pytest.mark.parametrize(
    ("status", "state"), [("ACTIVE", RunState.RUNNING), ("SHUTOFF", RunState.STOPPED), ("REBOOT", RunState.OTHER)]
)
def test_run_state_of_a_server(status: str, state: RunState) -> None:
    """The status of the service's own row decides; one that we do not know is shown as it is."""
    row = Server(server_id=text("web"), status=status, updated=NOW)
    found = findings(PlaceLists(place=PLACE, servers=listed(row)), WEB).run_state
    assert found is not None
    assert found.value is not None
    assert (found.value.state, found.value.status, found.value.last_operation) == (state, status, NOW)


def test_run_state_that_is_not_known() -> None:
    """A task in progress, a row that is missing or an error in its place, and Config alone say nothing."""
    busy = Server(server_id=text("web"), status="SHUTOFF", has_task=True)
    gone = Server(server_id=text("web"), is_missing=True)
    config = listed(ConfigRow(resource_id=text("web"), status="SHUTOFF"), source="config:list")
    new = replace(WEB, effective_time=NOW + timedelta(days=1))  # not in the control group
    assert reason(findings(PlaceLists(place=PLACE, servers=listed(busy)), WEB).run_state) == "inventory_task"
    assert reason(findings(PlaceLists(place=PLACE, servers=listed(gone)), WEB).run_state) == "inventory_partial"
    assert reason(findings(PlaceLists(place=PLACE, servers=listed(gone)), new).run_state) == "inventory_row_missing"
    assert reason(findings(PlaceLists(place=PLACE, config=config), WEB).run_state) == "inventory_not_read"


@pytest.mark.parametrize(("status", "state"), [("ACTIVE", RunState.RUNNING), ("SHUTDOWN", RunState.STOPPED)])
@pytest.mark.parametrize("resource_id", ["db", "db.marketimage", "db.vm"])
def test_run_state_of_a_database(resource_id: str, status: str, state: RunState) -> None:
    """A license or part of a database has the id of the database before its suffix."""
    rows = listed(Database(database_id=text("db"), status=status))
    found = findings(PlaceLists(place=PLACE, databases=rows), resource(DATABASE, resource_id)).run_state
    assert found is not None
    assert found.value is not None
    assert found.value.state is state


def test_run_state_and_protection_of_a_cluster() -> None:
    """A cluster is in the phase that CCE names; its deletion protection is shown only where CCE states it."""
    rows = listed(
        Cluster(cluster_id=text("c"), phase="Hibernation", is_deletion_protected=True), Cluster(cluster_id=text("d"))
    )
    lists = PlaceLists(place=PLACE, clusters=rows)
    found = findings(lists, resource(CLUSTER, "c"))
    assert found.run_state is not None
    assert found.run_state.value is not None
    assert (found.run_state.value.state, found.run_state.value.status) == (RunState.OTHER, "Hibernation")
    assert found.deletion_protection is not None
    assert found.deletion_protection.value is True
    assert reason(findings(lists, resource(CLUSTER, "d")).deletion_protection) == "inventory_not_stated"
    assert findings(lists, resource(VAULT, "v")).deletion_protection is None


def test_a_project_of_its_own() -> None:
    """A row in another project of the same region says nothing about a resource."""
    rows = listed(Server(server_id=text("web"), status="ACTIVE"), place=OTHER_PROJECT)
    found = findings(PlaceLists(place=OTHER_PROJECT, servers=rows), WEB).run_state
    assert reason(found) == "inventory_not_read"


def test_a_list_without_a_resource_in_use_is_partial() -> None:
    """The yearly/monthly resources are the control group of each list of their project."""
    other = resource(SERVER, "other")
    lists = PlaceLists(place=PLACE, servers=listed(Server(server_id=text("web"), status="ACTIVE")))
    assert reason(findings(lists, other, WEB).run_state) == "inventory_partial"
    assert findings(lists, WEB, other).run_state is not None
    assert findings(lists, replace(other, status=3), WEB).run_state != findings(lists, other, WEB).run_state


def test_a_query_by_ids_has_only_them_as_its_control_group() -> None:
    """Resources that the service was not asked about are not missing; nothing is said about them."""
    rows = ServiceList(PLACE, (Server(server_id=text("web"), status="ACTIVE"),), listed().origin)
    lists = PlaceLists(place=PLACE, servers=replace(rows, asked_ids=frozenset({"web"})))
    other = resource(SERVER, "other")
    assert reason(findings(lists, other, WEB).run_state) == "inventory_not_read"
    found = findings(lists, WEB, other).run_state
    assert found is not None
    assert found.is_known


def test_attachments_of_a_disk() -> None:
    """Attached: with attachments that stay. Unattached: free, without any. Everything else is in work."""

    def state(status: str, *servers: str) -> FindingState:
        row = Disk(disk_id=text("data"), status=status, attachments=attached(*servers))
        found = findings(PlaceLists(place=PLACE, disks=listed(row)), DATA).attached_to
        assert found is not None
        return found.state

    assert state("in-use", "web") is KNOWN
    assert state("extending", "web") is KNOWN
    assert state("available") is NONE_SEEN
    for status, servers in (("in-use", ()), ("available", ("web",)), ("detaching", ("web",)), ("error", ())):
        assert state(status, *servers) is UNKNOWN
    dedicated = Disk(disk_id=text("data"), status="available", service_type="DSS")
    assert reason(findings(PlaceLists(place=PLACE, disks=listed(dedicated)), DATA).attached_to) == "inventory_status"
    assert findings(PlaceLists(place=PLACE), WEB).attached_to is None


def test_names_of_servers() -> None:
    """The name of a server is from its own list, or from the list of yearly/monthly resources."""
    disks = listed(Disk(disk_id=text("data"), status="in-use", attachments=attached("web", "b", "c")))
    servers = listed(Server(server_id=text("web"), name=text("Web")))
    billed = resource(SERVER, "b", resource_name=text("Billed"), effective_time=NOW + timedelta(days=1))
    found = findings(PlaceLists(place=PLACE, disks=disks, servers=servers), DATA, billed, selected={"b"})
    assert found.attached_to is not None
    assert [(each.name.raw, each.is_selected) for each in found.attached_to.value or ()] == [
        ("Web", False),
        ("Billed", True),
        ("", False),
    ]
    assert found.shared_with is not None
    assert found.shared_with.value == found.attached_to.value


def test_a_shared_disk_names_the_other_servers() -> None:
    """A server that shares a disk names the others; without the disks nothing is known."""
    disks = listed(
        Disk(disk_id=text("data"), status="in-use", attachments=attached("web", "other")),
        Disk(disk_id=text("own"), status="in-use", attachments=attached("alone")),
    )
    assert related_ids(findings(PlaceLists(place=PLACE, disks=disks), WEB).shared_with) == ["other"]
    alone = findings(PlaceLists(place=PLACE, disks=disks), resource(SERVER, "alone")).shared_with
    assert alone is not None
    assert alone.state is NONE_SEEN
    assert reason(findings(PlaceLists(place=PLACE), WEB).shared_with) == "inventory_not_read"


def test_bindings_of_an_eip() -> None:
    """A bound EIP names its instance by the instance's own list; an unbound one has no instance and says so."""

    def bound(status: str, **fields: object) -> Finding[RelatedResource]:
        row = replace(Eip(eip_id=text("address"), status=status), **fields)  # type: ignore[arg-type]
        servers = listed(Server(server_id=text("web"), name=text("Web")))
        databases = listed(Database(database_id=text("db"), name=text("Orders")))
        lists = PlaceLists(place=PLACE, eips=listed(row), servers=servers, databases=databases)
        found = findings(lists, ADDRESS).bound_to
        assert found is not None
        return found

    def bound_kind(status: str, **fields: object) -> tuple[str, str, str]:
        found = bound(status, **fields).value
        assert found is not None
        return found.kind, found.resource_id.raw, found.name.raw

    port = {"instance_type": "PORT", "instance_id": text("port")}
    assert bound_kind("ACTIVE", **port, device_id=text("web")) == ("server", "web", "Web")
    assert bound_kind("ACTIVE", **port, vnic_instance_type="RDS", vnic_instance_id=text("db")) == (
        "database",
        "db",
        "Orders",
    )
    assert bound_kind("ACTIVE", **port) == ("", "port", "")
    assert bound_kind("ACTIVE", instance_type="NATGW", instance_id=text("nat")) == ("nat_gateway", "nat", "")
    assert bound_kind("ELB", instance_type="ELB", instance_id=text("elb")) == ("load_balancer", "elb", "")
    assert bound("DOWN").state is NONE_SEEN
    assert bound_kind("FREEZED", **port) == ("", "port", "")
    for status, fields in (("DOWN", port), ("ACTIVE", {}), ("FREEZED", {}), ("BINDING", port)):
        assert bound(status, **fields).reason == fact("inventory_status", status=status)


def test_eips_of_a_shared_bandwidth() -> None:
    """The EIPs are named by their address; a bandwidth without any is empty."""
    rows = listed(
        Bandwidth(bandwidth_id=text("b"), is_shared=True, eip_ids=texts("address", "x")),
        Bandwidth(bandwidth_id=text("empty"), is_shared=True),
        Bandwidth(bandwidth_id=text("dedicated"), eip_ids=texts("address")),
    )
    eips = listed(Eip(eip_id=text("address"), address=text("192.0.2.7")))
    lists = PlaceLists(place=PLACE, bandwidths=rows, eips=eips)
    found = findings(lists, resource(BANDWIDTH, "b"), selected={"x"}).shared_with
    assert found is not None
    assert [(each.resource_id.raw, each.name.raw, each.is_selected) for each in found.value or ()] == [
        ("address", "192.0.2.7", False),
        ("x", "", True),
    ]
    assert findings(lists, resource(BANDWIDTH, "dedicated")).shared_with is None
    empty = findings(lists, resource(BANDWIDTH, "empty")).shared_with
    assert empty is not None
    assert empty.state is NONE_SEEN


def test_the_dedicated_bandwidth_of_an_eip_is_not_missing() -> None:
    """The list of bandwidths contains the shared ones only."""
    lists = PlaceLists(
        place=PLACE,
        bandwidths=listed(),
        eips=listed(Eip(eip_id=text("address"), bandwidth_id=text("own"))),
    )
    own = resource(BANDWIDTH, "own")
    assert reason(findings(lists, own, ADDRESS).shared_with) == "inventory_row_missing"
    assert reason(findings(replace(lists, eips=None), own, ADDRESS).shared_with) == "inventory_partial"


def test_tags() -> None:
    """Tags are those of the service's own row; that there are none is seen, except where the service does not say."""
    tags = {text("env"): text("prod")}
    servers = listed(Server(server_id=text("web"), tags=tags), Server(server_id=text("plain"), tags={}))
    lists = PlaceLists(place=PLACE, servers=servers, eips=listed(Eip(eip_id=text("address"))))
    found = findings(lists, WEB).tags
    assert found is not None
    assert found.value == tags
    plain = findings(lists, resource(SERVER, "plain")).tags
    assert plain is not None
    assert plain.state is NONE_SEEN
    assert reason(findings(lists, ADDRESS).tags) == "inventory_not_stated"


def test_tags_from_config() -> None:
    """Config is the fallback for tags, and the only source for other services. It never proves that there are none."""
    tags = {text("env"): text("prod")}
    rows = listed(
        ConfigRow(resource_id=text("web"), tags=tags, project_id="project"),
        ConfigRow(resource_id=text("plain")),
        ConfigRow(resource_id=text("bucket"), tags=tags),
        ConfigRow(resource_id=text("data"), tags=tags, project_id="project-b"),
        source="config:list_all_resources",
    )
    lists = PlaceLists(place=PLACE, config=rows)
    for each in (WEB, resource(("obs", "obs"), "bucket")):
        found = findings(lists, each).tags
        assert found is not None
        assert found.value == tags
        assert found.origin is not None
        assert found.origin.is_from_config
    assert reason(findings(lists, resource(SERVER, "plain")).tags) == "inventory_not_read"
    assert reason(findings(lists, DATA).tags) == "inventory_not_read"
    untagged = listed(ConfigRow(resource_id=text("bucket"), tags={}), source="config:list_all_resources")
    bucket = resource(("obs", "obs"), "bucket")
    assert reason(findings(PlaceLists(place=PLACE, config=untagged), bucket).tags) == "inventory_config_without_tags"


def test_the_cluster_of_a_node() -> None:
    """The list of nodes names the cluster of a server, and so its protection. The tag alone proves nothing."""
    clusters = listed(Cluster(cluster_id=text("c"), name=text("shop"), is_deletion_protected=True))
    nodes = listed(ClusterNode(cluster_id=text("c"), server_id=text("web")), ClusterNode(cluster_id=text("c")))
    servers = listed(
        Server(server_id=text("web")), Server(server_id=text("x"), tags={text("CCE-Cluster-ID"): text("c")})
    )
    lists = PlaceLists(place=PLACE, clusters=clusters, nodes_of_cluster={"c": nodes}, servers=servers)
    node = findings(lists, WEB)
    assert node.cluster is not None
    assert node.cluster.value is not None
    assert (node.cluster.value.resource_id.raw, node.cluster.value.name.raw) == ("c", "shop")
    assert node.deletion_protection is not None
    assert node.deletion_protection.value is True
    assert reason(findings(lists, resource(SERVER, "x")).cluster) == "inventory_cluster_tag"
    other = findings(lists, resource(SERVER, "other"))
    assert other.cluster is not None
    assert other.cluster.state is NONE_SEEN
    assert other.deletion_protection is None
    assert reason(findings(replace(lists, nodes_of_cluster={}), WEB).cluster) == "inventory_not_read"
    unread = {"c": ServiceList[ClusterNode](PLACE, problem=fact("inventory_not_read"))}
    assert reason(findings(replace(lists, nodes_of_cluster=unread), WEB).cluster) == "inventory_not_read"
    tagged = findings(replace(lists, nodes_of_cluster=unread), resource(SERVER, "x"))
    assert reason(tagged.cluster) == "inventory_cluster_tag_alone"


def test_only_the_findings_of_the_last_resources_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the others are concluded again; they are the same."""
    monkeypatch.setattr(inventory_module, "MAX_KEPT", 2)
    lists = PlaceLists(place=PLACE, servers=listed(Server(server_id=text("web"), status="ACTIVE")))
    others = [resource(SERVER, f"s-{number}") for number in range(5)]
    inventory = Inventory(catalog_of([WEB, *others]), [lists], now=NOW)
    before = inventory.findings_of(WEB)
    for each in others:
        assert inventory.findings_of(each) is inventory.findings_of(each)
    assert inventory.findings_of(WEB) is not before
    assert inventory.findings_of(WEB) == before


def test_findings_follow_the_lists() -> None:
    """Findings are kept until the lists of their region or the catalog change."""
    inventory = Inventory(catalog_of([WEB]), now=NOW)
    before = inventory.findings_of(WEB)
    assert inventory.findings_of(WEB) is before
    lists = PlaceLists(place=PLACE, servers=listed(Server(server_id=text("web"), status="ACTIVE")))
    inventory.replace_place(lists)
    assert inventory.lists_of(PLACE) is lists
    assert inventory.findings_of(WEB).run_state != before.run_state
    inventory.replace_catalog(catalog_of([WEB, resource(SERVER, "new")]), NOW)
    assert reason(inventory.findings_of(resource(SERVER, "new")).run_state) == "inventory_partial"
