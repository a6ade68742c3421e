"""How much is tried, and how long is waited.

`make test` tries a little of everything, `make test-long` all of it, `make torture` for an hour.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 120.0
"""Seconds after which a test gives up waiting; never a pause, never a measure."""

_SIZE = os.environ.get("TESTS", "short")

IS_TORTURE = _SIZE == "torture"
IS_LONG = IS_TORTURE or _SIZE == "long"


def sized(short: T, long: T, torture: T | None = None) -> T:
    """Return what belongs to the form that runs; without a size of its own, torture takes the long one."""
    if IS_TORTURE and torture is not None:
        return torture
    return long if IS_LONG else short


def some(cases: Sequence[T], count: int) -> Sequence[T]:
    """Return the first cases in the short form, and all of them in the long ones."""
    return sized(cases[:count], cases)
