"""A listing in pages: the first tells the total, the rest come concurrently, and the whole is proved.

Somebody may change the list while it is read. A page that is not as long as it must be, an id that comes twice or
another total means that something is missing, and nothing may be planned from it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from unsub_tui.api.errors import ApiError, incomplete
from unsub_tui.domain.problem import ProblemKind

AT_ONCE = 8
"""Pages under way at the same time."""

READINGS = 3
"""How often a list that is read as one piece is read anew when it turns out not to be whole."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and how many there are in all."""

    rows: tuple[Row, ...]
    total: int
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages(Generic[Row]):
    """A list that is read page by page."""

    operation: str
    size: int
    """Rows that a page holds."""
    read: Callable[[int], Awaitable[Page[Row]]]
    """Reads the page at an offset."""
    key: Callable[[Row], Hashable] | None = None
    """What no two rows share; None where rows have nothing of the kind."""

    async def each(self) -> AsyncGenerator[Page[Row], None]:
        """Yield every page as it arrives; raises INCOMPLETE as soon as the list cannot be whole any more."""
        first = await self.read(0)
        proof = _Proof(self, first.total)
        proof.add(first)
        yield first
        offsets = iter(range(self.size, first.total, self.size))
        tasks: set[asyncio.Future[Page[Row]]] = set()
        try:
            while True:
                while len(tasks) < AT_ONCE and (offset := next(offsets, None)) is not None:
                    tasks.add(asyncio.ensure_future(self.read(offset)))
                if not tasks:
                    break
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    page = task.result()
                    tasks.discard(task)
                    proof.add(page)
                    yield page
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def all(self) -> list[Row]:
        """Return all rows, in the order of the service; a list that moves is read anew a few times."""
        for _ in range(READINGS - 1):
            try:
                return await self._once()
            except ApiError as error:
                if error.problem.kind is not ProblemKind.INCOMPLETE:
                    raise
        return await self._once()

    async def _once(self) -> list[Row]:
        pages = [page async for page in self.each()]
        return [row for page in sorted(pages, key=lambda page: page.offset) for row in page.rows]


class _Proof(Generic[Row]):
    """Keeps count of what came."""

    def __init__(self, pages: Pages[Row], total: int) -> None:
        self._pages = pages
        self._total = total
        self._keys: set[Hashable] = set()

    def add(self, page: Page[Row]) -> None:
        """Raise INCOMPLETE unless this page fits those that came before."""
        expected = max(0, min(self._pages.size, self._total - page.offset))
        if page.total != self._total:
            raise self._not_whole(f"it had {self._total} rows at first and {page.total} later")
        if len(page.rows) != expected:
            raise self._not_whole(f"{len(page.rows)} rows came at {page.offset}, {expected} of {self._total} were due")
        if self._pages.key is not None:
            before = len(self._keys)
            self._keys.update(map(self._pages.key, page.rows))
            if len(self._keys) != before + len(page.rows):
                raise self._not_whole("a row came twice")

    def _not_whole(self, why: str) -> ApiError:
        return incomplete(self._pages.operation, f"the list changed while it was read: {why}")
