"""A listing in pages: the first tells the total, the rest come concurrently, and the whole is proved.

Somebody may change the list while it is read. A page that is not as long as it must be, an id that comes twice, another
total, or a seam that does not fit means that something may be missing; then the list is read anew, a few times, and
nothing is planned from one that never was whole.

The seam: each page but the first begins with the last row of the page before it. A row that goes before a seam and one
that comes behind it leave every count as it was, and would hide a third one; the seam tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from unsub_tui.api.errors import ApiError, incomplete_listing
from unsub_tui.domain.problem import ProblemKind

MAX_CONCURRENT_PAGES = 24
"""Pages asked for at the same time: more than there are connections, so that none is idle while a page is decoded."""

MAX_READS = 3
"""How often a list is read before it is given up as one that is not whole."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and how many there are in all."""

    rows: tuple[Row, ...]
    total: int
    offset: int = 0
    restarted: bool = False
    """The list turned out not to be whole and is read anew: what came before this page is to be forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paginator(Generic[Row]):
    """A list that is read page by page."""

    operation: str
    page_size: int
    """Rows that a page holds."""
    read_page: Callable[[int], Awaitable[Page[Row]]]
    """Reads the page at an offset."""
    key: Callable[[Row], Hashable] | None = None
    """What no two rows share; None where rows have nothing of the kind."""

    async def iter_pages(self) -> AsyncGenerator[Page[Row], None]:
        """Yield every page as it arrives, without the row of its seam.

        A list that moves is read anew from its beginning; raises INCOMPLETE when it never was whole.
        """
        for reading in range(MAX_READS):
            try:
                async with aclosing(self._iter_once(restarted=reading > 0)) as pages:
                    async for page in pages:
                        yield page
            except ApiError as error:
                if error.problem.kind is not ProblemKind.INCOMPLETE or reading + 1 == MAX_READS:
                    raise
            else:
                return

    async def read_all(self) -> list[Row]:
        """Return all rows, in the order of the service; raises INCOMPLETE as `each` does."""
        pages: list[Page[Row]] = []
        async for page in self.iter_pages():
            if page.restarted:
                pages.clear()
            pages.append(page)
        return [row for page in sorted(pages, key=lambda page: page.offset) for row in page.rows]

    async def _iter_once(self, *, restarted: bool) -> AsyncGenerator[Page[Row], None]:
        first = await self.read_page(0)
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
    """Keeps count of what came."""

    def __init__(self, paginator: Paginator[Row], total: int) -> None:
        self._paginator = paginator
        self._total = total
        self._keys: set[Hashable] = set()
        self._first_rows: dict[int, Row] = {}
        self._last_rows: dict[int, Row] = {}

    def check_page(self, page: Page[Row]) -> Page[Row]:
        """Return the page without the row of its seam; raises INCOMPLETE unless it fits those that came before."""
        expected = max(0, min(self._paginator.page_size, self._total - page.offset))
        if page.total != self._total:
            raise self._incomplete(f"it had {self._total} rows at first and {page.total} later")
        if len(page.rows) != expected:
            raise self._incomplete(f"{len(page.rows)} rows came at {page.offset}, {expected} of {self._total} were due")
        rows = page.rows
        if page.offset:
            self._first_rows[page.offset] = rows[0]
            rows = rows[1:]
        if page.rows:
            self._last_rows[page.offset + len(page.rows) - 1] = page.rows[-1]
        self._check_unique(rows)
        return replace(page, rows=rows)

    def check_overlaps(self) -> None:
        """Raise INCOMPLETE unless each page went on where the one before it ended."""
        identity = self._paginator.key or _identity
        for offset, row in self._first_rows.items():
            if offset not in self._last_rows or identity(self._last_rows[offset]) != identity(row):
                raise self._incomplete(f"the rows around {offset} moved")

    def _check_unique(self, rows: tuple[Row, ...]) -> None:
        if self._paginator.key is None:
            return
        before = len(self._keys)
        self._keys.update(map(self._paginator.key, rows))
        if len(self._keys) != before + len(rows):
            raise self._incomplete("a row came twice")

    def _incomplete(self, reason: str) -> ApiError:
        return incomplete_listing(self._paginator.operation, f"the list changed while it was read: {reason}")


def _identity(row: object) -> object:
    """Return a row that has no key of its own."""
    return row
