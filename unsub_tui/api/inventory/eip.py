"""EIPs and bandwidths of VPC.

Sources: API Explorer definitions and SDK 3.1.219 (`list_publicips` of version 3, `list_bandwidths` of version 1).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from unsub_tui.api.inventory.list_reader import Paging, by_last_id, by_stated_marker
from unsub_tui.api.inventory.service_hosts import Service
from unsub_tui.api.inventory.service_pages import ListPage, read_rows, required_objects, tags_of_texts, text_at
from unsub_tui.api.inventory.service_values import optional_part
from unsub_tui.api.inventory.session import InventorySession, ListCall, Operation, read_in_groups
from unsub_tui.api.json_object import JsonObject
from unsub_tui.api.transport import Query
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import Bandwidth, Eip, ProjectRegion

PAGE_SIZE = 1000
"""Number of EIPs per page: 2000 are permitted, but fewer in some regions."""
BANDWIDTH_PAGE_SIZE = 500
MAX_IDS = 100
"""Number of ids in one request: 999 are permitted, but gateways limit the length of a URL."""

LIST_EIPS = Operation(name="list_publicips", service=Service.VPC, path="/v3/{project_id}/eip/publicips")
LIST_BANDWIDTHS = Operation(
    name="list_bandwidths", service=Service.VPC, path="/v1/{project_id}/bandwidths", has_projects=True
)

_FIELDS = (
    *("id", "alias", "public_ip_address", "public_ipv6_address", "status", "billing_info", "vnic"),
    *("bandwidth", "associate_instance_type", "associate_instance_id", "tags"),
)
"""All fields that are read: tags come only if they are asked for, and then the others must be asked for too."""

_SHARED = "WHOLE"
_TAG_SEPARATORS = "=*"
"""Possible separators of key and value in a tag; none is documented."""


class EipClient:
    """Reads EIPs and bandwidths."""

    def __init__(self, session: InventorySession) -> None:
        self._session = session

    async def eips(self, place: ProjectRegion) -> ServiceList[Eip]:
        """Return all EIPs of a project."""
        return await self._read(place, {}, by_stated_marker(PAGE_SIZE))

    async def eips_of_devices(self, place: ProjectRegion, device_ids: Collection[str]) -> ServiceList[Eip]:
        """Return the EIPs that are bound to these servers or gateways."""
        return await self._read_by_ids(place, "vnic.device_id", device_ids)

    async def eips_of_instances(self, place: ProjectRegion, instance_ids: Collection[str]) -> ServiceList[Eip]:
        """Return the EIPs that are bound to these instances of other services, such as databases."""
        return await self._read_by_ids(place, "vnic.instance_id", instance_ids)

    async def eips_by_id(self, place: ProjectRegion, ids: Collection[str]) -> ServiceList[Eip]:
        """Return the EIPs with these ids."""
        return await self._read_by_ids(place, "id", ids)

    async def bandwidths(self, place: ProjectRegion) -> ServiceList[Bandwidth]:
        """Return all bandwidths of a project, shared ones and dedicated ones."""
        call = ListCall(paging=by_last_id(BANDWIDTH_PAGE_SIZE))
        return await self._session.read_list(LIST_BANDWIDTHS, place, _bandwidths, call)

    async def _read_by_ids(self, place: ProjectRegion, name: str, ids: Collection[str]) -> ServiceList[Eip]:
        paging = replace(by_stated_marker(PAGE_SIZE), is_counted=False)
        return await read_in_groups(ids, MAX_IDS, place, lambda group: self._read(place, {name: tuple(group)}, paging))

    async def _read(self, place: ProjectRegion, query: Query, paging: Paging) -> ServiceList[Eip]:
        """Return the EIPs that a query matches; without tags where the service does not know one of the fields."""
        call = ListCall(query={**query, "fields": _FIELDS}, paging=paging)
        found = await self._session.read_list(LIST_EIPS, place, _eips, call)
        if found.origin is not None or found.problem is None or found.problem.code != "inventory_failed":
            return found
        return await self._session.read_list(LIST_EIPS, place, _eips, replace(call, query=query))


def _eips(document: JsonObject) -> ListPage[Eip]:
    marker = text_at(document, "page_info", "next_marker")
    return read_rows(document, "publicips", decode_eip, total="total_count", next_marker=marker)


def decode_eip(row: JsonObject) -> Eip:
    """Return an EIP. Raise ApiError if its row is unreadable."""
    bandwidth = row.optional_object("bandwidth") or JsonObject("", {})
    vnic = optional_part(row, "vnic")
    return Eip(
        eip_id=row.untrusted("id"),
        address=row.untrusted("public_ip_address") or row.untrusted("public_ipv6_address"),
        name=row.untrusted("alias"),
        status=row.display("status"),
        instance_type=row.display("associate_instance_type"),
        instance_id=row.untrusted("associate_instance_id"),
        device_id=vnic.untrusted("device_id"),
        vnic_instance_type=vnic.display("instance_type"),
        vnic_instance_id=vnic.untrusted("instance_id"),
        charging=_charging_of(row),
        bandwidth_id=bandwidth.untrusted("id"),
        is_bandwidth_shared=bandwidth.text("share_type") == _SHARED,
        bandwidth_charging=_charging_of(bandwidth) if bandwidth.values else Charging.UNKNOWN,
        tags=tags_of_texts(row.values.get("tags"), _TAG_SEPARATORS),
    )


def _charging_of(row: JsonObject) -> Charging:
    """Return the charging mode from `order:product:region:project`, which is empty or null for pay-per-use."""
    info = row.values.get("billing_info")
    if info is None or info == "":
        return Charging.PAY_PER_USE
    return Charging.YEARLY_MONTHLY if isinstance(info, str) else Charging.UNKNOWN


def _bandwidths(document: JsonObject) -> ListPage[Bandwidth]:
    return read_rows(document, "bandwidths", decode_bandwidth)


def decode_bandwidth(row: JsonObject) -> Bandwidth:
    """Return a bandwidth. Raise ApiError if its row is unreadable."""
    return Bandwidth(
        bandwidth_id=row.untrusted("id"),
        name=row.untrusted("name"),
        is_shared=row.text("share_type") == _SHARED,
        charging=_charging_of(row),
        eip_ids=tuple(each.required_untrusted("publicip_id") for each in required_objects(row, "publicip_info")),
    )
