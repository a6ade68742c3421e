"""Projects of the account, from IAM. The regions of listed resources are known without it."""

from __future__ import annotations

from collections.abc import Mapping

from unsub_tui.api.inventory.list_reader import Paging, PagingStyle
from unsub_tui.api.inventory.service_hosts import Service, is_valid_region
from unsub_tui.api.inventory.service_pages import ListPage, flag, read_rows
from unsub_tui.api.inventory.session import InventorySession, ListCall, Operation
from unsub_tui.api.json_object import JsonObject
from unsub_tui.api.wire_format import Json, text_of
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import Project, ProjectRegion

PAGE_SIZE = 5000
"""Maximum number of projects in one response."""

NOWHERE = ProjectRegion("", "")
"""The place of lists that belong to the account."""

_ALL = Operation(name="keystone_list_projects", service=Service.IAM, path="/v3/projects", is_global=True)
_OWN = Operation(name="keystone_list_auth_projects", service=Service.IAM, path="/v3/auth/projects", is_global=True)
_CALL = ListCall(query={"page": "1"}, paging=Paging(style=PagingStyle.SINGLE, limit=PAGE_SIZE, limit_name="per_page"))


class ProjectsClient:
    """Client for the projects of the account."""

    def __init__(self, session: InventorySession) -> None:
        self._session = session

    async def projects(self) -> ServiceList[Project]:
        """Return all projects; without the permission for them, those that the caller may use."""
        found = await self._session.read_list(_ALL, NOWHERE, _page, _CALL)
        return found if found.origin is not None else await self._session.read_list(_OWN, NOWHERE, _page)


def _page(document: JsonObject) -> ListPage[Project]:
    by_id = {text_of(each.get("id")): each for each in document.elements("projects") if isinstance(each, dict)}
    return read_rows(document, "projects", lambda row: _project(row, by_id))


def _project(row: JsonObject, by_id: Mapping[str, Mapping[str, Json]]) -> Project:
    parent = by_id.get(row.text("parent_id"), {})  # of a sub-project: the region's own one
    return Project(
        project_id=row.text("id"),
        name=row.untrusted("name"),
        region=_region(text_of(parent.get("name"))) or _region(row.text("name")),
        is_enabled=flag(row.values.get("enabled")) is not False,
    )


def _region(name: str) -> str:
    """Return the region in the name of a project, which is that of the region or continues it after an underscore."""
    region = name.partition("_")[0]
    return region if is_valid_region(region) else ""
