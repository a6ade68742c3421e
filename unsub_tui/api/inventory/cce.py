"""Clusters of CCE and their nodes.

Sources: API Explorer definitions, SDK 3.1.219.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from functools import partial

from unsub_tui.api.inventory.list_reader import by_stated_marker
from unsub_tui.api.inventory.service_hosts import Service
from unsub_tui.api.inventory.service_pages import ListPage, flag, read_rows, tags_of_pairs, text_at
from unsub_tui.api.inventory.service_values import optional_part, required_id
from unsub_tui.api.inventory.session import InventorySession, ListCall, Operation
from unsub_tui.api.json_object import JsonObject
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import Cluster, ClusterNode, ProjectRegion
from unsub_tui.domain.untrusted_text import UntrustedText

NODE_PAGE_SIZE = 2000

LIST_CLUSTERS = Operation(name="list_clusters", service=Service.CCE, path="/api/v3/projects/{project_id}/clusters")
LIST_NODES = Operation(
    name="list_nodes", service=Service.CCE, path="/api/v3/projects/{project_id}/clusters/{cluster_id}/nodes"
)

_CHARGING = {"0": Charging.PAY_PER_USE, "1": Charging.YEARLY_MONTHLY}


class CceClient:
    """Reads clusters and their nodes."""

    def __init__(self, session: InventorySession) -> None:
        self._session = session

    async def clusters(self, place: ProjectRegion) -> ServiceList[Cluster]:
        """Return all clusters of a project, in one call."""
        decode = partial(read_rows, name="items", decode=decode_cluster, id_of=_uid, null_is_empty=True)
        return await self._session.read_list(LIST_CLUSTERS, place, decode, ListCall(query={"detail": "true"}))

    async def nodes(self, place: ProjectRegion, cluster_ids: Collection[str]) -> Mapping[str, ServiceList[ClusterNode]]:
        """Return the nodes of clusters by their ids."""
        ids = tuple(dict.fromkeys(cluster_ids))
        lists = await asyncio.gather(*(self._nodes_of(place, each) for each in ids))
        return dict(zip(ids, lists, strict=True))

    async def _nodes_of(self, place: ProjectRegion, cluster_id: str) -> ServiceList[ClusterNode]:
        def decode(document: JsonObject) -> ListPage[ClusterNode]:
            decode_row = partial(decode_node, cluster_id=UntrustedText(cluster_id))
            marker = text_at(document, "pageInfo", "nextMarker")
            return read_rows(document, "items", decode_row, id_of=_uid, next_marker=marker, null_is_empty=True)

        call = ListCall(path={"cluster_id": cluster_id}, paging=by_stated_marker(NODE_PAGE_SIZE))
        return await self._session.read_list(LIST_NODES, place, decode, call)


def decode_cluster(row: JsonObject) -> Cluster:
    """Return a cluster. Raise ApiError if its id is missing."""
    metadata, spec = row.required_object("metadata"), optional_part(row, "spec")
    return Cluster(
        cluster_id=required_id(metadata, "uid"),
        name=metadata.untrusted("name"),
        phase=optional_part(row, "status").display("phase"),
        is_deletion_protected=flag(spec.values.get("deletionProtection")),
        tags=tags_of_pairs(spec.values.get("clusterTags")),
    )


def decode_node(row: JsonObject, cluster_id: UntrustedText) -> ClusterNode:
    """Return a node of a cluster. Raise ApiError if the id of its server is invalid; it is missing at first."""
    status = row.optional_object("status")
    server_id = None if status is None else status.values.get("serverId")
    if not isinstance(server_id, str | None):
        raise row.invalid("status.serverId")
    return ClusterNode(cluster_id=cluster_id, server_id=UntrustedText(server_id or ""))


def _uid(row: JsonObject) -> str:
    return text_at(row, "metadata", "uid")
