"""Flow control: so many requests a second for each key and operation."""

from __future__ import annotations

import pytest

from tests.support.sandbox_caller import ORDERS, QUERY, Caller
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.calls import Call, Operation
from unsub_tui.sandbox.gateway import RateLimits
from unsub_tui.sandbox.service_errors import ServiceError


def _operation(name: str) -> Operation:
    def answer(_: Call) -> None:
        """Answer nothing."""

    answer.__name__ = name
    return Operation("GET", "/", answer)


def _admitted_count(rates: RateLimits, count: int, key: str = "a", operation: str = "x") -> int:
    refused = 0
    for _ in range(count):
        try:
            rates.admit(key, _operation(operation))
        except ServiceError:
            refused += 1
    return count - refused


def test_refusal_names_limit_and_window() -> None:
    """The refusal names limit and window."""
    rates = RateLimits(0.1, clock=lambda: 100.0)
    rates.admit("a", _operation("x"))
    with pytest.raises(ServiceError, match="limit:1,time:1 second") as caught:
        rates.admit("a", _operation("x"))
    assert (caught.value.status, caught.value.code) == (429, "APIG.0308")


def test_window() -> None:
    """Ten a second, counted over the last second, apart for each key and operation."""
    now = 100.0
    rates = RateLimits(clock=lambda: now)
    assert _admitted_count(rates, 14) == 10
    assert _admitted_count(rates, 4, key="b") == 4
    assert _admitted_count(rates, 4, operation="y") == 4
    now += 0.9
    assert _admitted_count(rates, 3) == 0
    now += 0.2
    assert _admitted_count(rates, 14) == 10


async def test_over_the_wire() -> None:
    """The resource query takes 30 a second, the order list 20."""
    caller = Caller(build_sandbox(SandboxOptions(resources=20)))
    for method, path, limit in (("POST", QUERY, 30), ("GET", ORDERS, 20)):
        rates = caller.sandbox.rate_limits
        rates.scale = 1.0
        body: dict[str, object] | None = {} if method == "POST" else None
        statuses = [(await caller.send(method, path, body=body)).status_code for _ in range(limit + 1)]
        assert set(statuses) <= {200, 429}
        assert statuses[:limit] == [200] * limit
    caller.sandbox.rate_limits.scale = 0
    assert (await caller.send("GET", ORDERS)).status_code == 200
