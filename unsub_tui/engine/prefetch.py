"""Begins to read before anybody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Generic, TypeVar

Step = TypeVar("Step")


class Prefetch(Generic[Step]):
    """A reading whose first step is taken already; whoever takes it over gets all of them, or its error."""

    def __init__(self, reading: AsyncGenerator[Step, None]) -> None:
        self._reading = reading
        self._first = asyncio.create_task(self._begin())

    async def steps(self) -> AsyncGenerator[Step, None]:
        """Yield the first step and all others."""
        async with aclosing(self._reading):
            yield await self._first
            async for step in self._reading:
                yield step

    async def drop(self) -> None:
        """End it; nobody wants it."""
        self._first.cancel()
        await asyncio.wait([self._first])
        if not self._first.cancelled():
            self._first.exception()  # looked at here, so that nobody is told of it
        await self._reading.aclose()

    async def _begin(self) -> Step:
        return await anext(self._reading)
