"""How calls are paced, bounded and repeated. Time, pauses and chance come in, so that tests take no time."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

RATES: Mapping[str, float] = {"list_resources": 30, "list_orders": 20}
"""Calls a second that the vendor allows, per operation; the others 10."""

DEFAULT_RATE = 10.0

MIN_RATE = 1 / 60
"""Calls a second that are let through at least, whatever limit the service names."""

WINDOW_SECONDS = 1.05
"""A little more than the second in which the vendor counts: calls arrive less evenly than they leave."""


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Deadlines in seconds, tries and rates of calls."""

    attempt_timeout_seconds: float = 30.0
    """For one try, from connecting to the last byte."""
    connect_timeout_seconds: float = 5.0
    deadline_seconds: float = 60.0
    """For a read with all its tries and pauses."""
    max_attempts: int = 5
    base_delay_seconds: float = 0.5
    max_delay_seconds: float = 20.0
    max_retry_after_seconds: float = 60.0
    """The most that a Retry-After header is obeyed."""
    rates: Mapping[str, float] = field(default_factory=lambda: RATES)
    default_rate: float = DEFAULT_RATE
    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random_fraction: Callable[[], float] = random.random

    def delay(self, attempt: int, retry_after: float | None) -> float:
        """Return the seconds before the next try: what the service asked, else full jitter that doubles."""
        if retry_after is not None:
            return min(retry_after, self.max_retry_after_seconds)
        return self.random_fraction() * min(self.max_delay_seconds, self.base_delay_seconds * float(2**attempt))


DEFAULT_RETRY_POLICY = RetryPolicy()
"""As the vendor documents its limits."""


class RateLimiter:
    """Lets calls of one operation through at its rate, counted as the vendor counts: so many in any one second.

    The limit is shared with other clients of the account. A refusal for too many calls halves our part of it, and where
    it names the limit, that is never exceeded again; every second of good answers then takes one call back.
    """

    def __init__(self, rate: float, retry_policy: RetryPolicy) -> None:
        self._rate = max(MIN_RATE, rate)
        self._current_rate = self._rate
        self._retry_policy = retry_policy
        self._send_times: deque[float] = deque()
        self._last_reduced_at = float("-inf")
        self.throttled_count = 0
        """How often the service said that there were too many calls."""

    @property
    def current_rate(self) -> float:
        """Calls a second that are let through at present."""
        return self._current_rate

    async def acquire(self) -> None:
        """Wait until one more call is allowed."""
        now = self._retry_policy.monotonic()
        count = max(1, int(self._current_rate))
        window = WINDOW_SECONDS * max(1.0, 1 / self._current_rate)
        while len(self._send_times) > count and self._send_times[0] <= now - window:
            self._send_times.popleft()
        earliest = self._send_times[-count] + window if len(self._send_times) >= count else now
        self._send_times.append(max(now, earliest))
        if earliest > now:
            await self._retry_policy.sleep(earliest - now)

    def record_throttled(self, stated_rate: float | None = None) -> None:
        """Take half, and no more than the service named; refusals of calls that left together count once."""
        self.throttled_count += 1
        if stated_rate is not None:
            self._rate = max(MIN_RATE, min(self._rate, stated_rate))
        now = self._retry_policy.monotonic()
        if now - self._last_reduced_at >= WINDOW_SECONDS:
            self._last_reduced_at = now
            self._current_rate = max(min(1.0, self._rate), self._current_rate / 2)
        self._current_rate = min(self._current_rate, self._rate)

    def record_success(self) -> None:
        """Take a little back after a good answer."""
        self._current_rate = min(self._rate, self._current_rate + 1 / max(1.0, self._current_rate))
