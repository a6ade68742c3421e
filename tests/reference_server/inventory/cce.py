"""CCE: clusters and their nodes."""

from __future__ import annotations

from tests.reference_server.inventory.estate import Cluster, Estate, Node
from tests.reference_server.inventory.failures import Json, camel
from tests.reference_server.inventory.formats import go_text, listed_tags
from tests.reference_server.inventory.listing import marker_page, visible
from tests.reference_server.inventory.routes import ServiceCall, route
from tests.reference_server.timestamps import stable_uuid


@route("cce", "list_clusters", "/api/v3/projects/{project}/clusters", "cce:cluster:list", "detail status type version")
def list_clusters(call: ServiceCall) -> Json:
    """Answer all clusters at once; the number of nodes only with details."""
    found, detail = visible(call, call.estate.clusters), bool(call.flag("detail"))
    items = call.rows(found, lambda each: _row(call.estate, each, detail=detail))
    return {"kind": "List", "apiVersion": "v3", "items": items}


@route(
    "cce",
    "list_nodes",
    "/api/v3/projects/{project}/clusters/{cluster}/nodes",
    "cce:node:list",
    "limit marker",
)
def list_nodes(call: ServiceCall) -> Json:
    """Answer the nodes of one cluster."""
    cluster_id = call.names["cluster"]
    if not any(each.id == cluster_id for each in visible(call, call.estate.clusters)):
        raise camel(404, "CCE.01404001", "Resource not found")
    hidden = call.estate.behavior.hidden
    found = [each for each in call.estate.nodes if each.cluster_id == cluster_id and each.id not in hidden]
    page = marker_page(call, found, most=2000, default=2000)
    info: Json = {"currentCount": len(page)}
    if call.last_ids:
        info["nextMarker"] = call.last_ids[-1]
    return {"kind": "List", "apiVersion": "v3", "items": call.rows(page, _node_row), "pageInfo": info}


def _row(estate: Estate, cluster: Cluster, *, detail: bool) -> Json:
    nodes = [each for each in estate.nodes if each.cluster_id == cluster.id]
    active = sum(each.phase == "Active" for each in nodes)
    counts = {"totalNodesNumber": str(len(nodes)), "activeNodesNumber": str(active)}
    return {
        "kind": "Cluster",
        "apiVersion": "v3",
        "metadata": {
            "name": cluster.name,
            "uid": cluster.id,
            "alias": cluster.name,
            "annotations": counts if detail else {},
            "labels": {},
            "creationTimestamp": go_text(cluster.created),
            "updateTimestamp": go_text(cluster.updated),
        },
        "spec": {
            "category": "CCE",
            "type": "VirtualMachine",
            "flavor": "cce.s2.small",
            "version": "v1.31",
            "billingMode": 1 if cluster.order_id else 0,
            "deletionProtection": cluster.has_deletion_protection,
            "clusterTags": listed_tags(cluster.tags),
            "hostNetwork": {"vpc": stable_uuid("vpc"), "subnet": stable_uuid("subnet")},
            "containerNetwork": {"mode": "vpc-router", "cidr": "10.0.0.0/16"},
            "extendParam": {
                "enterpriseProjectId": cluster.enterprise_project_id,
                **({"orderID": cluster.order_id} if cluster.order_id else {}),
            },
        },
        "status": {
            "phase": cluster.phase,
            "isLocked": cluster.is_locked,
            **({"lockScene": "upgrade"} if cluster.is_locked else {}),
            "endpoints": [{"url": "https://192.168.0.61:5443", "type": "Internal"}],
        },
    }


def _node_row(node: Node) -> Json:
    return {
        "kind": "Node",
        "apiVersion": "v3",
        "metadata": {
            "name": node.name,
            "uid": node.id,
            "annotations": {},
            "creationTimestamp": go_text(node.created),
            "updateTimestamp": go_text(node.created),
        },
        "spec": {
            "flavor": "c7.large.2",
            "az": "az1",
            "os": "EulerOS",
            "rootVolume": {"size": 50, "volumetype": "GPSSD"},
            "dataVolumes": [{"size": 100, "volumetype": "GPSSD"}],
            "billingMode": 1 if node.order_id else 0,
            "extendParam": {},
        },
        "status": {
            "phase": node.phase,
            "serverId": node.server_id,
            "privateIP": "192.168.0.9",
            "publicIP": node.public_ip,
            "lastProbeTime": go_text(node.created),
        },
    }
