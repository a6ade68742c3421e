"""A listing that is shown even if it changes while it is read, with the number of rows that may be missing.

A large, busy account may never stand still for as long as reading all of its pages takes. So all pages are read once,
and then only those that moved, at most as many as before; a list of which nearly every page moved will not come to rest
during the second reading either, so few are. If the newest pages pass the check of a complete listing, it is complete.
Otherwise, all rows that were read are joined by their keys; the newest row of a key counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Hashable, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import pairwise
from typing import Generic, TypeVar

from unsub_tui.api.errors import ApiError, incomplete_listing
from unsub_tui.api.pagination import MAX_CONCURRENT_PAGES, NO_TOTAL, CompletenessCheck, Page, Paginator

MAX_ROUNDS = 8
"""Maximum number of rounds of re-reads, each of which takes at least one round trip."""

Row = TypeVar("Row")


async def iter_moving_pages(paginator: Paginator[Row]) -> AsyncGenerator[Page[Row], None]:
    """Yield every page as it arrives, each row once. The rows must have keys.

    If the list changed meanwhile, yield the joined listing afterward: its first page has `restarted` set, and its last
    page has `rows_at_risk` unless the re-reads proved the listing complete. Raise INCOMPLETE for an answer that has
    neither rows nor a total.
    """
    first = await paginator.read_page(0)
    if first.total == NO_TOTAL and not first.rows:
        raise incomplete_listing(paginator.operation, "total_missing")
    listing = _MovingListing(paginator, first)
    yield listing.add(first)
    async with aclosing(paginator.read_concurrently(listing.expects_page)) as pages:
        async for page in pages:
            yield listing.add(page)
    if listing.is_settled():
        return
    await _read_moved_pages(paginator, listing)
    rows, at_risk = listing.result()
    for start in range(0, max(len(rows), 1), paginator.page_size):
        part = tuple(rows[start : start + paginator.page_size])
        is_last = start + paginator.page_size >= len(rows)
        yield Page(part, len(rows), start, restarted=start == 0, rows_at_risk=at_risk if is_last else 0)
        await asyncio.sleep(0)  # each page is drawn by itself


async def _read_moved_pages(paginator: Paginator[Row], listing: _MovingListing[Row]) -> None:
    """Read the pages that moved again until the listing is complete, but not more pages than it has."""
    left = listing.reread_limit
    for reading in range(MAX_ROUNDS):
        moved = listing.moved_offsets(2**reading)[:left]
        left -= len(moved)
        for start in range(0, len(moved), MAX_CONCURRENT_PAGES):
            some = moved[start : start + MAX_CONCURRENT_PAGES]
            for page in await asyncio.gather(*map(paginator.read_page, some)):
                listing.replace_page(page)
        if not left or listing.is_settled():
            return


class _MovingListing(Generic[Row]):
    """The pages read so far, and all rows that were on them."""

    def __init__(self, paginator: Paginator[Row], first: Page[Row]) -> None:
        self._paginator = paginator
        self._pages: dict[int, Page[Row]] = {}
        """The newest page at each offset, in the order of reading."""
        self._replaced: list[Page[Row]] = []
        """Pages that were read again, as they were before."""
        self._check: CompletenessCheck[Row] | None = CompletenessCheck(paginator, first.total)
        """The check of the pages as they arrive; None after a failure."""
        self._shown: set[Hashable] = set()
        """Keys of the rows so far, once the check has failed."""
        self._counted = 0
        """Number of rows that the total counts in any case, since the check has failed."""

    @property
    def reread_limit(self) -> int:
        """Maximum number of pages to read again: all of them, or a quarter if the list changed at most of them."""
        count = len(self._pages)
        changes = max(len(self._broken_seams()), self._totals_count - 1)
        return max(1, count // 4) if changes > count / 2 else count

    def add(self, page: Page[Row]) -> Page[Row]:
        """Add a page of the first reading, and return it with the rows that are on no earlier page."""
        self._pages[page.offset] = page
        if self._check is not None:
            try:
                return self._check.check_page(page)
            except ApiError:
                self._check = None
                earlier = [each for each in self._pages.values() if each is not page]
                self._shown = {key for each in earlier for key in each.keys}
        fresh = [n for n, key in enumerate(page.keys) if key is None or key not in self._shown]
        self._shown.update(page.keys)
        if (is_counted := self._paginator.is_counted) is not None:
            self._counted += sum(is_counted(page.rows[n]) is True for n in fresh)
        return replace(page, rows=tuple(page.rows[n] for n in fresh), keys=tuple(page.keys[n] for n in fresh))

    def replace_page(self, page: Page[Row]) -> None:
        """Replace a page by a newer one. Rows that are no longer on it may have moved to a page read before."""
        before = self._pages.pop(page.offset, None)
        if before is not None:
            self._replaced.append(before)
        self._pages[page.offset] = page

    def expects_page(self, offset: int) -> bool:
        """Return whether there may be rows at an offset besides the overlap row."""
        pages = self._pages.values()
        if any(not each.rows and each.offset < offset for each in pages):
            return False
        size = self._paginator.page_size
        if self._leaves_out_rows and all(len(each.rows) <= size for each in pages):
            # A service whose pages never end is left after a page more than the total promises.
            is_in_bounds = self._counted <= self._newest.total + size or self._newest.total == NO_TOTAL
            return is_in_bounds and all(len(each.rows) == size for each in pages)
        return offset < self._newest.total

    def is_settled(self) -> bool:
        """Return whether the newest pages are those of a complete listing."""
        try:
            if self._check is None:
                if self._totals_count > 1 or self._broken_seams():  # found sooner than by the whole check
                    return False
                check = CompletenessCheck(self._paginator, self._newest.total)
                for offset in sorted(self._pages):
                    check.check_page(self._pages[offset])
            else:
                check = self._check
            check.check_end()
        except ApiError:
            self._check = None
            return False
        return not self.expects_page(self._next_offset)

    def moved_offsets(self, reach: int) -> list[int]:
        """Return the offsets to read again: pages not read yet, with an older total, or beside one that does not fit.

        Of two pages that do not fit together, the older one moved, and up to `reach` pages on its side may have.
        """
        offsets, age = sorted(self._pages), {offset: number for number, offset in enumerate(self._pages)}
        moved = {each.offset for each in self._pages.values() if each.total != self._newest.total}
        for place in self._broken_seams():
            is_left_older = age[offsets[place]] < age[offsets[place + 1]]
            moved.update(
                offsets[max(0, place + 1 - reach) : place + 1]
                if is_left_older
                else offsets[place + 1 : place + 1 + reach]
            )
        if self.expects_page(self._next_offset):
            moved.add(self._next_offset)
        return sorted(moved or {offsets[-1]})

    def result(self) -> tuple[list[Row], int]:
        """Return all rows in the order of the newest pages, and how many may be missing; 0 if the listing is complete.

        Those are the rows that the total counts besides, at least one for each place where pages do not fit together.
        """
        seen: set[Hashable] = set()
        by_offset: dict[int, list[Row]] = {}
        for page in reversed(self._pages.values()):  # if a row moved to another page, the newer one has it as it is now
            by_offset[page.offset] = _rows_not_in(page, seen)
            seen.update(page.keys)
        rows = [row for offset in sorted(by_offset) for row in by_offset[offset]]
        if self.is_settled():
            return rows, 0
        for page in reversed(self._replaced):
            rows += _rows_not_in(page, seen, with_nameless=False)
            seen.update(page.keys)
        is_counted, found = self._paginator.is_counted, len(rows)
        if self._leaves_out_rows and is_counted is not None:
            found = sum(is_counted(each) is not False for each in rows)
        return rows, max(self._newest.total - found, len(self._broken_seams()), 1)

    @property
    def _totals_count(self) -> int:
        return len({each.total for each in self._pages.values()})

    @property
    def _newest(self) -> Page[Row]:
        return next(reversed(self._pages.values()))

    @property
    def _next_offset(self) -> int:
        return max(self._pages) + self._paginator.page_size - 1

    @property
    def _leaves_out_rows(self) -> bool:
        """Whether the total counts not every row."""
        may_leave_out = self._paginator.is_counted is not None
        return may_leave_out and any(len(each.rows) > max(0, each.total - each.offset) for each in self._pages.values())

    def _broken_seams(self) -> list[int]:
        """Return the places of the pages whose last row is not the first one of the next page."""
        pages = [self._paged_keys(self._pages[offset]) for offset in sorted(self._pages)]
        return [
            place
            for place, (keys, after) in enumerate(pairwise(pages))
            if after and (len(keys) < self._paginator.page_size or keys[-1] != after[0])
        ]

    def _paged_keys(self, page: Page[Row]) -> Sequence[Hashable]:
        """Return the keys of the rows that the page size counts; a longer page shows that it leaves out some."""
        is_counted = self._paginator.is_counted
        if is_counted is None or all(len(each.rows) <= self._paginator.page_size for each in self._pages.values()):
            return page.keys
        return [key for key, row in zip(page.keys, page.rows, strict=True) if is_counted(row) is not False]


def _rows_not_in(page: Page[Row], keys: Collection[Hashable], *, with_nameless: bool = True) -> list[Row]:
    """Return the rows of a page that have another key, or none if `with_nameless`."""
    return [
        row
        for key, row in zip(page.keys, page.rows, strict=True)
        if (with_nameless if key is None else key not in keys)
    ]
