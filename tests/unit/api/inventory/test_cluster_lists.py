"""Clusters and their nodes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.stub_vendor import StubResponse, json_response
from tests.unit.api.inventory.service_reads import PLACE, read_services, row
from unsub_tui.api.errors import ApiError
from unsub_tui.api.inventory.cce import decode_cluster, decode_node
from unsub_tui.domain.fact import fact
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

CLUSTER: dict[str, Any] = {
    "kind": "Cluster",
    "metadata": {"uid": "c-1", "name": "prod", "creationTimestamp": "2018-08-02 03:48:58.968214406 +0000 UTC"},
    "spec": {"billingMode": 1, "deletionProtection": True, "clusterTags": [{"key": "team", "value": "a"}]},
    "status": {"phase": "Available"},
}
NODE: dict[str, Any] = {
    "metadata": {"uid": "n-1", "name": "node-1"},
    "spec": {"billingMode": 1},
    "status": {"phase": "Active", "serverId": "srv-1"},
}


def test_a_cluster_is_read_whole() -> None:
    """Its protection is on, off, or not stated."""
    cluster = decode_cluster(row(CLUSTER))
    assert (cluster.cluster_id.raw, cluster.name.raw, cluster.phase) == ("c-1", "prod", "Available")
    assert cluster.is_deletion_protected is True
    assert cluster.tags == {UntrustedText("team"): UntrustedText("a")}
    bare = decode_cluster(row({"metadata": {"uid": "c-2"}, "spec": None, "status": "x"}))
    assert (bare.is_deletion_protected, bare.phase) == (None, "")
    odd_values: list[object] = [1, "yes", {}, None]
    for odd in odd_values:
        assert decode_cluster(row({**CLUSTER, "spec": {"deletionProtection": odd}})).is_deletion_protected is None


def test_a_node_names_its_server() -> None:
    """Not at first; an id in another form could be that of any server."""
    node = decode_node(row(NODE), UntrustedText("c-1"))
    assert (node.cluster_id.raw, node.server_id.raw) == ("c-1", "srv-1")
    for status in (None, {}, {"serverId": None}):
        assert decode_node(row({**NODE, "status": status}), UntrustedText("c-1")).server_id == EMPTY
    for bad in ("x", {"serverId": 5}):
        with pytest.raises(ApiError):
            decode_node(row({**NODE, "status": bad}), UntrustedText("c-1"))


def test_clusters_come_with_their_details() -> None:
    """All in one call; null is an empty list, as Go writes it."""
    found, vendor = read_services(
        json_response({"kind": "List", "items": [CLUSTER, {}]}), lambda clients: clients.cce.clusters(PLACE)
    )
    assert [each.cluster_id.raw for each in found.rows] == ["c-1"]
    assert found.problem == fact("inventory_rows_unreadable", count=1)
    assert dict(vendor.requests[0].url.params) == {"detail": "true"}
    found, _ = read_services(json_response({"items": None}), lambda clients: clients.cce.clusters(PLACE))
    assert (found.rows, found.is_complete) == ((), True)


def test_nodes_are_read_to_the_end() -> None:
    """The response states the marker of the next page."""
    rows = [{**NODE, "metadata": {"uid": f"n-{number}"}} for number in range(5)]

    def answer(request: httpx.Request) -> StubResponse:
        marker = request.url.params.get("marker", "")
        first = int(marker.partition("-")[2]) + 1 if marker else 0
        page = rows[first : first + 2]
        info: dict[str, Any] = {"currentCount": len(page)}
        if first + 2 < len(rows):
            info["nextMarker"] = page[-1]["metadata"]["uid"]
        return json_response({"items": page, "pageInfo": info})

    found, vendor = read_services(answer, lambda clients: clients.cce.nodes(PLACE, ["c-1", "../c-2"]))
    assert len(found["c-1"].rows) == 5
    assert found["c-1"].is_complete
    assert found["../c-2"].problem == fact("inventory_ids_invalid", count=1)
    assert len(vendor.requests) == 3
    assert vendor.requests[0].url.path == f"/api/v3/projects/{PLACE.project_id}/clusters/c-1/nodes"
