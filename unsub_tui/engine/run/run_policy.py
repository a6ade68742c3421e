"""Time as the engine sees it: one clock, and how long it waits for what."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps, where the system has such a clock: a read before the sleep is old after it."""


class Clock:
    """The real time; tests put one in its place that they move themselves."""

    def now(self) -> datetime:
        """Return the present moment, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that only grow, for measuring how long something took."""
        return time.clock_gettime(_STEADY)

    async def sleep(self, seconds: float) -> None:
        """Wait without holding up anything else."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPolicy:
    """How long a run waits for what, in seconds. The last wait of a schedule is repeated."""

    poll_delays: tuple[float, ...] = (5, 10, 20, 30, 60)
    """Between two looks at an accepted order."""
    reconcile_delays: tuple[float, ...] = (2, 5, 10, 20, 30, 60)
    """Between two looks for the order of a request without an answer."""
    reconcile_limit_seconds: float = 60
    """How long an unknown outcome holds up the next request before a person is asked."""
    quarantine_seconds: float = 960
    """How long a request may still be executed: a signature is good for 15 minutes, and one more for the clocks."""
    second_look_delay_seconds: float = 10
    """Between the two reads that must agree before absence, or its contrary, proves anything."""
    precheck_max_age_seconds: float = 10
    """How old the read before a request may be."""
    heartbeat_seconds: float = 5
    """How old the screen's last sign of life may be when a request leaves."""
    settle_limit_seconds: float = 600
    """How long a run stays for its accepted orders once nothing is left to send."""
    review_limit_seconds: float = 60
    """How long it stays for orders that wait for the vendor's staff."""
    resume_limit_seconds: float = 1200
    """How long unknown outcomes are looked into once nothing is left to send; longer than the quarantine."""
    stop_grace_seconds: float = 5
    """How long reads may go on after a stop."""

    def with_settle_limit(self, seconds: float, *, keep_going: bool) -> RunPolicy:
        """Return the same pace that stays no longer than this once nothing is left to send.

        Where an unknown outcome is followed by more requests, it holds them up as long as ever (rule S4).
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
    """Yield the waits of a schedule, then its last one for ever."""
    yield from schedule
    while True:
        yield schedule[-1] if schedule else 0
