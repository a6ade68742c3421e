"""The clock and the time limits of the engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Clock that also counts system sleep, if available: a read made before a sleep must count as old after it."""


class Clock:
    """The system clock; tests replace it with one that they control."""

    def now(self) -> datetime:
        """Return the current UTC time."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return monotonic seconds for measuring durations."""
        return time.clock_gettime(_STEADY)

    async def sleep(self, seconds: float) -> None:
        """Suspend the current task for this many seconds."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPolicy:
    """Delays and time limits of a run, in seconds. The last delay of a schedule is repeated."""

    poll_delays: tuple[float, ...] = (5, 10, 20, 30, 60)
    """Delays between reads of an accepted order."""
    reconcile_delays: tuple[float, ...] = (2, 5, 10, 20, 30, 60)
    """Delays between searches for the order of a request with an unknown outcome."""
    reconcile_limit_seconds: float = 60
    """Maximum time that an unknown outcome delays the next request before the run asks the user."""
    quarantine_seconds: float = 960
    """Time in which a sent request may still be executed: 15 minutes of signature validity, one of clock skew."""
    second_look_delay_seconds: float = 10
    """Delay between the two observations that must agree before a resource counts as gone or unchanged."""
    precheck_max_age_seconds: float = 10
    """Maximum age of the precheck when a request is sent."""
    heartbeat_seconds: float = 5
    """Maximum age of the screen's last heartbeat when a request is sent."""
    settle_limit_seconds: float = 600
    """Maximum time to poll accepted orders after the last submission."""
    review_limit_seconds: float = 60
    """Maximum time to poll orders that await review by Huawei Cloud staff."""
    resume_limit_seconds: float = 1200
    """Maximum time to check unknown outcomes after the last submission; longer than the quarantine."""
    stop_grace_seconds: float = 5
    """Maximum time for reads to continue after a stop request."""

    def with_settle_limit(self, seconds: float, *, keep_going: bool) -> RunPolicy:
        """Return a policy that ends at most this many seconds after the last submission.

        With `keep_going`, an unknown outcome still delays the next request for the full time (rule S4).
        """
        held_up = self.reconcile_limit_seconds
        return replace(
            self,
            reconcile_limit_seconds=held_up if keep_going else min(held_up, seconds),
            settle_limit_seconds=seconds,
            review_limit_seconds=min(self.review_limit_seconds, seconds),
            resume_limit_seconds=min(self.resume_limit_seconds, seconds),
        )


def repeat_last(schedule: Sequence[float]) -> Iterator[float]:
    """Yield the delays of a schedule, then repeat the last one forever; 0 for an empty schedule."""
    yield from schedule
    while True:
        yield schedule[-1] if schedule else 0
