"""Paginated listings: the first page gives the total, the others are read concurrently, and completeness is verified.

The list may change while it is read. A page of the wrong length, a row on two pages, a different total or an overlap
row that does not match means that rows may be missing. The list is then read again, up to MAX_READS times; no
conclusion is drawn from an incomplete list. A list that must be shown even then is read by `moving_listing`.

The total may leave out some rows (`Paginator.is_counted`). A page with more rows than the total allows shows that it
does. The pages are then read until one is not full, and the total must equal the number of the rows that it counts.
The page size may leave out the same rows. A page is then a number of counted rows with everything attached to them
(`Paginator.lineage`), and the row that overlaps comes with what is attached to it.

Overlap rows: each page except the first begins with the last row of the previous page. A row deleted before a page
boundary and a row added after it leave every count unchanged but hide a third row; the overlap row detects this.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from unsub_tui.api.errors import ApiError, incomplete_listing
from unsub_tui.domain.fact import FactCode
from unsub_tui.domain.problem import ProblemKind

MAX_CONCURRENT_PAGES = 24
"""Maximum number of concurrent page reads: more than MAX_CONNECTIONS, so that none is idle during decoding."""

NO_TOTAL = -1
"""Stands for a total that a response does not state. A listing without one is never complete."""

MAX_READS = 3
"""Maximum number of attempts to read a list before it is reported as incomplete."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A page of a listing, with the total number of rows."""

    rows: tuple[Row, ...]
    total: int
    offset: int = 0
    restarted: bool = False
    """Whether the listing was incomplete and restarts with this page: discard all earlier pages."""
    keys: tuple[Hashable, ...] = ()
    """The unique key of each row, or None for a row without one; empty if the rows of this listing have none."""
    rows_at_risk: int = 0
    """Number of rows that may be missing, at the end of a listing that changed while it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paginator(Generic[Row]):
    """Reads a listing page by page."""

    operation: str
    page_size: int
    """Number of rows per page."""
    read_page: Callable[[int], Awaitable[Page[Row]]]
    """Read the page at an offset."""
    is_counted: Callable[[Row], bool | None] | None = None
    """Return whether the total counts a row even if it leaves out others; None if that is unknown.

    Without this function, the total counts every row.
    """
    lineage: Callable[[Row], tuple[str, str]] | None = None
    """Return the id of a row and that of the row to which it is attached, or an empty text."""
    may_repeat_rows: bool = False
    """Whether one response may contain a row several times. Two responses with the same row never fit together."""

    async def iter_pages(self, first: Page[Row] | None = None) -> AsyncGenerator[Page[Row], None]:
        """Yield every page as it arrives, without its overlap row; `first` is the first page if it was read already.

        A list that changes during the read is read again from the start. Raise INCOMPLETE after MAX_READS attempts.
        """
        for reading in range(MAX_READS):
            try:
                async with aclosing(self._iter_once(None if reading else first, restarted=reading > 0)) as pages:
                    async for page in pages:
                        yield page
            except ApiError as error:
                if error.problem.kind is not ProblemKind.INCOMPLETE or reading + 1 == MAX_READS:
                    raise
            else:
                return

    async def read_all(self, first: Page[Row] | None = None) -> list[Row]:
        """Return all rows in the order of the service. Raise INCOMPLETE like `iter_pages`."""
        pages: list[Page[Row]] = []
        async for page in self.iter_pages(first):
            if page.restarted:
                pages.clear()
            pages.append(page)
        return [row for page in sorted(pages, key=lambda page: page.offset) for row in page.rows]

    async def _iter_once(self, first: Page[Row] | None, *, restarted: bool) -> AsyncGenerator[Page[Row], None]:
        first = first or await self.read_page(0)
        check = CompletenessCheck(self, first.total)
        yield replace(check.check_page(first), restarted=restarted)
        async with aclosing(self.read_concurrently(check.expects_page)) as pages:
            async for page in pages:
                yield check.check_page(page)
        check.check_end()

    async def read_concurrently(self, expects_page: Callable[[int], bool]) -> AsyncGenerator[Page[Row], None]:
        """Yield the pages after the first one as they arrive, as long as one is expected at the next offset."""
        offset = self.page_size - 1
        tasks: set[asyncio.Future[Page[Row]]] = set()
        try:
            while True:
                while len(tasks) < MAX_CONCURRENT_PAGES and expects_page(offset):
                    tasks.add(asyncio.ensure_future(self.read_page(offset)))
                    offset += self.page_size - 1
                if not tasks:
                    break
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    tasks.discard(task)
                    yield task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


class CompletenessCheck(Generic[Row]):
    """Verifies that the pages of one read fit together."""

    def __init__(self, paginator: Paginator[Row], total: int) -> None:
        self._paginator = paginator
        self._total = total
        self._counts_all_rows = True
        """Whether the total counts every row; refuted by a page with more rows."""
        self._pages: dict[int, Page[Row]] = {}
        """The complete pages by offset."""
        self._counted = 0
        """Number of rows that the total counts in any case."""
        self._maybe_counted = 0
        """Number of rows of which that is unknown."""
        self._keys: set[Hashable] = set()
        self._has_repeated_rows = False
        """Whether two pages have the same row, except for the overlap row."""
        self._first_keys: dict[int, Hashable] = {}
        self._last_keys: dict[int, Hashable] = {}

    def check_page(self, page: Page[Row]) -> Page[Row]:
        """Return the page without its overlap row. Raise INCOMPLETE if its total, length or keys are wrong."""
        if page.total == NO_TOTAL:
            raise self._incomplete("total_missing")
        if page.total != self._total:
            raise self._incomplete("total_changed", before=self._total, after=page.total)
        self._check_length(page)
        identities = page.keys or page.rows
        if identities:
            self._last_keys[page.offset + len(identities) - 1] = identities[-1]
        page = self._without_repeated(page)
        if page.offset:
            self._first_keys.update({page.offset: identities[0]} if identities else {})
            page = replace(page, rows=page.rows[1:], keys=page.keys[1:])
        if self._paginator.is_counted is not None:
            counted = [self._paginator.is_counted(row) for row in page.rows]
            self._counted += counted.count(True)
            self._maybe_counted += counted.count(None)
            if self._counted > self._total:
                raise self._incomplete("rows_missing", count=self._counted, total=self._total)
        return page

    def expects_page(self, offset: int) -> bool:
        """Return whether there may be rows at an offset besides the overlap row.

        If all pages that the total promises are full, only one more page shows whether it leaves out rows.
        """
        size, lengths = self._paginator.page_size, [len(page.rows) for page in self._pages.values()]
        if self._counts_all_rows or max(lengths) > size:
            return offset < self._total - (self._paginator.is_counted is None)
        return min(lengths) == size

    def check_end(self) -> None:
        """Raise INCOMPLETE unless the pages cover all rows, each beginning with the last row of the previous page."""
        try:
            self._check_rows()
        except ApiError:
            if self._counts_all_rows or not self._is_paged_by_counted_rows():
                raise

    def _check_rows(self) -> None:
        """Raise INCOMPLETE unless the pages fit together if their size counts every row."""
        if not self._counts_all_rows:
            self._check_counted_rows()
        if self._has_repeated_rows:
            raise self._incomplete("row_repeated")
        for offset, key in self._first_keys.items():
            if offset not in self._last_keys or self._last_keys[offset] != key:
                raise self._incomplete("listing_moved")

    def _is_paged_by_counted_rows(self) -> bool:
        """Return whether each page has as many counted rows as it must, each with what is attached to it."""
        counted: dict[Hashable, frozenset[Hashable]] = {}
        before: Hashable = None
        for offset in sorted(self._pages):
            groups = _groups(self._paginator, self._pages[offset])
            if groups is None or len(groups) != max(0, min(self._paginator.page_size, self._total - offset)):
                return False
            for place, (key, group) in enumerate(groups.items()):
                is_overlap = bool(offset) and not place
                if (key in counted) != is_overlap or (is_overlap and (key != before or counted[key] != group)):
                    return False
                counted[key] = group
            before = next(reversed(groups), None)
        return len(counted) == self._total

    def _check_length(self, page: Page[Row]) -> None:
        """Raise INCOMPLETE if a page has too few rows, or more than its size although that counts every row."""
        count, size = len(page.rows), self._paginator.page_size
        expected = max(0, min(size, self._total - page.offset))
        self._pages[page.offset] = page
        if expected < count and self._paginator.is_counted is not None:
            self._counts_all_rows = False
        if count < expected or (count > expected and self._counts_all_rows):
            raise self._incomplete("page_length", count=count, expected=expected)

    def _check_counted_rows(self) -> None:
        """Raise INCOMPLETE unless every page is full up to the last row and the total is that of the counted rows."""
        lengths = {offset: len(page.rows) for offset, page in self._pages.items()}
        end = max(offset + count for offset, count in lengths.items() if count)
        for offset, count in lengths.items():
            expected = max(0, min(self._paginator.page_size, end - offset))
            if count != expected:
                raise self._incomplete("page_length", count=count, expected=expected)
        if self._total > self._counted + self._maybe_counted:
            raise self._incomplete("rows_missing", count=self._counted, total=self._total)

    def _without_repeated(self, page: Page[Row]) -> Page[Row]:
        """Return a page, with its overlap row, without further rows that are on an earlier page."""
        own = set(page.keys) - {None}
        if len(own) < len(page.keys) - page.keys.count(None) and not self._paginator.may_repeat_rows:
            raise self._incomplete("row_repeated")
        if page.offset and page.keys:
            own.discard(page.keys[0])  # the overlap row, which the previous page adds
        repeated = self._keys & own
        self._keys |= own
        if not repeated:
            return page
        self._has_repeated_rows = True
        kept = [place for place, key in enumerate(page.keys) if key not in repeated]
        return replace(page, rows=tuple(page.rows[n] for n in kept), keys=tuple(page.keys[n] for n in kept))

    def _incomplete(self, code: FactCode, /, **values: int) -> ApiError:
        return incomplete_listing(self._paginator.operation, code, **values)


def _groups(paginator: Paginator[Row], page: Page[Row]) -> dict[Hashable, frozenset[Hashable]] | None:
    """Return the keys of the counted rows of a page, in order, each with those of the rows attached to it.

    Return None if the page has a row that is attached to none of them, or if that cannot be told.
    """
    if paginator.lineage is None or paginator.is_counted is None:
        return None
    groups: dict[Hashable, set[Hashable]] = {}
    roots: dict[str, Hashable] = {}
    """Keys of the counted rows to which the rows with these ids belong."""
    rest: list[tuple[Hashable, str, str]] = []
    for key, row in zip(page.keys, page.rows, strict=True):
        (own, parent), is_counted = paginator.lineage(row), paginator.is_counted(row)
        if is_counted or (is_counted is None and not parent):
            groups[key] = set()
            roots.setdefault(own, key)
        else:
            rest.append((key, own, parent))
    while rest:  # a row can be attached to one that is attached itself
        known = [each for each in rest if each[2] in roots]
        if not known:
            return None
        for key, own, parent in known:
            groups[roots[parent]].add(key)
            roots.setdefault(own, roots[parent])
        rest = [each for each in rest if each not in known]
    return {key: frozenset(group) for key, group in groups.items()}
