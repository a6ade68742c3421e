from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.api.retry_policy import DEFAULT_RETRY_POLICY, RateLimiter, RetryPolicy


@dataclass
class FakeTime:
    """A clock that only pauses move."""

    seconds: float = 0.0
    send_times: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.seconds += seconds

    def retry_policy(self) -> RetryPolicy:
        """Return a pacing by this clock."""
        return RetryPolicy(monotonic=lambda: self.seconds, sleep=self.sleep)


def max_per_second(departures: Sequence[float]) -> int:
    """Return the most departures within any one second, as the vendor counts."""
    return max(sum(start <= each < start + 1 for each in departures) for start in departures)


@given(st.integers(1, 30), st.lists(st.floats(0, 0.5), min_size=1, max_size=200))
def test_never_more_than_the_rate_in_any_second(rate: int, gaps: list[float]) -> None:
    """However calls come, no second holds more of them than the vendor allows."""

    async def run() -> list[float]:
        time = FakeTime()
        limit = RateLimiter(rate, time.retry_policy())
        for gap in gaps:
            time.seconds += gap
            await limit.acquire()
            time.send_times.append(time.seconds)
        return time.send_times

    assert max_per_second(asyncio.run(run())) <= rate


async def test_a_first_second_goes_at_once() -> None:
    """As many calls as a second allows need no pause; the next one waits for the second to end."""
    time = FakeTime()
    limit = RateLimiter(30, time.retry_policy())
    for _ in range(30):
        await limit.acquire()
    assert time.seconds == 0
    await limit.acquire()
    assert 1 <= time.seconds < 1.1


async def test_calls_at_the_same_time_share_the_rate() -> None:
    """Callers that wait together each get a place of their own."""
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    limit = RateLimiter(2, RetryPolicy(monotonic=lambda: 0.0, sleep=note))
    await asyncio.gather(*(limit.acquire() for _ in range(6)))
    assert [round(wait) for wait in waits] == [1, 1, 2, 2]


async def test_a_refusal_halves_our_part() -> None:
    """Refusals that come together count once; good answers bring the rate back, no further than it was."""
    time = FakeTime()
    limit = RateLimiter(30, time.retry_policy())
    for _ in range(8):
        limit.record_throttled()
    assert limit.current_rate == 15
    time.seconds += 2
    limit.record_throttled()
    assert limit.current_rate == 7.5
    for _ in range(10):
        time.seconds += 2
        limit.record_throttled()
    assert limit.current_rate == 1
    for _ in range(10_000):
        limit.record_success()
    assert limit.current_rate == 30


@pytest.mark.parametrize(
    ("tried", "asked", "chance", "pause"),
    [
        (0, None, 1.0, 0.5),
        (3, None, 1.0, 4.0),
        (9, None, 1.0, 20.0),
        (3, None, 0.0, 0.0),
        (0, 7.0, 1.0, 7.0),
        (0, 1e9, 1.0, 60.0),
    ],
)
def test_how_long_a_pause_is(tried: int, asked: float | None, chance: float, pause: float) -> None:
    """Full jitter below a bound that doubles up to 20 s; the service's word counts up to a minute."""
    assert RetryPolicy(random_fraction=lambda: chance).delay(tried, asked) == pause


def test_the_vendors_rates() -> None:
    """Resources 30 a second, orders 20, all else 10; five tries and a minute."""
    assert dict(DEFAULT_RETRY_POLICY.rates) == {"list_resources": 30, "list_orders": 20}
    assert (
        DEFAULT_RETRY_POLICY.default_rate,
        DEFAULT_RETRY_POLICY.max_attempts,
        DEFAULT_RETRY_POLICY.deadline_seconds,
    ) == (10, 5, 60)
