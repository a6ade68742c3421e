"""Faults on demand, over a real socket and in the process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.sandbox_caller import (
    DETAILS,
    FEE_RECORDS,
    ORDERS,
    QUERY,
    REFUNDS,
    UNSUBSCRIBE,
    Caller,
    signed_headers,
)
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.asgi import ConnectionCutError
from unsub_tui.sandbox.faults import FaultError, Faults, parse_faults
from unsub_tui.sandbox.offers import SERVER
from unsub_tui.sandbox.server import BackgroundServer
from unsub_tui.sandbox.signature import SignedRequest


def _rule(action: str, **more: object) -> Faults:
    return parse_faults([{"operation": "unsubscribe", "action": action, **more}])


@pytest.mark.parametrize(
    ("action", "acts"),
    [
        ("error", False),
        ("ok_with_error", False),
        ("garbage", True),
        ("empty", True),
        ("stall", True),
        ("stall_after", True),
        ("drop_before", False),
        ("drop_after", True),
        ("truncate", True),
    ],
)
async def test_acts_or_not(caller: Caller, action: str, *, acts: bool) -> None:
    """Whether the service acted is part of the fault, and the ledger knows the truth."""
    resource_id = caller.pick(offer=SERVER).resource_id
    caller.sandbox.faults = _rule(action)
    try:
        await caller.send("POST", UNSUBSCRIBE, body={"resource_ids": [resource_id], "unsubscribe_type": 1})
    except ConnectionCutError:
        assert action in {"drop_before", "drop_after", "truncate"}
    ledger = caller.sandbox.account
    assert len(ledger.executions(resource_id)) == acts
    [attempt] = ledger.request_log
    assert attempt.resource_ids == (resource_id,)
    assert attempt.error_code == (None if acts else f"fault {action}")


async def _over_socket(caller: Caller, client: httpx.AsyncClient, endpoint: str, resource_id: str) -> httpx.Response:
    body = json.dumps({"resource_ids": [resource_id], "unsubscribe_type": 1}).encode()
    headers = {"host": endpoint.removeprefix("http://"), "content-type": "application/json"}
    request = SignedRequest(method="POST", path=UNSUBSCRIBE, query="", headers=headers, body=body)
    signed = signed_headers((caller.sandbox.access_key, caller.sandbox.secret_key), request)
    return await client.post(endpoint + UNSUBSCRIBE, content=body, headers=signed)


@pytest.mark.parametrize(("action", "acts"), [("drop_before", False), ("drop_after", True), ("truncate", True)])
async def test_cut_socket(caller: Caller, action: str, *, acts: bool) -> None:
    """Over a socket the connection really is cut; the next request is answered."""
    resource_id = caller.pick(offer=SERVER).resource_id
    caller.sandbox.faults = _rule(action, calls=[1])
    with BackgroundServer(caller.sandbox) as server:
        async with httpx.AsyncClient() as client:
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                await _over_socket(caller, client, server.endpoint, resource_id)
            again = await _over_socket(caller, client, server.endpoint, resource_id)
    assert again.status_code == (400 if acts else 200)
    assert len(caller.sandbox.account.executions(resource_id)) == 1


async def test_stalled_socket(caller: Caller) -> None:
    """A stalled answer runs into the client's time limit."""
    caller.sandbox.faults = _rule("stall_after", seconds=30)
    resource_id = caller.pick(offer=SERVER).resource_id
    with BackgroundServer(caller.sandbox) as server:
        async with httpx.AsyncClient(timeout=0.2) as client:
            with pytest.raises(httpx.ReadTimeout):
                await _over_socket(caller, client, server.endpoint, resource_id)
    assert len(caller.sandbox.account.executions(resource_id)) == 1


@pytest.mark.parametrize(
    ("calls", "hit"),
    [
        ("every", [1, 2, 3, 4, 5]),
        ([2, 4], [2, 4]),
        ({"from": 3}, [3, 4, 5]),
        ({"to": 2}, [1, 2]),
        ({"from": 2, "to": 3}, [2, 3]),
    ],
    ids=str,
)
def test_calls(calls: Any, hit: list[int]) -> None:
    """A rule hits the calls that it names."""
    faults = parse_faults([{"operation": "unsubscribe", "calls": calls, "action": "error"}])
    assert faults.pick("query_resources") is None
    assert [number for number in range(1, 6) if faults.pick("unsubscribe")] == hit


