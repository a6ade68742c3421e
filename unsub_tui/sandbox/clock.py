"""The ledger's clock: what time it is for terms, orders and bills. Signatures go by the real one."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class SimulatedClock:
    """Runs with the real clock, ahead of it or behind it by an offset that only grows."""

    def __init__(self, start: datetime | None = None) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError("the ledger's start needs a time zone")
        self._lock = threading.Lock()
        self._offset = 0.0 if start is None else start.timestamp() - time.time()

    @property
    def offset(self) -> float:
        """Seconds by which this clock differs from the real one."""
        return self._offset

    def now(self) -> float:
        """Read the clock: seconds since 1970."""
        return time.time() + self._offset

    def now_utc(self) -> datetime:
        """Read the clock as an aware time."""
        return datetime.fromtimestamp(self.now(), UTC)

    def advance(self, seconds: float) -> None:
        """Let time pass. It never goes back: what has settled stays settled."""
        if seconds < 0:
            raise ValueError("the ledger's clock does not go back")
        with self._lock:
            self._offset += seconds
