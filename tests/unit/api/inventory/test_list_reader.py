"""Paging: every style reads every row that exists throughout, and says so if it may not have."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.api.errors import ApiError
from unsub_tui.api.inventory.list_reader import (
    LEAST_PAGE,
    MAX_PAGES,
    ONE_PAGE,
    ListReader,
    Paging,
    PagingStyle,
    by_last_id,
    by_offset,
    by_stated_marker,
)
from unsub_tui.api.inventory.service_pages import ListPage
from unsub_tui.api.transport import Query
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.problem import Problem, ProblemKind


@dataclass
class PagedService:
    """A list in a service; before each page but the first, rows may be deleted or added."""

    ids: list[str]
    paging: Paging
    states_total: bool = True
    max_page: int = 1000
    """Number of rows that the service sends at most, whatever it is asked for."""
    deletions: list[list[str]] = field(default_factory=list)
    additions: list[list[str]] = field(default_factory=list)
    asked: list[Query] = field(default_factory=list)

    async def ask(self, query: Query) -> ListPage[str]:
        """Answer one request."""
        if self.asked:
            for gone in self.deletions.pop(0) if self.deletions else ():
                if gone in self.ids:
                    self.ids.remove(gone)
            self.ids += self.additions.pop(0) if self.additions else []
        self.asked.append(query)
        position = query.get(self.paging.position_name)
        if self.paging.style is PagingStyle.OFFSET:
            begin = int(str(position or 0))
        elif position is None:
            begin = 0
        elif position in self.ids:
            begin = self.ids.index(str(position)) + 1
        else:
            raise ApiError(Problem(kind=ProblemKind.SERVICE, http_status=404, operation="list"))
        page = self.ids[begin : begin + min(self.max_page, int(str(query["limit"])))]
        is_last = begin + len(page) >= len(self.ids)
        marker = page[-1] if self.paging.style is PagingStyle.STATED_MARKER and page and not is_last else ""
        return ListPage(
            rows={each: each for each in page},
            received=len(page),
            ids=tuple(page),
            total=len(self.ids) if self.states_total else None,
            next_marker=marker,
        )

    def read(self) -> tuple[list[str], Fact | None]:
        """Read the whole list."""
        reader = ListReader(self.paging, self.ask, lambda: False)
        problem = asyncio.run(reader.read())
        return list(reader.rows), problem


LIMITS = st.integers(1, 20) | st.just(500)
BY_MARKERS = st.builds(by_last_id, LIMITS) | st.builds(by_stated_marker, LIMITS)
GONE = st.lists(st.lists(st.integers(0, 39).map("r{}".format), max_size=3), max_size=6)
MORE = st.lists(st.lists(st.integers(0, 9).map("new{}".format), unique=True, max_size=3), max_size=6)


@given(st.integers(0, 120), BY_MARKERS | st.builds(by_offset, LIMITS), st.integers(1, 25))
def test_a_still_list_is_read_to_its_end(count: int, paging: Paging, most: int) -> None:
    """With any page size, also if the service sends shorter pages than asked for, with and without a total."""
    ids = [f"r{n}" for n in range(count)]
    for states_total in (True, False):
        max_page = most if states_total or paging.style is PagingStyle.STATED_MARKER else LEAST_PAGE
        service = PagedService(list(ids), paging, states_total=states_total, max_page=max_page)
        assert service.read() == (ids, None)


@given(st.integers(1, 40), BY_MARKERS, GONE, MORE)
def test_rows_that_exist_throughout_are_read_by_markers(
    count: int, paging: Paging, gone: list[list[str]], more: list[list[str]]
) -> None:
    """Whatever is deleted or added between pages, also the row of the marker; or the read fails with a problem."""
    ids = [f"r{n}" for n in range(count)]
    service = PagedService(list(ids), paging, deletions=gone, additions=more)
    try:
        rows, problem = service.read()
    except ApiError:
        return  # more rows before the marker were deleted than are tried
    if problem is None:
        assert set(ids) & set(service.ids) <= set(rows)


@given(st.integers(1, 40), LIMITS, GONE)
def test_a_list_by_offset_that_lacks_rows_is_never_complete(count: int, limit: int, gone: list[list[str]]) -> None:
    """Rows move to pages that were read already, and the totals tell."""
    service = PagedService([f"r{n}" for n in range(count)], by_offset(limit), deletions=gone)
    rows, problem = service.read()
    if not set(service.ids) <= set(rows):
        assert problem == fact("inventory_changed")


def test_the_marker_of_a_deleted_row_is_replaced_by_the_one_before() -> None:
    """The next page begins at a row that was read already, which is joined by its id."""
    service = PagedService(list("abcdef"), by_last_id(3), states_total=False, deletions=[["c"]])
    rows, problem = service.read()
    assert rows == list("abcdef")
    assert problem is None
    assert [each.get("marker") for each in service.asked] == [None, "c", "b", "f"]


def test_a_page_that_repeats_ends_the_list() -> None:
    """A service that ignores the marker would be asked for ever."""
    asked: list[Query] = []

    async def ask(query: Query) -> ListPage[str]:
        asked.append(query)
        return ListPage({"a": "a", "b": "b"}, 2, ids=("a", "b"), next_marker="b")

    for paging in (by_last_id(2), by_stated_marker(2), by_offset(2)):
        asked.clear()
        reader = ListReader(paging, ask, lambda: False)
        assert asyncio.run(reader.read()) == fact("inventory_changed")
        assert list(reader.rows) == ["a", "b"]
        assert len(asked) == 2


def test_an_empty_page_with_a_marker_is_not_the_end() -> None:
    """A service may filter a page after it has cut it."""
    pages = {
        "": ListPage({"a": "a"}, 1, ids=("a",), next_marker="1"),
        "1": ListPage[str]({}, 0, next_marker="2"),
        "2": ListPage({"b": "b"}, 1, ids=("b",)),
    }

    async def ask(query: Query) -> ListPage[str]:
        return pages[str(query.get("marker", ""))]

    reader = ListReader(by_stated_marker(1), ask, lambda: False)
    assert asyncio.run(reader.read()) is None
    assert list(reader.rows) == ["a", "b"]
    pages["2"] = pages["1"]
    reader = ListReader(by_stated_marker(1), ask, lambda: False)
    assert asyncio.run(reader.read()) == fact("inventory_changed")


def test_a_list_without_an_end_ends() -> None:
    """Neither pages nor rows nor time are without limit."""

    async def ask(query: Query) -> ListPage[str]:
        row = str(int(str(query.get("marker", 0))) + 1)
        return ListPage({row: row}, 1, ids=(row,), next_marker=row)

    reader = ListReader(by_stated_marker(1), ask, lambda: False)
    assert asyncio.run(reader.read()) == fact("inventory_too_long", count=MAX_PAGES)
    reader = ListReader(by_stated_marker(1), ask, lambda: True)
    assert asyncio.run(reader.read()) == fact("inventory_too_slow", count=1)


def test_one_full_page_may_not_be_all() -> None:
    """An operation without a next page is cut off at its limit."""

    async def ask(_: Query) -> ListPage[str]:
        return ListPage({"a": "a", "b": "b"}, 2, ids=("a", "b"))

    cut = Paging(style=PagingStyle.SINGLE, limit=2, limit_name="per_page")
    assert asyncio.run(ListReader(cut, ask, lambda: False).read()) == fact("inventory_too_long", count=2)
    assert asyncio.run(ListReader(ONE_PAGE, ask, lambda: False).read()) is None
