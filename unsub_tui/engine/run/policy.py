"""The clock, and the one table of the limits of a run."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import ClassVar

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
    """All delays and limits of a run.

    Fields differ between runs and in tests; constants are rules that hold for every run. Times without a unit in their
    type are in seconds; the last delay of a schedule is repeated.
    """

    poll_delays: tuple[float, ...] = (5, 10, 20, 30, 60)
    """Delays between reads of an accepted order."""
    reconcile_delays: tuple[float, ...] = (2, 5, 10, 20, 30, 60)
    """Delays between searches for the order of a request with an unknown outcome."""
    reconcile_limit_seconds: float = 60
    """Maximum time that an unknown outcome delays the next request before the run asks the user."""
    quarantine_seconds: float = 960
    """Time in which a sent request may still be executed: 15 minutes of signature validity, one of clock skew."""
    second_observation_delay_seconds: float = 10
    """Delay between the two observations that must agree before a resource counts as gone or unchanged."""
    precheck_max_age_seconds: float = 10
    """Maximum age of the precheck when a request is sent."""
    heartbeat_seconds: float = 5
    """Maximum age of the screen's last heartbeat when a request is sent."""
    settle_limit_seconds: float = 600
    """Maximum time to poll accepted orders after the last submission."""
    busy_delay_seconds: float = 10
    """First delay before a request is sent again that was refused because of another transaction; it then doubles."""
    busy_wait_seconds: float = 120
    """Maximum sum of these delays for one unit; 0 rejects the unit at once."""
    retained_limit_seconds: float = 120
    """Time after which a resource that stays frozen, expired or closing no longer keeps its completed order pending."""
    review_limit_seconds: float = 60
    """Maximum time to poll orders that await review by Huawei Cloud staff."""
    unknown_limit_seconds: float = 1200
    """Maximum time to check unknown outcomes after the last submission; longer than the quarantine."""
    stop_grace_seconds: float = 5
    """Maximum time for reads to continue after a stop request."""

    MAX_REPEATS: ClassVar = 3
    """Maximum number of automatic retries of a request that was definitely not executed (rule S7)."""
    MAX_RETRY_AFTER_SECONDS: ClassVar = 60.0
    """Upper bound on a `Retry-After` that the run honors."""
    MAX_CLOCK_OFFSET: ClassVar = timedelta(minutes=5)
    """Maximum difference between the local clock and Huawei Cloud's; Huawei Cloud itself rejects 15 minutes."""
    CLOCK_SKEW: ClassVar = timedelta(minutes=2)
    """Tolerated clock skew between our timestamps and Huawei Cloud's."""
    MAX_ORDER_DELAY: ClassVar = timedelta(days=1)
    """Maximum delay between a request and its order; a signature is valid for minutes, apart from clock skew."""
    MAX_ORDER_RESOURCES: ClassVar = 50
    """Maximum number of resources listed for one order; a longer listing has ignored the order filter."""
    CANCELLING_ORDER_WINDOW: ClassVar = timedelta(days=1)
    """Search window before the start of a run for an order that cancelled one of the planned resources."""
    BLOCKING_ORDER_WINDOW: ClassVar = timedelta(days=7)
    """Search window before the start of a run for an order in progress that blocks another unsubscription."""
    MAX_COMPLETED_ORDERS: ClassVar = 20
    """Maximum number of completed external orders to examine for one resource."""
    MAX_OPEN_ORDERS: ClassVar = 100
    """Maximum number of external orders in progress to examine: a run with a lost journal may have left many."""
    ORDER_SEARCH_PERIOD: ClassVar = timedelta(hours=24)
    """Time to search for the order of a resource that is gone."""
    FOLLOWUP_PERIOD: ClassVar = timedelta(days=40)
    """Time after a unit was settled to look for bill rows and leftovers."""
    MAX_FOLLOWUP_ORDERS: ClassVar = 60
    """Maximum number of orders to list in one follow-up check; one call each."""
    MAX_NAMED_LEFTOVERS: ClassVar = 10
    """Maximum number of same-order leftovers named per unit; the others are only counted."""

    def without_waiting_for_unknown(self) -> RunPolicy:
        """Return a policy for a run that ends at an unknown outcome: it is read only once more."""
        return replace(self, unknown_limit_seconds=0)

    def until_stopped(self) -> RunPolicy:
        """Return a policy for a status check that a user watches, who can end it at any time."""
        return replace(self, settle_limit_seconds=inf, review_limit_seconds=inf)

    def with_settle_limit(self, seconds: float, *, keep_going: bool) -> RunPolicy:
        """Return a policy that ends at most this many seconds after the last submission.

        With `keep_going`, an unknown outcome still delays the next request for the full time (rule S4).
        """
        reconcile_limit = self.reconcile_limit_seconds
        return replace(
            self,
            reconcile_limit_seconds=reconcile_limit if keep_going else min(reconcile_limit, seconds),
            settle_limit_seconds=seconds,
            review_limit_seconds=min(self.review_limit_seconds, seconds),
            unknown_limit_seconds=min(self.unknown_limit_seconds, seconds),
        )

    def busy_delay(self, refusals: int) -> float | None:
        """Return the delay after a refusal because of another transaction that follows this many earlier ones.

        The last delay is shorter if the maximum sum requires it. Return None when the sum is used up.
        """
        delay = self.busy_delay_seconds * 2**refusals
        left = self.busy_wait_seconds - (delay - self.busy_delay_seconds)
        return min(delay, left) if left > 0 else None

    def retry_delay(self, repeats: int, retry_after_seconds: float | None) -> float:
        """Return the delay before a request is sent again, after this many repeats."""
        if retry_after_seconds is not None:
            return min(retry_after_seconds, self.MAX_RETRY_AFTER_SECONDS)
        return self.reconcile_delays[min(repeats, len(self.reconcile_delays) - 1)]
