"""Every kind of fault on every read, over a socket: the right answer or an error of ours, and always an end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.connections import NO_DELAYS, connect, make_sandbox
from tests.support.effort import IS_LONG
from tests.unit.api.read_cases import READ_CASES
from unsub_tui.api.connection import Connection
from unsub_tui.domain.problem import UnsubError
from unsub_tui.sandbox.faults import FaultAction, parse_faults
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer

SECONDS = 1.0
"""Deadline of a call in these tests."""

TIMEOUT_SECONDS = 300
"""Only a call that hangs takes so long."""

SHORT_TIMEOUTS = replace(NO_DELAYS, attempt_timeout_seconds=SECONDS, deadline_seconds=2 * SECONDS, max_attempts=2)


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """A vendor with more than one page."""
    return make_sandbox(520)


@pytest.fixture(scope="module")
def connection(sandbox: Sandbox) -> Iterator[Connection]:
    """A connection to it over a loopback socket."""
    with BackgroundServer(sandbox) as server:
        yield connect(sandbox, endpoint=server.endpoint, pacing=SHORT_TIMEOUTS)


MORE: dict[str, list[dict[str, object]]] = {
    "error": [{"status": status} for status in (400, 403, 404, 408, 418, 500, 502, 503)],
    "ok_with_error": [{"error_code": code} for code in ("CBC.0999", "CBC.30050010", "ODD")],
    "body": [{"body": body} for body in ("null", "[]", "{}", '"x"', "1", '{"total_count": -1}', "\ufeff{}")],
    "throttle": [{"limit": 5}, {"headers": {"Retry-After": "1"}}, {"headers": {"Retry-After": "soon"}}],
    "skew": [{"seconds": 100}, {"seconds": 3600}],
    "stall": [{"seconds": 30}],
    "stall_after": [{"seconds": 30}],
    "drip": [{"seconds": 0.05}],
    "missing_fields": [{"seed": seed} for seed in range(5)],
    "wrong_types": [{"seed": seed} for seed in range(5)],
    "shift": [{"rows": 1}, {"rows": -1}, {"rows": 1, "keeps_total": True}],
    "recount": [{"rows": 1}, {"rows": -1}],
}
KINDS = [{"action": str(action), **more} for action in FaultAction for more in MORE.get(str(action), [{}])]


@pytest.mark.parametrize("rule", KINDS, ids=lambda rule: " ".join(map(str, rule.values())))
@pytest.mark.parametrize("calls", ["every", [1]] if IS_LONG else ["every"], ids=str)
async def test_every_fault(sandbox: Sandbox, connection: Connection, rule: dict[str, object], calls: object) -> None:
    """No error outside our own tree, and each call ends."""
    main = next(each for each in sandbox.account.resources.list_all() if each.parent is None)
    slow = rule["action"] in ("stall", "stall_after", "drip")
    others = ("bills", "account", "renewal prices")
    few = ["order"] if slow else ["resources", others[KINDS.index(rule) % len(others)]]
    names = few if slow or calls != "every" or not IS_LONG else list(READ_CASES)
    async with connection.read_client() as client:
        for name in names:
            case = READ_CASES[name]
            sandbox.faults = parse_faults([{"operation": case.operation, "calls": calls, **rule}])
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    await case.read(client, "CS0000000000FAKE", main.resource_id)
            except UnsubError as error:
                assert error.problem.kind  # noqa: PT017 - what it is does not matter, only that it is ours
