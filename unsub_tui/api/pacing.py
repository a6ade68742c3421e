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

SLOWEST = 1 / 60
"""Calls a second that are let through at least, whatever limit the service names."""

WINDOW_SECONDS = 1.05
"""A little more than the second in which the vendor counts: calls arrive less evenly than they leave."""


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


class RateLimit:
    """Lets calls of one operation through at its rate, counted as the vendor counts: so many in any one second.

    The limit is shared with other clients of the account. A refusal for too many calls halves our part of it, and where
    it names the limit, that is never exceeded again; every second of good answers then takes one call back.
    """

    def __init__(self, rate: float, pacing: Pacing) -> None:
        self._rate = max(SLOWEST, rate)
        self._allowed = self._rate
        self._pacing = pacing
        self._departures: deque[float] = deque()
        self._lowered_at = float("-inf")
        self.refusals = 0
        """How often the service said that there were too many calls."""

    @property
    def allowed(self) -> float:
        """Calls a second that are let through at present."""
        return self._allowed

    async def wait(self) -> None:
        """Wait until one more call is allowed."""
        now = self._pacing.monotonic()
        count = max(1, int(self._allowed))
        window = WINDOW_SECONDS * max(1.0, 1 / self._allowed)
        while len(self._departures) > count and self._departures[0] <= now - window:
            self._departures.popleft()
        earliest = self._departures[-count] + window if len(self._departures) >= count else now
        self._departures.append(max(now, earliest))
        if earliest > now:
            await self._pacing.sleep(earliest - now)

    def lower(self, named: float | None = None) -> None:
        """Take half, and no more than the service named; refusals of calls that left together count once."""
        self.refusals += 1
        if named is not None:
            self._rate = max(SLOWEST, min(self._rate, named))
        now = self._pacing.monotonic()
        if now - self._lowered_at >= WINDOW_SECONDS:
            self._lowered_at = now
            self._allowed = max(min(1.0, self._rate), self._allowed / 2)
        self._allowed = min(self._allowed, self._rate)

    def raise_again(self) -> None:
        """Take a little back after a good answer."""
        self._allowed = min(self._rate, self._allowed + 1 / max(1.0, self._allowed))
