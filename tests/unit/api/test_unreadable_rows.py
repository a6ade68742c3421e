"""Rows of resources that lack a needed field: listed, and never the basis of a conclusion."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.connections import connect, make_sandbox
from tests.support.stub_vendor import StubResponse, StubVendor, json_response
from unsub_tui.api.client import RESOURCE_PAGE_SIZE
from unsub_tui.domain.resource import Catalog, RowDefect
from unsub_tui.sandbox import Behavior

NULLS = st.sets(st.sampled_from(["id", "resource_id", "is_main_resource", "status"])).map(
    lambda names: dict.fromkeys(names, None)
)


@given(st.dictionaries(st.integers(0, 699), NULLS, max_size=20))
def test_every_readable_row_is_listed(nulls: dict[int, dict[str, None]]) -> None:
    """Whatever fields of some rows are null: all rows are counted, and the other ones are as without them."""
    rows: list[dict[str, Any]] = [
        {"id": f"row-{each}", "resource_id": f"ecs-{each}", "is_main_resource": 1, "status": 2} for each in range(700)
    ]
    for each, fields in nulls.items():
        rows[each] |= fields

    def answer(request: httpx.Request) -> StubResponse:
        offset = json.loads(request.content)["offset"]
        return json_response({"total_count": len(rows), "data": rows[offset : offset + RESOURCE_PAGE_SIZE]})

    async def listed() -> Catalog:
        catalog = Catalog()
        async with StubVendor(answer).connection().read_client() as client:
            async for page in client.resource_pages():
                catalog.add_page(page.rows)
        return catalog.joined()

    catalog = asyncio.run(listed())
    unreadable = {each for each, fields in nulls.items() if fields.keys() - {"id"}}
    assert len(catalog) == 700
    assert {each.id for each in catalog.resources if each.defect is None} == {
        f"ecs-{each}" for each in range(700) if each not in unreadable
    }
    assert sum(each.defect is RowDefect.UNREADABLE for each in catalog.resources) == len(unreadable)


@pytest.mark.parametrize("name", ["resource_id", "is_main_resource", "status"])
async def test_other_resources_are_read_without_it(name: str) -> None:
    """Reads by id and of all resources return the row with its defect, and every other resource."""
    sandbox = make_sandbox(60)
    odd, other = (each.resource_id for each in sandbox.account.resources.list_all()[7:9])
    async with connect(sandbox).read_client() as client:
        before = await client.list_resources()
        sandbox.account.behavior = Behavior(row_changes={odd: {name: None}})
        for rows in (await client.resources_by_id([odd, other]), await client.list_resources()):
            (unreadable,) = [each for each in rows if each.defect is RowDefect.UNREADABLE]
            assert unreadable.id == ("" if name == "resource_id" else odd)
            found = {each.id: each for each in rows if each.defect is None}
            assert other in found
            assert all(found.get(each.id, each) == each for each in before if each.id != odd)
            assert odd not in found
