"""How much is tried, and how long is waited.

`make test` tries a little of everything, `make test-long` all of it, `make torture` for an hour.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

TIMEOUT_SECONDS = 120.0
"""Seconds after which a test gives up waiting; never a pause, never a measure."""

_EFFORT = os.environ.get("TESTS", "short")

IS_EXHAUSTIVE = _EFFORT == "torture"
IS_LONG = IS_EXHAUSTIVE or _EFFORT == "long"


def by_effort(short: T, long: T, exhaustive: T | None = None) -> T:
    """Return what belongs to the form that runs; without a size of its own, torture takes the long one."""
    if IS_EXHAUSTIVE and exhaustive is not None:
        return exhaustive
    return long if IS_LONG else short


def some(cases: Sequence[T], count: int) -> Sequence[T]:
    """Return the first cases in the short form, and all of them in the long ones."""
    return by_effort(cases[:count], cases)
