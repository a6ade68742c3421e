"""Several rows of one resource: rows that agree and closed ones cost nothing, and two pages never share a row."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.support.connections import connect, make_sandbox
from tests.support.stub_vendor import StubResponse, StubVendor, json_response
from unsub_tui.api.client import RESOURCE_PAGE_SIZE
from unsub_tui.api.errors import ApiError
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.resource import RowDefect
from unsub_tui.sandbox import Behavior

ROW = {"is_main_resource": 1, "status": 2}


def make_vendor(rows: list[dict[str, object]]) -> StubVendor:
    """Return a vendor that lists these rows."""

    def answer(request: httpx.Request) -> StubResponse:
        offset = json.loads(request.content)["offset"]
        return json_response({"total_count": len(rows), "data": rows[offset : offset + RESOURCE_PAGE_SIZE]})

    return StubVendor(answer)


def numbered_rows(count: int) -> list[dict[str, object]]:
    """Return rows with a key of their own, each of another resource."""
    return [{"id": f"row-{number}", "resource_id": f"ecs-{number}", **ROW} for number in range(count)]


async def list_ids(rows: list[dict[str, object]]) -> list[str]:
    """Return the ids of a vendor's resources."""
    async with make_vendor(rows).connection().read_client() as client:
        return [each.id for each in await client.list_resources()]


@pytest.mark.parametrize("fields", [{}, {"status": 3}, {"update_time": "2026-01-01T00:00:00Z", "region_code": None}])
async def test_every_resource_twice(fields: dict[str, object]) -> None:
    """The list and the reads by id are as without the further rows, on several pages as well."""
    sandbox = make_sandbox(700)
    async with connect(sandbox).read_client() as client:
        before = await client.list_resources()
        some = [each.id for each in before[:60]]
        named = await client.resources_by_id(some)
        resources = sandbox.account.resources.list_all()
        sandbox.account.behavior = Behavior(extra_rows={each.resource_id: [fields] for each in resources})

        assert await client.list_resources() == before
        assert await client.resources_by_id(some) == named


async def test_contradictory_rows_are_all_listed() -> None:
    """They are marked, and other resources are not."""
    sandbox = make_sandbox(60)
    odd = sandbox.account.resources.list_all()[7].resource_id
    sandbox.account.behavior = Behavior(extra_rows={odd: [{"status": 4}, {"status": 3}]})
    async with connect(sandbox).read_client() as client:
        listed = await client.list_resources()
        named = await client.resources_by_id([odd])

    marked = [each for each in listed if each.defect is not None]
    assert [(each.id, each.defect) for each in marked] == [(odd, RowDefect.CONTRADICTORY)] * 2
    assert [each for each in named if each.id == odd] == marked
    assert len(listed) == 61


async def test_a_row_twice_in_one_answer() -> None:
    """One response cannot have moved: also where the two rows end one page and begin the next."""
    for place in (3, RESOURCE_PAGE_SIZE - 2, RESOURCE_PAGE_SIZE - 1, RESOURCE_PAGE_SIZE):
        rows = numbered_rows(1200)
        rows.insert(place, rows[place])
        assert await list_ids(rows) == [f"ecs-{number}" for number in range(1200)]


async def test_a_row_of_another_page_may_hide_one() -> None:
    """Every count is right and every page begins with the last row before it, and yet a row is missing."""
    rows = numbered_rows(1200)
    rows[700] = rows[100]
    with pytest.raises(ApiError) as caught:
        await list_ids(rows)
    assert caught.value.problem.kind is ProblemKind.INCOMPLETE


@pytest.mark.parametrize("row_id", ["same", "", None])
async def test_a_row_id_that_is_no_key(row_id: str | None) -> None:
    """If Huawei Cloud's `id` does not tell rows apart, the ids of the resources do."""
    rows = [{**row, "id": row_id} for row in numbered_rows(1200)]
    assert await list_ids(rows) == [f"ecs-{number}" for number in range(1200)]
