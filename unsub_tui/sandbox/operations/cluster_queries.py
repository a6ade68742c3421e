"""Operations of CCE: clusters and their nodes."""

from __future__ import annotations

from functools import partial

from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.cloud_services import CCE
from unsub_tui.sandbox.estate.account_inventory import AccountInventory
from unsub_tui.sandbox.estate.address_facts import private_ip, public_ip
from unsub_tui.sandbox.estate.cloud_resource import enterprise_project_id, is_frozen, is_yearly_monthly, order_id
from unsub_tui.sandbox.estate.draws import draw, named_id, spread
from unsub_tui.sandbox.estate.part_ids import PartId
from unsub_tui.sandbox.models import Resource, ResourceStatus
from unsub_tui.sandbox.offers import CLUSTER
from unsub_tui.sandbox.service_errors import ServiceError
from unsub_tui.sandbox.timestamps import format_timestamp

_NODE_KIND = 8
"""Kind of ids of nodes."""
_MOST_NODES = 2000
_VERSION = "v1.31"
_HEALTHY, _BROKEN = "Active", "Abnormal"


@partial(Operation, "GET", "/api/v3/projects/{project_id}/clusters", service=CCE, policy="cce:cluster:list")
def list_clusters(call: Call) -> Payload:
    """Return all clusters of a project."""
    fields, inventory = call.parameters, call.account.inventory
    with_detail = fields.text("detail") == "true"
    status, kind, version = fields.text("status"), fields.text("type"), fields.text("version")
    fields.reject_unknown()
    rows = [
        _cluster_row(inventory, cluster, with_detail=with_detail)
        for cluster in call.project.others(CLUSTER)
        if status in (None, _phase(cluster)) and kind in (None, "VirtualMachine") and version in (None, _VERSION)
    ]
    return {"kind": "Cluster", "apiVersion": "v3", "items": rows}


@partial(
    Operation,
    "GET",
    "/api/v3/projects/{project_id}/clusters/{cluster_id}/nodes",
    service=CCE,
    policy="cce:node:list",
)
def list_nodes(call: Call) -> Payload:
    """Return a page of the nodes of a cluster; each is a server, whose id is in its status."""
    fields, inventory = call.parameters, call.account.inventory
    marker = fields.text("marker")
    limit = fields.number("limit", 1, _MOST_NODES) or _MOST_NODES
    fields.reject_unknown()
    wanted = call.path_params["cluster_id"]
    cluster = inventory.resources.get(wanted)
    if (
        cluster is None
        or cluster.offer.code != CLUSTER.code
        or cluster.project_id != call.project_id
        or inventory.gone_at(cluster) is not None
    ):
        raise ServiceError("CCE.01404001", f"Cluster {wanted} not found.", 404, CCE.form)
    servers = sorted(inventory.nodes.get(wanted, ()), key=_node_id)
    after = [each for each in servers if marker is None or _node_id(each) > marker]
    page = after[:limit]
    info: Payload = {"currentCount": len(page)}
    if len(after) > limit:
        info["nextMarker"] = _node_id(page[-1])
    rows = [_node_row(inventory, cluster, each) for each in page]
    return {"kind": "List", "apiVersion": "v3", "items": rows, "pageInfo": info}


