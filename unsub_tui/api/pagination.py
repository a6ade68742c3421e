"""Paginated listings: the first page gives the total, the others are read concurrently, and completeness is verified.

The list may change while it is read. A page of the wrong length, a duplicate id, a different total or an overlap row
that does not match means that rows may be missing. The list is then read again, up to MAX_READS times; no plan is made
from an incomplete list.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Paginator(Generic[Row]):
    """Reads a listing page by page."""

    operation: str
    page_size: int
    """Number of rows per page."""
    read_page: Callable[[int], Awaitable[Page[Row]]]
    """Read the page at an offset."""
    key: Callable[[Row], Hashable] | None = None
    """Return the unique key of a row; None if rows have no unique key."""

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
        check = _CompletenessCheck(self, first.total)
        yield replace(check.check_page(first), restarted=restarted)
        offsets = iter(
            range(self.page_size - 1, first.total - 1, self.page_size - 1) if first.total > self.page_size else ()
        )
        tasks: set[asyncio.Future[Page[Row]]] = set()
        try:
            while True:
                while len(tasks) < MAX_CONCURRENT_PAGES and (offset := next(offsets, None)) is not None:
                    tasks.add(asyncio.ensure_future(self.read_page(offset)))
                if not tasks:
                    break
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    tasks.discard(task)
                    yield check.check_page(task.result())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        check.check_overlaps()


class _CompletenessCheck(Generic[Row]):
    """Verifies that the pages of one read fit together."""

    def __init__(self, paginator: Paginator[Row], total: int) -> None:
        self._paginator = paginator
        self._total = total
        self._keys: set[Hashable] = set()
        self._first_rows: dict[int, Row] = {}
        self._last_rows: dict[int, Row] = {}

    def check_page(self, page: Page[Row]) -> Page[Row]:
        """Return the page without its overlap row. Raise INCOMPLETE if its total, length or keys are wrong."""
        expected = max(0, min(self._paginator.page_size, self._total - page.offset))
        if page.total != self._total:
            raise self._incomplete("total_changed", before=self._total, after=page.total)
        if len(page.rows) != expected:
            raise self._incomplete("page_length", count=len(page.rows), expected=expected)
        rows = page.rows
        if page.offset:
            self._first_rows[page.offset] = rows[0]
            rows = rows[1:]
        if page.rows:
            self._last_rows[page.offset + len(page.rows) - 1] = page.rows[-1]
        self._check_unique(rows)
        return replace(page, rows=rows)

    def check_overlaps(self) -> None:
        """Raise INCOMPLETE unless each page begins with the last row of the previous page."""
        identity = self._paginator.key or _identity
        for offset, row in self._first_rows.items():
            if offset not in self._last_rows or identity(self._last_rows[offset]) != identity(row):
                raise self._incomplete("listing_moved")

    def _check_unique(self, rows: tuple[Row, ...]) -> None:
        if self._paginator.key is None:
            return
        before = len(self._keys)
        self._keys.update(map(self._paginator.key, rows))
        if len(self._keys) != before + len(rows):
            raise self._incomplete("row_repeated")

    def _incomplete(self, code: FactCode, /, **values: int) -> ApiError:
        return incomplete_listing(self._paginator.operation, code, **values)


def _identity(row: object) -> object:
    """Return the row itself, which serves as its key."""
    return row
