"""Paginated listings: the first page gives the total, the others are read concurrently, and completeness is verified.

The list may change while it is read. A page of the wrong length, a row on two pages, a different total or an overlap
row that does not match means that rows may be missing. The list is then read again, up to MAX_READS times; no plan is
made from an incomplete list.

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
    keys: tuple[Hashable, ...] = ()
    """The unique key of each row, or None for a row without one; empty if the rows of this listing have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paginator(Generic[Row]):
    """Reads a listing page by page."""

    operation: str
    page_size: int
    """Number of rows per page."""
    read_page: Callable[[int], Awaitable[Page[Row]]]
    """Read the page at an offset."""
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
        self._first_keys: dict[int, Hashable] = {}
        self._last_keys: dict[int, Hashable] = {}

    def check_page(self, page: Page[Row]) -> Page[Row]:
        """Return the page without its overlap row. Raise INCOMPLETE if its total, length or keys are wrong."""
        expected = max(0, min(self._paginator.page_size, self._total - page.offset))
        if page.total != self._total:
            raise self._incomplete("total_changed", before=self._total, after=page.total)
        if len(page.rows) != expected:
            raise self._incomplete("page_length", count=len(page.rows), expected=expected)
        identities = page.keys or page.rows
        if page.offset:
            self._first_keys[page.offset] = identities[0]
        if identities:
            self._last_keys[page.offset + len(identities) - 1] = identities[-1]
        self._check_unique(page)
        return replace(page, rows=page.rows[1:], keys=page.keys[1:]) if page.offset else page

    def check_overlaps(self) -> None:
        """Raise INCOMPLETE unless each page begins with the last row of the previous page."""
        for offset, key in self._first_keys.items():
            if offset not in self._last_keys or self._last_keys[offset] != key:
                raise self._incomplete("listing_moved")

    def _check_unique(self, page: Page[Row]) -> None:
        if not page.keys:
            return
        own = set(page.keys) - {None}
        is_repeated = len(own) < len(page.keys) and not self._paginator.may_repeat_rows
        if page.offset:
            own.discard(page.keys[0])  # the overlap row, which the previous page adds
        before = len(self._keys)
        self._keys |= own
        if is_repeated or len(self._keys) != before + len(own):
            raise self._incomplete("row_repeated")

    def _incomplete(self, code: FactCode, /, **values: int) -> ApiError:
        return incomplete_listing(self._paginator.operation, code, **values)
