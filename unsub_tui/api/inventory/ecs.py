"""Servers of ECS, and the recycle bin of a project.

Sources: API Explorer definitions and SDK 3.1.219 (`list_servers_details`, `show_recycle_bin`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from unsub_tui.api.inventory.list_reader import BY_IDS, by_last_id
from unsub_tui.api.inventory.service_hosts import Service
from unsub_tui.api.inventory.service_pages import (
    ListPage,
    charging_of,
    flag,
    one_row,
    read_rows,
    required_objects,
    tags_of_texts,
    text_at,
    time_span,
)
from unsub_tui.api.inventory.session import InventorySession, ListCall, Operation, read_in_groups
from unsub_tui.api.json_object import JsonObject
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import ProjectRegion, RecycleBinPolicy, Server, ServerDisk

PAGE_SIZE = 500
"""Number of servers per page: 1000 are permitted, but take four megabytes."""
MAX_IDS = 100
"""Maximum number of ids in one request."""

LIST_SERVERS = Operation(
    name="list_servers_details", service=Service.ECS, path="/v1/{project_id}/cloudservers/detail", has_projects=True
)
SHOW_RECYCLE_BIN = Operation(name="show_recycle_bin", service=Service.ECS, path="/v1/{project_id}/recycle-bin")

_DISKS = "os-extended-volumes:volumes_attached"
_CHARGING = {"0": Charging.PAY_PER_USE, "1": Charging.YEARLY_MONTHLY, "2": Charging.SPOT}
_HEALTHY = ("", "normal")
"""Values of `EcmResStatus` of a server that is not frozen."""
_SWITCH = {"on": True, "true": True, "off": False, "false": False}
"""Presumed values of the switch of the recycle bin; none is documented."""


class EcsClient:
    """Reads servers."""

    def __init__(self, session: InventorySession) -> None:
        self._session = session

    async def servers(self, place: ProjectRegion) -> ServiceList[Server]:
        """Return all servers of a project."""
        return await self._session.read_list(LIST_SERVERS, place, _page, ListCall(paging=by_last_id(PAGE_SIZE)))

    async def servers_by_id(self, place: ProjectRegion, ids: Collection[str]) -> ServiceList[Server]:
        """Return the servers with these ids; one that does not exist has a row that `is_missing`."""

        async def read(group: list[str]) -> ServiceList[Server]:
            query = {"server_id": ",".join(group), "limit": str(MAX_IDS)}
            return await self._session.read_list(LIST_SERVERS, place, _page, ListCall(query=query, paging=BY_IDS))

        return await read_in_groups(ids, MAX_IDS, place, read)

    async def recycle_bin(self, place: ProjectRegion) -> ServiceList[RecycleBinPolicy]:
        """Return the policy of the recycle bin as the only row."""
        return await self._session.read_list(SHOW_RECYCLE_BIN, place, _recycle_bin)


def _page(document: JsonObject) -> ListPage[Server]:
    return read_rows(document, "servers", decode_server, total="count")


def decode_server(row: JsonObject) -> Server:
    """Return a server. Raise ApiError if its row is unreadable."""
    server_id = row.untrusted("id")
    if not row.text("status"):
        if row.values.get("fault") is None:
            raise row.invalid("status")
        return Server(server_id=server_id, is_missing=True)
    return Server(
        server_id=server_id,
        name=row.untrusted("name"),
        status=row.display("status"),
        has_task=bool(row.text("OS-EXT-STS:task_state")),
        created=row.timestamp("created"),
        updated=row.timestamp("updated"),
        charging=charging_of(text_at(row, "metadata", "charging_mode"), _CHARGING),
        is_frozen=text_at(row, "metadata", "EcmResStatus") not in _HEALTHY,
        disks=tuple(_disk(each) for each in required_objects(row, _DISKS)),
        tags=tags_of_texts(row.values.get("tags")),
    )


def _disk(row: JsonObject) -> ServerDisk:
    return ServerDisk(
        disk_id=row.untrusted("id"),
        device=row.display("device"),
        is_deleted_with_server=flag(row.values.get("delete_on_termination")),
    )


def _recycle_bin(document: JsonObject) -> ListPage[RecycleBinPolicy]:
    policy = document.optional_object("policy") or JsonObject("", {})
    return one_row(
        "policy",
        RecycleBinPolicy(
            is_on=_SWITCH.get(document.text("switch").casefold(), flag(document.values.get("switch"))),
            min_age=time_span(policy.integer("recycle_threshold_day"), timedelta(days=1)),
            kept=time_span(policy.integer("retention_hour"), timedelta(hours=1)),
        ),
    )
