"""Waits for the first of several awaitables."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable


async def first_completed(*awaited: Awaitable[object]) -> None:
    """Return when the first awaitable is done. Cancel coroutines passed in; leave tasks and futures to the caller."""
    waits = {asyncio.ensure_future(each) for each in awaited}
    ours = waits - {each for each in awaited if isinstance(each, asyncio.Future)}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in ours:
            wait.cancel()
