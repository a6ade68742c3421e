from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unsub_tui.api.errors import ApiError
from unsub_tui.api.pagination import MAX_CONCURRENT_PAGES, MAX_READS, Page, Paginator
from unsub_tui.domain.problem import ProblemKind

Read = Callable[[int], list[int]]


class PagedNumbers:
    """A list of numbers, read in pages of ten; counts the reads, and how many were under way at once."""

    def __init__(self, count: int, corrupt: Callable[[Page[int]], Page[int]] = lambda page: page) -> None:
        self.numbers = list(range(count))
        self.read_count: list[int] = []
        self.max_concurrent = 0
        self._concurrent = 0
        self._corrupt = corrupt

    async def read(self, offset: int) -> Page[int]:
        """Read one page."""
        self.read_count.append(offset)
        self._concurrent += 1
        self.max_concurrent = max(self.max_concurrent, self._concurrent)
        await asyncio.sleep(0)
        self._concurrent -= 1
        rows = tuple(self.numbers[offset : offset + 10])
        return self._corrupt(Page(rows, len(self.numbers), offset, keys=rows))

    def pages(self) -> Paginator[int]:
        """Return it as pages."""
        return Paginator(operation="shelf", page_size=10, read_page=self.read)


@given(st.integers(0, 300))
def test_a_list_is_read_whole(count: int) -> None:
    """All rows once, in order, in as few pages as there must be, so many at a time and no more."""
    shelf = PagedNumbers(count)
    assert asyncio.run(shelf.pages().read_all()) == shelf.numbers
    assert sorted(shelf.read_count) == list(range(0, max(count - 1, 1), 9))
    assert shelf.max_concurrent <= MAX_CONCURRENT_PAGES


Rows = tuple[tuple[int, bool | None], ...]


async def read_rows(rows: Rows, total: int, reading: Callable[[int], Rows] | None = None) -> list[tuple[int, object]]:
    """Read rows in pages of ten; the second value of a row says whether the total counts it, None if nobody knows."""

    async def read(offset: int) -> Page[tuple[int, bool | None]]:
        page = (reading(offset) if reading else rows)[offset : offset + 10]
        return Page(page, total, offset, keys=tuple(number for number, _ in page))

    pages = Paginator(operation="shelf", page_size=10, read_page=read, is_counted=lambda row: row[1])
    return list(await pages.read_all())


@given(kinds=st.lists(st.sampled_from([True, False, None]), max_size=60), counts_all=st.booleans())
@example(kinds=[True] * 10 + [False] * 10, counts_all=False)
@example(kinds=[True] * 19 + [False], counts_all=False)
def test_the_total_may_leave_out_rows(kinds: list[bool | None], *, counts_all: bool) -> None:
    """Whichever rows it counts, also where the counted ones fill their pages: every row is read, once."""
    rows = tuple(enumerate(kinds))
    total = len(rows) if counts_all else sum(kind is not False for kind in kinds)
    assert asyncio.run(read_rows(rows, total)) == list(rows)


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.data())
def test_a_total_that_fits_neither_count(kinds: list[bool], data: st.DataObject) -> None:
    """A total of neither all rows nor the counted ones proves nothing."""
    total = data.draw(st.integers(0, 80).filter(lambda number: number not in (len(kinds), sum(kinds))))
    with pytest.raises(ApiError) as caught:
        asyncio.run(read_rows(tuple(enumerate(kinds)), total))
    assert caught.value.problem.kind is ProblemKind.INCOMPLETE


@given(st.lists(st.booleans(), min_size=12, max_size=40), st.data())
def test_rows_that_move_are_noticed_without_a_full_count(kinds: list[bool], data: st.DataObject) -> None:
    """A row before the second page that disappears after the first one was read shifts the others: no row is lost."""
    rows = tuple(enumerate([*kinds, False]))
    gone = data.draw(st.integers(0, 8))
    later = rows[:gone] + rows[gone + 1 :]
    with pytest.raises(ApiError) as caught:
        asyncio.run(read_rows(rows, sum(kinds), lambda offset: later if offset else rows))
    assert caught.value.problem.kind is ProblemKind.INCOMPLETE


async def test_pages_come_as_they_arrive() -> None:
    """The first page is told before the others are asked for."""
    shelf = PagedNumbers(100)
    pages = shelf.pages().iter_pages()
    first = await anext(pages)
    assert (first.total, shelf.read_count) == (100, [0])
    await pages.aclose()


