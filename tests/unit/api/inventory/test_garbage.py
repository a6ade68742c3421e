"""Whatever the services answer, the clients of the inventory return lists."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.stub_vendor import StubResponse, json_response
from tests.unit.api.inventory.service_reads import PLACE, read_services
from unsub_tui.api.inventory.ces import MetricTargets
from unsub_tui.api.inventory.inventory_clients import InventoryClients
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import Database, Eip, Server
from unsub_tui.domain.untrusted_text import UntrustedText

TARGETS = MetricTargets(
    servers=[Server(server_id=UntrustedText("a"))],
    databases=[Database(database_id=UntrustedText("a"), engine="MySQL")],
    eips=[Eip(eip_id=UntrustedText("a"), bandwidth_id=UntrustedText("b"), device_id=UntrustedText("c"))],
)


async def _disks_in_backups(clients: InventoryClients) -> Any:
    found = await clients.cbr.backups(PLACE, ["a"])
    return await clients.cbr.with_disks(found.whole, ["a"]) if found.whole else found.by_resource["a"]


Read = Callable[[InventoryClients], Awaitable[Any]]

READS: dict[str, Read] = {
    "vaults": lambda clients: clients.cbr.vaults(PLACE),
    "backups": lambda clients: clients.cbr.backups(PLACE, ["a"]),
    "disks in backups": _disks_in_backups,
    "databases": lambda clients: clients.rds.instances(PLACE),
    "database backups": lambda clients: clients.rds.backups(PLACE, ["a"]),
    "bin": lambda clients: clients.rds.recycle_bin(PLACE),
    "clusters": lambda clients: clients.cce.clusters(PLACE),
    "nodes": lambda clients: clients.cce.nodes(PLACE, ["a"]),
    "metrics": lambda clients: clients.ces.daily_metrics(PLACE, TARGETS),
    "recorder": lambda clients: clients.config.recorder(),
    "config": lambda clients: clients.config.resources_by_id(PLACE, ["a"]),
}


def lists_in(result: Any) -> list[ServiceList[object]]:
    """Return the lists of a result."""
    if isinstance(result, ServiceList):
        return [result]
    if isinstance(result, dict):
        return list(result.values())
    return [each for each in (result.whole, *result.by_resource.values()) if each is not None]


NAMES = (
    "id uid metadata spec status billing resources extra_info exclude_volumes children created_at expired_at tags type "
    "instance_id resource_id parent_id related_instance properties namespace metric_name dimensions datapoints unit "
    "timestamp max average name value key"
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["a", "available", "", "\x1b[2J", "2026-01-01T00:00:00Z"])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=5),
    max_leaves=12,
)
LISTS = ["vaults", "backups", "instances", "items", "metrics", "resources"]
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(LISTS, st.lists(VALUES, max_size=3) | VALUES),
        **dict.fromkeys(["count", "total_count"], st.integers(-2, 5000) | VALUES),
        "retention_period_in_days": VALUES,
        "page_info": VALUES,
        "pageInfo": VALUES,
        "selector": VALUES,
        "frozen_status": VALUES,
    },
)


@pytest.mark.parametrize("name", READS)
@given(answer=DOCUMENTS | VALUES)
def test_documents_of_any_form_are_no_error(name: str, answer: object) -> None:
    """A list has rows, or a problem, or is empty; every row that is there was read."""
    result, _ = read_services(json_response(answer), READS[name])
    for found in lists_in(result):
        assert found.problem is not None or found.origin is not None
        repr(found)


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize(
    "answer",
    [
        StubResponse(200, b""),
        StubResponse(200, b"<html>"),
        StubResponse(200, b"\xff\xfe"),
        StubResponse(200, b"[" * 100_000),
        StubResponse(204, b""),
        StubResponse(302, b"", {"Location": "https://evil.example"}),
        StubResponse(
            401, json.dumps({"error": {"code": "EPS.0003", "message": "policy doesn't allow a:b:list"}}).encode()
        ),
        StubResponse(403, b"{}"),
        StubResponse(404, b"{}"),
        StubResponse(500, b"oops"),
    ],
    ids=lambda answer: f"{answer.status}-{answer.body[:4]!r}",
)
def test_answers_that_are_no_list(name: str, answer: StubResponse) -> None:
    """The reason is a fact, and nothing is concluded from the answer; without a recorder, Config says 404."""
    result, _ = read_services(answer, READS[name])
    for found in lists_in(result):
        assert found.is_complete == (name == "recorder" and answer.status == 404)
        assert found.problem is None or found.problem.code.startswith("inventory_")