def test_probability_is_repeatable() -> None:
    """The same seed draws the same calls, and about the share that was asked for."""
    rule = {"operation": "*", "probability": 0.3, "seed": 4, "action": "error"}
    first, second = (parse_faults([rule]) for _ in range(2))
    hits = [first.pick("x") is not None for _ in range(400)]
    assert hits == [second.pick("x") is not None for _ in range(400)]
    assert 90 < sum(hits) < 150


async def test_error_of_choice(caller: Caller) -> None:
    """Status, code, message and headers of an error are as the rule says."""
    caller.sandbox.faults = parse_faults(
        [
            {
                "operation": "query_resources",
                "action": "error",
                "status": 429,
                "error_code": "APIG.0308",
                "error_msg": "slow down",
                "headers": {"Retry-After": "2"},
            }
        ]
    )
    response = await caller.send("POST", QUERY, body={})
    assert (response.status_code, response.headers["retry-after"]) == (429, "2")
    assert response.json() == {"error_code": "APIG.0308", "error_msg": "slow down"}


@pytest.mark.parametrize(("action", "left"), [("empty_page", 0), ("short_page", -1), ("repeat_row", 0)])
async def test_a_page_without_its_rows(caller: Caller, action: str, left: int) -> None:
    """Each list loses its rows, whatever it is called; its total stays."""
    resource = caller.pick(offer=SERVER)
    order_id = (await caller.post(UNSUBSCRIBE, resource_ids=[resource.resource_id], unsubscribe_type=1))["order_ids"][0]
    caller.sandbox.clock.advance(10)
    lists: dict[str, tuple[str, str, dict[str, object] | None, dict[str, object] | None]] = {
        "data": ("POST", QUERY, None, {}),
        "order_infos": ("GET", ORDERS, None, None),
        "order_line_items": ("GET", f"{DETAILS}/{order_id}", None, None),
        "refund_infos": ("GET", REFUNDS, {"order_id": order_id}, None),
        "fee_records": ("GET", FEE_RECORDS, {"cycle": "2026-03"}, None),
        "account_balances": ("GET", "/v2/accounts/customer-accounts/balances", None, None),
    }
    for name, call in lists.items():
        caller.sandbox.faults = Faults()
        whole = (await caller.send(*call)).json()
        caller.sandbox.faults = parse_faults([{"operation": "*", "action": action}])
        damaged = (await caller.send(*call)).json()
        assert whole[name], name
        if action == "repeat_row":
            assert damaged[name] == [*whole[name][:-1], whole[name][0]]
        else:
            assert damaged[name] == (whole[name][:left] if left else []), name
        assert damaged.get("total_count") == whole.get("total_count")


async def test_file(tmp_path: Path) -> None:
    """Rules come from a file."""
    path = tmp_path / "faults.json"
    path.write_text(json.dumps([{"operation": "query_resources", "action": "empty"}]), encoding="utf-8")
    caller = Caller(build_sandbox(SandboxOptions(resources=20, faults_file=path)))
    assert (await caller.send("POST", QUERY, body={})).content == b""


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '[{"action": "explode"}]',
        '[{"action": "error", "callz": [1]}]',
        '[{"operation": "unsubscribes", "action": "error"}]',
        '[{"action": "error", "calls": "never"}]',
        '[{"action": "error", "status": "500"}]',
    ],
)
def test_broken_file(tmp_path: Path, text: str) -> None:
    """A file that cannot be understood is refused, not half obeyed."""
    path = tmp_path / "faults.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FaultError):
        build_sandbox(SandboxOptions(resources=1, faults_file=path))


@pytest.mark.parametrize(
    "rule",
    [
        {"seconds": 1e300},
        {"seconds": float("inf")},
        {"probability": float("nan")},
        {"megabytes": 10**9},
        {"rows": 10**12},
    ],
    ids=str,
)
def test_a_rule_with_a_number_out_of_range_is_refused(rule: dict[str, object]) -> None:
    """A number that no fault can use is refused with the name of its field."""
    with pytest.raises(FaultError, match=next(iter(rule))):
        parse_faults([{"action": "stall", **rule}])