def _cluster_row(inventory: AccountInventory, cluster: Resource, *, with_detail: bool) -> Payload:
    servers = inventory.nodes.get(cluster.resource_id, ())
    active = sum(_node_phase(inventory, each) == _HEALTHY for each in servers)
    project = inventory.estate.project(cluster.project_id)
    counts = {"totalNodesNumber": str(len(servers)), "activeNodesNumber": str(active), "totalNodesCPU": "8"}
    spec: Payload = {
        "category": "CCE",
        "type": "VirtualMachine",
        "flavor": cluster.spec.code,
        "version": _VERSION,
        "platformVersion": "cce.5.0",
        "description": "",
        "ipv6enable": False,
        "hostNetwork": {
            "vpc": named_id("vpc", cluster.project_id),
            "subnet": named_id("subnet", cluster.project_id),
            "SecurityGroup": named_id("security group", cluster.project_id),
        },
        "containerNetwork": {"mode": "overlay_l2", "cidr": "172.16.0.0/16"},
        "serviceNetwork": {"IPv4CIDR": "10.247.0.0/16"},
        "authentication": {"mode": "rbac", "authenticatingProxy": {}},
        "billingMode": int(is_yearly_monthly(cluster)),
        "masters": [{"availabilityZone": f"{cluster.region}a"}],
        "kubernetesSvcIpRange": "10.247.0.0/16",
        "clusterTags": [{"key": key, "value": value} for key, value in project.tags(cluster).items()],
        "kubeProxyMode": "iptables",
        "az": f"{cluster.region}a",
        "extendParam": {"orderID": order_id(cluster), "enterpriseProjectId": enterprise_project_id(cluster)},
    }
    protection = draw(cluster, "deletion protection", 3)
    if protection:  # older clusters have no such field
        spec["deletionProtection"] = protection == 1
    return {
        "kind": "Cluster",
        "apiVersion": "v3",
        "metadata": {
            "name": cluster.name,
            "alias": cluster.name,
            "uid": cluster.resource_id,
            "creationTimestamp": _moment(inventory.created_at(cluster)),
            "updateTimestamp": _moment(cluster.updated),
            "labels": {"FeatureGates": ""},
            "annotations": counts if with_detail else {},
        },
        "spec": spec,
        "status": {
            "phase": _phase(cluster),
            "endpoints": [{"url": f"https://{private_ip(cluster.resource_id)}:5443", "type": "Internal"}],
            **({"isLocked": True, "lockScene": "freeze"} if _is_frozen(cluster) else {"isLocked": False}),
        },
    }


def _node_row(inventory: AccountInventory, cluster: Resource, server: Resource) -> Payload:
    created = _moment(inventory.created_at(server))
    disks = inventory.disks_of(server)
    facts = inventory.estate.project(server.project_id).server(server)
    return {
        "kind": "Node",
        "apiVersion": "v3",
        "metadata": {
            "name": server.name,
            "uid": _node_id(server),
            "creationTimestamp": created,
            "updateTimestamp": created,
            "annotations": {"kubernetes.io/node-pool.id": "DefaultPool"},
        },
        "spec": {
            "flavor": server.spec.code.rpartition(".")[0],
            "az": f"{server.region}a",
            "os": "Huawei Cloud EulerOS 2.0",
            "login": {"sshKey": "sandbox"},
            "rootVolume": {"size": disks[0].size if disks else 40, "volumetype": "SSD"},
            "dataVolumes": [{"size": disk.size, "volumetype": "SSD"} for disk in disks[1:]],
            "billingMode": int(is_yearly_monthly(server)),
            "count": 1,
            "taints": [],
            "k8sTags": {},
            "userTags": [],
            "runtime": {"name": "containerd"},
            "extendParam": {"orderID": order_id(server), "chargingMode": 2 if is_yearly_monthly(server) else 0},
        },
        "status": {
            "phase": _node_phase(inventory, server),
            "lastProbeTime": _moment(inventory.now - 60),
            "jobID": named_id("job", cluster.resource_id, server.resource_id),
            "serverId": server.resource_id,
            "privateIP": private_ip(server.resource_id),
            "publicIP": public_ip(facts.address) if facts.address else "",
            "configurationUpToDate": True,
        },
    }


def _node_id(server: Resource) -> str:
    return str(PartId(server, _NODE_KIND))


def _phase(cluster: Resource) -> str:
    if _is_frozen(cluster):
        return "Unavailable"
    return "Hibernation" if draw(cluster, "phase", 5) == 0 else "Available"


def _node_phase(inventory: AccountInventory, server: Resource) -> str:
    """Return the phase of a node; that of a server that is stopped or gone is broken, until it is removed."""
    is_up = inventory.gone_at(server) is None and inventory.stopped_at(server) is None
    return _HEALTHY if is_up else _BROKEN


def _is_frozen(cluster: Resource) -> bool:
    return is_frozen(cluster) or cluster.status is ResourceStatus.EXPIRED


def _moment(moment: int) -> str:
    """Return a time as the Go language writes it."""
    date, _, time = format_timestamp(moment)[:-1].partition("T")
    return f"{date} {time}.{spread(date + time) % 10**9:09d} +0000 UTC"
