"""Nodes of CCE clusters: servers of the same project, which are resources of billing like any other server."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping

from unsub_tui.sandbox import offers
from unsub_tui.sandbox.estate.draws import draw
from unsub_tui.sandbox.models import Resource

_MAX_NODES = 4


def plan_nodes(resources: Iterable[Resource]) -> Mapping[str, tuple[Resource, ...]]:
    """Return the servers of each cluster by the cluster's id: some of those bought next after it in its project."""
    nodes: dict[str, tuple[Resource, ...]] = {}
    open_clusters: dict[str, deque[tuple[Resource, list[Resource]]]] = defaultdict(deque)
    for resource in sorted(resources, key=lambda one: (one.purchase_number, one.position)):
        waiting = open_clusters[resource.project_id]
        if resource.offer.code == offers.CLUSTER.code:
            waiting.append((resource, []))
        elif resource.offer.code == offers.SERVER.code and waiting:
            cluster, servers = waiting[0]
            servers.append(resource)
            if len(servers) > draw(cluster, "nodes", _MAX_NODES):
                waiting.popleft()
            nodes[cluster.resource_id] = tuple(servers)
    return nodes
