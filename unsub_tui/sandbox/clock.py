"""Simulated clock for terms, orders and bills. Signatures use the real clock."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class SimulatedClock:
    """Clock that runs at the speed of the real clock, with an offset that never decreases."""

    def __init__(self, start: datetime | None = None) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError("the start of the clock needs a time zone")
        self._lock = threading.Lock()
        self._offset = 0.0 if start is None else start.timestamp() - time.time()

    @property
    def offset(self) -> float:
        """Seconds that this clock is ahead of the real clock; may be negative."""
        return self._offset

    def now(self) -> float:
        """Return the time in seconds since 1970."""
        return time.time() + self._offset

    def now_utc(self) -> datetime:
        """Return the time as a timezone-aware datetime in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)

    def advance(self, seconds: float) -> None:
        """Advance the clock. Raise ValueError for negative seconds, because settled orders cannot be reverted."""
        if seconds < 0:
            raise ValueError("the clock cannot go back")
        with self._lock:
            self._offset += seconds
