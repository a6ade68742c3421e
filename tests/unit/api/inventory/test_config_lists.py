"""Config: its recorder, and resources by region and type."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx

from tests.support.stub_vendor import StubResponse, json_response
from tests.unit.api.inventory.service_reads import read_services
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.service_rows import ConfigRecorder
from unsub_tui.domain.untrusted_text import UntrustedText

RESOURCE: dict[str, Any] = {
    "id": "srv-1",
    "name": "web",
    "provider": "ecs",
    "type": "cloudservers",
    "region_id": "ap-southeast-3",
    "project_id": "p-1",
    "updated": "2020-10-26T03:10Z",
    "state": "Normal",
    "tags": {"team": "a", "empty": ""},
    "properties": {"status": "ACTIVE"},
}


def test_resources_are_read_by_region_and_type() -> None:
    """From page to page, without those that Config knows to be deleted."""
    rows = [RESOURCE, {**RESOURCE, "id": "db-1", "properties": {"instanceStatus": "normal"}, "tags": None}]
    rows.append({**RESOURCE, "id": "gone", "state": "Deleted"})

    def answer(request: httpx.Request) -> StubResponse:
        first = {"": 0, "m1": 1, "m2": 2}[request.url.params.get("marker", "")]
        marker = [None, "m1", "m2", None][first + 1]
        return json_response({"resources": [rows[first]], "page_info": {"current_count": 1, "next_marker": marker}})

    found, vendor = read_services(
        answer, lambda clients: clients.config.resources("ap-southeast-3", "ecs.cloudservers")
    )
    assert found.is_complete
    server, database = found.rows
    assert (server.resource_id.raw, server.status, server.region, server.project_id) == (
        "srv-1",
        "ACTIVE",
        "ap-southeast-3",
        "p-1",
    )
    assert server.updated == datetime(2020, 10, 26, 3, 10, tzinfo=UTC)
    assert server.tags == {UntrustedText("team"): UntrustedText("a"), UntrustedText("empty"): UntrustedText("")}
    assert (database.status, database.tags) == ("normal", None)
    assert len(vendor.requests) == 3
    request = vendor.requests[0]
    assert request.url.path == "/v1/resource-manager/domains/acc-1/all-resources"
    assert dict(request.url.params) == {"region_id": "ap-southeast-3", "type": "ecs.cloudservers", "limit": "200"}
    assert request.headers["X-Domain-Id"] == "acc-1"


def read_recorder(answer: StubResponse) -> Any:
    """Return the list with the recorder."""
    found, _ = read_services(answer, lambda clients: clients.config.recorder())
    return found


def test_without_a_recorder_nothing_is_kept_up_to_date() -> None:
    """The answer 404 says so, unless the operation itself does not exist."""
    found = read_recorder(json_response({"error_code": "RMS.00010201", "error_msg": "no tracker"}, 404))
    assert found.rows == (ConfigRecorder(is_on=False),)
    assert found.is_complete
    assert found.origin.source == "rms:show_tracker_config"
    found = read_recorder(json_response({"error_code": "APIGW.0101", "error_msg": "API not exist"}, 404))
    assert (found.rows, found.problem) == ((), fact("inventory_not_offered", region="global"))


def test_a_recorder_says_what_it_records() -> None:
    """A frozen one records nothing."""
    selector = {"all_supported": False, "resource_types": ["ecs.cloudservers", 5]}
    found = read_recorder(json_response({"selector": selector}))
    assert found.rows == (ConfigRecorder(is_on=True, types=("ecs.cloudservers",)),)
    frozen = {"selector": {"all_supported": True}, "frozen_status": {"is_frozen": True}}
    assert read_recorder(json_response(frozen)).rows == (ConfigRecorder(is_on=False, records_all_types=True),)
    assert not read_recorder(json_response({"selector": "x"})).is_complete
