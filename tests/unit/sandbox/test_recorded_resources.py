"""Config of the sandbox: what it has late, and without a recorder hardly at all."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.support.sandbox_caller import UNSUBSCRIBE, Caller, Json
from tests.unit.sandbox.conftest import MakeCaller
from unsub_tui.sandbox import Behavior
from unsub_tui.sandbox.account_fixtures import DOMAIN_ID
from unsub_tui.sandbox.models import Condition
from unsub_tui.sandbox.offers import DISK, SERVER
from unsub_tui.sandbox.timestamps import DAY

ROOT = f"/v1/resource-manager/domains/{DOMAIN_ID}"


async def test_without_a_recorder_the_data_are_old(make_caller: MakeCaller) -> None:
    """The list still answers; only the recorder's settings and the age of the rows tell."""
    caller = make_caller(behavior=Behavior(has_recorder=False))
    answer = await caller.ask("rms", f"{ROOT}/tracker-config")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "RMS.00010506")
    for row in await _rows(caller):
        age = caller.sandbox.clock.now_utc() - datetime.fromisoformat(row["updated"])
        assert age > timedelta(days=29) or row["updated"][:16] == row["created"][:16]


async def test_some_servers_have_the_state_of_yesterday(make_caller: MakeCaller) -> None:
    """Most rows agree with the service, and those that do not say that the server runs."""
    caller = make_caller(resources=2000)
    caller.sandbox.account.now()
    inventory = caller.sandbox.account.inventory
    stated: dict[tuple[str, str], int] = {}
    for row in await _rows(caller, type="ecs.cloudservers"):
        server = inventory.find(row["project_id"], row["id"])
        assert server is not None
        facts = inventory.estate.project(row["project_id"]).server(server)
        key = (facts.status, row["properties"]["status"])
        stated[key] = stated.get(key, 0) + 1
        assert row["tags"] == facts.tags
    assert stated["SHUTOFF", "SHUTOFF"] > stated["SHUTOFF", "ACTIVE"] > 0
    assert ("ACTIVE", "SHUTOFF") not in stated


async def test_it_learns_a_day_late_that_a_resource_is_gone(caller: Caller) -> None:
    """Then the row disappears from the list and from the summary."""
    disk = caller.pick(Condition.NORMAL, DISK)
    body = {"resource_ids": [disk.resource_id], "unsubscribe_type": 1, "unsubscribe_reason_type": 2}
    assert (await caller.post(UNSUBSCRIBE, **body))["order_ids"]
    caller.sandbox.clock.advance(60)
    assert await _rows(caller, id=disk.resource_id)
    caller.sandbox.clock.advance(DAY)
    assert not await _rows(caller, id=disk.resource_id)
    assert (await caller.ask("rms", f"{ROOT}/all-resources/{disk.resource_id}")).status_code == 404


async def test_filters_and_pages(caller: Caller) -> None:
    """Pages hold at most 200 rows; tags are asked for by key, or by key and value."""
    assert (await caller.ask("rms", f"{ROOT}/all-resources", limit=201)).status_code == 400
    everything = await _rows(caller, limit=3)
    assert [each["id"] for each in everything] == sorted({each["id"] for each in everything})
    tagged = next(each for each in everything if each["tags"].get("owner"))
    owner = tagged["tags"]["owner"]
    for wanted, fits in (
        ({"tags": [f"owner={owner}"]}, lambda row: row["tags"].get("owner") == owner),
        ({"tags": ["owner"]}, lambda row: "owner" in row["tags"]),
        ({"region_id": tagged["region_id"]}, lambda row: row["region_id"] == tagged["region_id"]),
        ({"type": "evs.volumes"}, lambda row: (row["provider"], row["type"]) == ("evs", "volumes")),
        ({"ep_id": tagged["ep_id"]}, lambda row: row["ep_id"] == tagged["ep_id"]),
    ):
        assert await _rows(caller, **wanted) == list(filter(fits, everything))
    server = caller.pick(Condition.NORMAL, SERVER)
    answer = await caller.ask("rms", f"{ROOT}/all-resources/{server.resource_id}")
    assert answer.json() in everything


async def _rows(caller: Caller, limit: int = 200, **query: str | list[str]) -> list[Json]:
    found: list[Json] = []
    marker: Json = {}
    while True:
        answer = await caller.ask("rms", f"{ROOT}/all-resources", "", named="", limit=limit, **query, **marker)
        assert answer.status_code == 200, answer.text
        payload = answer.json()
        found += payload["resources"]
        if payload["page_info"]["next_marker"] is None:
            return found
        marker = {"marker": payload["page_info"]["next_marker"]}
