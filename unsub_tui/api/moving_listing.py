"""A listing that is shown even if it changes while it is read, with the number of rows that may be missing.

A large, busy account may never stand still for as long as reading all of its pages takes. So all pages are read once,
and then only those that moved, at most as many as before; a list of which nearly every page moved will not come to rest
during the second reading either, so few are. If the newest pages pass the check of a complete listing, it is complete.
Otherwise, all rows that were read are joined by their keys; the newest row of a key counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Hashable, Sequence
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
    at_risk = listing.rows_at_risk()
    rows = listing.joined_rows() if at_risk else listing.newest_rows()
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
        self._replaced: dict[Hashable, list[Row]] = {}
        """Rows of pages that were read again, by key."""
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
        changes = max(len(self._broken_seams()), len({each.total for each in self._pages.values()}) - 1)
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
            self._replaced.update(_rows_by_key(before))
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

    def newest_rows(self) -> list[Row]:
        """Return the rows of the newest pages in their order, each key with the newest rows that have it."""
        newest: dict[Hashable, list[Row]] = {}
        for page in self._pages.values():
            newest |= _rows_by_key(page)
        rows: list[Row] = []
        for offset in sorted(self._pages):
            page = self._pages[offset]
            for key, row in zip(page.keys, page.rows, strict=True):
                rows += [row] if key is None else newest.get(key, ())
                if key is not None:
                    newest[key] = []
        return rows

    def joined_rows(self) -> list[Row]:
        """Return the rows of the newest pages, and those that only older ones had."""
        newest = {key for page in self._pages.values() for key in page.keys}
        return self.newest_rows() + [row for key, old in self._replaced.items() if key not in newest for row in old]

    def rows_at_risk(self) -> int:
        """Return how many rows may be missing: those that the total counts besides, at least one per gap; 0 if none."""
        if self.is_settled():
            return 0
        rows, is_counted = self.joined_rows(), self._paginator.is_counted
        if self._leaves_out_rows and is_counted is not None:
            rows = [each for each in rows if is_counted(each) is not False]
        return max(self._newest.total - len(rows), len(self._broken_seams()), 1)

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


def _rows_by_key(page: Page[Row]) -> dict[Hashable, list[Row]]:
    """Return the rows of a page by key; one response may contain several rows with one key."""
    found: dict[Hashable, list[Row]] = {}
    for key, row in zip(page.keys, page.rows, strict=True):
        if key is not None:
            found.setdefault(key, []).append(row)
    return found
