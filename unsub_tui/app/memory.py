"""Release of unused memory."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def return_freed_memory() -> None:
    """Return freed memory to the operating system, if the C library supports it (glibc).

    API responses are freed one by one and leave gaps between live objects: 16 MiB after 100,000 resources.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
