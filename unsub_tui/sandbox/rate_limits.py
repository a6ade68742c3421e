"""Rate limits of the API gateway: requests per second for each key and operation, by the real clock."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from unsub_tui.sandbox.service_errors import ServiceError


class RateLimits:
    """Rate limiter with a sliding window of one second. Rejected requests do not count."""

    def __init__(self, scale: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.scale = scale
        """Factor for the documented limits; 0 disables the limits."""
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], deque[float]] = {}

    def admit(self, access_key: str, operation: str, per_second: int) -> None:
        """Count a request, or raise ServiceError (APIG.0308) if the limit is reached."""
        if self.scale <= 0:
            return
        limit = max(1, int(per_second * self.scale))
        now = self._clock()
        with self._lock:
            seen = self._seen.setdefault((access_key, operation), deque())
            while seen and seen[0] <= now - 1:
                seen.popleft()
            if len(seen) >= limit:
                message = (
                    f"The throttling threshold has been reached: policy user over ratelimit,limit:{limit},time:1 second"
                )
                raise ServiceError("APIG.0308", message, 429)
            seen.append(now)
