"""Reads of at most one row of each list, which show whether the user may read it at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from unsub_tui.api.inventory import cbr, cce, ces, ecs, eip, evs, rds, rms
from unsub_tui.api.inventory.list_reader import BY_IDS
from unsub_tui.api.inventory.service_pages import ListPage, one_row, read_rows
from unsub_tui.api.inventory.session import InventorySession, ListCall, Operation
from unsub_tui.api.json_object import JsonObject
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import ProjectRegion, Server
from unsub_tui.domain.untrusted_text import UntrustedText

MAX_SECONDS = 20
"""Time after which a read is given up: a service that a firewall blocks must not hold up the others."""

_FIRST_ROW = {"limit": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Probe:
    """A small request, and the list in its response."""

    operation: Operation
    rows: str = ""
    """Name of the list of rows; empty if the response is one object."""
    call: Callable[[str], ListCall] = lambda _id: ListCall(query=_FIRST_ROW, paging=BY_IDS)
    """Return the call for the id of a resource, which some operations require."""


class PermissionReader:
    """Tries the operations of the inventory."""

    def __init__(self, session: InventorySession) -> None:
        self._session = session

    async def read(self, operation: str, place: ProjectRegion, resource_id: str) -> ServiceList[JsonObject]:
        """Return the first rows of an operation in a project; its `problem` says why there are none.

        `resource_id` is that of the resource whose parts it lists: a database, a cluster, a server for its metrics.
        """
        if operation == ces.METRIC_DATA.name:
            probe = _Probe(operation=ces.METRIC_DATA, rows="metrics", call=self._metric)
        else:
            probe = _PROBES[operation]
        reading = self._session.read_list(probe.operation, place, partial(_page, probe.rows), probe.call(resource_id))
        try:
            return await asyncio.wait_for(reading, MAX_SECONDS)
        except TimeoutError:
            reason = fact("response_timeout", seconds=MAX_SECONDS)
            return ServiceList(place, problem=fact("inventory_no_response", reason=reason))

    def _metric(self, server_id: str) -> ListCall:
        query = ces.queries_of_server(Server(server_id=UntrustedText(server_id)))[0]
        window = ces.Window.before(self._session.now)
        return ListCall(body=ces.request_body([query], window), paging=BY_IDS)


def _page(name: str, document: JsonObject) -> ListPage[JsonObject]:
    """Return the rows as they are. Raise ApiError if the response has no such list."""
    if not name:
        return one_row("", document)
    null_is_empty = name == "items"  # a cluster without nodes
    return read_rows(document, name, lambda row: row, id_of=lambda _: name, null_is_empty=null_is_empty)


_PROBES: Mapping[str, _Probe] = {
    each.operation.name: each
    for each in (
        _Probe(operation=ecs.LIST_SERVERS, rows="servers"),
        _Probe(operation=ecs.SHOW_RECYCLE_BIN, call=lambda _: ListCall()),
        _Probe(operation=evs.LIST_DISKS, rows="volumes"),
        _Probe(operation=evs.LIST_SNAPSHOTS, rows="snapshots"),
        _Probe(operation=eip.LIST_EIPS, rows="publicips"),
        _Probe(operation=eip.LIST_BANDWIDTHS, rows="bandwidths"),
        _Probe(operation=cbr.LIST_VAULT, rows="vaults"),
        _Probe(operation=cbr.LIST_BACKUPS, rows="backups"),
        _Probe(operation=rds.LIST_INSTANCES, rows="instances"),
        _Probe(
            operation=rds.LIST_BACKUPS,
            rows="backups",
            call=lambda database_id: ListCall(query={"instance_id": database_id, **_FIRST_ROW}, paging=BY_IDS),
        ),
        _Probe(operation=cce.LIST_CLUSTERS, rows="items", call=lambda _: ListCall(paging=BY_IDS)),
        _Probe(
            operation=cce.LIST_NODES,
            rows="items",
            call=lambda cluster_id: ListCall(query=_FIRST_ROW, path={"cluster_id": cluster_id}, paging=BY_IDS),
        ),
        _Probe(operation=rms.TRACKER_CONFIG, call=lambda _: ListCall(explain=rms.explain_absent_recorder)),
        _Probe(operation=rms.ALL_RESOURCES, rows="resources"),
    )
}
