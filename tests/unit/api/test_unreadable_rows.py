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
from unsub_tui.api.errors import ApiError
from unsub_tui.domain.problem import ProblemKind
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
async def test_reads_that_prove_something_need_every_row(name: str) -> None:
    """A row that cannot be read could be the one that is looked for."""
    sandbox = make_sandbox(60)
    odd = sandbox.account.resources.list_all()[7].resource_id
    sandbox.account.behavior = Behavior(row_changes={odd: {name: None}})
    async with connect(sandbox).read_client() as client:
        for read in (client.resources_by_id([odd]), client.list_resources()):
            with pytest.raises(ApiError) as caught:
                await read
            assert caught.value.problem.kind is ProblemKind.BAD_RESPONSE
