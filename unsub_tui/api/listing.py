"""A listing in pages: the first tells the total, the rest come concurrently, and the whole is proved at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from unsub_tui.api.errors import ApiError
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.resource import Resource

AT_ONCE = 8
"""Pages under way at the same time."""


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """Some of the account's resources, and how many there are in all."""

    resources: tuple[Resource, ...]
    total: int


async def list_pages(read: Callable[[int], Awaitable[ResourcePage]], size: int) -> AsyncIterator[ResourcePage]:
    """Yield every page as it arrives.

    Raises INCOMPLETE at the end when an id came twice, the total changed, or the count is short: the list was
    changed by somebody while it was read, and nothing may be planned from it.
    """
    first = await read(0)
    proof = _Proof(first.total)
    proof.add(first)
    yield first
    offsets = iter(range(size, first.total, size))
    running: set[asyncio.Task[ResourcePage]] = set()
    try:
        while True:
            while len(running) < AT_ONCE and (offset := next(offsets, None)) is not None:
                running.add(asyncio.ensure_future(read(offset)))
            if not running:
                break
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                page = task.result()
                proof.add(page)
                yield page
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    proof.close()


class _Proof:
    """Keeps count of what came."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._rows = 0
        self._ids: set[str] = set()
        self._changed_to: int | None = None

    def add(self, page: ResourcePage) -> None:
        self._rows += len(page.resources)
        self._ids.update(resource.id for resource in page.resources)
        if page.total != self._total:
            self._changed_to = page.total

    def close(self) -> None:
        if self._changed_to is not None:
            raise _incomplete(f"the account had {self._total} resources at first and {self._changed_to} later")
        if len(self._ids) != self._total or self._rows != self._total:
            raise _incomplete(f"{len(self._ids)} of {self._total} resources came")


def _incomplete(detail: str) -> ApiError:
    return ApiError(Problem(kind=ProblemKind.INCOMPLETE, operation="list_resources", detail=detail))
