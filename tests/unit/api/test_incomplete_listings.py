from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import httpx
import pytest

from tests.support.stub_vendor import StubResponse, StubVendor, json_response
from unsub_tui.api.client import RESOURCE_PAGE_SIZE, BssClient
from unsub_tui.api.errors import ApiError
from unsub_tui.api.pagination import MAX_READS
from unsub_tui.domain.problem import ProblemKind

Answer = dict[str, object]
Corruption = Callable[[int, Answer], None]


def make_rows(first: int, end: int) -> list[Mapping[str, object]]:
    """Return the rows of the numbers from `first` to before `end`."""
    return [{"resource_id": f"ecs-{number}", "is_main_resource": 1, "status": 2} for number in range(first, end)]


def listing_vendor(total: int, corrupt: Corruption) -> StubVendor:
    """Return a vendor of so many resources; `spoil` may change the page at an offset."""

    def answer(request: httpx.Request) -> StubResponse:
        offset = json.loads(request.content)["offset"]
        page: Answer = {"total_count": total, "data": make_rows(offset, min(total, offset + RESOURCE_PAGE_SIZE))}
        corrupt(offset, page)
        return json_response(page)

    return StubVendor(answer)


async def read_ids(client: BssClient) -> list[str]:
    """Return the ids of all resources."""
    return [each.id async for page in client.resource_pages() for each in page.rows]


CORRUPTIONS: dict[str, tuple[int, Answer]] = {
    "the total grows": (499, {"total_count": 1201}),
    "the total shrinks": (998, {"total_count": 1199}),
    "a short first page": (0, {"data": make_rows(0, 499)}),
    "a short page in the middle": (499, {"data": make_rows(499, 998)}),
    "a short last page": (998, {"data": make_rows(998, 1199)}),
    "an empty page in the middle": (499, {"data": []}),
    "no page in the middle": (499, {"data": None}),
    "an empty first page": (0, {"data": []}),
    "a page that is too long": (499, {"data": make_rows(499, 1000)}),
    "a row of the page before": (499, {"data": make_rows(498, 998)}),
    "a row twice in one page": (499, {"data": [*make_rows(499, 998), *make_rows(997, 998)]}),
    "the same page again": (499, {"data": make_rows(0, 500)}),
    "one gone before a seam, one come behind it": (998, {"data": make_rows(999, 1201)}),
    "rows that nobody counted": (0, {"total_count": 0}),
}


@pytest.mark.parametrize(("where", "change"), CORRUPTIONS.values(), ids=CORRUPTIONS)
async def test_a_list_that_is_not_whole(where: int, change: Answer) -> None:
    """Whatever shows that a row may be missing is noticed; read anew a few times, and never silently short."""
    vendor = listing_vendor(1200, lambda offset, page: page.update(change if offset == where else {}))
    async with vendor.connection().read_client() as client:
        with pytest.raises(ApiError) as caught:
            await read_ids(client)

    assert caught.value.problem.kind is ProblemKind.INCOMPLETE
    assert caught.value.problem.operation == "list_resources"
    offsets = [json.loads(request.content)["offset"] for request in vendor.requests]
    assert offsets.count(0) == MAX_READS


@pytest.mark.parametrize(("where", "change"), CORRUPTIONS.values(), ids=CORRUPTIONS)
async def test_a_list_that_moved_once_is_repaired(where: int, change: Answer) -> None:
    """What was wrong once is read anew, and the caller is told to forget what came before."""
    left = [change]
    vendor = listing_vendor(1200, lambda offset, page: page.update(left.pop() if offset == where and left else {}))
    known: list[str] = []
    async with vendor.connection().read_client() as client:
        async for page in client.resource_pages():
            if page.restarted:
                known.clear()
            known += [each.id for each in page.rows]

    assert sorted(known) == sorted(f"ecs-{number}" for number in range(1200))


async def test_a_complete_list_has_no_row_of_a_discarded_reading() -> None:
    """A resource that disappears during the first reading is not in the list, although its page had arrived."""
    totals = [1200, 1200, 1199]

    def answer(request: httpx.Request) -> StubResponse:
        offset, total = json.loads(request.content)["offset"], totals.pop(0) if len(totals) > 1 else totals[0]
        rows = make_rows(0, 1200)[1200 - total :][offset : offset + RESOURCE_PAGE_SIZE]
        return json_response({"total_count": total, "data": rows})

    async with StubVendor(answer).connection().read_client() as client:
        listed = await client.list_resources()

    assert [each.id for each in listed] == [f"ecs-{number}" for number in range(1, 1200)]


async def test_a_list_without_a_total() -> None:
    """It is shown as a list of which rows may be missing, and proves nothing."""
    vendor = listing_vendor(1200, lambda _, page: page.update({"total_count": None}))
    async with vendor.connection().read_client() as client:
        with pytest.raises(ApiError) as caught:
            await read_ids(client)
        assert caught.value.problem.kind is ProblemKind.INCOMPLETE
        with pytest.raises(ApiError):
            await client.count_resources()
        pages = [page async for page in client.resource_pages(may_move=True)]
    start = max(number for number, page in enumerate(pages) if page.restarted)
    assert [each.id for page in pages[start:] for each in page.rows] == [f"ecs-{number}" for number in range(1200)]
    assert pages[-1].rows_at_risk


async def test_an_answer_without_rows_and_total() -> None:
    """It is no empty list: it may be the answer to something else."""
    vendor = StubVendor(lambda _: json_response({}))
    async with vendor.connection().read_client() as client:
        for may_move in (False, True):
            with pytest.raises(ApiError) as caught:
                [page async for page in client.resource_pages(may_move=may_move)]
            assert caught.value.problem.kind is ProblemKind.INCOMPLETE
