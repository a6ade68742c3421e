"""Retry policy and rate limiter. Clock, sleep and randomness are injected so that tests need no real time."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

MIN_RATE = 1 / 60
"""Lower bound on the rate in calls per second, whatever limit the service states."""

WINDOW_SECONDS = 1.05
"""Length of our counting window. Huawei Cloud counts per second; the margin covers network jitter."""


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Timeouts, retry limits and call rates."""

    attempt_timeout_seconds: float = 30.0
    """Timeout of one attempt, from connecting to the last byte."""
    connect_timeout_seconds: float = 5.0
    deadline_seconds: float = 60.0
    """Limit for a read, including all attempts and delays."""
    max_attempts: int = 5
    base_delay_seconds: float = 0.5
    max_delay_seconds: float = 20.0
    max_retry_after_seconds: float = 60.0
    """Upper bound on a Retry-After that we honor."""
    rates: Mapping[str, float] = field(default_factory=lambda: {"list_resources": 30, "list_orders": 20})
    """Calls per second permitted by Huawei Cloud, by operation."""
    default_rate: float = 10.0
    """Calls per second of the other operations."""
    service_rate: float = 5.0
    """Calls per second of each host of the other services, which publish no limits."""
    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random_fraction: Callable[[], float] = random.random

    def delay(self, attempt: int, retry_after: float | None) -> float:
        """Return the delay in seconds before the next attempt: Retry-After, or exponential backoff with full jitter."""
        if retry_after is not None:
            return min(retry_after, self.max_retry_after_seconds)
        return self.random_fraction() * min(self.max_delay_seconds, self.base_delay_seconds * float(2**attempt))


DEFAULT_RETRY_POLICY = RetryPolicy()
"""Retry policy with the limits documented by Huawei Cloud."""


class RateLimiter:
    """Rate limiter of one operation; counts calls per second, as Huawei Cloud does.

    Other clients of the account share the limit. A throttled call halves our rate; a limit stated in the error becomes
    our maximum. The rate then recovers by one call per second for each second of successful calls.
    """

    def __init__(self, rate: float, retry_policy: RetryPolicy) -> None:
        self._rate = max(MIN_RATE, rate)
        self.current_rate = self._rate
        """Current rate in calls per second."""
        self._retry_policy = retry_policy
        self._send_times: deque[float] = deque()
        self._last_reduced_at = float("-inf")
        self.was_throttled = False

    async def acquire(self) -> None:
        """Wait until another call is permitted."""
        now = self._retry_policy.monotonic()
        count = max(1, int(self.current_rate))
        window = WINDOW_SECONDS * max(1.0, 1 / self.current_rate)
        while len(self._send_times) > count and self._send_times[0] <= now - window:
            self._send_times.popleft()
        earliest = self._send_times[-count] + window if len(self._send_times) >= count else now
        self._send_times.append(max(now, earliest))
        if earliest > now:
            await self._retry_policy.sleep(earliest - now)

    def record_throttled(self, stated_rate: float | None = None) -> None:
        """Halve the rate, at most once per window, because concurrent calls fail together; apply a stated limit."""
        self.was_throttled = True
        if stated_rate is not None:
            self._rate = max(MIN_RATE, min(self._rate, stated_rate))
        now = self._retry_policy.monotonic()
        if now - self._last_reduced_at >= WINDOW_SECONDS:
            self._last_reduced_at = now
            self.current_rate = max(min(1.0, self._rate), self.current_rate / 2)
        self.current_rate = min(self.current_rate, self._rate)

    def record_success(self) -> None:
        """Raise the rate slightly after a successful call."""
        self.current_rate = min(self._rate, self.current_rate + 1 / max(1.0, self.current_rate))
