"""How calls are paced, bounded and repeated. Time, pauses and chance come in, so that tests take no time."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

RATES: Mapping[str, float] = {"list_resources": 30, "list_orders": 20}
"""Calls a second that the vendor allows, per operation; the others 10."""

DEFAULT_RATE = 10.0


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """Deadlines in seconds, tries and rates of calls."""

    call_seconds: float = 30.0
    """For one try, from connecting to the last byte."""
    connect_seconds: float = 5.0
    total_seconds: float = 60.0
    """For a read with all its tries and pauses."""
    tries: int = 5
    first_pause: float = 0.5
    longest_pause: float = 20.0
    longest_wait: float = 60.0
    """The most that a Retry-After header is obeyed."""
    rates: Mapping[str, float] = field(default_factory=lambda: RATES)
    default_rate: float = DEFAULT_RATE
    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random

    def pause(self, tried: int, asked: float | None) -> float:
        """Return the seconds before the next try: what the service asked, else full jitter that doubles."""
        if asked is not None:
            return min(asked, self.longest_wait)
        return self.chance() * min(self.longest_pause, self.first_pause * float(2**tried))


DEFAULT_PACING = Pacing()
"""As the vendor documents its limits."""


class TokenBucket:
    """Lets calls of one operation through at its rate; a burst of one second's calls is allowed."""

    def __init__(self, rate: float, pacing: Pacing) -> None:
        self._rate = rate
        self._pacing = pacing
        self._tokens = rate
        self._filled = pacing.monotonic()

    async def take(self) -> None:
        """Wait until one more call is allowed."""
        now = self._pacing.monotonic()
        self._tokens = min(self._rate, self._tokens + (now - self._filled) * self._rate) - 1
        self._filled = now
        if self._tokens < 0:
            await self._pacing.sleep(-self._tokens / self._rate)
