"""Runs the first step of a paged read before a consumer asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Generic, TypeVar

Step = TypeVar("Step")


class Prefetch(Generic[Step]):
    """A paged read whose first step has already started; `steps` yields all steps or raises the error."""

    def __init__(self, reading: AsyncGenerator[Step, None]) -> None:
        self._reading = reading
        self._first = asyncio.create_task(self._begin())

    async def steps(self) -> AsyncGenerator[Step, None]:
        """Yield the first step, then all others."""
        async with aclosing(self._reading):
            yield await self._first
            async for step in self._reading:
                yield step

    async def drop(self) -> None:
        """Cancel the read and discard its result."""
        self._first.cancel()
        await asyncio.wait([self._first])
        if not self._first.cancelled():
            self._first.exception()  # retrieve the error, or asyncio logs it as never retrieved
        await self._reading.aclose()

    async def _begin(self) -> Step:
        return await anext(self._reading)
