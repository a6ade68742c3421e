"""How Python's garbage collector behaves while a large listing is taken in."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def gc_paused() -> AsyncIterator[None]:
    """Keep the collector from walking over a listing that grows: with 100,000 resources a walk stops the keys.

    What has come to stay is set aside at the end, so that later walks do not meet it either. The collector works from
    then on, also where it did not before: a program that starts leaves it off until there is something to show.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
