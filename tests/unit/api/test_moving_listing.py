"""Listings that change while they are read: shown with what may be missing, in at most twice the calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.api.moving_listing import iter_moving_pages
from unsub_tui.api.pagination import Page, Paginator

SIZE = 10
Change = Callable[[list[int]], None]


@dataclass
class MovingNumbers:
    """A list of numbers that changes before each of its pages is read."""

    numbers: list[int]
    changes: dict[int, list[Change]] = field(default_factory=dict)
    """What happens before a read, by the number of the read."""
    always: Change | None = None
    reads: int = 0

    async def read(self, offset: int) -> Page[int]:
        """Read one page."""
        for change in self.changes.get(self.reads, ()):
            change(self.numbers)
        if self.always is not None:
            self.always(self.numbers)
        self.reads += 1
        rows = tuple(self.numbers[offset : offset + SIZE])
        await asyncio.sleep(0)
        return Page(rows, len(self.numbers), offset, keys=rows)

    def read_all(self) -> tuple[list[int], int]:
        """Return the rows that are shown in the end, sorted, and how many may be missing."""
        pages: Paginator[int] = Paginator(
            operation="shelf", page_size=SIZE, read_page=self.read, is_counted=lambda _: True
        )

        async def collect() -> tuple[list[int], int]:
            shown: list[int] = []
            async for page in iter_moving_pages(pages):
                shown = [] if page.restarted else shown
                assert not set(shown).intersection(page.rows)  # each row once, at any moment
                shown += page.rows
            return sorted(shown), page.rows_at_risk

        return asyncio.run(collect())


def quiet_reads(count: int) -> int:
    """Return the number of reads of a list that stands still."""
    quiet = MovingNumbers(list(range(count)))
    assert quiet.read_all() == (list(range(count)), 0)
    return quiet.reads


def insert(place: int, number: int) -> Change:
    """Return the change that adds a row."""
    return lambda numbers: numbers.insert(place, number) if number not in numbers else None


def remove(place: int) -> Change:
    """Return the change that removes a row."""

    def change(numbers: list[int]) -> None:
        if numbers:
            del numbers[place % len(numbers)]

    return change


CHANGES = st.one_of(
    st.builds(insert, st.integers(0, 120), st.integers(1000, 10**6)), st.builds(remove, st.integers(0, 120))
)


@given(st.integers(0, 120), st.dictionaries(st.integers(0, 30), st.lists(CHANGES, max_size=3), max_size=10))
def test_what_is_there_all_the_time_is_shown_or_counted(count: int, changes: dict[int, list[Change]]) -> None:
    """A list is called complete only if it has every row that was there from the beginning to the end."""
    before = list(range(count))
    shelf = MovingNumbers(before.copy(), changes)
    shown, at_risk = shelf.read_all()
    missing = set(before) & set(shelf.numbers) - set(shown)
    assert at_risk or not missing
    assert len(set(shown)) == len(shown)


@pytest.mark.parametrize("step", [1, 3, -1, -3])
@pytest.mark.parametrize("count", [0, 5, 10, 11, 95, 500, 3000])
def test_a_list_that_changes_on_every_page(count: int, step: int) -> None:
    """It takes at most twice the reads of a quiet one, shows no row twice, and says that some may be missing."""

    def rotate(numbers: list[int]) -> None:
        numbers[:] = numbers[step:] + numbers[:step]

    shelf = MovingNumbers(list(range(count)), always=rotate)
    shown, at_risk = shelf.read_all()
    assert shelf.reads <= 2 * quiet_reads(count)
    missing = set(range(count)) - set(shown)
    assert at_risk >= len(missing)
    assert bool(at_risk) == (count > SIZE)
    assert len(shown) >= count / 2


@pytest.mark.parametrize("growth", [insert(0, 1000), insert(40, 1000), insert(999, 1000), remove(0), remove(40)])
@pytest.mark.parametrize("moment", [0, 1, 3, 8])
def test_only_what_moved_is_read_again(growth: Change, moment: int) -> None:
    """One change in the middle of the reading ends in a complete list, as it is in the end."""
    shelf = MovingNumbers(list(range(95)), {moment: [growth]})
    shown = shelf.read_all()
    assert shown == (sorted(shelf.numbers), 0)
    assert shelf.reads <= 2 * quiet_reads(95)


def test_an_absurd_total_ends() -> None:
    """Pages that are not there end the reading; the rows that are there are shown."""
    reads: list[int] = []

    async def read(offset: int) -> Page[int]:
        reads.append(offset)
        rows = tuple(range(offset, min(offset + SIZE, 25)))
        return Page(rows, 10**15, offset, keys=rows)

    async def collect() -> list[Page[int]]:
        pages: Paginator[int] = Paginator(operation="shelf", page_size=SIZE, read_page=read, is_counted=lambda _: True)
        return [page async for page in iter_moving_pages(pages)]

    pages = asyncio.run(collect())
    assert [row for page in pages if page.restarted or page is pages[-1] for row in page.rows]
    assert pages[-1].rows_at_risk > 10**14
    assert len(reads) < 100


def test_rows_without_a_key_and_repeated_ones() -> None:
    """Rows of one response with one key are all shown; those without a key as often as the newest pages have them."""

    async def read(offset: int) -> Page[str]:
        reads.append(offset)
        keys: tuple[Hashable, ...] = (None, "a", "a", None)
        return Page(("x", "y", "z", "w"), 4 + len(reads) % 2, offset, keys=keys)

    reads: list[int] = []

    async def collect() -> list[Page[str]]:
        pages: Paginator[str] = Paginator(
            operation="shelf",
            page_size=SIZE,
            read_page=read,
            is_counted=lambda _: True,
            may_repeat_rows=True,
        )
        return [page async for page in iter_moving_pages(pages)]

    pages = asyncio.run(collect())
    assert pages[-1].rows == ("x", "y", "z", "w")
