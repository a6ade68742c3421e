"""Config (RMS): its recorder, and single resources that it recorded.

Sources: API Explorer definitions, SDK 3.1.219.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from functools import reduce

from unsub_tui.api.inventory.list_reader import BY_IDS, UNPUBLISHED_CODE
from unsub_tui.api.inventory.service_hosts import Service
from unsub_tui.api.inventory.service_pages import ListPage, one_row, read_rows, tags_of_object
from unsub_tui.api.inventory.service_values import is_safe_id, optional_part, parse_service_time, required_id
from unsub_tui.api.inventory.session import InventorySession, ListCall, Operation
from unsub_tui.api.json_object import JsonObject
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.inventory.finding import Origin
from unsub_tui.domain.inventory.service_lists import ServiceList, joined
from unsub_tui.domain.inventory.service_rows import ConfigRecorder, ConfigRow, ProjectRegion
from unsub_tui.domain.problem import Problem

MAX_IDS = 20
"""Maximum number of resources of a project that Config is asked about one by one."""

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

RECORDER_OFF = fact("inventory_recorder_off")

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
        call = ListCall(explain=explain_absent_recorder)
        found = await self._session.read_list(TRACKER_CONFIG, _EVERYWHERE, _recorder_page, call)
        if found.problem != RECORDER_OFF:
            return found
        origin = Origin(TRACKER_CONFIG.source, _EVERYWHERE.region, self._session.now)
        return ServiceList(_EVERYWHERE, (ConfigRecorder(is_on=False),), origin)

    async def resources_by_id(self, place: ProjectRegion, ids: Collection[str]) -> ServiceList[ConfigRow]:
        """Return the recorded resources with these ids, one call for each, after one for the recorder.

        Rows of types that it does not record may be of any age: they are left out. The list is never proof that
        something does not exist.
        """
        state = await self.recorder()
        recorder = next((each for each in state.rows if each.is_on), None)
        if recorder is None:
            return ServiceList(place, problem=state.problem or RECORDER_OFF)
        wanted = [*dict.fromkeys(filter(is_safe_id, ids))][:MAX_IDS]
        lists = await asyncio.gather(*(self._resource(place, each) for each in wanted))
        start = ServiceList[ConfigRow](place)
        found = reduce(lambda one, other: joined(one, other, lambda row: row.resource_id.raw), lists, start)
        rows = tuple(each for each in found.rows if recorder.records(each))
        return ServiceList(place, rows, found.origin, found.problem, frozenset(wanted))

    async def _resource(self, place: ProjectRegion, resource_id: str) -> ServiceList[ConfigRow]:
        call = ListCall(query={"region_id": place.region, "id": resource_id}, paging=BY_IDS)
        found = await self._session.read_list(ALL_RESOURCES, place, _resources_page, call)
        rows = tuple(each for each in found.rows if each is not None and each.resource_id.raw == resource_id)
        return ServiceList(place, rows, found.origin, found.problem)


def explain_absent_recorder(problem: Problem) -> Fact | None:
    """Return that the recorder is off, if this is what a response means."""
    return RECORDER_OFF if problem.http_status == 404 and problem.code.raw != UNPUBLISHED_CODE else None


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
    return read_rows(document, "resources", decode_resource)


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
