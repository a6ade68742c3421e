"""Config: its recorder, and single resources."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx

from tests.support.stub_vendor import StubResponse, json_response
from tests.unit.api.inventory.service_reads import read_services
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.service_rows import ConfigRecorder, ProjectRegion
from unsub_tui.domain.untrusted_text import UntrustedText

PLACE = ProjectRegion("ap-southeast-3", "p-1")
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


def test_single_resources_are_read() -> None:
    """One call each, of the types that the recorder keeps up to date, without those that Config knows to be deleted."""
    database = {**RESOURCE, "provider": "rds", "type": "instances", "properties": {"instanceStatus": "normal"}}
    rows = {
        "srv-1": RESOURCE,
        "db-1": {**database, "id": "db-1", "tags": None},
        "gone": {**RESOURCE, "id": "gone", "state": "Deleted"},
        "old": {**RESOURCE, "id": "old", "provider": "dds", "type": "instances"},
        "other": RESOURCE,  # not what was asked for
    }

    def answer(request: httpx.Request) -> StubResponse:
        if request.url.path.endswith("tracker-config"):
            return json_response({"selector": {"resource_types": ["ecs.cloudservers", "rds.instances"]}})
        return json_response({"resources": [rows[request.url.params["id"]]], "page_info": {"current_count": 1}})

    found, vendor = read_services(answer, lambda clients: clients.config.resources_by_id(PLACE, [*rows, "a/b"]))
    assert found.is_complete
    assert found.asked_ids == frozenset(rows)
    server, other = sorted(found.rows, key=lambda row: row.resource_id.raw, reverse=True)
    assert (server.resource_id.raw, server.status, server.region, server.project_id) == (
        "srv-1",
        "ACTIVE",
        "ap-southeast-3",
        "p-1",
    )
    assert server.updated == datetime(2020, 10, 26, 3, 10, tzinfo=UTC)
    assert server.tags == {UntrustedText("team"): UntrustedText("a"), UntrustedText("empty"): UntrustedText("")}
    assert (other.status, other.tags) == ("normal", None)
    assert len(vendor.requests) == 1 + len(rows)
    request = next(each for each in vendor.requests if each.url.params.get("id") == "srv-1")
    assert request.url.path == "/v1/resource-manager/domains/acc-1/all-resources"
    assert dict(request.url.params) == {"region_id": "ap-southeast-3", "id": "srv-1"}
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