async def test_an_absurd_total_costs_nothing() -> None:
    """Pages that are not there end the reading at once, however many are promised."""
    shelf = PagedNumbers(100, lambda page: replace(page, total=10**15))
    with pytest.raises(ApiError) as caught:
        async for _ in shelf.pages().iter_pages():
            pass
    assert caught.value.problem.kind is ProblemKind.INCOMPLETE
    assert len(shelf.read_count) <= MAX_READS * (12 + MAX_CONCURRENT_PAGES)


async def test_a_page_that_fails_fails_the_list() -> None:
    """Other errors end the reading at once; nothing is left running."""

    def refuse(page: Page[int]) -> Page[int]:
        if page.offset:
            raise ZeroDivisionError
        return page

    before = asyncio.all_tasks()
    with pytest.raises(ZeroDivisionError):
        await PagedNumbers(100, refuse).pages().read_all()
    assert asyncio.all_tasks() == before


async def test_a_listing_that_is_left_early_leaves_nothing_running() -> None:
    """Who goes away before the end stops the reads."""
    before = asyncio.all_tasks()
    pages = PagedNumbers(1000).pages().iter_pages()
    await anext(pages)
    await anext(pages)
    await pages.aclose()
    assert asyncio.all_tasks() == before


async def test_rows_without_a_key_are_counted() -> None:
    """Where rows have nothing of their own, their number is the proof."""
    shelf = PagedNumbers(25, lambda page: replace(page, keys=()))
    pages: Paginator[int] = Paginator(operation="shelf", page_size=10, read_page=shelf.read)
    assert len(await pages.read_all()) == 25


class PagedFamilies:
    """A list whose page size and total count primary rows only; what is attached to a row comes with it."""

    def __init__(self, attached_counts: list[int]) -> None:
        self.families = [
            [(f"{number}", ""), *((f"{number}.{each}", f"{number}") for each in range(count))]
            for number, count in enumerate(attached_counts)
        ]
        self.before_page: Callable[[int], None] = lambda _: None

    async def read(self, offset: int) -> Page[tuple[str, str]]:
        """Read one page: ten primary rows with what is attached to them."""
        self.before_page(offset)
        rows = tuple(row for family in self.families[offset : offset + 10] for row in family)
        await asyncio.sleep(0)
        return Page(rows, len(self.families), offset, keys=tuple(own for own, _ in rows))

    def read_all(self) -> list[tuple[str, str]]:
        """Read every page."""
        pages = Paginator(
            operation="shelf",
            page_size=10,
            read_page=self.read,
            is_counted=lambda row: not row[1],
            lineage=lambda row: row,
        )
        return asyncio.run(pages.read_all())


@given(st.lists(st.integers(0, 4), max_size=60))
@example([0] * 10 + [1] * 5)
@example([1] * 5)
@example([1] * 10 + [0] * 20)
def test_the_page_size_may_leave_out_rows_as_well(attached_counts: list[int]) -> None:
    """Pages are then longer than their size; every row is read once."""
    shelf = PagedFamilies(attached_counts)
    rows = shelf.read_all()
    assert sorted(rows) == sorted(row for family in shelf.families for row in family)


@given(st.lists(st.integers(1, 4), min_size=12, max_size=40), st.data())
def test_primary_rows_that_move_are_noticed(attached_counts: list[int], data: st.DataObject) -> None:
    """A primary row of the first page that disappears after it was read, replaced at the end, hides another one."""
    shelf = PagedFamilies(attached_counts)
    gone = data.draw(st.integers(0, 8))
    changed = [*shelf.families[:gone], *shelf.families[gone + 1 :], [("new", "")]]
    whole = shelf.families

    def move(offset: int) -> None:
        shelf.families = changed if offset else whole

    shelf.before_page = move
    with pytest.raises(ApiError) as caught:
        shelf.read_all()
    assert caught.value.problem.kind is ProblemKind.INCOMPLETE


@given(st.lists(st.integers(1, 4), min_size=12, max_size=40), st.integers(0, 3))
def test_a_row_without_its_primary_row_proves_nothing(attached_counts: list[int], place: int) -> None:
    """If a page has attached rows of another page, nobody knows whether all of them are there."""
    shelf = PagedFamilies(attached_counts)
    shelf.families[place] = [*shelf.families[place], ("stray", "elsewhere")]
    with pytest.raises(ApiError) as caught:
        shelf.read_all()
    assert caught.value.problem.kind is ProblemKind.INCOMPLETE
