"""Projects of the account: all of them, or those that the caller may use."""

from __future__ import annotations

import asyncio

import httpx

from tests.support.stub_vendor import StubResponse, StubVendor, json_response
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import Project

ROWS = {
    "projects": [
        {"id": "p1", "name": "ap-southeast-3", "parent_id": "acc-1", "enabled": True},
        {"id": "p2", "name": "ap-southeast-3_team", "parent_id": "p1", "enabled": False},
        {"id": "p3", "name": "MOS", "parent_id": "acc-1"},
        {"id": "p4", "name": "cn-north-4_x_y", "parent_id": "elsewhere"},
    ]
}


def read(vendor: StubVendor) -> ServiceList[Project]:
    """Return the projects of a service."""

    async def reading() -> ServiceList[Project]:
        async with vendor.connection().inventory_clients() as clients:
            return await clients.projects.projects()

    return asyncio.run(reading())


def test_projects_have_the_region_of_their_name_or_parent() -> None:
    """Sub-projects belong to the region of their parent."""
    vendor = StubVendor(lambda _: json_response(ROWS))
    found = read(vendor)
    assert found.is_complete
    regions = {each.project_id: (each.region, each.is_enabled) for each in found.rows}
    assert regions == {
        "p1": ("ap-southeast-3", True),
        "p2": ("ap-southeast-3", False),
        "p3": ("", True),
        "p4": ("cn-north-4", True),
    }
    (request,) = vendor.requests
    assert (request.url.path, request.url.query) == ("/v3/projects", b"page=1&per_page=5000")
    assert request.headers["X-Domain-Id"] == "acc-1"


def test_without_the_permission_those_of_the_caller_are_read() -> None:
    """Any user may list the projects that he may use."""

    def answer(request: httpx.Request) -> StubResponse:
        if request.url.path == "/v3/projects":
            return json_response({"error": {"code": 403, "message": "Forbidden"}}, 403)
        return json_response({"projects": ROWS["projects"][:1]})

    vendor = StubVendor(answer)
    found = read(vendor)
    assert [each.project_id for each in found.rows] == ["p1"]
    assert [each.url.path for each in vendor.requests] == ["/v3/projects", "/v3/auth/projects"]
