"""Config (RMS): its recorder and the resources that it recorded.

Sources: API Explorer definitions, SDK 3.1.219.
"""

from __future__ import annotations

from unsub_tui.api.inventory.list_reader import UNPUBLISHED_CODE, by_stated_marker
from unsub_tui.api.inventory.service_hosts import Service
from unsub_tui.api.inventory.service_pages import ListPage, one_row, read_rows, tags_of_object, text_at
from unsub_tui.api.inventory.service_values import optional_part, parse_service_time, required_id
from unsub_tui.api.inventory.session import InventorySession, ListCall, Operation
from unsub_tui.api.json_object import JsonObject
from unsub_tui.domain.fact import Fact
from unsub_tui.domain.inventory.finding import Origin
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import ConfigRecorder, ConfigRow, ProjectRegion
from unsub_tui.domain.problem import Problem

PAGE_SIZE = 200

TRACKER_CONFIG = Operation(
    name="show_tracker_config",
    service=Service.CONFIG,
    path="/v1/resource-manager/domains/{domain_id}/tracker-config",
    is_global=True,
)
ALL_RESOURCES = Operation(
    name="list_all_resources",
    service=Service.CONFIG,
    path="/v1/resource-manager/domains/{domain_id}/all-resources",
    is_global=True,
)

_STATUS_NAMES = ("status", "instanceStatus")
"""Names of the status in the properties of a resource: that of most types, and that of databases."""
_DELETED = "Deleted"
_EVERYWHERE = ProjectRegion("global", "")


class ConfigClient:
    """Reads the records of Config, which cover all regions and projects of the account."""

    def __init__(self, session: InventorySession) -> None:
        self._session = session

    async def recorder(self) -> ServiceList[ConfigRecorder]:
        """Return the state of the resource recorder, as the only row."""
        absent: list[Problem] = []

        def explain(problem: Problem) -> Fact | None:
            if problem.http_status == 404 and problem.code.raw != UNPUBLISHED_CODE:
                absent.append(problem)
            return None

        found = await self._session.read_list(TRACKER_CONFIG, _EVERYWHERE, _recorder_page, ListCall(explain=explain))
        if not absent:
            return found
        origin = Origin(TRACKER_CONFIG.source, _EVERYWHERE.region, self._session.now)
        return ServiceList(_EVERYWHERE, (ConfigRecorder(is_on=False),), origin)

    async def resources(self, region: str, resource_type: str = "") -> ServiceList[ConfigRow]:
        """Return the recorded resources of a region, in all its projects; of one type (`ecs.cloudservers`) or of all.

        The list is never proof that something does not exist.
        """
        query = {"region_id": region} | ({"type": resource_type} if resource_type else {})
        call = ListCall(query=query, paging=by_stated_marker(PAGE_SIZE))
        found = await self._session.read_list(ALL_RESOURCES, ProjectRegion(region, ""), _resources_page, call)
        rows = tuple(each for each in found.rows if each is not None)
        return ServiceList(found.place, rows, found.origin, found.problem)


def decode_resource(row: JsonObject) -> ConfigRow | None:
    """Return a resource, or None if Config knows that it is deleted. Raise ApiError if its id is missing."""
    if row.text("state") == _DELETED:
        return None
    properties = optional_part(row, "properties")
    return ConfigRow(
        resource_id=required_id(row, "id"),
        name=row.untrusted("name"),
        provider=row.display("provider"),
        type=row.display("type"),
        region=row.display("region_id"),
        project_id=row.display("project_id"),
        status=next(filter(None, map(properties.display, _STATUS_NAMES)), ""),
        updated=parse_service_time(row.values.get("updated")),
        tags=tags_of_object(row.values.get("tags")),
    )


def _resources_page(document: JsonObject) -> ListPage[ConfigRow | None]:
    marker = text_at(document, "page_info", "next_marker")
    return read_rows(document, "resources", decode_resource, next_marker=marker)


def decode_recorder(document: JsonObject) -> ConfigRecorder:
    """Return the state of a recorder that exists. A frozen one records nothing."""
    selector = document.required_object("selector")
    types = selector.values.get("resource_types")
    return ConfigRecorder(
        is_on=optional_part(document, "frozen_status").values.get("is_frozen") is not True,
        records_all_types=selector.values.get("all_supported") is True,
        types=tuple(each for each in types if isinstance(each, str)) if isinstance(types, list) else (),
    )


def _recorder_page(document: JsonObject) -> ListPage[ConfigRecorder]:
    return one_row("recorder", decode_recorder(document))
