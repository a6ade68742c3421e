"""Pauses Python's garbage collector while a large listing is loaded."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def gc_paused() -> AsyncIterator[None]:
    """Disable garbage collection while a listing grows: with 100,000 resources, one collection blocks key input.

    At the end, freeze the loaded objects so that later collections skip them, and enable collection. It is enabled even
    if it was off before, because at startup the program leaves it off until the first listing is shown.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
