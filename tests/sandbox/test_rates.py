"""Flow control: so many requests a second for each key and operation."""

from __future__ import annotations

from tests.sandbox.caller import ORDERS, QUERY, Caller
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.rates import RateLimits
from unsub_tui.sandbox.refusals import Refusal


class Clock:
    """A clock that stands still until told otherwise."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Read it."""
        return self.now


def _admitted(rates: RateLimits, count: int, key: str = "a", operation: str = "x") -> int:
    admitted = 0
    for _ in range(count):
        try:
            rates.admit(key, operation, 10)
        except Refusal as refusal:
            assert (refusal.status, refusal.code) == (429, "APIG.0308")
            assert "limit:10,time:1 second" in refusal.message
        else:
            admitted += 1
    return admitted


def test_window() -> None:
    """Ten a second, counted over the last second, apart for each key and operation."""
    clock = Clock()
    rates = RateLimits(clock=clock)
    assert _admitted(rates, 14) == 10
    assert _admitted(rates, 4, key="b") == 4
    assert _admitted(rates, 4, operation="y") == 4
    clock.now += 0.9
    assert _admitted(rates, 3) == 0
    clock.now += 0.2
    assert _admitted(rates, 14) == 10


async def test_over_the_wire() -> None:
    """The resource query takes 30 a second, the order list 20."""
    caller = Caller(build_sandbox(SandboxOptions(resources=20)))
    for method, path, limit in (("POST", QUERY, 30), ("GET", ORDERS, 20)):
        rates = caller.sandbox.rates
        rates.scale = 1.0
        statuses = []
        for _ in range(limit + 1):
            statuses.append((await caller.send(method, path, body={} if method == "POST" else None)).status_code)
        assert set(statuses) <= {200, 429}
        assert statuses[:limit] == [200] * limit
    caller.sandbox.rates.scale = 0
    assert (await caller.send("GET", ORDERS)).status_code == 200
