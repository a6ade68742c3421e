"""Jobs that read lists: run concurrently, each adds its list to the lists of its project."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass

from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.inventory.service_rows import ProjectRegion

Update = Callable[[PlaceLists], PlaceLists]
"""Adds a list that was read to the lists of its project."""

ListJob = tuple[ProjectRegion, Coroutine[None, None, Update]]
"""A project, and the read of one of its lists."""


@dataclass(frozen=True, slots=True)
class InventoryProgress:
    """A list that arrived."""

    lists: PlaceLists
    """All lists of its project so far."""
    done: int
    """Number of lists that have been read, in all projects."""
    total: int


async def run_jobs(
    jobs: Sequence[ListJob], known: Mapping[ProjectRegion, PlaceLists]
) -> AsyncGenerator[InventoryProgress, None]:
    """Run the jobs concurrently, and yield the lists of a project after each of its jobs. No job raises UnsubError."""
    lists = dict(known)

    async def run(place: ProjectRegion, job: Coroutine[None, None, Update]) -> tuple[ProjectRegion, Update]:
        return place, await job

    tasks = [asyncio.ensure_future(run(place, job)) for place, job in jobs]
    try:
        for done, task in enumerate(asyncio.as_completed(tasks), 1):
            place, update = await task
            lists[place] = update(lists.get(place) or PlaceLists(place=place))
            yield InventoryProgress(lists[place], done, len(tasks))
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
